"""The cells of Table 1: the rows of a panel by arm, before and after."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dipeval.describe.contributors import behind, contributors
from dipeval.describe.labels import Labels, label_of, order_of

WHEN = ("before", "after")
EMPTY: dict[str, object] = {
    "section": "",
    "variable": "",
    "level": "",
    "label_en": "",
    "label_zh": "",
    "unit": "",
    "statistic": "",
    "arm": "",
    "arm_label_en": "",
    "arm_label_zh": "",
    "when": "",
    "value": np.nan,
    "spread": np.nan,
    "count": np.nan,
    "largest_share": np.nan,
}


FACT: dict[str, float] = {"count": np.nan, "largest_share": np.nan}
"""Behind a number of hospitals stand no cases: which hospitals there are is public, and a fact about the design."""


class ArmCells:
    """The rows of a panel by arm and before/after."""

    def __init__(self, frame: pd.DataFrame, arms: pd.Series, after: pd.Series, labels: Labels | None):
        if len(arms) != len(frame) or len(after) != len(frame):
            raise ValueError(f"{len(frame)} rows, {len(arms)} arms, {len(after)} values of after")
        self.frame = frame.reset_index(drop=True)
        self.arm = pd.Series(arms.to_numpy(), dtype="object").astype("str").where(arms.notna().to_numpy())
        self.when = pd.Series(np.where(after.to_numpy(dtype=bool), "after", "before"))
        self.labels = labels
        self.arms = order_of(self.arm, labels)
        if not self.arms:
            raise ValueError("no row belongs to an arm")
        self.keys = [(arm, when) for arm in self.arms for when in WHEN]
        self.contributors = contributors(self.frame, [self.arm, self.when])

    def rows(self, arm: str, when: str) -> np.ndarray:
        """Positions of the rows of one cell."""
        return np.flatnonzero(((self.arm == arm) & (self.when == when)).to_numpy())

    def cell(self, arm: str, when: str, **what: object) -> dict[str, object]:
        """A printed cell with what stands behind it."""
        arm_en, arm_zh = label_of(arm, self.labels)
        place = {"arm": arm, "arm_label_en": arm_en, "arm_label_zh": arm_zh, "when": when}
        return {**EMPTY, **place, **behind(self.contributors, (arm, when)), **what}

    def difference(self, when: str, value: float, **what: object) -> dict[str, object]:
        """A standardised difference; the smallest arm decides whether it may be shown."""
        facts = [behind(self.contributors, (arm, when)) for arm in self.arms]
        least = min(fact["count"] for fact in facts)
        share = max((fact["largest_share"] for fact in facts), default=np.nan)
        place = {"arm": "", "when": when, "statistic": "standardised_difference"}
        return {**EMPTY, **place, "value": value, "count": least, "largest_share": share, **what}
