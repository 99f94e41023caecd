"""What became of hospitals over time, as their identity was decided: merged, split, renamed, with another code.

Two places decide it: a city's master table of hospitals (``hospital_links.csv`` of its cleaning) and the links of a report
that is a panel (``links.csv`` of the panel). Here both are one small table, by which a check may leave hospitals out.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ..panel.names import fold, town_words
from ..store.frames import read_csv

if TYPE_CHECKING:
    from .plan import Declared
    from .stages import Workspace

COLUMNS = ("city", "hospital", "happened")
CODES = ("code", "hospital", "place_b")
OPENED = "opened"
SAME = "same_name"
REFUSED = {"a merger": "merged", "a split": "split"}
"""How the reason of a refused link begins, and what happened then."""


def linked_hospitals(workspace: Workspace, declared: Declared) -> pd.DataFrame:
    """Hospitals of a study to which something happened, one row a hospital and thing.

    Returns
    -------
    pandas.DataFrame
        ``city``, ``hospital`` (as the panel calls it) and ``happened``: an event of the master table (``merged``, ``split``,
        ``renamed``, …), ``recoded`` where several codes are one hospital, or the rule that linked two names of a report;
        sorted; empty where nothing was decided.
    """
    read = _of_report if declared.layer == "panel" else _of_table
    files = {name: _file(workspace, declared, name) for name in declared.study.cities}
    found = [read(read_csv(path, CODES), name) for name, path in files.items() if path.exists()]
    rows = pd.concat(found) if found else pd.DataFrame(columns=list(COLUMNS))
    return rows.drop_duplicates().sort_values(list(COLUMNS)).reset_index(drop=True)


def _file(workspace: Workspace, declared: Declared, city: str) -> Path:
    if declared.layer == "panel":
        return workspace.folder("panel") / "links.csv"
    return workspace.folder(f"clean/{city}") / "hospital_links.csv"


def _of_table(links: pd.DataFrame, city: str) -> pd.DataFrame:
    """Events of the master table, and hospitals with several codes."""
    told = links.loc[links["event"].notna() & (links["event"] != OPENED), ["hospital", "event"]]
    codes = links.groupby("hospital")["code"].nunique()
    several = pd.DataFrame({"hospital": codes.index[codes > 1], "event": "recoded"})
    both = pd.concat([told, several]).astype(str)
    return both.assign(city=city).rename(columns={"event": "happened"})[list(COLUMNS)]


def _of_report(links: pd.DataFrame, city: str) -> pd.DataFrame:
    """Names that were linked, and mergers and splits, in which nothing was linked: there both sides count."""
    made = links[(links["decision"] == "made") & (links["rule"] != SAME)]
    rows = list(zip(made["hospital"], made["rule"], strict=True))
    refused = links[links["decision"] == "refused"]
    for start, happened in REFUSED.items():
        for line in refused[refused["reason"].fillna("").str.startswith(start)].to_dict("records"):
            rows += [(line["hospital"], happened), (_later(line), happened)]
    made = pd.DataFrame(rows, columns=["hospital", "happened"]).astype(str)
    return made.assign(city=city)[list(COLUMNS)]


def _later(line: dict[str, object]) -> str:
    """The identity of the later of two hospitals, which begins there (see `panel.sightings.identities`)."""
    region = str(line["canton"])
    town = town_words(str(line["place_b"]), region)
    return "-".join([region, *town, *(word for word in fold(str(line["name_b"])) if word not in town)])
