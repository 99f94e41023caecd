"""`check`: the state of the data, the ledger and the design of a study, before anything is estimated."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from ..check.advice import advise
from ..check.clusters import cluster_diagnostics
from ..check.twfe_weights import twfe_weights
from ..design.cells import identified_cells
from ..design.validation import NOBODY
from ..ledger import Ledger
from ..panel.hospital_panel import HospitalPanel
from ..panel.outcomes import outcome_values
from ..store.frames import ledger_frame, read_json
from ..store.project import open_project
from ..study import NEVER
from ..vocabulary import outcomes
from .designing import UNIT, Designed, design_study
from .plan import Declared, declare
from .restricting import design_panel_in
from .run import Say, quiet, run_study


def check_study(
    name: str,
    *,
    data: Path | None = None,
    root: Path | None = None,
    say: Say = quiet,
    key_file: Path | None = None,
    engine: str = "",
) -> str:
    """Describe what a study would be estimated on; nothing is estimated and no figure is written.

    Returns
    -------
    str
        Text for a terminal: raw files, ledger, panel, outcomes, design, identified cells, warnings.

    Raises
    ------
    DipevalError
        As `run_study`, and when the design cannot answer the question.
    """
    project = open_project(root, data)
    run_study(name, data=data, root=root, say=say, only="panel", key_file=key_file, engine=engine)
    declared = declare(project, name)
    folder = project.data_clean / name / "panel"
    panel = design_panel_in(project.data_clean / name, declared)
    facts = read_json(folder / "facts.json")
    if declared.study.treatment is None:
        parts = [_title(declared), _files(facts), _ledger(panel.ledger), _panel(panel)]
        return "\n\n".join([*parts, *([_warnings(facts["warnings"])] if facts["warnings"] else [])])
    designed = design_study(declared, panel)
    ledger = panel.ledger + designed.ledger + designed.design.ledger
    parts = [
        _title(declared),
        _files(facts),
        _ledger(ledger),
        _panel(panel),
        _outcomes(declared, designed) if declared.study.outcomes else "",
        _design(designed, [choice.name for choice in declared.study.estimators]),
        _cells(designed) if designed.design.comparison != NOBODY else "",
        _warnings([*facts["warnings"], *designed.design.warnings]),
    ]
    return "\n\n".join(part for part in parts if part)


def _title(declared: Declared) -> str:
    return declared.study.title_en + (" (synthetic data)" if declared.study.synthetic else "")


def _files(facts: dict) -> str:
    lines = [
        f"  {f['path']:<48} {f['rows']:>9,} rows  {f['bytes']:>12,} bytes  {f['sha256'][:12]}"
        for f in facts["files"]
    ]
    return "\n".join(["Raw files", *lines])


def _ledger(ledger: Ledger) -> str:
    """The ledger summed over cities, one line a stage and rule, in the order of the rules."""
    frame = ledger_frame(ledger)
    order = frame.drop_duplicates(["stage", "rule"])[["stage", "rule"]]
    counts = ["rows_before", "rows_after", "rows_rejected", "rows_flagged"]
    summed = frame.groupby(["stage", "rule"])[counts].sum()
    shown = order.merge(summed, left_on=["stage", "rule"], right_index=True)
    return "Ledger (all parts together; by city in ledger.csv)\n" + _table(shown)


def _panel(panel: HospitalPanel) -> str:
    frame = panel.frame
    units = frame["city"] + "/" + frame["hospital"]
    periods = frame["period"].nunique()
    full = units.value_counts()
    complete = int((full == periods).sum())
    text = (
        f"  {len(frame):,} hospital-{panel.frequency}s, {units.nunique()} hospitals, {frame['city'].nunique()} places, "
        f"{frame['period'].min()} to {frame['period'].max()} ({periods} {panel.frequency}s);\n"
        f"  {complete} hospitals are there in every {panel.frequency}, "
        f"{int(frame['discharges'].sum()):,} discharges, money in {panel.currency}"
    )
    return "Panel\n" + text


def _outcomes(declared: Declared, designed: Designed) -> str:
    rows = []
    for name in declared.study.outcomes:
        values, reasons = outcome_values(designed.frame, outcomes()[name])
        known = pd.Series(values).dropna()
        told = pd.Series(reasons)
        lost = told[told != ""].value_counts()
        why = "; ".join(f"{reason} ({count})" for reason, count in sorted(lost.items()))
        rows.append(
            {
                "outcome": name,
                "rows": len(known),
                "mean": f"{known.mean():.4g}",
                "sd": f"{known.std():.4g}",
                "undefined": why,
            }
        )
    return "Outcomes\n" + _table(pd.DataFrame(rows))


def _design(designed: Designed, estimators: list[str]) -> str:
    frame, design = designed.frame, designed.design
    by = frame.groupby("cohort")
    rows = pd.DataFrame(
        {"hospitals": by[UNIT].nunique(), "places": by["city"].nunique(), "rows": by.size()}
    ).reset_index()
    rows = pd.concat([rows[rows["cohort"] != NEVER], rows[rows["cohort"] == NEVER]])
    lines = ["Design: first treated period", _table(rows)]
    for name in design.clusters:
        found = cluster_diagnostics(design, name)
        lines += [f"  {sentence}" for sentence in found.sentences()]
        advice = advise(found.n, found.n_treated, estimators, dealt=found.calendars > 0)
        if advice:
            lines.append("  Which inference, by the simulation nearest to this design (docs/inference.md):")
            lines += [f"    {one.sentence()}" for one in advice]
    if design.comparison == NOBODY:
        return "\n".join(
            [*lines, "  Nobody is compared with: only series and groups with a comparison of their own."]
        )
    weights = twfe_weights(design)
    lines += [f"  {weights.sentence()}", f"  {weights.heterogeneity()}"]
    return "\n".join(lines)


def _cells(designed: Designed) -> str:
    cells = identified_cells(designed.design)
    lost = cells[~cells["identified"]]
    head = f"Cells (cohort × event time): {int(cells['identified'].sum())} identified, {len(lost)} not"
    return (
        head
        if lost.empty
        else head + "\n" + _table(lost[["cohort", "event_time", "n_obs", "reason"]].head(12))
    )


def _warnings(texts: list[str]) -> str:
    return "\n".join(["Warnings", *(f"  {t}" for t in texts)]) if texts else ""


def _table(frame: pd.DataFrame) -> str:
    text = frame.to_string(
        index=False, na_rep="", formatters={c: "{:,}".format for c in frame if frame[c].dtype.kind == "i"}
    )
    return "\n".join(f"  {line}" for line in text.splitlines())
