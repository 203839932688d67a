"""The commands of docs/evaluation.md do what they say: with --quick and a judge of one epoch, whose numbers mean nothing."""
import os
import pathlib
import re
import shutil
import sys
import tempfile

import harness
from documentation import blocks, run

RECIPES = pathlib.Path("trainer", "recipes")


def commands():
    """Those of the page that end within minutes; the whole study stands there for who has hours."""
    lines = [line for block in blocks("docs/evaluation.md", "") for line in block.splitlines()]
    assert lines and all(line.startswith("cae-train ") for line in lines), lines
    kept = [line for line in lines if not line.startswith("cae-train reproduce") or "--only" in line]
    assert len(lines) - len(kept) == 3, lines
    return kept


def quick(line):
    if "--quick" not in line and "--note" not in line:
        line += " --quick"
    if "evaluate-samples" in line:
        line += f" --judge-recipe {RECIPES / 'judge-quick.textproto'}"
    return line


def prepare(folder):
    """What the page takes for granted: data (judges are kept beside them), models and baselines. That of one layer is made
    anew: the card of the bundled one has been noted already."""
    data = folder / "data"
    data.mkdir()
    (data / "mnist").symlink_to(harness.mnist("t10k-images-idx3-ubyte").parent)
    shutil.copytree(harness.ROOT / RECIPES, folder / RECIPES)
    shutil.copy(harness.MODELS / "mnist-cae2" / "1" / "model.safetensors", folder / "mnist-cae2.safetensors")
    env = {**os.environ, "CAE_DATA_DIR": str(data), "PATH": f"{harness.BIN}:{os.environ['PATH']}"}
    for recipe in ("mnist-cae1.json", "rbm.textproto", "dbn.textproto"):
        made = pathlib.Path(recipe).with_suffix(".safetensors")
        run(["cae-train", "train", RECIPES / recipe, "--quick", "--output", made], cwd=folder, env=env)
    assert "samples." not in run(["cae-train", "inspect", "mnist-cae1.safetensors"], cwd=folder, env=env)
    return env


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        env = prepare(folder)
        for line in commands():
            print(line, flush=True)
            run(["bash", "-eu", "-c", quick(line)], timeout=400, cwd=folder, env=env)
        noted = run(["cae-train", "inspect", "mnist-cae1.safetensors"], cwd=folder, env=env)
        assert re.search(r"samples\.parzen_strict +-?\d", noted), noted
        for made in ("scores/quality-mixing.png", "scores/scores.json", "study-short/results.md"):
            assert (folder / made).stat().st_size > 0, made


if __name__ == "__main__":
    sys.exit(main())
