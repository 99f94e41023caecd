"""A comparison of cities as text for a terminal, from the CSV that was published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from dipeval.describe.cities.placement import ALL
from dipeval.report.compare.words import section
from dipeval.schema.plain_table import aligned, safe
from dipeval.schema.plain_table import width as width_of


def compare_table(frame: pd.DataFrame, title: str, language: str, width: int = 120) -> str:
    """Write one span of a comparison, as many indicators side by side as there is room for.

    Parameters
    ----------
    frame : pandas.DataFrame
        Rows of one span in the columns of `rows.csv_frame`, in the order of indicators and places.
    title : str
        What stands above it.
    language : {"en", "zh"}
    width : int
        Columns of the terminal.

    Returns
    -------
    str
        Blocks of lines: a place a line; value, interval in brackets, rank span behind a #.
    """
    zh = language == "zh"
    names = list(dict.fromkeys(frame["indicator"]))
    places = list(dict.fromkeys(frame["place"]))
    places = [place for place in places if place != ALL] + [place for place in places if place == ALL]
    label = frame.drop_duplicates("place").set_index("place")[f"place_{language}"]
    words = {key: both[zh] for key, both in section("page").items()}
    cells = {(r["indicator"], r["place"]): _cell(r, words) for r in frame.to_dict("records")}
    columns = [_column(frame, name, places, cells, language) for name in names]
    first = [words["place"], *(safe(str(label[place]), 30) for place in places)]
    parts = _parted(first, columns, width)
    blocks = ["\n".join(aligned([list(line) for line in zip(*part, strict=True)])) for part in parts]
    legend = f"[ ] {words['interval']}; # {words['rank_span']} ({words['by_high']} = 1)"
    return "\n\n".join([safe(title, 200), *blocks, legend])


def _column(
    frame: pd.DataFrame, name: str, places: Sequence[str], cells: Mapping[tuple[str, str], str], language: str
) -> list[str]:
    mine = frame[frame["indicator"] == name].iloc[0]
    units, unit = section("unit"), str(mine["unit"]).replace(" ", "_")
    words = units.get(unit, units.get(f"currency_{unit}", ("", "")))[language == "zh"]
    head = str(mine[f"indicator_{language}"]) + (
        f" ({words})" if words and unit not in ("share", "index") else ""
    )
    return [safe(head, 44), *(cells.get((name, place), "–") for place in places)]


def _parted(first: list[str], columns: Sequence[list[str]], width: int) -> list[list[list[str]]]:
    """Columns in blocks that fit the terminal, each with the names of the places."""
    taken = max(map(width_of, first))
    blocks: list[list[list[str]]] = []
    room = 0
    for column in columns:
        need = max(map(width_of, column)) + 2
        if not blocks or need > room:
            blocks.append([first])
            room = width - taken
        blocks[-1].append(column)
        room -= need
    return blocks


def _cell(row: Mapping[str, object], words: Mapping[str, str]) -> str:
    if row["held_back"]:
        return words["held"]
    unit = str(row["unit"])
    value, low, high = (float(str(row[name])) for name in ("value", "conf_low", "conf_high"))
    parts = [written(value, unit)]
    if low == low:
        parts.append(f"[{written(low, unit)}–{written(high, unit)}]")
    if row["rank_low"] == row["rank_low"]:
        ends = [int(float(str(row[name]))) for name in ("rank_low", "rank_high")]
        parts.append(f"#{ends[0]}" if ends[0] == ends[1] else f"#{ends[0]}–{ends[1]}")
    return " ".join(parts)


def written(value: float, unit: str) -> str:
    """A number with digits by its size, as the page writes it."""
    if unit == "share":
        percent = 100 * value
        return f"{percent:.2f}%" if abs(percent) < 1 else f"{percent:.1f}%"
    size = abs(value)
    return f"{value:,.{0 if size >= 1000 else 1 if size >= 10 else 2 if size >= 1 else 3}f}"
