#include "trainer/evaluation/plot.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "core/base/status_macros.h"
#include "core/io/file.h"
#include "trainer/data/child_process.h"
#include "trainer/data/fetch_folder.h"

namespace cae {
namespace {

constexpr int kPanelWidth = 620, kPanelHeight = 460, kKeyLineHeight = 18;
constexpr std::int64_t kMaxPictureBytes = 64 << 20;
// Told apart without colour, too, by their points.
constexpr const char* kColours[] = {"#1b6ca8", "#d1495b", "#3a7d44", "#8e5ea2", "#b07d2b",
                                    "#4a4a4a", "#17a2a2", "#e27396", "#7fb800", "#f18f01"};
constexpr int kPoints[] = {7, 5, 9, 13, 11, 15, 6, 4, 8, 12};

std::string Quoted(absl::string_view text) {
  return absl::StrCat(
      "\"", absl::StrReplaceAll(text, {{"\\", " "}, {"\"", " "}, {"\n", " "}, {"`", " "}}), "\"");
}

std::string Number(double x) { return std::isfinite(x) ? absl::StrFormat("%.9g", x) : "NaN"; }

// A data block that plot commands refer to.
std::string Block(absl::string_view name, const PlotCurve& curve) {
  std::string block = absl::StrCat("$", name, " << EOD\n");
  for (const PlotPoint& point : curve.points) {
    absl::StrAppend(&block, Number(point.x), " ", Number(point.y), " ", Number(point.error), " ",
                    Quoted(point.label), "\n");
  }
  return absl::StrCat(block, "EOD\n");
}

// Some room around the points, more on the right, where their labels are. Not left to gnuplot,
// which would end horizontal lines with the points.
std::string XRange(const PlotPanel& panel) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const PlotCurve& curve : panel.curves) {
    for (const PlotPoint& point : curve.points) {
      if (!std::isfinite(point.x)) continue;
      low = std::min(low, point.x);
      high = std::max(high, point.x);
    }
  }
  if (low > high) return "[*:*]";
  const double width = low < high ? high - low : 1;
  return absl::StrCat("[", Number(low - 0.05 * width), ":", Number(high + 0.12 * width), "]");
}

// Names below a panel: in one line where they are few.
std::size_t KeyLines(const std::vector<PlotPanel>& panels) {
  std::size_t lines = 1;
  for (const PlotPanel& panel : panels) {
    const std::size_t entries = panel.curves.size() + panel.lines.size();
    std::size_t letters = 0;
    for (const PlotCurve& curve : panel.curves) letters += curve.name.size();
    if (letters > 40) lines = std::max(lines, entries);
  }
  return lines;
}

void AddPanel(const PlotPanel& panel, int number, std::string& script) {
  std::vector<std::string> drawn;
  for (std::size_t c = 0; c < panel.curves.size(); ++c) {
    const PlotCurve& curve = panel.curves[c];
    const std::string name = absl::StrCat("data", number, "_", c);
    absl::StrAppend(&script, Block(name, curve));
    const std::size_t look = c % std::size(kColours);
    const std::string colour = absl::StrCat(" lc rgb '", kColours[look], "'");
    const std::string title =
        curve.name.empty() ? " notitle" : absl::StrCat(" title ", Quoted(curve.name));
    drawn.push_back(
        absl::StrCat("$", name, " using 1:2:3 with yerrorbars lw 1.5 ps 0", colour, " notitle"));
    drawn.push_back(absl::StrCat("$", name, " using 1:2 with linespoints lw 2 ps 1.1 pt ",
                                 kPoints[look], colour, title));
    drawn.push_back(absl::StrCat("$", name,
                                 " using 1:2:4 with labels offset 0.9,0.7 left font ',10'",
                                 " tc rgb '", kColours[look], "' notitle"));
  }
  for (const PlotLine& line : panel.lines) {
    drawn.push_back(absl::StrCat(Number(line.y), " with lines dt 2 lw 1.5 lc rgb '#777777' title ",
                                 Quoted(line.name)));
  }
  absl::StrAppend(&script, "set title ", Quoted(panel.title), "\nset xlabel ",
                  Quoted(panel.x_label), "\nset ylabel ", Quoted(panel.y_label), "\nset xrange ",
                  XRange(panel), "\nset yrange [",
                  panel.y_minimum.has_value() ? Number(*panel.y_minimum) : "*", ":",
                  panel.y_maximum.has_value() ? Number(*panel.y_maximum) : "*", "]\nplot ",
                  absl::StrJoin(drawn, ", \\\n     "), "\n");
}

absl::Status Draw(const std::string& path, int width, int height, absl::string_view commands) {
  CAE_ASSIGN_OR_RETURN(const FetchFolder folder, FetchFolder::Make());
  const std::string script = absl::StrCat(
      "set terminal pngcairo noenhanced size ", width, ",", height,
      " font 'DejaVu Sans,11' background '#ffffff'\nset output 'plot.png'\n", commands);
  const std::string script_path = folder.path() + "/plot.gnuplot";
  CAE_RETURN_IF_ERROR(WriteFileAtomically(script_path, script));
  CAE_RETURN_IF_ERROR(RunChildProcess({"gnuplot", "plot.gnuplot"}, folder.path()));
  CAE_ASSIGN_OR_RETURN(const std::string picture,
                       ReadFile(folder.path() + "/plot.png", kMaxPictureBytes));
  return WriteFileAtomically(path, picture);
}

}  // namespace

absl::Status CheckPlotting() {
  absl::Status status = RunChildProcess({"gnuplot", "--version"}, "/");
  if (!absl::IsNotFound(status)) return status;
  return absl::FailedPreconditionError(
      "there is no gnuplot, which draws the plots; install it, on Debian by `apt-get install "
      "gnuplot-nox`");
}

absl::Status WritePlot(const std::string& path, const std::vector<PlotPanel>& panels, int columns) {
  CAE_RETURN_IF_ERROR(CheckPlotting());
  const int rows = (static_cast<int>(panels.size()) + columns - 1) / columns;
  const std::size_t key_lines = KeyLines(panels);
  std::string script = absl::StrCat(
      "set grid lt 1 lw 0.7 lc rgb '#dddddd'\nset border 3\nset tics nomirror\n",
      "set key at graph 0.5, graph -0.19 center top samplen 2.5 font ',10' ",
      key_lines == 1 ? "horizontal" : "vertical maxcols 1", "\nset bmargin ", 5 + key_lines,
      "\nset offsets 0, 0, graph 0.05, 0\nset multiplot layout ", rows, ",", columns, "\n");
  for (std::size_t p = 0; p < panels.size(); ++p) AddPanel(panels[p], static_cast<int>(p), script);
  return Draw(path, columns * kPanelWidth,
              rows * (kPanelHeight + static_cast<int>(key_lines - 1) * kKeyLineHeight), script);
}

absl::Status WriteShareMap(const std::string& path, const PlotPanel& frame, const MatrixD& shares,
                           const std::vector<std::string>& labels) {
  CAE_RETURN_IF_ERROR(CheckPlotting());
  std::string script = "$map << EOD\n";
  for (Index i = 0; i < shares.rows(); ++i) {
    for (Index j = 0; j < shares.cols(); ++j) {
      absl::StrAppend(&script, j, " ", i, " ", Number(shares(i, j)), " ",
                      Quoted(shares(i, j) == 0 ? "" : absl::StrFormat("%.2f", shares(i, j))), "\n");
    }
  }
  std::vector<std::string> tics;
  for (std::size_t k = 0; k < labels.size(); ++k) {
    tics.push_back(absl::StrCat(Quoted(labels[k]), " ", k));
  }
  const std::string all_tics = absl::StrJoin(tics, ", ");
  const double end = static_cast<double>(shares.rows()) - 0.5;
  absl::StrAppend(&script, "EOD\nunset key\nset tics out nomirror\nset xtics (", all_tics,
                  ")\nset ytics (", all_tics, ")\nset xrange [-0.5:", end, "]\nset yrange [", end,
                  ":-0.5]\nset cbrange [0:1]\nset palette defined (0 '#ffffff', 1 '#1b6ca8')\n",
                  "set title ", Quoted(frame.title), "\nset xlabel ", Quoted(frame.x_label),
                  "\nset ylabel ", Quoted(frame.y_label),
                  "\nplot $map using 1:2:3 with image, $map using 1:2:4 with labels font ',9'\n");
  return Draw(path, 760, 640, script);
}

}  // namespace cae
