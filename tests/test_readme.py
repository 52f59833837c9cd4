"""The README is a page of its own: its programs run, print what it says, and make its picture."""

import contextlib
import io
import itertools
import re
from pathlib import Path
from typing import Any

import matplotlib

from literate.blocks import parse

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
PICTURE = ROOT / "docs/assets/computation_graph.svg"
matplotlib.use("Agg")


def run(code: str) -> tuple[str, dict[str, Any]]:
    """Runs a program, returns what it printed and the names that it made."""
    names: dict[str, Any] = {}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, str(README), "exec"), names)
    return printed.getvalue(), names


def programs() -> list[tuple[str, str]]:
    """Pairs each program of the README with the output that the README shows below it."""
    blocks = parse(README.read_text(encoding="utf-8"))
    pairs = itertools.pairwise(blocks)
    return [(b.code, after.code) for b, after in pairs if b.language == "python" and after.language == "text"]


def picture() -> str:
    """Draws the graph that the first program of the README draws."""
    code = programs()[0][0]
    assert code.rstrip().splitlines()[-1] == "draw_dot(e, slopes=True)"
    _, names = run(code)
    return str(names["draw_dot"](names["e"], slopes=True).pipe(encoding="utf-8"))


def test_every_program_prints_what_the_readme_shows():
    assert len(programs()) == README.read_text(encoding="utf-8").count("```python") == 3
    for code, shown in programs():
        assert run(code)[0].rstrip("\n") == shown.rstrip("\n")


def test_the_picture_is_the_one_that_the_program_draws():
    again = "made anew by: python -m tests.test_readme"
    assert PICTURE.read_text(encoding="utf-8") == picture(), again


def test_every_file_that_the_readme_links_to_exists():
    links = re.findall(r"\]\(([^)#:]+)\)", README.read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
