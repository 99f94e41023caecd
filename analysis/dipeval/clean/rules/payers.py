"""Who pays: schemes that were merged become one series, and stays that the reform does not pay are marked."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from ...study.grammar import Key
from ...vocabulary import columns
from ..rule import FIX, FLAG, Rule, Setting, has

if TYPE_CHECKING:
    import ibis.expr.types as ir

MERGED = ("rural_cooperative", "urban_resident")
RESIDENT = "resident"


def with_one_resident_scheme(table: ir.Table, setting: Setting) -> ir.Table:
    """Call the schemes that became the resident scheme by its name; ``is_relabelled`` says where."""
    if not has(table, "insurance_type") or not setting.is_on(INSURANCE_RELABELLED):
        return table
    import ibis

    old = table.insurance_type.isin(list(MERGED)).fill_null(False)
    return table.mutate(insurance_type=ibis.ifelse(old, RESIDENT, table.insurance_type), is_relabelled=old)


def is_relabelled(table: ir.Table, setting: Setting) -> ir.BooleanValue | None:
    """Stays under one of the former schemes."""
    return table.is_relabelled if has(table, "is_relabelled") else None


def is_outside_payment(table: ir.Table, setting: Setting) -> ir.BooleanValue | None:
    """Stays of another payer, or of people who are insured elsewhere.

    Where they are insured is judged only where a city names its own places: by the start of
    ``insured_place``, so that ``4401`` stands for all districts of one city.
    """
    hits = []
    payers = sorted(setting.value(OUTSIDE_PAYMENT, "payers"))
    if has(table, "insurance_type") and payers:
        hits.append(table.insurance_type.isin(payers).fill_null(False))
    places = sorted(setting.value(OUTSIDE_PAYMENT, "places"))
    if has(table, "insured_place") and places:
        own = [table.insured_place.startswith(place) for place in places]
        hits.append(~reduce(lambda a, b: a | b, own).fill_null(True))
    return reduce(lambda a, b: a | b, hits) if hits else None


INSURANCE_RELABELLED = Rule(
    "insurance_relabelled",
    "the rural cooperative and the urban resident scheme count as the resident scheme",
    "新农合、城镇居民归并为城乡居民",
    FIX,
    "merger of 新农合 and 城镇居民 into 城乡居民, about 2016 to 2019 (unverified)",
    is_relabelled,
    shows=("insurance_type",),
    optional=True,
)
OUTSIDE_PAYMENT = Rule(
    "outside_payment",
    "stays that the local fund does not pay: self-paid, work injury, insured elsewhere",
    "非本地医保支付病例（自费、工伤、异地）",
    FLAG,
    "the reform pays for the locally insured; other cases are the sample of spill-overs",
    is_outside_payment,
    shows=("insurance_type", "insured_place"),
    optional=True,
    settings={
        "payers": Key(
            "texts",
            default=("self_pay", "work_injury"),
            choices=columns()["insurance_type"].values,
            doc="schemes outside the reform",
        ),
        "places": Key(
            "texts", default=(), doc="how insured places of the city itself begin; none: not judged"
        ),
    },
)
