#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "trainer/commands/commands.h"
#include "trainer/commands/number_range.h"
#include "trainer/criteria/gradient_check.h"
#include "trainer/criteria/stack_gradient_check.h"

namespace cae {
namespace {

constexpr double kFormulaTolerance = 1e-6;
// Sums of a few dozen float32 terms that partly cancel.
constexpr double kFastPathTolerance = 1e-3;
constexpr Activation kActivations[] = {Activation::kLogistic, Activation::kTanh, Activation::kRelu,
                                       Activation::kIdentity};

struct Options {
  GradientCheckCase check;
  bool json = false;
};

void Print(const GradientCheckCase& check, const GradientErrors& errors, Streams& streams) {
  streams.out << absl::StreamFormat(
      "%-9s %-9s %-8s %12.2e %12.2e\n", ActivationName(check.activation),
      ActivationName(check.decoder_activation), check.tied ? "tied" : "untied", errors.formulas,
      errors.fast_path);
}

nlohmann::json ToJson(const GradientCheckCase& check, const GradientErrors& errors) {
  return {{"activation", std::string(ActivationName(check.activation))},
          {"decoder_activation", std::string(ActivationName(check.decoder_activation))},
          {"tied", check.tied},
          {"formulas", errors.formulas},
          {"fast_path", errors.fast_path}};
}

// What may be added to the criterion, and the criterion of a whole stack.
struct Extension {
  const char* name;
  double error;
};

std::vector<Extension> CheckExtensions(const GradientCheckCase& layer) {
  StackCheckCase stack{layer, {layer.units, layer.units}, 0, false};
  StackCheckCase walkback = stack;
  walkback.noise_stddev = 0.8;
  walkback.corrupted = true;
  return {{"stability", CheckNeighbourGradient({layer, 2, 0, 2, false})},
          {"invariance", CheckNeighbourGradient({layer, 0, 2, 2, false})},
          {"corruption", CheckNeighbourGradient({layer, 0, 0, 1, true})},
          {"two layers", CheckStackGradient(stack)},
          {"walkback", CheckStackGradient(walkback)}};
}

absl::Status Run(const Options& options, Streams& streams) {
  GradientErrors largest;
  nlohmann::json cases = nlohmann::json::array();
  if (!options.json) streams.out << "encoder   decoder   weights      formulas    fast path\n";
  for (const Activation activation : kActivations) {
    for (const Activation decoder_activation : kActivations) {
      for (const bool tied : {true, false}) {
        GradientCheckCase check = options.check;
        check.activation = activation;
        check.decoder_activation = decoder_activation;
        check.tied = tied;
        const GradientErrors errors = CheckCaeGradient(check);
        largest.formulas = std::max(largest.formulas, errors.formulas);
        largest.fast_path = std::max(largest.fast_path, errors.fast_path);
        if (options.json) {
          cases.push_back(ToJson(check, errors));
        } else {
          Print(check, errors, streams);
        }
      }
    }
  }
  for (const Extension& extension : CheckExtensions(options.check)) {
    largest.fast_path = std::max(largest.fast_path, extension.error);
    if (options.json) {
      cases.push_back({{"extension", extension.name}, {"fast_path", extension.error}});
    } else {
      streams.out << absl::StreamFormat("%-41s %12.2e\n", extension.name, extension.error);
    }
  }
  const bool ok = largest.formulas <= kFormulaTolerance && largest.fast_path <= kFastPathTolerance;
  if (options.json) {
    streams.out << nlohmann::json{{"ok", ok},
                                  {"largest_relative_error", largest.formulas},
                                  {"largest_relative_error_of_fast_path", largest.fast_path},
                                  {"cases", cases}}
                       .dump(2)
                << "\n";
  } else {
    streams.out << absl::StreamFormat("largest relative error %.2e (fast path %.2e)\n",
                                      largest.formulas, largest.fast_path);
  }
  if (ok) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("the gradient is wrong: a relative error above ",
                                          kFormulaTolerance, " (formulas) or ", kFastPathTolerance,
                                          " (fast path)"));
}

}  // namespace

Command AddCheckGradientCommand(CLI::App& cae_train) {
  auto options = std::make_shared<Options>();
  CLI::App* parser = cae_train.add_subcommand(
      "check-gradient", "Check the gradient of the criterion against finite differences");
  GradientCheckCase& check = options->check;
  const CLI::Range size(1, 500);
  parser->add_option("--inputs", check.inputs, "Input units")->check(size)->capture_default_str();
  parser->add_option("--units", check.units, "Code units")->check(size)->capture_default_str();
  parser->add_option("--rows", check.rows, "Rows")->check(size)->capture_default_str();
  parser->add_option("--contraction", check.contraction, "Weight of the penalty")
      ->check(NumberRange(0, 1e3))
      ->capture_default_str();
  parser->add_option("--seed", check.seed, "Of the random layer and rows")->capture_default_str();
  parser->add_flag("--json", options->json, "Print one JSON object");
  parser->footer(
      "For every pair of activations, tied and untied: the formulas against central differences\n"
      "in double precision, and the float32 path that trains against the formulas; for what may "
      "be\n"
      "added to the criterion the float32 path against central differences. Exits with 1 above\n"
      "1e-6 or 1e-3.\n"
      "Examples:\n"
      "  cae-train check-gradient\n"
      "  cae-train check-gradient --units 30 --contraction 5 --json");
  return {parser, [options](Streams& streams) { return Run(*options, streams); }};
}

}  // namespace cae
