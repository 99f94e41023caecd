"""One module a kind of check: its keys, and the call of what computes it."""
