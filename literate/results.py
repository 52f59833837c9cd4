"""The outcomes of a page: run, or known from an earlier run, or on record from another environment."""

from dataclasses import replace
from pathlib import Path

from literate import cache, peers, record
from literate.blocks import RUN, PageError, parse
from literate.outcome import Outcome
from literate.run import not_run, promised, run


def results(page: Path, *, root: Path, fresh: bool = False) -> list[Outcome]:
    """Give the outcomes of a page, from `.cache/literate/` where they are known, else by running it.

    Only the outcomes of a page without any error are kept. A page for the peers environment has its outcomes
    on record; to run it is to test the record, and where there is no such environment it is not run.

    Args:
        page: The file, below `root`.
        root: The folder that has `docs/` and `autograd/`.
        fresh: Run the page in any case and keep what comes.

    Raises:
        PageError: when the page cannot be parsed.
    """
    known = _Page(page, root)
    if known.for_peers:
        return _on_record(known, known.python if fresh else None)
    key = cache.fingerprint(root, known.name, known.blocks)
    kept = None if fresh else cache.load(root, known.name, key)
    if kept is not None and [each.line for each in kept] == [each.line for each in known.programs]:
        return kept
    outcomes = run(page, known.blocks, root=root)
    if (
        cache.fingerprint(root, known.name, known.blocks) == key
    ):  # else the package changed while the page ran
        cache.save(root, known.name, key, outcomes)
    return outcomes


def renew(page: Path, *, root: Path) -> list[Outcome]:
    """Run a page in the peers environment, and put its outcomes on record if none of them is an error.

    Args:
        page: The file, below `root`.
        root: The folder that has `docs/` and `autograd/`.

    Raises:
        PageError: when the page does not ask for that environment, or cannot be parsed, or there is none.
    """
    known = _Page(page, root)
    if not known.for_peers:
        raise PageError(
            known.name, 1, "only a page with `environment: peers` in its front matter is recorded"
        )
    if (there := known.python) is None:
        raise PageError(known.name, 1, "there is no peers environment; make one with `make peers`")
    outcomes = run(page, known.blocks, root=root, python=there)
    if not any(each.error for each in outcomes):
        versions = peers.versions(there, known.programs)
        record.save(page, record.make(root, known.programs, versions, outcomes))
    return outcomes


class _Page:
    """A page as it stands in its file."""

    def __init__(self, path: Path, root: Path) -> None:
        self.path, self.root = path, root
        self.name = path.resolve().relative_to(root.resolve()).as_posix()
        text = path.read_text(encoding="utf-8")
        self.blocks = parse(text, self.name)
        self.programs = [block for block in self.blocks if block.kind in RUN]
        self.for_peers = peers.wanted(text, self.name)
        if self.for_peers and (found := [each for each in self.programs if each.kind != "program"]):
            raise PageError(
                self.name, found[0].line, "a page for the peers environment has no exercise fences"
            )

    @property
    def python(self) -> Path | None:
        """The Python of the peers environment."""
        try:
            return peers.python(self.root)
        except FileNotFoundError as error:
            raise PageError(self.name, 1, str(error)) from None


def _on_record(page: _Page, there: Path | None) -> list[Outcome]:
    """Give what is on record, or what comes of the programs now, compared with the record."""
    if not page.programs:
        return []
    kept = record.load(page.path)
    why = record.stale(kept, page.root, page.programs)
    if there is None:
        return _told(page, kept, why)
    outcomes = run(page.path, page.blocks, root=page.root, python=there)
    if any(each.error for each in outcomes):
        return outcomes  # these are to be mended before anything is recorded
    if kept is None or why:
        return [replace(outcomes[0], error=_out_of_date(page, why)), *outcomes[1:]]
    return [_compared(page, *pair) for pair in zip(outcomes, kept.outcomes, strict=True)]


def _told(page: _Page, kept: record.Record | None, why: str | None) -> list[Outcome]:
    first, *others = page.programs
    if kept is None or why:
        return [Outcome(first.line, error=_out_of_date(page, why)), *not_run(page.name, others, first.line)]
    told = (
        replace(outcome, line=program.line)
        for outcome, program in zip(kept.outcomes, page.programs, strict=True)
    )
    return [promised(page.name, outcome, page.blocks) for outcome in told]


def _out_of_date(page: _Page, why: str | None) -> str:
    return f"{page.name}:{page.programs[0].line}: {why}; {record.renewal(page.name)}"


def _compared(page: _Page, now: Outcome, then: Outcome) -> Outcome:
    found = record.difference(now, then)
    where = (
        f"{page.name}:{now.line}: this is not what was recorded; if it is right, {record.renewal(page.name)}"
    )
    return replace(now, error=f"{where}\n{found}") if found else now
