"""Effects that add up: an outcome that is the sum of others, and the same estimator on each of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dipeval.describe.estimate_frames import EstimateFrames
from dipeval.describe.event_study import ESTIMATORS
from dipeval.describe.labels import label_of
from dipeval.results.exhibit import Exhibit
from dipeval.vocabulary import Account, outcomes

REST = ("rest", "Total less parts", "合计减各部分之和")
ADDED = 1e-9
"""Effects add up to rounding; more is a sample that differs between outcomes."""
NOTES = (
    (
        "The total is the sum of its parts in every hospital-period, so effects by one linear estimator add up exactly.",
        "各医院各期的合计等于各部分之和，因此同一线性估计量的效应精确相加。",
    ),
    (
        "Estimate with its interval. Shifts of types inside a broad group are what coding can do; that they are coding"
        " and not patients is an interpretation.",
        "估计值及其区间。大类内病种构成的变化是编码可以造成的；归因于编码而非病人属于解释。",
    ),
)
DIFFERENT = (
    "{label}: the outcomes are not known of the same hospital-periods, so their effects need not add up.",
    "{label}：各结局的有效观测不同，效应未必相加。",
)


def effect_accounts(
    estimates: Sequence[EstimateFrames],
    account: Account,
    *,
    currency: str = "",
    synthetic: bool = False,
    groups: tuple[str, str, str] = ("", "", ""),
) -> Exhibit | None:
    """Lay the overall effects on a total and its parts below each other, one column an estimator.

    Parameters
    ----------
    estimates : sequence of EstimateFrames
        Under one clustering, of all outcomes of the account.
    account : Account
    currency : str
    groups : (str, str, str)
        Where the columns are no estimators but groups of hospitals: a suffix of the name, and of both titles.

    Returns
    -------
    Exhibit or None
        Kind ``grid``, with the line `REST`, which is zero but for rounding where all outcomes are known of
        the same rows; None where no estimator has an overall effect on each of them. Cost O(estimates).
    """
    found: dict[str, dict[str, pd.Series]] = {}
    for one in estimates:
        rows = one.rows()
        rows = rows[rows["kind"] == "overall"]
        outcome = str(one.fact("outcome"))
        if len(rows) and outcome in (account.total, *account.parts):
            found.setdefault(str(one.fact("estimator")), {})[outcome] = rows.iloc[0]
    whole = {name: by for name, by in found.items() if len(by) == 1 + len(account.parts)}
    if not whole:
        return None
    notes = list(NOTES)
    cells = []
    for name, by in whole.items():
        mine = _cells(name, by, account)
        cells += mine
        if mine[-1]["value"]:
            english, chinese = label_of(name, ESTIMATORS)
            notes.append((DIFFERENT[0].format(label=english), DIFFERENT[1].format(label=chinese)))
    return Exhibit(
        name="_".join(word for word in (f"effects_of_{account.name}", groups[0]) if word),
        kind="grid",
        title_en=f"Effects that add up. {account.label_en}.{groups[1]}"
        if groups[1]
        else f"Effects that add up. {account.label_en}",
        title_zh=f"可加的效应：{account.label_zh}{groups[2]}",
        frame=pd.DataFrame(cells),
        notes_en=tuple(n[0] for n in notes),
        notes_zh=tuple(n[1] for n in notes),
        synthetic=synthetic,
        options={"currency": currency, "stub_en": "Outcome", "stub_zh": "结局"},
    )


def _cells(estimator: str, by: dict[str, pd.Series], account: Account) -> list[dict[str, object]]:
    """One column: the total, its parts, and what is left."""
    english, chinese = label_of(estimator, ESTIMATORS)
    column = {"column": estimator, "column_en": english, "column_zh": chinese}
    made = []
    for name in (account.total, *account.parts):
        row, outcome = by[name], outcomes()[name]
        made.append(
            {
                **_row(name, outcome.label_en, outcome.label_zh),
                **column,
                "form": "interval",
                "value": float(row["estimate"]),
                "low": float(row["conf_low"]),
                "high": float(row["conf_high"]),
                "unit": outcome.unit,
                "count": float(row["count"]),
                "largest_share": float(row["largest_share"]),
            }
        )
    rest = made[0]["value"] - sum(cell["value"] for cell in made[1:])
    rest = 0.0 if abs(rest) <= ADDED * max(1.0, abs(made[0]["value"])) else rest
    behind = {key: made[0][key] for key in ("unit", "count", "largest_share")}
    made.append(
        {**_row(*REST), **column, "form": "number", "value": rest, "low": np.nan, "high": np.nan, **behind}
    )
    return made


def _row(key: str, english: str, chinese: str) -> dict[str, object]:
    return {"row": key, "row_en": english, "row_zh": chinese, "label_en": english, "label_zh": chinese}
