"""Chronic diseases of a case, by the ICD-10 codes of its diagnoses.

A case may have several: what is told by disease adds up to more than all cases.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import pandas as pd

from dipeval.dip.codes import diagnosis_expression
from dipeval.errors import DataError, Problem

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from dipeval.store.contract import TableEngine

STAGE = "burden"
MASK, DISEASES, DISEASE = "diseases_mask", "diseases", "disease"
MOST_GROUPS = 60
CODE = re.compile(r"^[A-Z][0-9]{2}(\.[0-9])?$")
RANGE = re.compile(r"^([A-Z])([0-9]{2})-([A-Z])([0-9]{2})$")


@dataclass(frozen=True)
class DiseaseGroup:
    """One disease: its name, labels, and the categories and subcategories that it is known by, written out."""

    name: str
    label_en: str
    label_zh: str
    codes: tuple[str, ...]


@cache
def chronic_groups() -> tuple[DiseaseGroup, ...]:
    """The diseases of ``chronic.toml``."""
    told = tomllib.loads(files(__package__).joinpath("chronic.toml").read_text(encoding="utf-8"))
    return tuple(
        DiseaseGroup(g["name"], g["label_en"], g["label_zh"], written(g["codes"])) for g in told["groups"]
    )


def chronic_source() -> tuple[str, str]:
    """Where the diseases and their codes are from, in English and Chinese."""
    told = tomllib.loads(files(__package__).joinpath("chronic.toml").read_text(encoding="utf-8"))
    return told["source"], told["source_zh"]


def own_groups(told: Mapping[str, Sequence[str]]) -> tuple[DiseaseGroup, ...]:
    """Diseases that a study lists itself.

    Raises
    ------
    DataError
        With all words that are no codes or ranges of categories.
    """
    problems = [
        Problem(f"groups.{name}", f"'{code}' is no code", 'write "E11", "K70.3" or "I10-I15"')
        for name, codes in told.items()
        for code in codes
        if not (CODE.match(code) or _is_range(code))
    ]
    problems += [
        Problem(f"groups.{n}", "lists no code", 'write ["I10-I15"]') for n, c in told.items() if not c
    ]
    if len(told) > MOST_GROUPS:
        problems.append(Problem("groups", f"are {len(told)}, and {MOST_GROUPS} are the most", "join some"))
    if problems:
        raise DataError(STAGE, problems)
    known = {group.name: group for group in chronic_groups()}
    return tuple(
        DiseaseGroup(name, known[name].label_en, known[name].label_zh, written(codes))
        if name in known
        else DiseaseGroup(name, name, name, written(codes))
        for name, codes in told.items()
    )


def _is_range(code: str) -> bool:
    found = RANGE.match(code)
    return bool(found) and found.group(1) == found.group(3) and found.group(2) < found.group(4)


def written(codes: Sequence[str]) -> tuple[str, ...]:
    """Codes with ranges of categories written out."""
    made: list[str] = []
    for code in codes:
        found = RANGE.match(code)
        if found:
            letter, first, _, last = found.groups()
            made += [f"{letter}{number:02d}" for number in range(int(first), int(last) + 1)]
        else:
            made.append(code)
    return tuple(made)


def diseases_of(texts: Sequence[str | None], groups: Sequence[DiseaseGroup]) -> set[str]:
    """Diseases of one case from texts of diagnoses joined by ``;``; in plain Python."""
    from dipeval.dip.codes import diagnosis_of

    found = {diagnosis_of(part) for text in texts for part in (text or "").split(";")}
    found |= {code[:3] for code in found}
    return {group.name for group in groups if found & set(group.codes)}


def with_diseases(
    engine: TableEngine, cases: ir.Table, groups: Sequence[DiseaseGroup], columns: Sequence[str]
) -> ir.Table:
    """Give each case its diseases as bits, and how many they are.

    Parameters
    ----------
    engine : TableEngine
    cases : ibis table
    groups : sequence of DiseaseGroup
        At most `MOST_GROUPS`; the k-th is bit k.
    columns : sequence of str
        Columns with diagnoses, several in one cell joined by ``;``.

    Returns
    -------
    ibis table
        Lazy: the cases with `MASK` and `DISEASES` (int64). Cost: for each column one pass over its distinct texts,
        which are taken apart once, and a join by text; one pass for the distinct sets of diseases.
    """
    made = cases
    masks = []
    for k, name in enumerate(columns):
        known = engine.stage(_masks(engine, cases, name, groups))
        renamed = known.rename({f"text_{k}": "text", f"mask_{k}": "mask"})
        made = made.left_join(renamed, made[name] == renamed[f"text_{k}"]).drop(f"text_{k}")
        masks.append(f"mask_{k}")
    whole = made[masks[0]].fill_null(0)
    for name in masks[1:]:
        whole = whole | made[name].fill_null(0)
    marked = engine.named(made.mutate(**{MASK: whole.cast("int64")}).drop(*masks))
    sets = _sets(engine, marked)
    counted = pd.DataFrame({"of_mask": sets, DISEASES: [mask.bit_count() for mask in sets]}).astype("int64")
    small = engine.small_table(counted)
    return engine.named(marked.join(small, marked[MASK] == small.of_mask).drop("of_mask"))


def _sets(engine: TableEngine, marked: ir.Table) -> list[int]:
    """The distinct sets of diseases."""
    return [int(mask) for mask in engine.to_frame(marked.select(MASK).distinct(), [MASK])[MASK]]


def _masks(engine: TableEngine, cases: ir.Table, column: str, groups: Sequence[DiseaseGroup]) -> ir.Table:
    """``text`` and ``mask`` of each distinct text that has a disease."""
    from dipeval.schema.functions import int64_of_sum

    texts = cases.filter(cases[column].notnull()).select(text=cases[column].cast("string")).distinct()
    parts = engine.stage(texts.mutate(written=texts.text.split(";")).unnest("written", keep_empty=False))
    codes = parts.select("written").distinct()
    codes = codes.mutate(diagnosis=diagnosis_expression(codes.written))
    codes = codes.mutate(category=codes.diagnosis.substr(0, 3))
    rows = [(code, 1 << k) for k, group in enumerate(groups) for code in group.codes]
    listed = pd.DataFrame(rows, columns=["code", "bit"]).astype({"code": "str", "bit": "int64"})
    small = engine.small_table(listed)
    hits = codes.join(small, codes.diagnosis == small.code).select("written", "bit")
    wider = codes.filter(codes.diagnosis != codes.category)
    hits = hits.union(wider.join(small, wider.category == small.code).select("written", "bit"))
    had = parts.join(engine.stage(hits), "written").select("text", "bit").distinct()
    return had.group_by("text").agg(mask=int64_of_sum(had.bit.sum()))


def by_disease(engine: TableEngine, cases: ir.Table, groups: Sequence[DiseaseGroup]) -> ir.Table:
    """A row for each case and disease, the disease in `DISEASE`: a case with two stands there twice.

    Cost: one pass for the distinct sets of diseases, one join with these.
    """
    rows = [
        (mask, group.name) for mask in _sets(engine, cases) for k, group in enumerate(groups) if mask >> k & 1
    ]
    frame = pd.DataFrame(rows, columns=["of_mask", DISEASE]).astype({"of_mask": "int64", DISEASE: "str"})
    small = engine.small_table(frame)
    return engine.named(cases.join(small, cases[MASK] == small.of_mask).drop("of_mask"))
