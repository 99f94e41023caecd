"""The findings as a new format: the nearest format's text, with what differs as comments for a person."""

from __future__ import annotations

import re

from .city_text import file_format
from .findings import Findings, by_column
from .headers import IDENTIFIER, NEAR, FoundHeader
from .sections import shown, told_unmatched, unmatched_headers
from .toml_text import comment, string

HEAD = """# Drafted by `dipeval new city {city} --source {name}` from the format {base}, which comes nearest.
# What is blank only a person can say. Lines that begin with `# ?` are proposals: nothing near is taken
# without a person's word. A header that nobody places here stops the run."""
TABLE = re.compile(r"^\[([\w.]+)\]\s*(#.*)?$")
BLANK = ("title_en", "title_zh", "reference")
READ = ("format", "encoding", "delimiter", "header_row", "header_rows")


def source_text(findings: Findings, base: str) -> str:
    """Write the draft of ``analysis/sources/<name>.toml``.

    Parameters
    ----------
    base : str
        Text of the nearest format's file.

    Returns
    -------
    str
        Valid TOML that `study.parse_source` refuses until its blank titles and reference are filled in.
    """
    name = findings.new_source
    lines = [HEAD.format(city=findings.city, name=name, base=findings.source.name), ""]
    table = ""
    for line in _without_head(base):
        found = TABLE.match(line)
        if found:
            table = found.group(1)
            lines.append(line)
            lines += _proposals(findings, table)
            continue
        key = line.partition("=")[0].strip()
        if table == "source" and key == "name":
            line = f"name = {string(name)}"
        elif table == "source" and key in BLANK:
            line = f'{key} = ""    # fill in'
        elif table == "read" and key in READ:
            continue
        lines.append(line)
    return "\n".join(lines).rstrip() + "\n"


def _without_head(base: str) -> list[str]:
    """The base's lines from its first table on; what stands above speaks of the base."""
    lines = base.splitlines()
    first = next(k for k, line in enumerate(lines) if TABLE.match(line))
    return lines[first:]


def _proposals(findings: Findings, table: str) -> list[str]:
    """What the files say about one table of the base."""
    if table == "read":
        return _read(findings)
    room, _, column = table.partition(".")
    if room == "columns":
        return _for_column(findings, column)
    if room == "codes":
        return [
            "# ? "
            + f"{string(code.code)} = {string(code.word)}    # {shown(code.rows)} rows, near '{code.near}'"
            for code in by_column(findings).get(column, ())
        ]
    return _for_headers(findings) if table == "headers" else []


def _read(findings: Findings) -> list[str]:
    file = findings.files[0]
    fit = file.sheets[0].fit(findings.source.name)
    made = [f"format = {string(file_format(file))}"]
    if file.look.kind == "text":
        made += [f"encoding = {string(file.look.encoding)}", f"delimiter = {string(file.look.delimiter)}"]
    return [*made, f"header_row = {max(fit.header_row, 1)}", f"header_rows = {fit.header_rows}"]


def _for_column(findings: Findings, column: str) -> list[str]:
    lines = []
    form = findings.date_form(column)
    if form and form != (findings.source.columns[column].date_format or "%Y-%m-%d"):
        lines.append(f"# ? date_format = {string(form)}    # the form that the files write")
    if column in findings.missing:
        lines.append("# ? required, and no header of the files is one of its aliases")
    for header in unmatched_headers(findings):
        if header.confidence == NEAR and column in header.columns:
            told = f"add the header {string(header.text)}: near '{header.alias}'"
            lines.append(comment(f"? {told} (similarity {header.similarity:.2f})"))
    return lines


def _for_headers(findings: Findings) -> list[str]:
    """Headers that belong nowhere yet, and those that may identify a person."""
    lines = []
    for header in unmatched_headers(findings):
        if not _stands_at_a_column(header):
            lines.append(comment(f"? place the header {string(header.text)}: {told_unmatched(header)}"))
    return lines


def _stands_at_a_column(header: FoundHeader) -> bool:
    return (
        header.confidence == NEAR
        and header.columns != (IDENTIFIER,)
        and not header.columns[0].startswith("(")
    )
