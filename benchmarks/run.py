"""Measures P1 to P15: ours and the other side by turns, in one run, and prints each ratio beside its target."""
import argparse
import json
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from runner import footprint, in_process, machine, over_grpc  # noqa: E402
from runner.bench import Bench  # noqa: E402
from runner.processes import Failure  # noqa: E402
from runner.result import failed, table  # noqa: E402

ROWS = {"P1": in_process.p1, "P2": over_grpc.p2, "P3": over_grpc.p3, "P4": over_grpc.p4, "P5": over_grpc.p5, "P6": in_process.p6,
        "P7": in_process.p7, "P8": over_grpc.p8, "P9": in_process.p9, "P10": in_process.p10, "P11": over_grpc.p11,
        "P12": footprint.p12, "P13": footprint.p13, "P14": in_process.p14, "P15": in_process.p15}

EXAMPLES = """examples:
  scripts/run_benchmarks.sh                      all rows; about half an hour on two cores
  scripts/run_benchmarks.sh --only P3,P4         these rows; their entries in the machine's file are replaced
  scripts/run_benchmarks.sh --quick              one short turn of each, to see that all works; its figures are kept nowhere
  scripts/run_benchmarks.sh --only none --roofline

Every row is explained in docs/performance.md. Exit code: 0, or 1 where a row could not be measured; a missed target is no error.
"""


def parse(arguments):
    parser = argparse.ArgumentParser(prog="scripts/run_benchmarks.sh", description=__doc__, epilog=EXAMPLES,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="P3,P4", help="rows to measure, or 'none' [all]")
    parser.add_argument("--quick", action="store_true", help="one short turn a row; nothing is kept")
    parser.add_argument("--turns", type=int, metavar="N", help="turns a row, at least 5 for figures that are kept [5]")
    parser.add_argument("--roofline", action="store_true", help="also measure what the machine can do, by tile size")
    parser.add_argument("--binaries", metavar="FOLDER", default="build/release/bin", help="where the programs are [%(default)s]")
    parser.add_argument("--json", metavar="FILE", help="where the figures go [benchmarks/results/<machine>.json]")
    options = parser.parse_args(arguments)
    only = options.only.upper().split(",") if options.only else list(ROWS)
    options.rows = [] if only == ["NONE"] else only
    unknown = [row for row in options.rows if row not in ROWS]
    if unknown:
        parser.error(f"no row {', '.join(unknown)}; there are {', '.join(ROWS)}")
    if options.turns is not None and options.turns < 1:
        parser.error("--turns must be at least 1")
    return options


def measure(bench, name):
    start = time.monotonic()
    print(f"{name}: measuring", file=sys.stderr, flush=True)
    try:
        results = list(ROWS[name](bench))
    except (Failure, OSError, ValueError, KeyError) as failure:
        results = [failed(name, "not measured", f"{type(failure).__name__}: {failure}")]
    print(f"{name}: {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    return results


def keep(path, results, roofline):
    """Replaces the entries of the rows measured; each has the date and the versions that it was measured with."""
    stored = json.loads(path.read_text()) if path.exists() else {"rows": []}
    stored["machine"] = machine.describe()
    stamp = {"date": machine.today(), "versions": machine.versions()}
    rows = {result.row for result in results}
    entries = [entry for entry in stored["rows"] if entry["row"] not in rows]
    entries += [{**result.as_json(), **stamp} for result in results]
    stored["rows"] = sorted(entries, key=lambda entry: int(entry["row"][1:]))
    if roofline:
        stored["roofline"] = {"values": roofline, **stamp}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(stored, indent=1, ensure_ascii=False) + "\n")
    print(f"\nfigures in {path}")


def main(arguments=None):
    options = parse(arguments)
    turns = options.turns or (1 if options.quick else 5)
    results, roofline = [], {}
    with Bench(options.binaries, turns, 0.25 if options.quick else 1.0) as bench:
        for name in options.rows:
            results += measure(bench, name)
        if options.roofline:
            roofline = in_process.roofline(bench)
    print(f"\n{machine.processor()}, {machine.describe()['cores']} cores, {machine.today()}, median of {turns} turns\n")
    print(table(results))
    for name, values in roofline.items():
        print(f"  {name:14} {sorted(values)[len(values) // 2]:.1f}")
    if options.json or not options.quick:
        keep(pathlib.Path(options.json or f"benchmarks/results/{machine.slug()}.json"), results, roofline)
    return 1 if any(result.failure for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
