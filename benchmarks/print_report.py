"""Prints a benchmark's JSON as lines that one can read: python3 benchmarks/print_report.py FILE"""
import json
import sys


def lines(value, name):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from lines(inner, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from lines(inner, f"{name}[{number}]")
    else:
        yield f"  {name:40s} {value:.4g}" if isinstance(value, float) else f"  {name:40s} {value}"


if __name__ == "__main__":
    print("\n".join(lines(json.load(open(sys.argv[1])), "")), end="\n\n")
