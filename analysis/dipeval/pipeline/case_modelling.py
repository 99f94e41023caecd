"""Stage: the clean discharges → cells → every model on cases of the study, with its uncertainty."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..estimate.cases import estimate_cases
from ..ledger import Ledger
from ..panel.case_cells import CaseCells
from ..panel.case_query import case_cells
from ..store.atomic import write_bytes, write_text
from ..store.frames import csv_bytes, json_text, ledger_frame
from ..study.case_models import CaseModel
from .designing import Designed, design_study
from .engines import stage_engine
from .estimating import Estimated, by_cluster, frames_of, told, told_once
from .paneling import clean_stays
from .restricting import design_panel

if TYPE_CHECKING:
    from ..store.contract import TableEngine
    from .plan import Declared
    from .stages import Workspace

KEYS = ("city", "hospital", "period")


def run(workspace: Workspace, out: Path, declared: Declared) -> None:
    """Write ``estimates.csv`` (the tidy contract), ``terms.csv``, ``glance.csv``, ``warnings.json`` and
    ``ledger.csv``.

    Cost: one grouping of the clean discharges a model; cells are not written.
    """
    designed = design_study(declared, design_panel(workspace, declared))
    found: list[Estimated] = []
    with stage_engine(workspace, out) as engine:
        for model in declared.study.case_models:
            cells = _cells(engine, workspace, declared, model)
            found += told(_estimates(declared, designed, cells, model), workspace.say, "case_models")
    for name, frame in frames_of(found).items():
        write_bytes(out / f"{name}.csv", csv_bytes(frame))
    write_text(out / "warnings.json", json_text({"estimates": told_once(found)}))
    entries = {(e.estimate.outcome, e.estimate.estimator): tuple(e.estimate.ledger) for e in found}
    ledger = Ledger(tuple(entry for told in entries.values() for entry in told))
    write_bytes(out / "ledger.csv", csv_bytes(ledger_frame(ledger)))


def _cells(engine: TableEngine, workspace: Workspace, declared: Declared, model: CaseModel) -> CaseCells:
    study = declared.study
    return case_cells(
        engine,
        {name: clean_stays(workspace, study, name) for name in study.cities},
        outcomes=model.outcomes,
        covariates=model.words,
        frequency=study.frequency,
        start=study.start,
        end=study.end,
        age_limits=model.age_limits,
        stays=study.stays,
        linked_days=study.linked_days,
    )


def _estimates(
    declared: Declared, designed: Designed, cells: CaseCells, model: CaseModel
) -> Iterator[Estimated]:
    """Every outcome of a model, once for each clustering; it is called by the name of the model."""
    study = declared.study
    placed = cells.on(designed.frame, KEYS)
    for name in model.outcomes:
        fitted = estimate_cases(
            designed.design,
            placed,
            outcome=name,
            estimator=model.estimator,
            covariates=model.covariates,
            absorb=model.absorb,
            study=study.name,
        )
        named = replace(fitted, estimator=model.name, ledger=_renamed(fitted.ledger, model.name))
        yield from by_cluster(declared, designed, named)


def _renamed(ledger: Ledger, model: str) -> Ledger:
    """The same ledger under the model's own name: two models may be of one estimator."""
    return Ledger(tuple(replace(entry, part=f"{entry.part}/{model}") for entry in ledger))
