"""Files of any declared format in which every identifying cell carries a mark of its own.

Each identifying header of the format stands in the file, and each of its cells holds a text that stands
nowhere else; numbers of records are marked too. The other cells are plain, so that stays are kept.
"""

import gzip
import io
from dataclasses import dataclass
from datetime import date

import xlsxwriter

from dipeval.study import Source
from dipeval.vocabulary import RECORD, columns

WORDS = ("标记患者", "MARKED")
"""Stand in every mark: Chinese and ASCII, so that either may be searched in any encoding."""
NUMBER = "7654321"
"""Stands in every marked number, beside `WORDS`."""
SPOILED = "spoiled"


@dataclass(frozen=True)
class Marked:
    """A file with marks, and the marks of its numbers of records by column."""

    text: str
    content: bytes
    numbers: dict[str, list[str]]


def header_of(alias: str) -> str:
    """A header that stands for this alias; a numbered one gets 2, as 1 may have an alias of its own."""
    return alias.replace("#", "2")


def made_of_charges(source: Source) -> set[str]:
    """Headers that a format with one row a charge makes itself."""
    long = getattr(source, "long", None)
    return set() if long is None else {f"{a}_{code}" for a in long.amounts for code in long.items}


def marked_file(source: Source, rows: int = 60, spoil: dict[int, str] | None = None) -> Marked:
    """Write a file.

    Parameters
    ----------
    spoil : dict of int to str
        By row (from 0): what is wrong with it: ``fields`` (one too many), ``number`` (text in the
        total), ``date`` (a day that is none), ``code`` (an unknown one), ``negative``, ``copy``.
    """
    made = made_of_charges(source)
    names: list[tuple[str, str, int]] = []
    seen: set[str] = set()
    claimed: set[str] = set()
    for name, rule in source.columns.items():
        for place, item in enumerate(rule.items):
            aliases = [header_of(alias) for alias in item]
            free = [alias for alias in aliases if alias not in claimed and alias not in made]
            if seen.isdisjoint(aliases) and free:
                seen.add(free[0])
                names.append((free[0], name, place))
            claimed.update(aliases)
    identifiers = [h for h in dict.fromkeys(map(header_of, source.identifiers)) if h not in seen]
    header = [h for h, _, _ in names] + identifiers
    long = getattr(source, "long", None)
    charges = [code for code in long.items if code != "sum"] if long else [""]
    if long:
        header += [long.item[0], *(aliases[0] for aliases in long.amounts.values())]
    lines, numbers = [header], {}
    for k in range(rows):
        wrong = (spoil or {}).get(k, "")
        number = k - 1 if wrong == "copy" else k
        cells = [_cell(source, name, number, wrong, place) for _, name, place in names]
        for (_, name, _), cell in zip(names, cells, strict=True):
            if columns()[name].role == RECORD:
                numbers.setdefault(name, []).append(cell)
        cells += [f"{WORDS[0]}{header}{WORDS[1]}{NUMBER}{number}" for header in identifiers]
        for code in charges:
            more = [long.items[code][0], *["10.00"] * len(long.amounts)] if long else []
            lines.append([*cells, *more, *(["surplus"] if wrong == "fields" else [])])
    text = "\n".join(source.delimiter.join(line) for line in lines) + "\n"
    return Marked(text, _content(source, lines, text), numbers)


def _content(source: Source, lines: list[list[str]], text: str) -> bytes:
    """The file as its format is written: text, packed text, or a workbook."""
    if source.format == "csv.gz":
        return gzip.compress(text.encode(source.encoding), mtime=0)
    if source.format != "xlsx":
        return text.encode(source.encoding)
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet(source.sheets[0] if source.sheets else None)
        for k, line in enumerate(lines, source.header_row - 1):
            for column, cell in enumerate(line):
                sheet.write_string(k, column, cell)
    return buffer.getvalue()


def _cell(source: Source, name: str, k: int, wrong: str, place: int) -> str:
    """A cell of row `k`; `place` is that of the item among the items of its column."""
    column, rule = columns()[name], source.columns[name]
    if column.role == RECORD:
        return f"{WORDS[1]}{name}{NUMBER}{k}{WORDS[0]}"
    if column.values:
        codes = source.codes.get(name)
        plain = next(iter(codes)) if codes else column.values[0]
        return "?" if wrong == "code" and name in ("sex", "disposition") else plain
    if column.kind == "date":
        day = date(2019, 1 + k % 12, 5 if name in ("discharge_date", "settlement_end") else 2)
        if name == "birth_date":
            day = date(1950, 3, 1)
        form = rule.date_format or "%Y-%m-%d"
        shown = day.strftime(form)
        return (
            shown.replace(f"{day.day:02d}", "41") if wrong == "date" and name == "discharge_date" else shown
        )
    if column.kind == "money":
        amount = _total(source) if name == "total_cost" else 10
        if name == "total_cost" and wrong in ("number", "negative"):
            return "text" if wrong == "number" else f"-{amount}.00"
        return f"{amount}.00"
    if column.kind in ("days", "count", "number"):
        return "3/0/0" if "/" in rule.date_format else "3"
    if column.kind == "flag":
        return "0"
    if column.kind == "period":
        form = ("%Y", "%m")[place] if len(rule.items) == 2 else rule.date_format or "%Y-%m"
        return date(2019, 1 + k % 12, 1).strftime(form)
    return {"hospital": f"H{k % 3}", "hospital_name": f"H{k % 3}"}.get(name, "A09.900")


def _total(source: Source) -> int:
    """What the parts of the format's identity add up to, each item being 10."""
    for identity in source.identities:
        if identity.total == "total_cost":
            rules = [source.columns[part] for part in identity.parts if part in source.columns]
            return sum(10 * (len(r.items) if r.combine == "sum" else 1) for r in rules)
    return 100
