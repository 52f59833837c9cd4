"""A small book in a temporary folder, built with the real mkdocs.yml: to be looked at, or to be broken."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent

CONFIG = f"""\
INHERIT: {ROOT / "mkdocs.yml"}
docs_dir: docs
site_dir: site
hooks: [{ROOT / "literate" / "site.py"}]
theme: {{custom_dir: {ROOT / "overrides"}}}
watch: []
plugins: [search]
nav:
  - Home: index.md
  - "Part I · First":
      - part1/one.md
      - part1/two.md
  - The source: source/index.md
  - Glossary: about/glossary.md
"""

MODULE = '''\
"""Small things."""

import math


class Counter:
    """It counts."""

    def __init__(self) -> None:
        self.n = 0

    def up(self) -> int:
        self.n += 1
        return self.n


def root(x: float) -> float:
    """The square root."""
    return math.sqrt(x)
'''

INDEX = """\
# A small book

It begins with [one](part1/one.md).

```{.python alt="One box, a link to the second chapter." caption="A map."}
class Map:
    def _repr_svg_(self):
        link = '<a xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="part1/two.md"><text>Two</text></a>'
        return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20">{link}</svg>'


Map()
```
"""

ONE = """\
---
description: the first
---

# One

After this chapter you can

- count with a counter.

!!! aside "From the side"
    A counter remembers what it counted, and a small note stands beside the text that it belongs to.

Text about a counter with $x^2$, and `$code$` that is not math.

$$
\\frac{a}{b}
$$

```python
from autograd.small import Counter

counter = Counter()
print("counted", counter.up())
```

!!! note "In a note"

    ```{.python raises="ZeroDivisionError"}
    1 / 0
    ```

=== "A"

    ```{.python fold="How it is done"}
    print("folded")
    ```

- in a list

    ```python
    2 + 3
    ```

Exactly this:

```python
print("a <b>")
```

```{.text .expect}
a <b>
```

Far from its program:

```python
print("far")
```

Words between them.

```{.text .expect}
far
```

## Pictures

```{.python alt="A line that rises." caption="A line, $y = x$."}
import matplotlib.pyplot as plt

plt.plot([1, 2]);
```

```{.python alt="Again." caption="Once more."}
plt.plot([2, 1]);
```

See [the figure](#figure-1-2) and [the class](two.md#autograd.small.Counter).
"""

GLOSSARY = """\
# Glossary

Counter { #counter }
:   What counts. It never forgets. [Two](../part1/two.md#the-class)
"""

TWO = """\
# Two

## The class

```{.python source="autograd.small.Counter"}
```

Its heart:

```{.python source="autograd.small.Counter.up"}
```

## The rest

```{.python source="autograd.small:docstring, autograd.small:imports, autograd.small.root"}
```

```{.python quote="autograd.small.Counter.up"}
```
"""


def make(root: Path, changes: dict[str, str] | None = None) -> Path:
    """Write the book, with other texts for some of its files."""
    files = {
        "autograd/__init__.py": "",
        "autograd/small.py": MODULE,
        "docs/index.md": INDEX,
        "docs/part1/one.md": ONE,
        "docs/part1/two.md": TWO,
        "docs/about/glossary.md": GLOSSARY,
        "mkdocs.yml": CONFIG,
    }
    for path, text in (files | (changes or {})).items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    shutil.copytree(ROOT / "docs" / "assets", root / "docs" / "assets")
    return root


def make_whole(root: Path, one: str) -> Path:
    """Write the book about the real package, with a first page of one's own and all that Run needs."""
    modules = sorted(f"autograd.{path.stem}".removesuffix(".__init__") for path in ROOT.glob("autograd/*.py"))
    sources = "\n".join(f'```{{.python source="{name}"}}\n```\n' for name in modules)
    pages = {"one": f"# One\n\n{one}", "two": f"# Two\n\n{sources}"}
    changes = {f"docs/part1/{name}.md": text for name, text in pages.items()}
    book = make(root, changes | {"docs/about/glossary.md": "# Glossary\n"})
    shutil.rmtree(book / "autograd")
    shutil.copytree(ROOT / "autograd", book / "autograd")
    (book / "browser").symlink_to(ROOT / "browser", target_is_directory=True)
    return book


def build_with_run(book: Path, *options: str) -> None:
    done = build(book, *options)
    assert done.returncode == 0, done.stderr
    assert "built without Run" not in done.stderr


def build(root: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Build the book as `make site` builds the real one."""
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", *options],
        cwd=root,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
