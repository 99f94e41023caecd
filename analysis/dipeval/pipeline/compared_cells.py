"""How the cells of a comparison hang together with those of the study's other exhibits.

Trends show the cases of a cohort in each period, Table 1 those of an arm; a city that is held back could be
computed from them and from the other cities, were they not judged together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from ..describe.cities.cells import TABLE
from ..describe.cities.placement import ALL
from ..describe.cities.spans import spans_of
from ..results.exhibit import Exhibit
from ..results.relations import Sum


def with_compared_cells(
    unshown: Exhibit,
    exhibits: Sequence[Exhibit],
    frame: pd.DataFrame,
    atoms: pd.Series,
    frequency: str,
    *,
    by_city: bool,
) -> Exhibit:
    """Declare the steps of a comparison as sums of the atoms that all other exhibits are sums of.

    Parameters
    ----------
    unshown : Exhibit
        The atoms, from `shared_cells.with_shared_cells`.
    exhibits : sequence of Exhibit
        All of the study.
    frame : pandas.DataFrame, shape (n, …)
        Rows of the panel, with ``city`` and ``period``.
    atoms : pandas.Series of str, shape (n,)
        The atom that each row lies in; an atom is within one city.
    frequency : str
    by_city : bool
        Whether cities are compared; other places cut through atoms, and only all together is a sum of them.

    Returns
    -------
    Exhibit
        `unshown` with further sums, for cells that are in an exhibit; years and the whole window are sums of
        steps by themselves. Cost O(n).
    """
    shown = {str(cell) for e in exhibits if e.kind == "cities" for cell in e.frame["cell"]}
    if not shown:
        return unshown
    spans = spans_of(list(frame["period"]), frequency)
    step = frame["period"].map({period: names[-1] for period, names in spans.of_period.items()})
    place = frame["city"].astype("str") if by_city else pd.Series(ALL, frame.index)
    cells = f"{TABLE}/place=" + place + "/span=" + step
    pairs = pd.DataFrame({"cell": cells.to_numpy(), "atom": atoms.to_numpy()}).drop_duplicates()
    pairs = pairs[pairs["cell"].isin(shown)]
    sums = tuple(
        Sum(str(cell), tuple(sorted(part["atom"]))) for cell, part in pairs.groupby("cell", sort=True)
    )
    return replace(unshown, sums=(*unshown.sums, *sums))
