"""Models of means from sums of hospital-periods, against the same models on the cases themselves."""

import numpy as np
import pytest

from dipeval.estimate import estimate
from dipeval.estimate.response.families import LOGIT
from dipeval.estimate.response.fitting import fit_family, weighted_sample
from dipeval.estimate.response.models import response_models
from dipeval.infer import infer


@pytest.fixture(scope="module")
def stays(invent):
    """Few cases: the peers have a dummy for each hospital and period."""
    return invent(1500, seed=11)


def fitted(stays, model, column="y"):
    (found,) = response_models(stays.design, stays.sums(column), [model])
    return found


def plain_error(found, place=0, cluster="h"):
    """The cross-product of the influence, without any small-sample factor."""
    return float(np.sqrt((found.influence[cluster][:, place] ** 2).sum()))


def on_cases(stays, family, column="y"):
    """statsmodels with a dummy for each hospital and period; its clustered error without its factor."""
    import statsmodels.formula.api as smf
    from statsmodels.genmod import families

    data = stays.cases.assign(v=stays.cases[column])
    model = smf.glm("v ~ d + C(h) + C(t)", data=data, family=family(families))
    made = model.fit(tol=1e-11, maxiter=50, cov_type="cluster", cov_kwds={"groups": data["h"]})
    n, k, g = len(data), len(made.params), data["h"].nunique()
    return made.params["d"], made.bse["d"] / np.sqrt(g / (g - 1) * (n - 1) / (n - k))


@pytest.mark.parametrize(
    ("model", "family", "column"),
    [
        ("gamma", lambda f: f.Gamma(f.links.Log()), "y"),
        ("poisson", lambda f: f.Poisson(), "cost"),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_generalised_linear_models_on_cases(stays, model, family, column):
    if model == "gamma":  # statsmodels' gamma has no zeros
        stays = type(stays)(stays.cases.assign(y=stays.cases["y"] + 1), stays.panel, stays.design)
    found, (coefficient, error) = fitted(stays, model, column), on_cases(stays, family, column)
    assert found.params["coefficient"] == pytest.approx(coefficient, rel=1e-8)
    assert plain_error(found) == pytest.approx(error, rel=1e-6)


@pytest.mark.filterwarnings("ignore")
def test_poisson_and_log_linear_against_pyfixest(stays):
    import pyfixest

    plain = pyfixest.ssc(k_adj=False, G_adj=False)
    theirs = pyfixest.fepois(
        "cost ~ d | h + t", stays.cases, vcov={"CRV1": "city"}, ssc=plain, iwls_tol=1e-12, fixef_tol=1e-12
    )
    found = fitted(stays, "poisson", "cost")
    assert found.params["coefficient"] == pytest.approx(theirs.coef()["d"], rel=1e-8)
    assert plain_error(found, cluster="city") == pytest.approx(theirs.se()["d"], rel=1e-6)
    some = stays.cases[stays.cases["cost"] > 0].assign(log=lambda x: np.log(x["cost"]))
    theirs = pyfixest.feols("log ~ d | h + t", some, vcov={"CRV1": "h"}, ssc=plain, fixef_tol=1e-12)
    found = fitted(stays, "log_linear", "cost")
    assert found.params["coefficient"] == pytest.approx(theirs.coef()["d"], rel=1e-8)
    assert plain_error(found) == pytest.approx(theirs.se()["d"], rel=1e-6)


@pytest.mark.filterwarnings("ignore")
def test_negative_binomial_against_maximum_likelihood_with_dummies(stays):
    import statsmodels.formula.api as smf

    found = fitted(stays, "negative_binomial")
    start = [1.0, *np.zeros(31), 0.5]
    model = smf.negativebinomial("y ~ d + C(h) + C(t)", data=stays.cases)
    theirs = model.fit(start_params=start, disp=0, method="newton", maxiter=100, tol=1e-12)
    alpha = next(float(w.split()[1]) for w in found.warnings if w.startswith("dispersion "))
    assert found.params["coefficient"] == pytest.approx(theirs.params["d"], rel=1e-6)
    assert alpha == pytest.approx(theirs.params["alpha"], rel=1e-5)
    assert any("one effect a hospital" in w for w in found.warnings)


def test_a_count_that_is_not_overdispersed_is_poisson(invent):
    rng = np.random.default_rng(1)
    stays = invent(3000)
    even = type(stays)(
        stays.cases.assign(y=rng.binomial(6, 0.4, len(stays.cases))), stays.panel, stays.design
    )
    found, poisson = fitted(even, "negative_binomial"), fitted(even, "poisson")
    assert any("no overdispersion" in w for w in found.warnings)
    np.testing.assert_allclose(found.params, poisson.params, rtol=1e-12)


@pytest.mark.filterwarnings("ignore")
def test_logit_of_shares_on_cases(stays):
    from dataclasses import replace

    sums = stays.sums("cost")
    share = sums.positive / sums.cases
    part = fit_family(weighted_sample(stays.design, share, sums.cases, sums.cases, "cost", "x"), LOGIT)
    cases = replace(stays, cases=stays.cases.assign(some=(stays.cases["cost"] > 0).astype(float)))
    coefficient, error = on_cases(cases, lambda f: f.Binomial(), "some")
    assert part.coefficient == pytest.approx(coefficient, rel=1e-8)
    by_row = part.fit.influence(None, np.ones(1))
    codes, _ = part.sample.clusters()
    assert np.sqrt((np.bincount(codes["h"], by_row) ** 2).sum()) == pytest.approx(error, rel=1e-6)


def test_the_log_linear_column_is_the_two_way_estimator(stays):
    from dataclasses import replace

    sums = stays.sums("cost")
    found = infer(fitted(stays, "log_linear", "cost"), cluster="h")
    weighted = replace(stays.design, weights=stays.design.align(sums.positive))
    two_way = infer(estimate(weighted, sums.logs / sums.positive, estimator="twfe"), cluster="h")
    assert found.params["coefficient"] == pytest.approx(two_way.params["treated"], rel=1e-9)
    assert found.std_errors["coefficient"] == pytest.approx(two_way.std_errors["treated"], rel=1e-9)
    assert found.n_obs == two_way.n_obs == len(stays.panel)
