"""Stage: the design and the main effects → every check that the study lists, with its verdict, and all together."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..check.finding import VERDICTS
from ..check.one_treated import without_verdict_of_one
from ..check.registry import CHECKS
from ..check.subject import Subject
from ..check.summary.checked import Checked
from ..check.summary.exhibits import robustness_exhibits
from ..check.summary.methods import methods_paragraph
from ..describe.given import Given
from ..errors import DesignError, DipevalError, Problem
from ..ledger import Ledger
from ..results import Estimate
from ..results.exhibit import Exhibit
from ..store.atomic import write_text
from ..store.frames import json_text, read_json
from ..study.descriptions import CASES, DescriptionChoice
from ..vocabulary import outcomes
from .describing import given_by_choice, given_of, write_exhibits
from .designing import Designed
from .engines import stage_engine
from .estimating import by_cluster

if TYPE_CHECKING:
    from .plan import Declared
    from .stages import Workspace

METHODS = "methods.json"
SECTION = "robustness"
"""Part of the page."""


def run(workspace: Workspace, out: Path, declared: Declared) -> None:
    """Write ``exhibits.json``, one Parquet file an exhibit, and ``methods.json``: the paragraph in two languages.

    Cost: what each kind says.

    Raises
    ------
    DesignError
        What any of the checks refuses, of all of them at once, each with its place in the study file.
    """
    study = declared.study
    of_cases = any(CHECKS[choice.kind].layer == CASES for choice in study.checks)
    with stage_engine(workspace, out) if of_cases else nullcontext() as engine:
        given = given_of(workspace, declared, engine)
        given_for = given_by_choice(workspace, declared, given)
        subjects: dict[tuple[str, str], Subject] = {}
        checked, refused = [], []
        for choice in study.checks:
            try:
                checked.append(_checked(workspace, declared, choice, given_for, subjects))
            except DipevalError as error:
                refused.extend(error.problems)
        if refused:
            raise DesignError("check", refused)
    made = [*robustness_exhibits(checked), *(e for one in checked for e in one.finding.exhibits)]
    write_exhibits(out, [_placed(exhibit) for exhibit in made])
    english, chinese = methods_paragraph(checked)
    write_text(out / METHODS, json_text({"en": english, "zh": chinese}))


def read_methods(folder: Path) -> tuple[str, str]:
    """The methods paragraph as `run` has written it, in English and Chinese."""
    told = read_json(folder / METHODS)
    return str(told["en"]), str(told["zh"])


def subject_of(declared: Declared, given: Given, choice: DescriptionChoice) -> Subject:
    """What a check looks at: the outcome and the estimator that it names, or the study's first and main."""
    study = declared.study
    estimators = {one.name: one for one in study.estimators}
    return Subject(
        given,
        outcomes()[str(choice.options["outcome"] or study.outcomes[0])],
        estimators[str(choice.options["estimator"] or study.main)],
        _errors(declared, given),
        study.estimators,
        {name: city.dates for name, city in declared.cities.items()},
        study.name,
    )


def _errors(declared: Declared, given: Given) -> Callable[[Estimate], Estimate]:
    """The study's inference, under its first clustering."""

    def infer(fitted: Estimate) -> Estimate:
        designed = Designed(given.panel, given.designed, Ledger())
        return next(iter(by_cluster(declared, designed, fitted))).estimate

    return infer


def _checked(
    workspace: Workspace,
    declared: Declared,
    choice: DescriptionChoice,
    given_for: Callable[[DescriptionChoice, str], Given],
    subjects: dict[tuple[str, str], Subject],
) -> Checked:
    """One check; what it refuses is said with its place in the study file. Subjects keep their estimates."""
    kind = CHECKS[choice.kind]
    workspace.say(f"check: {choice.name} ({choice.kind})")
    given = given_for(choice, kind.layer)
    subject = subject_of(declared, given, choice)
    about = subject.outcome.name, subject.estimator.name
    if kind.layer != CASES:
        subject = subjects.setdefault(about, subject)
    try:
        finding = without_verdict_of_one(subject, choice.kind, kind.check(subject, choice))
    except DipevalError as error:
        where = f"analysis/studies/{workspace.study}.toml, key {choice.heading}.{choice.name}"
        told = [Problem(f"{where}: {p.where}", p.what, p.todo, p.evidence, p.count) for p in error.problems]
        raise type(error)("check", told) from None
    strange = [e.name for e in finding.exhibits if not f"{e.name}_".startswith(f"{choice.name}_")]
    if strange:
        raise ValueError(f"check {choice.name!r} of kind {choice.kind!r} made {strange}")
    workspace.say(f"check: {choice.name}: {VERDICTS[finding.verdict][0].lower()}. {finding.sentence[0]}")
    return Checked(choice, (kind.label_en, kind.label_zh), subject, finding)


def _placed(exhibit: Exhibit) -> Exhibit:
    """Marked for the part of the page that checks have; counts behind estimates are judged and not written."""
    return replace(exhibit, options={**exhibit.options, "section": SECTION, "of_estimates": True})
