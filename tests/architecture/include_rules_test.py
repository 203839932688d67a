#!/usr/bin/env python3
"""Checks the tree against the dependency rules of docs/architecture.md, from the #include lines.

usage: include_rules_test.py PROJECT_ROOT

First plants one violation of each kind in a temporary tree and wants it found, then reads the
project. Prints one line a violation; exits 1 if there is any.
"""

import os
import re
import sys
import tempfile

CORE = ["core/base", "core/math", "core/model", "core/io", "core/tangents", "core/diagnostics",
        "core/sampling", "core/serving"]
# From the ground up: a folder may include those before it.
TRAINER = ["trainer/" + folder for folder in (
    "base", "optimiser", "criteria", "training", "checkpoint", "reporting", "recipe", "data", "model",
    "evaluation", "baselines", "linear", "study", "commands")]
# The matrix types and the types of the wire are targets of their own, without oneDNN.
MATRIX_TYPES = ["core/math/matrix.h", "core/math/half.h", "core/math/conversion.h"]

# Folder -> what its files may include beside their own folder: folders or single headers of the
# project. "cae" is the folder of the generated headers. Folders not named here are not checked,
# but a new one below core/ or trainer/ has to be named.
MAY_INCLUDE = {
    "core/base": [],
    "core/math": ["core/base"],
    "core/model": ["core/base", "core/math"],
    "core/io": ["core/base", "core/math", "core/model"],
    "core/tangents": ["core/base", "core/math", "core/model"],
    "core/diagnostics": ["core/base", "core/math", "core/model"],
    "core/sampling": ["core/base", "core/math", "core/model", "core/io", "core/tangents"],
    "core/serving": CORE,
    **{folder: TRAINER[:floor] + [below for below in CORE if below != "core/serving"]
       for floor, folder in enumerate(TRAINER)},
    "trainer/main.cc": ["trainer/commands"],
    "proto/codec": ["cae", "core/base"] + MATRIX_TYPES,
    "client": ["cae", "proto/codec", "core/base", "core/io"] + MATRIX_TYPES,
    "server": ["cae", "proto/codec"] + CORE,
}

# Third-party headers that belong to a few folders, by pattern. Nowhere else, tests aside.
BELONGS_TO = [
    (r"(grpc|grpcpp|google/rpc)/", ["proto", "server", "client"]),
    # The recipes and the study of the trainer are messages; nothing else of it knows protobuf.
    (r"google/protobuf/", ["proto", "server", "client", "trainer/recipe"]),
    (r".*\.pb\.h$", ["proto", "server", "client", "trainer/recipe", "trainer/study"]),
    (r"prometheus/", ["server"]),
    (r"(oneapi/|dnnl)", ["core/math"]),
    # Debian's build is not instrumented for ThreadSanitizer: core/base/mutex.h instead. One header switches its checks off.
    (r"absl/synchronization/mutex\.h$", ["core/base/mutex_checks.h"]),
    (r"absl/log/", []),
]

PROJECT_FOLDERS = ["core", "server", "client", "trainer", "proto", "tests", "benchmarks", "cae"]
MAX_LINES = 400  # of a source file; .proto files are contracts, read as one document
SOURCE_FILE = re.compile(r"(\.(cc|h|py|sh|js|mjs|ts|cmake)|CMakeLists\.txt)$")
JUNK_DRAWERS = {"util", "utils", "common", "misc"}
NOT_OURS = {"build", ".git", "node_modules", "third_party", "__pycache__"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def is_within(path, folders):
    return any(path == folder or path.startswith(folder + "/") for folder in folders)


def owner(path):
    """The folder of MAY_INCLUDE that a file is in, or None."""
    return next((folder for folder in MAY_INCLUDE if is_within(path, [folder])), None)


def include_violation(path, quote, header, root):
    """Why the file may not include the header, or None."""
    for pattern, folders in BELONGS_TO:
        if re.match(pattern, header) and not is_within(path, folders):
            return f"includes <{header}>, which " + (
                f"belongs to {' and '.join(folders)}" if folders else "no code of ours may include")
    if quote == '"' and not is_within(header, PROJECT_FOLDERS):
        if os.path.exists(os.path.join(root, os.path.dirname(path), header)):
            return f'includes "{header}"; includes are relative to the root of the project'
        return None
    folder = owner(path)
    if is_within(header, PROJECT_FOLDERS) and not is_within(header, [folder, *MAY_INCLUDE[folder]]):
        return f'includes "{header}"; {folder} may include {MAY_INCLUDE[folder] or "nothing else"}'
    return None


def source_files(root):
    """Paths relative to the root of all source files, and of all folders."""
    for folder, subfolders, names in os.walk(root):
        subfolders[:] = sorted(set(subfolders) - NOT_OURS)
        for name in subfolders:
            yield os.path.relpath(os.path.join(folder, name), root), True
        for name in sorted(names):
            if SOURCE_FILE.search(name):
                yield os.path.relpath(os.path.join(folder, name), root), False


def violations(root):
    """One line for each broken rule of the tree."""
    found = []
    for path, is_folder in source_files(root):
        if is_folder:
            if os.path.basename(path).lower() in JUNK_DRAWERS:
                found.append(f"{path}: a folder is named by what is in it")
            continue
        with open(os.path.join(root, path), encoding="utf-8") as file:
            text = file.read()
        lines = text.count("\n")
        if lines > MAX_LINES:
            found.append(f"{path}: {lines} lines; {MAX_LINES} are allowed")
        if not path.endswith((".cc", ".h")):
            continue
        if owner(path) is None:
            if is_within(path, ["core", "trainer"]):
                found.append(f"{path}: no rule says what this folder may include")
            continue
        for quote, header in INCLUDE.findall(text):
            reason = include_violation(path, quote, header, root)
            if reason:
                found.append(f"{path}: {reason}")
    return found


# (path, contents, part of the expected message): each planted alone must be found, and nothing else.
PLANTED = [
    ("core/base/a.h", '#include "core/math/matrix.h"', "core/base may include nothing else"),
    ("core/math/a.cc", '#include "core/model/model_card.h"', "core/math may include"),
    ("core/io/a.cc", '#include "core/tangents/tangent_space.h"', "core/io may include"),
    ("core/tangents/a.cc", '#include "core/io/npy.h"', "core/tangents may include"),
    ("core/model/a.cc", "#include <grpcpp/grpcpp.h>", "belongs to"),
    ("core/serving/a.cc", "  #  include <google/protobuf/message.h>", "belongs to"),
    ("core/serving/a.h", "#include <prometheus/counter.h>", "belongs to server"),
    ("core/serving/b.h", '#include "cae/v1/tensor.pb.h"', "belongs to"),
    ("core/serving/c.h", '#include "server/metrics.h"', "core/serving may include"),
    ("core/model/b.cc", "#include <oneapi/dnnl/dnnl.hpp>", "belongs to core/math"),
    ("core/model/c.cc", '#include "absl/synchronization/mutex.h"', "belongs to core/base/mutex_checks.h"),
    ("core/model/e.cc", '#include "absl/log/log.h"', "no code of ours"),
    ("core/model/d.cc", '#include "neighbour.h"', "relative to the root"),
    ("core/newcomer/a.cc", "", "no rule says"),
    ("trainer/newcomer/a.cc", "", "no rule says"),
    ("trainer/study/a.cc", '#include "core/serving/registry.h"', "trainer/study may include"),
    ("trainer/criteria/a.cc", '#include "trainer/training/epochs.h"', "trainer/criteria may include"),
    ("trainer/model/b.cc", "#include <google/protobuf/message.h>", "belongs to"),
    ("trainer/recipe/c.cc", "#include <grpcpp/grpcpp.h>", "belongs to"),
    ("client/a.cc", '#include "server/services/x.h"', "client may include"),
    ("client/b.cc", '#include "core/model/autoencoder.h"', "client may include"),
    ("client/c.cc", '#include "core/math/packed_dense.h"', "client may include"),
    ("server/a.cc", '#include "client/client.h"', "server may include"),
    ("server/b.cc", '#include "trainer/data_set.h"', "server may include"),
    ("server/c.cc", '#include "tests/testing/same_bits.h"', "server may include"),
    ("proto/codec/a.cc", '#include "core/serving/registry.h"', "proto/codec may include"),
    ("tests/core/long_test.cc", "\n" * (MAX_LINES + 1), "401 lines"),
    ("server/utils/a.cc", "", "named by what is in it"),
    ("core/Common/a.py", "", "named by what is in it"),
]

ALLOWED = [
    ("core/base/ok.h", "#include <string>\n#include <absl/status/status.h>\n"),
    ("core/math/ok.cc", '#include <oneapi/dnnl/dnnl.hpp>\n#include "core/base/check.h"\n'),
    ("core/model/neighbour.h", '#include "Eigen/Core"\n#include "absl/strings/str_cat.h"\n'),
    ("core/serving/ok.cc", '// #include "server/x.h" would be wrong\n#include "core/io/npy.h"\n'),
    ("trainer/study/ok.cc", '#include "core/io/npy.h"\n#include "trainer/evaluation/judge.h"\n'),
    ("client/ok.cc", '#include "core/math/matrix.h"\n#include "cae/v1/tensor.pb.h"\n'),
    ("server/ok.cc", '#include <prometheus/counter.h>\n#include "core/serving/registry.h"\n'),
    ("tests/server/ok_test.cc", '#include <grpcpp/grpcpp.h>\n#include "client/client.h"\n'),
    ("tests/core/full_test.cc", "\n" * MAX_LINES),
    ("build/release/x.cc", "\n" * 1000),
]


def plant(root, path, contents):
    full = os.path.join(root, path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, "w", encoding="utf-8") as file:
        file.write(contents)


def self_test():
    """What is wrong with this script itself, one line each."""
    wrong = []
    for path, contents, expected in [(None, None, None), *PLANTED]:
        with tempfile.TemporaryDirectory() as root:
            for allowed in ALLOWED:
                plant(root, *allowed)
            if path:
                plant(root, path, contents)
            found = violations(root)
        if path is None and found:
            wrong.append(f"self-test: an allowed tree is refused: {found}")
        elif path and (len(found) != 1 or expected not in found[0]):
            wrong.append(f"self-test: {path} with {contents.strip()!r} gave {found}")
    return wrong


def main():
    if len(sys.argv) != 2 or not os.path.isdir(os.path.join(sys.argv[1], "core")):
        sys.exit(__doc__)
    found = self_test() + violations(sys.argv[1])
    print("\n".join(found) or "every include, length and folder name keeps the rules")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
