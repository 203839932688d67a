"""`cae classify` over the MNIST test set: no bundled model makes more errors than it may."""
import json
import sys

import harness

LIMITS = {"mnist-cae1": 0.018, "mnist-cae2": 0.016}


def main():
    with harness.Server() as server:
        for name, limit in LIMITS.items():
            done = harness.cae(server, "classify", "--json", "--model", name, "--input",
                               harness.mnist("t10k-images-idx3-ubyte"), "--labels",
                               harness.mnist("t10k-labels-idx1-ubyte"))
            error = json.loads(done.stdout)["error_rate"]
            print(f"{name}: test error {100 * error:.2f}%")
            assert error <= limit, f"{name}: test error {100 * error:.2f}%, at most {100 * limit:.1f}% allowed"


if __name__ == "__main__":
    sys.exit(main())
