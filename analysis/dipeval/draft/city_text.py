"""The findings as a city file: active where the files leave no doubt, comments for a person elsewhere."""

from __future__ import annotations

from .findings import Findings, FoundFile
from .sections import sections
from .toml_text import comment, string, strings
from .units import SAID, unit_notes

HEAD = """# Drafted by `dipeval new city {name}` from the files below. What is blank only a person can say:
# no study runs with this city before `scheme` and `[dates]` are filled in. Then delete what is settled.
# `dipeval check city {name}` shows the data as they are now."""
DATES = """[dates]
# Fill in. Only the start of actual payment counts; the date of a document never does.
# announced = "YYYY-MM"
# simulated = "YYYY-MM"
# payment = "YYYY-MM"     # or, for a city that never reformed: never = true
# full = "YYYY-MM"
# ended = "YYYY-MM"       # first month no longer paid so, for a city that left; then also ended_reason = "…"
source = ""               # fill in: where you read these dates"""


def city_text(findings: Findings) -> str:
    """Write the draft of ``analysis/cities/<city>.toml``.

    Returns
    -------
    str
        Valid TOML. `study.parse_city` refuses it, naming each blank key, until a person has filled
        it in; with ``draft=True`` it is read as it is.
    """
    name = findings.city
    used = findings.new_source or findings.source.name
    parts = [
        HEAD.format(name=name),
        "\n".join(
            [
                "[city]",
                f"name = {string(name)}",
                f"label_en = {string(name)}    # to confirm: the name on figures",
                f"label_zh = {string(name)}    # to confirm",
                'scheme = ""    # fill in: DIP, DRG, SwissDRG, AIH or none',
                f"source = {string(used)}",
                f"obtain = {string(f'the files as handed over, below data_raw/{name}/')}    # to confirm",
            ]
        ),
        *(_file(file, findings) for file in findings.files),
        DATES,
        _units(findings),
        *("\n".join([comment(f"== {title}"), *map(comment, lines)]) for title, lines in sections(findings)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _file(file: FoundFile, findings: Findings) -> str:
    """A ``[[files]]`` table; what the format says already is not said again."""
    look, source = file.look, findings.source
    lines = ["[[files]]", f"path = {string(file.path)}", f"sha256 = {string(file.sha256)}"]
    if look.kind == "text" and (look.encoding != source.encoding or findings.new_source):
        lines.append(f"encoding = {string(look.encoding)}    # {look.how}")
    if look.kind == "text" and look.delimiter != source.delimiter:
        lines.append(f"delimiter = {string(look.delimiter)}")
    if len(look.sheets) > 1:
        lines.append(f"sheets = {strings(sheet.name for sheet in file.sheets)}")
    fits = [sheet.fit(source.name) for sheet in file.sheets]
    for key, said in (("header_row", source.header_row), ("header_rows", source.header_rows)):
        found = {getattr(fit, key) for fit in fits}
        if len(found) == 1 and found != {said}:
            lines.append(f"{key} = {found.pop()}")
    units = {
        note.column: note.said
        for note in unit_notes(findings)
        if note.table == file.path and note.why == SAID
    }
    if units:
        told = ", ".join(f"{column} = {string(unit)}" for column, unit in units.items())
        lines.append(f"# units = {{ {told} }}    # to confirm: its headers say so; until then a run stops")
    return "\n".join(lines)


def _units(findings: Findings) -> str:
    """Units to look at, as comments; where the total is out of proportion, all its parts go with it."""
    notes = [note for note in unit_notes(findings) if note.why != SAID]
    whole = {note.table: note for note in notes if note.column == "total_cost" and note.proposed}
    seen: dict[str, str] = {}
    for note in notes:
        total = whole.get(note.table)
        if note.why:
            told = f"{string(note.proposed or note.declared)}    # {note.why}; declared: {note.declared}"
        elif total is not None and note.declared == total.declared:
            told = f"{string(total.proposed)}    # as total_cost; declared: {note.declared}"
        else:
            continue
        seen.setdefault(note.column, f"# {note.column} = {told}")
    if not seen:
        return ""
    return "\n".join(["# [units]    # to confirm: remove the # before what is right", *seen.values()])


def file_format(file: FoundFile) -> str:
    """The form of a file as a format declares it."""
    suffix = file.look.place.suffix.lower().removeprefix(".")
    return {"gz": "csv.gz", "tab": "tsv", "txt": "csv"}.get(suffix, suffix)
