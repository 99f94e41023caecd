"""The cities of a study with faults: raw files, the list of faults, and the clean truth of each city."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping

import pandas as pd

from ...schema.tables import discharges
from ...study.model import City, Source, Study
from ..plan import Plan, make_plan
from ..raw import check_formats
from .catalogue import chosen_rates
from .city import FAULT_COLUMNS, FaultyCity, spoilt_city


def faulty_study(
    study: Study, cities: Mapping[str, City], sources: Mapping[str, Source], asked: str
) -> Iterator[tuple[str, bytes]]:
    """Invent the cities of a study with faults and yield their files, one at a time.

    Parameters
    ----------
    study : Study
        With a ``[simulate]`` table.
    cities, sources : mapping by name
        What a city does not declare (a master table of hospitals) is not put in.
    asked : str
        As for :func:`~dipeval.simulate.faulty.catalogue.chosen_rates`.

    Yields
    ------
    path : str
        The files that the city files declare; ``clean_truth/<city>.csv``, what must be left of each row
        in the study's window and population; and ``faults.csv`` (file, row, fault, rule, detail).
    content : bytes
        The same for the same study, seed and faults. Cost: some 8,000 stays a second.

    Raises
    ------
    StudyError
        With all that keeps the study from being simulated, and faults that are not known.
    """
    plan = make_plan(study, cities)
    check_formats([cities[name] for name in study.cities], sources)
    return _files(plan, cities, sources, chosen_rates(asked))


def _files(
    plan: Plan, cities: Mapping[str, City], sources: Mapping[str, Source], rates: Mapping[str, float]
) -> Iterator[tuple[str, bytes]]:
    listed, seen = [], Counter()
    for drawn in plan.cities:
        city = cities[drawn.name]
        made = spoilt_city(plan, drawn, city, sources[city.source], rates, seen[city.source] % 2 == 1)
        seen[city.source] += 1
        listed.append(made.faults)
        yield from made.files.items()
        yield f"clean_truth/{city.name}.csv", table_bytes(_inside(made, plan))
    yield "faults.csv", table_bytes(pd.concat(listed).sort_values(list(FAULT_COLUMNS)))


def _inside(made: FaultyCity, plan: Plan) -> pd.DataFrame:
    """The truth of the study's window and population, in the columns of clean discharges."""
    keep = made.truth["period"].between(*plan.window)
    for name, words in plan.keep.items():
        keep &= made.truth[name].isin(words)
    return made.truth.loc[keep, [name for name in made.truth.columns if name in discharges().types]]


def table_bytes(frame: pd.DataFrame) -> bytes:
    """A frame of Python values as CSV in UTF-8; missing ones are empty."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(frame.columns)
    writer.writerows(frame.itertuples(index=False))
    return stream.getvalue().encode("utf-8")
