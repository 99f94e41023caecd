"""Models of hospital-periods from a panel: ratios weighted by their denominators, and the volume."""

import numpy as np
import pytest

from dipeval.describe.outcome_models.panel_sums import panel_sums, ratio_outcomes
from dipeval.describe.registry import KINDS
from dipeval.errors import DataError, DesignError
from dipeval.study.descriptions import DescriptionChoice

KIND = KINDS["panel_models"]


@pytest.fixture(scope="module")
def of_panel(given_stays, stays_of_hospitals):
    """The same hospitals as a panel, without their cases."""
    from dataclasses import replace

    cases = stays_of_hospitals.assign(period=[f"{d:%Y-%m}" for d in stays_of_hospitals["discharge_date"]])
    sums = cases.groupby(["city", "hospital", "period"], as_index=False)[
        ["total_cost", "drug_cost", "care_days"]
    ].sum()
    panel = given_stays.panel.merge(sums, on=["city", "hospital", "period"])
    return replace(given_stays, panel=panel, cases=None, engine=None)


def choice(**options):
    plain = {name: key.default for name, key in KIND.keys.items()}
    return DescriptionChoice("rows", "panel_models", {**plain, **options})


def test_gamma_and_poisson_need_no_cases(given_stays, of_panel):
    """Their scores are linear in the outcome: the panel gives what the cases give."""
    of_cases = KINDS["outcome_models"]
    asked = {name: key.default for name, key in of_cases.keys.items()} | {"outcomes": ("total_cost",)}
    (by_case,) = of_cases.make(given_stays, DescriptionChoice("m", "outcome_models", asked))
    (by_row,) = KIND.make(of_panel, choice(outcomes=("cost_per_case",)))
    for model in ("gamma", "poisson"):
        ours, theirs = (
            t.frame[(t.frame["estimator"] == model) & (t.frame["part"] == "coefficient")]
            for t in (by_row, by_case)
        )
        for column in ("value", "std_error", "conf_low"):
            np.testing.assert_allclose(ours[column], theirs[column], rtol=1e-8)
    assert "cost per case" in by_row.title_en


def test_the_volume_and_shares(of_panel):
    volume, share = KIND.make(of_panel, choice(outcomes=("discharges", "drug_share")))
    assert {"poisson", "negative_binomial"} <= set(volume.frame["estimator"])
    assert any("each one observation" in note for note in volume.notes_en)
    assert any("variance of hospital-periods" in note for note in share.notes_en)
    assert "negative_binomial" not in set(share.frame["estimator"])
    treated = of_panel.panel.query("city in ['a', 'b'] and period >= '2021-04'")
    for table in (volume, share):
        counts = table.frame.loc[table.frame["part"] == "coefficient", "count"]
        assert (counts == treated["discharges"].sum()).all()


def test_what_is_no_ratio(of_panel):
    assert "mean_log_total_cost" not in ratio_outcomes()
    with pytest.raises(DataError, match="is no ratio"):
        panel_sums(of_panel.panel, "mean_log_total_cost")
    with pytest.raises(DataError, match="consumables_cost"):
        panel_sums(of_panel.panel, "consumables_share")


def test_a_panel_of_zeros(of_panel):
    from dataclasses import replace

    empty = replace(of_panel, panel=of_panel.panel.assign(total_cost=0))
    with pytest.raises(DesignError, match="above zero in no case"):
        KIND.make(empty, choice(outcomes=("cost_per_case",)))
