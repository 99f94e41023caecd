"""Bounds on the effect among hospitals that are observed with and without the reform, some periods at a time.

Lee (2009) in difference-in-differences form. Of cohort g in a block of periods t, with base b (the last periods before the
reform): hospitals observed at the base are followed to t, treated ones (share observed s1) beside those not yet treated
(s0), and what is compared are their changes since the base. If the reform moves observation one way only, the hospitals
observed under both regimes are the share min(s0, s1) of either group, and the side with more observed holds others besides:
of its changes the highest (lowest) ``1 - min/max`` are trimmed for the two bounds. This takes the place of random assignment
by two assumptions: without the reform changes *and* the chance to be observed would have moved alike.

A hospital counts as observed in a block, or at the base, where it has an outcome in one of its periods at least: gaps of
single periods are no selection, and each would widen bounds of few hospitals by the trimming of one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dipeval.check.selection.one_cell import Cell, Selection, average, average_gap, difference
from dipeval.check.selection.trimming import Mean, both_ends, plain_mean
from dipeval.design import PanelDesign
from dipeval.errors import DesignError, Problem

OVERALL = -1
"""Key of the bounds over all event times."""


@dataclass(frozen=True)
class Bounds:
    """Effect and bounds averaged over cells, G clusters by clustering variable.

    Attributes
    ----------
    plain, lower, upper : mapping of str to Mean
        By clustering variable; the same values, other influence.
    gap : mapping of str to Mean
        Logarithm of how much more is observed with the reform.
    share : float
        Trimmed on average.
    more : float
        Share of the weight in cells where the reform has more observed.
    n_cells : int
    observed : float
        Treated that are observed, by weight, over all cells.
    largest : float
        Largest share of one hospital in them.
    left_out : int
        Cells without enough to compare.
    """

    plain: Mapping[str, Mean]
    lower: Mapping[str, Mean]
    upper: Mapping[str, Mean]
    gap: Mapping[str, Mean]
    share: float
    more: float
    n_cells: int
    observed: float
    largest: float
    left_out: int = 0


@dataclass(frozen=True)
class _Unit:
    """Hospitals by period: outcomes (N, T) with NaN where not observed, and first treated period (N,)."""

    outcome: np.ndarray
    first: np.ndarray
    weights: np.ndarray


def hospital_bounds(
    design: PanelDesign,
    values: np.ndarray,
    *,
    base: int = 1,
    block: int = 1,
    last: int | None = None,
    weights: np.ndarray | None = None,
) -> dict[int, Bounds]:
    """Bounds by event time, and over all under the key -1.

    Parameters
    ----------
    design : PanelDesign
        A panel.
    values : numpy.ndarray, shape (design.n_rows_in,)
        Outcome in the order of the frame; NaN where not observed.
    base : int
        Periods before the reform whose mean is the base; hospitals are those observed in one of them.
    block : int
        Periods that are taken together after the reform.
    last : int, optional
        Last event time; default: that of the design's window.
    weights : numpy.ndarray, shape (N,), optional
        Of hospitals; default: the mean of their weights in the design, else 1.

    Returns
    -------
    dict of int to Bounds
        By the first event time of each block since the reform (counted with anticipation), and `OVERALL`.

    Raises
    ------
    DesignError
        Cross-sections, which follow nobody; no cell with hospitals on both sides.

    Notes
    -----
    O(C T N log N) for C cohorts.
    """
    if not design.has_units or design.sampling != "panel":
        todo = "bound at the level of cases, or give a panel of hospitals"
        raise DesignError("lee bounds", [Problem("design", "does not follow hospitals", todo)])
    unit = _by_unit(design, values, weights)
    reach = design.event_window[1] if last is None else last
    cells: dict[int, list[tuple[dict[str, Cell], np.ndarray]]] = {}
    left_out = 0
    starts = sorted({float(c) for c in unit.first if np.isfinite(c) and 1 <= c < design.n_periods})
    for start in starts:
        end = min(design.n_periods, int(start) + reach + 1)
        for time in range(int(start), end, block):
            found = _cell(design, unit, int(start), (time, min(time + block, end)), base)
            left_out += found is None
            if found is not None:
                cells.setdefault(time - int(start), []).append(found)
    if not cells:
        what = f"no cohort has hospitals observed in the {base} periods before its reform and after it on both sides"
        raise DesignError("lee bounds", [Problem("base", what, "take fewer periods, or widen the window")])
    made = {event: _together(cells[event], 0) for event in sorted(cells)}
    every = [cell for event in sorted(cells) for cell in cells[event]]
    return {**made, OVERALL: _together(every, left_out)}


def _by_unit(design: PanelDesign, values: np.ndarray, weights: np.ndarray | None) -> _Unit:
    outcome = np.full((design.n_units, design.n_periods), np.nan)
    outcome[design.unit, design.time] = design.align(values)
    if weights is None:
        own = np.ones(design.n_obs) if design.weights is None else design.weights
        weights = np.bincount(design.unit, own, design.n_units) / design.layout.counts
    return _Unit(outcome, design.first_treated, weights)


def _cell(
    design: PanelDesign, unit: _Unit, start: int, span: tuple[int, int], base: int
) -> tuple[dict[str, Cell], np.ndarray] | None:
    """Bounds of one cohort in one block by clustering variable, and its treated that are observed (N,)."""
    before, after = _mean(unit.outcome, max(start - base, 0), start), _mean(unit.outcome, *span)
    based = np.isfinite(before)
    free = np.isinf(unit.first) if design.comparison == "never_treated" else unit.first >= span[1]
    sides = based & (unit.first == start), based & free
    seen = np.isfinite(after)
    if any((side & seen).sum() == 0 for side in sides):
        return None
    change, weights = after - before, unit.weights * (span[1] - span[0])
    made = {}
    for name, codes in design.unit_clusters.items():
        made[name] = _bounds_of(change, sides, seen, weights, codes, design.n_clusters(name))
    return made, np.where(sides[0] & seen, weights, 0.0)


def _mean(outcome: np.ndarray, first: int, end: int) -> np.ndarray:
    """Mean of the observed of some periods (N,); NaN where there is none."""
    part = outcome[:, first:end]
    known = np.isfinite(part)
    n = known.sum(axis=1)
    return np.divide(np.where(known, part, 0.0).sum(axis=1), n, out=np.full(len(part), np.nan), where=n > 0)


def _bounds_of(
    change: np.ndarray,
    sides: tuple[np.ndarray, np.ndarray],
    seen: np.ndarray,
    weights: np.ndarray,
    codes: np.ndarray,
    size: int,
) -> Cell:
    def summed(mask: np.ndarray, values: np.ndarray | float = 1.0) -> np.ndarray:
        return np.bincount(codes[mask], (weights * values)[mask], size)

    based, kept = [summed(side) for side in sides], [summed(side & seen) for side in sides]
    shares = [k.sum() / b.sum() for k, b in zip(kept, based, strict=True)]
    logs = [k / k.sum() - b / b.sum() for k, b in zip(kept, based, strict=True)]
    chosen = Selection(shares[0], shares[1], logs[0] - logs[1])
    means = [plain_mean(k, summed(s & seen, change)) for k, s in zip(kept, sides, strict=True)]
    trimmed = sides[0 if chosen.more else 1] & seen
    low, high = both_ends(
        change[trimmed], weights[trimmed], codes[trimmed], size, chosen.share, chosen.share_influence
    )
    ends = (low, high), (means[1], means[1])
    if not chosen.more:
        ends = (means[0], means[0]), (high, low)
    bounds = [difference(left, right) for left, right in zip(*ends, strict=True)]
    always = kept[0].sum() * min(1.0, shares[1] / shares[0])
    moved = kept[0] * always / kept[0].sum() - (always * chosen.logs if chosen.more else 0.0)
    return Cell(chosen, difference(*means), *bounds, Mean(float(always), moved), float(kept[0].sum()))


def _together(found: list[tuple[dict[str, Cell], np.ndarray]], left_out: int) -> Bounds:
    """Average cells by their hospitals observed under both regimes."""
    names = list(found[0][0])
    parts = {
        part: {
            name: average([(getattr(cells[name], part), cells[name].weight) for cells, _ in found])
            for name in names
        }
        for part in ("plain", "lower", "upper")
    }
    gap = {name: average_gap([cells[name] for cells, _ in found]) for name in names}
    first = [cells[names[0]] for cells, _ in found]
    weight = np.array([cell.weight.value for cell in first])
    share = float(weight @ [cell.selection.share for cell in first] / weight.sum())
    more = float(weight @ [float(cell.selection.more) for cell in first] / weight.sum())
    by_hospital = sum(seen for _, seen in found)
    observed = float(np.sum(by_hospital))
    largest = float(np.max(by_hospital) / observed)
    return Bounds(
        **parts,
        gap=gap,
        share=share,
        more=more,
        n_cells=len(found),
        observed=observed,
        largest=largest,
        left_out=left_out,
    )
