"""Runs the reader of docs/model_format.md on the golden model: the page must not promise what does not work."""

import re
import sys

import numpy as np

PAGE = "docs/model_format.md"
MODEL = "tests/core/io/testdata/model_v1.safetensors"


def logistic(a):
    return 1 / (1 + np.exp(-a))


def main():
    with open(PAGE, encoding="utf-8") as page:
        snippets = re.findall(r"```python\n(.*?)```", page.read(), re.DOTALL)
    assert len(snippets) == 1, f"{PAGE} has {len(snippets)} Python snippets, one is expected"
    names = {}
    exec(snippets[0], names)  # our own page
    metadata, tensors = names["read_model"](MODEL)

    assert metadata["cae.format_version"] == "1"
    assert metadata["cae.class_labels"] == '["left","right"]'
    assert metadata["training.seed"] == "1"
    weight = tensors["layers.0.weight"]
    np.testing.assert_array_equal(weight, [[1, -0.5, -1, 0.5], [0.25, 2, -0.25, 3]])
    np.testing.assert_array_equal(tensors["start_examples"], [[0, 1, 0.5, 0]])
    codes = logistic(tensors["golden.inputs"] @ weight.T + tensors["layers.0.bias"])
    np.testing.assert_array_equal(codes, tensors["golden.codes"])
    print(f"{len(tensors)} tensors read as {PAGE} says")


if __name__ == "__main__":
    sys.exit(main())
