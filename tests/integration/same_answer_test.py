"""The same request from C++ (cae), from Python (grpcio) and by `buf curl` over reflection gives the same answer."""
import base64
import json
import pathlib
import subprocess
import sys
import tempfile

import grpc
import numpy as np

import harness

TIMEOUT = 60


def from_cpp(server, name, images):
    with tempfile.TemporaryDirectory() as folder:
        source, target = pathlib.Path(folder, "x.npy"), pathlib.Path(folder, "codes.npy")
        np.save(source, images)
        harness.cae(server, "encode", "--model", name, "--input", source, "--output", target)
        return np.load(target).astype("<f4").tobytes()


def from_python(server, name, images, pb):
    with grpc.insecure_channel(server.listen) as channel:
        stub = pb["cae_grpc"].CaeServiceStub(channel)
        inputs = pb["tensor"].Tensor(shape=images.shape, data=images.tobytes())
        request = pb["cae"].EncodeRequest(model=pb["model"].ModelSelector(name=name), inputs=inputs)
        return stub.Encode(request, timeout=TIMEOUT).codes.data


def buf_curl(server, method, request):
    return subprocess.run(
        [str(harness.ROOT / "scripts" / "buf.sh"), "curl", "--protocol", "grpc", "--http2-prior-knowledge",
         "--data", "@-", f"http://{server.listen}/{method}"],
        input=json.dumps(request), capture_output=True, text=True, timeout=TIMEOUT)


def from_buf_curl(server, name, images):
    request = {"model": {"name": name},
               "inputs": {"shape": list(images.shape), "data": base64.b64encode(images.tobytes()).decode()}}
    done = buf_curl(server, "cae.v1.CaeService/Encode", request)
    assert done.returncode == 0, f"buf curl exited {done.returncode}:\n{done.stderr}"
    return base64.b64decode(json.loads(done.stdout)["codes"]["data"])


def main():
    pb = harness.stubs()
    raw = np.fromfile(harness.mnist("t10k-images-idx3-ubyte"), np.uint8, offset=16).reshape(-1, 784)[:3]
    images = (raw.astype("<f4") / np.float32(255)).astype("<f4")
    with harness.Server() as server:
        for name in server.ready["models"]:
            cpp = from_cpp(server, name, images)
            assert len(cpp) > 0 and len(cpp) % 4 == 0
            assert from_python(server, name, images, pb) == cpp, "Python and C++ differ"
            assert from_buf_curl(server, name, images) == cpp, "buf curl and C++ differ"
            assert "duplicate" not in server.logged(), server.logged()
            print(f"{name}: {len(cpp)} bytes of codes, the same from C++, Python and buf curl")
    with harness.Server(args=["--reflection=false"]) as server:
        done = buf_curl(server, "cae.v1.ModelService/ListModels", {})
        assert done.returncode != 0, "reflection was to be off"


if __name__ == "__main__":
    sys.exit(main())
