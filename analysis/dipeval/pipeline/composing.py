"""Stage: the panel → every composition of the study, by source format, as exhibits and numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ..describe.composition.exhibits import TITLE, Setting, Shown, composition_exhibits
from ..describe.composition.intervals import Errors
from ..errors import DataError, DesignError, DipevalError, Problem
from ..estimate.composition.amounts import read_composition
from ..estimate.composition.analysis import CompositionEffects, Routes, composition_effects
from ..estimate.composition.zeros import ZeroRule
from ..ledger import Ledger
from ..panel.hospital_panel import HospitalPanel
from ..results.exhibit import Exhibit
from ..store.atomic import write_bytes, write_text
from ..store.frames import csv_bytes, json_text, ledger_frame
from ..study.inference import DEFAULT
from .describing import write_exhibits
from .designing import design_study
from .restricting import design_panel

if TYPE_CHECKING:
    from ..study.composition import CompositionChoice
    from .plan import Declared
    from .stages import Workspace

FEW_RULES = ("CR1", "CR0")
"""Small-sample rules that need no more of an estimate than its influence."""
PLACEBO = (
    "Placebo: no reform happened at the date that is tested, so effects should be zero.",
    "安慰剂检验：所检验的日期并无改革，效应应为零。",
)


@dataclass(frozen=True)
class Composed:
    """One composition of one format."""

    choice: CompositionChoice
    source: str
    effects: CompositionEffects
    shown: Shown


def run(workspace: Workspace, out: Path, declared: Declared) -> None:
    """Write ``exhibits.json`` with one Parquet file an exhibit, ``estimates.csv`` (every number with its error, by
    composition, format, route and clustering), ``warnings.json`` and ``ledger.csv``."""
    panel = design_panel(workspace, declared)
    exhibits: list[Exhibit] = []
    numbers: list[pd.DataFrame] = []
    ledger, warnings = Ledger(), []
    for choice in declared.study.compositions:
        workspace.say(f"compose: {choice.name}")
        for one in composed(declared, panel, choice):
            exhibits += one.shown.exhibits
            numbers.append(numbers_of(one))
            ledger = ledger.add(*_entries(one))
            about = f"{choice.name} {one.source}".strip()
            warnings += [
                {"composition": about, "text": text} for text in one.effects.shares.estimate.warnings
            ]
    write_exhibits(out, exhibits)
    write_bytes(out / "estimates.csv", csv_bytes(pd.concat(numbers, ignore_index=True)))
    write_text(out / "warnings.json", json_text(warnings))
    write_bytes(out / "ledger.csv", csv_bytes(ledger_frame(ledger)))


def composed(declared: Declared, panel: HospitalPanel, choice: CompositionChoice) -> Iterator[Composed]:
    """One composition for each source format: what a part holds differs between them, so they are never pooled.

    Raises
    ------
    DesignError
        When no format can be estimated; where some can, their exhibits say which cannot and why.
    DataError
        As `read_composition` does, with the study's key.
    """
    inside = panel.frame["period"].between(declared.study.start, declared.study.end)
    frame = panel.frame[inside]
    formats = sorted(frame["source_format"].dropna().unique()) if "source_format" in frame else [""]
    found: dict[str, CompositionEffects] = {}
    failed: dict[str, DipevalError] = {}
    for source in formats:
        part = frame[frame["source_format"] == source] if len(formats) > 1 else frame
        of_format = replace(panel, frame=part.reset_index(drop=True))
        where = f"analysis/studies/{declared.study.name}.toml, key composition.{choice.name}"
        where += f", format {source}" if len(formats) > 1 else ""
        try:
            found[source] = _effects(declared, of_format, choice)
        except DataError as error:
            raise _placed(error, where) from None
        except DesignError as error:
            failed[source] = _placed(error, where)
    if not found:
        raise next(iter(failed.values()))
    for source, effects in found.items():
        word = source if len(formats) > 1 else ""
        setting = _setting(declared, panel, choice, word, failed)
        yield Composed(
            choice, word, effects, composition_exhibits(effects, _errors(declared, choice), setting)
        )


def _effects(declared: Declared, panel: HospitalPanel, choice: CompositionChoice) -> CompositionEffects:
    """The composition of one format."""
    designed = design_study(declared, panel)
    options = next((e.options for e in declared.study.estimators if e.name == choice.estimator), {})
    routes = Routes(
        choice.estimator, options, ZeroRule(choice.zeros, choice.fraction), choice.balances, choice.fractional
    )
    found = read_composition(
        designed.frame, choice.parts, total=choice.total, rest=choice.rest, tolerance=choice.tolerance
    )
    cases = designed.frame["discharges"].to_numpy(dtype="float64", na_value=0.0)
    return composition_effects(designed.design, found, cases, routes)


def _errors(declared: Declared, choice: CompositionChoice) -> Errors:
    """Clustered errors by the study's first clustering, by its small-sample rule where that is CR1 or CR0."""
    study = declared.study
    inference = study.inference.of(choice.estimator)
    asked = inference.options.get("small_sample", "CR1") if inference.method == DEFAULT else "CR1"
    rule = str(asked) if asked in FEW_RULES else "CR1"
    return Errors(study.treatment.clusters[0], rule, inference.level, choice.seed, choice.n_draws)


def _setting(
    declared: Declared,
    panel: HospitalPanel,
    choice: CompositionChoice,
    source: str,
    failed: Mapping[str, DipevalError],
) -> Setting:
    study = declared.study
    return Setting(
        name=f"composition_{choice.name}" + (f"_{source}" if source else ""),
        estimator=choice.estimator,
        currency=panel.currency,
        frequency=study.frequency,
        titles=_titles(declared, choice, source),
        synthetic=study.synthetic,
        notes=tuple(_notes(declared, source, failed)),
    )


def _placed(error: DipevalError, where: str) -> DipevalError:
    """The same problems with their place in the study file."""
    told = [Problem(f"{where}: {p.where}", p.what, p.todo, p.evidence, p.count) for p in error.problems]
    return type(error)("compose", told)


def _titles(declared: Declared, choice: CompositionChoice, source: str) -> tuple[str, str]:
    """The study's titles; where there are several formats, each says which."""
    english, chinese = choice.title_en or TITLE[0], choice.title_zh or TITLE[1]
    if not source:
        return english, chinese
    of = declared.sources[source]
    return f"{english} ({of.title_en.lower()})", f"{chinese}（{of.title_zh}）"


def _notes(declared: Declared, source: str, failed: Mapping[str, DipevalError]) -> Iterator[tuple[str, str]]:
    if declared.study.treatment.placebo:
        yield PLACEBO
    if source:
        of = declared.sources[source]
        yield (
            f"Cities that send the {of.title_en.lower()} only; the groups of other formats differ, so formats are not "
            "pooled.",
            f"仅含报送{of.title_zh}的城市；不同格式的费用分组口径不同，不合并估计。",
        )
    for name, error in failed.items():
        of = declared.sources[name]
        why = "; ".join(problem.what for problem in error.problems)
        yield (f"{of.title_en}: no effect can be estimated ({why}).", f"{of.title_zh}：无法估计效应。")


def numbers_of(one: Composed) -> pd.DataFrame:
    """Every number of a composition: estimate, error, p-value and simultaneous interval by route and part."""
    parts = []
    for route, found in one.shown.numbers.items():
        head = {"composition": one.choice.name, "source_format": one.source, "route": route}
        e = found.estimate
        told = {
            "part": list(found.parts),
            "estimate": found.value,
            "std_error": found.std_error,
            "p_value": found.p_value,
            "conf_low": found.low,
            "conf_high": found.high,
            "critical_value": found.critical_value,
            "n_obs": e.n_obs,
            "n_clusters": e.inference.n_clusters,
            "rule": found.rule,
        }
        parts.append(pd.DataFrame({**head, **told}))
    return pd.concat(parts, ignore_index=True)


def _entries(one: Composed) -> list[object]:
    """Rows that shares and log-ratios could not use, under the composition's name."""
    name = "/".join(word for word in ("composition", one.choice.name, one.source) if word)
    of = {"shares": one.effects.shares, "log_ratios": one.effects.log_ratios}
    return [
        replace(entry, part=f"{name}/{route}")
        for route, joint in of.items()
        for entry in joint.estimate.ledger
    ]
