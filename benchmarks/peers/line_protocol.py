"""What every measured peer speaks: one line of words in, one line of JSON out, as engine_worker does.

A line is `name key=value ...`; `seconds` says for how long to measure. See serve().
"""
import json
import sys
import time


def throughput(work, units, seconds):
    """Units a second of `work`, run once unmeasured, then again and again for `seconds`."""
    work()
    done = 0
    start = time.perf_counter()
    while True:
        work()
        done += units
        elapsed = time.perf_counter() - start
        if elapsed >= seconds:
            return done / elapsed


def parse(line):
    name, *pairs = line.split()
    arguments = {}
    for pair in pairs:
        key, _, value = pair.partition("=")
        arguments[key] = value if not value.replace(".", "", 1).isdigit() else (
            float(value) if "." in value else int(value))
    return name, arguments


def serve(measurements):
    """measurements: name -> function of the keyword arguments that returns a dictionary."""
    for line in sys.stdin:
        if not line.strip():
            continue
        name, arguments = parse(line)
        try:
            if name not in measurements:
                raise ValueError(f"no measurement '{name}'; there are {', '.join(sorted(measurements))}")
            answer = measurements[name](**arguments)
        except Exception as error:  # the runner prints it beside the row
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)
