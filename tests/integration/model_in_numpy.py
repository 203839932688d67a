"""The model in NumPy, straight from the file and the formulas: independent of every line of C++."""
import json

import numpy as np


def read_safetensors(path):
    """Returns (metadata, {name: float64 array})."""
    blob = open(path, "rb").read()
    length = int.from_bytes(blob[:8], "little")
    header = json.loads(blob[8:8 + length])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        raw = blob[8 + length + begin:8 + length + end]
        if entry["dtype"] == "BF16":
            values = (np.frombuffer(raw, "<u2").astype(np.uint32) << 16).view(np.float32)
        else:
            values = np.frombuffer(raw, {"F32": "<f4", "F16": "<f2"}[entry["dtype"]])
        tensors[name] = values.astype(np.float64).reshape(entry["shape"])
    return metadata, tensors


def logistic(a):
    return np.where(a >= 0, 1, np.exp(np.minimum(a, 0))) / (1 + np.exp(-np.abs(a)))


class Model:
    """A stack of logistic layers with tied weights, in double precision."""

    def __init__(self, path):
        self.metadata, self.tensors = read_safetensors(path)
        self.weights, self.biases, self.decoder_biases = [], [], []
        while f"layers.{len(self.weights)}.weight" in self.tensors:
            prefix = f"layers.{len(self.weights)}."
            assert prefix + "decoder_weight" not in self.tensors, "this check is for tied weights"
            self.weights.append(self.tensors[prefix + "weight"])
            self.biases.append(self.tensors[prefix + "bias"])
            self.decoder_biases.append(self.tensors[prefix + "decoder_bias"])
        self.layers = len(self.weights)

    def states(self, x, first=0, last=None):
        """[h_first, ..., h_last] with h_first = x; to the top by default."""
        states = [x]
        for weight, bias in zip(self.weights[first:last], self.biases[first:last]):
            states.append(logistic(states[-1] @ weight.T + bias))
        return states

    def encode(self, x, layer=None):
        return self.states(x, last=layer)[-1]

    def decode(self, code, down_to=0, layer=None):
        """The state of layer `down_to` decoded from that of `layer`, the top by default; 0 is the input."""
        return code if layer == down_to else logistic(self.decoder_logits(code, down_to, layer))

    def decoder_logits(self, code, down_to=0, layer=None):
        a = None
        for l in reversed(range(down_to, self.layers if layer is None else layer)):
            a = code @ self.weights[l] + self.decoder_biases[l]
            code = logistic(a)
        return a

    def losses(self, x):
        a = self.decoder_logits(self.encode(x))
        return np.sum(np.logaddexp(0, a) - x * a, axis=-1)

    def jacobian(self, x, first=0, last=None):
        """d h_last / d h_first at one point."""
        states = self.states(x, first, last)
        jacobian = np.eye(len(x))
        for weight, h in zip(self.weights[first:last], states[1:]):
            jacobian = (h * (1 - h))[:, None] * (weight @ jacobian)
        return jacobian

    def probabilities(self, x):
        h, layer = x, 0
        while f"classifier.layers.{layer}.weight" in self.tensors:
            prefix = f"classifier.layers.{layer}."
            h = logistic(h @ self.tensors[prefix + "weight"].T + self.tensors[prefix + "bias"])
            layer += 1
        if layer == 0:
            h = self.encode(x)
        logits = h @ self.tensors["classifier.output.weight"].T + self.tensors["classifier.output.bias"]
        logits -= logits.max(axis=-1, keepdims=True)
        return np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)

    def step(self, state, noise, first=0, rank=0):
        """One transition of the chain from h_first = state with that noise in the code; rank 0 is the whole Jacobian."""
        jacobian = self.jacobian(state, first)
        if rank:
            u, s, _ = np.linalg.svd(jacobian, full_matrices=False)
            move = u[:, :rank] @ (s[:rank]**2 * (u[:, :rank].T @ noise))
        else:
            move = jacobian @ (jacobian.T @ noise)
        code = self.states(state, first)[-1] + move
        return self.decode(code, first), code


def philox_normals(seed, chain, step, size):
    """The noise of a chain: Philox4x32-10 and Box-Muller, as core/math/normal.h defines it."""
    blocks = (size + 3) // 4
    mask = np.uint64(0xFFFFFFFF)
    c = [np.arange(blocks, dtype=np.uint64), np.full(blocks, step & 0xFFFFFFFF, np.uint64),
         np.full(blocks, chain & 0xFFFFFFFF, np.uint64),
         np.full(blocks, (step >> 32 & 0xFFFF) | (chain >> 32) << 16, np.uint64)]
    key = [seed & 0xFFFFFFFF, seed >> 32]
    for _ in range(10):
        p0, p1 = np.uint64(0xD2511F53) * c[0], np.uint64(0xCD9E8D57) * c[2]
        c = [(p1 >> np.uint64(32)) ^ c[1] ^ np.uint64(key[0]), p1 & mask,
             (p0 >> np.uint64(32)) ^ c[3] ^ np.uint64(key[1]), p0 & mask]
        key = [(key[0] + 0x9E3779B9) & 0xFFFFFFFF, (key[1] + 0xBB67AE85) & 0xFFFFFFFF]
    u = [(word.astype(np.float64) + 0.5) * 2.0**-32 for word in c]
    normals = np.empty((blocks, 4))
    for pair in (0, 2):
        radius, angle = np.sqrt(-2 * np.log(u[pair])), 2 * np.pi * u[pair + 1]
        normals[:, pair], normals[:, pair + 1] = radius * np.cos(angle), radius * np.sin(angle)
    return normals.reshape(-1)[:size]
