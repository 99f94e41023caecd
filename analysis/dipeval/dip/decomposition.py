"""Why the mean cost of a case changed: patients, coding, or price and quantity; the parts add up exactly.

C = Σ_G S_G Σ_g q_g|G c_g with G the broad groups (category of the principal diagnosis × treatment class), g
the disease types inside them, S and q shares of cases, and c mean costs. Between two periods

- case mix: the shares of broad groups change, Σ_G ΔS_G · mean(C_G);
- coding: the shares of types inside broad groups change, Σ_G mean(S_G) Σ_g Δq_g · mean(c_g);
- price and quantity: types cost more, Σ_G mean(S_G) Σ_g mean(q_g) · Δc_g;
- between hospitals (city only): cases move to other hospitals, Σ_h Δw_h · mean(C_h).

mean() is the mean of both periods, so that the parts do not depend on which of them comes first (they
change their sign), and Δ(ab) = Δa · mean(b) + mean(a) · Δb leaves no rest. A type or group without cases in
one period has there the mean cost of the other. Types in one broad group treat the same disease in the same
way, so a shift among them is what a coder can do; that it is coding and not patients is an interpretation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from .exact import half_up

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from ..store.contract import TableEngine

PARTS = ("between_hospitals", "case_mix", "coding", "price_quantity")
Cells = Mapping[str, Mapping[str, tuple[int, int]]]
"""Broad group → type → (cases, sum of costs)."""


@dataclass(frozen=True)
class Decomposition:
    """The change of mean cost between two periods.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row a hospital, and one for the city (``hospital`` empty): ``cases_before``, ``cases_after``,
        ``mean_before``, ``mean_after``, ``change`` and the `PARTS`, whole minor units: parts sum to `change`,
        each is rounded half up and the last takes the rounding. Hospitals without cases in one of the periods
        have no row of their own; the city's row has them.
    """

    before: str
    after: str
    frame: pd.DataFrame

    def tidy(self) -> pd.DataFrame:
        """The table itself."""
        return self.frame


def decomposition(
    engine: TableEngine,
    cases: ir.Table,
    before: ir.BooleanValue,
    after: ir.BooleanValue,
    labels: tuple[str, str],
) -> Decomposition:
    """Decompose the change of mean cost between two sets of cases.

    Parameters
    ----------
    cases : ibis table
        Grouped with one constant catalogue.
    before, after : ibis boolean
        Which cases belong to the two periods.
    labels : (str, str)
        Names of the periods.

    Returns
    -------
    Decomposition
        Cost: one pass; Python sees hospitals × types.
    """
    import ibis
    import pandas as pd

    from ..schema.functions import int64_of_sum

    marked = cases.mutate(side=ibis.cases((before, 0), (after, 1), else_=None))
    kept = marked.filter(marked.side.notnull())
    kept = kept.mutate(
        broad=kept.broad_group.fill_null("ungrouped"), type=kept.disease_type.fill_null("ungrouped")
    )
    keys = ["hospital", "side", "broad", "type"]
    summed = kept.group_by(*keys).agg(n=kept.count(), s=int64_of_sum(kept.total_cost.sum()))
    frame = engine.to_frame(summed, order_by=keys)
    cells: dict[str, tuple[dict, dict]] = {}
    for hospital, side, broad, kind, n, s in frame.itertuples(index=False, name=None):
        sides = cells.setdefault(str(hospital), ({}, {}))
        sides[int(side)].setdefault(str(broad), {})[str(kind)] = (int(n), int(s))
    rows = [_row(hospital, *cells[hospital]) for hospital in sorted(cells) if all(cells[hospital])]
    city = _city(cells)
    return Decomposition(*labels, pd.DataFrame([*([city] if city else []), *rows], columns=COLUMNS))


COLUMNS = ["hospital", "cases_before", "cases_after", "mean_before", "mean_after", "change", *PARTS]


def _totals(cells: Cells) -> tuple[int, int]:
    pairs = [pair for types in cells.values() for pair in types.values()]
    return sum(n for n, _ in pairs), sum(s for _, s in pairs)


def _row(hospital: str, before: Cells, after: Cells) -> dict:
    parts = {"between_hospitals": Fraction(0), **hospital_parts(before, after)}
    return _finished(hospital, _totals(before), _totals(after), parts)


def _finished(hospital: str, before: tuple[int, int], after: tuple[int, int], parts: dict) -> dict:
    first, last = Fraction(before[1], before[0]), Fraction(after[1], after[0])
    if sum(parts.values()) != last - first:
        raise ValueError(f"the parts of {hospital or 'the city'} do not add up")
    change = half_up(last - first)
    rounded = {name: half_up(parts[name]) for name in PARTS[:-1]}
    rounded[PARTS[-1]] = change - sum(rounded.values())
    means = {"mean_before": half_up(first), "mean_after": half_up(first) + change}
    counts = {"cases_before": before[0], "cases_after": after[0]}
    return {"hospital": hospital, **counts, **means, "change": change, **rounded}


def hospital_parts(before: Cells, after: Cells) -> dict[str, Fraction]:
    """Case mix, coding, price and quantity of one hospital, exactly; both sides have cases."""
    (n0, _), (n1, _) = _totals(before), _totals(after)
    mix = coding = price = Fraction(0)
    for broad in sorted({*before, *after}):
        old, new = before.get(broad, {}), after.get(broad, {})
        (k0, s0), (k1, s1) = _totals({broad: old}), _totals({broad: new})
        share0, share1 = Fraction(k0, n0), Fraction(k1, n1)
        mix += (share1 - share0) * (_mean(k0, s0, k1, s1) + _mean(k1, s1, k0, s0)) / 2
        weight = (share0 + share1) / 2
        if not (k0 and k1):
            continue
        for kind in sorted({*old, *new}):
            (a0, c0), (a1, c1) = old.get(kind, (0, 0)), new.get(kind, (0, 0))
            q0, q1 = Fraction(a0, k0), Fraction(a1, k1)
            m0, m1 = _mean(a0, c0, a1, c1), _mean(a1, c1, a0, c0)
            coding += weight * (q1 - q0) * (m0 + m1) / 2
            price += weight * (m1 - m0) * (q0 + q1) / 2
    return {"case_mix": mix, "coding": coding, "price_quantity": price}


def _mean(n: int, s: int, other_n: int, other_s: int) -> Fraction:
    """Mean cost, or that of the other period where there are no cases."""
    return Fraction(s, n) if n else Fraction(other_s, other_n)


def _city(cells: Mapping[str, tuple[Cells, Cells]]) -> dict | None:
    """The city, whose parts those of `group_parts` are."""
    before, after, parts = group_parts(cells)
    return _finished("", before, after, parts) if before[0] and after[0] else None


def group_parts(
    cells: Mapping[str, tuple[Cells, Cells]],
) -> tuple[tuple[int, int], tuple[int, int], dict[str, Fraction]]:
    """A group of hospitals: their parts at the mean of their shares of cases, and the shift between hospitals.

    Parameters
    ----------
    cells : mapping of str to (mapping, mapping)
        By hospital: broad group → type → (cases, sum), before and after; an empty mapping without cases.

    Returns
    -------
    before, after : (int, int)
        Cases and sums.
    parts : dict of str to Fraction
        `PARTS`, which sum to the change of the mean exactly; empty where a period has no case.
    """
    totals = {h: (_totals(old), _totals(new)) for h, (old, new) in cells.items()}
    before, after = (tuple(sum(t[k][j] for t in totals.values()) for j in (0, 1)) for k in (0, 1))
    if not (before[0] and after[0]):
        return before, after, {}
    parts = dict.fromkeys(PARTS, Fraction(0))
    for hospital, ((n0, s0), (n1, s1)) in totals.items():
        w0, w1 = Fraction(n0, before[0]), Fraction(n1, after[0])
        parts["between_hospitals"] += (w1 - w0) * (_mean(n0, s0, n1, s1) + _mean(n1, s1, n0, s0)) / 2
        if n0 and n1:
            for name, value in hospital_parts(*cells[hospital]).items():
                parts[name] += (w0 + w1) / 2 * value
    return before, after, parts
