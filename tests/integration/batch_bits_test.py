"""Over the wire too, a row's bits are the same in batches of 1, 7, 64 and 1000, on every instruction set."""
import sys

import grpc
import numpy as np

import harness

TIMEOUT = 60


def codes(stub, pb, name, rows):
    inputs = pb["tensor"].Tensor(shape=rows.shape, data=rows.tobytes())
    request = pb["cae"].EncodeRequest(model=pb["model"].ModelSelector(name=name), inputs=inputs)
    answer = stub.Encode(request, timeout=TIMEOUT).codes
    return np.frombuffer(answer.data, np.uint32).reshape(answer.shape)


def main():
    pb = harness.stubs()
    raw = np.fromfile(harness.mnist("t10k-images-idx3-ubyte"), np.uint8, offset=16).reshape(-1, 784)[:1000]
    images = (raw.astype("<f4") / np.float32(255)).astype("<f4")
    for isa in (None, "AVX2", "SSE41"):
        with harness.Server(env={"DNNL_MAX_CPU_ISA": isa} if isa else {}) as server, \
                grpc.insecure_channel(server.listen, [("grpc.max_receive_message_length", -1)]) as channel:
            stub = pb["cae_grpc"].CaeServiceStub(channel)
            for name in server.ready["models"]:
                whole = np.concatenate([codes(stub, pb, name, images[i:i + 500]) for i in (0, 500)])
                for batch in (1, 7, 64):
                    for first in (0, 333, 1000 - batch):
                        part = codes(stub, pb, name, images[first:first + batch])
                        assert (part == whole[first:first + batch]).all(), f"{isa}: batch {batch} at {first} differs"
                print(f"{name}, {isa or 'best instruction set'}: same bits in every batch")


if __name__ == "__main__":
    sys.exit(main())
