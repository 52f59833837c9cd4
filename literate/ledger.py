"""The ledger: every line of the package that is not blank belongs to one `source` fence of the book."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from literate.blocks import Block, PageError, parse
from literate.passages import Passage, Source, SourceError, split_names
from literate.pieces import File, Piece


@dataclass(frozen=True)
class Fence:
    """A `source` or `quote` fence of the book: its page (`docs/part1/x.md`), its line, and what it names."""

    page: str
    line: int
    names: tuple[str, ...]
    start: str | None = None
    end: str | None = None


@dataclass(frozen=True)
class _Claim:
    """One name in one fence, and the piece it stands for."""

    fence: Fence
    piece: Piece
    at: int  # the place of the name in its fence

    @property
    def rank(self) -> tuple[int, bool]:
        """The inner piece beats the outer one, the part beats the piece it is a part of."""
        return self.piece.depth, self.piece.kind == "part"

    @property
    def place(self) -> str:
        """The fence as errors name it."""
        return f"{self.fence.page}:{self.fence.line}"


class Ledger:
    """Which fence of the book owns which line of `autograd/`."""

    def __init__(self, source: Source, sources: Iterable[Fence], quotes: Iterable[Fence]) -> None:
        self._source = source
        self._mistakes: list[str] = []
        self._claims = [claim for fence in sources for claim in self._claim(fence)]
        self._quotes = [claim for fence in quotes for claim in self._claim(fence)]
        self._owners = {path: self._assign(file) for path, file in source.files.items()}

    @classmethod
    def of(cls, root: Path, pages: Iterable[Path] | None = None) -> "Ledger":
        """Gather the source fences of the pages (of every page under `docs/` when none are given)."""
        mistakes: list[str] = []
        fences: dict[str, list[Fence]] = {"source": [], "quote": []}
        for page in sorted((root / "docs").rglob("*.md")) if pages is None else pages:
            name = page.resolve().relative_to(root.resolve()).as_posix()
            try:
                for block in parse(page.read_text(encoding="utf-8"), name):
                    if block.kind in fences:
                        fences[block.kind].append(_fence(name, block))
            except PageError as error:
                mistakes.append(str(error))
        try:
            source = Source.of(root)
        except SourceError as error:
            mistakes.append(str(error))
            source, fences = Source([]), {"source": [], "quote": []}
        ledger = cls(source, fences["source"], fences["quote"])
        ledger._mistakes[:0] = mistakes
        return ledger

    def problems(self) -> list[str]:
        """Say what is wrong, each with page and line: unknown names, lines owned twice, or by nobody."""
        return [*self.mistakes(), *self._unowned()]

    def mistakes(self) -> list[str]:
        """Say what the pages themselves get wrong, whatever other pages there are."""
        return [*self._mistakes, *self._doubles(), *self._idle()]

    def owner(self, path: str, line: int) -> Fence | None:
        """Find the fence that owns a line of a file (`autograd/grad.py`); None for a line nobody owns."""
        owners = self._owners.get(path, {}).get(line)
        return owners[0].fence if owners else None

    def passages(self, page: str, line: int) -> list[Passage]:
        """List what the source or quote fence at that line of that page prints.

        A source fence prints the lines it owns; a quote prints the whole piece, or, where a source fence
        names just the same, the very lines which that fence prints.

        Raises:
            PageError: when the fence names what is not there.
        """
        place = f"{page}:{line}"
        for mistake in self._mistakes:
            if mistake.startswith(f"{place}: "):
                raise PageError(page, line, mistake.removeprefix(f"{place}: "))
        found = [(each.piece, self._owned(each)) for each in self._claims if each.place == place]
        found += [(each.piece, self._repeated(each)) for each in self._quotes if each.place == place]
        if not found:
            raise PageError(page, line, "; ".join(["there is nothing to print", *self._mistakes]))
        return [self._source.passage(piece, lines) for piece, lines in found]

    def _claim(self, fence: Fence) -> Iterator[_Claim]:
        for at, name in enumerate(fence.names):
            try:
                yield _Claim(fence, self._source.find(name, fence.start, fence.end), at)
            except SourceError as error:
                self._mistakes.append(f"{fence.page}:{fence.line}: {error}")

    def _assign(self, file: File) -> dict[int, list[_Claim]]:
        """Give every line that is not blank to the claims of the innermost piece around it."""
        owners: dict[int, list[_Claim]] = {}
        claims = [claim for claim in self._claims if claim.piece.path == file.path]
        for line in range(1, len(file.text) + 1):
            over = [claim for claim in claims if line in claim.piece.lines and not file.is_blank(line)]
            innermost = max((claim.rank for claim in over), default=None)
            if over:
                owners[line] = [claim for claim in over if claim.rank == innermost]
        return owners

    def _owned(self, claim: _Claim) -> frozenset[int]:
        owners = self._owners[claim.piece.path]
        return frozenset(line for line in owners if claim in owners[line])

    def _repeated(self, quote: _Claim) -> frozenset[int]:
        first = next((claim for claim in self._claims if claim.piece == quote.piece), None)
        return quote.piece.lines if first is None else self._owned(first)

    def _doubles(self) -> Iterator[str]:
        for path, file in self._source.files.items():
            owners = self._owners[path]
            for lines in _runs(file, owners, owners.__getitem__):
                first, *more = owners[lines[0]]
                for later in more:
                    what = f"{path}:{_range(lines)} ({later.piece.name})"
                    yield f"{later.place}: {what} is owned twice: {first.place} owns it already"

    def _idle(self) -> Iterator[str]:
        for claim in self._claims:
            if not self._owned(claim):
                yield f"{claim.place}: nothing of {claim.piece.name} is left: other fences own all its lines"

    def _unowned(self) -> Iterator[str]:
        for path, file in self._source.files.items():
            every = range(1, len(file.text) + 1)
            free = [line for line in every if line not in self._owners[path] and not file.is_blank(line)]
            for lines in _runs(file, free, partial(_innermost, file)):
                text = file.text[lines[0] - 1].strip()
                yield f"{path}:{_range(lines)}: no page owns this ({_innermost(file, lines[0]).name}): {text}"


def _fence(page: str, block: Block) -> Fence:
    names = split_names(block.attributes[block.kind])
    return Fence(page, block.line, names, block.attributes.get("from"), block.attributes.get("to"))


def _innermost(file: File, line: int) -> Piece:
    return max(
        (piece for piece in file.pieces.values() if line in piece.lines), key=lambda piece: piece.depth
    )


def _runs(file: File, lines: Iterable[int], key: Callable[[int], object]) -> Iterator[list[int]]:
    """Gather lines of one key which follow each other with nothing but blank lines between."""
    run: list[int] = []
    for line in sorted(lines):
        if run and (key(line) != key(run[0]) or not all(map(file.is_blank, range(run[-1] + 1, line)))):
            yield run
            run = []
        run.append(line)
    if run:
        yield run


def _range(lines: list[int]) -> str:
    return f"{lines[0]}" if len(lines) == 1 else f"{lines[0]}-{lines[-1]}"
