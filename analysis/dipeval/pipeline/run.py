"""Run a study by its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ..errors import Problem, StudyError
from ..store.project import Project, open_project
from .plan import Declared, declare, simulate_stage, stages_of
from .stages import Done, Stage, run_stages

Say = Callable[[str], None]


def quiet(line: str) -> None:
    """Say nothing."""


def run_study(
    name: str,
    *,
    data: Path | None = None,
    root: Path | None = None,
    say: Say = quiet,
    only: str = "",
    key_file: Path | None = None,
    engine: str = "",
) -> list[Done]:
    """Run every stage of a study that must run.

    Parameters
    ----------
    name : str
        Name of a file under ``analysis/studies``.
    data : pathlib.Path, optional
        Folder with raw files.
    root : pathlib.Path, optional
        The checkout.
    say : callable
        Receives progress lines.
    only : {"", "panel"}
        ``panel`` stops before anything is estimated.
    key_file : pathlib.Path, optional
        The key that numbers of records and persons are hashed with; by default as the environment says.
    engine : str
        Where discharges are cleaned and summed, as `store.engines.engine_name` has it; the results are the
        same, so what another engine has finished is not done again.

    Returns
    -------
    list of Done
        One for each stage; `reasons` is empty where there was nothing to do.

    Raises
    ------
    DipevalError
        When a file, the data or the design is wrong; then nothing is written.
    """
    project = open_project(root, data, key_file, engine)
    for warning in project.warnings:
        say(warning)
    declared = declare(project, name)
    done = simulate_if_needed(project, declared, say, bool(data))
    return [*done, *run_stages(project, name, stages_of(project, declared, only=only), say)]


def simulate_if_needed(project: Project, declared: Declared, say: Say, elsewhere: bool) -> list[Done]:
    """A synthetic study invents its own files, unless the user names a folder that has them."""
    if declared.study.simulation is None or elsewhere:
        return []
    return run_stages(project, f"{declared.study.name}_raw", [_inventing(project, declared)], say)


def _inventing(project: Project, declared: Declared, faults: str = "") -> Stage:
    """The stage that invents a study's files: from a portrait, or with known effects.

    Raises
    ------
    StudyError
        When faults are to be put into a portrait, whose figures they would change.
    """
    if not declared.study.simulation.portrait:
        return simulate_stage(declared, faults)
    from .portraying import portrait_stage

    if faults:
        where = f"analysis/studies/{declared.study.name}.toml, key simulate.portrait"
        what = "the cases of a portrait carry printed figures, which faults would change"
        raise StudyError("simulate", [Problem(where, what, "put them into a study without a portrait")])
    return portrait_stage(project, declared)


def simulate_study_files(
    name: str, *, seed: int | None = None, faults: str = "", root: Path | None = None, say: Say = quiet
) -> list[str]:
    """Write the invented raw files of a study below ``data_raw``.

    Parameters
    ----------
    seed : int, optional
        Another seed than the study's.
    faults : str
        Faults to be put in (``all``, or names with rates); the files then stand in a folder of their own.

    Returns
    -------
    list of str
        What was written, in words.

    Raises
    ------
    StudyError
        When the study has no ``[simulate]`` table.
    """
    project = open_project(root, None)
    declared = declare(project, name)
    if declared.study.simulation is None:
        where = f"analysis/studies/{name}.toml"
        raise StudyError("simulate", [Problem(where, "has no [simulate] table", "name a synthetic study")])
    if seed is not None:
        simulation = replace(declared.study.simulation, seed=seed)
        declared = replace(declared, study=replace(declared.study, simulation=simulation))
    done = run_stages(
        project, f"{name}_{'faulty' if faults else 'raw'}", [_inventing(project, declared, faults)], say
    )
    if faults:
        folder = f"data_raw/{name}_faulty"
        look = f"look at them: dipeval check {name} --data {folder}"
        return [f"{name}: {folder}/ holds the files, faults.csv (each row) and clean_truth/; {look}"]
    if declared.study.simulation.portrait:
        files = ", ".join(f"data_raw/{file.path}" for c in declared.cities.values() for file in c.files)
        told = "wrote" if done[0].reasons else "nothing to do for"
        return [
            f"{name}: {told} {files}, invented from analysis/portraits/{declared.study.simulation.portrait}.toml"
        ]
    if not done[0].reasons:
        return [f"{name}: the files of seed {declared.study.simulation.seed} are there already"]
    return [f"{name}: wrote data_raw/synthetic_*/ and data_raw/{name}/truth.json"]
