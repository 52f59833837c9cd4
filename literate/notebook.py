"""A lab, which mkdocs-jupyter runs, in the dress of a chapter.

With every notebook mkdocs-jupyter brings half a megabyte of style sheets and a link to another host.
None of it is needed: the cells are taken out and set like the programs of a chapter. A cell that
shows a picture says what is to be seen in its header: `# %% alt="..." caption="..."`.
"""

from __future__ import annotations

import base64
import html
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jupytext  # type: ignore[import-untyped]
from bs4 import BeautifulSoup, Tag
from nbclient.exceptions import CellExecutionError

from literate import figures, highlight, math

# Formulas are raw TeX here, and nothing but spaces tells them from sums of money.
DISPLAY = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)
INLINE = re.compile(r"(?<![\\$\w])\$(?![\s$])([^$\n]+?)(?<![\s\\])\$(?!\w)")
CODE = re.compile(r"(<(?:code|pre)\b.*?</(?:code|pre)>)", re.DOTALL)
HEADER = re.compile(r"^# ?%%", re.MULTILINE)

ANSI = re.compile(r"\x1b\[[\d;]*m")

Fail = Callable[[int, str], None]

# How the labs' kernels behave: pictures as SVG, in the look of the book's plots.
KERNEL = """\
c.InlineBackend.figure_formats = {"svg"}
c.InlineBackend.print_figure_kwargs = {"bbox_inches": None}
c.Application.log_level = "ERROR"
c.HistoryManager.enabled = False
"""


def prepare(root: Path) -> None:
    """Tell the kernels where the package is, and how to draw."""
    home = root / ".cache" / "ipython"
    profile = home / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "ipython_kernel_config.py").write_text(KERNEL, encoding="utf-8")
    os.environ["IPYTHONDIR"] = str(home)
    os.environ["PYTHONPATH"] = str(root)
    os.environ["MATPLOTLIBRC"] = str(Path(__file__).parent / "matplotlibrc")
    # A kernel draws into the notebook only where nobody asked for another backend.
    os.environ.pop("MPLBACKEND", None)


@dataclass
class Lab:
    """A notebook as a percent file, and where its pieces are.

    Attributes:
        text: The whole file.
        fail: Is told the line and the reason of each problem.
        resolve: From a link to a file of the book to its address on the site; None without such a file.
    """

    text: str
    fail: Fail
    resolve: Callable[[str], str | None]

    def __post_init__(self) -> None:
        self.cells: list[dict[str, Any]] = jupytext.reads(self.text, fmt="py:percent").cells
        self.figures = 0

    def line(self, cell: int) -> int:
        """The line of the header of a cell, which is counted from 0."""
        headers = [self.text.count("\n", 0, found.start()) + 1 for found in HEADER.finditer(self.text)]
        # Text before the first header is a cell as well.
        place = cell - (len(self.cells) - len(headers))
        return headers[place] if 0 <= place < len(headers) else 1

    def word(self, cell: int, name: str) -> str:
        """What the header of a cell says, e.g. its `alt`."""
        return str(self.cells[cell]["metadata"].get(name, "")) if cell < len(self.cells) else ""

    def broke(self, error: CellExecutionError) -> None:
        """Tell of a cell that ended in an error, at the line where it did."""
        source = str(error).split("------------------\n")[1].rstrip("\n")
        found = re.search(r"Cell In\[\d+\], line (\d+)", ANSI.sub("", error.traceback))
        start = self.text.find(source.split("\n", 1)[0])
        line = self.text.count("\n", 0, max(start, 0)) + (int(found[1]) if found else 1)
        self.fail(line, f"{error.ename}: {error.evalue}")

    def bad_tex(self, tex: str, why: str) -> None:
        """Tell of a formula that cannot be set."""
        self.fail(math.line_of(tex, re.sub(r"^# ?", "", self.text, flags=re.MULTILINE)), why)


def chapterlike(page_html: str, lab: Lab) -> str:
    """The page with its cells set as a chapter's text, programs and outputs."""
    soup = BeautifulSoup(page_html, "html.parser")
    return "\n".join(_cell(cell, number, lab) for number, cell in enumerate(soup.select(".jp-Cell[id]")))


def _cell(cell: Tag, number: int, lab: Lab) -> str:
    markdown = cell.select_one(".jp-RenderedMarkdown")
    if markdown is not None and "jp-MarkdownCell" in cell.get_attribute_list("class"):
        return _text(markdown, lab)
    source = cell.select_one(".jp-InputArea-editor pre")
    code = highlight.block(source.get_text()) if source is not None else ""
    if title := lab.word(number, "fold"):
        code = f'<details class="fold"><summary>{html.escape(title)}</summary>{code}</details>'
    text, below = _outputs(cell, number, lab)
    if text:
        text = f'<div class="output" role="group" aria-label="Output">{text}</div>'
    return f'<div class="program{" has-output" if text else ""}">{code}{text}</div>{below}'


def _text(cell: Tag, lab: Lab) -> str:
    for link in cell.select("a.anchor-link"):
        link["class"], link["title"] = "headerlink", "Link to this heading"
        link.string = "#"
    for link in cell.select("a[href]"):
        _lead(link, lab)
    pieces = CODE.split(cell.decode_contents())
    marked = "".join(piece if place % 2 else _mark(piece) for place, piece in enumerate(pieces))
    made, formulas = math.typeset(marked, lab.bad_tex)
    return math.place(made, formulas)


def _lead(link: Tag, lab: Lab) -> None:
    """Let a link to a file of the book lead to its page, as MkDocs does in the chapters."""
    wish = str(link["href"])
    if urlsplit(wish).scheme or not urlsplit(wish).path:
        return
    address = lab.resolve(wish)
    if address is None:
        line = lab.text.count("\n", 0, max(lab.text.find(wish), 0)) + 1
        lab.fail(line, f"a link to '{wish}', which is not a file of the book")
    else:
        link["href"] = address


def _mark(text: str) -> str:
    """Mark formulas as arithmatex marks them in a chapter."""
    text = DISPLAY.sub(lambda found: rf'<div class="arithmatex">\[{found[1]}\]</div>', text)
    return INLINE.sub(lambda found: rf'<span class="arithmatex">\({found[1]}\)</span>', text)


def _outputs(cell: Tag, number: int, lab: Lab) -> tuple[str, str]:
    """What the cell printed, and the pictures and tables below it."""
    text, below = "", ""
    pictures: list[str] = []
    for area in cell.select(".jp-OutputArea-output"):
        picture = area.find("img")
        if isinstance(picture, Tag):
            pictures.append(_picture(picture, f"cell-{number}-{len(pictures)}", number, lab))
        elif "jp-RenderedHTMLCommon" in area.get_attribute_list("class"):
            below += f'<div class="shown">{area.decode_contents()}</div>'
        else:
            text += f"<pre><samp>{html.escape(area.get_text().strip(chr(10)))}\n</samp></pre>"
    return text, below + "".join(_figure(pictures, number, lab))


def _picture(picture: Tag, key: str, number: int, lab: Lab) -> str:
    alt = lab.word(number, "alt")
    if not alt:
        lab.fail(lab.line(number), 'a picture needs a text for those who cannot see it: # %% alt="..."')
    mime, _, data = str(picture["src"]).removeprefix("data:").partition(";base64,")
    if mime == "image/svg+xml":
        svg = base64.b64decode(data).decode("utf-8")
        return figures.inline(svg, key=key, title="Picture", description=alt)
    return figures.image(data, mime, alt=alt)


def _caption(number: int, lab: Lab) -> str:
    try:
        return math.in_text(lab.word(number, "caption"))
    except math.TexError as error:
        lab.fail(lab.line(number), f"in the caption: {error}")
        return ""


def _figure(pictures: list[str], number: int, lab: Lab) -> Iterator[str]:
    if not pictures:
        return
    canvas, caption = "".join(f'<div class="canvas">{picture}</div>' for picture in pictures), ""
    if text := _caption(number, lab):
        lab.figures += 1
        caption = f'<figcaption><span class="label">Figure {lab.figures}</span> {text}</figcaption>'
    yield f'<figure class="picture">{canvas}{caption}</figure>'
