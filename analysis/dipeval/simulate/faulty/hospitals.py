"""What befalls whole hospitals: new codes and names, mergers, a new level, months without data.

A city with such hospitals comes with a master table that says so, as a careful user would write it.
"""

from __future__ import annotations

import csv
import datetime
import io
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from .scene import Scene

COLUMNS = (
    "code",
    "valid_from",
    "valid_to",
    "hospital",
    "name",
    "level",
    "ownership",
    "type",
    "event",
    "source",
)
INVENTED = "invented"
HIGHER = {"primary": "secondary", "secondary": "tertiary", "tertiary": "tertiary"}
SILENT_MONTHS = 2
JUDGED_STAYS = 70
"""With so many in two years, one of them has enough to be judged."""


@dataclass
class MasterTable:
    """The rows of a city's master table of hospitals; hospitals that nothing befell keep their code."""

    rows: list[dict[str, str]] = field(default_factory=list)

    def add(self, code: str, hospital: str, since: str, until: str, **more: str) -> None:
        """Write one span of a code; `more` are further columns of the table."""
        span = {"code": code, "hospital": hospital, "valid_from": since, "valid_to": until}
        self.rows.append({**dict.fromkeys(COLUMNS, ""), **span, "source": INVENTED, **more})

    def text(self, codes: list[str]) -> str:
        """The table as CSV, with all other codes of the city; empty when nothing befell any."""
        if not self.rows:
            return ""
        told = {row["code"] for row in self.rows}
        for code in sorted(set(codes) - told):
            self.add(code, code, "", "")
        stream = io.StringIO()
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted(self.rows, key=lambda row: (row["code"], row["valid_from"])))
        return stream.getvalue()


Befall = Callable[[Scene, MasterTable, list[list[int]]], None]
"""Puts a fault into the rows of some hospitals."""


@dataclass(frozen=True)
class Misfortune:
    """How many hospitals a fault needs at once, how it is put in, and stays that each must have."""

    hospitals: int
    put: Befall
    fewest: int = 1


def _middle(scene: Scene, rows: list[int]) -> datetime.date:
    """The first of the month in which half of a hospital's stays have ended."""
    days = sorted(scene.sheet.facts["discharge_date"][row] for row in rows)
    return days[len(days) // 2].replace(day=1)


def _linked(scene: Scene, row: int, hospital: str, name: str, level: str) -> None:
    sheet = scene.sheet
    for column, value in (("hospital", hospital), ("hospital_name", name), ("level", level)):
        if value and column in sheet.facts:
            sheet.right(row, column, value)
    scene.mark(row, hospital)


def _recoded(scene: Scene, table: MasterTable, groups: list[list[int]]) -> None:
    """A new code, a new name and a higher level from one day on; the files never learn of the level."""
    (rows,) = groups
    facts = scene.sheet.facts
    old, level = facts["hospital"][rows[0]], facts["level"][rows[0]]
    new, day, identity = old + "N", _middle(scene, rows), f"{scene.city.name}_renamed_{old[-3:]}"
    before, after = f"虚拟旧名医院{old[-3:]}", f"虚拟新名医院{old[-3:]}"
    eve = day - datetime.timedelta(1)
    table.add(old, identity, "", f"{eve}", name=before, level=level, event="opened")
    table.add(new, identity, f"{day}", "", name=after, level=HIGHER[level], event="recoded")
    for row in rows:
        is_new = facts["discharge_date"][row] >= day
        if is_new:
            facts["hospital"][row] = new
        _linked(scene, row, identity, after if is_new else before, HIGHER[level] if is_new else level)


def _merged(scene: Scene, table: MasterTable, groups: list[list[int]]) -> None:
    """Two hospitals become one: the younger's stays come under the elder's code from one day on."""
    elder, younger = groups
    facts = scene.sheet.facts
    codes = [facts["hospital"][rows[0]] for rows in groups]
    day, identity = _middle(scene, younger), f"{scene.city.name}_merged_{codes[0][-3:]}"
    eve = day - datetime.timedelta(1)
    table.add(codes[0], identity, "", "", event="merged")
    table.add(codes[1], identity, "", f"{eve}", event="merged")
    for row in younger:
        if facts["discharge_date"][row] >= day:
            facts["hospital"][row] = codes[0]
    for row in (*elder, *younger):
        _linked(scene, row, identity, "", "")


def _silent(scene: Scene, table: MasterTable, groups: list[list[int]]) -> None:
    """A hospital sends nothing for some months; there is no row to list, so the months are."""
    (rows,) = groups
    facts = scene.sheet.facts
    since = _middle(scene, rows)
    until = (since + datetime.timedelta(31 * SILENT_MONTHS)).replace(day=1)
    scene.sheet.gone |= {row for row in rows if since <= facts["discharge_date"][row] < until}
    last = until - datetime.timedelta(1)
    scene.mark(-1, f"{facts['hospital'][rows[0]]} from {since} to {last}")


def _unit_error(scene: Scene, table: MasterTable, groups: list[list[int]]) -> None:
    """One year of a hospital in the smaller unit: fen under yuan, yuan under ten thousand yuan."""
    (rows,) = groups
    sheet = scene.sheet
    day = sheet.facts["discharge_date"]
    years = Counter(day[row].year for row in rows)
    year = max(years, key=lambda one: (years[one], one))
    factor = scene.per_unit("total_cost")
    for row in (row for row in rows if day[row].year == year):
        for values in sheet.amounts.values():
            values[row] = None if values[row] is None else values[row] * factor
        scene.mark(row, f"amounts times {factor}")


MISFORTUNES = {
    "hospital_recoded": Misfortune(1, _recoded),
    "hospitals_merged": Misfortune(2, _merged),
    "hospital_silent": Misfortune(1, _silent),
    "unit_error": Misfortune(1, _unit_error, JUDGED_STAYS),
}
