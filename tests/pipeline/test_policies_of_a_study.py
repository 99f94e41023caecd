"""Policies that the design names are covariates of every estimator, dated as the calendar says."""

import numpy as np
import pandas as pd
import pytest

from dipeval.estimate import estimate
from dipeval.ledger import Ledger
from dipeval.panel.hospital_panel import HospitalPanel
from dipeval.pipeline.designing import design_study
from dipeval.pipeline.plan import declare
from dipeval.store.project import open_project


@pytest.fixture(scope="module")
def declared(root):
    return declare(open_project(root), "policies_together")


def test_policies_become_covariates(declared):
    study = declared.study
    periods = [f"{year}Q{q}" for year in range(2019, 2023) for q in (1, 2, 3, 4)]
    keys = pd.MultiIndex.from_product([study.cities, ["H1", "H2"], periods])
    frame = keys.to_frame(index=False, name=["city", "hospital", "period"])
    frame["discharges"] = 30
    panel = HospitalPanel.from_frame(
        frame, frequency="quarter", currency="CNY", source="panel", ledger=Ledger()
    )
    made = design_study(declared, panel)
    assert list(made.design.covariates) == list(study.treatment.policies)
    rows = made.frame.assign(**{name: x for name, x in made.design.covariates.items()})
    for policy in study.policies:
        mine = rows[rows["city"] == policy.city]
        assert (mine[policy.name] == (mine["period"] >= policy.start)).all()
    prices = rows["service_prices"].to_numpy()
    values = 2.0 * prices + np.asarray(made.frame["after"], float)
    found = estimate(made.design, values, estimator="twfe").params
    assert found["treated"] == pytest.approx(1) and found["covariate=service_prices"] == pytest.approx(2)
