"""The exhibit: what is shown or released, before anyone draws it.

A tidy frame whose rows carry, beside the value, the count behind it and the largest contributor's
share, plus labels in two languages. `disclose` judges exhibits by those two columns, `present`
draws and tabulates them; neither knows an estimator.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from dipeval.results.relations import Derived, Sum

REQUIRED = ("value", "count", "largest_share", "label_en", "label_zh")


@dataclass(frozen=True)
class Exhibit:
    """A figure or table as data.

    Attributes
    ----------
    name : str
        File stem, for example ``event_study_mean_log_cost``.
    kind : str
        What draws it: a name that `present` has registered, for example ``event_study``.
    title_en, title_zh : str
        Title in both languages.
    frame : pandas.DataFrame
        Tidy rows with at least `REQUIRED`; `count` is the number of cases (hospital-periods where
        no cases exist) behind the value, `largest_share` the largest hospital's share of them
        (NaN where it has no meaning, which the gate reads as 0 only for design facts with count NaN).
    notes_en, notes_zh : tuple of str
        Footnotes, in order.
    synthetic : bool
        Whether the data are invented; `present` writes it on the exhibit.
    options : dict
        Small drawing facts (axis label, reference period …), plain scalars only. ``ranked``: how many lines, from
        the first on, stand in the order of their numbers; the gate moves those that it holds back behind them.
    sums : tuple of Sum
        Which cells are totals of which, by their names in the column ``cell``; the gate then holds back
        as many more cells as keep the first ones from being computed.
    derived : tuple of Derived
        Cells that are computed from others, and are held back with them.
    """

    name: str
    kind: str
    title_en: str
    title_zh: str
    frame: pd.DataFrame
    notes_en: tuple[str, ...] = ()
    notes_zh: tuple[str, ...] = ()
    synthetic: bool = False
    options: dict[str, object] = field(default_factory=dict)
    sums: tuple[Sum, ...] = ()
    derived: tuple[Derived, ...] = ()

    def __post_init__(self) -> None:
        missing = [c for c in REQUIRED if c not in self.frame.columns]
        if missing:
            raise ValueError(f"exhibit {self.name!r} lacks the columns {missing}")
        if (self.sums or self.derived) and "cell" not in self.frame.columns:
            raise ValueError(f"exhibit {self.name!r} declares sums, but its frame does not name its cells")

    def with_frame(self, frame: pd.DataFrame, *notes: tuple[str, str]) -> Exhibit:
        """Return a copy with another frame and further (English, Chinese) notes."""
        return replace(
            self,
            frame=frame,
            notes_en=(*self.notes_en, *(n[0] for n in notes)),
            notes_zh=(*self.notes_zh, *(n[1] for n in notes)),
        )


def bilingual(
    name: str,
    kind: str,
    titles: Sequence[str],
    frame: pd.DataFrame,
    notes: Sequence[Sequence[str]] = (),
    **facts: object,
) -> Exhibit:
    """An exhibit whose title and notes come as pairs of English and Chinese.

    Parameters
    ----------
    name, kind, frame
        As of `Exhibit`.
    titles : (str, str)
    notes : sequence of (str, str)
    **facts
        Its other fields; a name that it has not is a TypeError.
    """
    english, chinese = tuple(note[0] for note in notes), tuple(note[1] for note in notes)
    return Exhibit(name, kind, titles[0], titles[1], frame, english, chinese, **facts)
