"""Stage: a portrait → the raw file of its city."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import Problem, StudyError
from ..simulate.portraits import parse_portrait
from ..simulate.portraits.raw_file import portrait_file
from ..store.atomic import write_bytes
from ..store.fingerprint import canonical
from ..store.project import Project
from ..study import City, Source
from .stages import Stage

if TYPE_CHECKING:
    from .plan import Declared
    from .stages import Workspace


def run(
    workspace: Workspace, out: Path, text: str, where: str, seed: int, city: City, source: Source
) -> None:
    """Write the file that the city declares; `seed` -1 is the portrait's own."""
    portrait = parse_portrait(text, where)
    path, content = portrait_file(portrait, city, source, portrait.seed if seed < 0 else seed)
    write_bytes(out / path, content)


def portrait_stage(project: Project, declared: Declared) -> Stage:
    """The stage that invents the raw file of a study whose ``[simulate]`` names a portrait.

    Raises
    ------
    StudyError
        When there is no such portrait, it is wrong, or the study has other than one city.
    """
    simulation = declared.study.simulation
    if len(declared.cities) != 1:
        where = f"analysis/studies/{declared.study.name}.toml, key simulate.portrait"
        what = f"a portrait is of one city, and the study has {len(declared.cities)}"
        raise StudyError(
            "simulate", [Problem(where, what, "name one city, or invent them without a portrait")]
        )
    city = next(iter(declared.cities.values()))
    return stage_of_portrait(project, simulation.portrait, city, declared.source(city.name), simulation.seed)


def stage_of_portrait(project: Project, name: str, city: City, source: Source, seed: int) -> Stage:
    """The stage that writes one city's file from a portrait.

    Raises
    ------
    StudyError
        When there is no such portrait, it is wrong, or of another city.
    """
    text, where = project.text("portraits", name)
    portrait = parse_portrait(text, where, name)
    if portrait.city != city.name:
        what = f"fills the file of another city than '{city.name}'"
        todo = f'name the city {portrait.city} in the study, or write city = "{city.name}"'
        raise StudyError("simulate", [Problem(f"{where}, key portrait.city", what, todo)])
    given = (text, where, seed, city, source)
    part = canonical([text, seed, city.files, city.units, source])
    return Stage("simulate", "pipeline.portraying", given, part, (), (), "data_raw", at_once=True)
