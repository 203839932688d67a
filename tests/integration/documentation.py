"""Code blocks of README.md and of the pages in docs/, and how tests run them."""
import re
import subprocess

import harness


def blocks(page, language):
    text = (harness.ROOT / page).read_text()
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def only_block_with(page, language, words):
    found = [block for block in blocks(page, language) if words in block]
    assert len(found) == 1, f"{page} has {len(found)} blocks with '{words}', expected one"
    return found[0]


def run(command, timeout=200, **options):
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, **options)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout
