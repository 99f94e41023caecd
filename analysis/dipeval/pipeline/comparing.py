"""Other files of the same stays: read and cleaned as the city's own, and compared with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..clean.city import Discharges, clean_city
from ..clean.identity.agreement import agreement
from ..clean.identity.persons import readable
from ..clean.identity.references import References
from ..store.project import Project
from ..store.raw import read_raw
from ..study import City, Source
from ..study.model import RawFile
from ..study.references import Comparison

if TYPE_CHECKING:
    import pandas as pd

    from ..store.contract import TableEngine
    from .plan import Declared

AGREEMENT = "agreement.csv"


def compared_sources(project: Project, cities: Iterable[City]) -> dict[str, Source]:
    """The formats of files that cities compare their own with, by name.

    Raises
    ------
    StudyError
        With all problems of the first of them that has any.
    """
    names = sorted({other.source for city in cities for other in city.compare})
    return {name: project.source(name) for name in names}


def compared_files(project: Project, city: City) -> tuple[tuple[str, Path], ...]:
    """Declared path and place of the files that a city's own are compared with.

    Raises
    ------
    DataError
        When some are missing.
    """
    files = tuple(file for other in city.compare for file in _files(other))
    return tuple(project.find_raw(replace(city, files=files)))


def comparisons(
    engine: TableEngine,
    project: Project,
    declared: Declared,
    city: City,
    own: Discharges,
    references: References,
) -> dict[str, pd.DataFrame]:
    """Compare a city's stays with those of the other files that it declares.

    The other files are cleaned by the same rules, without the city's corrections and units: these are
    its own files'. Versions of codes are mapped where the declaration says they are the same.

    Returns
    -------
    dict of str to pandas.DataFrame
        ``agreement.csv``; empty where the city declares no other files.
    """
    import pandas as pd

    study, frames = declared.study, []
    for other in city.compare:
        versions = city.code_versions if other.same_codes else {}
        theirs = replace(
            city, files=_files(other), source=other.source, corrections=(), units={}, code_versions=versions
        )
        source = readable(declared.compared[other.source], engine.is_keyed)
        raw = read_raw(engine, theirs, source, project.find_raw(theirs))
        keep = {name: values for name, values in study.keep.items() if name in source.columns}
        window = {"start": study.start, "end": study.end, "frequency": study.frequency}
        cleaned = clean_city(engine, theirs, source, raw, keep=keep, references=references, **window)
        where = f"analysis/cities/{city.name}.toml, key compare.{other.name}"
        given = (other.key, other.name, where, other.other_key)
        frames.append(agreement(engine, own.rows, cleaned.rows, *given))
    return {AGREEMENT: pd.concat(frames, ignore_index=True)} if frames else {}


def _files(other: Comparison) -> tuple[RawFile, ...]:
    return tuple(RawFile(path, encoding=other.encoding) for path in other.paths)
