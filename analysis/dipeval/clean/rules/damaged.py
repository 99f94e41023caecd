"""Text that was damaged before it came here: the replacement character of a failed decoding."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from ...vocabulary import RECORD, columns
from ..rule import FLAG, Rule, Setting

if TYPE_CHECKING:
    import ibis.expr.types as ir

REPLACEMENT = "\ufffd"


def is_damaged(table: ir.Table, setting: Setting) -> ir.BooleanValue | None:
    """Rows in which a cell of text holds U+FFFD; columns that were never read are not looked at."""
    known = columns()
    texts = [
        table[name]
        for name in table.columns
        if name in known and known[name].kind == "text" and known[name].role != RECORD
    ]
    if not texts:
        return None
    return reduce(lambda a, b: a | b, [text.contains(REPLACEMENT).fill_null(False) for text in texts])


DAMAGED_TEXT = Rule(
    "damaged_text",
    "no replacement character (U+FFFD) in a cell of text",
    "文本中无损坏字符（U+FFFD）",
    FLAG,
    "Unicode, chapter 23.8: U+FFFD stands for what could not be decoded",
    is_damaged,
    optional=True,
)
