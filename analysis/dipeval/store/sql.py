"""Texts and names inside SQL statements: the only ways in which they get there."""

from __future__ import annotations


def quoted(text: str) -> str:
    """A text as a SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def identifier(*parts: str) -> str:
    """A name, perhaps of several parts, as SQL takes it literally."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)
