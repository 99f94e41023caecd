"""Stage: the panel, the cases and the estimates → cities side by side, as exhibits that nobody has judged yet."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ..describe.cities.expected import Expected, expected_sums
from ..describe.cities.side_by_side import side_by_side
from ..describe.cities.spans import Span, spans_of
from ..describe.given import Given, cases_of
from ..describe.labels import label_of
from ..errors import DataError, Problem, nearest
from ..results.exhibit import Exhibit
from ..store.atomic import write_text
from ..store.frames import json_text
from ..study.compare import CITY
from ..vocabulary import columns
from .compared_effects import effects_of
from .compared_indicators import Asked, asked_indicators
from .describing import given_of, write_exhibits
from .engines import stage_engine
from .paneling import clean_stays

if TYPE_CHECKING:
    from ..store.contract import TableEngine
    from ..study import Study
    from .plan import Declared
    from .stages import Workspace

FACTS = "compare.json"


def run(workspace: Workspace, out: Path, declared: Declared) -> None:
    """Write the exhibits and ``compare.json``: spans, indicators, places and what was left out, and why.

    A study that does not ask for a comparison is not stopped by one that cannot be made: then ``compare.json`` says
    why, and there are no exhibits. Cost: two passes over the clean discharges where they have types or
    diagnoses; else small frames.
    """
    try:
        made, facts = _compared(workspace, out, declared)
    except DataError as error:
        if declared.study.compare.said:
            raise
        made, facts = [], {"why": [f"{p.what}: {p.todo}" for p in error.problems]}
    write_exhibits(out, made)
    write_text(out / FACTS, json_text(facts))


def _compared(workspace: Workspace, out: Path, declared: Declared) -> tuple[list[Exhibit], dict[str, object]]:
    of_discharges = declared.layer == "discharges" and declared.study.standard is None
    with stage_engine(workspace, out) if of_discharges else nullcontext() as engine:
        given = given_of(workspace, declared, engine)
        expected = _expected(workspace, declared.study, engine) if engine is not None else None
    place = places_of(declared, given.panel)
    asked = asked_indicators(declared.study, given, expected)
    labels = labels_of(declared, given, place)
    spans = spans_of(list(given.panel["period"]), given.frequency)
    facts = {"currency": given.currency, "synthetic": given.synthetic}
    least = declared.study.disclosure.minimum_cell
    kinds = kinds_of(declared, given.panel)
    made = list(
        side_by_side(given.panel, place, asked.found, spans, labels, kinds=kinds, least=least, **facts)
    )
    effects, why = effects_of(workspace, declared, given.panel, labels)
    made += [effects] if effects is not None else []
    left_out = [*asked.left_out, *([("effects", *why)] if why else [])]
    return made, _told(declared, given, place, asked, spans.spans, labels, left_out)


def _expected(workspace: Workspace, study: Study, engine: TableEngine) -> Expected | None:
    """What the cases of all cities let expect; None where they tell no type."""
    tables = {name: engine.scan_parquet(clean_stays(workspace, study, name)) for name in study.cities}
    return expected_sums(engine, cases_of(tables, study.frequency, study.start, study.end))


def places_of(declared: Declared, panel: pd.DataFrame) -> pd.Series:
    """Where each row's hospital belongs: as in its first period there, so that no hospital is in two places.

    Raises
    ------
    DataError
        When the panel has no such column, or fewer than two places.
    """
    by = declared.study.compare.by
    where = f"analysis/studies/{declared.study.name}.toml, key compare.by"
    first = _at_first(panel, by, where)
    if first.dropna().nunique() < 2:
        todo = 'compare by another column, like by = "municipality"'
        raise DataError(
            "compare", [Problem(where, f"there is one {by} only, and nothing to compare with", todo)]
        )
    return first


def kinds_of(declared: Declared, panel: pd.DataFrame) -> pd.Series | None:
    """The kind of each row's hospital in its first period; what is not known is a kind of its own.

    Raises
    ------
    DataError
        When the panel has no such column.
    """
    within = declared.study.compare.within
    if not within:
        return None
    where = f"analysis/studies/{declared.study.name}.toml, key compare.within"
    return _at_first(panel, within, where).astype("object").fillna("")


def _at_first(panel: pd.DataFrame, name: str, where: str) -> pd.Series:
    if name not in panel.columns:
        texts = [c for c in panel.columns if c in columns() and columns()[c].kind in ("text", "code")]
        raise DataError(
            "compare", [Problem(where, f"the panel has no column '{name}'", nearest(name, texts))]
        )
    ordered = panel.sort_values("period", kind="stable")
    return ordered.groupby(["city", "hospital"])[name].transform("first").reindex(panel.index)


def labels_of(declared: Declared, given: Given, place: pd.Series) -> dict[str, tuple[str, str]]:
    """Labels of the places, in the order of their names; cities in the order of the study.

    Raises
    ------
    DataError
        When the study's reference is none of them.
    """
    words = sorted(set(place.dropna().astype("str")))
    if declared.study.compare.by == CITY:
        words = [name for name in declared.study.cities if name in words]
    labels = {word: label_of(word, given.labels) for word in words}
    reference = declared.study.compare.reference
    if reference and reference not in labels:
        where = f"analysis/studies/{declared.study.name}.toml, key compare.reference"
        problem = Problem(where, f"'{reference}' is none of the places", nearest(reference, words))
        raise DataError("compare", [problem])
    return labels


def _told(
    declared: Declared,
    given: Given,
    place: pd.Series,
    asked: Asked,
    spans: tuple[Span, ...],
    labels: dict[str, tuple[str, str]],
    left_out: list[tuple[str, str, str]],
) -> dict[str, object]:
    """What a page must know beside the exhibits, in plain values."""
    column = columns()[declared.study.compare.by]
    starts = _starts(declared, given.panel)
    return {
        "by": [column.name, column.label_en, column.label_zh],
        "reference": declared.study.compare.reference,
        "within": _within(declared),
        "currency": given.currency,
        "places": [[n, *words, starts.get(n, ""), *_format(declared, n)] for n, words in labels.items()],
        "spans": [[s.name, s.level, s.label_en, s.label_zh] for s in spans],
        "indicators": [
            [i.name, i.label_en, i.label_zh, i.unit, i.scale, i.note_en, i.note_zh] for i in asked.found
        ],
        "left_out": [list(one) for one in left_out],
        "without_place": int(place.isna().sum()),
    }


def _within(declared: Declared) -> list[str]:
    """What the kinds of hospitals are called, in both languages; nothing where there are none."""
    column = columns().get(declared.study.compare.within)
    return [] if column is None else [column.label_en, column.label_zh]


def _starts(declared: Declared, panel: pd.DataFrame) -> dict[str, str]:
    """First treated period of each place, where treatment goes by what is compared; ``never`` for the others."""
    study = declared.study
    if study.treatment is None or study.treatment.by != study.compare.by:
        return {}
    pairs = panel[["arm", "cohort"]].drop_duplicates().astype("str")
    return dict(zip(pairs["arm"], pairs["cohort"], strict=True))


def _format(declared: Declared, place: str) -> tuple[str, str]:
    """The format that a city sends; other places have none of their own."""
    if declared.study.compare.by != CITY:
        return "", ""
    source = declared.source(place)
    return source.title_en, source.title_zh
