"""`plan`: what an evaluation can show before it begins, learned from what the cities were like before the reform."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..check.power.city_estimators import ESTIMATORS
from ..check.power.city_tests import TESTS
from ..check.power.exhibits import Behind, exhibits_of
from ..check.power.plan import Grid, Plan, plans_of
from ..check.power.scenario import Calendar
from ..check.power.trial import Call, Trial, quick_trial, study_trial
from ..check.power.untreated import Untreated, untreated_paths
from ..check.power.words import Facts, estimator_words, in_short, learned, told_of
from ..design.calendar import period_code
from ..disclose import gate_together, held_back
from ..errors import DataError, Problem, StudyError
from ..panel.outcomes import outcome_values
from ..present import DRAWERS, TABULATED, draw, shown_csv, tabulate
from ..store.atomic import write_bytes, write_text
from ..store.fingerprint import canonical
from ..store.frames import csv_bytes, json_text, read_json
from ..store.project import open_project
from ..study import NEVER
from ..study.planning import DECLARED, USUAL, PlanChoice
from ..vocabulary import Outcome, outcomes
from .designing import UNIT, placed_frame
from .plan import declare, stages_of
from .restricting import design_panel
from .run import Say, quiet, simulate_if_needed
from .stages import Stage, run_stages

if TYPE_CHECKING:
    from .plan import Declared
    from .stages import Workspace

TOLD = "plan.json"
STAND_IN = "imputation"
"""Plans with this estimator where the study's main one is not linear in sums by city and period."""
CITIES = (4, 6, 8, 12, 20, 40)
SIX = 6
BEFORE = {"month": (12, 24), "quarter": (4, 8), "year": (3, 2, 4)}
AFTER = {"month": (12, 6, 24), "quarter": (4, 2, 8), "year": (2, 1, 3)}
SHARES = (0.02, 0.05, 0.10)
LEAST = 3


def plan_study(
    name: str,
    *,
    language: str = "en",
    data: Path | None = None,
    root: Path | None = None,
    say: Say = quiet,
    key_file: Path | None = None,
    engine: str = "",
) -> tuple[str, str]:
    """Say what a planned evaluation can show, and draw it.

    Parameters
    ----------
    name : str
        A study with a design and an outcome; its reform may lie in the future, and ``[plan]`` may be missing.
    language : {"en", "zh"}
        Of the text.

    Returns
    -------
    (str, str)
        The text, and the folder of figures and tables below the project.

    Raises
    ------
    DipevalError
        As `run_study`; when the study has no design or outcome, or its cities tell too little of what they were like
        before.
    """
    project = open_project(root, data, key_file, engine)
    declared = declare(project, name)
    _check(declared)
    simulate_if_needed(project, declared, say, bool(data))
    run_stages(project, name, [*stages_of(project, declared, only="panel"), plan_stage(declared)], say)
    target = f"figures/plans/{name}"
    told = read_json(project.root / target / TOLD)
    return "\n".join(told[language]), target


def plan_stage(declared: Declared) -> Stage:
    """The stage that makes a plan; it stands on the panel and on the dates of the cities."""
    study = declared.study
    dates = {name: city.dates for name, city in declared.cities.items()}
    part = canonical(
        [study.plan, study.treatment, study.outcomes, study.estimators, study.main, study.start, study.end]
        + [
            study.inference,
            study.frequency,
            study.disclosure,
            study.languages,
            study.title_en,
            study.title_zh,
            study.synthetic,
            dates,
        ]
    )
    return Stage(
        "plan", "pipeline.planning", (declared,), part, (), ("panel",), f"figures/plans/{study.name}"
    )


def run(workspace: Workspace, out: Path, declared: Declared) -> None:
    """Write figures, tables and ``plan.json``: what it says, in both languages. O(`plans_of`)."""
    study = declared.study
    panel = design_panel(workspace, declared)
    frame = placed_frame(declared, panel)[0].reset_index(drop=True)
    outcome = outcomes()[study.plan.outcome or study.outcomes[0]]
    values, _ = outcome_values(frame, outcome)
    found = _untreated(declared, frame, values)
    grid = _grid(declared, frame)
    main, trials, said = _trials(declared)
    how = {key: getattr(study.plan, key) for key in ("level", "power", "draws", "seed")}
    plan = plans_of(found, main, trials, grid, **how, say=workspace.say)
    facts = _facts(study.treatment.clusters[0], study.plan, outcome, panel.currency, study.frequency, values)
    behind = Behind(found.count, found.largest_share, outcome.label_en, outcome.label_zh, study.synthetic)
    rules = study.disclosure
    judged = gate_together(
        exhibits_of(plan, facts, behind), rules.minimum_cell, rules.dominance, rules.rounding_base
    )
    for released, _ in judged:
        _write(out, declared, released)
    write_bytes(out / "withheld.csv", csv_bytes(held_back([one for _, held in judged for one in held])))
    write_text(out / TOLD, json_text(_told(declared, plan, found, facts, outcome, said)))


def _check(declared: Declared) -> None:
    """A plan needs to know who is reformed when, and what is measured."""
    study = declared.study
    where = f"analysis/studies/{study.name}.toml"
    problems = []
    if study.treatment is None:
        todo = "add [design]: without it nobody knows which periods no reform had reached"
        problems.append(Problem(where, "has no [design]", todo))
    if not study.outcomes and not study.plan.outcome:
        problems.append(Problem(where, "names no outcome", 'add [outcomes], or outcome = "…" under [plan]'))
    if problems:
        raise StudyError("plan", problems)


def _untreated(declared: Declared, frame: pd.DataFrame, values: np.ndarray) -> Untreated:
    """Paths of hospitals before any reform reached them.

    Raises
    ------
    DataError
        When fewer than three clusters share three periods.
    """
    treatment = declared.study.treatment
    cluster = _column(treatment.clusters[0])
    period = frame["period"].map({p: period_code(p) for p in frame["period"].unique()}).to_numpy(float)
    starts = {c: np.inf if c == NEVER else float(period_code(c)) for c in frame["cohort"].unique()}
    start = frame["cohort"].map(starts).to_numpy(float) - treatment.anticipation
    weights = None if treatment.weights == "none" else treatment.weights
    found = untreated_paths(frame, values, period < start, unit=UNIT, cluster=cluster, weights=weights)
    together = np.isfinite(found.paths)
    by_city = [together[found.city == g].any(0) for g in range(len(found.names))]
    known = sum(by_city) if by_city else np.zeros(0)
    if (known >= LEAST).sum() < LEAST:
        what = f"fewer than {LEAST} of {cluster} share {LEAST} periods before the reform"
        todo = "add cities or earlier periods: how they differ cannot be learned from these"
        raise DataError("plan", [Problem("panel", what, todo)])
    return found


def _grid(declared: Declared, frame: pd.DataFrame) -> Grid:
    """Over what is planned: what the study says, else usual numbers and the number of its own cities."""
    study, choice = declared.study, declared.study.plan
    cluster = _column(study.treatment.clusters[0])
    own, count = _own_calendar(frame, cluster), frame[cluster].nunique()
    given = [Calendar(c.name, c.title_en, c.title_zh, c) for c in choice.calendars or USUAL]
    calendars = (*([own] if own is not None else []), *given)
    cities = tuple(sorted(choice.cities or {*CITIES, max(count, LEAST)}))
    focus = tuple(c for c in dict.fromkeys((SIX, count)) if c in cities) or cities[:2]
    before, after = choice.before or BEFORE[study.frequency], choice.after or AFTER[study.frequency]
    return Grid(cities, tuple(before), tuple(after), calendars, focus)


def _column(cluster: str) -> str:
    """The column of a clustering: a hospital's code is its own within a city only."""
    return UNIT if cluster == "hospital" else cluster


def _own_calendar(frame: pd.DataFrame, cluster: str) -> Calendar | None:
    """The dates of the study's own clusters after the first of them; None where some hold several, or none is reformed."""
    pairs = frame[[cluster, "cohort"]].drop_duplicates()
    if pairs[cluster].duplicated().any() or (pairs["cohort"] == NEVER).all():
        return None
    codes = [np.inf if c == NEVER else float(period_code(c)) for c in pairs["cohort"]]
    offsets = tuple(sorted(code - min(codes) for code in codes))
    return Calendar(DECLARED, "dates as declared", "按已声明日期", None, offsets)


def _trials(declared: Declared) -> tuple[str, list[Trial], list[tuple[str, str]]]:
    """The estimator of formulas, every estimator of the study with its test, and what is said of what is left out."""
    study = declared.study
    names = list(dict.fromkeys([*([study.main] if study.main else []), *(c.name for c in study.estimators)]))
    main = next((name for name in names if name in ESTIMATORS), STAND_IN)
    trials, said = [], []
    if names and names[0] != main:
        ours, theirs = estimator_words(main), estimator_words(names[0])
        said.append(
            (
                f"in formulas {ours[0]} stands for {theirs[0]}, whose effect is no weighted sum of means here",
                f"公式中以{ours[1]}代替{theirs[1]}：后者的效应在此不是均值的加权和",
            )
        )
    options = {choice.name: choice.options for choice in study.estimators}
    for name in names:
        trial, why = study_trial(_call(declared, name, options.get(name, {})))
        trials += [trial] if trial is not None else []
        said += [] if trial is not None else [(f"not tried: {why[0]}", f"未模拟：{why[1]}")]
        if name in ESTIMATORS:
            trials += [quick_trial(name, method) for method in TESTS]
    return main, list({(t.estimator, t.method): t for t in trials}.values()), said


def _call(declared: Declared, name: str, options: Mapping[str, object]) -> Call:
    """The study's estimator, inference and design as a call on simulated studies, whose places are all cities."""
    treatment, chosen = declared.study.treatment, declared.study.inference.of(name)
    how = {key: value for key, value in chosen.options.items() if key != "cluster"}
    design = {
        "comparison": treatment.comparison,
        "event_window": tuple(treatment.event_window),
        "reference": treatment.reference,
    }
    return Call(name, options, chosen.method, how, design)


def _facts(
    cluster: str, choice: PlanChoice, outcome: Outcome, currency: str, frequency: str, values: np.ndarray
) -> Facts:
    """Effects that are told: those of the study, or shares of the mean."""
    base = 1.0 if outcome.unit == "log points" else abs(float(np.nanmean(values)))
    usual = tuple(float(f"{share * base:.2g}") for share in SHARES)
    return Facts(cluster, outcome.unit, currency, frequency, choice.effects or usual)


def _write(out: Path, declared: Declared, released: object) -> None:
    """One exhibit in every form and language; the English files have no suffix."""
    exhibit = released.exhibit
    write_bytes(out / f"{exhibit.name}.csv", shown_csv(released))
    for language in declared.study.languages:
        stem = exhibit.name if language == "en" else f"{exhibit.name}.{language}"
        made = draw(released, language) if exhibit.kind in DRAWERS else {}
        if exhibit.kind in TABULATED:
            made |= {form: content for form, content in tabulate(released, language).items() if form != "csv"}
        for form, content in sorted(made.items()):
            write_bytes(out / f"{stem}.{form}", content)


def _told(
    declared: Declared,
    plan: Plan,
    found: Untreated,
    facts: Facts,
    outcome: Outcome,
    said: list[tuple[str, str]],
) -> dict[str, list[str]]:
    """The text in both languages, line by line."""
    study = declared.study
    invented = (" (synthetic data)", "（合成数据）") if study.synthetic else ("", "")
    head = (f"Plan: {study.title_en}{invented[0]}", f"研究规划：{study.title_zh}{invented[1]}")
    several = facts.several(found.n_cities)
    known = int(np.isfinite(found.paths).sum())
    of_hospitals = f" with {len(found.city)} hospitals", f"、{len(found.city)}家医院"
    if facts.cluster == "hospital":
        of_hospitals = "", ""
    base = (
        f"Learned from {several[0]}{of_hospitals[0]}, {known:,} hospital-{study.frequency}s before any reform: "
        f"{outcome.label_en}",
        f"依据：改革前{several[1]}{of_hospitals[1]}、{known:,}个医院×时期观测：{outcome.label_zh}",
    )
    lines = [head, base, *_indented(learned(plan, facts)), *_indented(said)]
    for cities in plan.grid.focus:
        named = facts.several(cities)
        lines += [("", ""), (f"What {named[0]} can and cannot show", f"{named[1]}能够与不能显示什么")]
        lines += _indented([in_short(plan, cities, facts)])
        for calendar in plan.grid.calendars:
            one = plan.of(cities, calendar.name)
            if one is not None:
                first, *rest = told_of(plan, one, facts)
                lines += [*_indented([first]), *_indented(rest, 4)]
    return {language: [line[k] for line in lines] for k, language in enumerate(("en", "zh"))}


def _indented(pairs: list[tuple[str, str]], by: int = 2) -> list[tuple[str, str]]:
    return [(" " * by + english, " " * by + chinese) for english, chinese in pairs]
