"""Which inference to trust with this many cities: looked up in a simulation, not quoted.

``benchmarks/coverage.py`` asked every method, for every estimator, how often it rejects a true null, covers and
notices an effect of 5 %, in invented panels with few cities; its table stands beside this module. Here the cell
nearest to a design is found and a method is chosen that kept its level there.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from math import isfinite, log

MOST = 0.07
"""A method that rejects a true null more often than this, at a nominal 5 %, is not advised."""
LEAST = 0.03
"""Methods that reject a true null at least this often go before those that hardly ever do."""
ALIKE = 0.05
"""Methods whose power differs by less than this count as alike; the first in `PREFERENCE` is then advised."""
EXCHANGED = 0.5
"""How much farther, in logarithms of ratios, a cell is whose treated and untreated sides are exchanged."""
WEAK = 0.20
"""Power below which a null result says little."""
PREFERENCE: Mapping[str, str] = {
    "randomisation-t": 'method = "randomisation"',
    "WCR33": 'method = "wild", variant = "33"',
    "WCR31": 'method = "wild", variant = "31"',
    "WCR11": 'method = "wild"',
    "CR3": 'small_sample = "CR3"',
    "CR2": 'small_sample = "CR2"',
    "ferman_pinto": 'method = "ferman_pinto"',
    "conley_taber": 'method = "conley_taber"',
    "randomisation-estimate": 'method = "randomisation", statistic = "estimate"',
    "ibragimov_mueller": 'method = "ibragimov_mueller", between = "groups"',
    "sign_changes": 'method = "sign_changes"',
    "CR1": 'small_sample = "CR1"',
}
"""Methods that may be advised, as a study file writes them; those that hold beyond the simulated world first:
calendars and signs need no variance, the jackknife allows for cities of any size."""
RATES = ("rejection", "rejection_smaller", "rejection_larger", "power", "coverage", "length", "defined")


@dataclass(frozen=True)
class Simulated:
    """One method in one cell, by size of city shocks (``small``, ``large``).

    Attributes
    ----------
    rejection, rejection_smaller, rejection_larger, power, coverage, length, defined : dict of str to float
        Share of panels; length of the 95 % interval in log points; smaller and larger: where the treated
        cities have fewer or more hospitals than the others.
    """

    rejection: Mapping[str, float]
    rejection_smaller: Mapping[str, float]
    rejection_larger: Mapping[str, float]
    power: Mapping[str, float]
    coverage: Mapping[str, float]
    length: Mapping[str, float]
    defined: Mapping[str, float]

    @property
    def keeps_level(self) -> bool:
        """Whether it was defined throughout and rejected true nulls no more often than `MOST`."""
        return all(v == 1 for v in self.defined.values()) and max(self.rejection.values()) <= MOST

    @property
    def mean_power(self) -> float:
        """Power over both sizes of shocks."""
        return sum(self.power.values()) / len(self.power)


@dataclass(frozen=True)
class Advice:
    """What the simulation says for one estimator.

    Attributes
    ----------
    estimator : str
    cities, treated : int
        The nearest cell that was simulated.
    method : str or None
        Key of `PREFERENCE`; None where no method kept its level.
    chosen, usual : Simulated or None
        That method, and the usual clustered error (CR1) there.
    exchanged : bool
        Whether the cell has as many treated cities as the design has untreated ones.
    """

    estimator: str
    cities: int
    treated: int
    method: str | None
    chosen: Simulated | None
    usual: Simulated
    exchanged: bool = False

    def sentence(self) -> str:
        """The advice in words."""
        place = f"{self.estimator}: simulated with {self.treated} of {self.cities} cities treated"
        place += " (the other way round), " if self.exchanged else ", "
        usual = f"the usual error (CR1) rejects a true null in {_span(self.usual.rejection)}"
        if self.method is None or self.chosen is None:
            return f"{place}{usual} and no method keeps its level: show the estimate without a test"
        rate, power = _span(self.chosen.rejection), _span(self.chosen.power)
        text = (
            f"{place}{usual}; {PREFERENCE[self.method]} in {rate}, and it notices an effect of 5 % in {power}"
        )
        if max(self.chosen.power.values()) < WEAK:
            return text + ": no method has power here, a null result says little here"
        if min(self.chosen.power.values()) < WEAK:
            return text + ": with large city shocks a null result says little here"
        return text


def advise(n_clusters: int, n_treated: int, estimators: Sequence[str], *, dealt: bool = True) -> list[Advice]:
    """Advice for the estimators that were simulated.

    Parameters
    ----------
    n_clusters, n_treated : int
        Cities, and treated ones.
    estimators : sequence of str
    dealt : bool
        Whether calendars can be dealt anew: every city has one date.

    Returns
    -------
    list of Advice
        Empty where nothing near was simulated: no or only treated cities, or two cities.
    """
    if n_clusters < 3 or not 0 < n_treated < n_clusters:
        return []
    (cities, treated), exchanged = nearest_cell(n_clusters, n_treated)
    return [
        replace(_advice(name, cities, treated, dealt), exchanged=exchanged)
        for name in estimators
        if name in simulations()[cities, treated]
    ]


def nearest_cell(n_clusters: int, n_treated: int) -> tuple[tuple[int, int], bool]:
    """Cities and treated cities of the nearest simulated cell, by ratios of treated and of untreated ones.

    A cell with the sides exchanged, which the second value tells, counts as `EXCHANGED` farther: many treated
    beside few comparison cities is about as hard as the reverse. Of two as near the one with fewer cities.
    """
    sides = n_treated, n_clusters - n_treated
    found = []
    for cities, treated in simulations():
        for turned in (False, True):
            there = (cities - treated, treated) if turned else (treated, cities - treated)
            ratios = (abs(log(here / other)) for here, other in zip(sides, there, strict=True))
            found.append((sum(ratios) + EXCHANGED * turned, (cities, treated), turned))
    return min(found)[1:]


def _advice(estimator: str, cities: int, treated: int, dealt: bool) -> Advice:
    found = simulations()[cities, treated][estimator]
    sound = {
        name: found[name]
        for name in PREFERENCE
        if name in found and found[name].keeps_level and (dealt or not name.startswith("randomisation"))
    }
    alive = {name: one for name, one in sound.items() if min(one.rejection.values()) >= LEAST}
    sound = alive or sound
    best = max((one.mean_power for one in sound.values()), default=0.0)
    method = next((name for name, one in sound.items() if one.mean_power >= best - ALIKE), None)
    return Advice(estimator, cities, treated, method, sound.get(method or ""), found["CR1"])


@cache
def simulations() -> Mapping[tuple[int, int], Mapping[str, Mapping[str, Simulated]]]:
    """The simulation by cell (cities, treated), estimator and method."""
    text = files(__package__).joinpath("coverage.csv").read_text(encoding="utf-8")
    rates: dict[tuple[int, int], dict[str, dict[str, dict[str, dict[str, float]]]]] = {}
    for row in csv.DictReader(text.splitlines()):
        cell = rates.setdefault((int(row["cities"]), int(row["treated"])), {})
        one = cell.setdefault(row["estimator"], {}).setdefault(row["method"], {rate: {} for rate in RATES})
        for rate in RATES:
            one[rate][row["shock"]] = float(row[rate] or "nan")
    return {
        cell: {
            estimator: {method: Simulated(**one) for method, one in methods.items()}
            for estimator, methods in estimators.items()
        }
        for cell, estimators in rates.items()
    }


def _span(by_shock: Mapping[str, float]) -> str:
    low, high = min(by_shock.values()), max(by_shock.values())
    if not isfinite(low + high):
        return "no panel that can be told"
    first, last = f"{low:.0%}", f"{high:.0%}"
    return (
        f"{first.removesuffix('%')} %"
        if first == last
        else f"{first.removesuffix('%')} to {last.removesuffix('%')} %"
    )
