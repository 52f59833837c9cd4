"""Run a page: its programs in order, in one namespace, in a process of its own."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from literate import exercise, runnable
from literate.blocks import RUN, Block
from literate.outcome import Outcome, complaints
from literate.process import Record, execute

__all__ = ["LIMIT", "Outcome", "not_run", "promised", "run"]

LIMIT = 900.0
"""Seconds which a page may take; on a slow machine that does other things too, some take minutes."""


def run(
    page: Path, blocks: Sequence[Block], *, root: Path, limit: float = LIMIT, python: Path | None = None
) -> list[Outcome]:
    """Run the programs among the blocks; one outcome for each of them, in order.

    A program that ends in an error stops the page: those below it are not run, and say so. A program whose
    output is not what the page promises has an error too, but the page goes on.

    Args:
        page: The file, below `root`; errors call it by its path from there.
        blocks: All blocks of the page, as `parse` gives them (expected outputs are compared).
        root: The folder that has `docs/` and `autograd/`.
        limit: Seconds which the page may take.
        python: The Python that runs them; without it, the one that runs the press.
    """
    programs = [block for block in blocks if block.kind in RUN]
    if not programs:
        return []
    root, page = root.resolve(), page.resolve()
    name = page.relative_to(root).as_posix()
    there = python or Path(sys.executable)
    records, ending = execute(name, page.read_text(encoding="utf-8"), programs, root, limit, there)
    records = records or [Record(programs[0].line)]  # it died before its first program
    outcomes = [_judge(name, program, record) for program, record in zip(programs, records, strict=False)]
    plans = runnable.plan(programs, [record.footprint for record in records])
    outcomes = [replace(each, after=plan.after, needs=plan.needs) for each, plan in zip(outcomes, plans)]
    if ending.trouble and not outcomes[-1].error:
        error = f"{name}:{outcomes[-1].line}: {ending.trouble}"
        outcomes[-1] = replace(outcomes[-1], error=error, traceback=ending.noise)
    outcomes += not_run(name, programs[len(outcomes) :], outcomes[-1].line)
    return [promised(name, outcome, blocks) for outcome in outcomes]


def not_run(page: str, programs: Sequence[Block], failed: int) -> list[Outcome]:
    """Give the outcomes of programs that stand below one that failed."""
    reason = f"not run: line {failed} failed first"
    return [Outcome(each.line, error=f"{page}:{each.line}: {reason}") for each in programs]


def _judge(page: str, program: Block, record: Record) -> Outcome:
    """Turn a record into an outcome: did the program end as it should?"""
    end = record.end
    outcome = Outcome(program.line, record.output["stdout"], stderr=record.output["stderr"])
    if end is None:
        return outcome  # the trouble of the process is told by `run`
    outcome = replace(
        outcome,
        rich=tuple((mime, data) for mime, data in end.get("rich", ())),
        seconds=end["seconds"],
        told=exercise.told(end),
    )
    wanted, raised = program.attributes.get("raises"), end["raised"]
    if raised and raised["class"] == wanted:
        outcome = replace(outcome, raised=raised["text"])
    elif raised:
        hint = f" (and not {wanted})" if wanted else ""
        error = f"{page}:{raised['line'] or program.line}: {raised['text']}{hint}"
        return replace(outcome, error=error, traceback=raised["traceback"])
    elif wanted:
        return replace(
            outcome, error=f"{page}:{program.line}: this program should raise {wanted}, but did not"
        )
    if end["warnings"]:
        return replace(outcome, error=f"{page}:{program.line}: {'; '.join(end['warnings'])}")
    if found := exercise.disappointment(program, end):
        traceback = end["verdict"]["traceback"] if end["verdict"] else ""
        return replace(outcome, error=f"{page}:{found[0]}: {found[1]}", traceback=traceback)
    return outcome


def promised(page: str, outcome: Outcome, blocks: Sequence[Block]) -> Outcome:
    """Add the error to an outcome that is not what its page promises."""
    if outcome.error:
        return outcome
    at = next(at for at, block in enumerate(blocks) if block.line == outcome.line)
    following = blocks[at + 1] if at + 1 < len(blocks) else None
    expected = following if following and following.kind == "expect" else None
    found = [f"{page}:{line}: {message}" for line, message in complaints(outcome, blocks[at], expected)]
    return replace(outcome, error="\n".join(found) or None)
