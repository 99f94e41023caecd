"""A scheme's budget: from the pooled fund, line by line, to what is divided by points.

The lines are those a city declares. Guigang's identity takes outpatient chronic care, per-diem care,
pharmacies, separately accounted drugs, out-of-region care, hospitals outside the scheme, manual settlement,
serious-illness cover and an adjustment reserve out of the pooled fund.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from .exact import half_up
from .parameters import Budget

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("scheme", "line", "label_en", "label_zh", "amount", "source")


@dataclass(frozen=True)
class BuiltBudget:
    """A budget with its reconciliation; amounts in minor units.

    Attributes
    ----------
    scheme : str
    lines : tuple of (str, str, str, int, str)
        Name, English and Chinese label, signed amount and source; their sum is `for_points`.
    reserve : int
        Kept for overruns and adjustments; the last line takes it out.
    for_points : int
        What is divided by points.
    """

    scheme: str
    lines: tuple[tuple[str, str, str, int, str], ...]
    reserve: int
    for_points: int

    def __post_init__(self) -> None:
        if sum(line[3] for line in self.lines) != self.for_points or self.for_points < 0:
            raise ValueError(f"the budget of {self.scheme} does not reconcile")

    def tidy(self) -> pd.DataFrame:
        """One row a line with the columns of `COLUMNS`, the result last."""
        import pandas as pd

        result = ("for_points", "Budget divided by points", "按分值分配的预算", self.for_points, "")
        return pd.DataFrame([(self.scheme, *line) for line in (*self.lines, result)], columns=list(COLUMNS))

    def text(self) -> str:
        """The reconciliation to print, in yuan."""
        rows = [(label, amount) for _, label, _, amount, _ in self.lines]
        rows.append(("Budget divided by points", self.for_points))
        wide = max(len(label) for label, _ in rows)
        return "\n".join(
            [f"{self.scheme}:", *(f"  {label:<{wide}}  {_yuan(amount):>20}" for label, amount in rows)]
        )


def _yuan(amount: int) -> str:
    sign = "-" if amount < 0 else ""
    return f"{sign}{abs(amount) // 100:,}.{abs(amount) % 100:02d}"


def built(budget: Budget) -> BuiltBudget:
    """Build one scheme's budget: gross, growth (rounded half up), deductions, reserve (rounded half up)."""
    growth = half_up(budget.gross * Fraction(budget.growth))
    lines = [("gross", "Pooled fund before deductions", "统筹基金总额", budget.gross, budget.source)]
    if growth:
        lines.append(("growth", "Negotiated growth", "协商增长", growth, budget.source))
    for k, taken in enumerate(budget.deductions, 1):
        lines.append((f"deduction_{k}", taken.name_en, taken.name_zh, -taken.amount, taken.source))
    net = sum(line[3] for line in lines)
    reserve = half_up(net * Fraction(budget.reserve_share))
    if reserve:
        lines.append(("reserve", "Reserve for overruns", "调剂金", -reserve, budget.source))
    return BuiltBudget(budget.scheme, tuple(lines), reserve, net - reserve)
