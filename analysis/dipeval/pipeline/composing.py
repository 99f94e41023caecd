"""Stage: the panel → every composition of the study, by source format, as exhibits and numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ..describe.composition.exhibits import Setting, Shown, composition_exhibits
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
from .designing import Designed, design_study
from .paneling import read_panel

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
    panel = read_panel(workspace.folder("panel"))
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
        When no format has treated and comparison hospitals.
    DataError
        As `read_composition` does, with the study's key.
    """
    inside = panel.frame["period"].between(declared.study.start, declared.study.end)
    frame = panel.frame[inside]
    formats = sorted(frame["source_format"].dropna().unique()) if "source_format" in frame else [""]
    designs, failed = {}, {}
    for source in formats:
        part = frame[frame["source_format"] == source] if len(formats) > 1 else frame
        try:
            designs[source] = design_study(declared, replace(panel, frame=part.reset_index(drop=True)))
        except DesignError as error:
            failed[source] = error
    if not designs:
        raise next(iter(failed.values()))
    for source, designed in designs.items():
        yield _composed(declared, panel, choice, source if len(formats) > 1 else "", designed, list(failed))


def _composed(
    declared: Declared,
    panel: HospitalPanel,
    choice: CompositionChoice,
    source: str,
    designed: Designed,
    failed: list[str],
) -> Composed:
    study = declared.study
    options = next((e.options for e in study.estimators if e.name == choice.estimator), {})
    routes = Routes(
        choice.estimator, options, ZeroRule(choice.zeros, choice.fraction), choice.balances, choice.fractional
    )
    cases = designed.frame["discharges"].to_numpy(dtype="float64", na_value=0.0)
    try:
        found = read_composition(
            designed.frame, choice.parts, total=choice.total, rest=choice.rest, tolerance=choice.tolerance
        )
        effects = composition_effects(designed.design, found, cases, routes)
    except (DataError, DesignError) as error:
        raise _placed(error, study.name, choice.name, source) from None
    inference = study.inference.of(choice.estimator)
    asked = inference.options.get("small_sample", "CR1") if inference.method == DEFAULT else "CR1"
    rule = str(asked) if asked in FEW_RULES else "CR1"
    errors = Errors(study.treatment.clusters[0], rule, inference.level, choice.seed, choice.n_draws)
    setting = Setting(
        name=f"composition_{choice.name}" + (f"_{source}" if source else ""),
        estimator=choice.estimator,
        currency=panel.currency,
        frequency=study.frequency,
        titles=_titles(declared, choice, source),
        synthetic=study.synthetic,
        notes=tuple(_notes(declared, source, failed)),
    )
    return Composed(choice, source, effects, composition_exhibits(effects, errors, setting))


def _placed(error: DipevalError, study: str, name: str, source: str) -> DipevalError:
    """The same problems with their place in the study file."""
    where = f"analysis/studies/{study}.toml, key composition.{name}" + (
        f", format {source}" if source else ""
    )
    told = [Problem(f"{where}: {p.where}", p.what, p.todo, p.evidence, p.count) for p in error.problems]
    return type(error)("compose", told)


def _titles(declared: Declared, choice: CompositionChoice, source: str) -> tuple[str, str]:
    """The study's titles; where there are several formats, each says which."""
    from ..describe.composition.exhibits import TITLE

    english, chinese = choice.title_en or TITLE[0], choice.title_zh or TITLE[1]
    if not source:
        return english, chinese
    of = declared.sources[source]
    return f"{english} ({of.title_en.lower()})", f"{chinese}（{of.title_zh}）"


def _notes(declared: Declared, source: str, failed: list[str]) -> Iterator[tuple[str, str]]:
    if declared.study.treatment.placebo:
        yield PLACEBO
    if source:
        of = declared.sources[source]
        yield (
            f"Cities that send the {of.title_en.lower()} only; the groups of other formats differ, so formats are not "
            "pooled.",
            f"仅含报送{of.title_zh}的城市；不同格式的费用分组口径不同，不合并估计。",
        )
    for name in failed:
        of = declared.sources[name]
        yield (
            f"{of.title_en}: no effect can be estimated, since its cities lack a treated or a comparison side.",
            f"{of.title_zh}：其城市缺少改革组或对照组，无法估计效应。",
        )


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
