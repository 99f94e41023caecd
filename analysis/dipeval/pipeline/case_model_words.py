"""Models on cases: what a study must bring for them, and how tables call them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ..errors import Problem, nearest
from ..panel.case_words import case_outcome, needed_column, why_not_of_cases
from ..study.case_models import CaseModel
from ..vocabulary import columns, outcomes, patient_words


def case_model_problems(
    models: Sequence[CaseModel], layer: str, have: Collection[str], where: str
) -> list[Problem]:
    """What keeps the models of a study from being estimated.

    Parameters
    ----------
    layer : {"discharges", "panel"}
        What the rows of the study's files are.
    have : collection of str
        Columns that its formats read.
    where : str
        The study file.
    """
    if models and layer == "panel":
        what = "the files of this study are a panel of hospitals and hold no cases"
        return [Problem(f"{where}, key case_models", what, "leave it out")]
    problems = []
    for k, model in enumerate(models, 1):
        key = f"{where}, key case_models[{k}]"
        for name in model.outcomes:
            why = why_not_of_cases(name)
            if why:
                known = [o for o in outcomes() if not why_not_of_cases(o)]
                problems.append(Problem(f"{key}.outcomes", f"'{name}' {why}", nearest(name, known)))
            elif case_outcome(name).column not in have:
                problems.append(_lacking(f"{key}.outcomes", name, case_outcome(name).column, have))
        for name in model.words:
            if needed_column(name) not in have:
                problems.append(_lacking(f"{key}.covariates", name, needed_column(name), have))
        limits = model.age_limits
        if list(limits) != sorted(set(limits)) or any(limit <= 0 for limit in limits):
            todo = "write the first age of each group but the lowest, like [18, 45, 60, 75]"
            problems.append(Problem(f"{key}.age_limits", f"{list(limits)} are not in order", todo))
    return problems


def _lacking(key: str, name: str, column: str, have: Collection[str]) -> Problem:
    what = f"'{name}' needs {column}, which no source of this study brings"
    return Problem(key, what, f"leave it out, or read: {nearest(column, have)}")


def case_model_label(model: CaseModel) -> tuple[str, str]:
    """What a table calls a model: what it adjusts for, in both languages."""
    english, chinese = "Cases", "病例"
    if model.covariates:
        english += ", adjusted for " + ", ".join(_label(name)[0] for name in model.covariates)
        chinese += "，调整" + "、".join(_label(name)[1] for name in model.covariates)
    if model.absorb:
        english += ", within " + ", ".join(_crossed(effect, 0, " × ") for effect in model.absorb)
        chinese += "，控制" + "、".join(_crossed(effect, 1, "×") for effect in model.absorb)
    return english, chinese


def _crossed(effect: str, language: int, sign: str) -> str:
    return sign.join(_label(word)[language] for word in effect.split(":"))


def _label(name: str) -> tuple[str, str]:
    """Label of a covariate within a sentence, the first letter small."""
    word = patient_words().get(name) or columns()[name]
    return word.label_en[:1].lower() + word.label_en[1:], word.label_zh
