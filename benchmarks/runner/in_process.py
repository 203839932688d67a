"""P1, P6, P7, P9, P10, P14, P15: the engine inside one process."""
import json
import subprocess

from runner.processes import Failure
from runner.result import RATIO, Result

PRODUCT_FLOPS = 2 * 784 * 1000  # a row of the product 784 -> 1000
STEP_FLOPS = 2 * PRODUCT_FLOPS + 2 * 1000 * 1000  # encode, G, decode: 5.1 million
STEP_BYTES = 4 * (2 * 784 * 1000 + 1000 * 1000)  # the weights that one step of one chain reads
SIGMA_ERROR = 1e-5


def ceiling(bench, rows=256):
    """Rows a second of the bare product 784 -> 1000 on all cores."""
    return bench.engine(f"raw_product rows={rows} threads={bench.cores}")["per_second"]


def chains(bench, count=256, threads=None, precision="f32"):
    return bench.engine(f"chain chains={count} threads={threads or bench.cores} precision={precision}")["per_second"]


def p1(bench):
    measured = bench.interleave("P1", {"ours": lambda: bench.engine(f"encode rows=256 threads={bench.cores}")["per_second"],
                                       "ceiling": lambda: ceiling(bench)})
    yield Result("P1", "encode in process, batch 256", "rows/s", measured["ours"], "raw oneDNN product", measured["ceiling"],
                 target=0.90)


def p6(bench):
    measured = bench.interleave("P6", {"ours": lambda: chains(bench),
                                       "ceiling": lambda: ceiling(bench) * PRODUCT_FLOPS / STEP_FLOPS})
    yield Result("P6", "chain steps in process, 256 chains", "steps/s", measured["ours"], "5.1 MFLOP a step at the ceiling",
                 measured["ceiling"], target=0.70)


def p7(bench):
    script, cores = "chains_torch.py", bench.cores

    def torch(lines):
        return lambda: sum(answer["per_second"] for answer in bench.peer(script, lines))

    formula = {f"1 process, {threads} threads": torch([f"chain chains=256 threads={threads}"]) for threads in sorted({1, cores})}
    formula[f"{cores} processes, 1 thread"] = torch([f"chain chains={256 // cores} threads=1"] * cores)
    authors = {f"batch {batch}, {threads} threads": torch([f"authors chains={batch} threads={threads}"])
               for batch in (1, 8, 32) for threads in sorted({1, cores})}
    best_formula, best_authors = bench.best("P7", formula), bench.best("P7", authors)
    measured = bench.interleave("P7", {"ours": lambda: chains(bench), "formula": formula[best_formula],
                                       "authors": authors[best_authors]})
    version = bench.versions[script]
    yield Result("P7", "chain steps in process, 256 chains", "steps/s", measured["ours"], f"{version}, {best_formula}",
                 measured["formula"], target=1.8)
    yield Result("P7", "the same", "steps/s", measured["ours"], f"the authors' formulation, {version}, {best_authors}",
                 measured["authors"], target=100)


def p9(bench):
    script, cores = "tangents_scipy.py", bench.cores
    facts = {}

    def ours():
        answer = bench.engine(f"tangents rows=64 rank=16 threads={cores}", seconds=1)
        facts["ours"] = answer["error"]
        return answer["per_second"]

    def peer(name, processes, threads):
        def measure():
            answer = bench.peer(script, [f"{name} processes={processes} threads={threads} rank=16"], seconds=1)[0]
            facts[name] = answer["error"]
            return answer["per_second"]
        return measure

    names = ("lapack", "arpack", "arpack_gram", "randomized")
    settings = {name: {f"1 process, {cores} threads": peer(name, 1, cores), f"{cores} processes, 1 thread": peer(name, cores, 1)}
                for name in names}
    best = {name: bench.best(f"P9 {name}", settings[name]) for name in names}
    measured = bench.interleave("P9", {"ours": ours, **{name: settings[name][best[name]] for name in names}})
    if facts["ours"] > SIGMA_ERROR:
        raise Failure(f"the error of ours, {facts['ours']:.2g}, is above {SIGMA_ERROR}")
    facts["version"] = bench.versions[script]
    rows = (("lapack", "LAPACK gesdd", 120), ("arpack", "ARPACK svds", 7), ("arpack_gram", "ARPACK on our Gram operator", None),
            ("randomized", "randomized_svd, 7 iterations", None))
    for name, against, target in rows:
        yield Result("P9", "tangents k=16, batch 64, in process", "rows/s", measured["ours"], f"{against}, {best[name]}",
                     measured[name], target=target, facts={**facts, "error": facts[name]})


def p10(bench):
    path = bench.work / "training_epoch.json"
    bench.drop("engine")  # its threads sleep, but its memory would count
    command = [bench.binary("training_epoch"), "--turns", str(bench.turns), "--json", str(path)]
    bench.progress(f"P10: {bench.turns} turns of an epoch on each side, some minutes")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failure(done.stderr.strip() or f"training_epoch ended with code {done.returncode}")
    report = json.loads(path.read_text())
    seconds, peers = report["turn_seconds"], report["peer_turn_seconds"]
    best = min(peers, key=lambda setting: sorted(peers[setting])[len(peers[setting]) // 2])
    for setting, target in ((best, 3), (report["default_setting"], 4)):
        threads, foreach = setting.split()
        yield Result("P10", "training epoch, 784-1000, batch 100", "epochs/s", [1 / s for s in seconds],
                     f"{report['peer']}, {threads} threads, foreach={foreach}", [1 / s for s in peers[setting]], RATIO, target,
                     {"seconds": report["seconds"]})


def p14(bench):
    measured = bench.interleave("P14", {
        "ours": lambda: bench.engine("chain chains=1 threads=1")["per_second"],
        "reading": lambda: bench.engine(f"read bytes={STEP_BYTES}")["per_second"] / STEP_BYTES})
    yield Result("P14", "one single chain, in process", "steps/s", measured["ours"], "reading 10.3 MB a step, one thread",
                 measured["reading"], target=0.60)


def p15(bench):
    measured = bench.interleave("P15", {"bf16": lambda: chains(bench, precision="bf16"), "f32": lambda: chains(bench)})
    drift = {model: bench.engine(f"drift model=models/{model}/1/model.safetensors") for model in ("mnist-cae1", "mnist-cae2")}
    yield Result("P15", "chain steps in bfloat16, 256 chains", "steps/s", measured["bf16"], "float32", measured["f32"], target=1.5,
                 facts={"drift": drift})


def roofline(bench):
    """What the machine can do: GFLOP/s of products by rows a tile, on one core; bytes a second read."""
    rows = [1, 2, 4, 8, 16, 32, 64, 128, 256]
    sides = {f"{kind} {count}": (lambda kind=kind, count=count: bench.engine(f"raw_product rows={count} type={kind}", 0.2)[
        "per_second"] * PRODUCT_FLOPS / 1e9) for kind in ("f32", "bf16") for count in rows}
    sides.update({f"read {size}": (lambda size=size: bench.engine(f"read bytes={size}", 0.2)["per_second"] / 1e9)
                  for size in (1 << 20, STEP_BYTES, 256 << 20)})
    sides["normals"] = lambda: bench.engine("noise", 0.2)["per_second"] / 1e6
    return bench.interleave("roofline", sides)
