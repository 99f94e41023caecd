"""A plan for what DIP pays in one city and year: cleaning, catalogue, grouped cases, clearing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from ..dip.parameters import ParameterSet
from ..dip.reading import parse_payment
from ..dip.stress import Shocks
from ..errors import Problem, StudyError, nearest
from ..simulate import points_city
from ..store.atomic import read_text
from ..store.fingerprint import canonical
from ..store.project import Project, open_project
from .city_plan import alone
from .plan import Declared, clean_stage
from .portraying import stage_of_portrait
from .run import Say, quiet
from .stages import Stage, run_stages

STEPS = ("catalogue", "group", "settle")
"""Each step needs those before it."""


@dataclass(frozen=True)
class Payment:
    """One year of a payment file, and where a published catalogue lies if it names one.

    Attributes
    ----------
    text, where : str
        The payment file and its path from the root.
    year : int
    published : str
        Text of the published catalogue; empty where the catalogue is built from the city's discharges.
    published_where : str
    """

    text: str
    where: str
    year: int
    published: str = ""
    published_where: str = ""

    def parameters(self) -> ParameterSet:
        """The parameter set of the year."""
        return parse_payment(self.text, self.where, Path(self.where).stem).year(self.year)


def payment_of(project: Project, name: str, year: int | None = None) -> Payment:
    """Read ``analysis/dip/<name>.toml`` and, where it groups by a published catalogue, that table.

    Parameters
    ----------
    year : int, optional
        By default the last year that the file answers for.

    Raises
    ------
    StudyError
        When there is no such file, it is wrong, or it has no parameters for the year.
    """
    text, where = project.text("dip", name)
    file = parse_payment(text, where, name)
    chosen = file.years[-1] if year is None else year
    grouping = file.year(chosen).grouping
    if grouping.catalogue != "published":
        return Payment(text, where, chosen)
    table, place = project.reference_text("dip", f"{name}.{grouping.version}.csv")
    return Payment(text, where, chosen, table, place)


def dip_stages(project: Project, declared: Declared, name: str, payment: Payment, step: str) -> list[Stage]:
    """Stages of one city and year up to a step of `STEPS`."""
    cleaning = replace(clean_stage(project, declared, name), target=f"data_clean/{name}/clean")
    parameters = payment.parameters()
    folder = f"data_clean/{name}/dip/{payment.year}"
    grouped = [parameters.grouping, parameters.weighting, payment.published, payment.year]
    scored = [
        parameters.deviation,
        parameters.auxiliary,
        parameters.hospital_coefficients,
        parameters.schemes,
    ]
    plan = {
        "catalogue": ("pipeline.dip_catalogue", grouped, (cleaning.name,)),
        "group": ("pipeline.dip_cases", [*grouped, *scored, parameters.settlement], (cleaning.name,)),
        "settle": ("pipeline.dip_clearing", [parameters], (cleaning.name,)),
    }
    stages, before = [cleaning], ()
    for key in STEPS[: STEPS.index(step) + 1]:
        module, part, after = plan[key]
        stage = f"dip_{key}/{name}/{payment.year}"
        told = canonical(part)
        stages.append(Stage(stage, module, (name, payment), told, (), (*after, *before), f"{folder}/{key}"))
        before = (*before, stage)
    return stages


def dip_city(
    step: str,
    name: str,
    *,
    year: int | None = None,
    parameters: str = "",
    language: str = "en",
    data: Path | None = None,
    root: Path | None = None,
    say: Say = quiet,
    key_file: Path | None = None,
) -> tuple[str, str]:
    """Compute one step of DIP for a cleaned city; nothing runs when nothing changed.

    Parameters
    ----------
    step : {"catalogue", "group", "settle"}
    name : str
        Of a file under ``analysis/cities``.
    year : int, optional
        By default the last year of the payment file.
    parameters : str
        Of a file under ``analysis/dip``; by default that of the city's name.

    Returns
    -------
    (str, str)
        The step as text for a terminal, and the folder of its tables from the root.

    Raises
    ------
    DipevalError
        When the city, its payment file or its discharges cannot serve.
    """
    project, declared = _opened(name, language, data, root, say, key_file)
    payment = payment_of(project, parameters or name, year)
    stages = dip_stages(project, declared, name, payment, step)
    run_stages(project, f"city.{name}", stages, say)
    target = stages[-1].target
    return read_text(project.root / target / f"summary.{language}.txt"), target


def dip_what_if(
    name: str,
    other: str,
    *,
    year: int | None = None,
    parameters: str = "",
    stress: tuple[Shocks, float, int] | None = None,
    language: str = "en",
    data: Path | None = None,
    root: Path | None = None,
    say: Say = quiet,
    key_file: Path | None = None,
) -> tuple[str, str]:
    """Settle a year under another payment file, with the budgets held: who gains, who loses.

    Parameters
    ----------
    other : str
        Of a file under ``analysis/dip`` that answers for the same year.
    stress : (Shocks, float, int), optional
        Shocks to the pool, the floor as a share of the point value, and the seed.

    Returns
    -------
    (str, str)
        As `dip_city`.
    """
    project, declared = _opened(name, language, data, root, say, key_file)
    payment = payment_of(project, parameters or name, year)
    changed = payment_of(project, other, payment.year)
    stages = dip_stages(project, declared, name, payment, "catalogue")
    part = canonical([payment.parameters(), changed.parameters(), changed.published, stress])
    target = f"data_clean/{name}/dip/{payment.year}/what_if_{other}"
    after = tuple(stage.name for stage in stages)
    given = (name, payment, changed, stress)
    label = f"dip_what_if/{name}/{payment.year}/{other}"
    stages.append(Stage(label, "pipeline.dip_what_if", given, part, (), after, target))
    run_stages(project, f"city.{name}", stages, say)
    return read_text(project.root / target / f"summary.{language}.txt"), target


def _opened(
    name: str, language: str, data: Path | None, root: Path | None, say: Say, key_file: Path | None
) -> tuple[Project, Declared]:
    """The project and the city by itself; the synthetic city's file is invented where it is not there."""
    if language not in ("en", "zh"):
        what = f"'{language}' is not a language here"
        raise StudyError("compute payment", [Problem("--language", what, nearest(language, ("en", "zh")))])
    project = open_project(root, data, key_file)
    declared = discharges_of(project, name)
    invent_if_needed(project, declared, name, say, bool(data))
    return project, declared


def discharges_of(project: Project, name: str) -> Declared:
    """A city by itself, whose files must hold discharges."""
    declared = alone(project, name)
    if declared.source(name).layer != "discharges":
        what = "its files are a panel of hospitals: payment needs discharges"
        todo = "take a city whose source has the layer 'discharges'"
        raise StudyError("compute payment", [Problem(f"analysis/cities/{name}.toml", what, todo)])
    return declared


def invent_if_needed(project: Project, declared: Declared, name: str, say: Say, elsewhere: bool) -> None:
    """The synthetic city of payment invents its own file, unless the user names a folder that has it."""
    if name != points_city.CITY or elsewhere:
        return
    stage = stage_of_portrait(project, points_city.PORTRAIT, declared.cities[name], declared.source(name), -1)
    run_stages(project, f"{name}_raw", [stage], say)
