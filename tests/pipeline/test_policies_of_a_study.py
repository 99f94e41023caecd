"""Policies that the design names are covariates of every estimator, dated as the calendar says."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dipeval.errors import DesignError
from dipeval.estimate import estimate
from dipeval.ledger import Ledger
from dipeval.panel.hospital_panel import HospitalPanel
from dipeval.pipeline.designing import design_study
from dipeval.pipeline.plan import declare
from dipeval.store.project import open_project


@pytest.fixture(scope="module")
def declared(root):
    return declare(open_project(root), "policies_together")


def panel_of(study):
    periods = [f"{year}Q{q}" for year in range(2019, 2023) for q in (1, 2, 3, 4)]
    keys = pd.MultiIndex.from_product([study.cities, ["H1", "H2"], periods])
    frame = keys.to_frame(index=False, name=["city", "hospital", "period"])
    frame["discharges"] = 30
    return HospitalPanel.from_frame(
        frame, frequency="quarter", currency="CNY", source="panel", ledger=Ledger()
    )


def test_a_policy_that_came_with_the_reform_in_every_city_stops_the_study(declared):
    """An estimator that learns slopes among the untreated would give the effect of both for that of the reform."""
    starts = {name: city.dates.payment for name, city in declared.cities.items() if not city.dates.never}
    one = next(policy for policy in declared.study.policies if policy.name == "service_prices")
    same = tuple(replace(one, city=city, start=start) for city, start in starts.items())
    treatment = replace(declared.study.treatment, policies=("service_prices",))
    study = replace(declared.study, policies=same, treatment=treatment)
    with pytest.raises(DesignError, match="cannot be told apart"):
        design_study(replace(declared, study=study), panel_of(study))


def test_policies_become_covariates(declared):
    study = declared.study
    made = design_study(declared, panel_of(study))
    assert list(made.design.covariates) == list(study.treatment.policies)
    rows = made.frame.assign(**{name: x for name, x in made.design.covariates.items()})
    for policy in study.policies:
        mine = rows[rows["city"] == policy.city]
        assert (mine[policy.name] == (mine["period"] >= policy.start)).all()
    prices = rows["service_prices"].to_numpy()
    values = 2.0 * prices + np.asarray(made.frame["after"], float)
    found = estimate(made.design, values, estimator="twfe").params
    assert found["treated"] == pytest.approx(1) and found["covariate=service_prices"] == pytest.approx(2)
