"""What befalls whole files: titles above the header, two header rows, and headers in other characters."""

from __future__ import annotations

from collections.abc import Sequence

from ..faults import full_width

TITLES = ("虚拟数据导出", "统计期间：虚拟")
GROUPS = ("住院信息", "费用信息", "其他信息")
PAIRS = (
    "医醫疗療机機构構组組织織码碼级級费費诊診断斷药藥总總称稱类類别別龄齡实實际際数數"
    "术術编編离離验驗检檢护護质質复復项項综综体體"
)
TRADITIONAL = str.maketrans(dict(zip(PAIRS[::2], PAIRS[1::2], strict=True)))
TITLE_ROWS, TWO_HEADER_ROWS = "title_rows", "two_header_rows"
UNITS_IN_HEADERS = "units_in_headers"


def in_traditional(header: str) -> str:
    """A header as it is typed in traditional characters: 医疗总费用 → 醫療總費用."""
    return header.translate(TRADITIONAL)


def with_line_break(header: str) -> str:
    """A header broken inside its cell, as narrow columns are: 住院总费用 → 住院⏎总费用."""
    middle = len(header) // 2
    return f"{header[:middle]}\n{header[middle:]}"


def with_spaces(header: str) -> str:
    """A header spaced out to fill its cell: 年龄 → 年　龄."""
    return "\u3000".join(header)


def in_full_width(header: str) -> str:
    """A header in full-width letters: ZFY → ＺＦＹ."""
    return "".join(full_width(c) if "!" <= c <= "~" else c for c in header)


HEADERS = {
    "traditional_headers": in_traditional,
    "headers_with_line_breaks": with_line_break,
    "headers_with_spaces": with_spaces,
    "full_width_headers": in_full_width,
}
"""Faults of a header by name: each header of the file is written so."""


def heading_rows(header: Sequence[str], groups: Sequence[str], faults: Sequence[str]) -> list[list[str]]:
    """The rows above the data of a text file: titles, groups of headers, headers."""
    rows = [[title] for title in TITLES] if TITLE_ROWS in faults else []
    if TWO_HEADER_ROWS in faults:
        rows.append(_once(groups))
    return [*rows, list(header)]


def _once(groups: Sequence[str]) -> list[str]:
    """The name of each group over its first header, as merged cells are exported."""
    return [group if k == 0 or group != groups[k - 1] else "" for k, group in enumerate(groups)]
