"""All cleaning rules, in the order in which they apply. Imports nothing heavy."""

from __future__ import annotations

from functools import cache

from ..study.grammar import Switch
from ..study.model import Identity
from .identity import codes, hospitals, interim, split
from .rule import CONVENTION, FIX, FLAG, REJECT, STOP, Rule, Setting
from .rules import (
    age,
    costs,
    damaged,
    dates,
    duplicates,
    outlier,
    parts,
    payers,
    population,
    reversals,
    rows,
    services,
    stays,
    unit_alarm,
)

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
    hospitals.UNKNOWN_HOSPITAL,
    hospitals.HOSPITAL_LINKED,
    duplicates.DUPLICATE,
    dates.DATE_ORDER,
    dates.DATE_RANGE,
    dates.BIRTH_AFTER_ADMISSION,
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
    payers.INSURANCE_RELABELLED,
    dates.PROCEDURE_OUTSIDE_STAY,
    age.AGE_AGAINST_BIRTH,
    stays.STAY_TOO_LONG,
    parts.PART_ABOVE_PARENT,
    parts.OTHER_COST_IS_TOTAL,
    services.LONG_STAY_WITHOUT_SERVICE,
    services.SURGERY_FEE_WITHOUT_PROCEDURE,
    services.ANAESTHESIA_WITHOUT_FEE,
    services.BLOOD_WITHOUT_RH,
    payers.OUTSIDE_PAYMENT,
    duplicates.SETTLEMENT_REPEATED,
    damaged.DAMAGED_TEXT,
    unit_alarm.UNIT_ALARM,
    codes.CODE_NOTATION,
    codes.CODE_MAPPED,
    codes.CODE_UNMAPPED,
    codes.CODE_INVALID,
    interim.INTERIM_SETTLEMENT,
    split.SPLIT_STAY,
    dates.WINDOW,
)


@cache
def rules() -> dict[str, Rule]:
    """Every rule by name, for the codebook and the list of words."""
    everything = (*BEFORE_IDENTITIES, COST_IDENTITY, *AFTER_IDENTITIES, POPULATION, outlier.OUTLIER)
    return {rule.name: rule for rule in everything}


def switches() -> dict[str, Switch]:
    """Rules that a city may switch or set, as the grammar of its file checks them."""
    return {
        name: Switch(rule.settings, rule.optional)
        for name, rule in sorted(rules().items())
        if rule.optional or rule.settings
    }


def marking_rules() -> tuple[str, ...]:
    """The package's own rules that mend or mark stays, which a study may leave out."""
    return tuple(name for name, rule in rules().items() if rule.action in (FIX, FLAG))


def rules_for(setting: Setting) -> tuple[Rule, ...]:
    """The rules of one city and study, with the identities of its format, in order."""
    identities = tuple(costs.identity_rule(identity) for identity in setting.source.identities)
    # Outliers are those of the study's population, so they come behind it.
    last = (population.population_rule(setting), outlier.OUTLIER)
    chosen = (*BEFORE_IDENTITIES, *identities, *AFTER_IDENTITIES, *last)
    left_out = [population.without_rule(rule) for rule in chosen if rule.name in setting.without]
    return tuple(rule for rule in (*chosen, *left_out) if rule.action not in (CONVENTION, STOP))
