"""Invented hospital panels for the simulation of inference: few cities, serial correlation, unequal sizes.

A cell of the simulation is a number of cities, how many of them are treated, and the size of city shocks. In a
cell, structures (hospitals by city, calendar) are drawn anew, and panels of outcomes on each. Panels are
balanced and unweighted, so that every estimator depends on them through sums over the hospitals of each
city and period alone; that is what is kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

CITIES = (4, 6, 8, 12, 20, 40)
TREATED = ("1", "2", "3", "half")
SHOCKS = {"small": 0.02, "large": 0.06}
"""Standard deviation of city shocks to log cost."""
PERIODS = 16
DATES = (6, 8, 10)
"""Quarters of adoption: one after the other of the treated cities takes the next of these."""
PERSISTENCE = 0.7
EFFECT = -0.05
HOSPITALS, HOSPITAL_SPREAD, MOST_HOSPITALS = 8, 0.7, 60
CASES, CASES_SPREAD = 400, 1.2
HOSPITAL_NOISE, CASE_NOISE = 0.05, 0.9
"""Standard deviation of log cost by hospital and quarter that no size removes, and of one case."""


@dataclass(frozen=True)
class Cell:
    """One cell of the simulation: G cities, some of them treated, one size of city shocks."""

    cities: int
    treated: int
    shock: str

    @property
    def name(self) -> str:
        """For files and tables."""
        return f"{self.cities}-{self.treated}-{self.shock}"


def all_cells() -> list[Cell]:
    """Every cell once; ``half`` of 4 and of 6 cities is 2 and 3 anyway."""
    found = []
    for cities in CITIES:
        counts = sorted({cities // 2 if word == "half" else int(word) for word in TREATED})
        found += [Cell(cities, count, shock) for count in counts for shock in SHOCKS]
    return found


@dataclass(frozen=True)
class Structure:
    """What panels of one structure share.

    Attributes
    ----------
    hospitals : numpy.ndarray, shape (G,), int
    dates : numpy.ndarray, shape (G,), float
        First treated period; inf for never.
    spread : numpy.ndarray, shape (G,)
        Standard deviation of the sum over a city's hospitals of their own noise in one period.
    effects : numpy.ndarray, shape (G, T)
        Effect on each hospital; grows over a year, differs by city, averages `EFFECT` over all treated
        hospital-periods.
    """

    hospitals: np.ndarray
    dates: np.ndarray
    spread: np.ndarray
    effects: np.ndarray

    @property
    def treatment(self) -> np.ndarray:
        """Treatment (G, T), 0 or 1."""
        return (np.arange(PERIODS) >= self.dates[:, None]).astype(float)


def draw_structure(cell: Cell, generator: np.random.Generator) -> Structure:
    """Hospitals, their sizes, and who is treated when; treated cities are drawn at random."""
    spread = np.exp(HOSPITAL_SPREAD * generator.standard_normal(cell.cities))
    hospitals = np.clip(np.rint(HOSPITALS * spread), 2, MOST_HOSPITALS).astype(np.int64)
    variance = np.empty(cell.cities)
    for g, count in enumerate(hospitals):
        cases = CASES * np.exp(CASES_SPREAD * generator.standard_normal(count))
        variance[g] = (HOSPITAL_NOISE**2 + CASE_NOISE**2 / np.maximum(cases, 20)).sum()
    dates = np.full(cell.cities, np.inf)
    chosen = generator.permutation(cell.cities)[: cell.treated]
    dates[chosen] = np.array(DATES, float)[np.arange(cell.treated) % len(DATES)]
    exposure = np.arange(PERIODS) - dates[:, None]
    own = 1 + 0.5 * generator.standard_normal(cell.cities)
    effects = np.where(exposure >= 0, own[:, None] * np.clip((exposure + 1) / 4, 0, 1), 0.0)
    weight = hospitals[:, None] * (exposure >= 0)
    effects *= EFFECT / ((weight * effects).sum() / weight.sum())
    return Structure(hospitals, dates, np.sqrt(variance), effects)


def draw_panels(structure: Structure, shock: str, panels: int, generator: np.random.Generator) -> np.ndarray:
    """Sums over hospitals (G, T, R) of R panels without an effect; levels cancel and are left out."""
    n_cities = len(structure.hospitals)
    innovations = generator.standard_normal((n_cities, PERIODS, panels))
    shocks = np.empty_like(innovations)
    shocks[:, 0] = innovations[:, 0]
    for t in range(1, PERIODS):
        shocks[:, t] = PERSISTENCE * shocks[:, t - 1] + np.sqrt(1 - PERSISTENCE**2) * innovations[:, t]
    noise = generator.standard_normal(shocks.shape) * structure.spread[:, None, None]
    return structure.hospitals[:, None, None] * SHOCKS[shock] * shocks + noise
