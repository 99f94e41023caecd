"""Power of tests of leads and estimates after passing them: published values, by hand, by simulation."""

import numpy as np
import pytest
from scipy import stats

from dipeval.check.pretrends.after_passing import after_joint_test, after_significance
from dipeval.check.pretrends.power import LeadsTest, bayes_factor, detectable_multiple, likelihood_ratio
from dipeval.check.pretrends.truncated_normal import truncated_normal

# He & Wang (2017), figure 2C: example of the Stata package pretrends 0.2.0; leads -4 to -2, effects 0 to 3.
BETA = np.array(
    [0.0667031482, -0.0077017923, -0.0307690538, 0.084030658, 0.2424418181, 0.2198789865, 0.1910925359]
)
UPPER = """
.0089065712 .0044883136 .0014587025 .0012157689 .0020327645 .0013225015 .0019617728
.0059369169 .0027500791 .0013505858 .0014315459 .0012067792 .0013847158
.0030386248 .0009056166 .0006791299 .0010167636 .0007090144
.0039247409 .002596118 .0017326149 .0022345525
.008065897 .0058753751 .0037414359
.007881579 .0036507095
.0097884266
"""
# Figure 2A of the same paper: example_sigma.csv of Roth's application, first README of his R package.
BETA_A = np.array(
    [-0.089428663, -0.08939153, -0.06860359, 0.093080245, 0.187747315, 0.180679962, 0.097278193]
)
UPPER_A = """
.0149547979235 .0081420838832 .0047602360136 .0026421800721 .0032104945275 .0024447841569 .0015512180980
.0103735625743 .0049975067377 .0031422621104 .0036379399243 .0032142298296 .0021104773040
.0060240733437 .0014647269854 .0021322055254 .0019195193890 .0006475322879
.0056173508055 .0034560537897 .0027305358089 .0022565950639
.0103573063388 .0062749758362 .0050353100523
.0115087218582 .0115978047251
.0246373843401
"""
TIMES = np.array([-3, -2, -1, 1, 2, 3, 4.0])


def symmetric(text):
    rows = [np.array(line.split(), float) for line in text.strip().splitlines()]
    whole = np.zeros((7, 7))
    for i, row in enumerate(rows):
        whole[i, i:] = whole[i:, i] = row
    return whole


SIGMA, SIGMA_A = symmetric(UPPER), symmetric(UPPER_A)


def test_slope_with_half_power_published_by_the_stata_package():
    slope = detectable_multiple(LeadsTest(SIGMA[:3, :3]), TIMES[:3], 0.5)
    assert slope == pytest.approx(0.0520662478209672, rel=1e-9)


def test_published_means_after_passing_bayes_factor_and_likelihood_ratio():
    test, path = LeadsTest(SIGMA[:3, :3]), 0.0520662478209672 * TIMES
    found = after_significance(test, path, SIGMA)
    assert found.leads == pytest.approx([-0.0923171, -0.0555576, -0.0279117], abs=6e-8)
    assert found.effects == pytest.approx([0.0649147, 0.1208691, 0.1694932, 0.2245753], abs=6e-8)
    factor = bayes_factor(found.power, test.significance_power(np.zeros(3)))
    assert factor == pytest.approx(0.5690176871738699, rel=1e-9)
    assert likelihood_ratio(BETA[:3], path[:3], test.cov) == pytest.approx(0.1057053243787036, rel=1e-6)


def test_published_quadratic_violation():
    test, path = LeadsTest(SIGMA[:3, :3]), 0.024 * TIMES**2
    assert test.significance_power(path[:3]) == pytest.approx(0.6624492444726371, rel=1e-9)
    factor = bayes_factor(test.significance_power(path[:3]), test.significance_power(np.zeros(3)))
    assert factor == pytest.approx(0.3841447004284795, rel=1e-9)
    assert likelihood_ratio(BETA[:3], path[:3], test.cov) == pytest.approx(0.4332635208743188, rel=1e-6)


def test_values_of_the_r_package_within_the_error_of_its_random_integration():
    """Its slope solves an integral that is random with an error of up to 0.001."""
    test = LeadsTest(SIGMA_A[:3, :3])
    assert detectable_multiple(test, TIMES[:3], 0.5) == pytest.approx(0.06991527, rel=1e-3)
    path = 0.06991527 * TIMES
    found = after_significance(test, path, SIGMA_A)
    assert found.leads == pytest.approx([-0.12249504, -0.07515163, -0.03060731], rel=1e-3)
    assert found.effects == pytest.approx([0.09017188, 0.16447429, 0.22994584, 0.29190725], rel=1e-4)
    factor = bayes_factor(found.power, test.significance_power(np.zeros(3)))
    assert factor == pytest.approx(0.5671215, abs=1e-3)
    assert likelihood_ratio(BETA_A[:3], path[:3], test.cov) == pytest.approx(0.8589346, rel=1e-6)


def test_one_lead_by_hand():
    """One lead of error 1: a symmetric interval of a normal, and its truncated mean."""
    inside = stats.norm.cdf(1.5) - stats.norm.cdf(-2.5)
    pull = (stats.norm.pdf(-2.5) - stats.norm.pdf(1.5)) / inside
    box = truncated_normal(np.array([0.5]), np.eye(1), np.array([2.0]))
    assert box.probability == pytest.approx(inside, rel=1e-12)
    assert box.mean[0] == pytest.approx(0.5 + pull, rel=1e-10)
    variance = 1 + (-2.5 * stats.norm.pdf(-2.5) - 1.5 * stats.norm.pdf(1.5)) / inside - pull**2
    assert box.cov[0, 0] == pytest.approx(variance, rel=1e-10)
    test = LeadsTest(np.eye(1))
    slope = detectable_multiple(test, np.array([-1.0]), 0.8)
    z = stats.norm.ppf(0.975)
    assert stats.norm.sf(z - slope) + stats.norm.cdf(-z - slope) == pytest.approx(0.8, rel=1e-8)
    assert slope == pytest.approx(detectable_multiple(test, np.array([-1.0]), 0.8, joint=True), rel=1e-6)


def test_one_lead_with_few_degrees_of_freedom_is_a_noncentral_t():
    test = LeadsTest(np.eye(1) * 4, degrees=5)
    t = stats.t(5).ppf(0.975)
    exact = stats.nct(5, 1.0).sf(t) + stats.nct(5, 1.0).cdf(-t)
    assert test.significance_power(np.array([2.0])) == pytest.approx(exact, rel=1e-6)
    assert test.joint_power(np.array([2.0])) == pytest.approx(exact, rel=1e-8)
    assert test.significance_power(np.zeros(1)) == pytest.approx(0.05, rel=1e-6)


@pytest.mark.parametrize(("k", "rho"), [(2, 0.5), (3, 0.9), (6, 0.5), (12, 0.7)])
def test_equal_correlations_reduce_to_one_integral(k, rho):
    mean, cov = np.linspace(-1.5, 0, k), np.full((k, k), rho) + (1 - rho) * np.eye(k)
    at, weights = np.polynomial.hermite_e.hermegauss(200)
    centre = mean + np.sqrt(rho) * at[:, None]
    sides = [stats.norm.cdf((side - centre) / np.sqrt(1 - rho)) for side in (1.96, -1.96)]
    exact = weights @ np.prod(sides[0] - sides[1], 1) / weights.sum()
    found = truncated_normal(mean, cov, np.full(k, 1.96)).probability
    assert found == pytest.approx(exact, abs=1e-9 if k <= 3 else 1e-4)


@pytest.mark.parametrize("k", [3, 5])
def test_moments_by_simulation(k):
    rng = np.random.default_rng(7)
    root = rng.normal(size=(k + 2, k + 2)) + 2 * np.eye(k + 2)
    cov = root @ root.T / 8
    errors = np.sqrt(np.diag(cov))
    path = np.linspace(-1.2, 0.9, k + 2) * errors.mean()
    drawn = rng.multivariate_normal(path, cov, size=200_000)
    test = LeadsTest(cov[:k, :k])
    passed = (np.abs(drawn[:, :k]) <= test.critical * errors[:k]).all(1)
    found = after_significance(test, path, cov)
    assert found.power == pytest.approx(1 - passed.mean(), abs=0.004)
    noise = 4 * errors.max() / np.sqrt(passed.sum())
    assert np.r_[found.leads, found.effects] == pytest.approx(drawn[passed].mean(0), abs=noise)
    box = test.passing(path[:k])
    assert box.cov == pytest.approx(np.cov(drawn[passed][:, :k].T), abs=0.02 * errors.max() ** 2)
    covers = np.abs(drawn[:, k:]) <= test.critical * errors[k:]
    assert found.covered == pytest.approx(covers[passed].mean(0), abs=0.004)
    assert found.covered_always == pytest.approx(covers.mean(0), abs=0.004)
    joint = after_joint_test(test, path, cov)
    wald = np.einsum("ij,jk,ik->i", drawn[:, :k], np.linalg.inv(test.cov), drawn[:, :k])
    passed = wald <= stats.chi2(k).ppf(0.95)
    assert joint.power == pytest.approx(1 - passed.mean(), abs=0.004)
    assert np.r_[joint.leads, joint.effects] == pytest.approx(drawn[passed].mean(0), abs=noise)


def test_joint_test_with_an_estimated_covariance_by_simulation():
    """Hotelling's T² of a Wishart covariance with 9 degrees of freedom, 3 leads."""
    rng = np.random.default_rng(11)
    cov = np.array([[1, 0.5, 0.2], [0.5, 1, 0.5], [0.2, 0.5, 1]])
    leads, n = np.array([-1.8, -1.2, -0.9]), 60_000
    b = rng.multivariate_normal(leads, cov, size=n)
    scatter = stats.wishart(9, cov / 9).rvs(size=n, random_state=3)
    t2 = np.einsum("ij,ij->i", b, np.linalg.solve(scatter, b[:, :, None])[:, :, 0])
    passed = t2 * 7 / 27 <= stats.f(3, 7).ppf(0.95)
    test = LeadsTest(cov, degrees=9)
    assert test.joint_power(leads) == pytest.approx(1 - passed.mean(), abs=0.008)
    found = after_joint_test(test, leads, cov)
    assert found.leads == pytest.approx(b[passed].mean(0), abs=0.02)


def test_a_scale_common_to_all_errors_by_simulation():
    rng = np.random.default_rng(13)
    cov = np.full((4, 4), 0.4) + 0.6 * np.eye(4)
    leads = np.array([-1.5, -1.0, -1.0, -0.5])
    b = rng.multivariate_normal(leads, cov, size=150_000)
    scale = np.sqrt(rng.chisquare(5, size=150_000) / 5)
    for k in (2, 4):
        test = LeadsTest(cov[:k, :k], degrees=5)
        some = (np.abs(b[:, :k]) > test.critical * scale[:, None]).any(1).mean()
        assert test.significance_power(leads[:k]) == pytest.approx(some, abs=0.004)


def test_power_never_falls_and_slopes_are_inverse():
    test, leads = LeadsTest(SIGMA[:3, :3]), TIMES[:3]
    for joint in (False, True):
        power = test.joint_power if joint else test.significance_power
        grid = [power(slope * leads) for slope in np.linspace(0, 0.3, 13)]
        assert (np.diff(grid) > 0).all()
        slopes = [detectable_multiple(test, leads, target, joint=joint) for target in (0.5, 0.8)]
        assert [power(slope * leads) for slope in slopes] == pytest.approx([0.5, 0.8], rel=1e-7)
        assert detectable_multiple(test, -3 * leads, 0.5, joint=joint) == pytest.approx(
            slopes[0] / 3, rel=1e-7
        )


def test_bad_ends():
    many = LeadsTest(np.eye(20))
    assert detectable_multiple(many, np.arange(-20.0, 0), 0.5) == 0.0  # 1 - 0.95^20 = 64 %
    assert detectable_multiple(LeadsTest(np.eye(2)), np.zeros(2), 0.5) == np.inf
    few = LeadsTest(np.eye(4), degrees=3)
    assert np.isnan(few.joint_power(np.ones(4))) and np.isnan(
        detectable_multiple(few, np.ones(4), 0.5, joint=True)
    )
    with pytest.raises(ValueError, match="positive definite"):
        truncated_normal(np.zeros(2), np.ones((2, 2)), np.ones(2))
    with pytest.raises(ValueError, match="dimensions"):
        truncated_normal(np.zeros(30), np.eye(30), np.ones(30))


@pytest.mark.parametrize("k", [4, 8])
def test_means_are_told_where_they_are_known(k):
    """The two signs of a violation mirror each other; where next to none pass, integration is too coarse and nothing is told."""
    root = np.random.default_rng(0).normal(size=(k + 2, k + 2))
    cov, times = root @ root.T / k, np.r_[np.arange(-k, 0), 1, 2].astype(float)
    test, errors = LeadsTest(cov[:k, :k], degrees=15.0), np.sqrt(np.diag(cov))
    told = []
    for slope in (0.1, 0.3, 0.5, 1.0):
        up, down = (after_significance(test, sign * slope * times, cov) for sign in (1, -1))
        told.append(bool(np.isfinite(up.effects).all()))
        assert told[-1] == (up.power <= 0.999) == bool(np.isfinite(up.covered).all())
        if told[-1]:
            assert up.effects == pytest.approx(-down.effects, abs=0.03 * errors[k:].max())
    assert told[0] and not told[-1]
    assert np.isnan(after_joint_test(test, 5 * times, cov).effects).all()
