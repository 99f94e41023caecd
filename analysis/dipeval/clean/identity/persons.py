"""Numbers of persons are read only to be hashed with the user's key; without one they are never read."""

from __future__ import annotations

from dataclasses import replace

from ...study.model import Source

PERSON = "person"


def readable(source: Source, is_keyed: bool) -> Source:
    """The format as it may be read: without a key, a person's number is an identifier like a name.

    Parameters
    ----------
    is_keyed : bool
        Whether the user gave a key.
    """
    rule = source.columns.get(PERSON)
    if is_keyed or rule is None:
        return source
    kept = {name: column for name, column in source.columns.items() if name != PERSON}
    headers = [alias for item in rule.items for alias in item]
    return replace(source, columns=kept, identifiers=(*source.identifiers, *headers))
