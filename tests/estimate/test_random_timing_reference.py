"""Estimators of R's staggered that are group-time averages, with its design-based error.

`staggered_cs` compares with hospitals not treated yet, `staggered_sa` with those never treated. Where the
timing is random (Roth & Sant'Anna 2023), cohort sizes count as given and the error is Neyman's: the sum
over cohorts of N/(N-1) Σ (ψ - mean of the cohort)², with ψ the influence without that of the cohort shares.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from dipeval.errors import DesignError
from dipeval.estimate import estimate
from dipeval.estimate.group_time import estimate_cells
from dipeval.estimate.group_time_terms import Averaging
from dipeval.estimate.sample import make_sample
from dipeval.infer import infer

FILE = Path(__file__).resolve().parents[2].parent / "shared" / "reference" / "values" / "drdid_staggered.json"
RECORDS = json.loads(FILE.read_text(encoding="utf-8"))["records"] if FILE.exists() else []
PLAIN = [r for r in RECORDS if "_staggered_cs_" in r["id"] or "_staggered_sa_" in r["id"]]
EFFICIENT = [r for r in RECORDS if "_staggered_" in r["id"] and r not in PLAIN]
OVERALL = {"simple": "simple", "cohort": "group", "calendar": "calendar"}
COMPARED = {"cs": "not_yet_treated", "sa": "never_treated"}


@pytest.mark.parametrize("record", PLAIN, ids=lambda r: r["id"])
def test_record(record, counties, county_design):
    _, _, kind, estimand = record["id"].split("_")
    design = county_design(comparison=COMPARED[kind])
    sample = make_sample(design, counties["lemp"], None, "y", "y")
    options = {"method": "outcome_regression", "base_period": "varying"}
    cells = estimate_cells(sample, **options, weights_of="base_of_cell", gaps="leave_out")
    average = Averaging(cells, None).overall(OVERALL[estimand]).averages[0]
    stored = record["estimates"][0]
    assert average.value(cells.att) == pytest.approx(stored["estimate"], rel=1e-8)
    no_shares = np.zeros((len(cells.cohorts), 1))
    influence = cells.influence_on(average.weights[:, None], no_shares)["countyreal"][:, 0]
    _, cohort, size = np.unique(sample.unit_cohort, return_inverse=True, return_counts=True)
    centred = influence - (np.bincount(cohort, influence) / size)[cohort]
    spread = (np.bincount(cohort, centred**2) * size / (size - 1)).sum()
    assert np.sqrt(spread) == pytest.approx(stored["se_neyman"], rel=1e-6)


@pytest.mark.parametrize(
    "record",
    [
        r
        for r in RECORDS
        if r["id"].startswith("mpdta_staggered") and not ("_cs_" in r["id"] or "_sa_" in r["id"])
    ],
    ids=lambda r: r["id"],
)
def test_efficient(record, counties, county_design):
    """The efficient estimator of `staggered`, with its Neyman error; its default error is a little smaller.

    That one takes off (1/N) b' S b, b the sum over cohorts of the regression of their part of the estimate
    on outcomes before the first reform, S their mean covariance: less than 0.6 % here.
    """
    kind = record["id"].split("_")[2]
    design = county_design(comparison="not_yet_treated")
    overall = {} if kind == "eventstudy" else {"overall": OVERALL[kind]}
    result = estimate(design, counties["lemp"], estimator="group_time", timing="random", **overall)
    result = infer(result, small_sample="CR0", cluster="countyreal")
    for stored in record["estimates"]:
        term = f"event_time={stored['eventTime']}" if kind == "eventstudy" else "att"
        assert result.params[term] == pytest.approx(stored["estimate"], rel=1e-8)
        assert result.std_errors[term] == pytest.approx(stored["se_neyman"], rel=1e-6)
        assert 0.99 < stored["se"] / stored["se_neyman"] <= 1
    assert "timing of the reform is random" in result.estimand


def test_random_timing_has_smaller_errors_and_the_same_truth(counties, county_design):
    """Levels that differ between hospitals are noise for β = 0, history predicts them for the rest."""
    rng = np.random.default_rng(4)
    start = rng.permutation(np.repeat([2004.0, 2006, 2007, np.inf], [60, 60, 80, 300]))
    frame = counties.sort_values(["countyreal", "year"]).reset_index(drop=True)
    frame["start"] = np.where(np.isinf(start), np.nan, start).repeat(5)
    level = rng.normal(size=500).repeat(5)
    frame["y"] = level + rng.normal(size=2500) - 0.5 * (frame["year"] >= frame["start"])
    from dipeval.design import build_design

    design = build_design(
        frame, unit="countyreal", time="year", cohort="start", clusters=["countyreal"], event_window=(-4, 3)
    )
    rows = {}
    for timing in ("parallel_trends", "random"):
        found = infer(
            estimate(design, frame["y"], estimator="group_time", timing=timing), cluster="countyreal"
        )
        rows[timing] = found.tidy().set_index("term").loc["att"]
        assert abs(rows[timing]["estimate"] + 0.5) < 4 * rows[timing]["std_error"]
    assert rows["random"]["std_error"] < 0.95 * rows["parallel_trends"]["std_error"]


@pytest.mark.parametrize(
    ("design", "options", "words"),
    [
        ({"covariates": ["lpop"]}, {}, "takes no covariates"),
        ({"weights": "lpop"}, {}, "takes no weights"),
        ({}, {"gaps": "cross_sections"}, "needs hospitals that are followed"),
        ({}, {"timing": "randm"}, "did you mean 'random'"),
    ],
)
def test_refusals(design, options, words, counties, county_design):
    with pytest.raises(DesignError, match=words):
        estimate(
            county_design(**design),
            counties["lemp"],
            estimator="group_time",
            **{"timing": "random"} | options,
        )


def test_gaps_and_single_hospitals_are_refused(counties, county_design):
    gappy = counties["lemp"].where(counties.index != 7)
    with pytest.raises(DesignError, match="there in every period"):
        estimate(county_design(), gappy, estimator="group_time", timing="random")
    first = counties.loc[counties["start"] == 2004, "countyreal"].iloc[0]
    few = counties["lemp"].where((counties["start"] != 2004) | (counties["countyreal"] == first))
    with pytest.raises(DesignError, match="two hospitals in each cohort"):
        estimate(county_design(), few, estimator="group_time", timing="random", gaps="leave_out")
