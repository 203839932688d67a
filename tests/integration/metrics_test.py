"""promtool finds nothing to complain about on the live endpoint, and the counters count."""
import subprocess
import sys
import urllib.request

import harness


def scrape(server):
    with urllib.request.urlopen(f"http://{server.metrics}/metrics", timeout=10) as response:
        return response.read().decode()


def value(text, series):
    lines = [line for line in text.splitlines() if line.startswith(series)]
    assert lines, f"no series {series}"
    return sum(float(line.split()[-1]) for line in lines)


def main():
    with harness.Server() as server:
        before = scrape(server)
        assert value(before, 'grpc_server_started_total{') == 0
        harness.cae(server, "models")
        harness.cae(server, "encode", "--model", "no-such-model", "--input",
                    harness.mnist("t10k-images-idx3-ubyte"), check=False)
        harness.cae(server, "classify", "--input", harness.mnist("t10k-images-idx3-ubyte"))
        text = scrape(server)
    started, handled = value(text, "grpc_server_started_total{"), value(text, "grpc_server_handled_total{")
    assert started == handled > 0, f"{started} started, {handled} handled"
    assert value(text, 'cae_rows_total{') == 10000
    for family in ("cae_build_info", "cae_model_info", "cae_model_ready", "cae_model_load_seconds",
                   "grpc_server_msg_received_total", "grpc_server_msg_sent_total", "grpc_server_handling_seconds",
                   "process_resident_memory_bytes"):
        assert f"# TYPE {family} " in text, f"{family} is missing"
    checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, timeout=60)
    assert checked.returncode == 0 and not checked.stderr.strip(), checked.stdout + checked.stderr
    print(f"{len(text.splitlines())} lines of metrics, {int(started)} calls, promtool content")


if __name__ == "__main__":
    sys.exit(main())
