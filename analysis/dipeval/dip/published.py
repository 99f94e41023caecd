"""A published catalogue: its table as text → `Catalogue`, or one error with every row that cannot be.

Columns may be called in English or Chinese; `HEADERS` lists the words. What a published catalogue does not
say (last year's means by level of hospital) comes from the city's own cases: `with_references`.
"""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import TYPE_CHECKING

from ..errors import DataError, Problem, nearest
from .catalogue import (
    ALL_LEVELS,
    KINDS,
    REFERENCE_COLUMNS,
    TYPE_COLUMNS,
    Catalogue,
    key_problems,
)
from .exact import is_whole, scaled
from .keys import TypeKey, parse_key
from .parameters import Weighting

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from ..store.contract import TableEngine

HEADERS = {
    "key": ("key", "disease_type", "病种编码", "病种组合编码"),
    "score": ("score", "relative_weight", "病种分值", "分值", "权重"),
    "kind": ("kind", "病种类型"),
    "name": ("name", "病种名称"),
    "mean_cost": ("mean_cost", "病种平均费用", "平均住院费用"),
    "mean_cost_tertiary": ("mean_cost_tertiary", "三级医疗机构平均费用"),
    "mean_cost_secondary": ("mean_cost_secondary", "二级医疗机构平均费用"),
    "mean_cost_primary": ("mean_cost_primary", "一级医疗机构平均费用"),
}
"""What the columns of a published catalogue may be called; means are in yuan."""
KIND_WORDS = {"核心病种": "core", "综合病种": "comprehensive", "基层病种": "primary_level"}
NEEDED = ("key", "score")


def published_catalogue(text: str, where: str, version: str, weighting: Weighting) -> Catalogue:
    """Read a published catalogue.

    Parameters
    ----------
    text : str
        CSV with a header; at least a key and a score, on the scale of `weighting`.
    where : str
        The file, for messages.
    version : str

    Raises
    ------
    DataError
        With every header, key, kind and number that cannot be, by file, row and key.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    rows, header = list(reader), list(reader.fieldnames or [])
    names = {alias: name for name, aliases in HEADERS.items() for alias in aliases}
    problems = [
        Problem(f"{where}, row 1, column {h}", "is not known here", nearest(str(h), names))
        for h in header
        if h not in names
    ]
    found = [{names[h]: (cell or "").strip() for h, cell in row.items() if h in names} for row in rows]
    missing = [name for name in NEEDED if name not in {names.get(h) for h in header}]
    problems += [
        Problem(where, f"has no column {name}", f"known: {', '.join(HEADERS[name])}") for name in missing
    ]
    if problems or not rows:
        empty = [] if rows else [Problem(where, "has no row", "bring the whole catalogue")]
        raise DataError("read catalogue", problems or empty)
    problems = key_problems([row["key"] for row in found], where)
    places = [f"{where}, row {k}, key {row['key']}" for k, row in enumerate(found, 2)]
    numbers = [_numbers(row, at, weighting, problems) for row, at in zip(found, places, strict=True)]
    if problems:
        raise DataError("read catalogue", problems)
    return _assembled(found, numbers, version, weighting)


def _numbers(row: dict, place: str, weighting: Weighting, problems: list[Problem]) -> dict[str, int]:
    """Scores and means of one row as integers; what is wrong is added to `problems`."""
    made: dict[str, int] = {}
    if row.get("kind") and KIND_WORDS.get(row["kind"], row["kind"]) not in KINDS:
        hint = nearest(row["kind"], (*KINDS, *KIND_WORDS))
        problems.append(Problem(place, f"'{row['kind']}' is no kind of disease type", hint))
    for name in ("score", *(n for n in HEADERS if n.startswith("mean_cost"))):
        cell = row.get(name, "")
        decimals = weighting.decimals if name == "score" else 2
        value = _decimal(cell)
        if not cell and name != "score":
            continue
        if value is None or value < 0 or (name == "score" and value == 0):
            problems.append(
                Problem(place, f"'{cell}' is no {name}", "write a number above 0, without commas")
            )
        elif not is_whole(value, decimals):
            todo = (
                f"declare more decimals than {decimals} in the weighting" if name == "score" else "write fen"
            )
            problems.append(Problem(place, f"{name} {cell} has more than {decimals} decimals", todo))
        else:
            made[name] = scaled(value, decimals)
    return made


def _decimal(cell: str) -> Decimal | None:
    try:
        value = Decimal(cell)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def _assembled(
    found: list[dict], numbers: list[dict[str, int]], version: str, weighting: Weighting
) -> Catalogue:
    import pandas as pd

    types, references = [], []
    for row, values in zip(found, numbers, strict=True):
        key = parse_key(row["key"])
        if not isinstance(key, TypeKey):
            continue
        default = "comprehensive" if key.treatment_class else "core"
        kind = KIND_WORDS.get(row.get("kind", ""), row.get("kind") or default)
        types.append((key.text, kind, 0, 0, values.get("mean_cost", 0), None, None, values["score"]))
        means = {level: values.get(f"mean_cost_{level}") for level in ("tertiary", "secondary", "primary")}
        means[ALL_LEVELS] = values.get("mean_cost")
        references += [(key.text, level, mean, 1) for level, mean in means.items() if mean]
    frame = pd.DataFrame(types, columns=list(TYPE_COLUMNS)).astype(TYPE_COLUMNS)
    listed = pd.DataFrame(references, columns=list(REFERENCE_COLUMNS)).astype(REFERENCE_COLUMNS)
    frame = frame.sort_values("disease_type", ignore_index=True)
    listed = listed.sort_values(["disease_type", "level"], ignore_index=True)
    return Catalogue(
        version, "published", weighting.scale, weighting.decimals, frame, listed, Fraction(0), {}
    )


def with_references(engine: TableEngine, cases: ir.Table, catalogue: Catalogue) -> Catalogue:
    """The catalogue with mean costs of the city's own cases, where it says none itself.

    Parameters
    ----------
    cases : ibis table
        Last year's cases, grouped with this catalogue.

    Returns
    -------
    Catalogue
        References by level and over all levels, the overall mean and the means by level. Cost: one pass.
    """
    import pandas as pd

    from ..schema.functions import int64_of_sum

    counted = cases.group_by("disease_type", "level").agg(
        sum=int64_of_sum(cases.total_cost.sum()), count=cases.count()
    )
    everything = engine.to_frame(counted, order_by=["disease_type", "level"])
    typed = everything[everything["disease_type"].notna()]
    pooled = typed.groupby("disease_type", as_index=False)[["sum", "count"]].sum().assign(level=ALL_LEVELS)
    own = pd.concat([typed, pooled])[list(REFERENCE_COLUMNS)].astype(REFERENCE_COLUMNS)
    keys = ["disease_type", "level"]
    both = pd.concat([catalogue.references, own]).drop_duplicates(keys, keep="first")
    levels = everything.groupby("level")[["sum", "count"]].sum()
    total, count = int(everything["sum"].sum()), int(everything["count"].sum())
    return replace(
        catalogue,
        references=both.sort_values(keys, ignore_index=True),
        overall=Fraction(total, count) if count else Fraction(0),
        level_means={str(v): Fraction(int(s), int(n)) for v, s, n in levels.itertuples(name=None)},
    )
