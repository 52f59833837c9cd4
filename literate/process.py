"""Start the process of a page, wait for it, and gather what it wrote down, even when it died."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from literate import exercise
from literate.blocks import Block

_HERE = Path(__file__).resolve().parent


@dataclass
class Record:
    """The events of one program: its line, its output, how it ended (None when it did not), its footprint."""

    line: int
    output: dict[str, str] = field(default_factory=lambda: {"stdout": "", "stderr": ""})
    end: dict[str, Any] | None = None
    footprint: dict[str, Any] | None = None


@dataclass(frozen=True)
class Ending:
    """How a page's process ended: what is wrong with that, or None, and what it wrote past `sys.stdout`."""

    trouble: str | None
    noise: str


def execute(
    page: str, text: str, programs: Sequence[Block], root: Path, limit: float, python: Path
) -> tuple[list[Record], Ending]:
    """Run the programs in a new process; give a record of each that was started, and the process's ending."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        events, noise, desk = (Path(folder) / name for name in ("events", "noise", "desk"))
        desk.mkdir()
        job: dict[str, Any] = {
            "page": page,
            "root": str(root),
            "events": str(events),
            "footprint": str(_HERE / "footprint"),
            "lines": _lines(text, programs),
            # Pages that run elsewhere are recorded, and the record is of what readers see.
            "trace": str(_HERE / "trace.py") if python == Path(sys.executable) else "",
        }
        job["programs"] = [_program(each, programs) for each in programs]
        trouble = _wait(python, job, noise, desk, limit)
        records, done = _gather(events.read_text(encoding="utf-8") if events.exists() else "")
        if not done and not trouble:
            trouble = "the process of this page left before its end"
        if [record.line for record in records] != [each.line for each in programs[: len(records)]]:
            trouble = "the programs of this page ran more than once"  # by `os.fork`, for one
        return records, Ending(trouble, noise.read_text(encoding="utf-8", errors="replace"))


def _program(block: Block, programs: Sequence[Block]) -> dict[str, Any]:
    """What the worker must know of one program; of a check, which runs on trial, that and nothing more."""
    code = "" if block.kind == "check" else block.code
    facts = {"line": block.line, "code": code, "raises": block.attributes.get("raises")}
    return facts | {"trial": exercise.trial(block, programs)}


def _lines(text: str, programs: Sequence[Block]) -> list[str]:
    """The lines of the page as a traceback should quote them: programs without their indentation."""
    lines = [f"{line}\n" for line in text.replace("\r\n", "\n").split("\n")]
    for program in programs:
        lines[program.line : program.end_line - 1] = [f"{line}\n" for line in program.code.split("\n")[:-1]]
    return lines


def _wait(python: Path, job: dict[str, Any], noise: Path, desk: Path, limit: float) -> str | None:
    command = [str(python), "-P", "-X", "utf8", str(_HERE / "worker.py")]
    with noise.open("wb") as out:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=desk,
            env=_environment(Path(job["root"])),
            start_new_session=True,
        )
        try:
            process.communicate(json.dumps(job).encode(), timeout=limit)
        except subprocess.TimeoutExpired:
            return f"the page took longer than {limit:g} seconds and was stopped"
        finally:
            _end(process)
    return f"the process of this page died (exit code {process.returncode})" if process.returncode else None


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Stop what still runs, children of the page included."""
    if process.poll() is None:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()


def _gather(written: str) -> tuple[list[Record], bool]:
    records: list[Record] = []
    for line in written.splitlines(keepends=True):
        if not line.endswith("\n"):
            break  # the process died while it wrote
        event = json.loads(line)
        kind = event.pop("event")
        if kind == "done":
            return records, True
        if kind == "start":
            records.append(Record(event["line"]))
        elif kind == "end":
            records[-1].end = event
        elif kind == "footprint":
            records[-1].footprint = event
        else:
            records[-1].output[kind] += event["text"]
    return records, False


def _environment(root: Path) -> Mapping[str, str]:
    """The same surroundings for every page on every machine."""
    beside = Path(sys.executable).parent
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    return kept | {
        "PATH": os.pathsep.join([str(_graphviz(root, beside)), str(beside), kept.get("PATH", "")]),
        "MPLBACKEND": "Agg",
        "MATPLOTLIBRC": str(_HERE / "matplotlibrc"),
        "PYTHONHASHSEED": "0",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "JAX_PLATFORMS": "cpu",
        "COLUMNS": "80",
        "NO_COLOR": "1",
        "TERM": "dumb",
    }


def _graphviz(root: Path, beside: Path) -> Path:
    """A folder in which `dot` is the Graphviz that came through pip, so that no other one draws a picture."""
    folder = root / ".cache" / "literate" / "bin"
    found = shutil.which("graphviz-pure", path=str(beside))
    if found:
        link = folder / Path(found).name.replace("graphviz-pure", "dot")
        folder.mkdir(parents=True, exist_ok=True)
        if not (link.exists() and link.samefile(found)):
            fresh = folder / f"{link.name}.{os.getpid()}"
            try:
                fresh.symlink_to(found)
            except OSError:  # Windows lets only some users make links
                shutil.copy(found, fresh)
            fresh.replace(link)
    return folder
