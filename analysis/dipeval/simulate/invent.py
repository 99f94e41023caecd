"""The room's two doors: the raw files of a study's invented cities, and their panel without files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

import pandas as pd

from ..study.model import City, Source, Study
from .aggregate import city_panel, join_panels
from .calendar import national
from .draw import draw_city
from .plan import Plan, make_plan
from .raw import FAULT_COLUMNS, check_formats, city_files
from .truth import Truth, truth
from .truth_file import truth_bytes


def simulate_study(
    study: Study, cities: Mapping[str, City], sources: Mapping[str, Source]
) -> Iterator[tuple[str, bytes]]:
    """Invent the cities of a study and yield their raw files, one at a time.

    Parameters
    ----------
    study : Study
        With a ``[simulate]`` table.
    cities, sources : mapping by name
        The city and source files; headers, units and encodings are theirs.

    Yields
    ------
    path : str
        Relative to the data folder: the files that the city files declare, then ``faults.csv``
        (file, row as a spreadsheet counts, fault) and ``truth.json``.
    content : bytes
        The same for the same study and seed.

    Raises
    ------
    StudyError
        Before anything is drawn, with all that keeps the study from being simulated.
    """
    plan = make_plan(study, cities)
    check_formats([cities[name] for name in study.cities], sources)
    return _files(study, plan, cities, sources)


def _files(
    study: Study, plan: Plan, cities: Mapping[str, City], sources: Mapping[str, Source]
) -> Iterator[tuple[str, bytes]]:
    common = national(plan.seed, plan.months)
    panels, known, faults, seen = {}, {}, [], Counter()
    for city_plan in plan.cities:
        draw = draw_city(plan, city_plan, common)
        panels[city_plan.name], known[city_plan.name] = city_panel(plan, draw)
        city = cities[city_plan.name]
        for path, content, listed in city_files(draw, city, sources[city.source], seen[city.source]):
            faults += listed
            yield path, content
        seen[city.source] += 1
    yield "faults.csv", _faults_csv(faults)
    facts = truth(study, plan, join_panels(panels), pd.concat(known.values(), ignore_index=True))
    yield "truth.json", truth_bytes(facts.content)


def _faults_csv(faults: list[tuple[str, int, str]]) -> bytes:
    lines = [",".join(FAULT_COLUMNS), *(f"{path},{row},{fault}" for path, row, fault in sorted(faults))]
    return ("\n".join(lines) + "\n").encode("utf-8")


def simulate_panel(
    study: Study, cities: Mapping[str, City], seed: int | None = None
) -> tuple[pd.DataFrame, Truth]:
    """Invent the cities of a study and return their panel, without writing or reading raw text.

    The discharges are those of :func:`simulate_study` under the same seed, so this panel equals the
    one that reading and cleaning the raw files makes.

    Parameters
    ----------
    seed : int or None
        Instead of the study's own, for Monte Carlo experiments.

    Returns
    -------
    panel : pandas.DataFrame
        As :class:`~dipeval.panel.hospital_panel.HospitalPanel` has it, sorted by city, hospital, period.
    truth : Truth

    Raises
    ------
    StudyError
        With all that keeps the study from being simulated.
    """
    plan = make_plan(study, cities, seed)
    common = national(plan.seed, plan.months)
    panels, known = {}, {}
    for city_plan in sorted(plan.cities, key=lambda city: city.name):
        draw = draw_city(plan, city_plan, common)
        panels[city_plan.name], known[city_plan.name] = city_panel(plan, draw)
    panel = join_panels(panels)
    return panel, truth(study, plan, panel, pd.concat(known.values(), ignore_index=True))
