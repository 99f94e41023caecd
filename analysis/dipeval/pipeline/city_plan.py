"""A plan for one city: its cleaning, for a study or by itself, and the page that shows what came out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..errors import Problem, StudyError, nearest
from ..store.atomic import read_text
from ..store.fingerprint import canonical
from ..store.project import Project, open_project
from ..study import City, Source, Study, parse_study
from .comparing import compared_sources
from .plan import Declared, clean_stage, declare
from .registries import registries
from .run import Say, quiet, simulate_if_needed
from .stages import Stage, run_stages

LANGUAGES = ("en", "zh")
ALONE = """
[study]
name = "{name}"
title_en = "{name}"
title_zh = "{name}"
synthetic = {synthetic}
[data]
cities = ["{name}"]
start = "1900-01"
end = "2100-12"
frequency = "month"
[design]
by = "city"
[outcomes]
names = ["cost_per_case"]
[estimate]
estimators = ["imputation"]
main = "imputation"
"""
"""A study that takes all there is of one city; nothing is ever estimated with it."""


def check_city(
    name: str,
    *,
    study: str = "",
    language: str = "en",
    data: Path | None = None,
    root: Path | None = None,
    say: Say = quiet,
    key_file: Path | None = None,
    engine: str = "",
) -> tuple[str, str]:
    """Clean one city and describe what came out; nothing runs when nothing changed.

    Parameters
    ----------
    name : str
        Of a file under ``analysis/cities``; a draft will do.
    study : str
        Whose window and population hold; by default all that the files hold.
    language : {"en", "zh"}

    Returns
    -------
    (str, str)
        The check as text for a terminal, and the page's path from the root.

    Raises
    ------
    StudyError
        When the city is not of the study, or its files are a panel already.
    DipevalError
        When the files cannot be read.
    """
    if language not in LANGUAGES:
        what = f"'{language}' is not a language here"
        raise StudyError("check a city", [Problem("--language", what, nearest(language, LANGUAGES))])
    project = open_project(root, data, key_file, engine)
    declared = _of_study(project, study, name) if study else alone(project, name)
    if declared.source(name).layer != "discharges":
        what = "its files are a panel of hospitals already"
        todo = "look at a study that uses it: dipeval check STUDY"
        raise StudyError("check a city", [Problem(f"analysis/cities/{name}.toml", what, todo)])
    if study:
        simulate_if_needed(project, declared, say, bool(data))
    stages = city_stages(project, declared, name, is_alone=not study)
    run_stages(project, study or f"city.{name}", stages, say)
    target = stages[-1].target
    return read_text(project.root / target / f"check.{language}.txt"), f"{target}/index.html"


def alone(project: Project, name: str) -> Declared:
    """A city by itself: the study that takes all of it. What its draft leaves blank may be blank."""
    known = registries()
    city: City = project.city(name, known, draft=True)
    source: Source = project.source(city.source)
    text = ALONE.format(name=name, synthetic=str(city.synthetic).lower())
    study: Study = parse_study(text, f"city {name}", known, (name,), name)
    return Declared(study, {name: city}, {source.name: source}, compared_sources(project, [city]))


def _of_study(project: Project, study: str, name: str) -> Declared:
    declared = declare(project, study)
    if name not in declared.cities:
        where = f"analysis/studies/{study}.toml, key data.cities"
        todo = nearest(name, declared.cities)
        raise StudyError("check a city", [Problem(where, f"has no city '{name}'", todo)])
    return declared


def city_stages(project: Project, declared: Declared, name: str, *, is_alone: bool) -> list[Stage]:
    """The cleaning of a city and its check.

    Parameters
    ----------
    is_alone : bool
        Whether the outputs belong to the city, ``data_clean/<city>/``, rather than to the study.
    """
    study = declared.study.name
    cleaning = clean_stage(project, declared, name)
    target = f"data_clean/{study}/check/{name}"
    if is_alone:
        cleaning = replace(cleaning, target=f"data_clean/{name}/clean")
        target = f"data_clean/{name}/check"
    city, source = declared.cities[name], declared.source(name)
    part = canonical([cleaning.part, city.dates.source == "", declared.study.disclosure, source.title_en])
    after = (cleaning.name,)
    checking = Stage(
        f"check/{name}", "pipeline.city_checking", (declared, name), part, cleaning.raw, after, target
    )
    return [cleaning, checking]
