"""Rows that stand in the order of their numbers, and some of which are held back.

The place of a row between two numbers that are shown would bound its own. So those that are held back go behind
those that are shown, in the order of their labels.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from dipeval.disclose.rows import PASSES


def unranked(frame: pd.DataFrame, found: np.ndarray, ranked: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Move rows that are held back behind the others.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, …)
        A row a line, or several of one line that bear the same ``row``.
    found : numpy.ndarray of str, shape (n,)
        The rule that holds each row back; that of the first row of a line counts for the line.
    ranked : int
        How many lines, from the first on, stand in the order of their numbers.

    Returns
    -------
    frame, found
        In the new order; as they were where nothing is ranked. Cost O(n log n).
    """
    if not ranked or not (found != PASSES).any():
        return frame, found
    lines = frame["row"].astype("str") if "row" in frame.columns else pd.Series(range(len(frame)))
    label = frame["row_en" if "row" in frame.columns else "label_en"].astype("str")
    first = pd.DataFrame({"line": lines, "label": label, "held": found != PASSES}).drop_duplicates("line")
    first["group"] = np.where(np.arange(len(first)) >= ranked, 2, first["held"].astype(int))
    first["within"] = np.where(
        first["group"] == 1, first["label"].rank(method="first"), np.arange(len(first))
    )
    order = first.sort_values(["group", "within"], kind="stable")["line"].tolist()
    place = lines.map({line: k for k, line in enumerate(order)}).to_numpy()
    moved = np.argsort(place, kind="stable")
    return frame.iloc[moved].reset_index(drop=True), found[moved]
