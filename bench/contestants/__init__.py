"""One file an engine; what they have in common is in `scalars` and `arrays`."""
