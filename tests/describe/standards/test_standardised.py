"""Standardised means against pandas, their errors against derivatives by weights, and what must not change them."""

import numpy as np
import pandas as pd
import pytest

from dipeval.describe.standards.standardised import CRUDE, DIRECT, INDIRECT, RATIO, standardised
from dipeval.describe.standards.type_cells import REFERENCE, TYPE, type_cells

NAMES = (CRUDE, DIRECT, RATIO, INDIRECT)


def cases(seed=1, n=600, hospitals=12, types=5):
    draw = np.random.default_rng(seed)
    hospital = draw.integers(0, hospitals, n)
    kind = draw.integers(0, types, n)
    value = np.round(draw.gamma(2, 400, n) * (1 + kind) * (1 + 0.05 * hospital)).astype("int64")
    group = np.where(hospital < 5, "x", np.where(hospital < 11, "y", "z"))
    return pd.DataFrame(
        {
            "city": "a",
            "hospital": [f"h{h:02d}" for h in hospital],
            "group": group,
            TYPE: [f"t{k}" for k in kind],
            REFERENCE: 1,
            "value": value,
        }
    )


def arranged(frame):
    keys = ["group", TYPE, REFERENCE, "city", "hospital"]
    rows = frame.assign(n_v=1, s_v=frame["value"], q_v=frame["value"] ** 2)
    tally = rows.groupby(keys, sort=True)[["n_v", "s_v", "q_v"]].sum().reset_index()
    return type_cells(tally, ["group"], "v")


def by_hand(frame, group, weight):
    """The four statistics of weighted cases, straight from their definitions."""
    own = frame["group"].eq(group) if group != "*" else pd.Series(True, index=frame.index)
    n, s = ((w[own]).groupby(frame.loc[own, TYPE]).sum() for w in (weight, weight * frame["value"]))
    inside = frame[REFERENCE].eq(1)
    big_n, big_s = (
        w[inside].groupby(frame.loc[inside, TYPE]).sum() for w in (weight, weight * frame["value"])
    )
    both = n.index.intersection(big_n.index)
    direct = (big_n[both] * s[both] / n[both]).sum() / big_n[both].sum()
    ratio = s[both].sum() / (n[both] * big_s[both] / big_n[both]).sum()
    return np.array([s.sum() / n.sum(), direct, ratio, ratio * big_s.sum() / big_n.sum()])


def derivative(frame, group, members):
    """The influence of some cases: how the statistics move with their weight."""
    up, down = (pd.Series(1.0, index=frame.index) for _ in range(2))
    up[members], down[members] = 1 + 1e-4, 1 - 1e-4
    return (by_hand(frame, group, up) - by_hand(frame, group, down)) / 2e-4


def stratum(frame, group, hospitals):
    """The variance of the sum of derivatives over hospitals, how many there are being given."""
    moves = [derivative(frame, group, frame["hospital"] == h) for h in sorted(hospitals)]
    if len(moves) < 2:
        return np.array(moves).reshape(-1, 4).sum(axis=0) ** 2
    return len(moves) * np.var(moves, axis=0, ddof=1)


def stated(frame):
    frame = frame.copy()
    frame.loc[frame["group"].eq("y") | frame[TYPE].eq("t4"), REFERENCE] = 0
    return frame


@pytest.mark.parametrize("change", [lambda f: f, stated], ids=["all cases", "a reference without a type"])
def test_values_and_errors_follow_from_the_definitions(change):
    """Places of many hospitals: influences are derivatives by the weight of a hospital, also through the standard."""
    frame = change(cases())
    cells = arranged(frame)
    made = standardised(cells, least_coverage=0.0)
    for i, (group,) in enumerate(cells.places):
        one = pd.Series(1.0, index=frame.index)
        value = [made.means[name].value[i] for name in NAMES]
        np.testing.assert_allclose(value, by_hand(frame, group, one), rtol=1e-12)
        if group == "z":
            continue
        here = set(frame["hospital"] if group == "*" else frame.loc[frame["group"] == group, "hospital"])
        away = set(frame.loc[frame[REFERENCE] == 1, "hospital"]) - here
        expected = np.sqrt(stratum(frame, group, here) + stratum(frame, group, away))
        np.testing.assert_allclose(
            [made.means[name].std_error[i] for name in NAMES], expected, rtol=1e-5, atol=1e-9
        )


@pytest.mark.parametrize("change", [lambda f: f, stated], ids=["all cases", "a reference without a type"])
def test_the_cases_of_a_lone_hospital_are_independent(change):
    """Derivatives by the weight of each of its cases, and of each other hospital through the standard."""
    frame = change(cases(seed=3, n=240))
    cells = arranged(frame)
    made = standardised(cells, least_coverage=0.0)
    (i,) = [i for i, levels in enumerate(cells.places) if levels == ("z",)]
    own = frame.index[frame["group"] == "z"]
    moves = [derivative(frame, "z", [case]) for case in own]
    others = set(frame.loc[(frame["group"] != "z") & (frame[REFERENCE] == 1), "hospital"])
    expected = np.sqrt(len(own) * np.var(moves, axis=0, ddof=1) + stratum(frame, "z", others))
    np.testing.assert_allclose([made.means[name].std_error[i] for name in NAMES], expected, rtol=1e-5)


def test_errors_are_near_those_of_a_jackknife_over_hospitals():
    frame = cases(seed=5, n=4000, hospitals=40).assign(
        group=lambda f: np.where(f["hospital"] < "h20", "x", "y")
    )
    cells = arranged(frame)
    made = standardised(cells)
    left = []
    for hospital in sorted(set(frame["hospital"])):
        rest = frame[frame["hospital"] != hospital]
        left.append(by_hand(rest, "x", pd.Series(1.0, index=rest.index)))
    halves = np.array(left[:20]), np.array(left[20:])  # the hospitals of either group are a stratum
    jackknife = np.sqrt(sum(19 / 20 * ((half - half.mean(axis=0)) ** 2).sum(axis=0) for half in halves))
    i = cells.places.index(("x",))
    np.testing.assert_allclose([made.means[name].std_error[i] for name in NAMES], jackknife, rtol=0.06)


def test_with_one_type_all_means_are_one():
    made = standardised(arranged(cases().assign(**{TYPE: "t"})))
    for name in (DIRECT, INDIRECT):
        for part in ("value", "std_error", "low"):
            got, crude = (getattr(made.means[k], part) for k in (name, CRUDE))
            np.testing.assert_allclose(got, crude, rtol=1e-9)


def test_with_one_mix_of_types_direct_is_crude():
    frame = cases(n=300).drop_duplicates(["hospital", TYPE]).reset_index(drop=True)
    full = pd.MultiIndex.from_product([sorted(set(frame["hospital"])), sorted(set(frame[TYPE]))])
    kept = frame.set_index(["hospital", TYPE]).reindex(full).ffill()
    frame = kept.rename_axis(["hospital", TYPE]).reset_index()
    frame["group"] = np.where(frame["hospital"] < "h05", "x", "y")
    made = standardised(arranged(frame.astype({"value": "int64", REFERENCE: "int64"})))
    np.testing.assert_allclose(made.means[DIRECT].value, made.means[CRUDE].value, rtol=1e-12)


def test_what_is_expected_adds_up_to_what_was_observed():
    made, cells = standardised(arranged(cases())), arranged(cases())
    parts = [i for i, levels in enumerate(cells.places) if levels != ("*",)]
    assert made.expected[parts].sum() == pytest.approx(made.observed[parts].sum(), rel=1e-12)
    whole = cells.places.index(("*",))
    assert made.means[RATIO].value[whole] == pytest.approx(1, abs=1e-12)
    assert made.means[RATIO].std_error[whole] == pytest.approx(0, abs=1e-9)


def test_the_order_of_cases_changes_nothing():
    one, two = (standardised(arranged(f)) for f in (cases(), cases().sample(frac=1, random_state=2)))
    for name in NAMES:
        np.testing.assert_array_equal(one.means[name].std_error, two.means[name].std_error)


def test_thin_coverage_is_undefined():
    frame = cases()
    frame = frame[~(frame["group"].eq("x") & frame[TYPE].isin(["t0", "t1"]))]
    made, cells = standardised(arranged(frame), least_coverage=0.8), arranged(frame)
    x, y = (cells.places.index((g,)) for g in "xy")
    share = 1 - frame[TYPE].isin(["t0", "t1"]).mean()
    assert made.weight_covered[x] == pytest.approx(share) and made.weight_covered[y] == 1
    assert np.isnan(made.means[DIRECT].value[x]) and np.isfinite(made.means[INDIRECT].value[x])
    assert np.isfinite(standardised(arranged(frame), least_coverage=0.5).means[DIRECT].value[x])


def test_a_reference_of_two_hospitals_is_fixed():
    frame = cases()
    frame[REFERENCE] = frame["hospital"].isin(["h00", "h11"]).astype(int)
    cells = arranged(frame)
    made, y = standardised(cells, 0.0), cells.places.index(("y",))
    assert made.reference_hospitals == 2
    n, s = cells.by_type(cells.n)[y], cells.by_type(cells.total)[y]
    part = frame[frame["group"] == "y"]
    weights = cells.reference_n.sum(axis=0) / cells.reference_n.sum()
    share = dict(zip(cells.types, weights / n, strict=True))
    mean = dict(zip(cells.types, s / n, strict=True))
    moves = (part[TYPE].map(share) * (part["value"] - part[TYPE].map(mean))).groupby(part["hospital"]).sum()
    expected = np.sqrt(6 / 5 * (moves**2).sum())
    assert made.means[DIRECT].std_error[y] == pytest.approx(expected, rel=1e-9)
