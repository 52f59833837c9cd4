"""The objects that a page's names reach: what state they are in, and what code of the page they carry.

No code of theirs is called, and no reference to them is kept.
"""

import random
import sys
import types
from collections import deque
from collections.abc import Iterable, Iterator
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any

LIMIT = 50_000
"""Objects of a page that are looked at; where there are more, whatever a program names counts as changed."""

_OURS = {"autograd", "graphviz", "__main__"}
_ABSENT = {"curses", "dbm", "lzma", "readline", "resource", "sqlite3", "ssl", "termios", "tkinter"}
_PLAIN = (str, bytes, int, complex, type(None), type(...), type(NotImplemented), range, Fraction, Decimal)
_FIXED = (types.ModuleType, types.CodeType, types.GetSetDescriptorType, types.MemberDescriptorType)
_ROWS: tuple[type[Any], ...] = (list, tuple, set, frozenset, deque)
_SIZED: tuple[type[Any], ...] = (dict, *_ROWS)
_SMALL = 100  # a longer list holds data, and no functions that one would call


def is_foreign(top: str) -> bool:
    """Tell whether a module is neither ours nor Python's, or one that Python lacks in a browser."""
    return top in _ABSENT or not (top in _OURS or top in sys.stdlib_module_names)


def is_a(value: Any, kinds: Any) -> bool:
    """As `isinstance`, but the value is not asked."""
    return issubclass(type(value), kinds)


def page_code(value: Any, file: str) -> Iterator[types.CodeType]:
    """The code of a function of the page, of a class of the page and its objects, and what is wrapped."""
    waiting, seen = [value], set()
    while waiting:
        each = waiting.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        if is_a(each, types.FunctionType) and each.__code__.co_filename == file:
            yield each.__code__
        waiting += carried(each)


def carried(value: Any) -> Iterable[Any]:
    """What a value may call when it is used."""
    if any(is_a(value, kind) and kind.__len__(value) > _SMALL for kind in _SIZED):
        return ()
    if is_a(value, type):
        return (*vars(value).values(), *value.__bases__) if value.__module__ == "__main__" else ()
    made_here = type(value).__module__ in ("__main__", "builtins", "functools")
    return (type(value), *(contents(value) or ())) if made_here else ()


def filled(cell: types.CellType) -> bool:
    """Tell whether a cell of a closure holds anything yet."""
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return False
    return True


def attributes(value: Any) -> Iterator[Any]:
    """What an object holds in its dictionary and slots; no code of its class is run."""
    for each in type(value).__mro__:
        for name, descriptor in vars(each).items():
            if isinstance(descriptor, types.MemberDescriptorType) and name != "__dict__":
                try:
                    yield descriptor.__get__(value)
                except AttributeError:
                    continue
    try:
        inside = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return
    for name, found in inside.items():
        yield name
        yield found


class Scene:
    """The objects that a page's names reach, as they are now: for each a word that tells its state.

    Attributes:
        roots: What each name holds: a plain value, or which object.
        states: For each object, which objects and plain values it holds.
        holders: For each object, those that hold it.
        closed: Objects into which one cannot look, as an iterator; they may have changed.
    """

    def __init__(self, names: dict[str, Any]) -> None:
        self.roots: dict[str, Any] = {}
        self.states: dict[int, int] = {}
        self.holders: dict[int, list[int]] = {}
        self.closed: set[int] = set()
        waiting: deque[Any] = deque()
        for name, value in names.items():
            if not name.startswith("__"):
                self.roots[name] = self.word(value, 0, waiting)
        while waiting and len(self.states) < LIMIT:
            self.visit(waiting.popleft(), waiting)
        self.closed |= {id(each) for each in waiting}

    def word(self, value: Any, holder: int, waiting: deque[Any]) -> Any:
        """Say what a value is: itself if it is plain, else which object it is, to be visited."""
        if type(value) in _PLAIN:
            return type(value), value
        if type(value) in (float, bool):
            return repr(value)
        place = id(value)
        if place not in self.holders:
            self.holders[place] = []
            waiting.append(value)
        self.holders[place].append(holder)
        return place

    def visit(self, value: Any, waiting: deque[Any]) -> None:
        """Note the state of one object."""
        place = id(value)
        self.states[place] = 0
        inside = contents(value)
        if inside is None:
            self.closed.add(place)
        elif is_a(value, (set, frozenset)):
            self.states[place] = hash(frozenset(self.word(each, place, waiting) for each in inside))
        else:
            self.states[place] = hash(
                (id(type(value)), *(self.word(each, place, waiting) for each in inside))
            )

    def changed(self, before: "Scene", loads: set[str]) -> set[str]:
        """The names that reach an object whose state is another one than before."""
        fresh = {place for place, state in self.states.items() if before.states.get(place, state) != state}
        unknown = self.reaching(self.closed) & loads
        return self.reaching(fresh) | unknown

    def reaching(self, places: set[int]) -> set[str]:
        """The names that reach any of these objects."""
        found, waiting = set(places), list(places)
        while waiting:
            above = [each for each in self.holders.get(waiting.pop(), ()) if each not in found]
            found.update(above)
            waiting += above
        return {name for name, word in self.roots.items() if isinstance(word, int) and word in found}


def contents(value: Any) -> Iterable[Any] | None:  # noqa: PLR0911
    """What an object holds; nothing where it cannot change, None where one cannot tell."""
    if is_a(value, _FIXED) or is_foreign(type(value).__module__.partition(".")[0]):
        return ()
    if is_a(value, dict):
        return [*(each for pair in dict.items(value) for each in pair), *attributes(value)]
    for kind in _ROWS:
        if is_a(value, kind):
            return [*kind.__iter__(value), *attributes(value)]  # the class may have an `__iter__` of its own
    if is_a(value, types.FunctionType):
        cells = (cell.cell_contents for cell in value.__closure__ or () if filled(cell))
        return [
            *cells,
            *(value.__defaults__ or ()),
            *(value.__kwdefaults__ or {}).values(),
            *vars(value).values(),
        ]
    if is_a(value, types.MethodType):
        return [value.__self__, value.__func__]
    if is_a(value, types.BuiltinFunctionType):
        return () if is_a(value.__self__, (types.ModuleType, type(None))) else [value.__self__]
    if is_a(value, partial):
        return [value.func, *value.args, *value.keywords.values()]
    if is_a(value, random.Random):
        return random.Random.getstate(value)
    if is_a(value, type):
        return list(vars(value).values()) if value.__module__ == "__main__" else ()
    if is_a(value, property):
        return [value.fget, value.fset, value.fdel]
    if is_a(value, (staticmethod, classmethod)):
        return [value.__func__]
    return list(attributes(value)) if is_open(value) else None


def is_open(value: Any) -> bool:
    """Tell whether everything that an object may hold stands in its dictionary and slots."""
    kind = type(value)
    if kind.__module__ in ("io", "_io"):
        return False
    has_place = (each is object or "__slots__" in vars(each) or each.__dictoffset__ for each in kind.__mro__)
    return all(has_place) or kind.__module__ in ("re", "functools", "operator", "weakref")
