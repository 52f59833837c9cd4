"""Lets pytest run the book: see `literate/pytest_plugin.py`."""

pytest_plugins = ["literate.pytest_plugin"]
