"""The four kinds of placebos as a study asks for them: verdicts, sentences, exhibits, refusals."""

from dataclasses import replace

import numpy as np
import pytest

from dipeval.check.finding import FAILED, INFORMATIVE, PASSED, Alternative
from dipeval.check.placebos.in_outcome import spread_within
from dipeval.check.placebos.level import assignment_level
from dipeval.check.placebos.power import could_find, detectable
from dipeval.check.placebos.verdicts import rank_verdict, zero_verdict
from dipeval.check.registry import CHECKS
from dipeval.disclose import gate, gate_together
from dipeval.errors import DataError, DesignError
from dipeval.present import tabulate

DATES = {f"c{k:02d}": "2019-09" if k < 3 else "never" for k in range(12)}


def run(subject, choice):
    return CHECKS[choice.kind].check(subject, choice)


@pytest.fixture(scope="module")
def small(make_panel):
    """Three of twelve cities reformed at one date, two hospitals each."""
    frame = make_panel(starts=DATES, hospitals=2, periods=12)
    rng = np.random.default_rng(1)
    ages = (60 + rng.normal(0, 1, len(frame))) * frame["discharges"]
    return frame.assign(age=ages.round().astype("int64"))


@pytest.fixture(scope="module")
def twfe(make_subject, small):
    return make_subject(small, estimator="twfe")


def test_fake_dates_of_a_clean_panel_pass(twfe, asked):
    found = run(twfe, asked("placebo_time"))
    figure, table = found.exhibits
    assert found.verdict == PASSED and not found.effects
    assert list(figure.frame["label_en"][:2]) == ["Main estimate", "2019-08 (1 month earlier)"]
    assert figure.frame["label_zh"][2] == "2019-07（提前2个月）" and len(figure.frame) == 1 + 7
    assert figure.name == "placebo_time" and table.name == "placebo_time_table"
    sides = table.frame[table.frame["column"].isin(["before", "after"])].groupby("row")["value"].sum()
    assert (sides == 8).all()
    least = table.frame[table.frame["column"] == "adjusted"]["value"].min()
    assert f"p = {least:.3f}" in found.sentence[0] and found.parts[0][0] == "1–7 months"


def test_a_drift_before_the_reform_fails(make_subject, make_panel, asked):
    drifting = make_panel(starts=DATES, hospitals=2, periods=12, slope=0.02)
    found = run(make_subject(drifting, estimator="twfe"), asked("placebo_time"))
    assert found.verdict == FAILED and "trends differed before the reform" in found.sentence[0]


def test_noise_that_hides_everything_is_informative(make_subject, make_panel, asked):
    noisy = make_panel(starts=DATES, hospitals=2, periods=12, noise=1.0, effect=-0.01, seed=3)
    found = run(make_subject(noisy, estimator="twfe"), asked("placebo_time", earlier=[2, 4]))
    assert found.verdict == INFORMATIVE and len(found.exhibits[0].frame) == 3


def test_dates_and_their_refusals_reach_the_study(twfe, asked):
    found = run(twfe, asked("placebo_time", "before", dates=["2019-05"]))
    assert found.exhibits[0].name == "before" and "2019-05 (4 months earlier)" in set(
        found.exhibits[0].frame["label_en"]
    )
    with pytest.raises(DesignError, match="2019-01: has no data on both sides"):
        run(twfe, asked("placebo_time", dates=["2019-01"]))


def test_one_period_before_the_reform_is_refused(make_subject, small, asked):
    late = small[small["period"] >= "2019-08"].reset_index(drop=True)
    with pytest.raises(DesignError, match="too few periods before"):
        run(make_subject(late, estimator="twfe", window=(-1, 3)), asked("placebo_time"))


def test_a_date_that_cannot_be_estimated_is_told(twfe, asked, monkeypatch):
    from dipeval.check.placebos import in_time

    def refused(estimate, date):
        made = in_time_backdated(estimate, date)
        return replace(made, estimate=None, reason="nothing is left") if date.earlier == 2 else made

    in_time_backdated = in_time.backdated
    monkeypatch.setattr(in_time, "backdated", refused)
    figure = run(twfe, asked("placebo_time", earlier=[1, 2])).exhibits[0]
    assert np.isnan(figure.frame["value"][2]) and any("nothing is left" in note for note in figure.notes_en)


def test_calendars_and_pilots_of_a_true_effect_pass(twfe, asked):
    space = run(twfe, asked("placebo_space", draws=200))
    calendar = run(twfe, asked("placebo_calendar", draws=220))
    assert space.verdict == calendar.verdict == PASSED
    assert "0 of 84 placebos" in space.sentence[0] and "1 of 220 placebos" in calendar.sentence[0]
    assert "3 of 9 untreated cities" in space.parts[0][0] and "全部 84 种" in space.parts[0][1]
    for finding in (space, calendar):
        frame = finding.exhibits[0].frame
        actual = frame[frame["part"] == "actual"]
        assert actual["value"].tolist() == [twfe.main.params.iloc[0]]
        drawn = frame[frame["part"] == "placebo"]
        assert drawn["value"].between(0, 1).all() and (drawn["largest_share"] < 0.6).all()
        assert len(frame[frame["part"] == "density"]) == 201
        rows = finding.exhibits[1].frame.set_index("row")["value"]
        assert rows["Placebos"] == len(drawn) and rows["Mean of placebos"] == pytest.approx(drawn["x"].mean())
        assert rows["97.5th percentile"] == pytest.approx(np.quantile(drawn["x"], 0.975))


def test_few_pilots_are_told_and_no_density_drawn(make_subject, small, asked):
    few = small[small["city"] >= "c07"].assign(
        cohort=lambda f: np.where(f["city"] == "c07", "2019-09", "never")
    )
    found = run(make_subject(few.reset_index(drop=True), estimator="twfe"), asked("placebo_space"))
    assert found.verdict == INFORMATIVE and "below 0.2" in found.sentence[0]
    figure = found.exhibits[0]
    assert "density" not in set(figure.frame["part"]) and any(
        "no density" in note for note in figure.notes_en
    )


def test_strata_are_a_column_that_cities_do_not_cut(make_subject, small, asked):
    provinces = small.assign(province=np.where(small["city"].isin(["c00", "c01", "c03", "c04"]), "a", "b"))
    subject = make_subject(provinces, estimator="twfe")
    table = run(subject, asked("placebo_calendar", within="province")).exhibits[1]
    assert table.frame.set_index("row")["value"]["Placebos"] == 6 * 8
    with pytest.raises(DesignError, match="differs within a city"):
        run(subject, asked("placebo_calendar", within="hospital"))
    with pytest.raises(DesignError, match="no column of the panel"):
        run(subject, asked("placebo_calendar", within="provinc"))


def test_dates_are_dealt_among_cities_whatever_errors_are_clustered_by(make_subject, small, asked, twfe):
    by_hospital = make_subject(small, estimator="twfe", clusters=("hospital",))
    level = assignment_level(by_hospital)
    assert level.cluster == "city" and not level.finer
    assert level.estimate.influence["city"] == pytest.approx(twfe.main.influence["city"], abs=1e-12)
    choice = asked("placebo_calendar", draws=220)
    theirs, own = run(twfe, choice).exhibits[0].frame, run(by_hospital, choice).exhibits[0].frame
    assert own["x"].to_numpy() == pytest.approx(theirs["x"].to_numpy(), abs=1e-12)
    among = run(by_hospital, asked("placebo_calendar", cluster="hospital", draws=50)).exhibits[0]
    assert any("although all of a city share one" in note for note in among.notes_en)
    with pytest.raises(DesignError, match="in which hospitals are nested"):
        run(by_hospital, asked("placebo_calendar", cluster="period"))


def test_cities_with_several_dates_leave_the_first_clustering(make_subject, small):
    cohort = np.where((small["city"] == "c00") & (small["hospital"] == "h1"), "2019-10", small["cohort"])
    subject = make_subject(small.assign(cohort=cohort), estimator="twfe", clusters=("hospital",))
    assert assignment_level(subject).cluster == "hospital" and not assignment_level(subject).finer


def test_outcomes_that_cannot_change(twfe, asked):
    found = run(twfe, asked("placebo_outcome", outcomes=["mean_age", "drug_share"]))
    figure, table = found.exhibits
    assert found.verdict == PASSED and len(found.parts) == 1 and "drug" not in found.parts[0][0].lower()
    row = figure.frame.iloc[1]
    own = table.frame[table.frame["column"] == "effect"].iloc[0]
    values = twfe.rows["age"] / twfe.rows["discharges"]
    before = twfe.rows[~((twfe.rows["cohort"] != "never") & (twfe.rows["period"] >= "2019-09"))].index
    groups = values[before].groupby([twfe.rows["city"][before], twfe.rows["hospital"][before]])
    spread = np.sqrt((groups.var() * (groups.count() - 1)).sum() / (groups.count() - 1).sum())
    assert spread_within(twfe, values.to_numpy()) == pytest.approx(spread)
    assert row["value"] == pytest.approx(own["value"] / spread)
    assert any("drug_cost" in note for note in table.notes_en)


def test_an_outcome_that_did_change_fails(twfe, asked):
    found = run(twfe, asked("placebo_outcome", outcomes=["mean_age", "length_of_stay"]))
    assert found.verdict == FAILED and "(Length of stay; " in found.sentence[0]


@pytest.mark.parametrize("names", [["mean_agee"], ["log_cost_per_case"]])
def test_outcomes_that_are_refused(twfe, asked, names):
    with pytest.raises(DataError, match="is no outcome|whose effect is checked"):
        run(twfe, asked("placebo_outcome", outcomes=names))


def test_all_exhibits_pass_the_gate_and_are_laid_out(twfe, asked):
    choices = asked("placebo_time"), asked("placebo_space"), asked("placebo_outcome", outcomes=["mean_age"])
    made = [e for choice in choices for e in run(twfe, choice).exhibits]
    for released, withheld in gate_together(made):
        assert not withheld and "count" not in released.public.columns
        if released.exhibit.kind == "grid":
            assert all("NaN" not in tabulate(released, language)["md"].decode() for language in ("en", "zh"))


def test_a_fake_pilot_of_one_hospital_is_held_back(make_subject, small, asked):
    one = small[(small["city"] != "c05") | (small["hospital"] == "h0")].reset_index(drop=True)
    figure = run(make_subject(one, estimator="twfe"), asked("placebo_space", number=1)).exhibits[0]
    released, withheld = gate(figure)
    assert len(withheld) == 1 and released.exhibit.frame["suppressed"].sum() == 1


@pytest.mark.parametrize(
    ("p_value", "least", "own", "verdict"),
    [
        (0.04, 0.002, 0.01, PASSED),
        (0.08, 0.002, 0.01, INFORMATIVE),
        (0.20, 0.002, 0.01, FAILED),
        (0.20, 0.002, 0.30, INFORMATIVE),
        (0.20, 0.200, 0.01, INFORMATIVE),
    ],
)
def test_verdict_by_rank(p_value, least, own, verdict):
    assert rank_verdict(p_value, least, own, 0.05) == verdict


def test_verdict_on_zeros_and_what_could_be_found():
    assert zero_verdict(np.array([0.2, np.nan]), 1, 0.05) == PASSED
    assert zero_verdict(np.array([0.2, 0.03]), 1, 0.05) == FAILED
    assert zero_verdict(np.array([0.2, np.nan]), 0, 0.05) == INFORMATIVE
    one = Alternative(("a", "a"), 0.0, -1.959964, 1.959964)
    assert detectable(one, 0.95) == pytest.approx(1.959964 + 0.841621, abs=1e-5)
    assert could_find([one, Alternative(("b", "b"))], -2.81, 0.95) == 1
    assert could_find([one], 2.79, 0.95) == 0


def test_what_errors_by_city_alone_blame_is_not_blamed(twfe, asked):
    """A sound panel: below 0.05 by clustered errors, not so among the calendars that could have been."""
    found = run(twfe, asked("placebo_time", earlier=[3]))
    own = found.exhibits[1].frame.set_index("column")["value"]
    assert own["p"] < 0.05 < own["adjusted"] and found.verdict == PASSED
    assert any("dealt anew" in note for note in found.exhibits[1].notes_en)


def test_one_placebo_is_told_in_the_singular(twfe, make_subject, make_panel, asked):
    drifting = make_panel(starts=DATES, hospitals=2, periods=12, slope=0.02)
    found = run(make_subject(drifting, estimator="twfe"), asked("placebo_time", earlier=[3]))
    assert "; it is told from zero" in found.sentence[0]
    said = run(twfe, asked("placebo_time", earlier=[1])).sentence[0]
    assert said.startswith("The fake date before the reform gives an effect of ") and "1 of 1 would" in said
    said = run(twfe, asked("placebo_outcome", outcomes=["length_of_stay"])).sentence[0]
    assert said.startswith("The one outcome that the reform cannot change has an effect (Length of stay; ")
    said = run(twfe, asked("placebo_outcome", outcomes=["mean_age"])).sentence[0]
    assert "has no effect (p = " in said and "1 of 1 would" in said


def test_placebos_without_an_estimate_are_told(make_subject, make_panel, asked):
    subject = make_subject(make_panel(hospitals=2), estimator="stacked", others=("stacked",))
    found = run(subject, asked("placebo_space"))
    assert "because they could not be estimated" in found.sentence[0]
    assert any("count as large as any" in note for note in found.exhibits[1].notes_en)
