"""Fake calendars: pilot cities among the untreated, and dates dealt anew among all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np

from dipeval.design import PanelDesign
from dipeval.errors import DesignError, Problem
from dipeval.infer.calendars import all_calendars, count_calendars, random_calendars
from dipeval.infer.option_checks import leaving_problems, refuse, refuse_unknown_cluster, seed_problems
from dipeval.results import Estimate

STAGE = "placebos"
ASSIGNED = "name the level at which the reform was assigned"


@dataclass(frozen=True)
class Calendars:
    """D calendars of G clusters.

    Attributes
    ----------
    dates : numpy.ndarray, shape (D, G)
        Time code of the first treated period; inf for never, NaN for clusters that are left out.
    exact : bool
        Whether each calendar that could have been is there once.
    with_own : bool
        Whether the actual one is among them.
    possible : int
        How many could have been.
    n_fake : int
        Clusters with a date inside the panel, in each.
    n_donors : int
        Clusters among which the dates are dealt.
    """

    dates: np.ndarray
    exact: bool
    with_own: bool
    possible: int
    n_fake: int
    n_donors: int


def assigned_dates(estimate: Estimate, cluster: str) -> np.ndarray:
    """Time code of the reform of each cluster (G,) of the design; inf for never.

    Raises
    ------
    DesignError
        Clusters with hospitals of several dates, hospitals that leave the reform, an estimate read from a file.
    """
    if estimate.origin is None:
        what = "the data of this estimate are not at hand"
        raise DesignError(STAGE, [Problem("estimate", what, "estimate again in this session")])
    design = estimate.origin.design
    refuse_unknown_cluster(cluster, design.unit_clusters)
    refuse(leaving_problems(design.unit_ended))
    names, codes = design.cluster_names[cluster], design.unit_clusters[cluster]
    dates = np.full(len(names), np.nan)
    dates[codes] = design.unit_cohort
    mixed = np.unique(codes[design.unit_cohort != dates[codes]])
    if len(mixed):
        shown = tuple(names[g] for g in mixed[:5])
        problem = Problem("cluster", "clusters hold several adoption dates", ASSIGNED, shown, len(mixed))
        raise DesignError(STAGE, [problem])
    return dates


def dealt_anew(
    estimate: Estimate,
    cluster: str,
    *,
    draws: int = 500,
    seed: int | None = None,
    within: Mapping[str, str] | None = None,
    random_dates: bool = False,
) -> Calendars:
    """Calendars in which the adoption dates are dealt among all clusters.

    Parameters
    ----------
    estimate : Estimate
        With its data at hand.
    cluster : str
        Level at which the reform was assigned.
    draws : int
        Every calendar is taken once when there are no more than this; else so many are drawn.
    seed : int, optional
        Needed where calendars are drawn.
    within : mapping of str to str, optional
        Stratum of each cluster, among which dates are dealt.
    random_dates : bool
        Whether each date is replaced by one that is drawn among those with periods on both sides; clusters that
        shared a date share the new one.

    Raises
    ------
    DesignError
        As `assigned_dates`; one date for all clusters, random calendars without a seed.
    """
    dates = assigned_dates(estimate, cluster)
    design = estimate.origin.design
    names = design.cluster_names[cluster]
    lacking = [name for name in names if within is not None and name not in within]
    if lacking:
        what = f"strata must name every {cluster}: some have none"
        raise DesignError(STAGE, [Problem("within", what, "see the names", tuple(lacking[:5]), len(lacking))])
    strata = np.array([within[name] if within else "" for name in names])
    possible = count_calendars(dates, strata)
    if possible == 1:
        what = "every cluster (of a stratum) has the same date: there is no other calendar"
        todo = "use strata with different dates, or none"
        raise DesignError(STAGE, [Problem("calendar", what, todo)])
    own = np.unique(_inside(design, dates))
    choices = 1
    if random_dates:
        choices = comb(len(_open_dates(design)), len(own))
        possible *= choices
    exact = possible <= draws and not random_dates
    if not exact:
        refuse(seed_problems(seed, f"{possible:,} calendars are drawn from at random"))
    found = all_calendars(dates, strata) if exact else random_calendars(dates, strata, draws, int(seed))
    made = np.stack(list(found))
    if random_dates:
        made = _redrawn(design, made, own, int(seed))
    return Calendars(made, exact, exact, possible, len(_inside(design, dates)), len(dates))


def among_untreated(
    estimate: Estimate,
    cluster: str,
    *,
    number: int | None = None,
    draws: int = 500,
    seed: int | None = None,
) -> Calendars:
    """Calendars in which some clusters that the reform never reached have the dates of the treated, who are left out.

    Parameters
    ----------
    estimate, cluster, draws, seed
        As in `dealt_anew`.
    number : int, optional
        Fake pilot clusters at a time. Default: as many as there are actual ones where twice as many are untreated,
        else one.

    Raises
    ------
    DesignError
        As `assigned_dates`; fewer than two untreated clusters more than are chosen, random sets without a seed.
    """
    dates = assigned_dates(estimate, cluster)
    design = estimate.origin.design
    treated = dates - design.anticipation < design.n_periods
    own, donors = np.sort(dates[treated]), np.flatnonzero(~treated)
    if number is None:
        number = len(own) if len(donors) >= 2 * len(own) else 1
    if not 1 <= number <= len(own) or len(donors) - number < 2:
        what = f"{number} fake of {len(own)} actual among {len(donors)} untreated {cluster}: two must be left to compare with"
        todo = "choose fewer at a time, or deal the calendar anew among all (placebo_calendar)"
        raise DesignError(STAGE, [Problem("number", what, todo)])
    sets = sorted(set(combinations(own.tolist(), number)))
    vectors = [np.concatenate([chosen, np.full(len(donors) - number, np.inf)]) for chosen in sets]
    one = np.zeros(len(donors))
    possible = sum(count_calendars(vector, one) for vector in vectors)
    exact = possible <= draws
    if exact:
        dealt = np.stack([calendar for vector in vectors for calendar in all_calendars(vector, one)])
    else:
        refuse(seed_problems(seed, f"{possible:,} sets of untreated {cluster} are drawn from at random"))
        dealt = np.stack(list(_drawn_sets(own, number, len(donors), draws, int(seed))))
    made = np.full((len(dealt), len(dates)), np.nan)
    made[:, donors] = dealt
    return Calendars(made, exact, False, possible, number, len(donors))


def _drawn_sets(own: np.ndarray, number: int, n_donors: int, draws: int, seed: int) -> Iterator[np.ndarray]:
    """Dates (n_donors,) of which some are those of the treated, drawn without replacement."""
    generator = np.random.Generator(np.random.PCG64(seed))
    for _ in range(draws):
        dates = np.full(n_donors, np.inf)
        places = generator.choice(n_donors, number, replace=False)
        dates[places] = generator.choice(own, number, replace=False)
        yield dates


def _inside(design: PanelDesign, dates: np.ndarray) -> np.ndarray:
    """The dates from which on some period of the panel is treated."""
    return dates[dates - design.anticipation < design.n_periods]


def _open_dates(design: PanelDesign) -> np.ndarray:
    """Dates with a period of the panel before the first treated one."""
    return np.arange(1, design.n_periods) + design.anticipation


def _redrawn(design: PanelDesign, calendars: np.ndarray, own: np.ndarray, seed: int) -> np.ndarray:
    """Calendars (D, G) whose dates are others, each calendar's drawn without replacement."""
    generator = np.random.Generator(np.random.PCG64([seed, 1]))
    made = calendars.copy()
    for row in made:
        drawn = generator.choice(_open_dates(design), len(own), replace=False).astype(float)
        place = np.searchsorted(own, row)
        known = np.isin(row, own)
        row[known] = drawn[place[known]]
    return made
