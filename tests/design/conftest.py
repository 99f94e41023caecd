"""A small panel that tests of the design bend and break."""

import pandas as pd
import pytest

from dipeval.design import build_design


@pytest.fixture
def frame() -> pd.DataFrame:
    """Six hospitals in three cities, six months; city A reformed in month 3, B in month 5, C never."""
    start = {"A": "2019-03", "B": "2019-05", "C": None}
    rows = [
        {
            "hospital": f"{city}{k}",
            "city": city,
            "month": f"2019-{t:02d}",
            "start": start[city],
            "cases": 10 * t,
        }
        for city in "ABC"
        for k in (1, 2)
        for t in range(1, 7)
    ]
    return pd.DataFrame(rows)


@pytest.fixture
def build():
    """`build_design` with the columns of `frame`."""

    def call(frame, **changes):
        options = {"unit": "hospital", "time": "month", "cohort": "start", "clusters": ["city"]}
        return build_design(frame, **{**options, **changes})

    return call
