"""A family of hypotheses as an exhibit: p-values of one effect a row, adjusted together."""

from __future__ import annotations

import pandas as pd

from dipeval.describe.event_study import ESTIMATORS
from dipeval.describe.labels import Labels, label_of
from dipeval.results.exhibit import Exhibit, bilingual
from dipeval.vocabulary import outcomes

JUDGED = (
    "Romano–Wolf and Holm keep the chance of any false rejection, q-values the share of false rejections "
    "(sharpened; Benjamini, Krieger and Yekutieli).",
    "Romano–Wolf与Holm控制族错误率，q值（BKY锐化）控制错误发现率。",
)
VALUES = ("p_value", "romano_wolf", "holm", "q_value", "count", "largest_share")


def family_exhibit(
    frame: pd.DataFrame,
    *,
    name: str,
    titles: tuple[str, str],
    labels: Labels = ESTIMATORS,
    synthetic: bool = False,
) -> Exhibit:
    """Show the adjusted p-values of one family.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a hypothesis: ``outcome``, ``estimator``, ``term``, ``kind``, ``estimate``, `VALUES`, ``rule`` (the
        joint draws in words) and ``note``.
    name : str
        File stem.
    titles : (str, str)
        In English and Chinese.
    labels : mapping of str to (str, str)
        English and Chinese name by estimator.
    synthetic : bool

    Returns
    -------
    Exhibit
        Kind ``family``: ``label_en`` names outcome and term, ``estimator_label_en`` the estimator.
    """
    words = [_label(row) for row in frame.to_dict("records")]
    who = [label_of(str(estimator), labels) for estimator in frame["estimator"]]
    told = frame[["outcome", "estimator", "term", *VALUES, "rule", "note"]].assign(
        value=frame["estimate"],
        label_en=[word[0] for word in words],
        label_zh=[word[1] for word in words],
        estimator_label_en=[word[0] for word in who],
        estimator_label_zh=[word[1] for word in who],
    )
    rules = frame.drop_duplicates(["estimator", "rule"])
    said = [
        (
            f"{label_of(e, labels)[0]}, Romano–Wolf: {rule}.",
            f"{label_of(e, labels)[1]}，Romano–Wolf：{rule}。",
        )
        for e, rule in zip(rules["estimator"], rules["rule"], strict=True)
    ]
    said = [JUDGED, *said]
    return bilingual(
        name=name,
        kind="family",
        titles=titles,
        frame=told.reset_index(drop=True),
        notes=said,
        synthetic=synthetic,
    )


def _label(row: dict[str, object]) -> tuple[str, str]:
    known = outcomes().get(str(row["outcome"]))
    label = (known.label_en, known.label_zh) if known else (str(row["outcome"]),) * 2
    if row["kind"] == "overall":
        return label
    return f"{label[0]}, {row['term']}", f"{label[1]}，{row['term']}"
