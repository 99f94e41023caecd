"""Cases of hospitals, their sums, and the design on them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from dipeval.design import PanelDesign, build_design
from dipeval.estimate.response.outcome_sums import OutcomeSums


@dataclass(frozen=True)
class Invented:
    """Cases one by one, hospital-periods, and the design on these."""

    cases: pd.DataFrame
    panel: pd.DataFrame
    design: PanelDesign

    def sums(self, column: str = "y") -> OutcomeSums:
        """Sums of one column, in the order of the panel."""
        known = self.cases.assign(
            positive=self.cases[column] > 0,
            log=np.log(self.cases[column].where(self.cases[column] > 0, 1.0)),
            square=self.cases[column].astype(float) ** 2,
        )
        found = known.groupby(["h", "t"]).agg(
            n=(column, "size"),
            s=(column, "sum"),
            p=("positive", "sum"),
            g=("log", "sum"),
            q=("square", "sum"),
        )
        found = self.panel[["h", "t"]].merge(found.reset_index(), on=["h", "t"])
        place = self.panel[["h", "t"]].assign(row=np.arange(len(self.panel)))
        values = (
            known.merge(place, on=["h", "t"]).groupby(["row", column], as_index=False).size().astype("int64")
            if (known[column] == known[column].round()).all()
            else None
        )
        triplets = (
            [None] * 3 if values is None else [values[name].to_numpy() for name in ("row", column, "size")]
        )
        parts = [found[name].to_numpy(float) for name in "nspgq"]
        return OutcomeSums(column, parts[0], parts[1], int((known[column] < 0).sum()), *parts[2:], *triplets)


def put_together(cases: pd.DataFrame) -> Invented:
    """Hospital-periods in no order, and their design."""
    panel = cases.groupby(["h", "t"], as_index=False)[["city", "start"]].first()
    panel = panel.sample(frac=1, random_state=1).reset_index(drop=True)
    columns = {"unit": "h", "time": "t", "cohort": "start", "clusters": ["h", "city"]}
    return Invented(cases, panel, build_design(panel, **columns))


@pytest.fixture(scope="session")
def invent():
    """Draws cases of 24 hospitals in 6 cities over 8 periods, with a gap."""

    def draw(n: int = 6000, seed: int = 3, effect: float = -0.15) -> Invented:
        rng = np.random.default_rng(seed)
        h, t = rng.integers(0, 24, n), rng.integers(0, 8, n)
        start = np.array([3, 5, np.nan, 3, np.nan, 5])[h // 4]
        d = (t >= start).astype(float)
        mean = np.exp(1.2 + 0.1 * rng.normal(size=24)[h] + 0.05 * t + effect * d)
        cases = pd.DataFrame({"h": h, "t": t, "city": h // 4, "start": start, "d": d, "mean": mean})
        cases["y"] = rng.negative_binomial(2, 2 / (2 + mean))
        cases["cost"] = np.round(100 * mean * rng.gamma(2, 0.5, n) * (rng.random(n) < 0.9 - 0.1 * d), 2)
        return put_together(cases[~((h == 5) & (t == 2))].reset_index(drop=True))

    return draw


@pytest.fixture(scope="session")
def stays(invent):
    """One draw for all tests that only look."""
    return invent()


@pytest.fixture(scope="session")
def arranged():
    """Makes hospital-periods and a design of cases."""
    return put_together
