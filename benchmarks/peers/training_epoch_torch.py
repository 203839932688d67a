"""The peer of training_epoch: the same criterion and optimiser in PyTorch, as well as PyTorch does it.

Reads lines "THREADS FOREACH" (for example "2 1") and answers each with the seconds of one epoch: 50,000 rows of 784, batches
of 100, 1000 units, tied logistic layers, cross-entropy + lambda ||J||^2, Adam. FOREACH 1 = Adam's multi-tensor form.
"""
import sys
import time

import torch

ROWS, INPUTS, UNITS, BATCH, CONTRACTION = 50000, 784, 1000, 100, 1.0


def epoch(data, foreach):
    bound = 4 * (6 / (INPUTS + UNITS)) ** 0.5
    weight = torch.empty(UNITS, INPUTS).uniform_(-bound, bound).requires_grad_()
    bias = torch.zeros(UNITS, requires_grad=True)
    decoder_bias = torch.zeros(INPUTS, requires_grad=True)
    optimiser = torch.optim.Adam([weight, bias, decoder_bias], lr=1e-3, foreach=foreach)
    order = torch.randperm(ROWS)
    start = time.perf_counter()
    for first in range(0, ROWS, BATCH):
        x = data[order[first:first + BATCH]]
        h = torch.sigmoid(torch.addmm(bias, x, weight.t()))
        logits = torch.addmm(decoder_bias, h, weight)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, x, reduction="sum")
        derivative = h * (1 - h)
        contraction = torch.mv(derivative * derivative, (weight * weight).sum(1)).sum()
        optimiser.zero_grad(set_to_none=True)
        ((loss + CONTRACTION * contraction) / BATCH).backward()
        optimiser.step()
    return time.perf_counter() - start


def main():
    torch.manual_seed(1)
    torch.set_flush_denormal(True)
    data = torch.rand(ROWS, INPUTS)
    print(f"PyTorch {torch.__version__}", flush=True)
    for line in sys.stdin:
        threads, foreach = line.split()
        torch.set_num_threads(int(threads))
        print(epoch(data, foreach == "1"), flush=True)


if __name__ == "__main__":
    main()
