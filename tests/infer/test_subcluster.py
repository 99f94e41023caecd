"""Wild bootstrap with weights by hospital and errors by city: against rows drawn and fitted anew."""

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate import estimate
from dipeval.infer import infer
from dipeval.infer.wild import Subclusters, WildTerm, all_signs

N_PERIODS = 5
CITY_OF = np.array([2, 0, 1, 0, 3, 1, 2, 3])


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(3)
    unit, time = np.divmod(np.arange(len(CITY_OF) * N_PERIODS), N_PERIODS)
    city = CITY_OF[unit]
    frame = pd.DataFrame({"unit": unit, "time": time, "city": city, "x": rng.normal(size=len(unit))})
    frame["start"] = np.where(city == 1, "2", "never")
    frame["w"] = rng.uniform(1, 3, len(frame))
    frame["y"] = rng.normal(size=(4, N_PERIODS))[city, time] + rng.normal(size=len(frame)) + frame["x"]
    frame["odd"] = np.where(unit == 0, "a", "b")
    return frame


@pytest.fixture(scope="module")
def result(frame):
    columns = {"unit": "unit", "time": "time", "cohort": "start", "clusters": ["city", "unit", "odd"]}
    return estimate(
        build_design(frame, covariates=["x"], weights="w", **columns), frame["y"], estimator="twfe"
    )


def refitted(frame, signs, restricted, by_jackknife, null):
    """t statistics of draws by weighted least squares on dummies; rows of the design sorted by unit."""
    unit, time, city = (frame[name].to_numpy() for name in ("unit", "time", "city"))
    root = np.sqrt(frame["w"].to_numpy())
    dummies = np.hstack([unit[:, None] == np.arange(8), time[:, None] == np.arange(1, N_PERIODS)])
    treated = (city == 1) & (time >= 2)
    columns = root[:, None] * np.column_stack([treated, frame["x"], dummies])
    outcome = root * frame["y"].to_numpy()

    def fit(y, rows=slice(None)):
        return np.linalg.lstsq(columns[rows], y[rows], rcond=None)[0]

    centre = fit(outcome)
    if restricted:
        rest = np.linalg.lstsq(columns[:, 1:], outcome - null * columns[:, 0], rcond=None)[0]
        centre = np.r_[null, rest]
    pull = np.linalg.pinv(columns)[0]
    for sign in signs:
        made = columns @ centre + sign[unit] * (outcome - columns @ centre)
        again = fit(made)
        left = pull * (made - columns @ again)
        moved = [left[city == g].sum() for g in range(4)]
        if by_jackknife:
            moved = [fit(made, city != g)[1] - again[1] for g in range(4)]
        k = 1 if by_jackknife else 0
        yield (again[k] - centre[k]) / np.sqrt(np.sum(np.square(moved)))


@pytest.mark.parametrize("restricted", [True, False])
def test_each_draw_is_a_regression_fitted_anew(restricted, frame, result):
    moments = result.moments("city")
    finer = Subclusters(result.moments("unit"), CITY_OF)
    term = WildTerm(moments, 0, restricted, drawn=finer)
    null, signs = 0.4, all_signs(8)[[1, 77, 130, 200]]
    numerator, square = term.draws(signs).at(term.estimate - null)
    expected = list(refitted(frame, signs, restricted, False, null))
    assert numerator / np.sqrt(square) == pytest.approx(expected, rel=1e-9)


def test_errors_of_draws_by_the_jackknife(frame, result):
    """Of the covariate: without its city the treatment is not identified."""
    finer = Subclusters(result.moments("unit"), CITY_OF)
    term = WildTerm(result.moments("city"), 1, False, by_jackknife=True, drawn=finer)
    signs = all_signs(8)[[3, 99]]
    numerator, square = term.draws(signs).at(term.estimate)
    expected = list(refitted(frame, signs, False, True, 0.0))
    assert numerator / np.sqrt(square) == pytest.approx(expected, rel=1e-9)


def test_p_value_counts_all_draws(frame, result):
    found = infer(result, "wild", draw_by="unit", terms=["treated"])
    drawn = np.abs(list(refitted(frame, all_signs(8), True, False, 0.0)))
    p = np.mean(drawn >= drawn[0] * (1 - 1e-9))
    assert found.pvalues["treated"] == pytest.approx(p) and found.inference.draws == 256
    assert "(4 clusters, drawn by unit, all 256" in found.inference.rule
    assert found.inference.n_clusters == 4


def test_the_level_of_the_error_is_no_finer_level(result):
    one, two = (infer(result, "wild", terms=["treated"], **o) for o in ({}, {"draw_by": "city"}))
    assert one.pvalues["treated"] == two.pvalues["treated"] and one.inference.rule == two.inference.rule


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"draw_by": "untis"}, "'untis' is not a clustering variable"),
        ({"draw_by": "unit", "variant": "31"}, "leaves out whole clusters"),
        ({"draw_by": "unit", "n_draws": 99}, "draws are random and have no seed"),
        ({"draw_by": "odd"}, "groups of odd lie in several clusters of city"),
    ],
)
def test_options_that_are_refused(options, words, result):
    with pytest.raises(DesignError) as caught:
        infer(result, "wild", **options)
    assert words in str(caught.value)
