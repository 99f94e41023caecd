"""Headers that stand up to forty times with a number, written once with a ``#``."""

from __future__ import annotations

from collections.abc import Sequence

SIGN = "#"
MOST = 40
"""Secondary diagnoses, and procedures, that a front page reports at most."""


def with_numbers(found: dict) -> None:
    """Write out the numbered headers of a source file that was read against its grammar, in place.

    ``[["JBDM#", "其他诊断编码#"]]`` becomes 40 items, from ``["JBDM1", "其他诊断编码1"]`` on; a list of
    headers becomes longer in the same way.
    """
    for column in found["columns"].values():
        items = column["items"] or ()
        column["items"] = [numbered for item in items for numbered in _items(item)]
    for name in ("ignored", "identifiers", "shared"):
        headers = found["headers"][name] or ()
        found["headers"][name] = tuple(header for written in headers for header in _headers(written))


def _items(item: Sequence[str]) -> list[tuple[str, ...]]:
    if not any(SIGN in alias for alias in item):
        return [tuple(item)]
    return [tuple(alias.replace(SIGN, str(k)) for alias in item) for k in range(1, MOST + 1)]


def _headers(written: str) -> list[str]:
    return [written.replace(SIGN, str(k)) for k in range(1, MOST + 1)] if SIGN in written else [written]
