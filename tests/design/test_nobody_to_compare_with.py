"""A design that compares with nobody: one reformed city alone, for series that bring their own comparison."""

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate import estimate

COLUMNS = {"unit": "unit", "time": "time", "cohort": "start", "clusters": ["city"], "event_window": (-3, 3)}


@pytest.fixture
def alone():
    unit, time = np.divmod(np.arange(3 * 12), 12)
    return pd.DataFrame({"unit": unit, "time": time, "city": "one", "start": 6, "y": np.arange(36.0)})


def test_one_city_alone_is_a_design_only_where_nobody_is_compared_with(alone):
    with pytest.raises(DesignError, match="single cluster"):
        build_design(alone, **COLUMNS)
    design = build_design(alone, comparison="none", **COLUMNS)
    assert design.n_units == 3 and design.treated.sum() == 18 and design.comparison == "none"


def test_no_estimator_takes_it(alone):
    design = build_design(alone, comparison="none", **COLUMNS)
    with pytest.raises(DesignError, match="needs hospitals to compare with"):
        estimate(design, alone["y"], estimator="imputation")


def test_what_else_is_wrong_is_still_told(alone):
    with pytest.raises(DesignError, match="no hospital is treated inside the calendar"):
        build_design(alone.assign(start=99), comparison="none", **COLUMNS)
    with pytest.raises(DesignError, match="did you mean 'none'"):
        build_design(alone, comparison="nonee", **COLUMNS)
