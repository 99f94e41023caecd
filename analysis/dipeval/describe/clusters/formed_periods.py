"""On which periods a clustering is formed, and which of them lie at or after a reform."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dipeval.design.calendar import period_code, period_frequency
from dipeval.errors import DataError, Problem
from dipeval.study import NEVER
from dipeval.study.grammar import Key

if TYPE_CHECKING:
    import pandas as pd

    from dipeval.study.descriptions import DescriptionChoice

REFUSE, ALLOW = "refuse", "allow"
PERIOD_KEYS = {
    "formed": Key(
        "texts",
        default=(),
        doc='first and last period on which clusters are formed, like ["2016-01", "2018-12"]; none: the whole window',
    ),
    "after_reform": Key(
        "text",
        default=REFUSE,
        choices=(REFUSE, ALLOW),
        doc="effects by clusters that were formed on periods at or after the reform: refused, or allowed with a warning",
    ),
}


def formed_rows(panel: pd.DataFrame, choice: DescriptionChoice, key: str = "formed") -> pd.DataFrame:
    """Rows of the periods on which a clustering is formed, or something else of hospitals is measured.

    Parameters
    ----------
    panel : pandas.DataFrame
        With ``period``.
    choice : DescriptionChoice
        Its option is a first and a last period, or empty for all.
    key : str
        Name of the option.

    Returns
    -------
    pandas.DataFrame
        The rows in their order, numbered anew.

    Raises
    ------
    DataError
        If the span is none, is of another frequency, or the panel has no row in it.
    """
    span = [str(word) for word in choice.options.get(key) or ()]
    if not span:
        return panel
    periods = panel["period"].astype("str")
    kept = panel[periods.between(span[0], span[-1])].reset_index(drop=True)
    what = _fault(span, str(periods.iloc[0]) if len(periods) else "2016-01", len(kept))
    if what:
        todo = f"write a span inside {periods.min()} to {periods.max()}, the first period before the last"
        raise DataError("clusters" if key == "formed" else "describe", [Problem(key, what, todo)])
    return kept


def _fault(span: list[str], like: str, rows: int) -> str:
    if len(span) != 2:
        return f"names {len(span)} periods, not a first and a last one"
    try:
        frequencies = {period_frequency(word) for word in span}
    except ValueError as error:
        return str(error)
    if frequencies != {period_frequency(like)}:
        return f"{span[0]}, {span[1]} are no periods of the panel, which has {period_frequency(like)}s"
    if period_code(span[0]) > period_code(span[1]):
        return f"{span[1]} lies before {span[0]}"
    return "" if rows else f"the panel has no row from {span[0]} to {span[1]}"


def periods_after_reform(panel: pd.DataFrame, formed: pd.DataFrame, anticipation: int) -> tuple[str, ...]:
    """Periods on which a clustering was formed at which some hospital counts as treated.

    Parameters
    ----------
    panel : pandas.DataFrame
        All rows; ``cohort`` is a hospital's first treated period, ``never``, or there is no such column.
    formed : pandas.DataFrame
        The rows on which the clustering was formed.
    anticipation : int
        Periods before the reform that count as treated.

    Returns
    -------
    tuple of str
        Sorted. One treated hospital anywhere is enough: what it does may move the others too.
    """
    if "cohort" not in panel.columns:
        return ()
    starts = {str(word) for word in panel["cohort"].dropna()} - {NEVER}
    if not starts:
        return ()
    first = min(period_code(word) for word in starts) - anticipation
    return tuple(sorted(p for p in set(formed["period"].astype("str")) if period_code(p) >= first))
