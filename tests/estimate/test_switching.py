"""The switching estimator: by hand, by its definition, by differences, and on known effects."""

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate import estimate
from dipeval.infer import infer

NOBODY = (None, None)
DATES = [(3, None), (3, 7), (4, None), (4, 8), (6, None), NOBODY, NOBODY, (0, None), (0, 5), (0, 7), (5, 9)]
N_PERIODS = 10


def draw(dates=DATES, hospitals=3, seed=1, gaps=0.0):
    """Cities of a few hospitals each, with a start and an end of treatment, weights and a covariate."""
    rng = np.random.default_rng(seed)
    rows = [
        (f"h{c:02d}{k}", f"c{c:02d}", t, *dates[c])
        for c in range(len(dates))
        for k in range(hospitals)
        for t in range(N_PERIODS)
    ]
    frame = pd.DataFrame(rows, columns=["unit", "city", "time", "start", "ended"])
    on, off = frame["start"].fillna(99), frame["ended"].fillna(99)
    frame["d"] = ((frame["time"] >= on) & (frame["time"] < off)).astype(int)
    level = pd.Series(rng.uniform(0.5, 2, frame["unit"].nunique()), frame["unit"].unique())
    frame["w"] = frame["unit"].map(level) * rng.uniform(0.8, 1.2, len(frame))
    frame["x"] = rng.normal(size=len(frame)) + 0.1 * frame["time"]
    frame["y"] = 0.3 * frame["time"] + 0.5 * frame["d"] + 0.4 * frame["x"] + rng.normal(size=len(frame))
    frame.loc[rng.random(len(frame)) < gaps, "y"] = np.nan
    return frame


def build(frame, **options):
    columns = {"unit": "unit", "time": "time", "cohort": "start", "ended": "ended", "event_window": (-4, 6)}
    return build_design(frame, **columns | {"clusters": ["unit", "city"]} | options)


def run(frame, weights=None, covariates=(), comparison="not_yet_treated", **options):
    design = build(frame, weights=weights, covariates=list(covariates), comparison=comparison)
    return estimate(design, frame["y"], estimator="switching", **options)


def test_three_hospitals_by_hand():
    """One starts in 2, one is treated in 0 and 1, with one of each path that stays.

    In: (8 - 3) - (4 - 2) = 3 in period 2, (9 - 3) - (5 - 2) = 3 in period 3; placebo (1 - 3) - (1 - 2) = -1.
    Out: -[(2 - 7) - (7 - 6)] = 6 and -[(1 - 7) - (8 - 6)] = 8; placebo -[(5 - 7) - (5 - 6)] = 1.
    """
    paths = {"in": (2, None, [1, 3, 8, 9]), "out": (0, 2, [5, 7, 2, 1])}
    paths |= {"never": (None, None, [1, 2, 4, 5]), "always": (0, None, [5, 6, 7, 8])}
    rows = [(n, t, s, e, y[t]) for n, (s, e, y) in paths.items() for t in range(4)]
    frame = pd.DataFrame(rows, columns=["unit", "time", "start", "ended", "y"])
    design = build(frame, clusters=["unit"], event_window=(-2, 1))
    params = estimate(design, frame["y"], estimator="switching").params
    wanted = {"switchers=in": 3, "switchers=out": 7, "att": 5, "event_time=0": 4.5, "event_time=1": 5.5}
    wanted |= {"event_time=-2": 0, "event_time=-1": 0, "cohort=2": 3, "cohort=left 2": 7}
    assert params.to_dict() == pytest.approx(wanted, abs=1e-12)
    normalized = estimate(design, frame["y"], estimator="switching", normalized=True).params
    assert normalized["event_time=1"] == pytest.approx(5.5 / 2) and normalized["att"] == pytest.approx(5)


def by_definition(frame, effects, placebos, weighted, method="dynamic", sign=(1, -1), same=False):
    """DID_l, placebos and the average total effect, hospital by hospital; no array, no shared code."""
    own = {}
    for name, rows in frame.groupby("unit"):
        d = rows["d"].tolist()
        keep = rows["y"].notna().tolist()
        own[name] = (
            d,
            {t: y for t, (y, k) in enumerate(zip(rows["y"], keep, strict=True)) if k},
            rows["w"].tolist() if weighted else [1.0] * N_PERIODS,
        )

    def events(d):
        changes = [t for t in range(1, N_PERIODS) if d[t] != d[t - 1]]
        return changes[:1] if method == "dynamic" else changes

    def comparable(d, other, f, t):
        if method == "dynamic":
            return d[0] == other[0] and all(v == other[0] for v in other[: t + 1])
        if method == "each_change":
            return d[:f] == other[:f] and all(v == other[f - 1] for v in other[f : t + 1])
        return other[f - 1] == d[f - 1] and other[f] == other[f - 1]

    def steady(d, f, start):
        return method != "instantaneous" or all(v == d[f - 1] for v in d[start:f])

    found = {}
    for d, y, w in own.values():
        for f in events(d):
            s = d[f] - d[f - 1]
            if s not in sign:
                continue
            mine = {}
            for step in range(1, effects + 1):
                t = f - 1 + step
                if t >= N_PERIODS or t not in y or f - 1 not in y or (method == "instantaneous" and step > 1):
                    continue
                if method == "each_change" and any(d[k] != d[f] for k in range(f, t + 1)):
                    continue
                others = [
                    o for o in own.values() if comparable(d, o[0], f, t) and t in o[1] and f - 1 in o[1]
                ]
                if not others:
                    continue
                dose = [abs(d[k] - d[f - 1]) for k in range(f, t + 1)]
                mine[step] = (s * did(y, others, t, f - 1, t), w[t], dose[-1], sum(dose))
                back = f - 1 - step
                usable = [o for o in others if back in o[1] and steady(o[0], f, back)]
                if step <= placebos and back >= 0 and back in y and usable and steady(d, f, back):
                    mine[-step] = (s * did(y, usable, back, f - 1, t), w[t], dose[-1], sum(dose))
            if not same or all(step in mine for step in range(1, effects + 1)):
                for step, parts in mine.items():
                    found.setdefault(step, []).append(parts)
    result = {
        f"event_time={step - 1}": sum(e * w for e, w, _, _ in parts) / sum(w for _, w, _, _ in parts)
        for step, parts in found.items()
    }
    every = [part for step, parts in found.items() if step > 0 for part in parts]
    result["att"] = sum(e * w for e, w, _, _ in every) / sum(w * dose for _, w, dose, _ in every)
    return result


def did(y, others, t, base, weighed_at):
    total = sum(w[weighed_at] for _, _, w in others)
    level = sum(w[weighed_at] * (o[t] - o[base]) for _, o, w in others) / total
    return y[t] - y[base] - level


@pytest.mark.parametrize("method", ["dynamic", "each_change", "instantaneous"])
@pytest.mark.parametrize("weights", [None, "w"])
def test_points_are_those_of_the_definition(method, weights):
    frame = draw(gaps=0.08)
    result = run(frame, weights, method=method, n_effects=4, aggregate=["overall", "event_time"])
    wanted = by_definition(frame, 4, 3, weights is not None, method)
    wanted = {term: value for term, value in wanted.items() if term in result.params}
    assert len(wanted) == {"dynamic": 8, "each_change": 8, "instantaneous": 3}[method]
    assert result.params[list(wanted)].to_dict() == pytest.approx(wanted, rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("switchers, sign", [("in", (1,)), ("out", (-1,))])
def test_one_direction_and_the_same_hospitals(switchers, sign):
    frame = draw(gaps=0.05)
    result = run(
        frame, switchers=switchers, n_effects=3, same_switchers=True, aggregate=["overall", "event_time"]
    )
    wanted = by_definition(frame, 3, 3, False, sign=sign, same=True)
    assert result.params[list(wanted)].to_dict() == pytest.approx(wanted, rel=1e-10)
    after = result.terms[result.terms["event_time"] >= 0]
    assert after["n_hospitals"].nunique() == 1


@pytest.mark.parametrize("method", ["dynamic", "each_change", "instantaneous"])
@pytest.mark.parametrize("covariates", [(), ("x",)])
def test_influence_is_the_derivative_by_the_weight_of_a_hospital(method, covariates):
    frame = draw(gaps=0.05)
    frame["w"] = frame.groupby("unit")["w"].transform("first")
    result = run(frame, "w", covariates, method=method)
    units = result.clusters["unit"].names
    for name in ("h000", "h011", "h050", "h082", "h101"):
        moved = []
        for step in (1e-5, -1e-5):
            heavier = frame.assign(w=frame["w"] * np.where(frame["unit"] == name, 1 + step, 1))
            moved.append(run(heavier, "w", covariates, method=method).params)
        slope = ((moved[0] - moved[1]) / 2e-5).to_numpy()
        mine = result.influence["unit"][units.index(name)]
        known = np.isfinite(mine)
        assert known.sum() >= 5
        np.testing.assert_allclose(mine[known], slope[known], rtol=1e-5, atol=1e-8)


def test_a_treatment_that_lasts_is_that_of_group_time_effects():
    """Without covariates DID_l is the average of Callaway and Sant'Anna by cohort shares, errors included."""
    frame = draw([(3, None), (4, None), (6, None), NOBODY, NOBODY], hospitals=4)
    design = build_design(
        frame, unit="unit", time="time", cohort="start", clusters=["unit"], event_window=(-3, 5)
    )
    mine = infer(
        estimate(design, frame["y"], estimator="switching", aggregate=["event_time", "overall"]),
        cluster="unit",
    )
    other = infer(
        estimate(
            design,
            frame["y"],
            estimator="group_time",
            base_period="universal",
            overall="simple",
            aggregate=["overall", "event_time"],
        ),
        cluster="unit",
    )
    terms = ["att", *(f"event_time={e}" for e in range(4))]
    pd.testing.assert_series_equal(mine.params[terms], other.params[terms], rtol=1e-10)
    pd.testing.assert_series_equal(mine.std_errors[terms], other.std_errors[terms], rtol=1e-10)


def test_known_effects_come_back_where_treatment_ends():
    """Two a period under the reform, one lasts after leaving; nothing varies beside levels and periods."""
    frame = draw()
    on, off = frame["start"].fillna(99), frame["ended"].fillna(99)
    under = (frame["time"].clip(upper=off - 1) - on + 1).clip(lower=0)
    frame["y"] = (
        frame["unit"].factorize()[0] + frame["time"] ** 2 + np.where(frame["d"] == 1, 2.0 * under, 0.0)
    )
    starts = run(frame, method="each_change", switchers="in").params
    assert starts["event_time=0"] == pytest.approx(2) and starts["event_time=3"] == pytest.approx(8)
    assert starts["event_time=-2"] == pytest.approx(0, abs=1e-12)
    # hospitals of start 4 that leave in 8 lose what those that stay have by then: 2 x 5, then 2 x 6
    ends = run(frame, method="each_change", switchers="out", aggregate=["cohort"]).params
    assert ends["cohort=left 8"] == pytest.approx((10 + 12) / 2)


def test_what_lasts_after_leaving_is_not_taken_for_no_effect():
    """The effect of the first change goes on being counted; the dose says that treatment ended."""
    frame = draw([(3, 5), (3, 5), NOBODY, NOBODY, NOBODY])
    frame["y"] = np.where(frame["time"] >= frame["start"].fillna(99), 1.0, 0.0)
    result = run(frame)
    assert result.params["event_time=4"] == pytest.approx(1)
    assert result.params["att"] == pytest.approx(7 / 2), "seven periods of effect for two of treatment"
    normalized = run(frame, normalized=True).params
    assert normalized["event_time=4"] == pytest.approx(1 / 2) and normalized["event_time=0"] == pytest.approx(
        1
    )
    assert any("leave after they started" in text for text in result.warnings)
    assert not any("leave after" in text for text in run(frame, method="each_change").warnings)


def test_rows_names_levels_and_units_do_not_matter():
    frame = draw(gaps=0.05)
    plain = run(frame)
    turned = frame.sample(frac=1, random_state=1).assign(unit=lambda f: "z" + f["unit"].str[::-1])
    turned["y"] = 7 - 3 * turned["y"]
    pd.testing.assert_series_equal(run(turned.reset_index(drop=True)).params, -3 * plain.params, rtol=1e-9)


def test_never_treated_are_the_only_comparison():
    frame = draw()
    never = run(frame, comparison="never_treated", switchers="in", aggregate=["event_time"])
    cut = frame[(frame["start"] == 3) | frame["start"].isna()].reset_index(drop=True)
    alone = run(cut, switchers="in", aggregate=["event_time"], n_effects=1).params
    assert never.params["event_time=0"] != pytest.approx(alone["event_time=0"]), "other cohorts count too"
    cut = frame[~frame["start"].isin([3, 4])].reset_index(drop=True)
    assert run(cut, comparison="never_treated", switchers="in").params["cohort=6"] == pytest.approx(
        run(frame, comparison="never_treated", switchers="in").params["cohort=6"]
    )


def test_nobody_to_compare_with_is_said():
    """Of the three that leave, the last has nobody that still stays."""
    frame = draw([(0, 4), (0, 5), (0, 5), (3, None), NOBODY])
    rows = infer(run(frame, switchers="out")).tidy().set_index("term")
    assert rows.loc["cohort=left 5", "note"].startswith("not identified: nobody of the same past treatment")
    assert np.isnan(rows.loc["cohort=left 5", "estimate"]) and np.isfinite(
        rows.loc["cohort=left 4", "estimate"]
    )
    assert rows.loc["att", "note"].endswith("have nobody to compare with and are left out")
    assert rows.loc["event_time=6", "note"].startswith("not identified")


def test_what_is_refused():
    frame = draw([(3, None), (5, None), NOBODY])
    with pytest.raises(DesignError, match="no hospital's treatment ends inside the calendar"):
        run(frame, switchers="out")
    with pytest.raises(DesignError, match="needs a number of effects"):
        run(frame, same_switchers=True)
    with pytest.raises(DesignError, match="'dynamc' is unknown(.|\n)*is not a number of periods") as caught:
        run(frame, n_effects=0, method="dynamc")
    assert "dynamic" in str(caught.value)
    with pytest.raises(DesignError, match="has no data before its reform"):
        run(draw([(0, None), (0, None), NOBODY]))
    with pytest.raises(DesignError, match="no data before|treatment starts inside"):
        run(draw([(0, 5), (0, None)]), switchers="in")


def test_cases_drawn_anew_count_as_their_hospital_period():
    """Rows of cases are the means of their hospital-period, weighed by their number."""
    frame = draw()
    frame["w"] = np.random.default_rng(4).integers(1, 4, len(frame))
    cases = frame.loc[frame.index.repeat(frame["w"])].reset_index(drop=True)
    cases["y"] += np.random.default_rng(5).normal(size=len(cases))
    means = cases.groupby(["unit", "city", "time"], as_index=False).agg(
        y=("y", "mean"), w=("y", "size"), start=("start", "first"), ended=("ended", "first")
    )
    by_case = estimate(build(cases, sampling="cross_sections"), cases["y"], estimator="switching")
    by_mean = run(means, "w")
    pd.testing.assert_series_equal(by_case.params, by_mean.params, rtol=1e-10)
    np.testing.assert_allclose(by_case.influence["city"], by_mean.influence["city"], atol=1e-12)
