"""The level at which the reform was assigned: fake reforms are dealt among its units, not among hospitals."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from dipeval.check.finding import Words
from dipeval.check.subject import Subject
from dipeval.design import PanelDesign
from dipeval.errors import DesignError, Problem, nearest
from dipeval.results import Estimate
from dipeval.vocabulary import columns

STAGE = "placebos"
CITY = "city"
WORDS: dict[str, Words] = {CITY: ("cities", "城市"), "hospital": ("hospitals", "医院")}
"""What units of a level are called, several of them."""
FINER = (
    "Dates are dealt among {cluster}, although all of a city share one: placebos vary less than the effect does.",
    "改革时点在{cluster}间分配，而同一城市的医院时点相同：安慰剂的波动小于实际效应。",
)


@dataclass(frozen=True)
class Level:
    """Where fake reforms are dealt.

    Attributes
    ----------
    cluster : str
        A clustering variable of the estimate's design.
    estimate : Estimate
        The study's, clustered at that level too.
    finer : bool
        Whether the reform was assigned by city, and this is a part of cities.
    """

    cluster: str
    estimate: Estimate
    finer: bool

    @property
    def words(self) -> Words:
        """What its units are called."""
        if self.cluster in WORDS:
            return WORDS[self.cluster]
        column = columns().get(self.cluster)
        return (column.label_en.lower(), column.label_zh) if column else (self.cluster, self.cluster)


def assignment_level(subject: Subject, asked: str = "") -> Level:
    """The level that a study names, or cities where all hospitals of each have one date, else the first clustering.

    Parameters
    ----------
    subject : Subject
    asked : str
        A clustering variable of the design, or a column of the panel in which hospitals are nested; empty: not named.

    Raises
    ------
    DesignError
        There is no such column, or hospitals are not nested in it.

    Notes
    -----
    One more estimate where the study's errors are not clustered at this level.
    """
    design, main = subject.design, subject.main
    by_city = _codes(subject, CITY)
    alike = by_city is not None and len(by_city[1]) > 1 and _one_date(design, by_city[0])
    cluster = asked or (CITY if alike else next(iter(design.unit_clusters)))
    found = by_city if cluster == CITY else _codes(subject, cluster)
    finer = alike and found is not None and len(found[1]) > len(by_city[1])
    if cluster in design.unit_clusters:
        return Level(cluster, main, finer)
    if found is None:
        known = [*design.unit_clusters, *(str(name) for name in subject.rows.columns)]
        what = "is no column of the panel in which hospitals are nested"
        raise DesignError(STAGE, [Problem(f"cluster {cluster}", what, nearest(cluster, known))])
    codes, names = found
    wider = replace(
        design,
        unit_clusters={**design.unit_clusters, cluster: codes},
        cluster_names={**design.cluster_names, cluster: names},
    )
    return Level(cluster, main.origin.again(wider, main.origin.outcome), finer)


def _codes(subject: Subject, column: str) -> tuple[np.ndarray, tuple[str, ...]] | None:
    """Code of each hospital (N,) by a column, and its words; None where it is missing or hospitals are not nested."""
    design = subject.design
    if column in design.unit_clusters:
        return design.unit_clusters[column], design.cluster_names[column]
    if column not in subject.rows.columns:
        return None
    words = subject.rows[column].astype(str).to_numpy()[design.rows]
    names, by_row = np.unique(words, return_inverse=True)
    codes = np.zeros(design.n_units, np.int64)
    codes[design.unit] = by_row
    return (codes, tuple(str(name) for name in names)) if (codes[design.unit] == by_row).all() else None


def _one_date(design: PanelDesign, codes: np.ndarray) -> bool:
    """Whether all hospitals of each group have the same date."""
    date = np.full(int(codes.max()) + 1, np.nan)
    date[codes] = design.unit_cohort
    return bool((date[codes] == design.unit_cohort).all())
