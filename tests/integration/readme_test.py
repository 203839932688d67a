"""The commands and the program that the README shows do what it says."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import harness


def blocks(language):
    text = (harness.ROOT / "README.md").read_text()
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def main():
    commands = [block for block in blocks("") if "cae sample" in block]
    assert len(commands) == 1, "the README no longer has one block of client commands"
    programs = blocks("python")
    assert programs, "the README no longer has a Python program"
    harness.stubs()
    with harness.Server() as server, tempfile.TemporaryDirectory() as folder:
        cache = harness.mnist("t10k-images-idx3-ubyte").parents[1]
        script = commands[0].replace("$PWD/build/release/bin", str(harness.BIN)).replace("~/.cache/cae-serving", str(cache))
        env = {**os.environ, "CAE_SERVER": server.listen, "CAE_DATA_DIR": str(cache)}
        done = subprocess.run(["bash", "-eu", "-c", script], cwd=folder, env=env, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        for picture in ("samples.png", "tangents.png", "reconstructions.png"):
            assert pathlib.Path(folder, picture).read_bytes().startswith(b"\x89PNG"), picture
        for program in programs:
            env["PYTHONPATH"] = sys.path[0]
            done = subprocess.run([sys.executable, "-c", program.replace("127.0.0.1:50051", server.listen)], env=env,
                                  capture_output=True, text=True, timeout=60)
            assert done.returncode == 0 and done.stdout, done.stderr
    print("README: all commands run")


if __name__ == "__main__":
    sys.exit(main())
