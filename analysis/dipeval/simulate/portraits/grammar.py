"""The grammar of ``analysis/portraits/<name>.toml``."""

from __future__ import annotations

from dataclasses import fields

from ...study.grammar import Key, Named, Table, Tables
from ...vocabulary import columns
from ..points_city import PointsTold

DEEP = 3
"""How often cases may be parted by another column inside each other."""
WAYS = {
    "word": ("word",),
    "counts": ("counts", "rest"),
    "shares": ("shares", "rest"),
    "evenly": ("evenly",),
    "map": ("map", "of"),
    "span": ("low", "high"),
    "mean": ("mean", "low", "high", "within", "spread"),
    "total": ("total", "low", "high", "within", "spread"),
    "share": ("share", "of", "spread"),
    "rest_of": ("rest_of", "less"),
    "from": ("from", "to"),
    "by": ("by", "each"),
}
"""Keys of each way to fill a column; the first one chooses the way."""
NEEDED = {
    "map": ("map", "of"),
    "span": ("low", "high"),
    "share": ("share", "of"),
    "rest_of": ("rest_of", "less"),
    "from": ("from", "to"),
    "by": ("by", "each"),
}
POINTS = tuple(field.name for field in fields(PointsTold))
FILLED = tuple(columns())
NUMBERS = ("money", "count", "days", "number")
MONEY = tuple(name for name, column in columns().items() if column.kind == "money")


def portrait_grammar() -> dict[str, object]:
    """Tables and keys of a portrait; nothing in it is evaluated."""
    filled = Named(Table(_column_keys(DEEP)), names=FILLED)
    split = Named(Named(Key("number", low=0), names=MONEY), names=MONEY)
    return {
        "portrait": Table(
            {
                "name": Key("text", required=True),
                "city": Key("text", required=True, doc="the city whose file the cases fill"),
                "title_en": Key("text", required=True, doc="title in English"),
                "title_zh": Key("text", required=True, doc="title in Chinese"),
                "figures": Key("text", required=True, doc="whose figures the cases carry, and which"),
                "seed": Key("integer", required=True, low=0),
            },
            required=True,
        ),
        "columns": filled,
        "split": split,
        "groups": Tables(
            {
                "name": Key("text", required=True),
                "cases": Key("integer", required=True, low=1),
                "columns": filled,
                "split": split,
            },
        ),
        "points": Table({name: _counted(name) for name in POINTS}),
    }


def _counted(name: str) -> Key | Named:
    return (
        Named(Key("integer", low=0)) if name in ("loss_departments", "loss_causes") else Key("integer", low=0)
    )


def _column_keys(deep: int) -> dict[str, object]:
    keys: dict[str, object] = {
        "word": Key("text", doc="the same in all cases"),
        "counts": Named(Key("integer", low=0), doc="cases by word, in random order"),
        "shares": Named(Key("number", low=0), doc="parts of the cases by word, rounded by largest remainder"),
        "rest": Key("texts", default=(), doc="words among which the other cases are spread evenly"),
        "evenly": Key("texts", default=(), doc="words of as many cases each"),
        "map": Named(Key("text"), doc="by word of the column `of`: the word here"),
        "of": Key("text", choices=FILLED, doc="the other column"),
        "low": Key("number", doc="least value; money in units of the currency"),
        "high": Key("number", doc="greatest value"),
        "mean": Key("number", low=0, doc="mean over the cases, met to the minor unit of their sum"),
        "total": Key("number", low=0, doc="sum over the cases"),
        "spread": Key("number", low=0, doc="standard deviation of the logarithms"),
        "within": Key("text", choices=FILLED, doc="an amount of the same case that this one does not exceed"),
        "share": Key("number", low=0, high=1, doc="share of the sum of the column `of`"),
        "rest_of": Key("text", choices=FILLED, doc="what is left of this amount"),
        "less": Key("texts", default=(), choices=FILLED, doc="amounts that are taken from it"),
        "from": Key("text", doc="first day, like 2022-01-31"),
        "to": Key("text", doc="last day"),
    }
    if deep:
        keys["by"] = Key("text", choices=FILLED, doc="the column whose words part the cases")
        keys["each"] = Named(Table(_column_keys(deep - 1)))
    return keys
