"""Words of a comparison of two treatments, and who stands behind its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dipeval.describe.case_variable import CaseVariable
from dipeval.describe.cases.cells import cell_name
from dipeval.describe.cases.grid import TOTAL, Held, Word
from dipeval.describe.dimensions import Dimension
from dipeval.describe.two_groups.propensity import TreatmentCells
from dipeval.describe.two_groups.treatment_comparison import MATCHING
from dipeval.describe.two_groups.weighting import CRUDE

WORDS = {
    CRUDE: ("Unadjusted", "未调整"),
    MATCHING: ("Matching", "倾向得分匹配"),
    "overlap": ("Overlap weights", "重叠加权"),
    "ate": ("IPW (ATE)", "逆概率加权（ATE）"),
    "att": ("IPW (ATT)", "逆概率加权（ATT）"),
}
FLAG = "flag"
SCORE_WORDS = ("Logit of the score", "倾向得分的logit")


def in_group(given: TreatmentCells, treated: bool | None) -> np.ndarray:
    """Which cells are of a group, (cells,) bool; None stands for both."""
    return np.ones(len(given.treated), bool) if treated is None else given.treated == treated


@dataclass(frozen=True)
class TreatmentWords:
    """What is compared, in words.

    Attributes
    ----------
    name : str
        Of the description.
    where : str
        The selection, from `cells.where_word`; of a treatment with further levels the two are part of it.
    treatment : Dimension
        Of two levels.
    covariates : mapping of str to Dimension
    measures : tuple of CaseVariable
    currency : str
    """

    name: str
    where: str
    treatment: Dimension
    covariates: Mapping[str, Dimension]
    measures: tuple[CaseVariable, ...]
    currency: str

    def group(self, treated: bool | None) -> Word:
        """One of the two groups, or both together (None)."""
        if treated is None:
            return TOTAL
        level = self.treatment.levels[int(treated)]
        return Word(level, *self.treatment.labels[level])

    def cell(self, treated: bool | None, name: str = "", level: str = "") -> str:
        """The cell of a group (both: None), or of a level of a covariate in it."""
        place = {} if treated is None else {self.treatment.name: self.treatment.levels[int(treated)]}
        return cell_name(self.where, place | ({name: level} if name else {}))

    def behind(self, given: TreatmentCells, treated: bool | None, outcome: str = "") -> Held:
        """Cases of a group (both: None); those of them whose outcome is known, or who have it where it is a flag."""
        if not outcome:
            return Held(*given.cells.held(in_group(given, treated)))
        sums = given.cells.outcomes[outcome]
        counts = np.round(sums.total).astype(np.int64) if self.is_flag(outcome) else sums.known
        return Held(*given.cells.held(in_group(given, treated), counts))

    def is_flag(self, outcome: str) -> bool:
        """Whether an outcome is yes or no, so that its mean is a share."""
        return next(m for m in self.measures if m.name == outcome).unit == FLAG

    def both(self, given: TreatmentCells, outcome: str = "") -> Held:
        """A number about both groups: the smaller decides whether it may be shown."""
        held = [self.behind(given, side, outcome) for side in (False, True)]
        shares = [h.largest_share for h in held if not np.isnan(h.largest_share)]
        return Held(min(h.count for h in held), max(shares, default=np.nan))

    def section(self, measure: CaseVariable) -> tuple[str, str]:
        """The outcome's label, an amount with its currency."""
        english, chinese = measure.labels
        if measure.unit != "money" or not self.currency:
            return english, chinese
        return f"{english} ({self.currency})", f"{chinese}（{self.currency}）"
