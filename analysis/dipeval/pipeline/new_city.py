"""`new city`: look at the files that someone hands over, and draft the city's declaration from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ..draft.city_text import city_text
from ..draft.counting import facts_of
from ..draft.facts import Facts
from ..draft.findings import Findings, FoundFile, choose_source, sheets_of
from ..draft.looking import Look, look_at, unread
from ..draft.sections import sections
from ..draft.source_text import source_text
from ..errors import DataError, DipevalError, StudyError
from ..store.atomic import copy_file, remove_folder, write_text
from ..store.engine import Engine
from ..store.fingerprint import file_sha256
from ..store.project import Project, open_project
from ..store.raw import read_raw
from ..study.model import City, Dates, RawFile, Source
from ..study.parse import parse_city
from .new_city_refusals import check_files, check_names, misfits
from .registries import registries


def new_city(
    name: str,
    files: Sequence[Path],
    *,
    source: str = "",
    encoding: str = "",
    header_row: int = 0,
    copy: bool = False,
    force: bool = False,
    root: Path | None = None,
) -> str:
    """Draft ``analysis/cities/<name>.toml`` from files that lie anywhere.

    Parameters
    ----------
    files : sequence of pathlib.Path
        Read, never changed.
    source : str
        A known format, to be taken as it is; or a new name, under which a format is drafted from the
        nearest one.
    encoding : str
        Of texts whose encoding cannot be told from their bytes.
    header_row : int
        Row of the header, from 1, where it cannot be told from the known formats.
    copy : bool
        Whether to copy the files below ``data_raw/<name>/``.
    force : bool
        Whether a city or format of this name may be written over.

    Returns
    -------
    str
        The findings as text for a terminal, and what to do next.

    Raises
    ------
    StudyError
        When the name is none or is taken, or no known format has all its required columns in the files.
    DataError
        When files cannot be read; all of them at once. Nothing is written then.
    """
    project = open_project(root, None)
    known = {one: project.source(one) for one in project.names("sources")}
    new_source = source if source and (source not in known or force) else ""
    check_names(project, name, new_source, force)
    check_files(files, encoding)
    chosen_from = [known[one] for one in known if one != new_source]
    looks = [look_at(place, chosen_from, encoding, header_row) for place in files]
    stopped = [problem for problem in map(unread, looks) if problem]
    if stopped:
        raise DataError("look at files", stopped)
    base = known[choose_source(looks, "" if new_source else source) or chosen_from[0].name]
    findings = _findings(project, name, base, new_source, looks)
    if findings.missing and not new_source:
        raise StudyError("draft a city", misfits(findings))
    return _write(project, findings, copy)


def _findings(project: Project, name: str, base: Source, new_source: str, looks: Sequence[Look]) -> Findings:
    spill = project.data_clean / ".staging" / f"new.{name}"
    files = []
    try:
        for look in looks:
            used, left_out = sheets_of(look, base.name)
            path = f"{name}/{look.name}"
            size = look.place.stat().st_size
            found = FoundFile(path, look, used or look.sheets[:1], left_out, file_sha256(look.place), size)
            files.append(_with_facts(found, base, spill) if used else found)
    finally:
        remove_folder(spill)
    return Findings(name, base, new_source, tuple(files))


def _with_facts(file: FoundFile, base: Source, spill: Path) -> FoundFile:
    """Read the file as a run would, but for headers that nobody has placed yet, and count its cells."""
    fits = [sheet.fit(base.name) for sheet in file.sheets]
    strangers = {header.text for fit in fits for header in fit.unmatched}
    relaxed = replace(
        base,
        columns={name: replace(rule, required=False) for name, rule in base.columns.items()},
        ignored=(*base.ignored, *sorted(strangers)),
        total_rows="reject",
    )
    sheets = tuple(sheet.name for sheet in file.sheets) if len(file.look.sheets) > 1 else ()
    places = {(fit.header_row, fit.header_rows) for fit in fits}
    row, depth = places.pop() if len(places) == 1 else (0, 0)
    look = file.look
    said = {
        name: h.unit for fit in fits for h in fit.headers if h.is_matched and h.unit for name in h.columns
    }
    units = {name: unit for name, unit in said.items() if name in base.columns and base.columns[name].unit}
    declared = RawFile(file.path, "", look.encoding, look.delimiter, sheets, row, depth, units)
    dates = Dates(never=True)
    city = City("draft", "", "", "", False, "none", base.name, "the place it came from", (declared,), dates)
    try:
        with Engine(temp_directory=spill) as engine:
            raw = read_raw(engine, city, relaxed, [(file.path, file.look.place)])
            facts: Facts | None = facts_of(engine, raw.table, relaxed)
    except DipevalError as error:
        return replace(file, problems=error.problems)
    return replace(file, facts=facts)


def _write(project: Project, findings: Findings, copy: bool) -> str:
    """Write the drafts, once they have been read back as what they should be."""
    name, new = findings.city, findings.new_source
    text = city_text(findings)
    sources = tuple(sorted({*project.names("sources"), *([new] if new else [])}))
    parse_city(text, f"analysis/cities/{name}.toml", registries(), sources, name, draft=True)
    done = []
    if new:
        drafted = source_text(findings, project.text("sources", findings.source.name)[0])
        write_text(project.root / "analysis" / "sources" / f"{new}.toml", drafted)
        done.append(f"wrote analysis/sources/{new}.toml: place its headers, and fill in its titles")
    write_text(project.root / "analysis" / "cities" / f"{name}.toml", text)
    done.append(f"wrote analysis/cities/{name}.toml: fill in scheme and [dates], confirm the rest")
    for file in findings.files:
        target = project.data_raw / file.path
        if copy:
            copy_file(file.look.place, target)
            done.append(f"copied {file.look.name} to data_raw/{file.path}")
        elif target.resolve() != file.look.place.resolve():
            done.append(f"put {file.look.name} at data_raw/{file.path}, or name its folder with --data DIR")
    done.append(f"then: dipeval check city {name}")
    told = [f"{title}\n" + "\n".join(f"  {line}" for line in lines) for title, lines in sections(findings)]
    return "\n\n".join([*told, "Next\n" + "\n".join(f"  {line}" for line in done)])
