"""The comorbidity index (合并症指数) of a case, from its secondary diagnoses.

Charlson's index (Charlson et al. 1987) with the ICD-10 codes of Quan et al. (2005), as data in
``charlson.toml``: each condition counts once, and a mild form does not count beside its severe form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from .code_lists import read_list
from .codes import diagnosis_expression, diagnosis_of

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from ..store.contract import TableEngine


@dataclass(frozen=True)
class Condition:
    """One condition: its weight, the codes it is known by, and the severe form it does not count beside."""

    name: str
    weight: int
    codes: tuple[str, ...]
    below: str = ""


@cache
def conditions() -> tuple[Condition, ...]:
    """The conditions of the index, with ranges of categories written out."""
    listed = read_list("charlson.toml")["conditions"]
    return tuple(
        Condition(**{**c, "codes": tuple(w for code in c["codes"] for w in _written(code))}) for c in listed
    )


def _written(code: str) -> list[str]:
    first, _, last = code.partition("-")
    if not last:
        return [first]
    return [f"{first[0]}{number:02d}" for number in range(int(first[1:]), int(last[1:]) + 1)]


def index_of(text: str | None) -> int:
    """The index of secondary diagnoses joined by ``;``; for one case, in plain Python."""
    found = {diagnosis_of(part) for part in (text or "").split(";")}
    names = {
        c.name
        for c in conditions()
        if any(code in found or code in {f[:3] for f in found} for code in c.codes)
    }
    return sum(c.weight for c in conditions() if c.name in names and c.below not in names)


def comorbidity_index(engine: TableEngine, texts: ir.Table) -> ir.Table:
    """The index of each distinct text of secondary diagnoses.

    Parameters
    ----------
    texts : ibis table
        With ``secondary_diagnoses``, repeated or not; NULL texts are left out (their index is 0).

    Returns
    -------
    ibis table
        ``secondary_diagnoses``, ``comorbidity_index``; kept in the engine. Cost: the distinct texts are taken
        apart once, some five rows a text; every code is read once.
    """
    distinct = texts.filter(texts.secondary_diagnoses.notnull()).select("secondary_diagnoses").distinct()
    parts = distinct.mutate(written=distinct.secondary_diagnoses.split(";")).unnest(
        "written", keep_empty=False
    )
    items = engine.stage(parts)
    codes = items.select("written").distinct()
    codes = codes.mutate(diagnosis=diagnosis_expression(codes.written))
    codes = codes.mutate(category=codes.diagnosis.substr(0, 3))
    listed = engine.small_table(_code_frame())
    hits = codes.join(listed, codes.diagnosis == listed.code).select("written", "condition")
    of_category = codes.filter(codes.diagnosis != codes.category)
    hits = hits.union(
        of_category.join(listed, of_category.category == listed.code).select("written", "condition")
    )
    had = items.join(engine.stage(hits), "written")
    flags = had.group_by("secondary_diagnoses").agg(
        **{c.name: (had.condition == k).cast("int64").max() for k, c in enumerate(conditions())}
    )
    return engine.stage(flags.select("secondary_diagnoses", comorbidity_index=_weighed(flags)))


def _code_frame() -> pd.DataFrame:
    import pandas as pd

    rows = [(code, k) for k, condition in enumerate(conditions()) for code in condition.codes]
    return pd.DataFrame(rows, columns=["code", "condition"]).astype({"code": "str", "condition": "int64"})


def _weighed(flags: ir.Table) -> ir.IntegerValue:
    weights: Mapping[str, Condition] = {c.name: c for c in conditions()}
    parts = []
    for c in weights.values():
        held = flags[c.name] * c.weight
        parts.append(held * (1 - flags[c.below]) if c.below else held)
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total
