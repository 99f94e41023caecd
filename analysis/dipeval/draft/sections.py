"""The findings in words: the lines that stand as comments in a draft and as a table on the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from ..quality.coverage import span
from ..schema.periods import months_between
from ..schema.plain_table import aligned, safe
from .facts import FEWEST
from .findings import Findings, FoundFile
from .fit import Fit
from .headers import IDENTIFIER, NEAR, FoundHeader
from .looking import signature
from .units import unit_notes

Section = tuple[str, list[str]]
MOST_LINES = 60
MISSING_SHOWN = 6
MONTHS_SHOWN = 24
ALIASES_SHOWN = 12


def shown(count: int) -> str:
    """A count as it may be shown: a rare code may point to one person."""
    return f"<{FEWEST}" if 0 < count < FEWEST else f"{count:,}"


def sections(findings: Findings) -> list[Section]:
    """All findings, in the order in which a person looks at them."""
    made = [
        *_files(findings),
        _headers(findings),
        _unmatched(findings),
        _missing(findings),
        _units(findings),
        _dates(findings),
        _codes(findings),
        _hospitals(findings),
        _months(findings),
    ]
    return [(title, lines) for title, lines in made if lines]


def _files(findings: Findings) -> list[Section]:
    return [(f"File {safe(file.path, 100)}", _file(findings, file)) for file in findings.files]


def _file(findings: Findings, file: FoundFile) -> list[str]:
    look, rows = file.look, [["checksum (SHA-256)", file.sha256], ["bytes", f"{file.bytes:,}"]]
    if look.kind == "text":
        rows.append(["encoding", f"{look.encoding} ({look.how})"])
        rows.append(["delimiter", {"\t": "tab"}.get(look.delimiter, look.delimiter)])
    else:
        rows.append(["kind", look.kind])
    for sheet in file.sheets:
        fit = sheet.fit(findings.source.name)
        name = f"sheet {safe(sheet.name)}: " if sheet.name else ""
        place = f"row {fit.header_row}" + (" and the next" if fit.header_rows == 2 else "")
        rows.append(["header", f"{name}{place}, {len(fit.headers)} headers"])
        rows.append(["format", "; next: ".join(told_fit(one) for one in _first(fit, sheet.fits))])
    if file.left_out:
        rows.append(["sheets left out", ", ".join(safe(name) for name in file.left_out)])
    if file.facts:
        rows.append(["rows of data", f"{file.facts.rows:,}"])
        if file.facts.total_rows:
            stops = (
                "the format stops at them" if findings.source.total_rows == "error" else "they are rejected"
            )
            rows.append(["total rows", f"{file.facts.total_rows:,}; {stops}"])
    lines = aligned(rows)
    if file.problems:
        lines.append("Reading stops here:")
        lines += [f"  {line}" for problem in file.problems for line in str(problem).splitlines()]
    return lines


def _first(chosen: Fit, fits: Sequence[Fit]) -> list[Fit]:
    """The chosen format, and the best of the others that know any header."""
    others = [fit for fit in fits if fit.source.name != chosen.source.name and fit.matched]
    return [chosen, *others[:1]]


def told_fit(fit: Fit) -> str:
    """How well a format fits, in words."""
    more = f" and {len(fit.missing) - MISSING_SHOWN} more" if len(fit.missing) > MISSING_SHOWN else ""
    lacking = f"lacks {', '.join(fit.missing[:MISSING_SHOWN])}{more}"
    lacks = lacking if fit.missing else "no required column is missing"
    return f"{fit.source.name} knows {fit.matched} of {len(fit.headers)} headers ({fit.share:.0%}), {lacks}"


def _headers(findings: Findings) -> Section:
    """Headers that the format knows; tables with the same headers are told once."""
    lines: list[str] = []
    told: dict[tuple[str, ...], str] = {}
    for name, fit in findings.fits():
        key = signature(fit)
        if key in told:
            lines.append(f"{safe(name, 100)}: as in {safe(told[key], 100)}")
            continue
        told[key] = name
        matched = [h for h in fit.headers if h.is_matched]
        rows = [[safe(h.text), "→", ", ".join(h.columns), h.confidence] for h in matched]
        lines += [f"{safe(name, 100)}:", *(f"  {line}" for line in aligned(rows))]
    return "Headers that the format knows", lines


def unmatched_headers(findings: Findings) -> list[FoundHeader]:
    """Headers that the format does not know, each text once; none of a row that may hold data."""
    found: dict[str, FoundHeader] = {}
    for _, fit in findings.fits():
        for header in fit.unmatched if fit.is_sure else ():
            found.setdefault(header.text, header)
    return list(found.values())


def told_unmatched(header: FoundHeader) -> str:
    """What a person may make of a header that the format does not know."""
    if header.confidence == NEAR:
        where = "identifiers" if IDENTIFIER in header.columns else ", ".join(header.columns)
        told = f"nearest: '{header.alias}' of {where} (similarity {header.similarity:.2f})"
    else:
        told = "near to nothing that the format knows"
    personal = "; may identify a person: then name it under identifiers" if header.may_be_personal else ""
    return told + personal


def _unmatched(findings: Findings) -> Section:
    found = unmatched_headers(findings)
    rows = [[safe(header.text), told_unmatched(header)] for header in found]
    lines = aligned(rows)
    unsure = [name for name, fit in findings.fits() if not fit.is_sure]
    lines += [f"{safe(name, 100)}: no row is surely a header, so none is shown" for name in unsure]
    return "Headers that the format does not know (to confirm: nothing is taken from here by itself)", lines


def _missing(findings: Findings) -> Section:
    lines = []
    for name in findings.missing:
        aliases = [alias for item in findings.source.columns[name].items for alias in item]
        more = f" … (+{len(aliases) - ALIASES_SHOWN})" if len(aliases) > ALIASES_SHOWN else ""
        lines.append(f"{name}: no header is one of {', '.join(aliases[:ALIASES_SHOWN])}{more}")
    return "Columns that the format requires and the files lack", lines


def _units(findings: Findings) -> Section:
    rows = [["file", "header", "column", "unit declared", "median", "to look at"]]
    for note in unit_notes(findings):
        median = "" if note.median != note.median else f"{note.median:,.10g}"
        look = f"{note.proposed or '?'}: {note.why}" if note.why else ""
        rows.append([safe(note.table), safe(note.header), note.column, note.declared, median, look])
    return "Units of money (medians of the amounts above 0, in the file's own unit)", (
        aligned(rows, right=(4,)) if len(rows) > 1 else []
    )


def _dates(findings: Findings) -> Section:
    rows = []
    for file in findings.files:
        for dates in file.facts.dates if file.facts else ():
            forms = ", ".join(f"{form} {shown(rows)}" for form, rows in dates.by_form.items())
            unread = f"; in no known form {shown(dates.unread)}" if dates.unread else ""
            doubt = "" if dates.form or not dates.rows else "; the form cannot be told"
            declared = findings.source.columns[dates.column].date_format or "%Y-%m-%d"
            rows.append([safe(file.path), dates.column, f"declared {declared}", f"{forms}{unread}{doubt}"])
    return "Forms of the dates, with rows", aligned(rows)


def _codes(findings: Findings) -> Section:
    rows = []
    for code in findings.codes():
        near = f"nearest: '{code.near}' = {code.word}" if code.near else ""
        rows.append([code.column, f"'{safe(code.code)}'", shown(code.rows), near])
    lines = aligned(rows[:MOST_LINES], right=(2,))
    for file in findings.files:
        for strange in file.facts.strange if file.facts else ():
            told = f"{strange.column} in {safe(file.path)}: more than {strange.words} unknown words"
            lines.append(f"{told}, so it is no coded column; none is shown")
    return "Codes that the format does not know, with rows", lines


def _hospitals(findings: Findings) -> Section:
    found = findings.hospitals()
    rows = [[safe(code) or "(blank)", safe(name), shown(count)] for code, name, count in found[:MOST_LINES]]
    lines = aligned(rows, right=(2,))
    if len(found) > MOST_LINES:
        lines.append(f"… and {len(found) - MOST_LINES} more")
    return f"Hospitals ({len(found)}), with rows", lines


def _months(findings: Findings) -> Section:
    """The span, what is missing inside it, and the rows of every month, a year to a line."""
    title, found = "Rows by month of discharge", findings.months()
    if not found or any(len(month) != 7 for month in found):
        return title, [f"{min(found)} to {max(found)}"] if found else []
    first, last = span(found)
    calendar = months_between(first, last)
    lacking = [month for month in calendar if month not in found]
    outside = [month for month in found if not first <= month <= last]
    lines = [f"{first} to {last}, {len(calendar) - len(lacking)} of {len(calendar)} months"]
    if lacking:
        lines.append(f"without any row: {_few(lacking)}")
    if outside:
        rows = shown(sum(found[month] for month in outside))
        lines.append(f"far outside of that, {rows} rows: {_few(outside)}; look at the years")
    years = sorted({month[:4] for month in calendar})
    labels = [[f"{year}-{m:02d}" for m in range(1, 13)] for year in years]
    cells = [
        [year, *(shown(found.get(label, 0)) if first <= label <= last else "" for label in row)]
        for year, row in zip(years, labels, strict=True)
    ]
    return title, lines + aligned([["", *(f"{m:02d}" for m in range(1, 13))], *cells], right=range(1, 13))


def _few(months: Sequence[str]) -> str:
    more = f" … and {len(months) - MONTHS_SHOWN} more" if len(months) > MONTHS_SHOWN else ""
    return ", ".join(months[:MONTHS_SHOWN]) + more
