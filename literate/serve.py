"""A server for the built book on this machine: `python -m literate.serve site 8000`.

It sends the two headers that let a page share memory with its worker. With them Stop interrupts a program and
the page's names survive; without them (most hosts send none) Stop starts Python anew.
"""

from __future__ import annotations

import functools
import sys
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cache-Control": "no-cache",  # what was built anew is seen at once
}


class Handler(SimpleHTTPRequestHandler):
    """Serves files, quietly."""

    protocol_version = "HTTP/1.1"
    # Some systems know these endings by other types, or not at all.
    extensions_map = {  # noqa: RUF012
        **SimpleHTTPRequestHandler.extensions_map,
        ".css": "text/css",
        ".ipynb": "application/x-ipynb+json",
        ".js": "text/javascript",
        ".json": "application/json",
        ".mjs": "text/javascript",
        ".svg": "image/svg+xml",
        ".wasm": "application/wasm",
        ".whl": "application/zip",
        ".woff2": "font/woff2",
    }

    def end_headers(self) -> None:
        """Add the headers that every answer carries."""
        for name, value in HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the terminal shows the address, and only that."""


def server(folder: Path, port: int) -> ThreadingHTTPServer:
    """Give a server for a folder, on this machine alone; port 0 takes a free one."""
    handler = functools.partial(Handler, directory=str(folder))
    return ThreadingHTTPServer(("127.0.0.1", port), handler)


def main() -> None:
    """Serve until Ctrl-C."""
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    try:
        made = server(folder, port)
    except OSError as error:
        sys.exit(f"port {port} cannot be had ({error.strerror}); take another: make serve PORT={port + 1}")
    print(f"The book is at http://127.0.0.1:{port}/ (Ctrl-C stops)", flush=True)
    try:
        made.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        made.server_close()


if __name__ == "__main__":
    main()
