"""Exercises that check themselves: a starter, the answer, the check that tells them apart, known mistakes.

The check must fail after the starter, with a sentence that helps to begin; it must pass after the answer; and
after each mistake it must fail with exactly the sentence that the mistake names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:  # blocks asks here whether the fences of an exercise stand where they should
    from literate.blocks import Block

Role = Literal["exercise", "check", "mistake"]
ROLES: tuple[Role, ...] = ("exercise", "check", "mistake")

_KEY = re.compile(r"[a-z][a-z0-9-]*")


def role(attributes: Mapping[str, str]) -> Role | None:
    """Which part of an exercise has these attributes; None for a program like any other."""
    return next((each for each in ROLES if each in attributes), None)


def key(block: Block) -> str:
    """The name of the exercise to which a fence belongs; `""` when it belongs to none."""
    return block.attributes[block.kind] if block.kind in ROLES else ""


def check_attributes(attributes: Mapping[str, str]) -> None:
    """Refuse a fence of an exercise whose header cannot be meant.

    Raises:
        ValueError: with what was wrong and what was expected.
    """
    part = role(attributes)
    if part is None:
        return
    if not _KEY.fullmatch(attributes[part]):
        raise ValueError(f"{part}={attributes[part]!r}: a name has small letters, digits and hyphens")
    if part == "mistake" and "says" not in attributes:
        raise ValueError("a mistake needs `says`: the sentence with which the check must fail")


def faults(blocks: Sequence[Block]) -> Iterator[tuple[int, str]]:
    """Say, with the line, which fences of exercises do not stand where they should."""
    starters: dict[str, Block] = {}
    checks: dict[str, Block] = {}
    for block in blocks:
        name = key(block)
        if block.kind == "exercise":
            if name in starters:
                yield block.line, f"the exercise {name!r} stands at line {starters[name].line} already"
            starters.setdefault(name, block)
        elif block.kind == "check":
            if fault := _fault_of_check(block, blocks, starters.get(name), checks.get(name)):
                yield block.line, fault
            checks.setdefault(name, block)
        elif block.kind == "mistake" and name not in checks:
            yield block.line, f"no check {name!r} stands above this mistake: put it below the check"
    for name, starter in starters.items():
        if name not in checks:
            yield starter.line, f"the exercise {name!r} has no check: write one below its answer"


def _fault_of_check(
    check: Block, blocks: Sequence[Block], starter: Block | None, earlier: Block | None
) -> str | None:
    name = key(check)
    if starter is None:
        return f"no exercise {name!r} stands above this check"
    if earlier is not None:
        return f"the exercise {name!r} has its check at line {earlier.line} already"
    if not any(block.kind == "program" for block in blocks[starter.index : check.index]):
        return f"no program stands between the exercise {name!r} and its check: the answer is missing"
    return None


def parts(place: int, blocks: Sequence[Block]) -> list[int]:
    """The places of a starter, of its answer, of its check and of its mistakes among the blocks of a page."""
    name = key(blocks[place])
    ours = [at for at, block in enumerate(blocks) if key(block) == name]
    check = next(at for at in ours if blocks[at].kind == "check")
    answer = [at for at in range(place, check) if blocks[at].kind == "program"]
    return sorted({*ours, *answer})


def trial(block: Block, blocks: Sequence[Block]) -> dict[str, Any] | None:
    """What the worker must know of a part of an exercise: its role, name and check; None for a program."""
    if block.kind not in ROLES:
        return None
    name = key(block)
    check = next(each for each in blocks if each.kind == "check" and key(each) == name)
    return {"role": block.kind, "name": name, "line": check.line, "code": check.code}


def told(end: Mapping[str, Any]) -> str | None:
    """The sentence with which a check failed; None when it passed, or ended in another error."""
    verdict = end["verdict"]
    if verdict is None or verdict["class"] != "AssertionError":
        return None
    return str(verdict["text"]).removeprefix("AssertionError").removeprefix(": ")


def disappointment(block: Block, end: Mapping[str, Any]) -> tuple[int, str] | None:
    """Say, with the line, why a check did not do after this fence what it should; None when it did."""
    if block.kind == "check":
        verdict = end["verdict"]
        return verdict and (verdict["line"] or block.line, f"the answer fails its check: {verdict['text']}")
    if block.kind == "exercise":
        fault = _unknown(block, end) or _without_sentence(block, end, "the starter")
        return (block.line, fault) if fault else None
    if block.kind == "mistake":
        said, wanted = told(end), block.attributes["says"]
        fault = _without_sentence(block, end, "this mistake") or (
            None if said == wanted else f"the check should say\n    {wanted}\nbut it says\n    {said}"
        )
        return (block.line, fault) if fault else None
    return None


def _without_sentence(block: Block, end: Mapping[str, Any], what: str) -> str | None:
    """The complaint about a check that passes, or fails without saying anything."""
    if end["verdict"] is None:
        return f"the check {key(block)!r} passes after {what}: it must fail"
    if told(end):
        return None
    ending = f"line {end['verdict']['line']}, {end['verdict']['text']}"
    return (
        f"the check {key(block)!r} ends after {what} in an error without a sentence ({ending}); "
        "expected an assert whose message tells a reader what is wrong"
    )


def _unknown(block: Block, end: Mapping[str, Any]) -> str | None:
    """The complaint about a check that reads names which only the answer gives."""
    if not end["unknown"]:
        return None
    names = ", ".join(end["unknown"])
    return (
        f"the check {key(block)!r} reads {names}, which neither the page above nor the starter gives; "
        "let the check import or define it"
    )
