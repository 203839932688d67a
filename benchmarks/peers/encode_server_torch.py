"""Encode over gRPC in Python with PyTorch: a peer of P5, on the same contract, so that the same driver drives it.

  python3 encode_server_torch.py PROTO_FOLDER PROCESSES WORKERS THREADS

PROTO_FOLDER holds the modules that `protoc --python_out` makes of proto/. PROCESSES share one port (SO_REUSEPORT); each has WORKERS
gRPC threads, or, for WORKERS 0, an event loop (grpc.aio), and THREADS threads of PyTorch. Prints a ready line; ends when its
standard input does.
"""
import asyncio
import concurrent.futures
import json
import multiprocessing
import os
import sys

import grpc

PATH = "/cae.v1.CaeService/Encode"
OPTIONS = [("grpc.so_reuseport", 1), ("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


def make_encode(threads):
    import numpy
    import torch
    from cae.v1 import cae_service_pb2, tensor_pb2

    import model_weights
    torch.set_num_threads(threads)
    torch.set_grad_enabled(False)
    weights = model_weights.load()
    encoder = torch.from_numpy(weights["layers.0.weight"].T.copy())
    bias = torch.from_numpy(weights["layers.0.bias"])

    def encode(request):
        inputs = numpy.frombuffer(request.inputs.data, numpy.float32).reshape(-1, 784)
        codes = torch.addmm(bias, torch.from_numpy(inputs), encoder).sigmoid_()
        tensor = tensor_pb2.Tensor(data_type=tensor_pb2.DATA_TYPE_FLOAT32, shape=codes.shape, data=codes.numpy().tobytes())
        return cae_service_pb2.EncodeResponse(codes=tensor)

    return encode, cae_service_pb2.EncodeRequest.FromString, cae_service_pb2.EncodeResponse.SerializeToString


def handler(behaviour, parse, serialise):
    method = grpc.unary_unary_rpc_method_handler(behaviour, parse, serialise)
    return grpc.method_handlers_generic_handler("cae.v1.CaeService", {"Encode": method})


async def serve_loop(address, threads, ready):
    encode, parse, serialise = make_encode(threads)

    async def behaviour(request, _):
        return encode(request)

    server = grpc.aio.server(options=OPTIONS)
    server.add_generic_rpc_handlers((handler(behaviour, parse, serialise),))
    server.add_insecure_port(address)
    await server.start()
    ready.set()
    await server.wait_for_termination()


def serve(address, workers, threads, ready):
    if workers == 0:
        asyncio.run(serve_loop(address, threads, ready))
        return
    encode, parse, serialise = make_encode(threads)
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(workers), options=OPTIONS)
    server.add_generic_rpc_handlers((handler(lambda request, _: encode(request), parse, serialise),))
    server.add_insecure_port(address)
    server.start()
    ready.set()
    server.wait_for_termination()


def free_port():
    import socket
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main():
    proto_folder, processes, workers, threads = sys.argv[1], *map(int, sys.argv[2:5])
    sys.path.insert(0, proto_folder)
    address = f"127.0.0.1:{free_port()}"
    context = multiprocessing.get_context("spawn")
    children = []
    for _ in range(processes):
        ready = context.Event()
        child = context.Process(target=serve_in_child, args=(proto_folder, address, workers, threads, ready), daemon=True)
        child.start()
        children.append((child, ready))
    if not all(ready.wait(60) for _, ready in children):
        sys.exit("a process did not come up")
    print(json.dumps({"event": "ready", "listen": address, "pids": [child.pid for child, _ in children]}), flush=True)
    sys.stdin.read()
    for child, _ in children:
        child.terminate()
        child.join()


def serve_in_child(proto_folder, address, workers, threads, ready):
    sys.path.insert(0, proto_folder)
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    serve(address, workers, threads, ready)


if __name__ == "__main__":
    main()
