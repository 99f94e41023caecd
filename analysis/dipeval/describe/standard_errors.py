"""Errors of standardised outcomes side by side: clustered, and by a jackknife that makes the standard again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dipeval.describe.cases.grid import NUMBER, Held, Word, entry
from dipeval.describe.estimate_frames import EstimateFrames
from dipeval.describe.event_study import ESTIMATORS
from dipeval.describe.labels import label_of
from dipeval.results.exhibit import Exhibit, bilingual
from dipeval.vocabulary import outcomes

COLUMNS = {
    "estimate": Word("estimate", "Effect", "效应"),
    "clustered": Word("clustered", "Error as in the study", "研究所用标准误"),
    "held": Word("held", "Jackknife over cities, standard held", "按城市刀切（标准固定）"),
    "remade": Word("remade", "Jackknife over cities, standard made again", "按城市刀切（标准重算）"),
}
NOTES = (
    (
        "Expected cost and days are means of a reference span, and vary too. The last column leaves a city out of these "
        "means as well as out of the estimate; what it adds to the column before it is the variance of the standard.",
        "期望费用与期望住院日为参照期均值，本身亦有抽样误差。末列在估计与均值中同时剔除一个城市；与前一列之差即标准本身的方差。",
    ),
    (
        "A dash: without one of the cities nothing is left to estimate.",
        "“–”：剔除某一城市后无法估计。",
    ),
)


def standard_error_table(
    errors: pd.DataFrame, estimates: Sequence[EstimateFrames], *, synthetic: bool = False
) -> Exhibit:
    """One row an outcome and estimator.

    Parameters
    ----------
    errors : pandas.DataFrame
        ``outcome``, ``estimator`` and the columns of `COLUMNS`.
    estimates : sequence of EstimateFrames
        Those that the errors are of: they know who stands behind them.

    Returns
    -------
    Exhibit
        Kind ``grid``.
    """
    behind = {(str(e.fact("outcome")), str(e.fact("estimator"))): _held(e) for e in estimates}
    cells = []
    for row in errors.to_dict("records"):
        key = str(row["outcome"]), str(row["estimator"])
        outcome, estimator = outcomes()[key[0]], label_of(key[1], ESTIMATORS)
        words = f"{outcome.label_en}: {estimator[0]}", f"{outcome.label_zh}：{estimator[1]}"
        stub = Word(":".join(key), *words)
        for name, column in COLUMNS.items():
            value = row[name] if row[name] is not None else np.nan
            cells.append(entry(stub, column, NUMBER, float(value), behind[key], unit=outcome.unit))
    return bilingual(
        name="standard_errors_of_standardised",
        kind="grid",
        titles=(
            "Errors of standardised outcomes, with the variance of the standard",
            "标化结局的标准误（含标准本身的方差）",
        ),
        frame=pd.DataFrame(cells),
        notes=NOTES,
        synthetic=synthetic,
        options={"stub_en": "Outcome", "stub_zh": "结局"},
    )


def _held(found: EstimateFrames) -> Held:
    rows = found.rows()
    row = rows[rows["kind"] == "overall"].iloc[0] if (rows["kind"] == "overall").any() else None
    if row is None:
        return Held(np.nan, np.nan)
    return Held(float(row["count"]), float(row["largest_share"]))
