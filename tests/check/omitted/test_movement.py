"""Oster's equation: printed results, worlds in which selection is known, and its roots."""

import numpy as np
import pytest

from dipeval.check.omitted.movement import (
    adjusted_effect,
    biases,
    movement_of,
    proportional_effect,
    whole_movement,
)


def test_house_prices_as_printed_by_robomit_and_psacalc(stored):
    record, windsor = stored("windsor")
    movement, said = movement_of(windsor.products), record["printed"]
    found = adjusted_effect(movement, 1.0, said["ceiling"])
    assert round(found.effect, 2) == said["effect_2_decimals"]
    assert round(movement.delta(0.0, said["ceiling"]), 2) == said["delta_2_decimals"]
    assert round(movement.delta(0.0, 0.54), 2) == said["delta_at_0.54_2_decimals"]
    assert round(movement.delta(0.0, 1.0), 3) == said["delta_at_1_3_decimals"]


def test_cars_as_printed_with_the_other_root(stored):
    record, cars = stored("cars")
    movement, said = movement_of(cars.products), record["printed"]
    found = adjusted_effect(movement, 1.0, said["ceiling"])
    printed = [f"{said[name]:.3g}" for name in said if name != "ceiling"]
    other = found.others[0]
    computed = [
        found.effect,
        (found.effect - movement.long) ** 2,
        other,
        (other - movement.long) ** 2,
        movement.short,
        movement.long,
        movement.short_r2,
        movement.long_r2,
    ]
    assert [f"{value:.3g}" for value in computed] == printed


def world(delta, effect=0.4, seed=0, n=50):
    """Sample moments that fulfil the assumptions exactly: W2 orthogonal to the covariates, selection as δ
    says."""
    rng = np.random.default_rng(seed)
    base = np.linalg.qr(rng.normal(size=(n, 5)))[0] * np.sqrt(n)
    x1, x2, w2, left, noise = base.T
    x1 = x1 + 0.3 * x2
    w1 = 0.8 * x1 - 0.5 * x2
    w2 = 0.7 * w2
    d = 0.6 * (w1 + delta * w2) + 1.1 * left
    y = effect * d + w1 + w2 + 0.9 * noise
    columns = np.column_stack([y, d, x1, x2])
    full = np.column_stack([d, x1, x2, w2])
    residual = y - full @ np.linalg.lstsq(full, y, rcond=None)[0]
    return columns.T @ columns, float(1 - residual @ residual / (y @ y))


@pytest.mark.parametrize("delta", [1.0, 0.5, 1.7, -0.6, -1.5, 0.0, 3.0])
@pytest.mark.parametrize("seed", [0, 1])
def test_known_selection_gives_the_true_effect(delta, seed):
    """The true effect is among the roots, and δ of the true effect is the δ of the world."""
    products, ceiling = world(delta, seed=seed)
    movement = movement_of(products)
    assert movement.delta(0.4, ceiling) == pytest.approx(delta, abs=1e-9)
    effects = movement.long - biases(movement, delta, ceiling)
    assert np.abs(effects - 0.4).min() < 1e-9
    if delta in (0.5, 1.0):
        assert adjusted_effect(movement, delta, ceiling).effect == pytest.approx(0.4, abs=1e-9)


def test_every_root_solves_the_equation_and_none_is_missed():
    """Against a scan of δ(v) for its crossings."""
    products, ceiling = world(1.7)
    movement = movement_of(products)
    above, below = movement.terms(ceiling)
    for delta in (-2.0, -0.3, 0.4, 0.999999, 1.0, 1.000001, 1.7, 4.0):
        roots = biases(movement, delta, ceiling)
        equation = above - delta * below
        size = np.abs(equation) @ np.abs(np.vander(roots, 4)).T
        assert (np.abs(np.polyval(equation, roots)) < 1e-12 * size).all()
        grid = np.linspace(-30, 30, 600_001)
        changes = np.count_nonzero(np.diff(np.sign(np.polyval(equation, grid))))
        assert changes == np.count_nonzero(np.abs(roots) < 30)


def test_nothing_is_left_out_where_the_ceiling_is_reached_or_the_coefficient_stays():
    products, _ = world(1.0)
    movement = movement_of(products)
    still = adjusted_effect(movement, 1.0, movement.long_r2)
    assert still.effect == pytest.approx(movement.long, abs=1e-12)
    assert proportional_effect(movement, 1.0, movement.long_r2) == movement.long
    unmoved = movement_of(np.array([[9.0, 2.0, 3.0], [2.0, 4.0, 0.0], [3.0, 0.0, 2.0]]))
    assert unmoved.moved == 0 and adjusted_effect(unmoved, 1.0, 0.95).effect == unmoved.long


def test_selection_that_no_bias_in_its_direction_explains():
    """By a scan for the largest δ; beyond it the root against the direction is no answer."""
    products, ceiling = world(1.7)
    movement = movement_of(products)
    biases_onward = movement.moved * np.linspace(0, 20, 20_001)[1:]
    most = max(movement.delta(movement.long - v, ceiling) for v in biases_onward)
    assert 1.7 < most < 3
    assert np.isfinite(adjusted_effect(movement, most - 1e-3, ceiling).effect)
    beyond = adjusted_effect(movement, most + 1e-3, ceiling)
    assert np.isnan(beyond.effect) and len(beyond.others) == 1


def test_selection_up_to_one_always_has_an_answer_and_it_grows_with_selection():
    rng = np.random.default_rng(0)
    for _ in range(40):
        rows = rng.normal(size=(30, 4)) @ rng.normal(size=(4, 4))
        movement = movement_of(rows.T @ rows)
        ceiling = movement.long_r2 + 0.6 * (1 - movement.long_r2)
        moved = [movement.long - adjusted_effect(movement, d, ceiling).effect for d in (0.1, 0.5, 0.9, 1.0)]
        assert (np.sign(moved) == np.sign(movement.moved)).all() and (np.diff(np.abs(moved)) > 0).all()


def test_r_squared_with_and_without_fixed_effects():
    """What fixed effects explain raises R squared, and leaves the movement and gains in variance alone."""
    products, _ = world(1.0)
    wider = np.pad(products, ((0, 1), (0, 1)))
    wider[-1, -1] = 500.0
    inside, whole = movement_of(products), whole_movement(wider)
    assert whole.long_r2 > inside.long_r2 and whole.moved == inside.moved
    gained = [(m.long_r2 - m.short_r2) * m.outcome_variance for m in (inside, whole)]
    assert gained[0] == pytest.approx(gained[1])
