"""The report of what was held back and why: places, rules and how many, never values."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from dipeval.disclose.released import Withheld

COLUMNS = ("exhibit", "row_en", "row_zh", "rule", "reason_en", "reason_zh")


def held_back(withheld: Iterable[Withheld]) -> pd.DataFrame:
    """One row for each row that was held back.

    Parameters
    ----------
    withheld : iterable of Withheld

    Returns
    -------
    pandas.DataFrame, shape (n, 6)
        Columns `COLUMNS`, in the order given; ``rule`` is ``too_few``, ``one_contributor``,
        ``unknown_contributor``, ``secondary``, ``derived`` or ``unrounded``.
    """
    return pd.DataFrame([[getattr(w, c) for c in COLUMNS] for w in withheld], columns=list(COLUMNS))


def held_counts(withheld: Iterable[Withheld]) -> pd.DataFrame:
    """How many rows each rule held back in each exhibit.

    Parameters
    ----------
    withheld : iterable of Withheld

    Returns
    -------
    pandas.DataFrame
        Columns ``exhibit``, ``rule``, ``reason_en``, ``reason_zh``, ``rows`` (int64), sorted.
    """
    keys = ["exhibit", "rule", "reason_en", "reason_zh"]
    return held_back(withheld).groupby(keys, sort=True).size().rename("rows").reset_index()
