"""The MkDocs hook: it leads every page through the press, and adds "The source" to the book.

All problems of a build are gathered and told together, each with page and line, before anything is written.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Any

ROOT_OF_PRESS = Path(__file__).resolve().parent.parent
# While MkDocs loads the hook, this folder is first on the path: math.py and site.py would hide Python's.
_HERE = ROOT_OF_PRESS / "literate"
sys.path[:] = [str(ROOT_OF_PRESS), *(entry for entry in sys.path if Path(entry or ".").resolve() != _HERE)]

from mkdocs.config.defaults import MkDocsConfig  # noqa: E402
from mkdocs.exceptions import PluginError  # noqa: E402
from mkdocs.structure.files import File, Files  # noqa: E402
from mkdocs.structure.nav import Navigation  # noqa: E402
from mkdocs.structure.pages import Page  # noqa: E402

from literate import assets, math, notebook  # noqa: E402
from literate.errors import RunError  # noqa: E402
from literate.press import Press  # noqa: E402

_press: Press


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Begin a build."""
    global _press  # noqa: PLW0603
    # With --quiet MkDocs drops its warnings before --strict can count them, and a dead link would pass.
    heard = logging.getLogger("mkdocs")
    heard.setLevel(min(heard.level, logging.WARNING))
    root = Path(config.docs_dir).resolve().parent
    notebook.prepare(root)
    _press = Press(root, config)
    _press.extend_nav()
    try:
        _press.run_files = assets.prepare(root)
    except RunError as error:
        raise PluginError(f"Run, which CI requires, cannot be built: {error}") from None
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what the book generates: the pages of "The source", KaTeX's style and letters, what Run loads."""
    _press.files = files
    for uri, content in _press.source_pages():
        files.append(File.generated(config, uri, content=content))
    for path in [math.KATEX / "katex.min.css", *sorted((math.KATEX / "fonts").glob("*.woff2"))]:
        uri = f"assets/katex/{path.relative_to(math.KATEX).as_posix()}"
        files.append(File.generated(config, uri, abs_src_path=str(path)))
    for uri, made in _press.run_places():
        options = {"abs_src_path": str(made)} if isinstance(made, Path) else {"content": made}
        files.append(File.generated(config, uri, **options))
    return files


def on_nav(nav: Navigation, config: MkDocsConfig, files: Files) -> None:
    """Number the chapters."""
    _press.number(nav)


def on_pre_page(page: Page, config: MkDocsConfig, files: Files) -> Page:
    """Take note of the labs before they run."""
    _press.guard(page)
    return page


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Run the page and take its fences out of Markdown's sight."""
    return _press.take_in(page, markdown)


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Put plain code and plain TeX into the page, which is what the search index shall see."""
    return _press.mark(page, html)


def on_env(env: Any, config: MkDocsConfig, files: Files) -> None:
    """Stop if anything is wrong: by now every page has run, and nothing has been written."""
    if problems := list(dict.fromkeys(_press.problems())):
        count = "one problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise PluginError("\n".join([f"the book has {count}:", *problems]))
    _press.name_pages(files)
    for uri, made in _press.notebooks():
        files.append(File.generated(config, uri, content=made))


def on_page_context(context: dict[str, Any], page: Page, config: MkDocsConfig, nav: Navigation) -> None:
    """The search index has its copy: put everything in its place."""
    _press.finish(page)
    context["nav"] = _press.fold_source(page, nav)
    context["run"] = _press.run_tags(page)


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Give the dialog of the search a name, which the theme leaves it without."""
    dialog = 'data-md-component="search" role="dialog"'
    return output.replace(dialog, f'{dialog} aria-label="Search"')
