"""Sets under restricted trends: the reference on its own grid, a second derivation, known cases, level, bad input."""

import json

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.stats import beta as beta_law
from scipy.stats import norm, truncnorm

from dipeval.check.sensitivity.acceptance import accepted_set, united
from dipeval.check.sensitivity.conditional import FixedLength, Rule, accepted, log_p_value
from dipeval.check.sensitivity.least_favourable import least_favourable_value
from dipeval.check.sensitivity.moment_lines import MomentLines, moment_lines, orthogonal_to
from dipeval.check.sensitivity.restrictions import Polyhedron, Restriction, restrict
from dipeval.check.sensitivity.robust_interval import robust_decisions, robust_interval
from dipeval.errors import DesignError

KAPPA, SECOND = 0.005, (0.05 - 0.005) / (1 - 0.005)
AVERAGES = {"first": np.eye(4)[0], "mean": np.full(4, 0.25)}


@pytest.fixture(scope="module")
def counties(shared):
    """Three leads and four effects of the counties, as the reference had them."""
    stored = json.loads((shared / "reference/values/honestdid.json").read_text(encoding="utf-8"))["inputs"]
    return np.array(stored["mpdta"]["betahat"]), np.array(stored["mpdta"]["sigma"])


def _grid_of_reference(restriction, cov, weights):
    """Its 1,000 points: twenty errors beside what the restriction allows where no lead moved."""
    n_pre, k = restriction.n_pre, len(cov)
    reach = 0.0
    if restriction.family == "smoothness":
        piece = restriction.pieces[0]
        goal = np.concatenate([np.zeros(n_pre), -weights])
        leads = np.eye(k)[:n_pre]
        reach = -linprog(goal, piece.A, piece.d, leads, np.zeros(n_pre), bounds=(None, None)).fun
    reach += 20 * np.sqrt(weights @ cov[n_pre:, n_pre:] @ weights)
    return np.linspace(-reach, reach, 1_000)


def _records(reference, name):
    family = "smoothness" if "_SD_" in name else "relative_magnitudes"
    weights = AVERAGES["mean" if "_avg" in name else "first"]
    for row in reference("honestdid")[name]["results"]:
        yield restrict(family, row["Mbar"] if "Mbar" in row else row["M"], 3, 4), weights, row


@pytest.mark.parametrize("name", ["mpdta_RM_Conditional", "mpdta_SD_Conditional"])
def test_conditional_sets_are_those_of_the_reference_on_its_grid(counties, reference, name):
    beta, cov = counties
    for restriction, weights, row in _records(reference, name):
        grid = _grid_of_reference(restriction, cov, weights)
        inside = grid[robust_decisions(restriction, beta, cov, weights, grid, method="conditional")]
        assert inside[[0, -1]] == pytest.approx([row["lb"], row["ub"]], abs=1e-12)
        found = robust_interval(restriction, beta, cov, weights, method="conditional")
        step = grid[1] - grid[0]
        assert row["lb"] - step < found.low <= row["lb"] + 1e-12
        assert row["ub"] - 1e-12 <= found.high < row["ub"] + step


@pytest.mark.parametrize("name", ["mpdta_RM_CLF_APPROX", "mpdta_RM_CLF_avg_APPROX", "mpdta_SD_CLF_APPROX"])
def test_hybrid_sets_are_those_of_the_reference_within_the_error_of_its_draws(counties, reference, name):
    """Its critical value is a quantile of 1,000 draws: a sixth order statistic, whose tail has a beta law."""
    beta, cov = counties
    tails = beta_law(5.995, 995.005).ppf([0.0005, 0.9995])
    for restriction, weights, row in _records(reference, name):
        grid = _grid_of_reference(restriction, cov, weights)
        ends = np.array([_grid_ends(restriction, beta, cov, weights, grid, tail) for tail in tails])
        assert ends[:, 0].min() - 1e-12 <= row["lb"] <= ends[:, 0].max() + 1e-12
        assert ends[:, 1].min() - 1e-12 <= row["ub"] <= ends[:, 1].max() + 1e-12
        found = robust_interval(restriction, beta, cov, weights)
        assert [found.low, found.high] == pytest.approx([row["lb"], row["ub"]], abs=2 * (grid[1] - grid[0]))


def _grid_ends(restriction, beta, cov, weights, grid, tail):
    """Ends on a grid with a critical value of another tail, the size of the second stage unchanged."""
    inside = np.zeros(len(grid), bool)
    for piece in restriction.pieces:
        lines = moment_lines(piece.A, piece.d, beta, cov, 3, weights)
        inside |= accepted(lines, grid, Rule(SECOND, largest=least_favourable_value(lines, tail)))
    return grid[inside][[0, -1]]


def _drawn(seed, n_pre=3, n_post=3):
    draws = np.random.default_rng(seed)
    root = draws.normal(size=(n_pre + n_post, n_pre + n_post + 2))
    return draws.normal(size=n_pre + n_post) * 2, root @ root.T / 8


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("family", "bias"), [("smoothness", None), ("relative_magnitudes", "negative")])
def test_statistic_and_truncation_are_those_of_the_linear_programme(seed, family, bias):
    """Primal form of Andrews, Roth & Pakes: the binding moments of the programme, and where one of the others binds."""
    beta, cov = _drawn(seed)
    weights = np.array([0.5, 0.3, 0.2])
    for piece in restrict(family, 0.4, 3, 3, bias=bias).pieces:
        lines = moment_lines(piece.A, piece.d, beta, cov, 3, weights)
        A, d = piece.A[piece.about_effects], piece.d[piece.about_effects]
        for theta in (-4.0, 0.3, 5.0):
            y = A @ beta - d - A[:, 3:] @ weights / (weights @ weights) * theta
            statistic, low, high, sd = _primal(y, A[:, 3:] @ orthogonal_to(weights), A @ cov @ A.T)
            values = lines.at(np.array([theta]))[:, 0]
            assert values.max() == pytest.approx(statistic, abs=1e-9)
            if low is None or statistic <= 0:
                continue
            line = int(values.argmax())
            p = np.exp(log_p_value(lines, line, np.array([theta]), Rule(0.05)))[0]
            assert p == pytest.approx(truncnorm(low / sd, high / sd).sf(statistic / sd), abs=1e-8)


def _primal(y, nuisance, cov):
    """Largest studentised moment, its truncation and its error; None where its solution is degenerate."""
    sd = np.sqrt(np.diag(cov))
    columns = np.column_stack([sd, nuisance])
    solved = linprog(np.eye(columns.shape[1])[0], -columns, -y, bounds=(None, None))
    binding = -solved.ineqlin.marginals > 1e-7
    if binding.sum() != columns.shape[1]:
        return solved.fun, None, None, None
    inverse = np.linalg.inv(columns[binding])
    v = np.zeros(len(y))
    v[binding] = inverse[0]
    variance = v @ cov @ v
    gamma = columns[~binding] @ inverse @ np.eye(len(y))[binding] - np.eye(len(y))[~binding]
    rho = gamma @ cov @ v / variance
    place = -gamma @ y / rho + v @ y
    low, high = place[rho > 0].max(initial=-np.inf), place[rho < 0].min(initial=np.inf)
    return solved.fun, low, high, np.sqrt(variance)


@pytest.mark.parametrize("method", ["conditional", "least_favourable"])
@pytest.mark.parametrize("seed", range(3))
def test_the_set_is_what_a_fine_grid_accepts_with_its_gaps(method, seed):
    beta, cov = _drawn(seed)
    weights = np.array([0.5, 0.3, 0.2])
    for family in ("smoothness", "relative_magnitudes"):
        restriction = restrict(family, 0.4, 3, 3)
        found = robust_interval(restriction, beta, cov, weights, method=method)
        grid = np.linspace(found.low - 20, found.high + 20, 20_001)
        decided = robust_decisions(restriction, beta, cov, weights, grid, method=method)
        inside = ((grid[:, None] >= found.pieces[:, 0]) & (grid[:, None] <= found.pieces[:, 1])).any(axis=1)
        assert (decided == inside).all()


def test_one_moment_is_a_one_sided_test():
    lines = MomentLines(np.array([[1.0]]), np.array([2.0]), np.array([-1.0]), np.array([[1.0]]))
    assert accepted_set(lines, Rule(0.05)) == pytest.approx(np.array([[2 - norm.isf(0.05), np.inf]]))
    hybrid = Rule(SECOND, largest=norm.isf(KAPPA))
    # Given that the first stage keeps z, its tail beyond the end is the second size of what it keeps.
    share = SECOND * norm.cdf(norm.isf(KAPPA)) + KAPPA
    assert accepted_set(lines, hybrid) == pytest.approx(np.array([[2 - norm.isf(share), np.inf]]))


def test_least_favourable_values_of_known_laws():
    alone = MomentLines(np.array([[1.0], [-1.0]]), np.zeros(2), np.zeros(2), np.eye(1))
    assert least_favourable_value(alone, KAPPA) == pytest.approx(norm.isf(KAPPA / 2), abs=1e-6)
    five = MomentLines(np.eye(5), np.zeros(5), np.zeros(5), np.eye(5))
    exact = norm.isf(1 - (1 - KAPPA) ** (1 / 5))
    assert least_favourable_value(five, KAPPA) == pytest.approx(exact, abs=3e-4)
    assert least_favourable_value(five, KAPPA) == least_favourable_value(five, KAPPA)
    wide = norm.isf(1 - (1 - 0.3) ** (1 / 5))
    assert least_favourable_value(five, 0.3) == pytest.approx(wide, abs=5e-3)
    constant = MomentLines(np.zeros((2, 1)), np.zeros(2), np.zeros(2), np.eye(1))
    assert least_favourable_value(constant, KAPPA) == 0


def test_a_least_favourable_value_is_that_of_plain_draws(counties):
    beta, cov = counties
    piece = restrict("relative_magnitudes", 1.0, 3, 4, bias="positive").pieces[2]
    lines = moment_lines(piece.A, piece.d, beta, cov, 3, AVERAGES["mean"])
    drawn = np.random.default_rng(3).multivariate_normal(np.zeros(7), cov, size=200_000)
    largest = np.maximum((drawn @ lines.loadings.T).max(axis=1), 0)
    share = (largest > least_favourable_value(lines, 0.05)).mean()
    assert share == pytest.approx(0.05, abs=4 * np.sqrt(0.05 * 0.95 / 200_000))


@pytest.mark.parametrize("hybrid", [False, True])
def test_the_truth_is_kept_where_the_restriction_binds(hybrid):
    """δ at the edge of relative magnitudes: at most one in twenty sets misses it, but for chance."""
    draws, cov = 250, 0.1 * (np.eye(4) + 0.5)
    drawn = np.random.default_rng(5).multivariate_normal([-1.0, -1.0, 1.0, 2.0], cov, size=draws)
    kept = np.zeros(draws, bool)
    for piece in restrict("relative_magnitudes", 1.0, 2, 2).pieces:
        rule = Rule(0.05)
        for draw, beta in enumerate(drawn):
            lines = moment_lines(piece.A, piece.d, beta, cov, 2, np.array([1.0, 0.0]))
            if hybrid and not draw:
                rule = Rule(SECOND, largest=least_favourable_value(lines, KAPPA))
            kept[draw] |= accepted(lines, np.zeros(1), rule)[0]
    assert 0 < (~kept).sum() <= 0.05 * draws + 3 * np.sqrt(0.05 * 0.95 * draws)


def test_scale_and_sign_of_the_outcome_carry_over():
    beta, cov = _drawn(9)
    weights = np.array([0.5, 0.3, 0.2])
    for bias, turned in (("positive", "negative"), (None, None)):
        one = robust_interval(restrict("relative_magnitudes", 0.5, 3, 3, bias=bias), beta, cov, weights)
        other = restrict("relative_magnitudes", 0.5, 3, 3, bias=turned)
        two = robust_interval(other, -1000 * beta, 1e6 * cov, weights)
        assert [two.low, two.high] == pytest.approx([-1000 * one.high, -1000 * one.low], rel=1e-3)
    double = robust_interval(restrict("smoothness", 0.5, 3, 3), beta, cov, 2 * weights, method="conditional")
    single = robust_interval(restrict("smoothness", 0.5, 3, 3), beta, cov, weights, method="conditional")
    assert double.low == pytest.approx(2 * single.low, rel=1e-9)


def test_a_sign_alone_bounds_one_side():
    """Upward bias after the reform: the effect is at most the estimate, and may be as low as one likes."""
    piece = Polyhedron(np.array([[0.0, -1.0]]), np.zeros(1), 1)
    restriction = Restriction("smoothness", 0.0, 1, 1, "positive", None, (piece,))
    found = robust_interval(restriction, np.array([0.0, 3.0]), np.eye(2), np.ones(1), method="conditional")
    assert found.low == -np.inf
    assert found.high == pytest.approx(3 + norm.isf(0.05))
    hybrid = robust_interval(restriction, np.array([0.0, 3.0]), np.eye(2), np.ones(1))
    assert [hybrid.low, hybrid.high] == pytest.approx([found.low, found.high])


def test_data_that_refute_a_restriction_leave_nothing():
    restriction = restrict("smoothness", 0.0, 1, 2, trend="increasing")
    found = robust_interval(restriction, np.array([9.0, 0.0, 0.0]), np.eye(3), np.array([1.0, 0]))
    assert found.empty and np.isnan(found.low) and np.isnan(found.high)
    assert 0.0 not in found


def test_a_grid_that_does_not_reach_the_bound_is_said_and_left(counties):
    beta, cov = counties
    restriction = restrict("relative_magnitudes", 1.0, 3, 4)
    free = robust_interval(restriction, beta, cov, AVERAGES["first"], grid=(-1.0, 1.0))
    short = robust_interval(restriction, beta, cov, AVERAGES["first"], grid=(-0.05, 0.02))
    assert not free.beyond_grid and short.beyond_grid
    assert (short.low, short.high) == (free.low, free.high)
    assert 0.0 in short and short.low < -0.05


def test_the_hybrid_with_a_fixed_length_stays_inside_it(counties):
    beta, cov = counties
    estimator = np.array([0.0, 0.0, 1.0, 1.0, 0, 0, 0])
    centre = float(estimator @ beta)
    fixed = FixedLength(estimator, centre, 0.2)
    restriction = restrict("smoothness", 0.01, 3, 4)
    own = dict(method="fixed_length_hybrid", fixed=fixed)
    found = robust_interval(restriction, beta, cov, AVERAGES["first"], **own)
    plain = robust_interval(restriction, beta, cov, AVERAGES["first"], method="conditional")
    assert fixed.ends[0] <= found.low < found.high <= fixed.ends[1]
    assert found.low != pytest.approx(plain.low, abs=1e-6)
    narrow = FixedLength(estimator, centre, 0.01)
    inside = robust_interval(
        restriction, beta, cov, AVERAGES["first"], method="fixed_length_hybrid", fixed=narrow
    )
    assert narrow.ends[0] <= inside.low and inside.high <= narrow.ends[1]
    grid = np.linspace(*fixed.ends, 2_001)[1:-1]
    decided = robust_decisions(restriction, beta, cov, AVERAGES["first"], grid, **own)
    assert (decided == ((grid >= found.low) & (grid <= found.high))).all()


def test_intervals_unite():
    assert united([(3, 4), (0, 1), (1, 2), (3.5, 3.6)]).tolist() == [[0, 2], [3, 4]]
    assert united([(-np.inf, 0), (-1, np.inf)]).tolist() == [[-np.inf, np.inf]]
    assert united([]).shape == (0, 2)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"cov": np.ones((4, 4))}, "singular"),
        ({"cov": np.full((4, 4), np.nan)}, "singular"),
        ({"beta": np.zeros(3)}, "do not fit"),
        ({"weights": np.zeros(2)}, "no effect has a weight"),
        ({"method": "bootstrap"}, "no method is called"),
        ({"method": "fixed_length_hybrid"}, "no fixed-length interval"),
        ({"kappa": 0.2}, "first stage"),
    ],
)
def test_what_cannot_be_is_refused(change, said):
    given = {"beta": np.zeros(4), "cov": np.eye(4), "weights": np.array([1.0, 0]), **change}
    with pytest.raises(DesignError, match=said):
        robust_interval(restrict("relative_magnitudes", 1.0, 2, 2), **given)
