"""Mean costs of disease types → their weights: ratio, benchmark-disease and standard-quota method.

All three divide the mean cost of a type by one amount: the mean cost of all discharges of the region
(按病种平均费用与区域平均费用之比), the mean cost of a benchmark disease (基准病种费用法), or a declared quota
(标准定额法). Source: the methods listed in 《医疗保障按病种付费管理暂行办法》 as quoted by secondary sources;
that the quota divides the mean cost is this package's reading of its name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from ..errors import DataError, Problem, nearest
from .exact import half_up_ratio
from .keys import TypeKey, parse_key
from .parameters import Weighting

FEN = 100


def weighted_mean(
    sums: Mapping[int, tuple[int, int]], years: Sequence[int], weights: Sequence[int]
) -> Fraction:
    """Mean cost over the base years, weighted by year.

    m = Σ w_y (s_y / n_y) / Σ w_y over the years that have cases, with the weights oldest first; where none of
    the weighted years has a case, the mean over all cases.

    Parameters
    ----------
    sums : mapping of int to (int, int)
        Sum of costs and number of cases by year.
    """
    known = [(w, *sums[y]) for y, w in zip(years, weights, strict=True) if y in sums and sums[y][1]]
    whole = sum(w for w, _, _ in known)
    if not known:
        return Fraction(0)
    if not whole:
        return Fraction(sum(s for _, s, _ in known), sum(n for _, _, n in known))
    # One fraction, brought to lowest terms once: a catalogue has thousands of means.
    above, below = 0, 1
    for w, s, n in known:
        above, below = above * n + w * s * below, below * n
    return Fraction(above, below * whole)


def relative_weights(
    means: Mapping[str, Fraction], overall: Fraction, weighting: Weighting, where: str
) -> dict[str, int]:
    """Weight of each type in units of 10^-`decimals` on the declared scale, rounded half up once.

    Raises
    ------
    DataError
        If the benchmark is no type of the catalogue, or the amount to divide by is 0.
    """
    amount = {"ratio": lambda: overall, "quota": lambda: Fraction(weighting.quota or 0) * FEN}
    divisor = amount.get(weighting.method, lambda: _benchmark(means, weighting.benchmark, where))()
    if divisor == 0:
        what = f"the method {weighting.method} divides by a mean cost of 0"
        raise DataError("weigh types", [Problem(where, what, "look at the costs of the base years")])
    unit = weighting.scale * 10**weighting.decimals / Fraction(divisor)
    return {
        key: half_up_ratio(mean.numerator * unit.numerator, mean.denominator * unit.denominator)
        for key, mean in means.items()
    }


def _benchmark(means: Mapping[str, Fraction], benchmark: str, where: str) -> Fraction:
    parsed = parse_key(benchmark)
    key = parsed.text if isinstance(parsed, TypeKey) else benchmark
    if key not in means:
        what = f"the benchmark type {benchmark} is not in the catalogue"
        raise DataError("weigh types", [Problem(where, what, nearest(key, means))])
    return means[key]
