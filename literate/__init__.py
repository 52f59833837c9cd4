"""The press: it runs the pages, prints the source into them and keeps the ledger."""
