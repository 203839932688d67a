// The measurements of the engine, each made from its arguments.
#ifndef CAE_BENCHMARKS_ENGINE_WORKS_H_
#define CAE_BENCHMARKS_ENGINE_WORKS_H_

#include <memory>

#include "benchmarks/engine/work.h"
#include "core/model/autoencoder.h"

namespace cae::benchmarks {

/// The machine's ceiling: one oneDNN product [rows, inputs] × [inputs, units], weights packed, no
/// bias, no activation. rows=256 inputs=784 units=1000 type=f32|bf16.
std::unique_ptr<Work> MakeRawProduct(const Arguments& arguments);

/// Autoencoder::Encode to the top layer. rows=256 model=FILE
/// precision=f32|bf16.
std::unique_ptr<Work> MakeEncode(const Arguments& arguments);

/// The normals of one chain step. size=1000.
std::unique_ptr<Work> MakeNoise(const Arguments& arguments);

/// Reads the same memory over and over. bytes=N: by default what one step of a one-layer chain
/// reads of its weights.
std::unique_ptr<Work> MakeRead(const Arguments& arguments);

/// Chains by ChainStepper, shared evenly among the threads, each in tiles of 64. chains=256 rank=0
/// model=FILE precision=f32|bf16.
std::unique_ptr<Work> MakeChain(const Arguments& arguments);

/// TangentSolver on start examples, the Jacobians' evaluation included. rows=64 rank=16 model=FILE
/// precision=f32|bf16. The fact `error` is max |σ − exact| / σ_1 of a few rows.
std::unique_ptr<Work> MakeTangents(const Arguments& arguments);

/// Nothing but facts: how far bfloat16 is from float32. `code_error_rms`, `code_error_max`: of
/// codes of the start examples; `mean_pixel`, `displacement`: relative differences of the means
/// over 64 chains of 1,000 steps at the card's noise; `class_share`: the largest difference of a
/// share; and the last three between two seeds in float32. model=FILE.
std::unique_ptr<Work> MakeDrift(const Arguments& arguments);

/// The model that `model` names, the bundled one-layer model by default, in that precision, f32 or
/// bf16; loaded once for all threads. Stops the program if it cannot be.
std::shared_ptr<const Autoencoder> ModelFor(const Arguments& arguments,
                                            const std::string& precision);
/// In the precision that `precision` names, f32 by default.
std::shared_ptr<const Autoencoder> ModelFor(const Arguments& arguments);

}  // namespace cae::benchmarks

#endif  // CAE_BENCHMARKS_ENGINE_WORKS_H_
