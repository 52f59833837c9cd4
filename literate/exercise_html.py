"""What an answer holds besides its programs: the tests and known mistakes, folded away."""

from __future__ import annotations

import html
from collections.abc import Sequence

from literate import exercise, highlight
from literate.blocks import Block

TESTS = "The tests"
MISTAKES = "Wrong ways that are recognized"


def aid(block: Block, blocks: Sequence[Block]) -> str:
    """A check or a mistake, as it stands in the answer."""
    return tests(block) if block.kind == "check" else mistakes(block, blocks)


def tests(block: Block) -> str:
    """The check, folded."""
    return _folded(TESTS, highlight.block(block.code), f'data-check="{exercise.key(block)}"')


def mistakes(block: Block, blocks: Sequence[Block]) -> str:
    """All known mistakes of an exercise, folded, in the place of the first; nothing in the others' places."""
    ours = [each for each in blocks if each.kind == "mistake" and exercise.key(each) == exercise.key(block)]
    if block is not ours[0]:
        return ""
    return _folded(MISTAKES, "".join(map(_mistake, ours)), f'data-mistakes="{exercise.key(block)}"')


def _mistake(block: Block) -> str:
    return f'<p class="says">{html.escape(block.attributes["says"])}</p>{highlight.block(block.code)}'


def _folded(title: str, inner: str, attribute: str) -> str:
    return f'<details class="fold aid" {attribute}><summary>{title}</summary>{inner}</details>'
