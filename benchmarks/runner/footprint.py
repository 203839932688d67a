"""P12 and P13: memory, as /proc tells it of the server's process, and the time to start."""
import contextlib
import time

from runner.result import AT_MOST, Result

MODELS = ("mnist-cae1", "mnist-cae2")


@contextlib.contextmanager
def fresh_server(bench):
    """A server that has served each kind of call once, so that what it allocates but once is there."""
    bench.drop("fresh")
    server = bench.server("fresh")
    try:
        for model in MODELS:
            bench.load(server, "encode", "--model", model, "--rows", 64, seconds=0.1, warm_up=0.1)
            bench.load(server, "sample", "--model", model, "--chains", 64, seconds=0.3, warm_up=0.1)
        yield server
    finally:
        bench.drop("fresh")


def growth(bench, server, *load):
    """Bytes that the server has more while the load is on, at most, sampled ten times a second."""
    before = server.memory_bytes()
    running = bench.start_load(server, "sample", *load, seconds=2)
    running.wait_for_window()
    most = 0
    for _ in range(max(3, int(15 * bench.scale))):
        most = max(most, server.memory_bytes())
        time.sleep(0.1)
    running.report()
    return most - before


def p12(bench):
    both = []
    chain = {model: [] for model in MODELS}
    parked = {model: [] for model in MODELS}
    for turn in range(bench.turns):
        for model in MODELS:
            with fresh_server(bench) as server:
                both.append(server.memory_bytes())
                chain[model].append(growth(bench, server, "--model", model, "--chains", 900, "--rank", 0) / 900)
            with fresh_server(bench) as server:
                parked[model].append(growth(bench, server, "--model", model, "--streams", 200, "--stall", "--rank", 0) / 200)
        bench.progress(f"P12: turn {turn + 1} of {bench.turns}")
    for model in MODELS:
        yield Result("P12", f"memory a chain, stream of 900, {model}", "KiB", [b / 1024 for b in chain[model]], kind=AT_MOST,
                     target=16)
        yield Result("P12", f"memory a parked one-chain stream, {model}", "KiB", [b / 1024 for b in parked[model]], kind=AT_MOST,
                     target=96)
    yield Result("P12", "memory of the server with both models", "MB", [b / 1e6 for b in both], kind=AT_MOST, target=120)


def p13(bench):
    seconds = []
    for turn in range(bench.turns + 1):
        bench.drop("fresh")
        server = bench.server("fresh")
        if turn:
            seconds.append(server.seconds_to_ready)
        bench.drop("fresh")
        bench.progress(f"P13: {server.seconds_to_ready:.3f} s")
    yield Result("P13", "process start to ready, both models", "s", seconds, kind=AT_MOST, target=0.3)
