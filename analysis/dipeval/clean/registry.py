"""All cleaning rules, in the order in which they apply. Imports nothing heavy."""

from __future__ import annotations

from functools import cache

from ..study.grammar import Switch
from ..study.model import Identity
from .rule import CONVENTION, REJECT, Rule, Setting
from .rules import age, costs, dates, duplicates, population, reversals, rows, stays

COST_IDENTITY = costs.identity_rule(
    Identity("cost_identity", "total_cost", ("the parts that the format declares",), 0, REJECT)
)
POPULATION = population.population_rule(Setting(None, None, "", "", {}))
"""Stand-ins for the codebook: the identities are the format's, the population is the study's."""

BEFORE_IDENTITIES = (
    rows.TOTAL_ROW,
    rows.CORRECTION_REJECT,
    rows.CORRECTION_SET,
    rows.MISSING_NEEDED,
    duplicates.DUPLICATE,
    dates.DATE_ORDER,
    dates.DATE_RANGE,
    reversals.REVERSAL,
    reversals.NET_OF_REVERSAL,
    costs.NEGATIVE_AMOUNT,
    costs.ZERO_TOTAL_COST,
)
AFTER_IDENTITIES = (
    costs.BLANK_AMOUNT,
    stays.SAME_DAY_COUNTS_ONE,
    stays.STAY_FROM_DATES,
    stays.STAY_IDENTITY,
    age.AGE_IN_YEARS,
    dates.WINDOW,
)


@cache
def rules() -> dict[str, Rule]:
    """Every rule by name, for the codebook and the list of words."""
    return {rule.name: rule for rule in (*BEFORE_IDENTITIES, COST_IDENTITY, *AFTER_IDENTITIES, POPULATION)}


def switches() -> dict[str, Switch]:
    """Rules that a city may switch or set, as the grammar of its file checks them."""
    return {
        name: Switch(rule.settings, rule.optional)
        for name, rule in sorted(rules().items())
        if rule.optional or rule.settings
    }


def rules_for(setting: Setting) -> tuple[Rule, ...]:
    """The rules of one city and study, with the identities of its format, in order."""
    identities = tuple(costs.identity_rule(identity) for identity in setting.source.identities)
    chosen = (*BEFORE_IDENTITIES, *identities, *AFTER_IDENTITIES, population.population_rule(setting))
    return tuple(rule for rule in chosen if rule.action != CONVENTION)
