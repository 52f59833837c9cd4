"""What a program of a page stood on and what it left behind, noted while it runs.

Like `worker`, which loads it from its file, it imports nothing of the press.
"""

import builtins
import gc
import importlib
import os
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .names import Used, names_in
from .objects import Scene, is_foreign, page_code

_PROCESS = {"os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system", "os.exec"}
_EVENTS = dict.fromkeys(_PROCESS, "processes") | {
    "_thread.start_new_thread": "threads",
    "socket.connect": "the network",
    "socket.bind": "the network",
}
_DRAWS = {"dot", "graphviz-pure"}


class Footprints:
    """Notes, for each program of a page in turn, what it needed and which names it used and changed."""

    def __init__(self, names: dict[str, Any], file: str) -> None:
        self.names, self.file = names, file
        self.needs: set[str] = set()
        self.written: set[str] = set()  # by this program
        self.read: set[str] = set()
        self.files: set[str] = set()  # written by any program
        self.watching = False
        self.scene = Scene(names)
        sys.addaudithook(self.heard)

    @contextmanager
    def watched(self, code: str) -> Iterator[dict[str, Any]]:
        """Watch a program while it runs; afterwards the notes are in the dictionary that this gives."""
        notes: dict[str, Any] = {}
        self.needs, self.written, self.read = set(), set(), set()
        chance, settings = random.getstate(), switches()
        statement, builtins.__import__ = builtins.__import__, self.importing(builtins.__import__)
        function, importlib.import_module = importlib.import_module, self.fetching(importlib.import_module)
        self.watching = True
        try:
            yield notes
        finally:
            self.watching = False
            builtins.__import__, importlib.import_module = statement, function
        before, self.scene = self.scene, Scene(self.names)
        if random.getstate() != chance:
            self.written.add("random")
            self.read.add("random")
        for name, state in switches().items():
            if state != settings[name]:
                self.written.add(name)
        self.files |= {each for each in self.written if each.startswith("file ")}
        raised = bool(notes.pop("raised", None))
        try:
            used = Used(code)
        except SyntaxError:
            return
        notes |= self.noted(used, before, raised=raised)

    def noted(self, used: "Used", before: "Scene", *, raised: bool) -> dict[str, Any]:
        """Put what was seen into words."""
        called = self.called(used.named)
        loads = used.loads | called
        self.read |= (used.named | called) & switches().keys()
        self.read &= self.files | {"random", "folder", *switches()}
        moved = {name for name in used.stores | before.roots.keys() | self.scene.roots.keys()
                 if before.roots.get(name) != self.scene.roots.get(name)}  # fmt: skip
        sure = set() if raised else used.surely
        binds = moved | sure
        touches = (self.scene.changed(before, loads) | used.stores) - binds
        if "random" in self.written and used.seeds:
            self.read.discard("random")
            binds.add("<random>")
        return {
            "needs": sorted(self.needs),
            "loads": sorted(loads | {f"<{each}>" for each in self.read}),
            "binds": sorted(binds),
            "touches": sorted(touches | {f"<{each}>" for each in self.written} - binds),
        }

    def called(self, named: set[str]) -> set[str]:
        """The global names behind names: what the page's functions and classes that they hold refer to."""
        found: set[str] = set()
        waiting, seen = list(named), set()
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            for code in page_code(self.names.get(name), self.file):
                fresh = names_in(code) - found
                found |= fresh
                waiting += fresh
        return found

    def importing(self, real: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap `__import__`: every import statement calls it, also of a module that is loaded already."""

        def noting(name: str, globals: Any = None, *rest: Any, **named: Any) -> Any:
            level = rest[2] if len(rest) > 2 else named.get("level", 0)
            if not level:
                self.asked(name, globals or {})
            return real(name, globals, *rest, **named)

        return noting

    def fetching(self, real: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap `importlib.import_module`, which does not go through `__import__`."""

        def noting(name: str, package: str | None = None) -> Any:
            self.asked(name, sys._getframe(1).f_globals)
            return real(name, package)

        return noting

    def asked(self, name: str, globals: dict[str, Any]) -> None:
        """Note a module that the page or the package asks for, and a browser has not."""
        top = name.partition(".")[0]
        if str(globals.get("__name__", "")).partition(".")[0] in ("autograd", "__main__") and is_foreign(top):
            self.needs.add(top)

    def heard(self, event: str, details: tuple[Any, ...]) -> None:
        """Note what no browser gives a program, and the files that go from one program to another."""
        if not self.watching:
            return
        if event in _EVENTS:
            self.needs.add(_EVENTS[event])
        elif event == "subprocess.Popen":
            words = [str(each) for each in details[1]]
            if os.path.basename(words[0]) not in _DRAWS or "-Tsvg" not in words:  # noqa: PTH119
                self.needs.add("processes")
        elif event == "os.chdir":
            self.written.add("folder")
        elif event == "os.rename":
            self.opened(str(details[1]), "w")
        elif event == "open" and isinstance(details[0], str):
            self.opened(details[0], details[1])

    def opened(self, path: str, mode: str | None) -> None:
        """Note a file that is written, or one that is read by a path which the page's folder completes."""
        where = os.path.abspath(path)  # noqa: PTH100
        if not os.path.isabs(path):  # noqa: PTH117
            self.read.add("folder")
        (self.written if mode and set(mode) & set("wax+") else self.read).add(f"file {where}")


def switches() -> dict[str, Any]:
    """The settings of Python that a page may change, by the module that does it."""
    return {"gc": (gc.isenabled(), len(gc.callbacks)), "sys": sys.getrecursionlimit()}
