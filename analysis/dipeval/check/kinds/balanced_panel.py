"""Kind ``balanced_panel``: the main effect on hospitals that are there throughout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dipeval.check.kind import CheckKind
from dipeval.study.grammar import Key

if TYPE_CHECKING:
    from dipeval.check.finding import Finding
    from dipeval.check.subject import Subject
    from dipeval.study.descriptions import DescriptionChoice


def check(subject: Subject, choice: DescriptionChoice) -> Finding:
    """A table with differences and a forest: ``<name>`` and ``<name>_effects``.

    Failed where a difference from the main estimate is significant at 5 % after Holm and at least ``margin`` of it, and changes
    its sign or whether its interval excludes zero; passed where none is significant and as large, and each interval of a
    difference is shorter to either side than the main effect, or where the panel is balanced; else informative.

    Cost: two estimates.
    """
    from dipeval.check.selection.complete import balanced_panel

    return balanced_panel(subject, choice)


KIND = CheckKind(
    check,
    {"margin": Key("number", default=0.1, low=0, high=1, doc="share of the main effect; less is no failure")},
    "Balanced against unbalanced panel",
    "平衡面板与非平衡面板",
)
