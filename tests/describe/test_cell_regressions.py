"""Regressions on cells against statsmodels on the same rows, and what cannot be estimated."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from dipeval.describe.case_variable import CaseVariable
from dipeval.describe.regressions.category_columns import INTERCEPT
from dipeval.describe.regressions.category_model import COLLINEAR, NEVER, TOGETHER, category_model
from dipeval.describe.regressions.cell_model import GAMMA_LOG, LINEAR, LOGIT
from dipeval.describe.regressions.marginal_effects import average_marginal_effect
from dipeval.describe.regressions.model_cells import ModelCells, Summed, model_cells
from dipeval.errors import DataError

POINTS = {"rel": 1e-8, "abs": 1e-9}
ERRORS = {"rel": 1e-6, "abs": 1e-9}
COST = CaseVariable("cost", "continuous", decimals=2)
LOSS = CaseVariable("loss", "continuous")
LEVELS = {
    "sex": ("female", "male"),
    "age": ("0-39", "40-59", "60+"),
    "level": ("primary", "tertiary", "missing"),
}


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(3)
    n = 900
    made = pd.DataFrame({name: rng.choice(words, n) for name, words in LEVELS.items()})
    made["city"], made["hospital"] = "Anlan", rng.choice([f"h{k}" for k in range(12)], n)
    eta = 0.4 * (made["sex"] == "male") + 0.6 * (made["age"] == "60+") - 0.3 * (made["level"] == "primary")
    made["cost"] = (np.exp(eta + 6) * rng.gamma(1.3, 1 / 1.3, n) * 100).astype("int64")
    made["loss"] = (rng.random(n) < 1 / (1 + np.exp(0.7 - eta))).astype("int64")
    made["unknown"] = rng.random(n) < 0.1
    return made


def cells_of(engine, rows, measures=(COST, LOSS), levels=LEVELS):
    named = rows.rename(columns={name: f"by_{name}" for name in levels})
    named["cost"] = named["cost"].astype("Int64").mask(rows["unknown"])
    ways = [SimpleNamespace(name=n, levels=w, column=f"by_{n}") for n, w in levels.items()]
    return model_cells(engine, engine.small_table(named), ways, measures)


def design(rows, model):
    return np.column_stack(
        [
            np.ones(len(rows)) if t == INTERCEPT else (rows[t[0]] == t[1]).astype(float)
            for t in model.columns.terms
        ]
    )


def fitted(rows, model, outcome):
    y = rows[outcome].to_numpy(float) / (100 if outcome == "cost" else 1)
    x = design(rows, model)
    if model.fit.family is LINEAR:
        return sm.OLS(y, x), {}
    family = (
        sm.families.Binomial() if model.fit.family is LOGIT else sm.families.Gamma(sm.families.links.Log())
    )
    return sm.GLM(y, x, family=family), {"tol": 1e-14, "maxiter": 200}


@pytest.mark.parametrize(
    ("family", "outcome"), [(LINEAR, "cost"), (GAMMA_LOG, "cost"), (LOGIT, "loss"), (LINEAR, "loss")]
)
def test_estimates_and_errors_are_those_of_the_rows(engine, rows, family, outcome):
    cells = cells_of(engine, rows)
    used = rows[~rows["unknown"]] if outcome == "cost" else rows
    robust = category_model(cells, outcome, family, "robust", {"sex": "female"})
    clustered = category_model(cells, outcome, family, "hospital", {"sex": "female"})
    model, options = fitted(used, robust, outcome)
    n, k = design(used, robust).shape
    plain = model.fit(cov_type="HC0", **options)
    assert robust.fit.params == pytest.approx(plain.params, **POINTS)
    assert robust.uncertainty.cov == pytest.approx(plain.cov_params() * n / (n - k), **ERRORS)
    groups = pd.factorize(used["hospital"])[0]
    by_hospital = model.fit(cov_type="cluster", cov_kwds={"groups": groups}, **options)
    assert clustered.uncertainty.cov == pytest.approx(by_hospital.cov_params(), **ERRORS)
    assert clustered.uncertainty.n_clusters == 12 and clustered.uncertainty.df == 11


def test_marginal_effects_of_two_levels_are_those_of_statsmodels(engine, rows):
    levels = {"sex": LEVELS["sex"], "level": ("primary", "tertiary")}
    part = rows[rows["level"] != "missing"]
    model = category_model(cells_of(engine, part, levels=levels), "loss", LOGIT, "robust")
    oracle = sm.Logit(part["loss"], design(part, model)).fit(disp=0, tol=1e-14)
    asked = oracle.get_margeff(dummy=True)
    for k, term in enumerate(model.columns.terms[1:]):
        found = average_marginal_effect(model.fit, model.columns.terms, oracle.cov_params().to_numpy(), term)
        assert found.effect == pytest.approx(asked.margeff[k], **POINTS)
        assert np.sqrt(found.variance) == pytest.approx(asked.margeff_se[k], **ERRORS)


def test_marginal_effects_of_three_levels_change_all_columns_at_once(engine, rows):
    model = category_model(cells_of(engine, rows), "loss", LOGIT, "robust")
    terms = model.columns.terms
    oracle = sm.Logit(rows["loss"], design(rows, model)).fit(disp=0, tol=1e-14)

    def effect(params, term):
        ends = [rows.assign(**{term[0]: word}) for word in (term[1], model.columns.references[term[0]])]
        high, low = (1 / (1 + np.exp(-design(end, model) @ params)) for end in ends)
        return (high - low).mean()

    for term in terms[1:]:
        params = oracle.params.to_numpy()
        steps = np.eye(len(params)) * 1e-6
        slope = np.array([(effect(params + s, term) - effect(params - s, term)) / 2e-6 for s in steps])
        found = average_marginal_effect(model.fit, terms, oracle.cov_params().to_numpy(), term)
        assert found.effect == pytest.approx(effect(params, term), **POINTS)
        assert found.variance == pytest.approx(slope @ oracle.cov_params().to_numpy() @ slope, rel=1e-6)


def test_levels_that_foretell_the_outcome_are_marked_and_their_cases_left_out(engine, rows):
    part = rows.assign(loss=rows["loss"].where(rows["age"] != "0-39", 0))
    model = category_model(cells_of(engine, part), "loss", LOGIT, "robust")
    assert model.reasons == {("age", "0-39"): NEVER}
    left = part[part["age"] != "0-39"]
    oracle = sm.Logit(left["loss"], design(left, model)).fit(disp=0, tol=1e-14)
    assert model.fit.params == pytest.approx(oracle.params.to_numpy(), **POINTS)
    assert model.fit.n == len(left)


def test_levels_that_foretell_it_together_are_found(engine, rows):
    """No loss of young women, only losses of old men: neither age nor sex foretells alone."""
    part = rows[rows["age"] != "40-59"]
    young_women = (part["age"] == "0-39") & (part["sex"] == "female")
    old_men = (part["age"] == "60+") & (part["sex"] == "male")
    part = part.assign(loss=part["loss"].mask(young_women, 0).mask(old_men, 1))
    levels = LEVELS | {"age": ("0-39", "60+")}
    model = category_model(cells_of(engine, part, levels=levels), "loss", LOGIT, "robust")
    assert set(model.reasons.values()) == {TOGETHER} and {name for name, _ in model.reasons} == {"age", "sex"}
    left = part[~young_women & ~old_men]
    oracle = sm.Logit(left["loss"], design(left, model)).fit(disp=0, tol=1e-14)
    assert model.fit.params == pytest.approx(oracle.params.to_numpy(), **POINTS)


def test_collinear_levels_are_marked(engine, rows):
    twin = rows.assign(twin=np.where(rows["sex"] == "male", "m", "f"))
    model = category_model(
        cells_of(engine, twin, levels=LEVELS | {"twin": ("f", "m")}), "cost", GAMMA_LOG, "robust"
    )
    assert list(model.reasons.values()) == [COLLINEAR]


def test_one_value_is_an_error_that_names_all_problems(engine, rows):
    part = rows[rows["sex"] == "male"].assign(loss=1)
    with pytest.raises(DataError) as error:
        category_model(cells_of(engine, part), "loss", LOGIT, "robust")
    assert "covariate sex" in str(error.value) and "outcome loss" in str(error.value)


def test_one_hospital_has_no_clustered_error(engine, rows):
    model = category_model(cells_of(engine, rows.assign(hospital="h1")), "loss", LOGIT, "hospital")
    assert np.isnan(model.uncertainty.cov).all() and np.isfinite(model.fit.params).all()


@pytest.mark.filterwarnings("error::RuntimeWarning:dipeval")
def test_small_tables_give_the_logit_of_what_is_left_or_say_why_not():
    """Sixty tables so small that most have levels that foretell the outcome, alone or together."""
    told = set()
    for seed in range(60):
        rng = np.random.default_rng(seed)
        n, sizes = int(rng.integers(8, 50)), rng.integers(2, 5, int(rng.integers(1, 4)))
        codes = np.column_stack([rng.integers(0, size, n) for size in sizes])
        y = (rng.random(n) < rng.choice([0.1, 0.3, 0.5])).astype(float)
        levels = {f"x{j}": tuple("abcd"[:size]) for j, size in enumerate(sizes)}
        once = np.ones(n, np.int64)
        cells = ModelCells(levels, codes, rng.integers(0, 4, n), 4, once, {"y": Summed(once, y, y)})
        try:
            model = category_model(cells, "y", LOGIT, "robust")
        except DataError as error:
            told.add(error.problems[0].what)
            continue
        told |= set(model.reasons.values())
        x, left = model.fit.matrix[model.cells.pattern], model.cells.outcomes["y"]
        oracle = sm.GLM(left.total, x, family=sm.families.Binomial()).fit(tol=1e-13, maxiter=200)
        assert model.fit.params == pytest.approx(oracle.params, abs=1e-7)
        assert np.abs(model.fit.params).max() < 10
    assert {NEVER, TOGETHER, "has one value among the cases"} <= told
