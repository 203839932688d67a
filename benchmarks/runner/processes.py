"""The programs that a run starts, and how they are ended: each one by its own handle, when the run is over."""
import contextlib
import json
import os
import pathlib
import subprocess
import time

START_SECONDS = 120
ANSWER_SECONDS = 300


class Failure(Exception):
    """A measurement that could not be made; its text stands in the table."""


class LineProcess:
    """A program that answers each line with a line of JSON (engine_worker, peers/*.py)."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def send(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def receive(self):
        text = self.process.stdout.readline()
        if not text:
            raise Failure(f"{pathlib.Path(self.process.args[0]).name} ended (code {self.process.wait(10)})")
        answer = json.loads(text)
        if "error" in answer and isinstance(answer["error"], str):
            raise Failure(answer["error"])
        return answer

    def ask(self, line):
        self.send(line)
        return self.receive()

    def stop(self):
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Server:
    """A program that prints a ready line with the address it listens on. It ends by SIGTERM, or, where it has children to end
    first, with its standard input."""

    def __init__(self, command, log, ends_with_input=False):
        self.ends_with_input = ends_with_input
        start = time.perf_counter()
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=open(log, "w"), text=True)
        line = self.process.stdout.readline()
        self.seconds_to_ready = time.perf_counter() - start
        if not line:
            raise Failure(f"{' '.join(map(str, command[:3]))} did not come up; see {log}")
        ready = json.loads(line)
        self.address = ready["listen"]
        self.pid = self.process.pid

    def memory_bytes(self, field="VmRSS"):
        return read_status(self.pid, field)

    def processor_seconds(self):
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        if not self.ends_with_input:
            self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def read_status(pid, field):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    raise Failure(f"/proc/{pid}/status has no {field}")


class Load:
    """A running grpc_load; its report is its last line."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def wait_for_window(self):
        line = self.process.stdout.readline()
        if '"window"' not in line:
            raise Failure("the load did not begin: " + (line or self.process.stderr.read()).strip())

    def report(self):
        try:
            out, err = self.process.communicate(timeout=ANSWER_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise Failure("the load did not end") from None
        lines = out.strip().splitlines()
        if not lines or not lines[-1].startswith('{"'):
            raise Failure("no report of the load: " + err.strip())
        report = json.loads(lines[-1])
        if report.get("errors"):
            raise Failure(f"{report['errors']} calls failed: {report.get('first_error')}")
        return report
