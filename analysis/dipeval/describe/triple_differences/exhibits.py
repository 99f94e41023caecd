"""Exhibits of triple differences: a forest, an event study and the cells by outcome, one table of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from dipeval.describe.estimate_frames import EstimateFrames
from dipeval.describe.event_study import event_study_exhibit
from dipeval.describe.forest_frame import effect_rows
from dipeval.describe.given import Given
from dipeval.describe.labels import Labels
from dipeval.describe.regression import regression_table
from dipeval.describe.triple_differences import words
from dipeval.results import Estimate
from dipeval.results.exhibit import Exhibit
from dipeval.study.descriptions import DescriptionChoice
from dipeval.vocabulary import Outcome

Notes = Sequence[tuple[str, str]]


def outcome_exhibits(
    given: Given,
    choice: DescriptionChoice,
    outcome: Outcome,
    estimates: Mapping[str, Sequence[Estimate]],
    notes: Notes,
    labels: Labels = words.LABELS,
    figure: tuple[str, str] = (words.FIGURE, words.FIGURE_ZH),
) -> list[Exhibit]:
    """Figures of one outcome.

    Parameters
    ----------
    given : Given
    choice : DescriptionChoice
    outcome : Outcome
    estimates : mapping of str to sequence of Estimate
        By name, under each method of inference, the first of which is drawn.
    notes : sequence of (str, str)
    labels : mapping of str to (str, str)
        Of estimates by name.
    figure : (str, str)
        Titles, with a place for the outcome.
    """
    drawn = {name: found[0] for name, found in estimates.items()}
    overall = {name: one for name, one in drawn.items() if (one.terms["kind"] == "overall").any()}
    made = [_forest(given, choice, outcome, overall, notes, labels, figure)]
    timed = [one for name, one in drawn.items() if name.endswith(("_event_study", "_group_time"))]
    if timed:
        made.append(_events(given, choice, outcome, timed, notes, labels))
    if "triple_group_time" in drawn:
        made.append(_cells(given, choice, outcome, drawn["triple_group_time"], notes))
    return made


def table_exhibit(
    given: Given,
    choice: DescriptionChoice,
    estimates: Sequence[Estimate],
    notes: Notes,
    labels: Labels = words.LABELS,
    title: tuple[str, str] = words.TABLE,
) -> Exhibit:
    """All outcomes and estimators side by side, with each error that was asked for."""
    made = regression_table(
        [EstimateFrames.of(one) for one in estimates if (one.terms["kind"] == "overall").any()],
        kinds=("overall",),
        labels=labels,
        name=f"{choice.name}_table",
        title=choice.titles(*title),
        synthetic=given.synthetic,
    )
    return made.with_frame(made.frame, *notes)


def _titles(choice: DescriptionChoice, outcome: Outcome, english: str, chinese: str) -> tuple[str, str]:
    return choice.titles(
        english.format(outcome=outcome.label_en.lower()), chinese.format(outcome=outcome.label_zh)
    )


def _forest(
    given: Given,
    choice: DescriptionChoice,
    outcome: Outcome,
    drawn: Mapping[str, Estimate],
    notes: Notes,
    labels: Labels,
    figure: tuple[str, str],
) -> Exhibit:
    frame = effect_rows(list(drawn.values()), labels)
    alone = [label for name, (label, _) in labels.items() if name.endswith(("alone", "spillover"))]
    frame["section"] = np.where(frame["label_en"].isin(alone), "alone", "difference")
    rules = [(f"Intervals: {rule}.", f"区间：{rule}。") for rule in dict.fromkeys(frame["rule"])]
    english, chinese = zip(*[*notes, *rules], strict=True)
    title = _titles(choice, outcome, *figure)
    return Exhibit(
        f"{choice.name}_{outcome.name}",
        "forest",
        *title,
        frame.drop(columns=["rule", "p_value", "term"]),
        english,
        chinese,
        given.synthetic,
        {"unit": outcome.unit, "currency": given.currency, "reference": 0.0, "effect": True},
    )


def _events(
    given: Given,
    choice: DescriptionChoice,
    outcome: Outcome,
    timed: Sequence[Estimate],
    notes: Notes,
    labels: Labels,
) -> Exhibit:
    made = event_study_exhibit(
        [EstimateFrames.of(one) for one in timed],
        outcome,
        frequency=given.frequency,
        labels=labels,
        currency=given.currency,
        name=f"{choice.name}_{outcome.name}_events",
        synthetic=given.synthetic,
    )
    return made.with_frame(made.frame, *notes)


def _cells(
    given: Given, choice: DescriptionChoice, outcome: Outcome, found: Estimate, notes: Notes
) -> Exhibit:
    terms = found.terms.assign(value=found.params.to_numpy())
    cells = terms[terms["kind"] == "cell"].reset_index(drop=True)
    period = cells["term"].str.extract(r"period=(.*)$")[0]
    frame = pd.DataFrame(
        {
            "row": cells["cohort"],
            "row_en": cells["cohort"],
            "row_zh": cells["cohort"],
            "column": period,
            "column_en": period,
            "column_zh": period,
            "value": cells["value"],
            "count": cells["count"],
            "largest_share": cells["largest_share"],
            "label_en": cells["term"],
            "label_zh": cells["term"],
        }
    )
    english, chinese = zip(*notes, strict=True)
    title = _titles(choice, outcome, words.CELLS, words.CELLS_ZH)
    return Exhibit(
        f"{choice.name}_{outcome.name}_cells",
        "matrix",
        *title,
        frame,
        english,
        chinese,
        given.synthetic,
        {"unit": outcome.unit, "currency": given.currency, "centre": 0.0, "effect": True},
    )
