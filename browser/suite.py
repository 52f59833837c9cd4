"""Runs the engine's tests on the Python of browsers, where there is no numpy, no second process, no thread.

A test that reaches for one of these is skipped, and says which; every other test has to pass.
"""

import builtins
import importlib
import shutil
import subprocess
import threading
import types
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NoReturn

import freeing
import pytest

ABSENT = {"numpy", "matplotlib", "sklearn", "tqdm", "torch", "jax"}
# Of the measurements, of the book, and of arrays.
ELSEWHERE = {"test_bench.py", "test_book.py", "test_readme.py", "test_batch.py", "test_fit.py"}
OPTIONS = ["-p", "no:cacheprovider", "--noconftest", "-o", "addopts=", "-q"]


def skip(what: str) -> NoReturn:
    """End the test, or the file where it cannot even be loaded."""
    pytest.skip(f"this Python has no {what}", allow_module_level=True)


class Absent(types.ModuleType):
    """A package that is not there. While files are loaded it gives promises; a test that uses it ends."""

    is_loading = True

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Promise(self.__name__) if Absent.is_loading else skip(self.__name__)


class Promise:
    """What a file took from an absent package, for example into the parameters of a test."""

    def __init__(self, package: str) -> None:
        self._package = package

    def __call__(self, *args: Any, **options: Any) -> "Promise":
        """Another promise, for whatever is done with one."""
        return self.used()

    __add__ = __radd__ = __mul__ = __rmul__ = __getitem__ = __call__

    def __getattr__(self, name: str) -> "Promise":
        if name.startswith("__"):
            raise AttributeError(name)
        return self.used()

    def __iter__(self) -> Any:
        return iter((self.used(), self.used()))  # `X, y = make_moons(...)`

    def used(self) -> "Promise":
        """Give a promise again while files are loaded; end the test that wants more than that."""
        return self if Absent.is_loading else skip(self._package)


def taking_as_there(find: Callable[..., Any]) -> Callable[..., Any]:
    """Import, but take every absent package for there; none is registered, for others ask for that."""

    def find_or_promise(name: str, *args: Any, **options: Any) -> Any:
        package = name.partition(".")[0]
        return Absent(package) if package in ABSENT else find(name, *args, **options)

    return find_or_promise


def unless_absent(find: Callable[..., Any]) -> Callable[..., Any]:
    """`importorskip`, which has to know what is absent."""

    def find_or_skip(name: str, *args: Any, **options: Any) -> Any:
        return skip(name) if name.partition(".")[0] in ABSENT else find(name, *args, **options)

    return find_or_skip


class Plugin:
    """Ends the loading, and skips the tests whose parameters are promises."""

    def pytest_collection_finish(self) -> None:
        """Keep promises no longer: from here on a test that uses one is skipped."""
        Absent.is_loading = False

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Skip a test one of whose parameters is a promise."""
        parameters = getattr(item, "callspec", None)
        for promise in promises(parameters.params.values() if parameters else ()):
            promise.used()


def promises(values: Iterable[Any]) -> Iterable[Promise]:
    """The promises among some values, however deep in lists they lie."""
    for value in values:
        if isinstance(value, Promise):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from promises(value)


def main(wishes: Sequence[str]) -> int:
    """Run the tests, all or some of them; give pytest's exit code."""
    freeing.graphs()
    builtins.__import__ = taking_as_there(builtins.__import__)
    importlib.import_module = taking_as_there(importlib.import_module)
    pytest.importorskip = unless_absent(pytest.importorskip)
    # It is asked for the program that draws.
    shutil.which = lambda *args, **options: None if Absent.is_loading else skip("processes")
    subprocess.Popen.__init__ = lambda self, *args, **options: skip("processes")  # type: ignore[method-assign]
    threading.Thread.start = lambda self: skip("threads")  # type: ignore[method-assign]
    files = [str(path) for path in sorted(Path("tests").glob("test_*.py")) if path.name not in ELSEWHERE]
    some = any(not wish.startswith("-") for wish in wishes)
    return int(pytest.main([*OPTIONS, *wishes, *([] if some else files)], plugins=[Plugin()]))
