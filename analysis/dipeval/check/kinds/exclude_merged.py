"""Kind ``exclude_merged``: the main effect without hospitals that merged, split, were renamed or had another code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dipeval.check.kind import CheckKind
from dipeval.study.grammar import Key

if TYPE_CHECKING:
    from dipeval.check.finding import Finding
    from dipeval.check.subject import Subject
    from dipeval.study.descriptions import DescriptionChoice


def check(subject: Subject, choice: DescriptionChoice) -> Finding:
    """A forest and a table: without merged and split hospitals, without relinked ones, without those named, without all.

    The verdict is by the rule of `check.exclusions.line`; informative where nothing is known to have happened to a
    hospital of the design.

    Cost: one estimate a line.

    Raises
    ------
    DataError
        Hospitals or events that the study does not know.
    """
    from dipeval.check.exclusions.merged import exclude_merged

    return exclude_merged(subject, choice)


KIND = CheckKind(
    check,
    {
        "happened": Key("texts", default=(), doc="merged, split, renamed, recoded, moved …; default: all"),
        "hospitals": Key("texts", default=(), doc="further ones, as city/code"),
        "jump": Key(
            "number",
            default=0,
            low=0,
            doc="also hospitals whose discharges change by this factor within two years; 0: none",
        ),
    },
    "Without merged hospitals",
    "剔除合并医院",
)
