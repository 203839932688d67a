"""The commands and the programs that README.md and the pages in docs/ show do what they say."""
import os
import pathlib
import re
import shutil
import sys
import tempfile

import harness
from documentation import blocks, only_block_with, run


def check_readme(server, folder, env):
    script = only_block_with("README.md", "", "cae sample")
    script = script.replace("$PWD/build/release/bin", str(harness.BIN))
    run(["bash", "-eu", "-c", script.replace("~/.cache/cae-serving", env["CAE_DATA_DIR"])], cwd=folder, env=env)
    for picture in ("samples.png", "tangents.png", "reconstructions.png"):
        assert pathlib.Path(folder, picture).read_bytes().startswith(b"\x89PNG"), picture
    program = only_block_with("README.md", "python", "Encode")
    harness.stubs()
    assert run([sys.executable, "-c", program.replace("127.0.0.1:50051", server.listen)],
               env={**env, "PYTHONPATH": sys.path[0]})


def check_interface(server, env):
    """The Python blocks of the page are one program; the commands run against the server of this test."""
    program = "\n".join(blocks("docs/api.md", "python"))
    assert "INVALID_ARGUMENT - " in run([sys.executable, "-c", program.replace("127.0.0.1:50051", server.listen)],
                                        env={**env, "PYTHONPATH": sys.path[0]})
    curl = only_block_with("docs/api.md", "sh", "buf.sh curl").replace("127.0.0.1:50051", server.listen)
    assert '"models"' in run(["bash", "-eu", "-c", curl], cwd=harness.ROOT, env=env)
    stubs = only_block_with("docs/api.md", "sh", "python_out").replace("--python_out=. --grpc_out=.",
                                                                   "--python_out=$OUT --grpc_out=$OUT")
    with tempfile.TemporaryDirectory() as out:
        run(["bash", "-eu", "-c", stubs], cwd=harness.ROOT, env={**env, "OUT": out})
        assert pathlib.Path(out, "cae", "v1", "cae_service_pb2_grpc.py").exists()


def check_configuration(folder, env):
    script = only_block_with("docs/configuration.md", "sh", "--check-config")
    assert "in order" in run(["bash", "-eu", "-c", script], cwd=folder, env=env)


def check_training(folder, env):
    """As on the page, but for the length of the training."""
    script = "".join(blocks("docs/training.md", "sh"))
    script = re.sub(r"^(cae-train (?:train|finetune) .*)$", r"\1 --quick", script, flags=re.MULTILINE)
    shutil.copytree(harness.ROOT / "trainer" / "recipes", pathlib.Path(folder, "trainer", "recipes"))
    assert "golden rows" in run(["bash", "-eu", "-c", script], cwd=folder, env=env)


def main():
    cache = harness.mnist("t10k-images-idx3-ubyte").parents[1]
    # The Python of the tests is the one that has NumPy.
    path = [str(harness.BIN), str(pathlib.Path(sys.executable).parent), os.environ["PATH"]]
    env = {**os.environ, "CAE_DATA_DIR": str(cache), "PATH": os.pathsep.join(path)}
    with harness.Server() as server, tempfile.TemporaryDirectory() as folder:
        check_readme(server, folder, {**env, "CAE_SERVER": server.listen})
        check_interface(server, env)
        check_configuration(folder, env)
        check_training(folder, env)
    print("README.md and docs: all commands run")


if __name__ == "__main__":
    sys.exit(main())
