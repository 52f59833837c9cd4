"""The errors of the press: a page breaks a rule, at a line; Run cannot be made ready."""


class PageError(Exception):
    """A page breaks the rules of CONTRIBUTING; its text is `docs/part1/x.md:12: message`."""

    def __init__(self, page: str, line: int, message: str) -> None:
        super().__init__(f"{page}:{line}: {message}")
        self.page, self.line, self.message = page, line, message


class RunError(Exception):
    """What Run needs in the reader's browser cannot be made here; its text says why."""
