"""Formulas are set at build, and bad TeX is told with its place."""

import html
import re

import pytest

from literate import math


def mark(tex: str, *, display: bool = False) -> str:
    """What arithmatex leaves of a formula."""
    inside = html.escape(tex, quote=False)
    return (
        f'<div class="arithmatex">\\[{inside}\\]</div>'
        if display
        else f'<span class="arithmatex">\\({inside}\\)</span>'
    )


def typeset(page: str) -> tuple[str, list[tuple[str, str]]]:
    failed: list[tuple[str, str]] = []
    made, marks = math.typeset(page, lambda tex, why: failed.append((tex, why)))
    return math.place(made, marks), failed


def test_a_formula_is_for_the_eye_and_for_the_ear() -> None:
    made = math.render(r"\frac{1}{2}")
    assert 'aria-hidden="true"' in made
    assert "<mfrac>" in made


@pytest.mark.parametrize(
    ("tex", "reason"),
    [
        (r"\foo", r"Undefined control sequence: \foo"),
        (r"\frac{a", "Unexpected end of input"),
        ("x^", "Expected group after '^'"),
        ("é", "unicodeTextInMathMode"),
    ],
)
def test_bad_tex_is_refused_with_a_reason(tex: str, reason: str) -> None:
    with pytest.raises(math.TexError, match=re.escape(reason)):
        math.render(tex)


def test_formulas_of_a_page_are_set_in_their_places() -> None:
    made, failed = typeset(f"<p>so {mark('a < b')} holds</p>{mark('x^2', display=True)}")
    assert not failed
    assert made.count('class="katex"') == 2
    assert made.count("katex-display") == 1
    assert "arithmatex" not in made


@pytest.mark.parametrize(("tex", "whole"), [("h", True), ("a < b", False)])
def test_a_comma_stays_with_a_formula_of_one_piece(tex: str, whole: bool) -> None:
    made, _ = typeset(f"<p>{mark(tex)}, and {mark(tex)} on</p>")
    assert made.endswith(" on</p>")
    assert made.count('<span class="unbroken">') == whole
    assert (",</span> and " in made) == whole
    assert made.count(", and") == 1 - whole


def test_the_search_index_sees_the_tex_once() -> None:
    made, marks = math.typeset(f"<p>{mark('a < b')}</p>", lambda tex, why: None)
    assert re.sub(r"<[^>]+>", "", made) == "a &lt; b"
    assert "mathml" in math.place(made, marks)


def test_the_same_formula_twice_is_set_twice() -> None:
    made, _ = typeset(f"<p>{mark('x')} and {mark('x')}</p>")
    assert made.count('class="katex"') == 2


def test_a_bad_formula_does_not_hide_the_next_one() -> None:
    _, failed = typeset(f"<p>{mark(r'a_')} {mark('b')} {mark(r'c^')}</p>")
    assert [tex for tex, _ in failed] == ["a_", "c^"]


def test_dollars_left_over_are_told() -> None:
    _, failed = typeset("<p>text $$ x = 1</p>")
    assert "not closed" in failed[0][1]
    assert not typeset("<p><code>$$ x</code></p>")[1]


@pytest.mark.parametrize(
    ("tex", "line"),
    [("x^", 3), (r"\sum_i a_i + \foo", 6), (r"\begin{aligned} a &= b \\ c &= \bar \end{aligned}", 11)],
)
def test_the_line_of_a_formula_is_found(tex: str, line: int) -> None:
    source = (
        "# Title\n\nNow $x^$ is\n\n$$\n\\sum_i a_i + \\foo\n$$\n\n!!! note\n\n"
        "    $$ \\begin{aligned}\n    a &= b \\\\\n    c &= \\bar\n    \\end{aligned} $$\n"
    )
    assert math.line_of(tex, source) == line


def test_captions_may_have_formulas_and_nothing_else() -> None:
    made = math.in_text("the curve of $x^2$ <b>")
    assert "katex" in made
    assert "&lt;b&gt;" in made
    assert math.in_text(r"5 \$ a piece") == "5 $ a piece"
    with pytest.raises(math.TexError, match="no partner"):
        math.in_text("costs $5")


def test_titles_in_the_table_of_contents_are_set() -> None:
    assert "katex" in math.plain_titles(r"The order \(t(n)\)")
    assert math.plain_titles("No formula") == "No formula"


def test_the_style_sheet_asks_for_the_fonts_that_are_there() -> None:
    css = (math.KATEX / "katex.min.css").read_text(encoding="utf-8")
    wanted = set(re.findall(r"url\(fonts/([^)]+)\)", css))
    assert wanted == {path.name for path in (math.KATEX / "fonts").iterdir()}
    assert "http" not in re.sub(r"/\*.*?\*/", "", css)
