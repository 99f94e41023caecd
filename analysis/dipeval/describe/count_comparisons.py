"""χ², Fisher's exact test and tests of trend from a table of counts."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import sqrt

import numpy as np

from dipeval.describe.comparison import NAN, NO_CASES, ONE_VALUE, Comparison, not_made

MOST_FOR_FISHER = 1_000_000
SMALL_EXPECTED = 5


def chi_square(counts: np.ndarray, yates: bool = False) -> Comparison:
    """Pearson's χ² of independence (Pearson 1900), on request with Yates' correction of a 2×2 table (Yates 1934).

    Parameters
    ----------
    counts : numpy.ndarray of int, shape (groups, categories)
        Categories that nobody has are left out.
    yates : bool
        Refused in words for a table that is not 2×2.

    Returns
    -------
    Comparison
        Says in words where an expected count is below 5 (Cochran 1954).
    """
    from scipy.special import chdtrc

    test = "chi_square_yates" if yates else "chi_square"
    table, why = _used(counts)
    if why is not None:
        return not_made(test, why)
    if yates and table.shape != (2, 2):
        return not_made(test, ("Yates' correction is for a 2×2 table", "Yates校正仅适用于四格表"))
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    gap = np.abs(table - expected)
    if yates:
        gap = gap - np.minimum(0.5, gap)
    statistic = float((gap**2 / expected).sum())
    df = (table.shape[0] - 1) * (table.shape[1] - 1)
    small = int((expected < SMALL_EXPECTED).sum())
    said = (f"{small} of {expected.size} expected counts are below 5", f"{small}个理论频数小于5")
    return Comparison(test, statistic, float(chdtrc(df, statistic)), df, reason=said if small else ("", ""))


def fisher_exact(counts: np.ndarray) -> Comparison:
    """Fisher's exact test of a 2×2 table, two-sided by probability (Fisher 1935); the statistic is the odds ratio.

    Larger tables, and more than `MOST_FOR_FISHER` cases, are refused in words. Cost O(n).
    """
    from scipy.stats import hypergeom

    table, why = _used(counts)
    if why is not None:
        return not_made("fisher", why)
    rows, columns = table.shape
    if (rows, columns) != (2, 2):
        english = (
            f"Fisher's exact test is made for 2×2 tables; this one is {rows}×{columns}: declare chi_square"
        )
        return not_made("fisher", (english, f"Fisher精确检验仅用于四格表，此表为{rows}×{columns}"))
    (a, b), (c, d) = table.astype("int64").tolist()
    n = a + b + c + d
    if n > MOST_FOR_FISHER:
        english = f"Fisher's exact test is made up to {MOST_FOR_FISHER:,} cases: declare chi_square"
        return not_made("fisher", (english, "病例过多，请用χ²检验"))
    law = hypergeom(n, a + b, a + c)
    chances = law.pmf(np.arange(max(0, a - d), min(a + b, a + c) + 1))
    # Tables as likely as this one differ from it by rounding alone.
    p = float(chances[chances <= law.pmf(a) * (1 + 1e-7)].sum())
    odds = a * d / (b * c) if b * c else float("inf")
    return Comparison("fisher", odds, min(1.0, p))


def cochran_armitage(
    events: Sequence[int], cases: Sequence[int], scores: Sequence[int] | None = None
) -> Comparison:
    """Trend of a share over ordered groups: z, positive where it rises (Cochran 1954; Armitage 1955).

    Parameters
    ----------
    events, cases : sequence of int
        Cases of the category, and all known cases, by group in their order.
    scores : sequence of int, optional
        By default 0, 1, 2 …
    """
    from scipy.special import ndtr

    score = list(range(len(cases))) if scores is None else list(scores)
    n, total = sum(cases), sum(events)
    if len(cases) < 2 or 0 in list(cases):
        return not_made("trend", NO_CASES)
    if total in (0, n):
        return not_made("trend", ONE_VALUE)
    share = Fraction(total, n)
    gap = sum(s * (a - m * share) for s, a, m in zip(score, events, cases, strict=True))
    middle = sum(s * m for s, m in zip(score, cases, strict=True))
    spread = sum(s * s * m for s, m in zip(score, cases, strict=True)) - Fraction(middle**2, n)
    z = float(gap) / sqrt(share * (1 - share) * spread)
    return Comparison("trend", z, float(2 * ndtr(-abs(z))), NAN)


def linear_by_linear(counts: np.ndarray) -> Comparison:
    """Trend of ordered categories over ordered groups: (n - 1) r² on one degree of freedom (Mantel 1963, JASA 58:690).

    Parameters
    ----------
    counts : numpy.ndarray of int, shape (groups, categories)
        Groups and categories score 0, 1, 2 … in their order; r is their correlation over the cases.
    """
    from scipy.special import chdtrc

    table, why = _used(counts)
    if why is not None:
        return not_made("trend", why)
    whole = [[int(n) for n in row] for row in np.asarray(counts)]
    n = sum(map(sum, whole))
    cells = [(i, j, many) for i, row in enumerate(whole) for j, many in enumerate(row)]
    x, y = (Fraction(sum(cell[k] * cell[2] for cell in cells), n) for k in (0, 1))
    xx, yy = (sum(c[k] ** 2 * c[2] for c in cells) - n * m**2 for k, m in ((0, x), (1, y)))
    xy = sum(i * j * many for i, j, many in cells) - n * x * y
    statistic = float((n - 1) * xy**2 / (xx * yy))
    return Comparison("trend", statistic, float(chdtrc(1, statistic)), 1)


def _used(counts: np.ndarray) -> tuple[np.ndarray, tuple[str, str] | None]:
    """The table without categories that nobody has, or why it cannot be compared."""
    table = np.asarray(counts, dtype="float64")
    if len(table) < 2 or (table.sum(axis=1) == 0).any():
        return table, NO_CASES
    table = table[:, table.sum(axis=0) > 0]
    return table, ONE_VALUE if table.shape[1] < 2 else None
