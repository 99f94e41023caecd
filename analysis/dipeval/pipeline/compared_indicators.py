"""Which indicators cities are compared by: those that a study names, or what its tables and figures are of."""

from __future__ import annotations

from dataclasses import dataclass

from ..describe.cities.consumption import COST, NO_CASE_MIX, TIME, of_casemix, of_cases, of_standard
from ..describe.cities.expected import Expected
from ..describe.cities.indicator import Indicator, indicator, plain_name
from ..describe.given import Given
from ..errors import DataError, Problem
from ..study import Study
from ..vocabulary import columns, outcomes

PAID = (
    "casemix_by_points",
    "grouping_rate",
    "settlement_rate_of_accounted",
    "low_ratio_share",
    "high_ratio_share",
)
GENERAL = ("cost_per_case", "length_of_stay", "drug_share", "consumables_share", "mortality", "mean_age")
INDICES = ("standardised_cost", "standardised_days")
"""The consumption indices under the names of outcomes."""
ATTRIBUTE = ("an attribute of hospitals, shown in Table 1", "医院属性，见表1")
LACKING = ("the data lack a column that it is made of, or its values", "数据缺少所需变量或取值")


@dataclass(frozen=True)
class Asked:
    """Indicators that can be had, and those that cannot, each with the reason in both languages."""

    found: list[Indicator]
    left_out: list[tuple[str, str, str]]


def default_indicators(study: Study) -> list[str]:
    """Outcomes, variables of Table 1 and components, without logarithm; what payment adds; else the usual ones."""
    named = [*study.outcomes, *study.table_one, *study.components]
    words = {name: columns()[name].kind for name in named if name in columns() and name not in outcomes()}
    kept = [name for name in named if words.get(name) not in ("text", "code")]
    paid = PAID if study.payment is not None else ()
    plain = [plain_name(name) for name in kept or GENERAL]
    return list(dict.fromkeys([*(name for name in plain if name not in INDICES), *paid, COST, TIME]))


def asked_indicators(study: Study, given: Given, expected: Expected | None) -> Asked:
    """Those that the study names, or its defaults; a default that cannot be had is left out with its reason.

    Raises
    ------
    DataError
        When one that the study names cannot be had.
    """
    asked = list(study.compare.indicators) or default_indicators(study)
    indices = of_standard(given.panel) or (of_cases(given.panel, expected) if expected is not None else [])
    by_name = {one.name: one for one in indices or of_casemix(given.panel)}
    found: dict[str, Indicator] = {}
    missing: list[tuple[str, str, str]] = []
    for name in asked:
        one = by_name.get(name) if name in (COST, TIME) else indicator(given.panel, name, given.frequency)
        if one is not None:
            found.setdefault(one.name, one)
        else:
            missing.append((name, *(NO_CASE_MIX if name in (COST, TIME) else LACKING)))
    if missing and (study.compare.indicators or not found):
        where = f"analysis/studies/{study.name}.toml, key compare.indicators"
        told = [Problem(where, f"'{name}' cannot be had: {why}", "leave it out") for name, why, _ in missing]
        raise DataError("compare", told)
    words = [
        name for name in study.table_one if name in columns() and columns()[name].kind in ("text", "code")
    ]
    if not study.compare.indicators:
        missing += [(name, *ATTRIBUTE) for name in words]
    return Asked(list(found.values()), missing)
