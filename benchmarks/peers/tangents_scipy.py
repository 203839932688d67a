"""Leading singular triplets of the encoder's Jacobian at single inputs, the peers of P9. See line_protocol.

  lapack                  numpy.linalg.svd of the Jacobian (LAPACK gesdd), float32, all triplets: there is no way to ask for few
  arpack                  scipy.sparse.linalg.svds (ARPACK), float32, k triplets
  arpack_gram             scipy.sparse.linalg.eigsh on d * (G (d * .)), G = W W^T computed once: ARPACK with our trick
  randomized power=7      sklearn.utils.extmath.randomized_svd (printed beside, its error is too large to count)

Arguments of all: processes (each works on rows of its own), threads (of BLAS, in each), rank, seconds. The Jacobian is formed
outside the clock for lapack, arpack and randomized. `error`: the largest |sigma - exact| / sigma_1 over 4 rows, against a float64
SVD. Processes are forked for each measurement, before they use BLAS, so that each gets its own threads.
"""
import multiprocessing
import time

import numpy as np
import scipy
import scipy.sparse.linalg
import sklearn
from sklearn.utils.extmath import randomized_svd

import blas_threads
import line_protocol
import model_weights

ROWS = 4
TOLERANCE = 1e-3  # as loose as keeps the error below 1e-5: ARPACK at its fastest
weights = model_weights.load()
weight = weights["layers.0.weight"]
gram = (weight.astype(np.float64) @ weight.T.astype(np.float64)).astype(np.float32)
codes = 1 / (1 + np.exp(-(weights["start_examples"][:ROWS] @ weight.T + weights["layers.0.bias"])))
slopes = (codes * (1 - codes)).astype(np.float32)
jacobians = [slope[:, None] * weight for slope in slopes]
exact_values = {}


def lapack(row, rank, _):
    _, values, right = np.linalg.svd(jacobians[row], full_matrices=False)
    return values[:rank], right[:rank]


def arpack(row, rank, _):
    _, values, right = scipy.sparse.linalg.svds(jacobians[row], k=rank, tol=TOLERANCE, v0=np.ones(784, np.float32))
    return values[::-1], right[::-1]


def arpack_gram(row, rank, _):
    slope = slopes[row]
    product = scipy.sparse.linalg.LinearOperator((1000, 1000), dtype=np.float32,
                                                 matvec=lambda v: slope * (gram @ (slope * v.ravel())))
    squares, left = scipy.sparse.linalg.eigsh(product, k=rank, tol=TOLERANCE, v0=np.ones(1000, np.float32))
    values = np.sqrt(np.maximum(squares[::-1], 0))
    return values, (jacobians[row].T @ left[:, ::-1] / values).T


def randomized(row, rank, power):
    _, values, right = randomized_svd(jacobians[row], rank, n_iter=power, random_state=0)
    return values, right


def error(solve, rank, power):
    worst = 0.0
    for row in range(ROWS):
        if row not in exact_values:
            exact_values[row] = np.linalg.svd(jacobians[row].astype(np.float64), compute_uv=False)
        values, _ = solve(row, rank, power)
        worst = max(worst, float(np.max(np.abs(values - exact_values[row][:rank])) / exact_values[row][0]))
    return worst


def work(solve, rank, power, threads, seconds, barrier, queue):
    blas_threads.limit(threads)
    solve(0, rank, power)
    barrier.wait()
    done, start = 0, time.perf_counter()
    while True:
        solve(done % ROWS, rank, power)
        done += 1
        elapsed = time.perf_counter() - start
        if elapsed >= seconds:
            break
    queue.put(done / elapsed)


errors = {}


def measure(solve, processes=1, threads=1, rank=16, seconds=1.0, power=7):
    key = (solve.__name__, rank, power)
    if key not in errors:
        errors[key] = error(solve, rank, power)
    context = multiprocessing.get_context("fork")
    barrier, queue = context.Barrier(processes), context.Queue()
    arguments = (solve, rank, power, threads, seconds, barrier, queue)
    running = [context.Process(target=work, args=arguments) for _ in range(processes)]
    for process in running:
        process.start()
    rate = sum(queue.get() for _ in running)
    for process in running:
        process.join()
    return {"per_second": rate, "unit": "rows", "processes": processes, "threads": threads, "error": errors[key]}


def main():
    measurements = {solve.__name__: (lambda solve: lambda **arguments: measure(solve, **arguments))(solve)
                    for solve in (lapack, arpack, arpack_gram, randomized)}
    measurements["version"] = lambda: {"version": f"NumPy {np.__version__}, SciPy {scipy.__version__}, scikit-learn "
                                                  f"{sklearn.__version__}, {blas_threads.name()}"}
    line_protocol.serve(measurements)


if __name__ == "__main__":
    main()
