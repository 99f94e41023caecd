"""Why the total of institutions changed: cases and mean cost, and what the mean cost is made of, to the fen.

T = N · m, so ΔT = ΔN · mean(m) + mean(N) · Δm without a rest, mean() being the mean of both spans; Δm falls into the
parts of `dip.decomposition`: cases that move between hospitals, case mix, coding, price and quantity.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from dipeval.dip.decomposition import PARTS, Cells, group_parts
from dipeval.dip.exact import half_up

VOLUME = "volume"
LINES = (VOLUME, *PARTS)


@dataclass(frozen=True)
class ChangeAccount:
    """The change of one group of hospitals, in whole minor units.

    Attributes
    ----------
    group : str
    cases : (int, int)
        Before and after.
    totals : (int, int)
    lines : mapping of str to int
        `LINES`; they sum to the change of the total. Empty where a span has no case.
    """

    group: str
    cases: tuple[int, int]
    totals: tuple[int, int]
    lines: Mapping[str, int]

    @property
    def change(self) -> int:
        """After less before."""
        return self.totals[1] - self.totals[0]


def change_account(group: str, cells: Mapping[str, tuple[Cells, Cells]]) -> ChangeAccount:
    """Account for the change of a group of hospitals.

    Parameters
    ----------
    group : str
    cells : mapping of str to (mapping, mapping)
        By hospital: broad group → type → (cases, sum in minor units), before and after.

    Returns
    -------
    ChangeAccount
        Each line is an exact fraction rounded half up once; price and quantity, the last, takes the
        rounding. Cost O(hospitals × types).

    Raises
    ------
    ValueError
        If the parts do not add up exactly, which would be a mistake here.
    """
    (n0, s0), (n1, s1), parts = group_parts(cells)
    if not parts:
        return ChangeAccount(group, (n0, n1), (s0, s1), {})
    means = Fraction(s0, n0), Fraction(s1, n1)
    exact = {VOLUME: (n1 - n0) * (means[0] + means[1]) / 2}
    exact |= {name: Fraction(n0 + n1, 2) * value for name, value in parts.items()}
    if sum(exact.values()) != s1 - s0:
        raise ValueError(f"the lines of {group} do not add up")
    lines = {name: half_up(exact[name]) for name in LINES[:-1]}
    lines[LINES[-1]] = s1 - s0 - sum(lines.values())
    return ChangeAccount(group, (n0, n1), (s0, s1), lines)


def cells_of(rows: Sequence[tuple[str, int, str, str, int, int]]) -> dict[str, tuple[dict, dict]]:
    """Rows of (hospital, side 0 or 1, broad group, type, cases, sum) as the cells of `change_account`."""
    cells: dict[str, tuple[dict, dict]] = {}
    for hospital, side, broad, kind, n, s in rows:
        sides = cells.setdefault(hospital, ({}, {}))
        sides[side].setdefault(broad, {})[kind] = (n, s)
    return cells
