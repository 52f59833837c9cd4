"""The record of a page that runs in the peers environment: a file beside the page, for those who lack it.

It is bound to the programs of the page, to the package's source and to the versions of the peers. If any of
them has changed, it is out of date, and the book does not print it.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from literate import peers
from literate.blocks import Block
from literate.outcome import Outcome, unified


@dataclass(frozen=True)
class Record:
    """What the programs of a page did in the peers environment.

    Attributes:
        programs: A hash of the programs.
        package: A hash of the package's source.
        versions: Of Python and of the packages which the programs import.
        outcomes: What they did, in order; which lines they stand on is not recorded.
    """

    programs: str
    package: str
    versions: dict[str, str]
    outcomes: tuple[Outcome, ...]


def place(page: Path) -> Path:
    """The record's file: `beyond.recorded.json` beside `beyond.md`."""
    return page.with_suffix(".recorded.json")


def make(
    root: Path, programs: Sequence[Block], versions: dict[str, str], outcomes: Sequence[Outcome]
) -> Record:
    """Record outcomes as they are now."""
    return Record(_of_programs(programs), _of_package(root), versions, tuple(outcomes))


def save(page: Path, record: Record) -> None:
    """Write the record so that a change in one output is a change in few lines."""
    kept = [
        {"stdout": each.stdout, "rich": each.rich} | ({"raised": each.raised} if each.raised else {})
        for each in record.outcomes
    ]
    facts = {"programs": record.programs, "package": record.package, "versions": record.versions}
    text = json.dumps(facts | {"outcomes": kept}, indent=1, ensure_ascii=False)
    place(page).write_text(text + "\n", encoding="utf-8", newline="\n")


def load(page: Path) -> Record | None:
    """Read the record of a page; None where there is none that can be read."""
    try:
        kept = json.loads(place(page).read_text(encoding="utf-8"))
        outcomes = tuple(
            Outcome(0, each["stdout"], tuple(map(tuple, each["rich"])), each.get("raised"))
            for each in kept["outcomes"]
        )
        return Record(kept["programs"], kept["package"], kept["versions"], outcomes)
    except (OSError, ValueError, TypeError, KeyError):
        return None


def stale(record: Record | None, root: Path, programs: Sequence[Block]) -> str | None:
    """Say why a record does not fit; None when it does."""
    if record is None or len(record.outcomes) != len(programs):
        return "there is no record of this page"
    if record.programs != _of_programs(programs):
        return "its programs have changed since its output was recorded"
    if record.package != _of_package(root):
        return "the package has changed since its output was recorded"
    for name, version in peers.pins(root).items():
        if (was := record.versions.get(name, version)) != version:
            return f"its output was recorded with {name} {was}, and {peers.PINS} asks for {version}"
    return None


def renewal(page: str) -> str:
    """Say how a record is renewed."""
    return f"renew the record with `make peers` and then `.venv/bin/python -m literate record {page}`"


def difference(now: Outcome, then: Outcome) -> str | None:
    """Show where the text that readers see differs; of pictures, only the kinds are compared."""
    if now.text != then.text:
        return unified(then.text, now.text, "recorded", "printed")
    kinds = [", ".join(mime for mime, _ in each.rich) for each in (now, then)]
    return unified(kinds[1], kinds[0], "recorded", "shown") if kinds[0] != kinds[1] else None


def _of_programs(programs: Sequence[Block]) -> str:
    return _hash(part for each in programs for part in (each.code, each.attributes.get("raises", "")))


def _of_package(root: Path) -> str:
    folder = root / "autograd"
    files = sorted(folder.rglob("*.py"), key=lambda path: path.relative_to(folder).as_posix())
    return _hash(
        part
        for path in files
        for part in (path.relative_to(folder).as_posix(), path.read_text(encoding="utf-8"))
    )


def _hash(parts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode() + b"\0")
    return digest.hexdigest()
