"""Pictures at home on the page: SVG from Graphviz and matplotlib, made part of the HTML.

The ink becomes the text's own colour, so that a picture follows light and dark; ids cannot clash;
those who cannot see it hear its description.
"""

from __future__ import annotations

import html
import re
from itertools import pairwise
from unicodedata import combining
from xml.etree import ElementTree

# The default ink of both tools, and the ink that literate/matplotlibrc gives to plots.
INKS = {"black", "#000", "#000000", "#010203"}
PAPERS = {"white", "#fff", "#ffffff"}

# The colours of literate/matplotlibrc, and matplotlib's ten; the style sheet has each for light and dark.
_BOOK = {"#5e97c9": 1, "#a95c04": 2, "#fa2e80": 3, "#8c42fa": 4}
_TAB = {"#1f77b4": 1, "#ff7f0e": 2, "#e377c2": 3, "#9467bd": 4, "#2ca02c": 5, "#d62728": 6, "#8c564b": 7}
SERIES = _BOOK | _TAB | {"#7f7f7f": 8, "#bcbd22": 9, "#17becf": 10}

# What autograd.draw gives to lines and small words, and to the grounds of values, leaves and operations.
GRAPH_COLOURS = {"#555555": "quiet", "#666666": "quiet", "#fdf6e3": "wash", "#eef2f7": "paper-2"}

# matplotlib's own font in three widths (the spaces of its formulas do not break), and how far we trust them.
NARROW, WIDE, LOOSE = set("fijlrtI.,:;'|!()[] \N{NO-BREAK SPACE}"), set("mwMW%@"), 0.2

DROPPED = {"metadata", "style", "title", "desc"}
REFERENCE = re.compile(r"url\(#([^)]+)\)")
LONG_NUMBER = re.compile(r"(\d\.\d\d)\d+")
FONT = re.compile(r"font:\s*((?:italic|oblique|normal|bold|small-caps|\d00)\s+)*([\d.]+px)[^;]*")


def inline(svg: str, *, key: str, title: str, description: str, named: bool = False) -> str:
    """One picture as an `<svg>` element to stand in the page.

    Args:
        svg: the whole file as the tool wrote it.
        key: unique among the pictures of the page; ids in the picture begin with it.
        title: its short name, e.g. "Figure 3.2".
        description: what is to be seen, for those who cannot see it.
        named: whether nodes and edges of a graph keep the names that they have in DOT, for scripts.
    """
    root = ElementTree.fromstring(svg)
    for element in root.iter():
        _plain_names(element)
    if named:
        _keep_names(root)
    _drop(root)
    _keep_ids(root, key)
    kind = "graph" if root.find(".//g[@class='graph']") is not None else "plot"
    for element in root.iter():
        _recolour(element)
        _round(element)
        if element.tag == "text":
            _join_letters(element)
    _frame(root, kind, key, title, description)
    return ElementTree.tostring(root, encoding="unicode").strip()


def _plain_names(element: ElementTree.Element) -> None:
    """HTML knows SVG's elements without namespaces, and `href` without xlink."""
    element.tag = element.tag.rpartition("}")[2]
    for name in list(element.attrib):
        if "}" in name:
            element.attrib[name.rpartition("}")[2]] = element.attrib.pop(name)


def _keep_names(root: ElementTree.Element) -> None:
    """Note on each node and edge of a graph what Graphviz says in its title: `n2`, `n0 n2_op`."""
    for group in root.iter("g"):
        name = group.findtext("title", "")
        if group.get("class", "").startswith("node"):
            group.set("data-node", name)
        elif group.get("class", "").startswith("edge"):
            group.set("data-edge", name.replace("->", " "))


def _drop(parent: ElementTree.Element) -> None:
    """Take out what speaks to tools (metadata), leaks onto the page (style) or covers it (white grounds)."""
    for child in list(parent):
        if child.tag in DROPPED or _is_paper(parent, child):
            parent.remove(child)
        else:
            _drop(child)


def _is_paper(parent: ElementTree.Element, child: ElementTree.Element) -> bool:
    """Whether a shape is the ground of a whole graph, or of a plot and its axes."""
    if parent.get("class") == "graph":
        return child.tag == "polygon" and child.get("fill", "").lower() in PAPERS
    names = f"{parent.get('id')} {child.get('id')}"
    is_ground = re.fullmatch(r"(figure|axes)_\d+ patch_\d+", names) is not None
    return is_ground and any("fill: #ffffff" in shape.get("style", "") for shape in child)


def _keep_ids(root: ElementTree.Element, key: str) -> None:
    """Keep the ids that something refers to, under names that no other picture has."""
    values = " ".join(value for element in root.iter() for value in element.attrib.values())
    used = set(REFERENCE.findall(values))
    used |= {element.attrib["href"][1:] for element in root.iter() if element.get("href", "").startswith("#")}
    for element in root.iter():
        if (name := element.attrib.pop("id", None)) in used:
            element.set("id", f"{key}-{name}")
        if element.get("href", "").startswith("#"):
            element.set("href", f"#{key}-{element.attrib['href'][1:]}")
        for attribute, value in element.attrib.items():
            element.set(attribute, REFERENCE.sub(rf"url(#{key}-\1)", value))


def _recolour(element: ElementTree.Element) -> None:
    for attribute in ("fill", "stroke", "color"):
        if (colour := element.get(attribute)) is not None:
            element.set(attribute, _ink(colour))
    if (style := element.get("style")) is not None:
        element.set("style", _restyle(style))
    element.attrib.pop("font-family", None)


def _round(element: ElementTree.Element) -> None:
    """Write places to a hundredth of a point: nobody sees more, and pages get lighter."""
    for attribute in {"d", "points", "x", "y"} & element.attrib.keys():
        element.set(attribute, LONG_NUMBER.sub(r"\1", element.attrib[attribute]))


def _join_letters(text: ElementTree.Element) -> None:
    """Join what matplotlib writes letter by letter, wherever a formula stands in a label.

    It spaces the letters for a font of its own, so in the page's letters they would stand apart. Where one
    stands below or upon another (a fraction, an accent), each keeps its place.
    """
    letters = sorted(text.findall("tspan"), key=_column)
    gaps = [_gap(before, after) for before, after in pairwise(letters)]
    if any(gap < -LOOSE for gap in gaps) or any(combining(letter.text or " ") for letter in letters):
        return
    text[:] = letters[:1]
    for (before, letter), gap in zip(pairwise(letters), gaps, strict=True):
        del letter.attrib["x"]
        before.tail = ""  # the end of a line between two letters would count as a space
        if gap < LOOSE and all(letter.get(name) == text[-1].get(name) for name in ("y", "style")):
            text[-1].text = f"{text[-1].text or ''}{letter.text or ''}"
        else:
            letter.set("dx", f"{max(gap, 0.0) * _size(letter):.2f}")
            text.append(letter)


def _gap(before: ElementTree.Element, after: ElementTree.Element) -> float:
    """The room between two letters, in ems."""
    edge = _column(before) + _advance(before.text or "") * _size(before)
    return (_column(after) - edge) / _size(after)


def _column(letter: ElementTree.Element) -> float:
    return float(letter.get("x", "0").split()[0])


def _size(letter: ElementTree.Element) -> float:
    found = re.search(r"font-size:\s*([\d.]+)", letter.get("style", ""))
    return float(found[1]) if found else 10.0


def _advance(letters: str) -> float:
    """How wide letters are in matplotlib's own font, about, in ems."""
    return sum(0.35 if letter in NARROW else 0.9 if letter in WIDE else 0.61 for letter in letters)


def _restyle(style: str) -> str:
    """A style attribute in the page's colours and letters; sizes stay, as the tool laid the text out."""
    style = FONT.sub(_font, style)
    style = re.sub(r"font-family:[^;]*;?", "", style)
    colour = r"((?:fill|stroke|color|stop-color):\s*)([#\w]+)"
    return re.sub(colour, lambda found: found[1] + _ink(found[2]), style)


def _font(found: re.Match[str]) -> str:
    words = found[0].split(":", 1)[1].split(found[2])[0].split()
    slope = ["font-style: italic"] if "italic" in words or "oblique" in words else []
    weight = [f"font-weight: {word}" for word in words if word == "bold" or word.isdigit()]
    return "; ".join([*slope, *weight, f"font-size: {found[2]}"])


def _ink(colour: str) -> str:
    lower = colour.lower()
    if lower in INKS:
        return "currentColor"
    if lower in PAPERS:
        return "var(--paper, #fff)"
    if lower in SERIES:
        return f"var(--series-{SERIES[lower]}, {lower})"
    if lower in GRAPH_COLOURS:
        return f"var(--{GRAPH_COLOURS[lower]}, {lower})"
    return colour


def _frame(root: ElementTree.Element, kind: str, key: str, title: str, description: str) -> None:
    """Size, role and words of the outermost element."""
    width = _pixels(root.attrib.pop("width", "")) or float(root.get("viewBox", "0 0 480 320").split()[2])
    root.attrib.pop("height", None)
    for attribute in ("version", "preserveAspectRatio"):
        root.attrib.pop(attribute, None)
    root.set("class", kind)
    root.set("style", f"--width: {width:.0f}px")
    # Whoever hears an "img" hears one thing; links in it would be lost.
    root.set("role", "img" if root.find(".//a") is None else "group")
    root.set("aria-labelledby", f"{key}-title {key}-desc")
    for place, (tag, words) in enumerate([("title", title), ("desc", description)]):
        element = ElementTree.Element(tag, {"id": f"{key}-{tag}"})
        element.text = words
        root.insert(place, element)


def _pixels(length: str) -> float | None:
    """A length in CSS pixels; Graphviz and matplotlib count in points of 1/72 inch."""
    found = re.fullmatch(r"([\d.]+)(pt|px|)", length.strip())
    return float(found[1]) * (4 / 3 if found[2] == "pt" else 1) if found else None


def image(data: str, mime: str, *, alt: str) -> str:
    """A picture made of pixels, carried in the page itself."""
    return f'<img class="raster" alt="{html.escape(alt)}" src="data:{mime};base64,{data}">'
