"""A city whose raw files are as bad as the field's: every fault at a known rate, each row listed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from ...study.model import City, Source
from ...vocabulary import units
from ..calendar import period_labels, simulated_months
from ..plan import FEWEST_HOSPITALS, CityPlan, Plan
from . import codes
from .base import plain_sheet
from .catalogue import ALL, chosen_rates
from .filing import add_footers, filed, writings_of
from .hospitals import MasterTable
from .putting import put_in
from .sheet import Sheet

FAULT_COLUMNS = ("file", "row", "fault", "rule", "detail")


@dataclass(frozen=True)
class FaultyCity:
    """The raw files of a city, the list of what is wrong with them, and what must come out.

    Attributes
    ----------
    files : mapping of str to bytes
        By declared path.
    faults : pandas.DataFrame
        ``file``, ``row`` (as a spreadsheet counts), ``fault``, ``rule``, ``detail``; sorted. A row of
        data has one fault; what concerns a whole city (an older version of codes) lies under it.
    truth : pandas.DataFrame
        ``source_file``, ``source_row`` and the typed columns of each stay as it must come out of the
        cleaning; money in minor units. Sorted by file and row.
    city, source : City, Source
        The declarations that go with the files.
    hospitals : str
        The master table that goes with them, as CSV; empty where hospitals are what they are called.
    crosswalk : str
        The crosswalk of its diagnoses, as CSV; empty where it declares no versions.
    left_out : tuple of str
        Faults that were asked for and that this format cannot have.
    """

    files: Mapping[str, bytes]
    faults: pd.DataFrame
    truth: pd.DataFrame
    city: City
    source: Source
    hospitals: str
    crosswalk: str
    left_out: tuple[str, ...]

    def counts(self) -> dict[str, int]:
        """Rows that each rule must count."""
        named = self.faults.loc[self.faults["rule"] != "", "rule"]
        return {str(rule): int(n) for rule, n in named.value_counts().sort_index().items()}


def faulty_city(
    city: City,
    source: Source,
    *,
    seed: int,
    rows: int = 600,
    asked: str | Mapping[str, float] = ALL,
    hospitals: int = 9,
    start: str = "2018-01",
    periods: int = 24,
    chinese: bool = False,
) -> FaultyCity:
    """Invent a city's raw files with faults.

    Parameters
    ----------
    city : City
        Its files say how many there are, of which type and in which encoding; its units count.
    source : Source
        The format: headers, codes, delimiter, header row.
    seed : int
    rows : int
        Expected number of stays before faults.
    asked : str or mapping of str to float
        As for :func:`~dipeval.simulate.faulty.catalogue.chosen_rates`.
    start : str
        First month.
    periods : int
        Months.
    chinese : bool
        Whether the first file has Chinese headers and words; files take turns.

    Returns
    -------
    FaultyCity
        The same for the same arguments. Cost: O(rows · columns) Python values.

    Raises
    ------
    StudyError
        When a fault is not known or a rate is no share.
    """
    months = simulated_months(start, periods)
    labels = period_labels(months, "month")
    plan = Plan(seed, months, "month", (labels[0], labels[-1]), {}, {}, ())
    drawn = CityPlan(city.name, city.label_zh, source.name, None, max(hospitals, FEWEST_HOSPITALS), rows)
    return spoilt_city(plan, drawn, city, source, chosen_rates(asked), chinese)


def spoilt_city(
    plan: Plan, drawn: CityPlan, city: City, source: Source, rates: Mapping[str, float], chinese: bool
) -> FaultyCity:
    """Invent the city of a plan and spoil it; as :func:`faulty_city`, which makes a plain plan."""
    sheet = plain_sheet(plan, drawn, source)
    hospitals = sorted(set(sheet.facts["hospital"]))
    diagnoses = set(sheet.facts.get(codes.COLUMN, ()))
    table = MasterTable()
    left_out = put_in(sheet, city, source, rates, table, plan.seed)
    if "unknown_hospital" in rates:
        table.add(hospitals[0], hospitals[0], "", "")
    if source.total_rows == "reject" and "total_row" in rates:
        add_footers(sheet, len(city.files))
    writings, spared = writings_of(city, source, rates, chinese, plan.seed)
    files, places = filed(sheet, writings)
    listed = [(*places[m.row], m.fault, m.rule, m.detail) for m in sheet.marks]
    kept = [(row, told) for row, told in sheet.overlays.items() if sheet.kept[row] and row in places]
    listed += [(*places[row], *told) for row, told in kept]
    listed += [(w.file.path, w.header_row, fault, "", "header") for w in writings for fault in w.faults]
    return FaultyCity(
        files,
        pd.DataFrame(sorted(listed), columns=list(FAULT_COLUMNS)),
        _truth(sheet, places, city, source),
        city,
        source,
        table.text(hospitals),
        codes.crosswalk_text(versions, diagnoses) if (versions := city.code_versions.get(codes.KIND)) else "",
        (*left_out, *spared),
    )


def _truth(sheet: Sheet, places: Mapping[int, tuple[str, int]], city: City, source: Source) -> pd.DataFrame:
    unit = city.units.get("total_cost") or source.columns["total_cost"].unit
    same = {"city": city.name, "source_format": source.name, "currency": units()[unit].currency}
    kept = [(*places[row], row) for row in sheet.order() if sheet.kept[row]]
    found = []
    for path, number, row in sorted(kept):
        stay = sheet.truth(row)
        made = {"period": f"{stay['discharge_date']:%Y-%m}"}
        if "admission_date" in stay:
            made["day_case"] = int(stay["admission_date"] == stay["discharge_date"])
        if sheet.episodes:
            first, part = sheet.episodes.get(row, (row, None))
            made["episode"] = "{}:{}".format(*places[first]) if part else None
            made["episode_part"] = part
        found.append({"source_file": path, "source_row": number, **same, **made, **stay})
    return pd.DataFrame(found, dtype=object)
