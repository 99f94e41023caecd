"""All values of θ that a test does not reject: their ends by root finding on each smooth stretch, not on a grid."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from dipeval.check.sensitivity.conditional import NOT_ABOVE, Rule, accepted, excess
from dipeval.check.sensitivity.moment_lines import MomentLines

FAR = 1_000.0
"""How many standard errors beyond the last kink, and the last zero, of an unbounded stretch the set is followed."""
EVEN = 128
"""Even steps in which each smooth stretch is searched for changes of the decision."""
NEAR = 0.5 ** np.arange(8, 46)
"""Finer places beside both ends of a stretch: next to a kink θ is accepted on a short stretch."""


def accepted_set(lines: MomentLines, rule: Rule) -> np.ndarray:
    """The confidence set of one polyhedron.

    Parameters
    ----------
    lines : MomentLines
    rule : Rule

    Returns
    -------
    numpy.ndarray, shape (n, 2)
        Disjoint intervals, ascending; ends may be infinite; none where every value is rejected.

    Notes
    -----
    Between two kinks of the largest line the conditional p-value is continuous in θ. It tends to one or zero at a kink, so the
    set may have pieces beside kinks far from its centre, which a grid meets or misses by chance. Each stretch is
    searched at `EVEN` even places and at places that close in on its ends; each change of the decision is then a root.
    Cost: O(s (EVEN + roots) r) for s stretches and r lines.
    """
    low, high = _range(lines, rule)
    if not low <= high:
        return np.zeros((0, 2))
    found = []
    kinks, best = lines.envelope()
    for start, end in _stretches(lines, kinks, low, high):
        line = int(best[np.searchsorted(kinks, (start + end) / 2)])
        found.extend(_within(lines, line, start, end, rule))
    pieces = united(found)
    return _opened(pieces, lines, rule, low, high)


def united(pieces: Iterable[tuple[float, float]]) -> np.ndarray:
    """Union of intervals as disjoint ones, shape (n, 2); ends that differ by rounding are one."""
    joined: list[list[float]] = []
    for start, end in sorted((float(a), float(b)) for a, b in pieces):
        rounding = 1e-12 * (1 + abs(start)) if np.isfinite(start) else 0.0
        if joined and start <= joined[-1][1] + rounding:
            joined[-1][1] = max(joined[-1][1], end)
        else:
            joined.append([start, end])
    return np.array(joined).reshape(-1, 2)


def _range(lines: MomentLines, rule: Rule) -> tuple[float, float]:
    """Outside these values everything is rejected, or nothing changes any more."""
    low, high = rule.fixed.ends if rule.fixed is not None else (-np.inf, np.inf)
    kinks, best = lines.envelope()
    rising, falling = lines.slope[best[-1]], lines.slope[best[0]]
    if np.isfinite(rule.largest):
        if (lines.level[lines.slope == 0] > rule.largest).any():
            return np.inf, -np.inf
        with np.errstate(divide="ignore", invalid="ignore"):
            limit = (rule.largest - lines.level) / lines.slope
        high = min(high, limit[lines.slope > 0].min(initial=np.inf))
        low = max(low, limit[lines.slope < 0].max(initial=-np.inf))
    fastest = np.abs(lines.slope).max()
    unit = 1 / fastest if fastest > 0 else 1.0
    middle = kinks if len(kinks) else np.array([_zero(lines, int(best[0]))])
    if not np.isfinite(low):
        # Beside the last kink the largest line may still be far below zero, where nothing is rejected: begin behind both.
        start = min(middle[0], _zero(lines, int(best[0]))) if falling < 0 else middle[0]
        low = start - FAR * (1 / -falling if falling < 0 else unit)
    if not np.isfinite(high):
        end = max(middle[-1], _zero(lines, int(best[-1]))) if rising > 0 else middle[-1]
        high = end + FAR * (1 / rising if rising > 0 else unit)
    return float(low), float(high)


def _zero(lines: MomentLines, line: int) -> float:
    """Where a line is zero; 0 for one without slope."""
    slope = lines.slope[line]
    return float(-lines.level[line] / slope) if slope != 0 else 0.0


def _stretches(lines: MomentLines, kinks: np.ndarray, low: float, high: float):
    """Pairs of ends between which one line is the largest and its sign does not change."""
    with np.errstate(divide="ignore", invalid="ignore"):
        zeros = (NOT_ABOVE - lines.level) / lines.slope
    zeros = zeros[np.isfinite(zeros)]
    zeros = zeros[lines.at(zeros).max(axis=0, initial=-np.inf) <= 1e-9] if len(zeros) else zeros
    cuts = np.concatenate([kinks, zeros])
    cuts = np.unique(np.concatenate([[low, high], cuts[(cuts > low) & (cuts < high)]]))
    return list(zip(cuts[:-1], cuts[1:], strict=True))


def _within(lines: MomentLines, line: int, start: float, end: float, rule: Rule) -> list[tuple[float, float]]:
    """Accepted intervals of one stretch."""
    middle = (start + end) / 2
    if lines.level[line] + lines.slope[line] * middle <= NOT_ABOVE:
        return [(start, end)]
    share = np.unique(np.concatenate([np.linspace(0, 1, EVEN + 1), NEAR, 1 - NEAR]))
    places = start + (end - start) * share
    above = excess(lines, line, places, rule)
    inside = above >= 0
    turns = np.flatnonzero(inside[:-1] != inside[1:])
    ends = [_root(lines, line, places[i], places[i + 1], rule) for i in turns]
    bounds = ([start] if inside[0] else []) + ends + ([end] if inside[-1] else [])
    return list(zip(bounds[::2], bounds[1::2], strict=True))


def _root(lines: MomentLines, line: int, start: float, end: float, rule: Rule) -> float:
    """Where the p-value crosses the size between two places."""
    from scipy.optimize import brentq

    def crossing(theta: float) -> float:
        return float(np.maximum(excess(lines, line, np.array([theta]), rule)[0], -1e3))

    return float(brentq(crossing, start, end, xtol=1e-14 * (1 + abs(start)), rtol=1e-13))


def _opened(pieces: np.ndarray, lines: MomentLines, rule: Rule, low: float, high: float) -> np.ndarray:
    """Ends at the limit of the search are infinite where no first stage set that limit."""
    if len(pieces) and rule.fixed is None and not np.isfinite(rule.largest):
        sides = accepted(lines, np.array([low, high]), rule)
        pieces = pieces.copy()
        pieces[0, 0] = -np.inf if sides[0] and pieces[0, 0] <= low else pieces[0, 0]
        pieces[-1, 1] = np.inf if sides[1] and pieces[-1, 1] >= high else pieces[-1, 1]
    elif len(pieces) and np.isfinite(rule.largest):
        pieces = pieces.copy()
        pieces[0, 0] = -np.inf if pieces[0, 0] <= low and not (lines.slope < 0).any() else pieces[0, 0]
        pieces[-1, 1] = np.inf if pieces[-1, 1] >= high and not (lines.slope > 0).any() else pieces[-1, 1]
    return pieces
