"""Chain steps in PyTorch: the peer of P7. See line_protocol.

  chain chains=256 threads=2          x' = g(f(x) + d * (G (d * e))), G = W W^T computed once: the formula as the engine has it
  authors chains=8 threads=2          as the paper's authors wrote it (cae.py, function `sample`): in every call W W^T anew and
                                      J J^T as a matrix a row, then a matrix-vector product
"""
import torch

import line_protocol
import model_weights


class Chain:
    def __init__(self, chains):
        weights = {name: torch.from_numpy(array) for name, array in model_weights.load().items()}
        self.weight = weights["layers.0.weight"]
        self.bias = weights["layers.0.bias"]
        self.decoder_bias = weights["layers.0.decoder_bias"]
        self.encoder = self.weight.t().contiguous()
        self.gram = self.weight @ self.weight.t()
        starts = weights["start_examples"]
        self.state = starts[torch.arange(chains) % len(starts)].clone()
        self.noise_stddev = 3.0

    def codes(self):
        code = torch.sigmoid(torch.addmm(self.bias, self.state, self.encoder))
        return code, code * (1 - code)

    def step(self):
        code, slope = self.codes()
        noise = torch.randn_like(code).mul_(self.noise_stddev)
        code = code + slope * ((slope * noise) @ self.gram)
        self.state = torch.sigmoid(torch.addmm(self.decoder_bias, code, self.weight))

    def authors_step(self):
        code, slope = self.codes()
        gram = self.weight @ self.weight.t()
        jacobians = gram * (slope[:, :, None] * slope[:, None, :])
        noise = torch.randn_like(code).mul_(self.noise_stddev)
        code = code + torch.bmm(jacobians, noise[:, :, None])[:, :, 0]
        self.state = torch.sigmoid(torch.addmm(self.decoder_bias, code, self.weight))


kept = {}


def measure(kind, step, chains, threads, seconds):
    torch.set_num_threads(threads)
    chain = kept.setdefault((kind, chains), None) or Chain(chains)
    kept[kind, chains] = chain
    rate = line_protocol.throughput(lambda: step(chain), chains, seconds)
    return {"per_second": rate, "unit": "chain steps", "threads": threads, "chains": chains}


def main():
    torch.set_grad_enabled(False)
    torch.set_flush_denormal(True)
    line_protocol.serve({
        "version": lambda: {"version": f"PyTorch {torch.__version__}"},
        "chain": lambda chains=256, threads=1, seconds=0.5: measure("chain", Chain.step, chains, threads, seconds),
        "authors": lambda chains=8, threads=1, seconds=0.5: measure("authors", Chain.authors_step, chains, threads, seconds),
    })


if __name__ == "__main__":
    main()
