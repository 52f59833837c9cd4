"""The page of signs keeps its word: each sign is in the chapter that it names, and no chapter has others."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent.parent / "docs"
NOTATION = DOCS / "about" / "notation.md"
CHAPTERS = sorted(DOCS.glob("part*/*.md"))

FENCE = re.compile(r"^( *)```.*?^\1```", re.DOTALL | re.MULTILINE)
FORMULA = re.compile(r"\$\$(.+?)\$\$|\$([^$]+?)\$", re.DOTALL)
ROW = re.compile(r"^\| (\$.*?) \| (.*) \| (.*) \|$", re.MULTILINE)

GREEK = (
    "alpha|beta|gamma|delta|varepsilon|epsilon|zeta|eta|theta|vartheta|iota|kappa|lambda|mu|nu|xi|rho|sigma|tau"
    "|upsilon|phi|varphi|chi|psi|omega|ell|Gamma|Delta|Theta|Lambda|Xi|Sigma|Phi|Psi|Omega"
)
ACCENTS = "bar|dot|ddot|hat|tilde|vec|check|breve|underline|mathbf|mathbb|mathcal|mathfrak"
SIGNS = re.compile(rf"\\({GREEK}|{ACCENTS})(?![a-zA-Z])")


def formulas(text: str) -> list[str]:
    """The TeX of a page; what looks like it in code is none."""
    prose = re.sub(r"`[^`\n]*`", "", FENCE.sub("", text))
    return [found[1] or found[2] for found in FORMULA.finditer(prose)]


def signs(text: str) -> set[str]:
    return {sign for formula in formulas(text) for sign in SIGNS.findall(formula)}


def rows() -> list[tuple[str, Path]]:
    """Each sign of the page with each chapter that is said to have it."""
    return [
        (sign, (NOTATION.parent / page).resolve())
        for named, _, chapters in ROW.findall(NOTATION.read_text(encoding="utf-8"))
        for sign in formulas(named)
        for page in re.findall(r"\]\(([^)#]+)", chapters)
    ]


def stands_in(sign: str, formula: str) -> bool:
    """Whether a formula has a sign: the letter itself, not a letter of another sign's name."""
    found = re.escape(sign.replace(r"\partial y / \partial a", r"\partial").replace("_{ij}", ""))
    before = "" if found.startswith("\\") else r"(?<![\\a-zA-Z])"
    return re.search(rf"{before}{found}(?![a-zA-Z])", formula) is not None


@pytest.mark.parametrize(("sign", "chapter"), rows(), ids=lambda part: getattr(part, "stem", part))
def test_each_sign_stands_in_the_chapter_it_names(sign: str, chapter: Path) -> None:
    accent = re.match(r"\\(bar|dot|mathtt)\b", sign)
    searched = accent[0] if accent else sign
    assert any(stands_in(searched, formula) for formula in formulas(chapter.read_text(encoding="utf-8")))


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_no_chapter_has_a_greek_letter_or_an_accent_that_is_not_explained(chapter: Path) -> None:
    told = signs(NOTATION.read_text(encoding="utf-8"))
    assert signs(chapter.read_text(encoding="utf-8")) <= told


def test_there_is_something_to_check() -> None:
    assert len(rows()) > 40
    assert {"bar", "dot", "varepsilon"} <= set.union(*(signs(path.read_text("utf-8")) for path in CHAPTERS))
