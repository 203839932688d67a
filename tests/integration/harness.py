"""What the integration tests share: a real cae-server on ports of its own, the generated Python stubs, the MNIST data."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("CAE_BIN", ROOT / "build" / "release" / "bin"))
MODELS = pathlib.Path(os.environ.get("CAE_MODELS", ROOT / "models"))


def stubs():
    """Generates the Python stubs from proto/ into a folder of their own and returns (pb2, pb2_grpc) modules by name."""
    out = pathlib.Path(tempfile.mkdtemp(prefix="cae_stubs_"))
    files = sorted(str(p.relative_to(ROOT / "proto")) for p in (ROOT / "proto" / "cae" / "v1").glob("*.proto"))
    # The system's compiler: Debian's grpc_tools is too old for `optional` in proto3.
    subprocess.run(["protoc", "-Iproto", f"--python_out={out}", f"--grpc_out={out}",
                    "--plugin=protoc-gen-grpc=/usr/bin/grpc_python_plugin", *files], cwd=ROOT, check=True)
    sys.path.insert(0, str(out))
    from cae.v1 import cae_service_pb2, cae_service_pb2_grpc, model_service_pb2, model_service_pb2_grpc, tensor_pb2

    return {
        "cae": cae_service_pb2,
        "cae_grpc": cae_service_pb2_grpc,
        "model": model_service_pb2,
        "model_grpc": model_service_pb2_grpc,
        "tensor": tensor_pb2,
    }


class Server:
    """with Server(repository=...) as server: a running cae-server; SIGTERM and a check of exit code 0 at the end."""

    def __init__(self, repository=MODELS, args=(), env=None):
        self.log = tempfile.NamedTemporaryFile(mode="w+", prefix="cae_server_", suffix=".log")
        self.process = subprocess.Popen(
            [str(BIN / "cae-server"), f"--repository={repository}", "--listen=127.0.0.1:0",
             "--metrics-listen=127.0.0.1:0", *args],
            stdout=subprocess.PIPE, stderr=self.log, text=True, env={**os.environ, **(env or {})})

    def __enter__(self):
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(f"cae-server ended before it was ready:\n{self.logged()}")
        self.ready = json.loads(line)
        assert self.ready["event"] == "ready", line
        self.listen = self.ready["listen"]
        self.metrics = self.ready["metrics_listen"]
        return self

    def __exit__(self, kind, value, trace):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f"cae-server did not end within a minute of SIGTERM:\n{self.logged()}")
        self.process.stdout.close()
        if kind is None:
            assert code == 0, f"cae-server exited {code}:\n{self.logged()}"

    def logged(self):
        self.log.seek(0)
        return self.log.read()


def cae(server, *args, check=True):
    """Runs the command-line client against a server; returns the finished process with its text output."""
    done = subprocess.run([str(BIN / "cae"), "--server", server.listen, *map(str, args)], capture_output=True, text=True,
                          timeout=300)
    if check:
        assert done.returncode == 0, f"cae {' '.join(map(str, args))} exited {done.returncode}:\n{done.stderr}"
    return done


def mnist(name):
    """Path of one of the four MNIST files, e.g. "t10k-images-idx3-ubyte"; scripts/fetch_test_data.sh puts them there."""
    cache = os.environ.get("CAE_DATA_DIR") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "cae-serving")
    path = pathlib.Path(cache) / "mnist" / name
    assert path.exists(), f"{path} is missing: run `cae-train fetch mnist`"
    return path
