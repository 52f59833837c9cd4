"""Real source by qualified name, read and never imported; and the ledger: which fence owns which line."""

from literate.ledger import Fence, Ledger
from literate.passages import Passage, SourceError, listing

__all__ = ["Fence", "Ledger", "Passage", "SourceError", "listing"]
