"""Makes the book's fonts from the published ones: `python -m literate.fonts FOLDER`.

A page should be light, and the published fonts carry more weights and letters than the book sets. What is
left here are the letters in `LETTERS` and the weights in `FONTS`. Their licence asks that what is changed has
another name, so the families are called Book Serif, Book Sans and Book Code.

The folder holds the woff2 files of the npm packages that docs/assets/fonts/README.txt names, and those of
KaTeX (literate/vendor/katex/README.md): the fonts that most pages load are made lighter too. It needs
fonttools and brotli (`pip install fonttools brotli`), which building the book does not.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter, parse_unicodes
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

from literate import math as katex

HERE = Path(__file__).parent.parent / "docs" / "assets" / "fonts"

# ASCII, the accents of Western names, what typesetting needs, and Greek.
LETTERS = {
    "latin": (
        "0020-007E,00A0,00A7,00A9,00AB,00B0-00B5,00B7,00B9,00BB,00C9,00D6,00D7,00DC,00DF-00E2,00E4,00E7-00EB,"
        "00EE,00EF,00F1,00F4,00F6,00F8,00FC,"
        "2010-2015,2018-2026,2030-2033,2070-207F,2080-2089,20AC,2190-2193,2212,22C5"
    ),
    "ext": "0141,0142",  # Łukasiewicz
    "greek": "0391-03A1,03A3-03A9,03B1-03C9",
    "mathematics": (
        "0020-007E,00A0,00B1,00B7,00D7,00F7,02C6,02C7,02C9,02D9,02DC,0393-03A9,03B1-03C9,03D1,03D5,03F5,200B,"
        "2026,2032,20D7,2113,2190-2195,21A6,21D0-21D4,2200-220B,220F-2213,2217-221E,2220-222B,223C,2248,2260-226B,"
        "22A5,22C5,22EE,22EF,27E8,27E9,27F5-27FA,E020"  # the last is the stroke through ≠
    ),
}
# Each file: the family that it is of, and the weights that the style sheets ask for.
FONTS: dict[str, tuple[str, tuple[float, float] | float]] = {
    "source-serif-4-latin-wght-normal": ("Book Serif", (400, 700)),
    "source-serif-4-latin-wght-italic": ("Book Serif", 400),
    "source-serif-4-latin-ext-wght-normal": ("Book Serif", 400),
    "source-serif-4-greek-wght-normal": ("Book Serif", 400),
    "source-sans-3-latin-wght-normal": ("Book Sans", (400, 700)),
    "source-sans-3-greek-wght-normal": ("Book Sans", 400),
    "source-code-pro-latin-wght-normal": ("Book Code", (400, 700)),
    "source-code-pro-latin-wght-italic": ("Book Code", 400),
    "source-code-pro-greek-wght-normal": ("Book Code", 400),
}
FEATURES = ["kern", "liga", "lnum", "mark", "mkmk", "onum", "tnum", "ccmp", "locl", "rvrn"]
# KaTeX draws brackets and roots with the rest of its fonts, as they are.
KATEX = (
    *("Main-Regular", "Math-Italic", "SansSerif-Regular", "Caligraphic-Regular"),
    *("Size1-Regular", "Size2-Regular", "Size3-Regular", "Size4-Regular"),
)
NAMES = (1, 3, 4, 6, 16, 25)  # the fields of a font's table of names that say what it is called


def make(source: Path) -> str:
    """Make one font of the book.

    Args:
        source: A published font.

    Returns:
        Its rule for a style sheet.
    """
    family, weights = FONTS[source.stem]
    *_, alphabet, _, style = source.stem.split("-")
    font = again(instantiateVariableFont(TTFont(source, recalcTimestamp=False), {"wght": weights}))
    reduce(font, alphabet)
    for record in font["name"].names:
        if record.nameID in NAMES:
            record.string = family.replace(" ", "") if record.nameID in {6, 25} else family
    name = f"{family.lower().replace(' ', '-')}-{alphabet}-{style}.woff2"
    font.flavor = "woff2"
    font.save(HERE / name)
    span = f"{weights[0]:g} {weights[1]:g}" if isinstance(weights, tuple) else f"{weights:g}"
    covered = ",".join(f"U+{part}" for part in LETTERS[alphabet].split(","))
    return (
        f'@font-face {{\n  font-family: "{family}";\n  font-style: {style};\n  font-weight: {span};\n'
        f'  font-display: swap;\n  src: url("fonts/{name}") format("woff2");\n'
        f"  unicode-range: {covered};\n}}\n"
    )


def make_katex(source: Path) -> None:
    """Make one of the fonts of KaTeX lighter; it keeps its name, as its licence allows."""
    font = TTFont(source, recalcTimestamp=False)
    reduce(font, "mathematics")
    font.flavor = "woff2"
    font.save(katex.KATEX / "fonts" / source.name)


def reduce(font: TTFont, alphabet: str) -> None:
    """Leave in a font only some letters, and no hints for screens of few pixels."""
    subsetter = Subsetter(Options(layout_features=FEATURES, hinting=False))
    subsetter.populate(unicodes=parse_unicodes(LETTERS[alphabet]))
    subsetter.subset(font)


def again(font: TTFont) -> TTFont:
    """Write a font and read it: the instancer leaves tables half read, over which the subsetter stumbles."""
    written = io.BytesIO()
    font.flavor = None
    font.save(written)
    written.seek(0)
    return TTFont(written, recalcTimestamp=False)


def main() -> None:
    """Make all fonts and the style sheet that names them."""
    folder = Path(sys.argv[1])
    says = (
        "/* The book's own letters, served from here: a serif for reading, a sans for signs, a fixed width\n"
        "   for code. Made by literate/fonts.py. */\n"
    )
    for name in KATEX:
        make_katex(folder / f"KaTeX_{name}.woff2")
    rules = [make(folder / f"{name}.woff2") for name in FONTS]
    (HERE.parent / "fonts.css").write_text("\n".join([says, *rules]), encoding="utf-8")


if __name__ == "__main__":
    main()
