"""The weights of a bundled model as NumPy arrays, read from its safetensors file: 8 bytes of header length, a JSON header with
type, shape and place of each tensor, then the bytes."""
import json

import numpy as np

ONE_LAYER = "models/mnist-cae1/1/model.safetensors"
TYPES = {"F32": np.float32, "F16": np.float16}


def load(path=ONE_LAYER):
    """name -> float32 array."""
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        start = file.tell()
        tensors = {}
        for name, entry in header.items():
            if name == "__metadata__" or entry["dtype"] not in TYPES:
                continue
            first, last = entry["data_offsets"]
            file.seek(start + first)
            tensors[name] = np.frombuffer(file.read(last - first), TYPES[entry["dtype"]]).reshape(entry["shape"]).astype(np.float32)
    return tensors
