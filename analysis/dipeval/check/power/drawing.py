"""Panels of a planned evaluation without any effect, drawn from what the cities were like before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dipeval.check.power.error_model import ErrorModel
from dipeval.check.power.scenario import Scenario
from dipeval.check.power.untreated import Cities

BLOCKS, MODEL = "blocks", "model"
SIGNS = 10
"""Panels of one draw of cities: each city's whole path with either sign."""


@dataclass(frozen=True)
class Drawn:
    """One draw of cities and dates with R panels of errors.

    Attributes
    ----------
    dates : numpy.ndarray, shape (G,)
        First treated period; inf for never.
    size : numpy.ndarray, shape (G,)
        Weight of each city.
    hospitals : numpy.ndarray, shape (G,), int
    sums : numpy.ndarray, shape (G, T, R)
        Mean of each city and period times its weight.
    """

    dates: np.ndarray
    size: np.ndarray
    hospitals: np.ndarray
    sums: np.ndarray


def draw(
    scenario: Scenario, source: Sequence[Cities] | ErrorModel, n_draws: int, generator: np.random.Generator
) -> list[Drawn]:
    """Draw cities, who of them is reformed when, and their errors.

    Parameters
    ----------
    scenario : Scenario
    source : sequence of Cities, or ErrorModel
        Blocks of real cities as `blocks` makes them: each city is drawn whole, with replacement, with all of its
        hospitals, its path over real periods and one sign for all of it (serial correlation, sizes and unequal
        variances stay as they were). Or the model, where no city was untreated for so long: sizes are those of
        real cities, paths are normal.
    n_draws : int
        Panels in all; `SIGNS` share cities and dates.
    generator : numpy.random.Generator

    Returns
    -------
    list of Drawn
        O(draws × G × T), with the model O(draws × G × T²).
    """
    one = _from_model if isinstance(source, ErrorModel) else _from_blocks
    return [one(scenario, source, generator) for _ in range(-(-n_draws // SIGNS))]


def _from_blocks(scenario: Scenario, source: Sequence[Cities], generator: np.random.Generator) -> Drawn:
    mass = np.array([len(block.size) for block in source], float)
    block = source[int(generator.choice(len(source), p=mass / mass.sum()))]
    chosen = generator.integers(len(block.size), size=scenario.cities)
    signs = generator.integers(2, size=(scenario.cities, SIGNS)) * 2.0 - 1.0
    size = block.size[chosen]
    sums = (size[:, None] * block.means[chosen])[:, :, None] * signs[:, None, :]
    return Drawn(_dealt(scenario, generator), size, block.hospitals[chosen], sums)


def _from_model(scenario: Scenario, source: ErrorModel, generator: np.random.Generator) -> Drawn:
    chosen = generator.integers(len(source.size), size=scenario.cities)
    size = source.size[chosen]
    factors = np.linalg.cholesky(
        source.covariance(scenario.periods, chosen) + 1e-12 * np.eye(scenario.periods)
    )
    normal = generator.standard_normal((scenario.cities, scenario.periods, SIGNS))
    sums = size[:, None, None] * (factors @ normal)
    return Drawn(_dealt(scenario, generator), size, source.hospitals[chosen], sums)


def _dealt(scenario: Scenario, generator: np.random.Generator) -> np.ndarray:
    return generator.permutation(scenario.usable)
