"""Read the header of a fence: ```` ```python ```` or ```` ```{.python fold="How the plot is drawn"} ````."""

import re
from dataclasses import dataclass

_WORD = re.compile(
    r"""\s+(?:\.(?P<class>[\w+-]+)|\#(?P<id>[\w-]+)
    |(?P<key>[\w-]+)=(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s"'{}]+)))(?=\s|$)""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Header:
    """The language of a fence, its further classes, its attributes."""

    language: str
    classes: tuple[str, ...]
    attributes: dict[str, str]


def read_header(info: str) -> Header:
    """Read what follows the marks of a fence.

    Raises:
        ValueError: when it is neither a language with attributes nor classes and attributes in braces.
    """
    if info.startswith("{"):
        if not info.endswith("}"):
            raise ValueError("the braces of the header are not closed")
        classes, attributes = _words(info[1:-1])
        return Header(classes[0] if classes else "", classes[1:], attributes)
    language, _, rest = info.partition(" ")
    if not re.fullmatch(r"[\w+#.-]*", language):
        raise ValueError(f"cannot read the language {language!r}")
    classes, attributes = _words(rest)
    return Header(language, classes, attributes)


def _words(text: str) -> tuple[tuple[str, ...], dict[str, str]]:
    classes: list[str] = []
    attributes: dict[str, str] = {}
    text = f" {text}".rstrip()
    while text:
        word = _WORD.match(text)
        if not word:
            raise ValueError(f"cannot read {text.strip()!r} in the header")
        if word["class"]:
            classes.append(word["class"])
        else:
            key = word["key"] or "id"
            if key in attributes:
                raise ValueError(f"the attribute {key} stands there twice")
            attributes[key] = word["id"] or word["double"] or word["single"] or word["bare"] or ""
        text = text[word.end() :]
    return tuple(classes), attributes
