"""The hospitals of an invented city: names, levels, sizes, and the months in which they send data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .effects import LEVELS
from .plan import CityPlan
from .streams import stream

SHARE_OF_HOSPITALS = (0.20, 0.35)
"""Tertiary and secondary hospitals among a city's hospitals; the rest is primary."""
TERTIARY_SHARE_OF_CASES = (0.40, 0.52)
SECONDARY_SHARE_OF_REST = 0.70
SPREAD_OF_SIZE = 0.35
MEDIAN_COST_YUAN = (8500.0, 4200.0, 2000.0)
SPREAD_OF_CITY_COST = 0.12
SPREAD_OF_HOSPITAL_COST = 0.18
MEAN_STAY_DAYS = (9.8, 8.7, 7.6)
SPREAD_OF_STAY = 0.08
DRUG_SHARE_LOGIT = (-1.05, -0.95, -0.75)
SPREAD_OF_DRUG_SHARE = 0.15
DEATHS_PER_DISCHARGE = (0.0046, 0.0028, 0.0015)
CHANCE_OF_GAP = 0.05
"""Share of hospitals that send nothing for one to three months (a change of their system)."""
CHANCE_OF_LATE_START = 0.04
KINDS_BY_LEVEL = (
    ("人民医院", "中医医院", "中心医院"),
    ("第一医院", "综合医院", "妇幼保健院", "中西医结合医院"),
    ("社区卫生服务中心", "乡镇卫生院"),
)


@dataclass(frozen=True)
class Hospitals:
    """The hospitals of one city; arrays have shape (H,) unless said otherwise.

    Attributes
    ----------
    codes, names : tuple of str
        Institution codes, unique over cities, and Chinese names, plainly invented.
    level : numpy.ndarray of int
        Index into :data:`~dipeval.simulate.effects.LEVELS`.
    log_cost : numpy.ndarray
        Logarithm of the median cost in fen, without month, city shock and case.
    stay : numpy.ndarray
        Mean days of stay.
    drug_share : numpy.ndarray
        Mean of the drug share's logit.
    deaths : numpy.ndarray
        Deaths per discharge.
    expected : numpy.ndarray, shape (H, T)
        Expected discharges in each month; zero where the hospital sends nothing.
    title : numpy.ndarray, values in [0, 1)
        Which of the titles of its level a hospital bears (三级甲等, 三级乙等 …).
    """

    codes: tuple[str, ...]
    names: tuple[str, ...]
    level: np.ndarray
    log_cost: np.ndarray
    stay: np.ndarray
    drug_share: np.ndarray
    deaths: np.ndarray
    expected: np.ndarray
    title: np.ndarray


def invent_hospitals(seed: int, city: CityPlan, volume: np.ndarray) -> Hospitals:
    """Return the hospitals of a city; `volume`, shape (T,), says how discharges run over the months."""
    generator = stream(seed, city.name, "hospitals")
    level = _levels(city.hospitals)
    city_cost = SPREAD_OF_CITY_COST * generator.standard_normal()
    spread = generator.standard_normal((4, len(level)))
    log_median = np.log(np.asarray(MEDIAN_COST_YUAN)[level] * 100)
    return Hospitals(
        codes=_codes(city),
        names=_names(city, level),
        level=level,
        log_cost=log_median + city_cost + SPREAD_OF_HOSPITAL_COST * spread[0],
        stay=np.asarray(MEAN_STAY_DAYS)[level] * np.exp(SPREAD_OF_STAY * np.clip(spread[1], -2, 2)),
        drug_share=np.asarray(DRUG_SHARE_LOGIT)[level] + SPREAD_OF_DRUG_SHARE * spread[2],
        deaths=np.asarray(DEATHS_PER_DISCHARGE)[level],
        expected=_expected(generator, city, level, np.exp(SPREAD_OF_SIZE * spread[3]), volume),
        title=generator.random(len(level)),
    )


def _levels(hospitals: int) -> np.ndarray:
    """At least one hospital of each level."""
    tertiary = max(1, round(SHARE_OF_HOSPITALS[0] * hospitals))
    secondary = max(1, round(SHARE_OF_HOSPITALS[1] * hospitals))
    return np.repeat(np.arange(len(LEVELS)), [tertiary, secondary, hospitals - tertiary - secondary])


def _codes(city: CityPlan) -> tuple[str, ...]:
    word = city.name.removeprefix("synthetic_").upper()
    return tuple(f"XN{word}{k + 1:03d}" for k in range(city.hospitals))


def _names(city: CityPlan, level: np.ndarray) -> tuple[str, ...]:
    """For example 安澜（虚拟）人民医院1; the comma in some names makes quoted fields."""
    place = city.label_zh if "虚拟" in city.label_zh else f"{city.label_zh}（虚拟）"
    names = []
    for k, own in enumerate(level):
        kinds = KINDS_BY_LEVEL[own]
        branch = ",东院区" if k % 7 == 3 else ""
        names.append(f"{place}{kinds[k % len(kinds)]}{k + 1}{branch}")
    return tuple(names)


def _expected(
    generator: np.random.Generator, city: CityPlan, level: np.ndarray, size: np.ndarray, volume: np.ndarray
) -> np.ndarray:
    """Discharges by hospital and month: a share by level, log-normal sizes within it, gaps."""
    tertiary = generator.uniform(*TERTIARY_SHARE_OF_CASES)
    secondary = (1 - tertiary) * SECONDARY_SHARE_OF_REST
    by_level = np.array([tertiary, secondary, 1 - tertiary - secondary])
    within = size / np.bincount(level, weights=size)[level]
    share = by_level[level] * within
    sends = _sends(generator, city, level, len(volume))
    return city.discharges * share[:, None] * (volume / volume.sum()) * sends


def _sends(generator: np.random.Generator, city: CityPlan, level: np.ndarray, n_months: int) -> np.ndarray:
    """Whether a hospital sends data in a month, shape (H, T); each has months before its reform."""
    sends = np.ones((len(level), n_months), dtype=bool)
    chance = generator.random((2, len(level)))
    when = generator.random((2, len(level)))
    if n_months < 12:
        return sends
    first = (6 + when[0] * (n_months - 11)).astype(int)
    length = 1 + (chance[0] / CHANCE_OF_GAP * 3).astype(int)
    for h in np.flatnonzero(chance[0] < CHANCE_OF_GAP):
        sends[h, first[h] : first[h] + length[h]] = False
    latest = 8 if city.cohort is None else min(8, city.cohort // 2)
    start = (1 + when[1] * max(0, latest)).astype(int)
    for h in np.flatnonzero((chance[1] < CHANCE_OF_LATE_START) & (level > 0)):
        sends[h, : min(start[h], max(0, latest))] = False
    return sends
