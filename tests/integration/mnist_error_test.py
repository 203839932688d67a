"""`cae classify` over the MNIST test set: at most 2.0% of errors for every model with a classifier."""
import json
import sys

import harness

LIMIT = 0.020


def main():
    with harness.Server() as server:
        for name in server.ready["models"]:
            done = harness.cae(server, "classify", "--json", "--model", name, "--input",
                               harness.mnist("t10k-images-idx3-ubyte"), "--labels",
                               harness.mnist("t10k-labels-idx1-ubyte"))
            error = json.loads(done.stdout)["error_rate"]
            print(f"{name}: test error {100 * error:.2f}%")
            assert error <= LIMIT, f"{name}: test error {100 * error:.2f}%, at most {100 * LIMIT:.1f}% allowed"


if __name__ == "__main__":
    sys.exit(main())
