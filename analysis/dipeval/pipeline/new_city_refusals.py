"""What `new city` refuses: names that are taken, files that cannot be taken, files that no format fits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..draft.findings import Findings
from ..draft.fit import Fit
from ..draft.sections import told_fit
from ..errors import DataError, Problem, StudyError, nearest
from ..store.encodings import KNOWN
from ..store.project import Project
from ..study.parse import NAME

NEEDED = (
    "a format needs: [source] with its titles and where it is documented; [read] with encoding, delimiter "
    "and header_row; [columns.<name>] with the headers in items for hospital, discharge_date, care_days and "
    "total_cost at least (dates with date_format, amounts with unit); [codes.<column>] for coded columns; "
    "[headers] for what is ignored or identifies a person"
)


def check_names(project: Project, name: str, new_source: str, force: bool) -> None:
    """Refuse a name that is none, or that is taken.

    Raises
    ------
    StudyError
    """
    problems = []
    for kind, word in (("cities", name), ("sources", new_source)):
        where = f"analysis/{kind}/{word}.toml"
        if word and not NAME.match(word):
            todo = "use a-z, 0-9 and _, a letter first"
            problems.append(Problem(where, f"'{word}' is not a name", todo))
        elif word in project.names(kind) and not force:
            todo = "choose another name, or say --force to write over it"
            problems.append(Problem(where, "is there already", todo))
    if problems:
        raise StudyError("draft a city", problems)


def check_files(files: Sequence[Path], encoding: str) -> None:
    """Refuse files that are not there, are empty, or could not stand in one folder.

    Raises
    ------
    DataError
        With all of them.
    """
    problems, seen = [], set()
    for place in files:
        if not place.exists():
            problems.append(Problem(str(place), "there is no such file", "look at its name and folder"))
        elif not place.is_file():
            problems.append(Problem(str(place), "is a folder, not a file", "name the files in it"))
        elif place.stat().st_size == 0:
            problems.append(Problem(str(place), "is empty (0 bytes)", "obtain the file again"))
        if place.name in seen:
            todo = "give them different names: they will stand in one folder"
            problems.append(Problem(place.name, "two files have this name", todo))
        if "\\" in place.name or ":" in place.name:
            problems.append(Problem(place.name, "has \\ or : in its name", "rename it"))
        seen.add(place.name)
    if encoding and encoding not in KNOWN:
        problems.append(Problem("--encoding", f"'{encoding}' is not known", nearest(encoding, KNOWN)))
    if problems:
        raise DataError("look at files", problems)


def misfits(findings: Findings) -> list[Problem]:
    """No format fits: for each table the nearest ones, what is near, and what a new format needs."""
    problems = []
    for (name, fit), others in zip(findings.fits(), _others(findings), strict=True):
        if not fit.missing:
            continue
        told = "; ".join(told_fit(one) for one in (fit, *others[:1]))
        near = tuple(
            f"'{h.text}' is near '{h.alias}' of {', '.join(h.columns)} ({h.similarity:.2f})"
            for h in (fit.unmatched if fit.is_sure else ())
            if h.alias
        )
        todo = f"draft a format of its own with --source NEWNAME, then place its headers; {NEEDED}"
        problems.append(Problem(name, f"no known format fits: {told}", todo, near, len(near)))
    return problems


def _others(findings: Findings) -> list[tuple[Fit, ...]]:
    """For each table the formats that were not chosen, the best first."""
    return [
        tuple(fit for fit in sheet.fits if fit.source.name != findings.source.name)
        for file in findings.files
        for sheet in file.sheets
    ]
