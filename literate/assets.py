"""What Run loads into the reader's browser: the scripts of `browser/`, the package, what that needs.

The scripts are built by npm when their sources have changed. The wheels are made of files that are here, so
nothing but npm's own packages comes from anywhere else. Without those the book is built without Run.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from literate import npm
from literate.errors import RunError

RunFiles = Mapping[str, bytes | Path]
"""Files by their names below the folder of Run; content, or where it is."""

PLACE = "assets/run"
PRESS = ("__init__.py", "canvas.py", "figures.py", "worker.py")
"""The files of the press that run in the browser too."""

_DAY = (1980, 1, 1, 0, 0, 0)  # the first that a zip file knows: the same content makes the same file


def prepare(root: Path) -> RunFiles | None:
    """Give the files that belong below `assets/run/` on the site; None where there is no Run.

    Args:
        root: The folder that has `browser/` and `autograd/`.

    Raises:
        RunError: Run cannot be made ready, and this is CI, where it has to be.
    """
    folder = root / "browser"
    if not (folder / "package.json").is_file():
        return None
    try:
        npm.build(folder)
        parts = python_parts(root)
    except RunError as error:
        if os.environ.get("CI") == "true":
            raise
        print(f"WARNING: the book is built without Run: {error}", file=sys.stderr)
        return None
    scripts = {path.relative_to(folder / "dist").as_posix(): path for path in _files(folder / "dist")}
    listed = [_described(name, content) for name, content in parts.items()]
    manifest = json.loads((folder / "dist" / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"] += [{key: each[key] for key in ("name", "bytes", "sha256")} for each in listed]
    wanted = [{key: each[key] for key in ("name", "bytes", "integrity")} for each in listed]
    return {
        **scripts,
        **parts,
        "manifest.json": _json(manifest),
        "python.json": _json({"files": wanted}),
    }


def entry(files: RunFiles, name: str) -> str:
    """Give the file of a script that pages load, `book` for one; `""` where it was not built."""
    manifest = files["manifest.json"]
    assert isinstance(manifest, bytes)
    return str(json.loads(manifest)["entries"].get(name, ""))


def python_parts(root: Path) -> dict[str, bytes]:
    """Give what Python loads there, by file name: our package, graphviz, and the press's own modules."""
    press = {f"literate/{name}": (Path(__file__).parent / name).read_bytes() for name in PRESS}
    return dict([_package(root), _installed("graphviz"), ("press.zip", _zipped(press))])


def wheel(name: str, version: str, files: Mapping[str, bytes], metadata: bytes = b"") -> tuple[str, bytes]:
    """Make a wheel of pure Python; give its file name and its content."""
    home = f"{name.replace('-', '_')}-{version}.dist-info"
    about = metadata or f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode()
    tag = b"Wheel-Version: 1.0\nGenerator: literate\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    content = {**files, f"{home}/METADATA": about, f"{home}/WHEEL": tag}
    rows = [f"{path},{_hash('sha256', data)},{len(data)}\n" for path, data in content.items()]
    content[f"{home}/RECORD"] = f"{''.join(rows)}{home}/RECORD,,\n".encode()
    return f"{name.replace('-', '_')}-{version}-py3-none-any.whl", _zipped(content)


def _package(root: Path) -> tuple[str, bytes]:
    """The package as it stands in the repository."""
    files = {path.relative_to(root).as_posix(): path.read_bytes() for path in _files(root / "autograd")}
    try:
        version = distribution("autograd-engine").version
    except PackageNotFoundError:
        version = "0"
    return wheel("autograd-engine", version, files)


def _installed(name: str) -> tuple[str, bytes]:
    """An installed package of pure Python, as a wheel again."""
    try:
        found = distribution(name)
    except PackageNotFoundError:
        raise RunError(f"the package {name} is not installed; `pip install {name}` gets it") from None
    inside = [each for each in found.files or [] if each.parts[0] == name and each.suffix != ".pyc"]
    files = {each.as_posix(): Path(str(each.locate())).read_bytes() for each in inside}
    return wheel(name, found.version, files, (found.read_text("METADATA") or "").encode())


def _files(folder: Path) -> Iterator[Path]:
    """The files of a folder, in a fixed order, without what Python puts beside them."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts and path.name != npm.STAMP:
            yield path


def _zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, _DAY), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _described(name: str, data: bytes) -> dict[str, str | int]:
    return {
        "name": name,
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "integrity": _hash("sha256", data, "-", padded=True),
    }


def _hash(kind: str, data: bytes, between: str = "=", *, padded: bool = False) -> str:
    """A hash as wheels write it, or as browsers do."""
    digest = hashlib.new(kind, data).digest()
    text = base64.b64encode(digest) if padded else base64.urlsafe_b64encode(digest).rstrip(b"=")
    return f"{kind}{between}{text.decode()}"


def _json(facts: Mapping[str, object] | Iterable[object]) -> bytes:
    return (json.dumps(facts, indent=1) + "\n").encode()
