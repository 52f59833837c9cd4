"""What Run loads: built when its sources changed, told when it cannot be, served as browsers want it."""

import hashlib
import json
import os
import subprocess
import sys
import threading
import urllib.request
import zipfile
from base64 import b64encode
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from literate import assets, npm, serve
from literate.errors import RunError

NODE = """#!/bin/sh
if [ "$1" = --version ]; then echo v22.1.0; exit; fi
echo build >> {log}
mkdir -p dist/pyodide-1
echo 'one' > dist/book-1.js
echo 'self' > dist/sw.js
echo x > dist/pyodide-1/a.wasm
printf '%s' '{{"entries": {{"book": "book-1.js"}}, ' > dist/manifest.json
printf '%s' '"files": [{{"name": "book-1.js", "bytes": 4}}]}}' >> dist/manifest.json
"""
NPM = """#!/bin/sh
echo "$1" >> {log}
mkdir -p node_modules && touch node_modules/.package-lock.json
"""


class Project:
    """A stand-in for `browser/` and for Node, which notes what it is asked to do."""

    def __init__(self, root: Path) -> None:
        self.root, self.log = root, root / "log"
        self.write("browser/package.json", "{}")
        self.write("browser/package-lock.json", "{}")
        self.write("browser/src/book.ts", "one")
        self.write("autograd/__init__.py", "__version__ = '1'\n")
        self.program("node", NODE)
        self.program("npm", NPM)

    def write(self, path: str, text: str) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def program(self, name: str, text: str) -> None:
        self.write(f"bin/{name}", text.format(log=self.log)).chmod(0o755)

    @property
    def done(self) -> list[str]:
        return self.log.read_text().split() if self.log.exists() else []


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("PATH", os.pathsep.join([str(tmp_path / "bin"), os.environ["PATH"]]))
    monkeypatch.delenv("CI", raising=False)
    return Project(tmp_path)


def test_the_first_build_installs_and_the_next_does_nothing(project: Project) -> None:
    for _ in range(3):
        npm.build(project.root / "browser")
    assert project.done == ["ci", "build"]


def test_a_changed_source_is_built_and_a_changed_lock_is_installed(project: Project) -> None:
    npm.build(project.root / "browser")
    project.write("browser/src/book.ts", "two")
    npm.build(project.root / "browser")
    lock = project.write("browser/package-lock.json", "{ }")
    later = lock.stat().st_mtime + 10
    os.utime(lock, (later, later))
    npm.build(project.root / "browser")
    assert project.done == ["ci", "build", "build", "ci", "build"]


def test_a_build_that_failed_is_tried_again(project: Project) -> None:
    project.program(
        "node", '#!/bin/sh\n[ "$1" = --version ] && echo v22.1.0 && exit\necho bad syntax >&2; exit 1\n'
    )
    for _ in range(2):
        with pytest.raises(RunError, match=r"`node build\.mjs` failed in browser/:\nbad syntax"):
            npm.build(project.root / "browser")


def test_where_npm_fails_there_is_one_warning_and_no_run(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.program("npm", "#!/bin/sh\necho 'npm error network' >&2; exit 1\n")
    assert assets.prepare(project.root) is None
    said = capsys.readouterr().err
    assert said.count("WARNING: the book is built without Run") == 1
    assert "`npm ci` failed in browser/:\nnpm error network" in said


def test_in_ci_that_is_an_error(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    project.program("npm", "#!/bin/sh\nexit 1\n")
    with pytest.raises(RunError, match="`npm ci` failed"):
        assets.prepare(project.root)


def test_a_book_without_browser_scripts_has_no_run_and_no_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert assets.prepare(tmp_path) is None
    assert capsys.readouterr().err == ""


def test_everything_is_listed_with_size_and_hash(project: Project) -> None:
    files = assets.prepare(project.root)
    assert files is not None
    listed = json.loads(files["python.json"])["files"]
    assert [each["name"].split("-")[0] for each in listed] == ["autograd_engine", "graphviz", "press.zip"]
    for each in listed:
        data = files[each["name"]]
        assert isinstance(data, bytes)
        assert each["bytes"] == len(data)
        assert each["integrity"] == f"sha256-{b64encode(hashlib.sha256(data).digest()).decode()}"
    manifest = json.loads(files["manifest.json"])
    assert {"book-1.js", *(each["name"] for each in listed)} == {each["name"] for each in manifest["files"]}
    assert {"book-1.js", "sw.js", "pyodide-1/a.wasm"} < set(files)
    assert assets.entry(files, "book") == "book-1.js"


def test_the_same_files_make_the_same_wheel(project: Project) -> None:
    assert assets.python_parts(project.root) == assets.python_parts(project.root)


def test_the_wheels_can_be_installed(project: Project, tmp_path: Path) -> None:
    home = tmp_path / "home"
    for name, data in assets.python_parts(project.root).items():
        (tmp_path / name).write_bytes(data)
    wheels = [str(each) for each in tmp_path.glob("*.whl")]
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-index"]
    subprocess.run([*pip, "--no-deps", "--target", str(home), *wheels], check=True)
    said = "import autograd, graphviz; print(autograd.__version__, graphviz.__file__)"
    done = subprocess.run(
        [sys.executable, "-S", "-c", said], cwd=home, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["1", str(home / "graphviz" / "__init__.py")]


def test_the_press_modules_stand_alone(project: Project) -> None:
    archive = zipfile.ZipFile(BytesIO(assets.python_parts(project.root)["press.zip"]))
    archive.extractall(project.root / "alone")
    code = "import literate.worker, literate.figures"
    subprocess.run([sys.executable, "-S", "-c", code], cwd=project.root / "alone", check=True)


# The server.


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    for name in ("index.html", "a.wasm", "b.mjs", "c.whl", "d.js", "e.json"):
        (tmp_path / name).write_text("x")
    server = serve.server(tmp_path, 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("name", "mime"),
    [
        ("", "text/html"),
        ("a.wasm", "application/wasm"),
        ("b.mjs", "text/javascript"),
        ("c.whl", "application/zip"),
        ("d.js", "text/javascript"),
        ("e.json", "application/json"),
    ],
)
def test_the_server_names_types_and_isolates_pages(served: str, name: str, mime: str) -> None:
    with urllib.request.urlopen(served + name) as answer:
        assert answer.headers["Content-Type"].partition(";")[0] == mime
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer.headers["Cross-Origin-Embedder-Policy"] == "require-corp"


def test_a_port_that_is_taken_is_told(served: str, tmp_path: Path) -> None:
    port = served.rstrip("/").rpartition(":")[2]
    command = [sys.executable, "-m", "literate.serve", str(tmp_path), port]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert f"take another: make serve PORT={int(port) + 1}" in done.stderr
