"""A hospital as one report names it in one period, and chains of such sightings over periods."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from ..errors import DataError, Problem
from ..study.model import Link
from .names import fold, name_words, postcode, street, town_words


@dataclass(frozen=True)
class Sighting:
    """One row of a report.

    Attributes
    ----------
    time : int
        Position of the period among the report's periods.
    size : float
        Discharges; NaN where none are reported.
    alone : bool
        Whether no other hospital of its kind reports from this place in this period.
    """

    row: int
    time: int
    period: str
    region: str
    place: str
    name: str
    kind: str
    size: float
    words: tuple[str, ...]
    town: tuple[str, ...]
    postcode: str
    street: str
    alone: bool = False

    def same_place(self, other: Sighting) -> bool:
        """The same town, or the same postcode."""
        return self.town == other.town or self.postcode == other.postcode != ""

    def same_street(self, other: Sighting) -> bool:
        """The same street of the same place."""
        return self.street == other.street != "" and self.same_place(other)


@dataclass
class Chain:
    """Sightings that are one hospital, by time; a chain only ever grows by another chain."""

    by_time: dict[int, Sighting] = field(default_factory=dict)

    @property
    def first(self) -> Sighting:
        return self.by_time[min(self.by_time)]

    @property
    def last(self) -> Sighting:
        return self.by_time[max(self.by_time)]

    def overlaps(self, other: Chain) -> bool:
        """Whether both report in one period: then they are two hospitals."""
        return not self.by_time.keys().isdisjoint(other.by_time)

    def sort_key(self) -> tuple:
        """An order that depends on the content alone, never on the order of rows."""
        s = self.first
        return s.region, s.time, s.name, s.place


def read_sightings(frame: pd.DataFrame, link: Link) -> list[Sighting]:
    """Rows of a report as sightings, in an order of their own.

    Parameters
    ----------
    frame : pandas.DataFrame
        With ``period``, ``discharges`` and the columns that `link` names.

    Raises
    ------
    DataError
        If one name stands twice in one region, place and period.
    """
    periods = {label: i for i, label in enumerate(sorted(frame["period"].unique()))}
    sizes = frame["discharges"].to_numpy(dtype="float64", na_value=np.nan)
    texts = {
        key: frame[column].fillna("").astype(str).tolist() if column else [""] * len(frame)
        for key, column in _text_columns(link).items()
    }
    found = []
    for i, period in enumerate(frame["period"]):
        region, place, address = (texts[k][i] for k in ("region", "place", "address"))
        found.append(
            Sighting(
                row=i,
                time=periods[period],
                period=period,
                region=region,
                place=place,
                name=texts["name"][i],
                kind=texts["attribute"][i],
                size=float(sizes[i]),
                words=name_words(texts["name"][i]),
                town=town_words(place, region),
                postcode=postcode(place),
                street=street(address),
            )
        )
    found.sort(key=lambda s: (s.region, s.time, s.name, s.place))
    _require_once(found)
    beside = Counter((s.region, s.town, s.kind, s.time) for s in found)
    return [replace(s, alone=beside[s.region, s.town, s.kind, s.time] == 1) for s in found]


def _text_columns(link: Link) -> Mapping[str, str]:
    return {
        "region": link.region,
        "place": link.place,
        "name": link.name,
        "attribute": link.attribute,
        "address": link.address,
    }


def _require_once(sightings: list[Sighting]) -> None:
    """One name in one place and period must be one row: which of two would be right?"""
    twice = [
        f"{a.region} / {a.place} / {a.name} / {a.period}"
        for a, b in zip(sightings, sightings[1:], strict=False)
        if (a.region, a.time, a.name, a.place) == (b.region, b.time, b.name, b.place)
    ]
    if twice:
        problem = Problem(
            "panel",
            "a hospital stands twice in one period",
            "keep one row of each, or give the hospitals different names",
            tuple(twice[:5]),
            len(twice),
        )
        raise DataError("link hospitals", [problem])


def same_name_chains(sightings: list[Sighting]) -> list[Chain]:
    """Unbroken runs of sightings with the same region, place and words in the name.

    Where two names of one period share all words, the names are told apart as they are written.
    """
    by_words: dict[tuple, list[Sighting]] = {}
    for s in sightings:
        by_words.setdefault((s.region, s.town, s.words), []).append(s)
    chains = []
    for group in by_words.values():
        if len({s.time for s in group}) == len(group):
            chains += _runs(group)
            continue
        written: dict[tuple[str, str], list[Sighting]] = {}
        for s in group:
            written.setdefault((s.name, s.place), []).append(s)
        chains += [run for one in written.values() for run in _runs(one)]
    return sorted(chains, key=Chain.sort_key)


def _runs(group: list[Sighting]) -> list[Chain]:
    """Split sightings of one name at every period in which it is not reported."""
    runs: list[Chain] = []
    for s in sorted(group, key=lambda s: s.time):
        if not runs or s.time - 1 not in runs[-1].by_time:
            runs.append(Chain())
        runs[-1].by_time[s.time] = s
    return runs


def identities(chains: list[Chain]) -> dict[int, str]:
    """A name for each chain, by row: region, town and name of its first sighting.

    It is the same whatever the order of rows, and stays the same when later periods are added.
    """
    taken: dict[str, int] = {}
    names = {}
    for chain in sorted(chains, key=Chain.sort_key):
        s = chain.first
        name = "-".join([s.region, *s.town, *(w for w in fold(s.name) if w not in s.town)])
        taken[name] = taken.get(name, 0) + 1
        if taken[name] > 1:
            name = f"{name}-{s.period}"
        for sighting in chain.by_time.values():
            names[sighting.row] = name
    return names
