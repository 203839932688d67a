"""docs/results.md says what docs/results.json holds: the page is written anew from the records alone, and compared."""
import difflib
import pathlib
import shutil
import subprocess
import sys
import tempfile

import harness

# A study of trainer/recipes, and its page.
PAGES = {"study": "results", "study-fashion": "results-fashion"}


def check(study, page):
    with tempfile.TemporaryDirectory(prefix="cae_results_page_") as made:
        # The tree's shape, since the page links to recipes and pictures.
        root = pathlib.Path(made)
        shutil.copytree(harness.ROOT / "trainer" / "recipes", root / "trainer" / "recipes")
        shutil.copytree(harness.ROOT / "docs" / "images" / page, root / "docs" / "images" / page)
        records = harness.ROOT / "docs" / f"{page}.json"
        done = subprocess.run(
            [harness.BIN / "cae-train", "reproduce", "--study", f"trainer/recipes/{study}.textproto", "--page-only",
             "--records", records, "--output", "made", "--report", f"docs/{page}.md"],
            cwd=root, capture_output=True, text=True, timeout=200)
        assert done.returncode == 0, done.stderr
        # A subject is not taken where its recipe is no longer that of its records.
        assert not done.stderr, f"docs/{page}.json: measure these subjects anew (cae-train reproduce):\n{done.stderr}"
        for name in (f"{page}.md", f"{page}.json"):
            there = (harness.ROOT / "docs" / name).read_text().splitlines()
            anew = (root / "docs" / name).read_text().splitlines()
            difference = "\n".join(difflib.unified_diff(there, anew, f"docs/{name}", "from its records", lineterm="", n=0))
            assert not difference, f"`cae-train reproduce --page-only --records docs/{page}.json` gives:\n{difference}"
        # The page shows a picture only if it is that of its record; one of no subject has been removed there.
        pictures = {path.name for path in (harness.ROOT / "docs" / "images" / page).iterdir()}
        assert pictures == {path.name for path in (root / "docs" / "images" / page).iterdir()}, pictures


def main():
    for study, page in PAGES.items():
        check(study, page)
        print(f"docs/{page}.md is what docs/{page}.json gives")


if __name__ == "__main__":
    sys.exit(main())
