"""Scores, weights and matches from cells against brute force on the same rows and statsmodels."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.optimize import approx_fprime

from dipeval.describe.case_variable import CaseVariable
from dipeval.describe.regressions.model_cells import model_cells
from dipeval.describe.two_groups.balance import balance, effective_sizes
from dipeval.describe.two_groups.matching import matched_effect, matching_weights, nearest
from dipeval.describe.two_groups.propensity import propensity_score, treatment_cells, trimmed
from dipeval.describe.two_groups.weighting import ATE, ATT, ESTIMANDS, OVERLAP, weighted_effect, weights_of
from dipeval.errors import DataError

COST = CaseVariable("cost", "continuous", decimals=2)
LEVELS = {"kind": ("western", "tcm"), "sex": ("f", "m"), "age": ("0", "1", "2", "3")}
EFFECT = -200.0


def invented(n=420, seed=2):
    """The old are treated by the second kind more often, and cost more; treatment takes 200 off."""
    rng = np.random.default_rng(seed)
    age, sex = rng.integers(0, 4, n), rng.choice(["f", "m"], n)
    treated = rng.random(n) < 1 / (1 + np.exp(1.2 - 0.6 * age - 0.5 * (sex == "m")))
    cost = 1000 + 300 * age + 100 * (sex == "m") + EFFECT * treated + rng.normal(0, 80, n)
    made = {"city": "c", "hospital": rng.choice([f"h{k}" for k in range(15)], n)}
    made |= {"kind": np.where(treated, "tcm", "western"), "sex": sex, "age": age.astype("str")}
    return pd.DataFrame(made).assign(cost=pd.array((cost * 100).astype("int64"), "Int64").astype("Int64"))


def given_of(engine, rows, levels=LEVELS):
    named = rows.rename(columns={name: f"by_{name}" for name in levels})
    ways = [SimpleNamespace(name=n, levels=w, column=f"by_{n}") for n, w in levels.items()]
    return treatment_cells(model_cells(engine, engine.small_table(named), ways, [COST]), "kind")


@pytest.fixture(scope="module")
def rows():
    made = invented()
    made.loc[made.index[::17], "cost"] = pd.NA
    return made


@pytest.fixture(scope="module")
def given(engine, rows):
    return given_of(engine, rows)


def arrays(rows):
    d = (rows["kind"] == "tcm").to_numpy(float)
    x = np.column_stack([np.ones(len(rows)), rows["sex"] == "m", *[rows["age"] == k for k in "123"]]).astype(
        float
    )
    return d, x, rows["cost"].astype("float64").to_numpy() / 100


def weight(d, e, estimand):
    return {
        ATE: d / e + (1 - d) / (1 - e),
        ATT: d + (1 - d) * e / (1 - e),
        OVERLAP: d * (1 - e) + (1 - d) * e,
    }[estimand]


def test_the_score_is_the_logit_of_the_rows(rows, given):
    d, x, _ = arrays(rows)
    oracle = sm.Logit(d, x).fit(disp=0, tol=1e-14)
    score = propensity_score(given)
    frame = pd.DataFrame({"sex": rows["sex"], "age": rows["age"], "e": oracle.predict()}).drop_duplicates()
    found = {}
    for codes, e in zip(given.cells.codes, score.score, strict=True):
        found[LEVELS["sex"][codes[0]], LEVELS["age"][codes[1]]] = e
    for line in frame.itertuples():
        assert found[line.sex, line.age] == pytest.approx(line.e, rel=1e-8)


@pytest.mark.parametrize("estimand", ESTIMANDS)
@pytest.mark.parametrize("errors", ["robust", "hospital"])
def test_weighted_effects_are_stacked_equations_on_the_rows(rows, given, estimand, errors):
    d, x, y = arrays(rows)
    known, y = ~np.isnan(y), np.nan_to_num(y)
    beta = sm.Logit(d, x).fit(disp=0, tol=1e-14).params

    def equations(at):
        e = 1 / (1 + np.exp(-x @ at[:-2]))
        w = weight(d, e, estimand) * known
        return np.column_stack([x * (d - e)[:, None], w * d * (y - at[-2]), w * (1 - d) * (y - at[-1])])

    w = weight(d, 1 / (1 + np.exp(-x @ beta)), estimand) * known
    means = [(w * arm * y).sum() / (w * arm).sum() for arm in (d, 1 - d)]
    at = np.array([*beta, *means])
    slope = approx_fprime(at, lambda p: equations(p).sum(axis=0), 1e-6)
    pull = equations(at) @ np.linalg.inv(slope).T
    factor = 1.0
    if errors == "hospital":
        pull = pd.DataFrame(pull).groupby(rows["hospital"].to_numpy()).sum().to_numpy()
        factor = len(pull) / (len(pull) - 1)
    cov = factor * pull.T @ pull
    made = weighted_effect(given, propensity_score(given), estimand, "cost", errors)
    assert (made.treated, made.control) == pytest.approx(means, rel=1e-8)
    assert made.variance == pytest.approx(cov[-1, -1] + cov[-2, -2] - 2 * cov[-1, -2], rel=1e-5)
    ratio = np.zeros(len(at))
    ratio[-2:] = 1 / means[0], -1 / means[1]
    assert made.log_variance == pytest.approx(ratio @ cov @ ratio, rel=1e-5)


@pytest.mark.parametrize(("estimand", "group"), [(ATE, "all"), (ATT, 1)])
def test_weights_are_those_of_statsmodels(engine, estimand, group):
    from statsmodels.treatment.treatment_effects import TreatmentEffect

    rows = invented()
    d, x, y = arrays(rows)
    logit = sm.Logit(d, x).fit(disp=0, tol=1e-14)
    oracle = TreatmentEffect(sm.OLS(y, x), d, results_select=logit).ipw(effect_group=group)
    given = given_of(engine, rows)
    made = weighted_effect(given, propensity_score(given), estimand, "cost", "robust")
    assert made.difference == pytest.approx(oracle.effect[0], rel=1e-8)
    assert np.sqrt(made.variance) == pytest.approx(oracle.results_gmm.bse[0], rel=1e-6)


def brute_matching(d, y, eta, estimand, caliper):
    """Abadie and Imbens (2006) case by case."""
    n, k_times, k_parts = len(y), np.zeros(len(y)), np.zeros(len(y))
    reach = caliper * np.sqrt(np.mean([eta[d == arm].var(ddof=1) for arm in (0, 1)]))
    imputed, used = np.full((n, 2), np.nan), []
    for i in range(n):
        others = np.flatnonzero(d != d[i])
        far = np.abs(eta[others] - eta[i])
        near = others[far <= far.min() + 1e-9]
        if (estimand == ATT and not d[i]) or far.min() > reach:
            continue
        used.append(i)
        imputed[i, int(d[i])], imputed[i, 1 - int(d[i])] = y[i], y[near].mean()
        k_times[near] += 1 / len(near)
        k_parts[near] += 1 / len(near) ** 2
    variance = np.empty(n)
    for i in range(n):
        same = np.flatnonzero(d == d[i])
        far = np.abs(eta[same] - eta[i])
        pool = same[far <= 1e-9]
        if len(pool) == 1:
            rest = same[same != i]
            away = np.abs(eta[rest] - eta[i])
            pool = np.append(pool, rest[away <= away.min() + 1e-9])
        variance[i] = y[pool].var(ddof=1)
    gaps = (imputed[:, 1] - imputed[:, 0])[used]
    own = np.isin(np.arange(n), used) * (2 * k_times if estimand == ATE else 0)
    total = ((gaps - gaps.mean()) ** 2).sum() + (variance * (k_times**2 - k_parts + own)).sum()
    return gaps.mean(), total / len(used) ** 2, len(used)


@pytest.mark.parametrize("estimand", [ATE, ATT])
@pytest.mark.parametrize("caliper", [np.inf, 0.3])
def test_matches_are_those_of_brute_force(engine, estimand, caliper):
    rows = invented(150, seed=8)
    lone = (rows["age"] == "3") & (rows["kind"] == "western")  # their neighbours are another score
    rows = rows[~lone | (rows["sex"] == "m")]
    d, x, y = arrays(rows)
    eta = x @ sm.Logit(d, x).fit(disp=0, tol=1e-14).params
    given = given_of(engine, rows)
    made = matched_effect(given, propensity_score(given), estimand, "cost", caliper)
    effect, variance, n = brute_matching(d, y, eta, estimand, caliper)
    assert (made.difference, made.n) == (pytest.approx(effect, rel=1e-9), n)
    assert made.variance == pytest.approx(variance, rel=1e-8)


def test_the_effect_is_found_where_the_plain_difference_is_not(engine):
    rows = invented(3000, seed=5)
    given = given_of(engine, rows)
    score = propensity_score(given)
    plain = rows.groupby("kind")["cost"].mean().astype(float).loc[["tcm", "western"]].to_numpy() / 100
    assert abs(plain[0] - plain[1] - EFFECT) > 100
    made = [weighted_effect(given, score, e, "cost", "robust") for e in ESTIMANDS]
    made += [matched_effect(given, score, e, "cost", 0.2) for e in (ATE, ATT)]
    for effect in made:
        assert abs(effect.difference - EFFECT) < 3 * np.sqrt(effect.variance)
        assert np.sqrt(effect.variance) < 10


def test_overlap_weights_balance_exactly_and_others_nearly(given):
    score = propensity_score(given)
    ones = np.ones(len(given.treated))
    before = balance(given, score, ones)
    overlap = balance(given, score, weights_of(given, score, OVERLAP).weight)
    matched = balance(given, score, matching_weights(nearest(given, score, np.inf), given, ATT))
    assert max(abs(line.difference) for line in before) > 0.3
    assert max(abs(line.difference) for line in overlap) < 1e-8
    assert max(abs(line.difference) for line in matched) < 0.05
    assert effective_sizes(given, ones) == (given.size(False), given.size(True))


def test_neither_order_nor_names_nor_units_matter(engine, rows, given):
    moved = rows.sample(frac=1.0, random_state=1).replace({"sex": {"f": "z", "m": "a"}})
    moved["cost"] = moved["cost"] * 7
    other = given_of(engine, moved, LEVELS | {"sex": ("a", "z")})
    pairs = [(given, propensity_score(given)), (other, propensity_score(other))]
    for estimand in ESTIMANDS:
        one, two = (weighted_effect(*pair, estimand, "cost", "robust") for pair in pairs)
        assert two.difference == pytest.approx(7 * one.difference, rel=1e-9)
        assert two.relative(0.95) == pytest.approx(one.relative(0.95), rel=1e-9)
    one, two = (matched_effect(*pair, ATT, "cost", 0.2) for pair in pairs)
    assert two.difference == pytest.approx(7 * one.difference, rel=1e-9)


def test_trimming_leaves_out_the_scores_near_the_borders(given):
    score = propensity_score(given)
    left = trimmed(given, score, 0.35)
    inside = (score.score >= 0.35) & (score.score <= 0.65)
    assert 0 < left.cells.cases.sum() == given.cells.cases[inside].sum() < given.cells.cases.sum()


def test_what_forbids_a_comparison_is_told(engine, rows):
    with pytest.raises(DataError, match="levels that only one group has"):
        propensity_score(given_of(engine, rows[(rows["age"] != "3") | (rows["kind"] == "tcm")]))
    with pytest.raises(DataError, match="has one value"):
        propensity_score(given_of(engine, rows[rows["sex"] == "m"]))
    with pytest.raises(DataError, match="the second group has no case"):
        propensity_score(given_of(engine, rows[rows["kind"] == "western"]))
    young_women, old_men = (
        (rows["age"] == "0") & (rows["sex"] == "f"),
        (rows["age"] == "1") & (rows["sex"] == "m"),
    )
    apart = rows[rows["age"].isin(["0", "1"])].assign(kind=rows["kind"].mask(young_women, "western"))
    apart["kind"] = apart["kind"].mask(old_men, "tcm")
    with pytest.raises(DataError, match="foretell the group"):
        propensity_score(given_of(engine, apart, LEVELS | {"age": ("0", "1")}))
