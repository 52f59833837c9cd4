"""`python -m literate check [page ...]`: run pages, show what readers will see, say what is wrong."""

import argparse
import sys
from pathlib import Path

from literate.book import check, problem
from literate.outcome import Outcome


def main() -> int:
    """Check the pages that are named, showing their outputs, or the whole book; 1 when something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m literate")
    parser.add_argument("command", choices=["check"])
    parser.add_argument("pages", nargs="*", type=Path, help="docs/part1/x.md ... (without: the whole book)")
    pages = [page.resolve() for page in parser.parse_args().pages]
    problems = check(Path.cwd(), pages, watch=_show) if pages else check(Path.cwd())
    print("\n".join(problems) if problems else "All is well.")
    return 1 if problems else 0


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
    wrong = f"!!! {problem(outcome)}\n" if outcome.error else ""
    return outcome.text + "".join(shown) + aside + wrong


if __name__ == "__main__":
    sys.exit(main())
