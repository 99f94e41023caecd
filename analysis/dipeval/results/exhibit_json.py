"""Exhibits as plain values beside their frame, so that a later stage can read them back."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from dipeval.results.exhibit import Exhibit
from dipeval.results.relations import Derived, Sum

TEXTS = ("name", "kind", "title_en", "title_zh")
NOTES = ("notes_en", "notes_zh")


def exhibit_facts(exhibit: Exhibit) -> dict[str, object]:
    """Everything of an exhibit but its frame."""
    return {
        **{name: getattr(exhibit, name) for name in TEXTS},
        **{name: list(getattr(exhibit, name)) for name in NOTES},
        "synthetic": exhibit.synthetic,
        "options": dict(exhibit.options),
        "sums": [[s.total, *s.parts] for s in exhibit.sums],
        "derived": [[d.cell, *d.of] for d in exhibit.derived],
    }


def exhibit_of(facts: Mapping[str, object], frame: pd.DataFrame) -> Exhibit:
    """Read back what `exhibit_facts` told, with its frame."""
    return Exhibit(
        **{name: str(facts[name]) for name in TEXTS},
        **{name: tuple(facts[name]) for name in NOTES},
        frame=frame,
        synthetic=bool(facts["synthetic"]),
        options=dict(facts["options"]),
        sums=tuple(Sum(total, tuple(parts)) for total, *parts in facts["sums"]),
        derived=tuple(Derived(cell, tuple(of)) for cell, *of in facts["derived"]),
    )
