"""Units of money: what headers say, and whether medians are plausible. Proposed, never applied."""

from __future__ import annotations

from dataclasses import dataclass

from ..quality.alarms import plausible_stay
from ..vocabulary import units
from .findings import Findings
from .fit import Fit

SAID = "the header says so"


@dataclass(frozen=True)
class UnitNote:
    """What is known of the unit of one header of one table.

    Attributes
    ----------
    table, header, column : str
    declared : str
        The unit by the format.
    said : str
        The unit that the header's text names; empty when it names none.
    median : float
        Of the amounts above 0, in the file's own unit; NaN when there is none.
    proposed : str
        A unit to look at; empty when nothing speaks against the declared one.
    why : str
    """

    table: str
    header: str
    column: str
    declared: str
    said: str
    median: float
    proposed: str = ""
    why: str = ""


def unit_notes(findings: Findings) -> list[UnitNote]:
    """One note for each money header of each file."""
    notes = []
    for file in findings.files:
        for sheet in file.sheets[:1]:
            fit = sheet.fit(findings.source.name)
            for amounts in file.facts.amounts if file.facts else ():
                notes.append(_note(findings, file.path, fit, amounts.column, amounts.item, amounts.median))
    return notes


def _note(findings: Findings, table: str, fit: Fit, column: str, item: int, median: float) -> UnitNote:
    rule = findings.source.columns[column]
    aliases = set(rule.items[item])
    header = next((h for h in fit.headers if h.is_matched and h.alias in aliases), None)
    said = header.unit if header else ""
    text = header.text if header else rule.items[item][0]
    proposed, why = "", ""
    if said and said != rule.unit:
        proposed, why = said, SAID
    elif column == "total_cost" and findings.source.layer == "discharges":
        proposed, why = _by_median(median, rule.unit)
    return UnitNote(table, text, column, rule.unit, said, median, proposed, why)


def _by_median(median: float, unit: str) -> tuple[str, str]:
    """Another unit where the median of a stay is out of all proportion in the declared one."""
    known = units()[unit]
    span = plausible_stay(known.currency)
    if span is None or not median > 0 or _lies_in(median * known.minor_per_unit, span):
        return "", ""
    alike = [other for other in units().values() if other.currency == known.currency and other.name != unit]
    fitting = [other.name for other in alike if _lies_in(median * other.minor_per_unit, span)]
    why = f"the median stay would cost {median:,.4g} {unit}"
    return (fitting[0] if len(fitting) == 1 else ""), why


def _lies_in(amount: float, span: tuple[float, float]) -> bool:
    return span[0] <= amount <= span[1]
