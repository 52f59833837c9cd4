"""The global names in the code of a program: which it takes from above, which it binds."""

import ast
import dis
import types
from collections.abc import Iterable


class Used:
    """The global names in the code of one program.

    Attributes:
        loads: Those that it takes from the programs above it.
        named: All that it takes, its own too.
        stores: Those that it may bind.
        surely: Those that it binds if it comes to its end.
        seeds: Whether it sets the state of `random` before it draws.
    """

    def __init__(self, code: str) -> None:
        tree = ast.parse(code)
        self.surely = set().union(*map(bound_by, tree.body))
        self.loads: set[str] = set()
        self.named: set[str] = set()
        self.stores: set[str] = set()
        program: types.CodeType = compile(tree, "program", "exec", dont_inherit=True)
        inner = [each for each in program.co_consts if isinstance(each, types.CodeType)]
        for each in inner:
            self.stores |= names_in(each, "STORE_GLOBAL")
        for step in dis.get_instructions(program):
            self.take(step)
        later = set().union(*(names_in(each) for each in inner if not each.co_name.startswith("<")))
        self.loads |= later - self.surely
        self.named |= later
        self.seeds = first_use(tree, "random") == "seed"

    def take(self, step: dis.Instruction) -> None:
        """Take in one step of the program, in order: what was bound above it is the program's own."""
        if isinstance(step.argval, types.CodeType) and step.argval.co_name.startswith("<"):
            self.named |= names_in(step.argval)
            self.loads |= names_in(step.argval) - self.stores
        elif is_name(step, "LOAD", "DELETE"):
            self.named.add(step.argval)
            self.loads |= {step.argval} - self.stores
        if is_name(step, "STORE", "DELETE"):
            self.stores.add(step.argval)


def is_name(step: dis.Instruction, *kinds: str) -> bool:
    """Tell whether a step loads, stores or deletes a global name."""
    return step.opname.startswith(kinds) and step.opname.endswith(("_NAME", "_GLOBAL"))


def names_in(code: types.CodeType, kind: str = "LOAD") -> set[str]:
    """The global names in a code object and in those within it."""
    found = {step.argval for step in dis.get_instructions(code) if is_name(step, kind)}
    return found.union(*(names_in(each, kind) for each in code.co_consts if isinstance(each, types.CodeType)))


def bound_by(statement: ast.stmt) -> set[str]:
    """The names that a statement binds whenever it ends."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {(each.asname or each.name).partition(".")[0] for each in statement.names}
    if isinstance(statement, ast.With):
        inside = (each.optional_vars for each in statement.items if each.optional_vars)
        return stored(inside).union(*map(bound_by, statement.body))
    if isinstance(statement, ast.If | ast.While | ast.Try | ast.Match):
        return set()
    if isinstance(statement, ast.For):
        return stored([statement.target])
    return stored([statement])


def stored(trees: Iterable[ast.AST]) -> set[str]:
    """The names that stand where something is assigned, functions within left out."""
    found, waiting = set(), list(trees)
    while waiting:
        tree = waiting.pop()
        if isinstance(tree, ast.Name) and isinstance(tree.ctx, ast.Store | ast.Del):
            found.add(tree.id)
        inner = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
        if not isinstance(tree, inner):
            waiting += ast.iter_child_nodes(tree)
    return found


def first_use(tree: ast.Module, module: str) -> str | None:
    """The first function of a module that a program calls outside of its own functions."""
    calls = [
        (each.lineno, each.col_offset, each.func.attr)
        for statement in tree.body
        if not isinstance(statement, ast.FunctionDef | ast.ClassDef)
        for each in ast.walk(statement)
        if isinstance(each, ast.Call)
        and isinstance(each.func, ast.Attribute)
        and isinstance(each.func.value, ast.Name)
        and each.func.value.id == module
    ]
    return min(calls)[2] if calls else None
