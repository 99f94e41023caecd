"""The comparison of a study's cities as it is published: one page, one CSV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..disclose import Released
from ..report.compare import Comparison, compare_html, compared_rows
from ..report.compare.rows import csv_frame
from ..report.compare.words import heading
from ..store.atomic import write_bytes, write_text
from ..store.fingerprint import canonical, code_sha256, text_sha256
from ..store.frames import csv_bytes, read_json
from .comparing_cities import FACTS
from .keys import environment

if TYPE_CHECKING:
    from ..study import Study
    from .plan import Declared
    from .stages import Workspace

PAGE, TABLE = "compare.html", "compare.csv"
KINDS = ("cities", "cities_effects", "cells")
MODULES = ("pipeline.compared_page", "pipeline.comparing_cities")


def write_comparison(
    workspace: Workspace, out: Path, declared: Declared, judged: Sequence[Released]
) -> tuple[str, ...]:
    """Write ``compare.html`` and ``compare.csv``.

    Parameters
    ----------
    judged : sequence of Released
        The exhibits of the comparison, after the gate.

    Returns
    -------
    tuple of str
        Names of the files; none where the study compares nothing.
    """
    by_kind = {one.exhibit.kind: one for one in judged}
    if not by_kind:
        return ()
    comparison = _comparison(workspace, declared, by_kind)
    rows = compared_rows(comparison)
    write_text(out / PAGE, compare_html(comparison, rows))
    write_bytes(out / TABLE, csv_bytes(csv_frame(rows, str(comparison.facts["currency"]))))
    return PAGE, TABLE


def linked(study: Study, written: Sequence[str]) -> tuple[tuple[str, str, str], ...]:
    """The page of the comparison, where it was written, as a link of the study's own page."""
    return ((PAGE, *heading(study.compare.by)),) if PAGE in written else ()


def _comparison(workspace: Workspace, declared: Declared, by_kind: Mapping[str, Released]) -> Comparison:
    study = declared.study
    panel = read_json(workspace.folder("panel") / "facts.json")
    return Comparison(
        study=study.name,
        title_en=study.title_en,
        title_zh=study.title_zh,
        cities=by_kind["cities"],
        effects=by_kind.get("cities_effects"),
        facts=read_json(workspace.folder("compare") / FACTS),
        inputs=tuple(sorted(panel["files"], key=lambda f: f["path"])),
        study_sha256=text_sha256(canonical([study, declared.cities, declared.sources])),
        code_sha256=code_sha256(MODULES),
        environment=environment(),
        languages=study.languages,
        synthetic=study.synthetic,
    )
