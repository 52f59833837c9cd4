"""The process of one page: runs its programs and writes down, as it goes, what each of them did.

Started by `run` as a bare file, it imports nothing of the press. The job comes as JSON on standard input;
each event (a start, some output, an end) goes as one line of JSON into the file which the job names, so that
what was printed is not lost when the process dies.
"""

import ast
import base64
import builtins
import importlib.util
import io
import json
import linecache
import os
import symtable
import sys
import threading
import time
import traceback
import types
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, TextIO

_FORMS = {  # from the richest to the poorest
    "image/svg+xml": "_repr_svg_",
    "text/html": "_repr_html_",
    "image/png": "_repr_png_",
}
_FUTURE = 0xFFF0000  # the flags by which a code object remembers its `from __future__ import`


class Stream(io.TextIOBase):
    """Hands on everything that is printed, at once."""

    encoding = "utf-8"

    def __init__(self, send: Callable[[str], None]) -> None:
        self._send = send

    def writable(self) -> bool:
        """Say yes: it can be printed to."""
        return True

    def write(self, text: str) -> int:
        """Hand on a piece of output."""
        if text:
            self._send(text)
        return len(text)


class Page:
    """The page that runs here: one namespace, which is also the module `__main__`."""

    def __init__(self, job: dict[str, Any], events: TextIO) -> None:
        self.name, self.root, self.events = job["page"], job["root"] + os.sep, events
        self.package = self.root + "autograd" + os.sep
        self.kept: tuple[str, ...] = (self.name, self.package)  # whose frames a traceback shows
        self.flags = 0
        self.tracer: Any = None  # what records graphs for Step, where the job asks for it
        self.module = types.ModuleType("__main__")
        sys.modules["__main__"] = self.module
        linecache.cache[self.name] = (1, None, job["lines"], self.name)
        self.met: dict[str, dict[str, Any]] = {}  # the names that each exercise found when it was reached
        self.stray: list[str] = []  # errors that Python only mentions: in threads, in finalisers
        threading.excepthook = lambda hook: self.stray.append(f"in a thread: {hook.exc_value!r}")
        sys.unraisablehook = lambda hook: self.stray.append(f"in a finaliser: {hook.exc_value!r}")

    def send(self, event: str, **facts: Any) -> None:
        """Write an event down, for good."""
        self.events.write(json.dumps({"event": event, **facts}) + "\n")
        self.events.flush()

    def run(self, line: int, code: str, trial: dict[str, Any] | None = None) -> str | None:
        """Run one program, or try one out; give the class of the error that ended it."""
        self.send("start", line=line)
        self.stray.clear()
        facts: dict[str, Any] = {"raised": None, "verdict": None, "unknown": []}
        began = time.perf_counter()
        with warnings.catch_warnings(record=True) as caught, self.captured():
            warnings.simplefilter("always")
            try:
                if trial:
                    facts |= self.attempt(line, code, trial)
                else:
                    facts["rich"] = self.execute(line, code)
            except BaseException as error:  # SystemExit too: a page that leaves early has not run
                facts["raised"] = self.describe(error)
        seconds = time.perf_counter() - began
        facts["warnings"] = [self.place(each) for each in caught] + self.stray
        self.send("end", seconds=seconds, **facts)
        return facts["raised"] and str(facts["raised"]["class"])

    @contextmanager
    def captured(self) -> Iterator[None]:
        """Send on what is printed in here."""
        out = Stream(lambda text: self.send("stdout", text=text))
        err = Stream(lambda text: self.send("stderr", text=text))
        with redirect_stdout(out), redirect_stderr(err):
            yield

    @contextmanager
    def scratch(self) -> Iterator[None]:
        """Work on a copy of the page's names: what is bound in here is gone afterwards."""
        page, flags = self.module, self.flags
        self.module = types.ModuleType("__main__")
        vars(self.module).update(vars(page))
        sys.modules["__main__"] = self.module
        try:
            yield
        finally:
            self.module, self.flags = page, flags
            sys.modules["__main__"] = page

    def attempt(self, line: int, code: str, trial: dict[str, Any]) -> dict[str, Any]:
        """Check a starter or a mistake with the names that the exercise met, the answer with those of now."""
        with self.scratch():
            names = vars(self.module)
            if trial["role"] == "exercise":
                self.met[trial["name"]] = dict(names)
            elif trial["role"] == "mistake":
                names.clear()
                names.update(self.met[trial["name"]])
            rich, verdict = self.execute(line, code), None
            missing = unknown(trial["code"], names)
            try:
                self.execute(trial["line"], trial["code"])
            except Exception as error:
                verdict = self.describe(error)
            return {"rich": rich, "verdict": verdict, "unknown": missing}

    def execute(self, line: int, code: str) -> list[tuple[str, str]]:
        """Run the statements; show the value of the last one, if it is an expression, and open figures."""
        tree = ast.parse("\n" * line + code, self.name)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        names = vars(self.module)
        exec(self.compiled(tree, "exec"), names)
        value = None
        if isinstance(last, ast.Expr):
            value = eval(self.compiled(ast.Expression(last.value), "eval"), names)
        figures = open_figures()
        if is_figure(value) and value not in figures:
            figures.append(value)  # closed, so that a notebook does not show it twice; here it is shown once
        shown = [] if is_drawn(value) and figures else show(value)
        trace = self.tracer and self.tracer.trace(value)
        traces = [(self.tracer.MIME, trace)] if trace else []
        return shown + traces + [draw(figure) for figure in figures]

    def compiled(self, tree: Any, mode: str) -> types.CodeType:
        """Compile with the page's file name, keeping `from __future__` from program to program."""
        code: types.CodeType = compile(tree, self.name, mode, flags=self.flags, dont_inherit=True)
        self.flags |= code.co_flags & _FUTURE
        return code

    def place(self, warning: warnings.WarningMessage) -> str:
        """Say what a warning says and where."""
        place = f"{warning.filename.removeprefix(self.root)}:{warning.lineno}"
        return f"{warning.category.__name__}: {warning.message} ({place})"

    def describe(self, error: BaseException) -> dict[str, Any]:
        """Put an error into words: its class, its last line, its line on the page, its traceback."""
        full = traceback.TracebackException.from_exception(error, compact=True)
        self.trim(full)
        lines = [frame.lineno for frame in full.stack if frame.filename == self.name]
        if not lines and isinstance(error, SyntaxError) and error.filename == self.name:
            lines = [error.lineno]
        text = "".join(full.format_exception_only()).strip()
        return {
            "class": type(error).__name__,
            "text": text.splitlines()[-1] if isinstance(error, SyntaxError) else text,
            "line": lines[-1] if lines else None,
            "traceback": "".join(full.format()).replace(self.root, ""),
        }

    def trim(self, full: traceback.TracebackException) -> None:
        """Keep the frames that the book prints: the page's and the package's."""
        kept = [each for each in full.stack if each.filename.startswith(self.kept)]
        full.stack = traceback.StackSummary.from_list(kept)
        for linked in (full.__cause__, full.__context__):
            if linked is not None:
                self.trim(linked)


def unknown(code: str, names: dict[str, Any]) -> list[str]:
    """List the names which a program reads and which neither it nor anybody else has given."""
    top = symtable.symtable(code, "check", "exec")
    tables, read = [top], set()
    while tables:
        table = tables.pop()
        tables += table.get_children()
        read |= {each.get_name() for each in table.get_symbols() if each.is_global() and each.is_referenced()}
    own = {each.get_name() for each in top.get_symbols() if each.is_assigned() or each.is_imported()}
    return sorted(read - own - names.keys() - vars(builtins).keys())


def show(value: Any) -> list[tuple[str, str]]:
    """Give the richest form that a value has of itself; its repr where it has none; nothing for None."""
    if value is None:
        return []
    for mime, name in _FORMS.items():
        data = bundled(value, mime) or form(value, name)
        if data:
            return [(mime, base64.b64encode(data).decode() if isinstance(data, bytes) else data)]
    return [("text/plain", repr(value))]


def bundled(value: Any, mime: str) -> Any:
    """Ask a value for one form out of its `_repr_mimebundle_`."""
    found = form(value, "_repr_mimebundle_", include=[mime], exclude=[]) or {}
    return (found[0] if isinstance(found, tuple) else found).get(mime)


def form(value: Any, name: str, **options: Any) -> Any:
    """Ask a value (not a class) for one of its forms; None where it has none."""
    method = None if isinstance(value, type) else getattr(value, name, None)
    return method(**options) if callable(method) else None


def open_figures() -> list[Any]:
    """List matplotlib's open figures in the order of their making, without importing it."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    return [pyplot.figure(number) for number in pyplot.get_fignums()] if pyplot else []


def is_figure(value: Any) -> bool:
    """Tell whether a value is a figure of matplotlib, without importing it."""
    module = sys.modules.get("matplotlib.figure")
    return module is not None and isinstance(value, module.Figure)


def is_drawn(value: Any) -> bool:
    """Tell whether a value is what a plotting call returns: the plot is shown, not the repr of its lines."""
    if isinstance(value, (list, tuple)) or (str(getattr(value, "dtype", "")) == "object" and value.ndim):
        return any(is_drawn(each) for each in value)
    if isinstance(value, dict):
        return any(is_drawn(each) for each in value.values())
    return type(value).__module__.startswith(("matplotlib.", "mpl_toolkits."))


def draw(figure: Any) -> tuple[str, str]:
    """Take a figure as SVG, without a date, and close it."""
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None})
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close(figure)
    return "image/svg+xml", out.getvalue()


def load(path: str) -> types.ModuleType:
    """Load a module or a package of the press by itself, without the press."""
    name = f"press_{Path(path).stem}"  # Python has a module `trace` too
    file = Path(path, "__init__.py") if Path(path).is_dir() else path
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None and spec.loader is not None
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def watched_code(program: dict[str, Any]) -> str:
    """What runs with a program: what is tried out is followed by its check."""
    trial = program["trial"]
    return str(program["code"] + (trial["code"] if trial else ""))


def main() -> None:
    """Read the job, run its programs until one fails, write the events."""
    job = json.load(sys.stdin)
    sys.path.insert(0, job["root"])
    with Path(job["events"]).open("w", encoding="utf-8") as events:
        page = Page(job, events)
        if job["trace"]:
            page.tracer = load(job["trace"]).Tracer(job["root"])
            sys.meta_path.insert(0, page.tracer)
        footprints = load(job["footprint"]).Footprints(vars(page.module), page.name)
        for program in job["programs"]:
            with footprints.watched(watched_code(program)) as notes:
                notes["raised"] = raised = page.run(program["line"], program["code"], program["trial"])
            page.send("footprint", **notes)
            if raised != program["raises"]:
                break  # what the programs below stand on is not there
        page.send("done")


if __name__ == "__main__":
    main()
