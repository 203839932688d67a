"""Bench: what the rows of the table measure with: programs started once and kept, and turns."""
import os
import pathlib
import subprocess
import sys

from runner import processes

PYTHON = "/usr/bin/python3"
PEERS = pathlib.Path("benchmarks/peers")


def median(values):
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


class Bench:
    """`turns` and `scale` (of seconds) are what --quick makes small. A context manager that ends what it
    started."""

    def __init__(self, binaries, turns, scale, work_folder="build/benchmarks"):
        self.binaries = pathlib.Path(binaries)
        self.turns = turns
        self.scale = scale
        self.work = pathlib.Path(work_folder)
        self.work.mkdir(parents=True, exist_ok=True)
        self.cores = len(os.sched_getaffinity(0))
        self.kept = {}
        self.versions = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for name in list(self.kept):
            self.drop(name)

    def progress(self, text):
        print(f"  {text}", file=sys.stderr, flush=True)

    def binary(self, name):
        path = self.binaries / name
        if not path.exists():
            raise processes.Failure(f"{path} is missing; build it first (make build)")
        return str(path)

    # Programs: started at the first use, kept until drop().
    def keep(self, name, start):
        if name not in self.kept:
            self.kept[name] = start()
        return self.kept[name]

    def drop(self, name):
        program = self.kept.pop(name, None)
        if program is not None:
            program.stop()

    def engine(self, line, seconds=0.5):
        worker = self.keep("engine", lambda: processes.LineProcess([self.binary("engine_worker")]))
        return worker.ask(f"{line} seconds={seconds * self.scale}")

    def peer(self, script, lines, seconds=0.5):
        """One answer of each line, all lines at the same time, each by a process of its own."""
        running = []
        for i, line in enumerate(lines):
            command = [PYTHON, str(PEERS / script)]
            peer = self.keep(f"{script} {i}", lambda command=command: processes.LineProcess(command))
            if script not in self.versions:
                self.versions[script] = peer.ask("version")["version"]
            peer.send(f"{line} seconds={seconds * self.scale}")
            running.append(peer)
        return [peer.receive() for peer in running]

    def server(self, name="cae-server", arguments=()):
        command = [self.binary("cae-server"), "--repository", "models", "--listen", "127.0.0.1:0", "--metrics-listen", "",
                   "--log-level", "error", "--drain-lead", "0", *arguments]
        return self.keep(name, lambda: processes.Server(command, self.work / f"{name}.log"))

    def echo(self, response_bytes):
        command = [self.binary("echo_server"), "--response-bytes", str(response_bytes)]
        return self.keep(f"echo {response_bytes}", lambda: processes.Server(command, self.work / "echo.log"))

    def start_load(self, server, *arguments, seconds=2.0, warm_up=0.5):
        return processes.Load([self.binary("grpc_load"), *map(str, arguments), "--target", server.address,
                               "--seconds", str(seconds * self.scale), "--warm-up", str(warm_up)])

    def load(self, server, *arguments, seconds=2.0, warm_up=0.5):
        return self.start_load(server, *arguments, seconds=seconds, warm_up=warm_up).report()

    def interleave(self, what, sides):
        """sides: name -> function that measures once and returns a number. Each in its turn, `turns` times, after one turn that
        does not count; name -> numbers."""
        measured = {name: [] for name in sides}
        for turn in range(self.turns + 1):
            for name, measure in sides.items():
                value = measure()
                if turn:
                    measured[name].append(value)
            label = "warm-up" if turn == 0 else f"turn {turn} of {self.turns}"
            latest = ", ".join(f"{name} {values[-1]:.6g}" for name, values in measured.items() if values)
            self.progress(f"{what}: {label} {latest}")
        return measured

    def best(self, what, settings):
        """The name of the setting with the largest number, the better of two tries of each; a setting that fails loses."""
        tried = {}
        for name, measure in settings.items():
            try:
                tried[name] = max(measure(), measure())
            except processes.Failure as failure:
                self.progress(f"{what}: {name} does not work: {failure}")
        if not tried:
            raise processes.Failure(f"{what}: no setting works")
        self.progress(f"{what}: tried " + ", ".join(f"{name} {value:.5g}" for name, value in tried.items()))
        return max(tried, key=tried.get)


def run(command):
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
