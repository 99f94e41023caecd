"""Stage: the panel → the design and every estimate of the study, with its uncertainty and checks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..check.pretrend import joint_pretrend
from ..check.twfe_weights import twfe_weights
from ..estimate.call import estimate
from ..infer import infer
from ..infer.registry import INFERENCES
from ..ledger import Entry, Ledger
from ..panel.outcomes import outcome_values
from ..results.estimate import Estimate
from ..store.atomic import write_bytes, write_text
from ..store.frames import csv_bytes, json_text, ledger_frame, read_frame
from ..vocabulary import outcomes
from .designing import Designed, design_study
from .families import Estimated, bands_of, families_of
from .inference_words import own_clusterings
from .level_accounts import level_estimates
from .paneling import WITHOUT
from .restricting import design_panel
from .standard_errors import standard_errors
from .strata import STRATA, strata_of

if TYPE_CHECKING:
    from .plan import Declared
    from .stages import Workspace

BY_LEVEL = "by_level"
"""Folder of the estimates of single levels."""
WEIGHTED_REGRESSION = "twfe"
LONG = 2.0
"""Seconds after which a line says what was done."""


def run(workspace: Workspace, out: Path, declared: Declared) -> None:
    """Write ``estimates.csv`` (the tidy contract), ``terms.csv``, ``glance.csv``, ``checks.csv``,
    ``warnings.json``, ``ledger.csv`` and, of a study that has them, ``families.csv`` and
    ``bands.csv``."""
    panel = design_panel(workspace, declared)
    designed = design_study(declared, panel)
    found = list(told(estimates_of(declared, designed), workspace.say, "estimate"))
    for name, frame in frames_of(found).items():
        write_bytes(out / f"{name}.csv", csv_bytes(frame))
    by_level = list(level_estimates(declared, designed, lambda made: by_cluster(declared, designed, made)))
    for name, frame in (frames_of(by_level) if by_level else {}).items():
        write_bytes(out / BY_LEVEL / f"{name}.csv", csv_bytes(frame))
    if declared.study.families:
        write_bytes(out / "families.csv", csv_bytes(families_of(declared.study, found)))
    if declared.study.inference.band is not None:
        write_bytes(out / "bands.csv", csv_bytes(bands_of(declared.study, found)))
    if declared.study.standard is not None:
        without = read_frame(workspace.folder("panel") / WITHOUT)
        write_bytes(out / "standard_errors.csv", csv_bytes(standard_errors(designed, found, without)))
    write_bytes(out / "checks.csv", csv_bytes(checks_of(declared, designed, found)))
    warnings = {"design": list(designed.design.warnings), "estimates": told_once(found)}
    write_text(out / "warnings.json", json_text(warnings))
    write_bytes(out / "ledger.csv", csv_bytes(ledger_frame(_ledger(declared, designed, found))))


def estimates_of(declared: Declared, designed: Designed) -> Iterator[Estimated]:
    """Every outcome by every estimator, once for each clustering."""
    study = declared.study
    for name in study.outcomes:
        values, _ = outcome_values(designed.frame, outcomes()[name])
        for choice in study.estimators:
            fitted = estimate(
                designed.design,
                values,
                estimator=choice.name,
                outcome=name,
                study=study.name,
                **choice.options,
            )
            yield from by_cluster(declared, designed, fitted)


def by_cluster(declared: Declared, designed: Designed, fitted: Estimate) -> Iterator[Estimated]:
    """An estimate under each clustering of a study, by the method that the study names for it.

    A method that knows no clusters stands under the first clustering alone, and a clustering that serves as
    the second way of another one has no errors of its own.
    """
    chosen = declared.study.inference.of(fitted.estimator)
    for cluster in own_clusterings(chosen, declared.study.treatment.clusters):
        options = {**chosen.options, "level": chosen.level}
        if "cluster" in INFERENCES[chosen.method].options:
            options["cluster"] = cluster
        for option in STRATA:
            if option in options:
                options[option] = strata_of(declared, designed, cluster, options[option], option)
        yield Estimated(cluster, infer(fitted, chosen.method, **options))


def told(found: Iterable[Estimated], say: Callable[[str], None], stage: str) -> Iterator[Estimated]:
    """Pass estimates on, with a line of progress where one kept somebody waiting."""
    begun = time.perf_counter()
    for count, one in enumerate(found, 1):
        seconds = time.perf_counter() - begun
        if seconds > LONG:
            e = one.estimate
            label = e.inference.label if e.inference else "no inference"
            say(f"{stage}: estimate {count}, {e.estimator} of {e.outcome} ({label}), in {seconds:.1f} s")
        yield one
        begun = time.perf_counter()


def frames_of(found: list[Estimated]) -> dict[str, pd.DataFrame]:
    """The frames that are written of estimates, by file stem."""
    return {
        "estimates": _stack(found, lambda e: e.estimate.tidy()),
        "terms": _stack(found, _terms),
        "glance": _stack(found, lambda e: e.estimate.glance()),
    }


def _stack(found: list[Estimated], frame_of: object) -> pd.DataFrame:
    frames = [frame_of(e).assign(cluster_shown=e.cluster) for e in found]
    return pd.concat(frames, ignore_index=True)


def _terms(found: Estimated) -> pd.DataFrame:
    e = found.estimate
    return e.terms.assign(outcome=e.outcome, estimator=e.estimator)


def told_once(found: list[Estimated]) -> list[dict[str, str]]:
    """Each warning of the estimates once, with the outcome and the estimator it is about."""
    rows = []
    for e in found:
        for text in e.estimate.warnings:
            row = {"outcome": e.estimate.outcome, "estimator": e.estimate.estimator, "text": text}
            if row not in rows:
                rows.append(row)
    return rows


def checks_of(declared: Declared, designed: Designed, found: list[Estimated]) -> pd.DataFrame:
    """Pre-trend tests of every estimate with leads, and the weights inside plain two-way fixed effects."""
    rows = []
    for e in found:
        if (e.estimate.terms["kind"] == "lead").any():
            rows.append(_pretrend_row(e))
    for name in declared.study.outcomes:
        values, _ = outcome_values(designed.frame, outcomes()[name])
        rows += _weights_rows(name, designed, values)
    return pd.DataFrame(
        rows,
        columns=[
            "check",
            "outcome",
            "estimator",
            "cluster",
            "n_clusters",
            "test",
            "statistic",
            "df",
            "p_value",
            "sentence",
        ],
    )


def _pretrend_row(e: Estimated) -> dict[str, object]:
    test = joint_pretrend(e.estimate)
    return {
        "check": "pretrend",
        "outcome": e.estimate.outcome,
        "estimator": e.estimate.estimator,
        "cluster": e.cluster,
        "n_clusters": e.estimate.inference.n_clusters,
        "test": test.kind,
        "statistic": test.statistic,
        "df": f"{test.df_num:g}, {test.df_denom:.4g}" if test.kind == "F" else f"{test.df_num:g}",
        "p_value": test.p_value,
        "sentence": f"{test.rule}{f': {test.note}' if test.note else ''}",
    }


def _weights_rows(name: str, designed: Designed, values: np.ndarray) -> list[dict[str, object]]:
    weights = twfe_weights(designed.design, outcome=values)
    told = (
        ("twfe_weights", weights.sum_negative, weights.sentence()),
        ("twfe_heterogeneity", weights.sigma_sign, weights.heterogeneity()),
    )
    return [
        {
            "check": check,
            "outcome": name,
            "estimator": WEIGHTED_REGRESSION,
            "cluster": "",
            "n_clusters": 0,
            "test": "",
            "statistic": statistic,
            "df": "",
            "p_value": np.nan,
            "sentence": sentence,
        }
        for check, statistic, sentence in told
    ]


def _ledger(declared: Declared, designed: Designed, found: list[Estimated]) -> Ledger:
    """Exclusions of the study, the design's own trimming, and what each outcome could not use."""
    ledger = designed.ledger + designed.design.ledger
    seen: set[tuple[str, str]] = set()
    entries: list[Entry] = []
    for e in found:
        which = (e.estimate.outcome, e.estimate.estimator)
        if which not in seen:
            seen.add(which)
            entries.extend(e.estimate.ledger)
    return ledger.add(*entries)
