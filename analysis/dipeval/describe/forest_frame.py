"""Overall effects below each other, as rows of a ``forest``."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from dipeval.describe.labels import Labels, label_of
from dipeval.results import Estimate


def effect_rows(
    estimates: Sequence[Estimate], labels: Labels, kinds: Sequence[str] = ("overall",)
) -> pd.DataFrame:
    """Rows of a forest: the terms of some kinds of each estimate, named by the estimator.

    Parameters
    ----------
    estimates : sequence of Estimate
        With an inference each.
    labels : mapping of str to (str, str)
        By estimator, or by term where an estimate has several.
    kinds : sequence of str

    Returns
    -------
    pandas.DataFrame
        As the figure ``forest`` reads it, with ``term`` and ``rule``; effects that are not identified are
        left out.
    """
    rows = []
    for one in estimates:
        tidy, terms = one.tidy(), one.terms.reset_index(drop=True)
        for k in terms.index[terms["kind"].isin(kinds)]:
            term = str(terms["term"][k])
            english, chinese = label_of(term if term in labels else one.estimator, labels)
            rows.append(
                {
                    "term": term,
                    "label_en": english,
                    "label_zh": chinese,
                    "value": tidy["estimate"][k],
                    "low": tidy["conf_low"][k],
                    "high": tidy["conf_high"][k],
                    "p_value": tidy["p_value"][k],
                    "rule": tidy["inference"][k],
                    "count": terms["count"][k],
                    "largest_share": terms["largest_share"][k],
                }
            )
    made = pd.DataFrame(rows)
    return made[made["value"].notna()].reset_index(drop=True)
