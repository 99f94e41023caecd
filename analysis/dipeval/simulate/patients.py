"""Who is discharged when: volumes, diagnoses, age, sex, insurance, operation, disposition, dates.

Nothing here knows the reform, so the composition of cases is the same with and without it, unless a study breaks its
design on purpose (`violations`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..vocabulary import columns
from .diagnoses import diagnoses
from .hospitals import Hospitals
from .plan import CityPlan
from .streams import stream
from .violations import closed, with_lighter_cases

SEX = columns()["sex"].values
DISPOSITION = columns()["disposition"].values
INSURANCE_SHARES = {"employee": 0.34, "resident": 0.61, "self_pay": 0.04, "other": 0.01}
INSURANCE = tuple(INSURANCE_SHARES)
"""The schemes of the invented cities, which begin after the merger of the resident schemes."""
DISPOSITION_SHARES = {
    "home": 0.935,
    "transfer": 0.02,
    "community": 0.01,
    "against_advice": 0.03,
    "other": 0.005,
}
DEATHS_RISE_WITH_AGE = 0.03
"""Log points of the chance to die per year of age, around the mean age."""
MEAN_AGE = 52.0


@dataclass(frozen=True)
class Patients:
    """One element a discharge, ordered by hospital and month; all of shape (n,).

    Attributes
    ----------
    hospital, month, diagnosis : numpy.ndarray of int
        Indices of the city's hospitals, the simulated months and the diagnoses.
    operated : numpy.ndarray of bool
    insurance : numpy.ndarray of int
        Indices into `INSURANCE`.
    sex, disposition : numpy.ndarray of int
        Indices into the vocabulary's values.
    age : numpy.ndarray of int
        Completed years.
    day : numpy.ndarray of datetime64[D]
        Day of discharge.
    same_day : numpy.ndarray of bool
        Whether a stay of one day started on the day of discharge.
    """

    hospital: np.ndarray
    month: np.ndarray
    diagnosis: np.ndarray
    operated: np.ndarray
    insurance: np.ndarray
    sex: np.ndarray
    age: np.ndarray
    disposition: np.ndarray
    day: np.ndarray
    same_day: np.ndarray


def invent_patients(
    seed: int, city: CityPlan, hospitals: Hospitals, months: np.ndarray, insurance: tuple[str, ...]
) -> Patients:
    """Return the discharges of a city.

    Parameters
    ----------
    insurance : tuple of str
        The schemes that the city's raw format has codes for; a settlement list has no self-payers.
    """
    counts = stream(seed, city.name, "volume").poisson(hospitals.expected)
    if city.closing and city.cohort is not None:
        gone = closed(seed, city.name, hospitals.level, city.cohort, city.closing)
        counts[np.ix_(gone, np.arange(counts.shape[1]) >= city.cohort)] = 0
    hospital = np.repeat(np.arange(len(counts)), counts.sum(axis=1))
    month = np.repeat(np.tile(np.arange(counts.shape[1]), len(counts)), counts.ravel())
    generator = stream(seed, city.name, "patients")
    n = len(hospital)
    known = diagnoses()
    diagnosis = np.searchsorted(known.cumulative, generator.random(n), side="right")
    diagnosis = with_lighter_cases(seed, city.name, city.cohort, city.lighter, diagnosis, month, known)
    age = known.age[diagnosis] + known.age_spread[diagnosis] * generator.standard_normal(n)
    age = np.clip(np.rint(age), 0, 100).astype(np.int64)
    female = generator.random(n) < known.female[diagnosis]
    return Patients(
        hospital=hospital,
        month=month,
        diagnosis=diagnosis,
        operated=generator.random(n) < known.operated[diagnosis],
        insurance=_choose(generator, n, INSURANCE, {name: INSURANCE_SHARES[name] for name in insurance}),
        sex=np.where(female, SEX.index("female"), SEX.index("male")),
        age=age,
        disposition=_dispositions(generator, hospitals.deaths[hospital], age),
        day=_days(generator, months[month]),
        same_day=generator.random(n) < 0.5,
    )


def _choose(
    generator: np.random.Generator, n: int, words: tuple[str, ...], shares: dict[str, float]
) -> np.ndarray:
    """Draw indices into `words` with the given shares, scaled to one."""
    cumulative = np.cumsum(list(shares.values())) / sum(shares.values())
    drawn = np.searchsorted(cumulative[:-1], generator.random(n), side="right")
    return np.array([words.index(name) for name in shares])[drawn]


def _dispositions(generator: np.random.Generator, deaths: np.ndarray, age: np.ndarray) -> np.ndarray:
    dies = generator.random(len(age)) < deaths * np.exp(DEATHS_RISE_WITH_AGE * (age - MEAN_AGE))
    alive = _choose(generator, len(age), DISPOSITION, DISPOSITION_SHARES)
    return np.where(dies, DISPOSITION.index("death"), alive)


def _days(generator: np.random.Generator, months: np.ndarray) -> np.ndarray:
    """A day of each month, all equally likely."""
    first = months.astype("datetime64[D]")
    length = ((months + 1).astype("datetime64[D]") - first).astype(np.int64)
    return first + (generator.random(len(months)) * length).astype(np.int64)
