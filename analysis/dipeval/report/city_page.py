"""What the page and the table of a checked city are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from dipeval.disclose import Released
from dipeval.ledger import Entry, Ledger
from dipeval.quality.alarms import Alarm
from dipeval.report.page import check_path
from dipeval.report.parts import Words
from dipeval.study.model import Correction

READING: dict[str, Words] = {
    "rows_read": ("rows of the raw file", "原始文件行数"),
    "settlements_made": ("rows of charges made into settlements", "按结算单合并收费明细行"),
    "unusual_notation": (
        "cells in an unusual notation (separators, full-width digits), read all the same",
        "写法不规范但可识别的单元格（千分位、全角数字等）",
    ),
}
"""Labels of what happens while files are read; rules bring their own."""


@dataclass(frozen=True)
class CityPage:
    """Facts of one city's data.

    Attributes
    ----------
    city : str
        Its name.
    label, source : (str, str)
        In English and Chinese: the city, and the format of its files.
    study : str
        The study whose window and population hold; empty for all that the files hold.
    synthetic, draft : bool
        Whether the data are invented; whether the city file still has blanks.
    files : tuple of mappings
        ``path`` (relative), ``sha256``, ``bytes``, ``rows`` and, where known, ``encoding``.
    ledger : Ledger
        Of the reading and the cleaning.
    rules : mapping of str to (str, str)
        Labels of the rules.
    span : (str, str)
        First and last month.
    hospitals : int
    alarms : tuple of Alarm
    warnings : tuple of str
        Of the cleaning.
    heats : tuple of Released
        Exhibits of kind ``heat``.
    amounts : Released
        The exhibit ``amounts``.
    unplaced : int
        Raw rows whose month of discharge is missing, unreadable or outside the span.
    damaged : mapping of str to int
        By column: raw rows with a lost character; columns without any are left out.
    rejected : mapping of str to tuple of (str, int)
        By rule: file and row of the first rows that it rejected.
    corrections : tuple of Correction
        All of them matched as many rows as they expect; otherwise there is no page.
    tables : mapping of str to pandas.DataFrame
        Reviewable facts of the identities (links of hospitals, code versions), by name.
    """

    city: str
    label: Words
    source: Words
    study: str
    synthetic: bool
    draft: bool
    files: tuple[Mapping[str, object], ...]
    ledger: Ledger
    rules: Mapping[str, Words]
    span: tuple[str, str]
    hospitals: int
    alarms: tuple[Alarm, ...]
    warnings: tuple[str, ...]
    heats: tuple[Released, ...]
    amounts: Released
    unplaced: int
    damaged: Mapping[str, int]
    rejected: Mapping[str, tuple[tuple[str, int], ...]]
    corrections: tuple[Correction, ...]
    tables: Mapping[str, pd.DataFrame]

    def __post_init__(self) -> None:
        for entry in self.files:
            check_path(str(entry["path"]))

    def heat(self, name: str) -> Released:
        """One of the heat maps, by its name."""
        return next(one for one in self.heats if one.exhibit.name == name)

    @property
    def rules_applied(self) -> list[Entry]:
        """The entries of the cleaning, in order."""
        return [entry for entry in self.ledger if entry.stage == "clean"]

    @property
    def rows_read(self) -> int:
        """Rows of the raw files."""
        return sum(entry.rows_before for entry in self.ledger if entry.rule == "rows_read")

    @property
    def rows_made(self) -> int:
        """Rows that the rules are given: those read, or the settlements that rows of charges make."""
        made = [entry.rows_before for entry in self.ledger if entry.rule == "settlements_made"]
        return sum(made) if made else self.rows_read

    @property
    def rows_kept(self) -> int:
        """Clean stays."""
        return self.rules_applied[-1].rows_after

    @property
    def rows_rejected(self) -> int:
        """Rows that were read and are no clean stay, by the rule that took them."""
        return sum(entry.rows_rejected for entry in self.ledger)

    @property
    def adds_up(self) -> bool:
        """Whether every row is a clean stay or was rejected by a rule."""
        return self.rows_made == self.rows_kept + self.rows_rejected

    def label_of_rule(self, rule: str) -> Words:
        """The label of a rule; its name where it has none."""
        return self.rules.get(rule) or READING.get(rule, (rule, rule))
