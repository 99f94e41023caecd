"""Exhibits of concurrent policies: their calendar, a forest an outcome, one table of all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dipeval.describe.estimate_frames import EstimateFrames
from dipeval.describe.forest_frame import effect_rows
from dipeval.describe.given import Given
from dipeval.describe.labels import Labels, label_of
from dipeval.describe.policies import words
from dipeval.describe.regression import regression_table
from dipeval.design.policies import SHARE, policy_exposure
from dipeval.results import Estimate
from dipeval.results.exhibit import Exhibit
from dipeval.study.descriptions import DescriptionChoice
from dipeval.study.policies import REFORM, Policy
from dipeval.vocabulary import Outcome

NAME = "policy_synergy"
LABEL = {NAME: ("Two-way regression", "双向固定效应回归")}


def forest_exhibit(
    given: Given, choice: DescriptionChoice, outcome: Outcome, found: Estimate, policies: Labels
) -> Exhibit:
    """Effects alone, together, and beyond the sum, below each other."""
    labels = words.term_labels(policies, list(found.params.index))
    frame = effect_rows([found], labels)
    heads = [words.heading(term) for term in frame["term"]]
    frame["panel_en"], frame["panel_zh"] = (list(part) for part in zip(*heads, strict=True))
    rules = [(f"Intervals: {rule}.", f"区间：{rule}。") for rule in dict.fromkeys(frame["rule"])]
    lost = [labels[term] for term in found.params.index[found.params.isna()]]
    if lost:
        english, chinese = "; ".join(one[0] for one in lost), "；".join(one[1] for one in lost)
        rules.append((words.UNKNOWN[0].format(english), words.UNKNOWN[1].format(chinese)))
    told = [words.SHARES if choice.options["measure"] == SHARE else words.DUMMIES, *rules]
    titles = choice.titles(
        words.FIGURE[0].format(outcome.label_en.lower()), words.FIGURE[1].format(outcome.label_zh)
    )
    return Exhibit(
        f"{choice.name}_{outcome.name}",
        "forest",
        *titles,
        frame.drop(columns=["rule", "p_value", "term"]),
        tuple(one[0] for one in told),
        tuple(one[1] for one in told),
        given.synthetic,
        {"unit": outcome.unit, "currency": given.currency, "reference": 0.0, "effect": True},
    )


def table_exhibit(
    given: Given,
    choice: DescriptionChoice,
    estimates: Sequence[Estimate],
    policies: Labels,
    notes: Sequence[tuple[str, str]] = (),
) -> Exhibit:
    """All outcomes side by side, a line a term, with each error that was asked for."""
    terms = list(dict.fromkeys(term for one in estimates for term in one.params.index))
    labels = {}
    for term, (english, chinese) in words.term_labels(policies, terms).items():
        head = words.heading(term)
        labels[term] = (f"{head[0]}: {english}", f"{head[1]}：{chinese}")
    made = regression_table(
        [EstimateFrames.of(one) for one in estimates],
        kinds=("overall",),
        labels=LABEL,
        name=f"{choice.name}_table",
        title=choice.titles(*words.TABLE),
        term_labels=labels,
        synthetic=given.synthetic,
    )
    return made.with_frame(made.frame, *notes)


def _in_time(rows: pd.DataFrame, periods: Sequence[str]) -> pd.DataFrame:
    """Columns stand in the order in which they first occur: the reform's lines have all periods."""
    first = rows["row"].map({row: k for k, row in enumerate(dict.fromkeys(rows["row"]))})
    at = rows["column"].map({period: k for k, period in enumerate(periods)})
    return rows.assign(_row=first, _at=at).sort_values(["_row", "_at"]).drop(columns=["_row", "_at"])


def calendar_exhibit(
    given: Given, choice: DescriptionChoice, chosen: Sequence[Policy], policies: Labels
) -> Exhibit:
    """Each city's reform and policies by period, a line each."""
    panel = given.panel
    cities, periods = sorted(panel["city"].unique()), sorted(panel["period"].unique())
    known = policy_exposure(chosen, cities, periods, SHARE)
    reform = panel.assign(on=panel["after"].astype(float)).groupby(["city", "period"])["on"].mean()
    known[REFORM] = reform.reindex(pd.MultiIndex.from_frame(known[["city", "period"]])).to_numpy()
    rows = []
    for city in cities:
        mine = known[known["city"] == city]
        town = label_of(city, given.labels)
        for name in (REFORM, *policies):
            told = words.REFORM_LABEL if name == REFORM else policies[name]
            label = {"row_en": f"{town[0]}: {told[0]}", "row_zh": f"{town[1]}：{told[1]}"}
            rows += [
                {"row": f"{city}/{name}", **label, "column": period, "value": value}
                for period, value in zip(mine["period"], mine[name], strict=True)
                if value > 0 or name == REFORM
            ]
    frame = _in_time(pd.DataFrame(rows), periods)
    frame = frame.assign(
        column_en=frame["column"],
        column_zh=frame["column"],
        label_en=frame["row_en"],
        label_zh=frame["row_zh"],
        count=np.nan,
        largest_share=np.nan,
    )
    return Exhibit(
        f"{choice.name}_calendar",
        "matrix",
        *choice.titles(*words.CALENDAR),
        frame,
        (words.IN_FORCE[0],),
        (words.IN_FORCE[1],),
        given.synthetic,
        {"unit": "share"},
    )
