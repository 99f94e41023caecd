"""What each hospital's cases would have cost, and how long they would have stayed, at the mean of their type.

Indirect standardisation (Breslow & Day 1987, vol. II, section 2.3): the expected sum of a hospital is the sum
over its cases of the mean of the case's type over all cities and the whole window. Types are disease types
where the cases were grouped, else the categories (three characters) of the principal diagnosis.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from dipeval.store.contract import TableEngine

FINE = {"cost": 1_000, "days": 1_000_000}
"""Means of types are whole thousandths of a fen and millionths of a day: sums of whole numbers, the same on every
engine, and below 2^63 for 100 million cases."""
BY_TYPE, BY_DIAGNOSIS = "disease_type", "diagnosis_category"
AMOUNTS = {"cost": "total_cost", "days": "care_days"}


@dataclass(frozen=True)
class Expected:
    """Expected sums by hospital and period.

    Attributes
    ----------
    types : str
        ``disease_type`` or ``diagnosis_category``.
    frame : pandas.DataFrame
        ``city``, ``hospital``, ``period``; for cost and days ``n_<amount>`` (cases with a type and the amount),
        ``<amount>`` (their sum, minor units or days) and ``expected_<amount>`` (the same unit, float64).
    """

    types: str
    frame: pd.DataFrame


def expected_sums(engine: TableEngine, cases: ir.Table) -> Expected | None:
    """Sum what was, and what was to be expected, by hospital and period.

    Parameters
    ----------
    cases : ibis table
        All cities' stays, with ``city``, ``hospital``, ``period``, ``total_cost`` and a type of case.

    Returns
    -------
    Expected or None
        None where the cases have neither disease types nor diagnoses, or no cost. Cost: two passes of the
        engine and a join with the table of types; Python sees hospital-periods.
    """
    from dipeval.schema.functions import int64_of_sum, rounded_share

    found = _typed(cases)
    amounts = {name: column for name, column in AMOUNTS.items() if column in cases.columns}
    if found is None or "cost" not in amounts:
        return None
    types, typed = found
    keys = ("city", "hospital", "period", "type")
    made = {}
    for name, column in amounts.items():
        value = typed[column].cast("int64")
        made |= {f"n_{name}": value.count(), name: int64_of_sum(value.sum())}
    # Hospital, period and type at once: both passes that follow run over these far fewer rows.
    cells = engine.stage(typed.group_by(*keys).agg(**made))
    sums = {name: int64_of_sum(cells[name].sum()) for name in made}
    of_types = cells.group_by("type").agg(**{f"{name}_of_type": value for name, value in sums.items()})
    joined = cells.join(engine.stage(of_types), "type")
    out = {name: int64_of_sum(joined[name].sum()) for name in made}
    for name in amounts:
        mean = rounded_share(joined[f"{name}_of_type"], FINE[name], joined[f"n_{name}_of_type"].nullif(0))
        out[f"expected_{name}"] = int64_of_sum((mean * joined[f"n_{name}"]).sum())
    place = list(keys[:3])
    frame = engine.to_frame(joined.group_by(*place).agg(**out), place)
    for name in amounts:
        frame[f"expected_{name}"] = frame[f"expected_{name}"].astype("float64") / FINE[name]
    return Expected(types, frame)


def _typed(cases: ir.Table) -> tuple[str, ir.Table] | None:
    """Cases whose type is known, with it."""
    if BY_TYPE in cases.columns:
        return BY_TYPE, cases.filter(cases[BY_TYPE].notnull()).mutate(type=cases[BY_TYPE])
    if "principal_diagnosis" not in cases.columns:
        return None
    code = cases.principal_diagnosis
    return BY_DIAGNOSIS, cases.filter(code.notnull() & (code.length() >= 3)).mutate(
        type=code.substr(0, 3).upper()
    )
