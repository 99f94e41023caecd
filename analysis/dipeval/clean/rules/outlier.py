"""Outliers of the total cost by a method that the city declares; the total itself is never touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...study.grammar import Key
from ...study.model import City
from ..rule import FLAG, Rule, Setting, has

if TYPE_CHECKING:
    import ibis.expr.types as ir

NONE, PERCENTILE, IQR, MAD = "none", "percentile", "iqr", "mad"
MARK, WINSORISE = "flag", "winsorise"
GROUPS = {
    "year": "discharge_date",
    "level": "level",
    "hospital": "hospital",
    "insurance_type": "insurance_type",
    "diagnosis": "principal_diagnosis",
    "disease_type": "disease_type",
}
"""What stays may be grouped by, and the column that says it; a diagnosis is its ICD-10 category."""


def is_outlier(table: ir.Table, setting: Setting) -> ir.BooleanValue | None:
    """Stays beyond the limits of their group; None where the city declares no method."""
    return table.is_outlier if has(table, "is_outlier") else None


def winsorises(city: City) -> bool:
    """Whether a city's stays have ``total_cost_trimmed``."""
    told = city.rules.get(OUTLIER.name)
    if told is None or not told.on or told.settings.get("method", NONE) == NONE:
        return False
    return told.settings.get("action") == WINSORISE


OUTLIER = Rule(
    "outlier",
    "total cost inside the limits of the declared method (beside it: total_cost_trimmed)",
    "总费用在所声明方法的界限内（结算总额不变，另存处理后总额）",
    FLAG,
    "trimming or winsorising at 1 and 99 per cent is usual (unverified); fences: Tukey 1977, chapter 2; "
    "median deviations: Leys et al. 2013, J Exp Soc Psychol 49:764, eq. 1",
    is_outlier,
    shows=("total_cost",),
    optional=True,
    settings={
        "method": Key("text", default=NONE, choices=(NONE, PERCENTILE, IQR, MAD)),
        "low": Key("number", default=0.01, low=0, high=0.49, doc="lower quantile of percentile"),
        "high": Key("number", default=0.99, low=0.51, high=1, doc="upper quantile of percentile"),
        "factor": Key("number", default=3.0, low=0.5, high=100, doc="interquartile ranges, or deviations"),
        "by": Key("texts", default=("year",), choices=tuple(GROUPS), doc="stays are compared inside groups"),
        "action": Key("text", default=MARK, choices=(MARK, WINSORISE)),
        "fewest": Key("integer", default=30, low=5, high=100_000, doc="stays of a group that has limits"),
    },
)
