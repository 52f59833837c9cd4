"""A page as a notebook: its programs are cells that run, its text is Markdown that every notebook reads."""

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from literate import chapter, notebook, sheet
from literate.blocks import parse
from literate.outcome import Outcome
from literate.passages import Passage
from literate.source import Ledger

ROOT = Path(__file__).parent.parent.parent


def made(text: str, **changes: object) -> list[nbformat.NotebookNode]:
    facts = {
        "text": text,
        "blocks": [block for block in parse(text) if block.kind != "other"],
        "outcomes": {},
        "passages": {},
        "which": "chapter 1",
        "book": "A book",
        "resolve": chapter.among({"part1/x.md": "notebooks/part1/x.ipynb"}, "part1/x.md"),
    }
    return nbformat.reads(chapter.notebook(chapter.Chapter(**(facts | changes))), as_version=4).cells


def sources(text: str, **changes: object) -> list[str]:
    return [cell.source for cell in made(text, **changes)]


def test_programs_are_cells_between_the_text() -> None:
    text = "Before.\n\n```python\nx = 1\n\nprint(x)\n```\n\nAfter, $x^2$ and\n\n$$\n\\frac{a}{b}\n$$\n"
    assert sources(text) == ["Before.", "x = 1\n\nprint(x)", "After, $x^2$ and\n\n$$\n\\frac{a}{b}\n$$"]


def test_front_matter_and_comments_are_left_out() -> None:
    assert sources("---\ntitle: x\n---\n\n<!-- not yet -->\nText.\n") == ["Text."]


def test_the_title_is_followed_by_what_the_programs_need() -> None:
    text = "# Slopes\n\n```python\nimport sklearn.datasets\nimport math\nfrom autograd import rules\n```\n"
    outcomes = {3: Outcome(3, after=(), needs=("SymPy", "processes"))}
    first = sources(text, outcomes=outcomes)[0]
    assert first.startswith("# Slopes\n\n> This notebook is chapter 1 of *A book*.")
    assert 'pip install "autograd-engine[draw]" scikit-learn sympy\n' in first


def test_a_program_that_is_to_raise_says_so() -> None:
    cell = made('```{.python raises="ValueError"}\nfloat("x")\n```\n')[0]
    assert cell.metadata.tags == ["raises-exception"]


def test_a_folded_program_is_folded() -> None:
    cell = made('```{.python fold="How"}\nx = 1\n```\n')[0]
    assert cell.metadata.jupyter.source_hidden is True
    assert cell.metadata.tags == ["hide-input"]


def test_a_note_is_a_quotation_under_its_title_with_its_programs_between() -> None:
    program = "    ```python\n    x = 1\n    ```"
    text = f'!!! warning "The classic mistake"\n    Do not.\n\n{program}\n\n    Ever.\n\nText.\n'
    assert sources(text) == ["> **The classic mistake**\n>\n> Do not.", "x = 1", "> Ever.\n\nText."]


def test_an_answer_within_a_note_is_a_cell_too() -> None:
    program = "        ```python\n        x = 1\n        ```"
    text = f'!!! aside\n    One.\n\n    ??? success "Answer"\n        Two.\n\n{program}\n'
    assert sources(text) == ["> **Aside**\n>\n> One.\n\n> > **Answer**\n> >\n> > Two.", "x = 1"]


def test_text_below_a_program_in_a_list_is_no_code() -> None:
    text = "- one\n\n    ```python\n    x = 1\n    ```\n\n    and so on\n\n- two\n"
    assert sources(text) == ["- one", "x = 1", "and so on\n\n- two"]


def test_a_listing_is_quoted_code_under_its_place() -> None:
    text = '```{.python source="autograd.rules.f"}\n```\n'
    passage = Passage("autograd.rules.f", "autograd/rules.py", (3, 5), ("def f():", "    return 1"), "")
    assert sources(text, passages={1: [passage]}) == [
        "`autograd/rules.py`, lines 3–5:\n\n```python\ndef f():\n...\n    return 1\n```"
    ]


def test_links_lead_to_notebooks_or_nowhere() -> None:
    pages = {name: f"notebooks/{name[:-3]}.ipynb" for name in ("part1/x.md", "part1/y.md", "part2/z.md")}
    text = (
        "[one](y.md#a) [two\nthree](../part2/z.md) [four](../labs/a.py) [five](#b) "
        "[six](https://x.org) `[a](b.md)`\n"
    )
    assert sources(text, resolve=chapter.among(pages, "part1/x.md")) == [
        "[one](y.ipynb) [two\nthree](../part2/z.ipynb) four five [six](https://x.org) `[a](b.md)`"
    ]


def test_a_fence_in_another_language_stays_as_it_is() -> None:
    text = "```bash\n# [a](b.md) {: .x}\n!!! no\n```\n"
    assert sources(text) == [text.strip()]


@pytest.mark.parametrize("page", ["part1/drawing.md", "part3/forward.md"])
def test_the_notebook_of_a_chapter_runs(page: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "environ", os.environ.copy())
        notebook.prepare(ROOT)
        surroundings = dict(os.environ)
    read = sheet.read(ROOT, ROOT / "docs" / page, Ledger.of(ROOT), 1)
    resolve = chapter.among({page: "x.ipynb"}, page)
    text = chapter.notebook(
        chapter.Chapter(read.text, read.blocks, read.outcomes, read.passages, "chapter 1", "A book", resolve)
    )
    run = nbformat.reads(text, as_version=4)
    NotebookClient(run, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute(
        env=surroundings
    )
    programs = [block for block in read.blocks if block.kind in ("program", "exercise")]
    cells = [cell for cell in run.cells if cell.cell_type == "code"]
    for program, cell in zip(programs, cells, strict=True):
        printed = "".join(
            out.text for out in cell.outputs if out.output_type == "stream" and out.name == "stdout"
        )
        assert printed == read.outcomes[program.line].stdout
        errors = [out.ename for out in cell.outputs if out.output_type == "error"]
        assert errors == [error for name, error in program.attributes.items() if name == "raises"]
