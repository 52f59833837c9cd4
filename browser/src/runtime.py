"""The Python side of "Run it here": the press's own worker, with a browser page around it.

A program runs here through the same `Page` as at the build of the site, so that both show the same.
What differs is where output goes (in small parcels to the page), and who draws graphs (Graphviz as
WebAssembly, for there are no processes here).
"""

import ast
import io
import json
import math
import os
import subprocess
import sys
import time
from _thread import interrupt_main
from pathlib import Path
from xml.etree.ElementTree import ParseError

import book_page  # what the worker's JavaScript gives us
import freeing
import graphviz.backend.execute

from literate import figures, worker

SITE = next(entry for entry in sys.path if entry.endswith("site-packages"))
PAUSE = 0.05  # seconds between two parcels of output, once a program prints a lot
BURST = 20  # as many parcels may go at once within a pause, so that a few lines are seen without delay
ROOM = 200_000  # characters of output that a page holds well
CUT = "\n[The output is cut here. The program goes on, but shows no more of what it prints.]\n"


class Outlet:
    """Hands what is printed to the page, in parcels, and no more of it than the page can hold."""

    def __init__(self):
        self.parcel, self.room, self.sent, self.since = [], ROOM, 0, 0.0

    def write(self, stream, text):
        """Take a piece of output; hand it on unless too much has just gone."""
        if self.room <= 0:
            return
        self.room -= len(text)
        self.parcel.append((stream, text if self.room > 0 else text[: self.room] + CUT))
        now = time.perf_counter()
        if now - self.since > PAUSE:
            self.since, self.sent = now, 0
        if self.sent < BURST or self.room <= 0:
            self.flush()

    def flush(self):
        """Hand on everything that waits."""
        self.sent += 1
        parcel, self.parcel = self.parcel, []
        for stream in ("stdout", "stderr"):
            if text := "".join(text for name, text in parcel if name == stream):
                book_page.text(stream, text)


class BrowserPage(worker.Page):
    """The page whose programs run here; each is a file of its own to tracebacks, with lines from 1."""

    def __init__(self):
        super().__init__({"page": "program", "root": SITE, "lines": []}, io.StringIO())
        self.kept = ("program ",)  # the frames of the package are many, and none of them is at fault
        self.outlet, self.ended = Outlet(), {}
        mention, sys.unraisablehook = sys.unraisablehook, lambda hook: self.unraisable(hook, mention)

    def unraisable(self, hook, mention):
        """Let Stop reach the program, although it came while a node was freed; mention all else."""
        if hook.exc_type is KeyboardInterrupt:
            interrupt_main()
        else:
            mention(hook)

    def send(self, event, **facts):
        """Hand output on; keep how the program ended."""
        if event in ("stdout", "stderr"):
            self.outlet.write(event, facts["text"])
        elif event == "end":
            self.ended = facts

    def program(self, name, code):
        """Run one program; tell how it ended."""
        self.name = name
        worker.linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
        self.outlet = Outlet()
        self.ended = {}
        self.run(0, code)
        self.outlet.flush()
        return self.ended


page = None
spaces = {}


def begin():
    """Start a page with no names, and with a package that no program has touched."""
    global page  # noqa: PLW0603
    for name in [name for name in sys.modules if name.partition(".")[0] == "autograd"]:
        del sys.modules[name]
    freeing.graphs()
    page = BrowserPage()


def run(request):
    """Run a program as the page asks for it; give its end as JSON."""
    wish = json.loads(request)
    if page is None or wish.get("fresh"):
        begin()
    if wish.get("scratch"):
        with page.scratch():
            end = page.program(wish["name"], wish["code"])
            if wish.get("then") and not end["raised"]:
                end["then"] = page.program("program of the check", wish["then"])["raised"]
    else:
        end = page.program(wish["name"], wish["code"])
    end["rich"] = [fit(form, place, wish["figure"]) for place, form in enumerate(end.get("rich", ()), 1)]
    return json.dumps(end)


def fit(form, place, figure):
    """Make a picture part of the page, as the press does."""
    mime, data = form
    title, description = figure["title"], figure["description"]
    if mime == "image/svg+xml":
        try:
            key = f"{figure['key']}-{place}"
            return mime, figures.inline(data, key=key, title=title, description=description, named=True)
        except ParseError as error:
            return "text/plain", f"This picture is no well-formed SVG: {error}."
    if mime == "image/png":
        return mime, figures.image(data, mime, alt=description)
    return form


def call(code, values, space):
    """Run code with the name `values`; give its last expression as JSON, or what went wrong."""
    names = spaces.setdefault(space, {}) if space else {}
    names["values"] = json.loads(values)
    tree = ast.parse(code, "explore")
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "explore", "exec"), names)
    found = eval(compile(ast.Expression(last.value), "explore", "eval"), names) if last else None
    return json.dumps(finite(found), allow_nan=False)


def finite(value):
    """What JSON can hold: infinities and NaN become null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(each) for each in value]
    return value


def run_check(command, *, input_lines=None, encoding=None, cwd=None, **_):
    """Do what the graphviz package asks the program `dot` for."""
    words = [os.fspath(word) for word in command]
    options = {word[:2]: word[2:] for word in words[1:] if word.startswith("-")}
    file = None if input_lines is not None else Path(cwd or ".", words[-1])
    source = file.read_bytes() if file else (b"" if encoding is None else "").join(input_lines)
    source = source if isinstance(source, str) else source.decode()
    form = options["-T"].partition(":")[0]
    status, picture = book_page.draw(source, form, options.get("-K", "dot"))
    if not status:
        raise graphviz.backend.execute.CalledProcessError(1, command, stderr=picture)
    if file:
        target = words[words.index("-o") + 1] if "-o" in words else f"{words[-1]}.{form}"
        Path(cwd or ".", target).write_text(picture, encoding="utf-8")
    output = picture if encoding else picture.encode()
    return subprocess.CompletedProcess(command, 0, stdout=output, stderr="" if encoding else b"")


def prepare():
    """Give Python a Graphviz: autograd looks for a program, so there is one, by name only."""
    folder = Path("/opt/book")
    folder.mkdir(parents=True)
    for name in ("graphviz-pure", "dot"):
        (folder / name).write_text("drawn by the page\n")
        (folder / name).chmod(0o755)
    os.environ["PATH"] = f"{folder}:{os.environ.get('PATH', '')}"
    graphviz.backend.execute.run_check = run_check


prepare()
