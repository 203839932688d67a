// Plot: curves and heat maps as PNG pictures, drawn by gnuplot.
#ifndef CAE_TRAINER_EVALUATION_PLOT_H_
#define CAE_TRAINER_EVALUATION_PLOT_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "core/math/matrix.h"

namespace cae {

/// A point of a curve. NaN where there is none.
struct PlotPoint {
  double x = 0, y = 0;
  double error = 0;   ///< of y: half the length of its bar; 0 = none
  std::string label;  ///< written beside it; empty = none
};

struct PlotCurve {
  std::string name;  ///< in the legend; empty = not there
  std::vector<PlotPoint> points;
};

/// A horizontal line across a panel.
struct PlotLine {
  std::string name;
  double y = 0;
};

/// One coordinate system.
struct PlotPanel {
  std::string title, x_label, y_label;
  std::vector<PlotCurve> curves;
  std::vector<PlotLine> lines;
  std::optional<double> y_minimum, y_maximum;  ///< else as the points want it
};

/// Text is shown as it is: nothing in it is interpreted, newlines and quotes become blanks.
/// FAILED_PRECONDITION naming the Debian package where there is no gnuplot; cheap.
absl::Status CheckPlotting();

/// The panels side by side, `columns` a row, each 620 x 460 pixels and more where
/// names of curves are long. Replaces `path` atomically.
/// Errors as CheckPlotting and WriteFileAtomically; INTERNAL with gnuplot's words.
absl::Status WritePlot(const std::string& path, const std::vector<PlotPanel>& panels, int columns);

/// A matrix of shares as a grey map with the numbers in its fields, rows downwards; `labels` name
/// rows and columns alike.
absl::Status WriteShareMap(const std::string& path, const PlotPanel& frame, const MatrixD& shares,
                           const std::vector<std::string>& labels);

}  // namespace cae

#endif  // CAE_TRAINER_EVALUATION_PLOT_H_
