"""Tables that a city file names beside its raw files: the master table of hospitals, crosswalks of codes."""

from __future__ import annotations

from pathlib import Path

from ..clean.identity.crosswalk import parse_crosswalk
from ..clean.identity.hospital_table import parse_hospitals
from ..clean.identity.references import References
from ..errors import Problem, StudyError
from ..store.project import Project
from ..study import City

HOSPITALS, CROSSWALKS = "cities", "crosswalks"
"""Folders below ``analysis/``."""


def reference_files(project: Project, city: City) -> tuple[tuple[str, Path], ...]:
    """Path from the root and place of each table that a city names: inputs of its cleaning.

    Raises
    ------
    StudyError
        When one is not there.
    """
    return tuple(project.reference(kind, name) for kind, name in _named(city))


def references_of(project: Project, city: City) -> References:
    """Read the tables that a city names.

    Raises
    ------
    StudyError
        With all problems of all of them.
    """
    problems: list[Problem] = []
    hospitals, where, crosswalks = (), "", {}
    for kind, name in _named(city):
        text, where_found = project.reference_text(kind, name)
        try:
            if kind == HOSPITALS:
                hospitals, where = parse_hospitals(text, where_found), where_found
            else:
                crosswalks[name] = parse_crosswalk(text, where_found)
        except StudyError as error:
            problems += error.problems
    if problems:
        raise StudyError("read the tables of a city", problems)
    return References(hospitals, where, crosswalks)


def _named(city: City) -> list[tuple[str, str]]:
    crosswalks = {(CROSSWALKS, versions.crosswalk) for versions in city.code_versions.values()}
    tables = [(HOSPITALS, city.hospital_table), *sorted(crosswalks)]
    return [(kind, name) for kind, name in tables if name]
