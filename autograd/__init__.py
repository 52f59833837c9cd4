"""Automatic differentiation you can read to the bottom."""

__version__ = "0.1.0"
