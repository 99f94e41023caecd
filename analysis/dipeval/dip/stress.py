"""Will the pool hold? The point value under shocks to volume, case mix and coding.

Score_t = Σ_h score_h · exp(volume + own volume_h) · exp(case mix_h) · (1 + coding), and the point value is
the budget over it. Shocks are normal, in logarithms; coding is a drift with its uncertainty. The draws come
from an explicit seed, so that the same call gives the same chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Shocks:
    """What may happen, in logarithms (0.05 is about five per cent).

    Attributes
    ----------
    volume_mean, volume_common, volume_own : float
        Expected growth of cases; standard deviation common to all hospitals; of each hospital.
    case_mix_own : float
        Standard deviation of each hospital's score per case.
    coding_mean, coding_spread : float
        Rise of scores by coding alone, and its standard deviation (never below no rise).
    """

    volume_mean: float = 0.0
    volume_common: float = 0.0
    volume_own: float = 0.0
    case_mix_own: float = 0.0
    coding_mean: float = 0.0
    coding_spread: float = 0.0


@dataclass(frozen=True)
class StressTest:
    """Point values under shocks, relative to the point value without them.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row a scheme: ``point_value`` (yuan, without shocks), ``floor`` (share of it), ``chance_below``,
        ``std_error`` (of the chance, from the number of draws) and quantiles ``q05``, ``q50``, ``q95`` of the
        relative point value.
    """

    shocks: Shocks
    draws: int
    seed: int
    frame: pd.DataFrame

    def tidy(self) -> pd.DataFrame:
        """The table itself."""
        return self.frame


def stress_test(
    hospitals: pd.DataFrame,
    point_values: dict[str, float],
    shocks: Shocks,
    *,
    floor: float,
    seed: int,
    draws: int = 10_000,
) -> StressTest:
    """Draw the point value of each scheme under shocks.

    Parameters
    ----------
    hospitals : pandas.DataFrame
        ``scheme``, ``hospital``, ``score``, as a clearing has them.
    point_values : dict of str to float
        Yuan a point, by scheme.
    floor : float
        Share of today's point value below which it must not fall, e.g. 0.95.
    seed : int

    Returns
    -------
    StressTest
        Hospitals are hit by the same shock in every scheme. Cost: draws × hospitals normal numbers.
    """
    import pandas as pd

    names = sorted(hospitals["hospital"].unique())
    draw = np.random.default_rng(seed)
    common = shocks.volume_mean + shocks.volume_common * draw.standard_normal((draws, 1))
    own = shocks.volume_own * draw.standard_normal((draws, len(names)))
    mix = shocks.case_mix_own * draw.standard_normal((draws, len(names)))
    coding = np.maximum(shocks.coding_mean + shocks.coding_spread * draw.standard_normal((draws, 1)), 0.0)
    factor = np.exp(common + own + mix) * (1 + coding)
    rows = []
    for scheme, mine in sorted(hospitals.groupby("scheme"), key=lambda pair: str(pair[0])):
        score = mine.groupby("hospital")["score"].sum().reindex(names, fill_value=0).to_numpy(dtype=float)
        relative = score.sum() / (factor @ score)
        below = float((relative < floor).mean())
        q05, q50, q95 = np.quantile(relative, [0.05, 0.5, 0.95])
        error = (below * (1 - below) / draws) ** 0.5
        value = float(point_values[str(scheme)])
        rows.append((str(scheme), value, floor, below, error, float(q05), float(q50), float(q95)))
    columns = ["scheme", "point_value", "floor", "chance_below", "std_error", "q05", "q50", "q95"]
    return StressTest(shocks, draws, seed, pd.DataFrame(rows, columns=columns))
