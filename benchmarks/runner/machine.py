"""What was measured on and with."""
import datetime
import os
import pathlib
import platform
import re

from runner.bench import run


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return re.sub(r"\((R|TM|r|tm)\)", "", line.partition(":")[2]).strip()
    return platform.machine()


def features():
    known = ("avx2", "avx512f", "avx512_bf16", "avx512_fp16", "amx_bf16")
    flags = next((line.split() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("flags")), [])
    return [name for name in known if name in flags]


def describe():
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {"processor": processor(), "cores": len(os.sched_getaffinity(0)), "features": features(),
            "memory_gib": round(memory / 2**30), "system": f"{platform.system()} {platform.release()}"}


def slug():
    """The machine's name as a file's: processor and cores, never the host."""
    return re.sub(r"[^a-z0-9]+", "-", f"{processor()} {len(os.sched_getaffinity(0))} cores".lower()).strip("-")


def packages():
    names = ["libdnnl2", "libgrpc++1.51", "libtorch1.13", "python3-grpcio", "python3-scipy", "libopenblas0", "g++"]
    found = run(["dpkg-query", "-W", "-f", "${Package} ${Version}\n", *names])
    return dict(line.split() for line in found.splitlines() if len(line.split()) == 2)


def versions():
    commit = run(["git", "rev-parse", "--short=12", "HEAD"])
    changed = run(["git", "status", "--porcelain", "--untracked-files=no"])
    return {"commit": commit + ("+changes" if changed else ""), "node": run(["node", "--version"]), **packages()}


def today():
    return datetime.date.today().isoformat()
