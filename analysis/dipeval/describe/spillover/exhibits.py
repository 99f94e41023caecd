"""The exhibits of spillovers: a table of all outcomes, a forest and the paths of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dipeval.describe.cases.grid import COUNT, FACT, INTERVAL, P_VALUE, Held, Word, entry
from dipeval.describe.estimate_frames import EstimateFrames
from dipeval.describe.event_study import event_study_exhibit
from dipeval.describe.forest_frame import effect_rows
from dipeval.describe.spillover.words import COMPARED, EFFECT, EVENTS, JOINT, REACHED, TITLE, P
from dipeval.errors import DataError, Problem, nearest
from dipeval.estimate.spillover.effects import CLEAN, SPILLOVER, Spillover
from dipeval.infer import infer
from dipeval.results.exhibit import Exhibit
from dipeval.vocabulary import columns
from dipeval.vocabulary import outcomes as known_outcomes

if TYPE_CHECKING:
    from dipeval.describe.given import Given
    from dipeval.study.descriptions import DescriptionChoice

Words = tuple[str, str]
TIMED = ("event_time", "lead")


def spillover_exhibits(
    given: Given,
    choice: DescriptionChoice,
    estimated: Callable[[str], Spillover],
    labels: Mapping[str, Words],
    notes: list[Words],
    clusters: list[str],
) -> list[Exhibit]:
    """Estimate each outcome and show it.

    Parameters
    ----------
    given : Given
    choice : DescriptionChoice
        With ``outcomes``, ``cluster`` and ``level``.
    estimated : callable
        From an outcome's name to its effects.
    labels : mapping of str to (str, str)
        By term.
    notes : list of (str, str)
    clusters : list of str
        Clustering variables of the design; the first is the default.

    Raises
    ------
    DataError
        A clustering variable that the design lacks.
    """
    cluster, level = _cluster(choice, clusters), float(choice.options["level"])
    column = columns().get(cluster)
    told = {
        "en": column.label_en.lower() if column else cluster,
        "zh": column.label_zh if column else cluster,
    }
    notes = [*notes, (JOINT[0].format(**told), JOINT[1].format(**told))]
    rows, made = [], []
    for name in choice.options["outcomes"]:
        found = estimated(str(name))
        joint = infer(found.joint, "cluster", cluster=cluster, level=level)
        frame = effect_rows([joint], labels)
        rows += _table_rows(str(name), frame, found, labels)
        made.append(_forest(given, choice, str(name), frame, notes))
        made += _events(given, choice, str(name), found, labels, notes, cluster)
    table = _exhibit(given, choice, "", "grid", pd.DataFrame(rows), choice.titles(*TITLE), notes, {})
    return [table, *made]


def _cluster(choice: DescriptionChoice, known: list[str]) -> str:
    name = str(choice.options["cluster"]) or known[0]
    if name not in known:
        what = f"{name} is no clustering variable of the design"
        raise DataError("spillover", [Problem("cluster", what, nearest(name, known))])
    return name


def _table_rows(
    outcome: str, frame: pd.DataFrame, found: Spillover, labels: Mapping[str, Words]
) -> list[dict[str, object]]:
    known, rows = known_outcomes()[outcome], []
    section = known.label_en, known.label_zh
    for line in frame.to_dict("records"):
        word = Word(f"{outcome}/{line['term']}", *labels[str(line["term"])])
        behind = Held(float(line["count"]), float(line["largest_share"]))
        told = {"low": line["low"], "high": line["high"], "unit": known.unit, "section": section}
        rows.append(entry(word, EFFECT, INTERVAL, line["value"], behind, **told))
        rows.append(entry(word, P, P_VALUE, line["p_value"], behind, section=section))
        sizes = found.n_hospitals.get(str(line["term"]), (np.nan, np.nan))
        for column, size in zip((REACHED, COMPARED), sizes, strict=True):
            rows.append(entry(word, column, COUNT, size, FACT, section=section))
    return rows


def _forest(
    given: Given, choice: DescriptionChoice, outcome: str, frame: pd.DataFrame, notes: list[Words]
) -> Exhibit:
    known = known_outcomes()[outcome]
    options = {"unit": known.unit, "currency": given.currency, "reference": 0.0, "effect": True}
    options |= {"level": float(choice.options["level"]), "axis_en": "Effect", "axis_zh": "效应"}
    titles = _titles(choice, outcome)
    plain = frame.drop(columns=["rule", "p_value", "term"])
    return _exhibit(given, choice, outcome, "forest", plain, titles, notes, options)


def _events(
    given: Given,
    choice: DescriptionChoice,
    outcome: str,
    found: Spillover,
    labels: Mapping[str, Words],
    notes: list[Words],
    cluster: str,
) -> list[Exhibit]:
    """Paths of the clean effect and of the spillover, where the estimator gives event times."""
    level = float(choice.options["level"])
    timed = [
        infer(replace(found.parts[name], estimator=name), "cluster", cluster=cluster, level=level)
        for name in (CLEAN, SPILLOVER)
        if found.parts[name].terms["kind"].isin(TIMED).any()
    ]
    if not timed:
        return []
    made = event_study_exhibit(
        [EstimateFrames.of(one) for one in timed],
        known_outcomes()[outcome],
        frequency=given.frequency,
        labels=labels,
        currency=given.currency,
        name=f"{choice.name}_{outcome}_events",
        synthetic=given.synthetic,
    )
    english, chinese = zip(*notes, strict=True)
    title = _titles(choice, outcome)
    return [
        replace(
            made,
            title_en=f"{title[0]}, {EVENTS[0]}",
            title_zh=f"{title[1]}，{EVENTS[1]}",
            notes_en=(*english, *made.notes_en),
            notes_zh=(*chinese, *made.notes_zh),
        )
    ]


def _titles(choice: DescriptionChoice, outcome: str) -> Words:
    known, titles = known_outcomes()[outcome], choice.titles(*TITLE)
    small = known.label_en[:1].lower() + known.label_en[1:]
    return f"{titles[0]}: {small}", f"{titles[1]}：{known.label_zh}"


def _exhibit(
    given: Given,
    choice: DescriptionChoice,
    part: str,
    kind: str,
    frame: pd.DataFrame,
    titles: Words,
    notes: list[Words],
    options: dict[str, object],
) -> Exhibit:
    name = f"{choice.name}_{part}" if part else choice.name
    english, chinese = zip(*notes, strict=True)
    return Exhibit(name, kind, *titles, frame, english, chinese, given.synthetic, options)
