"""P2 to P5, P8 and P11: the server as its clients meet it, driver and server on the same cores."""
import contextlib

from runner import processes
from runner.bench import PEERS, PYTHON, run
from runner.in_process import ceiling
from runner.result import AT_MOST, Result

ALLOWANCE_US = 40
NODE_MODULES = "build/npm/peers/node_modules"
DRIVERS = {f"{connections} connections, {threads} threads": ["--connections", connections, "--threads", threads]
           for connections, threads in ((1, 1), (2, 1), (2, 2), (4, 2))}


def many(bench, server, driver):
    """Calls a second of one-row Encode with 64 in flight."""
    return lambda: bench.load(server, "encode", "--in-flight", 64, *DRIVERS[driver])["calls_per_second"]


def best_driver(bench, what, server):
    return bench.best(what, {name: many(bench, server, name) for name in DRIVERS})


def echo_like(bench, server):
    """An echo server whose answers are as long as this server's."""
    return bench.echo(bench.load(server, "encode", seconds=0.2, warm_up=0.1)["response_bytes"])


def p2(bench):
    server = bench.server()

    def rows(in_flight):
        return lambda: bench.load(server, "encode", "--rows", 256, "--input", "uint8", "--output", "float16", "--in-flight",
                                  in_flight, "--connections", 2)["rows_per_second"]

    settings = {f"{in_flight} in flight": rows(in_flight) for in_flight in (2, 4, 8)}
    best = bench.best("P2", settings)
    measured = bench.interleave("P2", {"ours": settings[best], "ceiling": lambda: ceiling(bench)})
    yield Result("P2", f"Encode over gRPC, batch 256, uint8 to float16, {best}", "rows/s", measured["ours"], "raw oneDNN product",
                 measured["ceiling"], target=0.65)


def p3(bench):
    server = bench.server()
    echo = echo_like(bench, server)

    def p50(target):
        return lambda: bench.load(target, "encode")["latency_us"]["p50"]

    measured = bench.interleave("P3", {
        "ours": p50(server), "echo": p50(echo),
        "kernel": lambda: 1e6 / bench.engine("encode rows=1 threads=1")["per_second"]})
    limits = [a + b + ALLOWANCE_US for a, b in zip(measured["echo"], measured["kernel"])]
    yield Result("P3", "Encode over gRPC, 1 row, 1 in flight, p50", "µs", measured["ours"],
                 f"echo + one-row kernel + {ALLOWANCE_US} µs", limits, AT_MOST,
                 facts={"echo_us": measured["echo"], "kernel_us": measured["kernel"]})


def p4(bench):
    server = bench.server()
    echo = echo_like(bench, server)
    ours, floor = best_driver(bench, "P4 ours", server), best_driver(bench, "P4 echo", echo)
    measured = bench.interleave("P4", {
        "ours": many(bench, server, ours), "echo": many(bench, echo, floor),
        "kernel": lambda: bench.engine(f"encode rows=64 threads={bench.cores}")["per_second"]})
    # All cores together: the time of a core that an echo takes and that a row takes, one after the other.
    limits = [1 / (1 / e + 1 / k) for e, k in zip(measured["echo"], measured["kernel"])]
    yield Result("P4", f"Encode over gRPC, 1 row, 64 in flight, {ours}", "calls/s", measured["ours"],
                 f"1 / (echo + row of a 64-row kernel), echo: {floor}", limits, target=0.85,
                 facts={"echo_core_us": [1e6 * bench.cores / e for e in measured["echo"]],
                        "kernel_core_us": [1e6 * bench.cores / k for k in measured["kernel"]],
                        "ours_core_us": [1e6 * bench.cores / o for o in measured["ours"]]})


def python_server(bench, count, workers, threads):
    folder = bench.work / "python"
    folder.mkdir(exist_ok=True)
    run(["protoc", "-Iproto", f"--python_out={folder}", *(f"cae/v1/{name}.proto" for name in ("tensor", "model_service",
                                                                                              "cae_service"))])
    command = [PYTHON, PEERS / "encode_server_torch.py", folder, count, workers, threads]
    return processes.Server(list(map(str, command)), bench.work / "python_server.log", ends_with_input=True)


def node_server(bench, count, threads):
    encoder = bench.work / "encoder.onnx"
    run([PYTHON, str(PEERS / "onnx_encoder.py"), str(encoder)])
    command = ["node", PEERS / "node/encode_server_onnx.js", NODE_MODULES, encoder, "proto", count, threads]
    return processes.Server(list(map(str, command)), bench.work / "node_server.log", ends_with_input=True)


def best_peer(bench, what, starts):
    """Tries each way to start a peer, ended in between, and leaves the best one running: (server, setting, driver)."""
    tried = {}
    for name, start in starts.items():
        with contextlib.ExitStack() as stack:
            try:
                server = start()
                stack.callback(server.stop)
                driver = best_driver(bench, f"{what} {name}", server)
                tried[name] = (many(bench, server, driver)(), driver)
            except processes.Failure as failure:
                bench.progress(f"{what}: {name} does not work: {failure}")
    if not tried:
        raise processes.Failure(f"{what}: no setting works; see the logs in {bench.work}")
    name = max(tried, key=lambda setting: tried[setting][0])
    return bench.keep(what, starts[name]), name, tried[name][1]


def p5(bench):
    cores = bench.cores
    python = {f"{count} processes, {f'{workers} workers' if workers else 'event loop'}, {threads} threads":
              (lambda count=count, workers=workers, threads=threads: python_server(bench, count, workers, threads))
              for count, workers, threads in ((1, 0, cores), (1, 4, 1), (cores, 0, 1), (cores, 4, 1), (cores, 16, 1))}
    node = {f"{count} processes, {threads} threads": (lambda count=count, threads=threads: node_server(bench, count, threads))
            for count, threads in ((1, 1), (1, cores), (cores, 1))}
    server = bench.server()
    ours = best_driver(bench, "P5 ours", server)
    peers = {"Python gRPC, PyTorch": (best_peer(bench, "P5 Python", python), 7),
             "Node gRPC, ONNX Runtime": (best_peer(bench, "P5 Node", node), 2.5)}
    sides = {name: many(bench, peer[0], peer[2]) for name, (peer, _) in peers.items()}
    measured = bench.interleave("P5", {"ours": many(bench, server, ours), **sides})
    for name, ((_, setting, driver), target) in peers.items():
        yield Result("P5", "Encode over gRPC, 1 row, 64 in flight", "calls/s", measured["ours"], f"{name}: {setting}; {driver}",
                     measured[name], target=target)
    for name in ("P5 Python", "P5 Node"):
        bench.drop(name)


def p8(bench):
    server = bench.server()

    def steps(streams, chains, thinning, pack=0):
        def measure():
            report = bench.load(server, "sample", "--streams", streams, "--chains", chains, "--thinning", thinning,
                                "--draws-per-message", pack, "--rank", 0, seconds=4, warm_up=1)
            if report["streams_measured"] < streams:
                raise processes.Failure(f"only {report['streams_measured']} of {streams} streams sent two messages in the time")
            return report["chain_steps_per_second"]
        return measure

    measured = bench.interleave("P8", {"64 x 1 by 20": steps(64, 1, 20), "1 x 64 by 20": steps(1, 64, 20),
                                       "64 x 1 by 1": steps(64, 1, 1, 16), "1 x 64 by 1": steps(1, 64, 1)})
    yield Result("P8", "Sample over gRPC, 64 streams × 1 chain, thinning 20", "steps/s", measured["64 x 1 by 20"],
                 "1 stream × 64 chains", measured["1 x 64 by 20"], target=0.80)
    yield Result("P8", "the same, thinning 1, 16 draws a message", "steps/s", measured["64 x 1 by 1"],
                 "1 stream × 64 chains, thinning 1", measured["1 x 64 by 1"], target=0.60)


def p11(bench, rate=200):
    server = bench.server()

    def p99():
        return bench.load(server, "encode", "--rate", rate, seconds=4)["latency_us"]["p99"]

    def busy():
        chains = bench.start_load(server, "sample", "--streams", 4, "--chains", 64, "--thinning", 20, "--rank", 0,
                                  seconds=8, warm_up=0.5)
        chains.wait_for_window()
        try:
            return p99()
        finally:
            chains.report()

    measured = bench.interleave("P11", {
        "idle": p99, "busy": busy,
        "tile": lambda: 2 * 32 * 1e6 / bench.engine("raw_product rows=32 inputs=1000 units=1000")["per_second"]})
    limits = [idle + tile for idle, tile in zip(measured["idle"], measured["tile"])]
    yield Result("P11", f"Encode p99 at {rate} calls/s beside 256 chains", "µs", measured["busy"],
                 "idle p99 + two products of 32 rows", limits, AT_MOST,
                 facts={"idle_p99_us": measured["idle"], "two_products_us": measured["tile"]})
