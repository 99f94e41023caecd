"""Words of a study file for placebos that are drawn."""

from __future__ import annotations

from dipeval.study.grammar import Key

STATISTICS = ("estimate", "t")


def drawn_keys() -> dict[str, Key]:
    """Keys of the kinds that deal or draw calendars."""
    return {
        "cluster": Key(
            "text",
            default="",
            doc="level at which the reform was assigned; default: city where each has one date, else the first clustering",
        ),
        "draws": Key(
            "integer",
            default=500,
            low=19,
            high=99999,
            doc="all are listed where there are no more, else so many are drawn",
        ),
        "seed": Key("integer", default=1, low=0, doc="of the draws"),
        "statistic": Key(
            "text", default="estimate", choices=STATISTICS, doc="what is ranked: the estimate, or its t"
        ),
    }
