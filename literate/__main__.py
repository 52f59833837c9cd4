"""`python -m literate check [page ...]`: run pages, show what readers will see, say what is wrong.

`python -m literate record page`: run a page in the peers environment, and keep what it printed.
"""

import argparse
import sys
from pathlib import Path

from literate.book import check, problem
from literate.errors import PageError
from literate.outcome import Outcome
from literate.record import place
from literate.results import renew


def main() -> int:
    """Do what the command says; 1 when something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m literate")
    commands = parser.add_subparsers(dest="command", required=True)
    checking = commands.add_parser("check", help="run pages, show what readers will see, say what is wrong")
    checking.add_argument("pages", nargs="*", type=Path, help="docs/part1/x.md ... (without: the whole book)")
    recording = commands.add_parser("record", help="run pages in the peers environment, keep what they print")
    recording.add_argument("pages", nargs="+", type=Path, help="docs/part3/beyond.md ...")
    chosen = parser.parse_args()
    pages = [page.resolve() for page in chosen.pages]
    return _record(pages) if chosen.command == "record" else _check(pages)


def _check(pages: list[Path]) -> int:
    """Check the pages that are named, showing their outputs, or the whole book."""
    problems = check(Path.cwd(), pages, watch=_show) if pages else check(Path.cwd())
    print("\n".join(problems) if problems else "All is well.")
    return 1 if problems else 0


def _record(pages: list[Path]) -> int:
    """Record the pages that are named, showing their outputs."""
    wrong = 0
    for page in pages:
        try:
            outcomes = renew(page, root=Path.cwd())
        except PageError as error:
            wrong += 1
            print(error)
            continue
        _show(page, outcomes)
        failed = any(outcome.error for outcome in outcomes)
        wrong += failed
        name = place(page).relative_to(Path.cwd())
        print(f"Nothing was recorded in {name}." if failed else f"Recorded in {name}.")
    return 1 if wrong else 0


def _show(page: Path, outcomes: list[Outcome]) -> None:
    """Print, below the line of each program, what a reader sees there."""
    name = page.relative_to(Path.cwd())
    for outcome in outcomes:
        print(f"--- {name}:{outcome.line} ({outcome.seconds:.2f} s)")
        print(_seen(outcome), end="")
    print(f"--- {name}: {len(outcomes)} programs\n")


def _seen(outcome: Outcome) -> str:
    shown = [f"[{mime}, {len(data)} characters]\n" for mime, data in outcome.rich if mime != "text/plain"]
    aside = f"[standard error, which readers do not see]\n{outcome.stderr}\n" if outcome.stderr else ""
    told = f"[the check says] {outcome.told}\n" if outcome.told else ""
    wrong = f"!!! {problem(outcome)}\n" if outcome.error else ""
    return outcome.text + told + "".join(shown) + aside + wrong


if __name__ == "__main__":
    sys.exit(main())
