"""From the whole report to the panel that a study uses, with every row that goes in the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import pandas as pd

from ..errors import DataError, Problem
from ..ledger import Entry
from ..study.model import Identity, Source
from ..vocabulary import columns
from .hospital_panel import KEY, HospitalPanel

ATTRIBUTE_KINDS = ("text", "code")
Test = Callable[[pd.DataFrame], pd.Series]


def select_report(
    whole: HospitalPanel,
    part: str,
    source: Source,
    *,
    start: str,
    end: str,
    keep: Mapping[str, tuple[str, ...]],
) -> tuple[HospitalPanel, tuple[str, ...]]:
    """Check the report's identities and keep what lies in the study's window and filter.

    In order: identities of the source (flagged or rejected), the filter, the window, rows without
    discharges (no outcome exists for them); then attributes are set to those of each hospital's
    first period.

    Parameters
    ----------
    whole : HospitalPanel
        The report with its ledger.
    part : str
        Name of the city, for the ledger.

    Returns
    -------
    panel : HospitalPanel
        With the ledger of `whole` and that of the selection.
    warnings : tuple of str
        What a reader of the results should know.

    Raises
    ------
    DataError
        If no row is left.
    """
    frame, entries, warnings = whole.frame, [], []
    for identity in source.identities:
        frame, entry, warning = _identity(frame, identity, part)
        entries.append(entry)
        warnings += [warning] if warning else []
    for rule, test, note in _filters(keep, start, end):
        kept = frame[test(frame)]
        entries.append(_entry(part, rule, frame, kept, note))
        frame = kept
    if frame.empty:
        problem = Problem(part, f"no hospital reports discharges in {start} to {end}", "mend the window")
        raise DataError("build panel", [problem])
    frame, entry = _at_baseline(frame, part)
    frame = frame.astype({"discharges": "int64"}).reset_index(drop=True)
    ledger = whole.ledger.add(*entries, entry)
    panel = HospitalPanel(frame, whole.frequency, whole.currency, whole.source, ledger)
    return panel, tuple(warnings)


def _filters(keep: Mapping[str, tuple[str, ...]], start: str, end: str) -> Iterator[tuple[str, Test, str]]:
    """Name, test and note of each filter, in order."""
    for name, words in keep.items():
        yield f"keep_{name}", partial(_among, name, words), f"{name} is one of: {', '.join(words)}"
    yield "window", lambda f: f["period"].between(start, end), f"periods {start} to {end}"
    yield (
        "no_discharges",
        lambda f: (f["discharges"] > 0).fillna(False).astype(bool),
        "none, or none reported",
    )


def _among(name: str, words: tuple[str, ...], frame: pd.DataFrame) -> pd.Series:
    return frame[name].isin(words)


def _identity(frame: pd.DataFrame, identity: Identity, part: str) -> tuple[pd.DataFrame, Entry, str]:
    """Compare a total with the sum of its parts, in minor units; rows that lack one cannot be compared."""
    named = [identity.total, *identity.parts]
    if any(name not in frame for name in named):
        note = "not checked: the files lack " + ", ".join(n for n in named if n not in frame)
        return frame, _entry(part, identity.name, frame, frame, note), f"{part}: {identity.name} {note}"
    amounts = frame[named].dropna()
    rest = amounts[identity.total] - amounts[list(identity.parts)].sum(axis=1)
    broken = rest.index[rest.abs() > identity.tolerance]
    above = int((rest > identity.tolerance).sum())
    lacking = len(frame) - len(amounts)
    note = f"{lacking} rows lack an amount; {len(broken)} depart, {above} with a larger total"
    if identity.action == "reject":
        kept = frame.drop(index=broken)
        return kept, _entry(part, identity.name, frame, kept, note), ""
    entry = _entry(part, identity.name, frame, frame, note, len(broken))
    said = f"{part}: in {len(broken)} of {len(amounts)} rows {identity.total} is not the sum of its parts"
    return frame, entry, said if len(broken) else ""


def _at_baseline(frame: pd.DataFrame, part: str) -> tuple[pd.DataFrame, Entry]:
    """Set every attribute to its first value in the hospital's history; count hospitals that change."""
    attributes = [n for n in frame.columns if n not in KEY and n in columns()]
    attributes = [n for n in attributes if columns()[n].kind in ATTRIBUTE_KINDS]
    by_hospital = frame.groupby(["city", "hospital"])
    first = by_hospital[attributes].transform("first") if attributes else frame[[]]
    changed = frame[attributes].notna() & (frame[attributes] != first)
    told = [
        f"{name} {frame.loc[changed[name], 'hospital'].nunique()}"
        for name in attributes
        if changed[name].any()
    ]
    note = "hospitals that change: " + (", ".join(told) or "none")
    flagged = int(changed.any(axis=1).sum())
    fixed = frame.assign(**{name: first[name] for name in attributes})
    return fixed, _entry(part, "attributes_at_baseline", frame, frame, note, flagged)


def _entry(
    part: str, rule: str, before: pd.DataFrame, after: pd.DataFrame, note: str, flagged: int = 0
) -> Entry:
    hospitals = [int(f.groupby(["city", "hospital"]).ngroups) for f in (before, after)]
    return Entry("panel", part, rule, len(before), len(after), flagged, *hospitals, note)
