"""Runs the reader of docs/stream_format.md on the golden recording: the page must not promise what does not work."""

import glob
import os
import re
import subprocess
import sys
import tempfile

import numpy as np

PAGE = "docs/stream_format.md"
RECORDING = "tests/client/testdata/recording_v1.caes"


def main():
    with open(PAGE, encoding="utf-8") as page:
        snippets = re.findall(r"```python\n(.*?)```", page.read(), re.DOTALL)
    assert len(snippets) == 1, f"{PAGE} has {len(snippets)} Python snippets, one is expected"
    with tempfile.TemporaryDirectory() as stubs:
        # Relative to proto/, as the page says.
        files = [os.path.relpath(file, "proto") for file in glob.glob("proto/cae/v1/*.proto")]
        subprocess.run(["protoc", "-I.", "-Ithird_party", f"--python_out={stubs}", *files], cwd="proto", check=True)
        sys.path.insert(0, stubs)
        names = {}
        exec(snippets[0], names)  # our own page
        card, request, header, *draws = names["read_recording"](RECORDING)

    assert (card.name, card.version, list(card.input_shape)) == ("fake", 3, [2, 2])
    assert (request.chains, request.draws, request.include_codes) == (2, 3, True)
    assert (header.header.seed, header.header.chains) == (42, 2)
    assert [draw.first_draw for draw in draws] == [0, 1, 2]
    samples = np.frombuffer(draws[2].samples.data, "<f4").reshape(draws[2].samples.shape)
    np.testing.assert_array_equal(samples, np.float32([[[0.002] * 4, [0.102] * 4]]))
    print(f"{3 + len(draws)} records read as {PAGE} says")


if __name__ == "__main__":
    sys.exit(main())
