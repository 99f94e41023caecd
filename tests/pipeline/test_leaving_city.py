"""A city that leaves the reform: its dates, what a study does with the periods after, what is said of it."""

import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from small_study import write_small_study

from dipeval.errors import DesignError, StudyError
from dipeval.estimate import estimate
from dipeval.ledger import Ledger
from dipeval.panel.hospital_panel import HospitalPanel
from dipeval.panel.outcomes import outcome_values
from dipeval.pipeline import publishing
from dipeval.pipeline.designing import design_study
from dipeval.pipeline.estimating import checks_of
from dipeval.pipeline.plan import declare
from dipeval.simulate import simulate_panel
from dipeval.store.project import open_project
from dipeval.study.explain import explain
from dipeval.vocabulary import outcomes

LEFT = 'payment = "2020-07"\nended = "2021-07"\nended_reason = "moved to DRG points (invented)"'


@pytest.fixture(scope="module")
def place(tmp_path_factory, root):
    """The small study, in which Chunxi leaves in July 2021."""
    place = tmp_path_factory.mktemp("leaving")
    for kind in ("studies", "cities", "sources"):
        shutil.copytree(root / "analysis" / kind, place / "analysis" / kind)
    write_small_study(place)
    city = place / "analysis/cities/synthetic_chunxi.toml"
    city.write_text(city.read_text(encoding="utf-8").replace('payment = "2020-07"', LEFT), encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def declared(place):
    return declare(open_project(place), "small")


@pytest.fixture(scope="module")
def invented(declared):
    frame, truth = simulate_panel(declared.study, declared.cities)
    return HospitalPanel(frame, "month", "CNY", "discharges", Ledger()), frame, truth


def saying(declared, **words):
    return replace(
        declared, study=replace(declared.study, treatment=replace(declared.study.treatment, **words))
    )


def test_the_effect_ends_with_the_reform(declared, invented):
    """The same stays as if Chunxi had stayed, which cost less as long as it is under the reform."""
    chunxi = declared.cities["synthetic_chunxi"]
    stays = replace(chunxi, dates=replace(chunxi.dates, ended="", ended_reason=""))
    other, _ = simulate_panel(declared.study, {**declared.cities, "synthetic_chunxi": stays})
    mine = invented[1]
    after = (mine["city"] == "synthetic_chunxi") & (mine["period"] >= "2021-07")
    assert after.any() and (mine.loc[after, "total_cost"] > other.loc[after, "total_cost"]).all()
    columns = ["city", "hospital", "period", "discharges", "total_cost"]
    pd.testing.assert_frame_equal(mine.loc[~after, columns], other.loc[~after, columns])
    cities = {row["city"]: row for row in invented[2].content["cities"]}
    assert cities["synthetic_chunxi"]["ended"] == "2021-07" and "ended" not in cities["synthetic_dongpu"]


def test_dropped_periods_stand_in_the_ledger(declared, invented):
    panel, frame, _ = invented
    designed = design_study(saying(declared, after_leaving="drop"), panel)
    entry = next(e for e in designed.ledger if e.rule == "after_leaving")
    gone = (frame["city"] == "synthetic_chunxi") & (frame["period"] >= "2021-07")
    assert entry.rows_before - entry.rows_after == gone.sum() > 0
    assert designed.design.unit_ended is None and "ended" not in designed.frame
    assert designed.frame.loc[designed.frame["city"] == "synthetic_chunxi", "period"].max() == "2021-06"
    result = estimate(designed.design, np.zeros(len(designed.frame)), estimator="imputation")
    assert result.n_obs == len(designed.frame)


def test_kept_periods_are_for_the_estimator_that_knows_of_them(declared, invented):
    panel, frame, _ = invented
    designed = design_study(declared, panel)
    assert (
        np.isfinite(designed.design.unit_ended).sum()
        == designed.frame.query("arm == 'synthetic_chunxi'")["unit"].nunique()
    )
    with pytest.raises(DesignError, match='after_leaving = "drop"'):
        estimate(designed.design, np.zeros(len(designed.frame)), estimator="imputation")
    # what the reform did to each hospital-period: the invented panel against the one in which it does nothing
    idle = replace(declared.study, simulation=replace(declared.study.simulation, effects={}))
    other, _ = simulate_panel(idle, declared.cities)
    logs = [outcome_values(f, outcomes()["mean_log_total_cost"])[0] for f in (designed.frame, other)]
    effect = logs[0] - logs[1]
    words = {"estimator": "switching", "method": "each_change"}
    starts = estimate(designed.design, effect, switchers="in", **words).params
    true = invented[2].by_event_time("mean_log_total_cost").set_index("event_time")["true_effect"]
    for event in (0, 3, 9):
        assert starts[f"event_time={event}"] == pytest.approx(true[event], abs=0.005) and true[event] < -0.01
    ends = estimate(designed.design, effect, switchers="out", **words).params
    assert ends["event_time=0"] == pytest.approx(true[12], abs=0.01), "leaving gives up what was gained"


def test_the_report_says_how_much_effects_must_vary_to_mislead(declared, invented):
    checks = checks_of(declared, design_study(declared, invented[0]), [])
    rows = checks.set_index("check")
    assert rows.loc["twfe_weights", "statistic"] < 0 < rows.loc["twfe_heterogeneity", "statistic"]
    told = publishing._checked(checks)
    assert "get a negative weight" in told[0]
    assert "standard deviation of" in told[1] and told[1].endswith("[mean_log_total_cost]")
    harmless = checks.assign(statistic=0.0)
    assert len(publishing._checked(harmless)) == 1


def test_the_methods_say_so(declared):
    names = {e.name: (e.name, e.name, e.name) for e in declared.study.estimators}
    english, chinese = explain(declared.study, declared.cities, names, ("", ""))
    assert "Chunxi (synthetic) from 2020-07 until it left in 2021-07" in english
    assert "春溪（虚拟）自2020-07至2021-07退出" in chinese and "退出后的时期保留" in chinese
    dropped = explain(saying(declared, after_leaving="drop").study, declared.cities, names, ("", ""))
    assert "who left is no clean comparison" in dropped[0] and "不是干净的对照" in dropped[1]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ('payment = "2020-07"\nended = "2021-07"', "dates.ended_reason"),
        ('payment = "2020-07"\nended = "2019-07"\nended_reason = "x"', "does not lie after payment"),
        ('never = true\nended = "2019-07"\nended_reason = "x"', "ends what never started"),
        ('payment = "2020-07"\nended = "2021"\nended_reason = "x"', "too coarse for a study by month"),
    ],
)
def test_dates_that_cannot_be(place, tmp_path, lines, words):
    shutil.copytree(place / "analysis", tmp_path / "analysis")
    city = tmp_path / "analysis/cities/synthetic_chunxi.toml"
    text = city.read_text(encoding="utf-8")
    start, end = text.index("payment ="), text.index('source = "invented"')
    city.write_text(text[:start] + lines + "\n" + text[end:], encoding="utf-8")
    with pytest.raises(StudyError, match=words):
        declare(open_project(tmp_path), "small")
