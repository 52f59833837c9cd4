"""Cut the files of the package into named pieces, by `ast`; nothing is imported.

A piece is a function, a class, a method, an assignment, a module, its docstring or its imports. A comment
belongs to the innermost piece it stands in; directly above a definition or an assignment, it belongs to that.
"""

import ast
import io
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_COMPOUND = (ast.If, ast.Try, ast.With, ast.For, ast.While)
_IMPORTS = (ast.Import, ast.ImportFrom)


@dataclass(frozen=True)
class Piece:
    """A named piece of a file: its line numbers, how deep it lies (a module at 0), and in what it sits."""

    name: str
    path: str
    lines: frozenset[int]
    depth: int
    kind: str
    context: str = ""


@dataclass(frozen=True)
class File:
    """One file of the package: its path from the root, the text of its lines, its pieces by name."""

    path: str
    text: tuple[str, ...]
    pieces: dict[str, Piece]

    def is_blank(self, line: int) -> bool:
        """Tell whether there is nothing on a line, counted from 1."""
        return not self.text[line - 1].strip()


def read_package(root: Path) -> list[File]:
    """Read every Python file below `autograd/` that has a line in it.

    Raises:
        SyntaxError: when one of them is not Python; its `filename` counts from the root.
    """
    return [_read(root, path) for path in sorted((root / "autograd").rglob("*.py")) if path.stat().st_size]


def _read(root: Path, path: Path) -> File:
    relative = path.relative_to(root)
    text = path.read_text(encoding="utf-8")
    parts = relative.with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    cutter = _Cutter(name, relative.as_posix(), text)
    return File(relative.as_posix(), tuple(text.split("\n")), cutter.pieces)


class _Cutter:
    """Walks over one module and names its pieces."""

    def __init__(self, module: str, path: str, text: str) -> None:
        self.module, self.path = module, path
        self.lines = text.split("\n")
        tree = ast.parse(text, path)
        self.comments = dict(_comments(text))
        self.pieces: dict[str, Piece] = {}
        self._add(module, range(1, len(self.lines) + 1), 0, "module", "")
        self._docstring(tree)
        self._imports(tree.body)
        self._walk(tree.body, module, 1, "")

    def _add(self, name: str, lines: Iterable[int], depth: int, kind: str, context: str) -> None:
        known = self.pieces.get(name)  # a property and its setter are one piece
        everything = frozenset(lines) | (known.lines if known else frozenset())
        self.pieces[name] = Piece(name, self.path, everything, depth, kind, context)

    def _docstring(self, tree: ast.Module) -> None:
        if ast.get_docstring(tree, clean=False) is not None:
            first = tree.body[0]
            self._add(f"{self.module}:docstring", _span(first), 1, "docstring", "")

    def _imports(self, body: list[ast.stmt]) -> None:
        for statement in body:
            if _imports_only(statement):
                self._add(f"{self.module}:imports", self._extent(statement), 1, "imports", "")
            elif isinstance(statement, _COMPOUND):
                for branch in _branches(statement):
                    self._imports(branch)

    def _walk(self, body: list[ast.stmt], outer: str, depth: int, context: str) -> None:
        for statement in body:
            if isinstance(statement, _COMPOUND):
                for branch in _branches(statement):
                    self._walk(branch, outer, depth, context)
            for name in _names(statement):
                kind = _kind(statement, context)
                self._add(f"{outer}.{name}", self._extent(statement), depth, kind, context)
            if isinstance(statement, ast.ClassDef):
                inner = f"{outer}.{statement.name}"
                local = inner.removeprefix(f"{self.module}.")
                self._walk(statement.body, inner, depth + 1, f"in class {local}")

    def _extent(self, statement: ast.stmt) -> range:
        """A statement's lines with its decorators, the comments on top and those indented below its end."""
        span, column = _span(statement), statement.col_offset
        first, last = span.start, span.stop - 1
        while self.comments.get(first - 1) == column:
            first -= 1
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            below = last + 1
            while below <= len(self.lines) and self._belongs_below(below, column):
                last = below if below in self.comments else last
                below += 1
        return range(first, last + 1)

    def _belongs_below(self, line: int, column: int) -> bool:
        return not self.lines[line - 1].strip() or self.comments.get(line, -1) > column


def _comments(text: str) -> Iterator[tuple[int, int]]:
    """List the lines that hold only a comment, and the comment's column."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and token.line[: token.start[1]].strip() == "":
            yield token.start


def _span(statement: ast.stmt) -> range:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    first = min([statement.lineno, *(each.lineno for each in decorators)])
    return range(first, (statement.end_lineno or statement.lineno) + 1)


def _branches(statement: ast.stmt) -> list[list[ast.stmt]]:
    """The blocks below an `if`, `try`, `with` or loop."""
    handlers = [handler.body for handler in getattr(statement, "handlers", [])]
    blocks = [getattr(statement, field, []) for field in ("body", "orelse", "finalbody")]
    return [*blocks, *handlers]


def _imports_only(statement: ast.stmt) -> bool:
    """Tell whether a statement does nothing but import, as `if TYPE_CHECKING:` does."""
    if isinstance(statement, ast.If):
        return all(_imports_only(each) for branch in _branches(statement) for each in branch)
    return isinstance(statement, _IMPORTS)


def _kind(statement: ast.stmt, context: str) -> str:
    if isinstance(statement, ast.ClassDef):
        return "class"
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return "method" if context else "function"
    return "assignment"


def _names(statement: ast.stmt) -> list[str]:
    """The names which a definition or an assignment gives."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [statement.name]
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, (ast.AnnAssign, ast.AugAssign)):
        targets = [statement.target]
    else:  # `type X = ...`, from Python 3.12 on
        targets = [statement.name] if type(statement).__name__ == "TypeAlias" else []  # type: ignore[attr-defined]
    return [name for target in targets for name in _target(target)]


def _target(target: ast.expr) -> list[str]:
    if isinstance(target, (ast.Tuple, ast.List)):
        return [name for each in target.elts for name in _target(each)]
    if isinstance(target, ast.Starred):
        return _target(target.value)
    if isinstance(target, ast.Attribute):
        return [f"{name}.{target.attr}" for name in _target(target.value)]
    return [target.id] if isinstance(target, ast.Name) else []
