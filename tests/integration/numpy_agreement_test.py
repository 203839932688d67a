"""Every number that the server answers with equals an independent NumPy computation from the model file, to 1e-4 relative."""
import sys

import grpc
import numpy as np

import harness
from model_in_numpy import Model, philox_normals

TOLERANCE = 1e-4
TIMEOUT = 120


def read(tensor):
    return np.frombuffer(tensor.data, "<f4").astype(np.float64).reshape(tensor.shape)


def agree(what, got, expected, floor=1e-4, terms=0):
    """Relative to each element, or to the size of the terms whose sum it is; elements below `floor` of the largest count
    as if they were that large."""
    assert got.shape == expected.shape, f"{what}: shape {got.shape}, expected {expected.shape}"
    error = np.abs(got - expected) / np.maximum(np.maximum(np.abs(expected), terms), floor * np.abs(expected).max())
    assert error.max() <= TOLERANCE, f"{what}: relative error {error.max():.2e}"
    print(f"  {what:24s} relative error {error.max():.1e}")


def check_model(name, version, pb, channel):
    model = Model(harness.MODELS / name / str(version) / "model.safetensors")
    stub = pb["cae_grpc"].CaeServiceStub(channel)
    selector = pb["model"].ModelSelector(name=name, version=version)
    images = np.fromfile(harness.mnist("t10k-images-idx3-ubyte"), np.uint8, offset=16).reshape(-1, 784)[:50]
    x = (images.astype(np.float32) / np.float32(255)).astype(np.float64)
    as_bytes = pb["tensor"].Tensor(data_type=pb["tensor"].DATA_TYPE_UINT8, shape=images.shape, data=images.tobytes())
    as_floats = pb["tensor"].Tensor(shape=x.shape, data=x.astype("<f4").tobytes())
    print(f"{name} version {version}")

    encoded = stub.Encode(pb["cae"].EncodeRequest(model=selector, inputs=as_bytes), timeout=TIMEOUT)
    again = stub.Encode(pb["cae"].EncodeRequest(model=selector, inputs=as_floats), timeout=TIMEOUT)
    assert again.codes.data == encoded.codes.data, "UINT8 and FLOAT32 inputs give different codes"
    for row in (0, 7, 49):
        alone = pb["tensor"].Tensor(shape=[1, 784], data=x[row].astype("<f4").tobytes())
        one = stub.Encode(pb["cae"].EncodeRequest(model=selector, inputs=alone), timeout=TIMEOUT)
        width = len(one.codes.data)
        assert one.codes.data == encoded.codes.data[row * width:(row + 1) * width], f"row {row} alone differs"

    for layer in range(1, model.layers + 1):
        request = pb["cae"].EncodeRequest(model=selector, inputs=as_bytes, layer=layer)
        codes = stub.Encode(request, timeout=TIMEOUT).codes
        agree(f"codes of layer {layer}", read(codes), model.encode(x, layer))
        decoded = stub.Decode(pb["cae"].DecodeRequest(model=selector, codes=codes, layer=layer), timeout=TIMEOUT)
        agree(f"decoded from layer {layer}", read(decoded.outputs), model.decode(read(codes), layer=layer))
    assert codes.data == encoded.codes.data, "the top layer by its number gives other codes than by default"

    rebuilt = stub.Reconstruct(pb["cae"].ReconstructRequest(model=selector, inputs=as_floats, include_contractions=True),
                               timeout=TIMEOUT)
    agree("reconstructions", read(rebuilt.outputs), model.decode(model.encode(x)))
    agree("losses", read(rebuilt.losses), model.losses(x))
    agree("contractions", read(rebuilt.contractions)[:5],
          np.array([np.sum(model.jacobian(row)**2) for row in x[:5]]))

    classified = stub.Classify(pb["cae"].ClassifyRequest(model=selector, inputs=as_floats), timeout=TIMEOUT)
    got = np.zeros((len(x), 10))
    for row, result in enumerate(classified.results):
        probabilities = [score.probability for score in result.classes]
        assert probabilities == sorted(probabilities, reverse=True), "classes are not in descending order"
        for score in result.classes:
            got[row, score.index] = score.probability
    agree("probabilities", got, model.probabilities(x))

    for layer in range(1, model.layers + 1):
        check_tangents(model, pb, stub, selector, x[:2], layer)
    for process in ("COMPOSED", "TOP_LAYER"):
        check_chain(model, pb, stub, selector, x[:3], process)
        check_chain(model, pb, stub, selector, x[:1], process, rank=8, draws=1)


def check_tangents(model, pb, stub, selector, x, layer, rank=8):
    inputs = pb["tensor"].Tensor(shape=x.shape, data=x.astype("<f4").tobytes())
    answer = stub.Tangents(pb["cae"].TangentsRequest(model=selector, inputs=inputs, rank=rank, layer=layer,
                                                     include_code_directions=True, include_contractions=True),
                           timeout=TIMEOUT)
    print(f"  tangents of layer {layer}")
    for row in range(len(x)):
        jacobian = model.jacobian(x[row], last=layer)
        _, s, vt = np.linalg.svd(jacobian, full_matrices=False)
        agree(f"contraction, row {row}", read(answer.contractions)[row:row + 1], np.array([np.sum(jacobian**2)]))
        agree(f"singular values, row {row}", read(answer.singular_values)[row], s[:rank])
        v = read(answer.directions)[row]
        assert np.abs(v @ v.T - np.eye(rank)).max() < 1e-5, "directions are not orthonormal"
        assert all(direction[np.argmax(np.abs(direction))] > 0 for direction in v), "sign convention"
        # The planes agree: the singular values of the product of two bases of one plane are 1.
        assert np.linalg.svd(v @ vt[:rank].T)[1].min() > 1 - 1e-4, "directions span another plane"
        # The codes' directions are J v / s, as far as the residuals say, which are relative to the largest s.
        u = read(answer.code_directions)[row]
        residuals = np.linalg.norm(u.T * s[:rank] - jacobian @ v.T, axis=0) / s[0]
        assert residuals.max() <= TOLERANCE, f"code directions, row {row}: residual {residuals.max():.2e}"
        print(f"  code directions, row {row}   residual {residuals.max():.1e}")
    assert read(answer.residuals).max() < 1e-4


def check_chain(model, pb, stub, selector, x, process, rank=0, sigma=1.5, seed=20120626, draws=3):
    request = pb["cae"].SampleRequest(
        model=selector, chains=len(x), draws=draws, noise_stddev=sigma, rank=rank, seed=seed, include_codes=True,
        process=pb["model"].SampleProcess.Value(f"SAMPLE_PROCESS_{process}"),
        initial_inputs=pb["tensor"].Tensor(shape=x.shape, data=x.astype("<f4").tobytes()))
    samples, codes, raw = [], [], []
    for message in stub.Sample(request, timeout=TIMEOUT):
        if message.HasField("samples"):
            samples.append(read(message.samples))
            codes.append(read(message.codes))
            raw.append(message.samples.data)
    samples, codes = np.concatenate(samples), np.concatenate(codes)
    first = model.layers - 1 if process == "TOP_LAYER" else 0
    what = f"{process} rank {rank}" if rank else process
    for chain in range(len(x)):
        state = model.states(x[chain])[first]
        for step in range(draws):
            noise = sigma * philox_normals(seed, chain, step, len(model.biases[-1]))
            unmoved = model.states(state, first)[-1]
            state, code = model.step(state, noise, first, rank)
            agree(f"{what} chain {chain} step {step}", samples[step, chain], model.decode(state, layer=first))
            # Noise and f(x) may all but cancel in a single code, whose float32 rounding stays that of the two.
            agree(f"{what} codes {chain} step {step}", codes[step, chain], code, floor=1e-2,
                  terms=np.maximum(unmoved, np.abs(code - unmoved)))
            # From where the server's chain stands: steps stretch what float32 and this program differ in.
            state = model.decode(codes[step, chain], first)
    if rank:
        return  # a dense decomposition a step: once is enough
    again = [m.samples.data for m in stub.Sample(request, timeout=TIMEOUT) if m.HasField("samples")]
    assert b"".join(again) == b"".join(raw), "one seed gave different bytes"


def main():
    pb = harness.stubs()
    with harness.Server() as server, grpc.insecure_channel(server.listen) as channel:
        listing = pb["model_grpc"].ModelServiceStub(channel)
        models = listing.ListModels(pb["model"].ListModelsRequest(), timeout=TIMEOUT).models
        served = {model.name for model in models}
        assert served == set(server.ready["models"]), f"{served} are listed, {server.ready} is ready"
        folders = {path.parent.parent.name for path in harness.MODELS.glob("*/*/model.safetensors")}
        assert served == folders, f"{folders} are in the repository, {served} are served"
        for model in models:
            check_model(model.name, model.version, pb, channel)


if __name__ == "__main__":
    sys.exit(main())
