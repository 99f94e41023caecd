"""Cases of hospitals with a value each, their classes, and the design on them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from dipeval.design import PanelDesign, build_design
from dipeval.estimate.distribution.value_classes import ValueClasses, classes_of


@dataclass(frozen=True)
class Valued:
    """Cases with hospital, period, cohort and value; the panel of their hospital-periods and its design."""

    cases: pd.DataFrame
    panel: pd.DataFrame
    design: PanelDesign

    def classes(self, most: int = 10_000) -> ValueClasses:
        """Exact unless there are more values than `most`."""
        return classes_of("y", self.rows, self.cases["y"].to_numpy(), len(self.panel), most)

    @property
    def rows(self) -> np.ndarray:
        """Row of the panel behind each case."""
        place = self.panel[["h", "t"]].assign(row=np.arange(len(self.panel)))
        return self.cases[["h", "t"]].merge(place, on=["h", "t"])["row"].to_numpy()


def valued(cases: pd.DataFrame) -> Valued:
    """A design of cases with ``h``, ``t``, ``city``, ``start`` and ``y``."""
    panel = cases.groupby(["h", "t"], as_index=False)[["city", "start"]].first()
    panel = panel.sample(frac=1, random_state=3).reset_index(drop=True)
    columns = {"unit": "h", "time": "t", "cohort": "start", "clusters": ["h", "city"]}
    return Valued(cases, panel, build_design(panel, **columns))


@pytest.fixture(scope="session")
def valued_cases():
    """Makes a design of given cases."""
    return valued


@pytest.fixture(scope="session")
def two_cohorts():
    """6,000 cases of 20 hospitals, two cohorts and hospitals never treated; values fall by a fifth."""
    rng = np.random.default_rng(12)
    n = 6000
    h, t = rng.integers(0, 20, n), rng.integers(0, 6, n)
    start = np.array([2, 4, np.nan, 2, np.nan])[h // 4]
    log = 5 + 0.05 * (h % 4) + 0.03 * t + 0.5 * rng.normal(size=n) + np.log(0.8) * (t >= start)
    cases = pd.DataFrame({"h": h, "t": t, "city": h // 4, "start": start, "y": np.round(np.exp(log))})
    return valued(cases)
