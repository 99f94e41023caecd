"""One check with what it was asked of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from dipeval.check.finding import Finding, Words
from dipeval.check.subject import Subject
from dipeval.study.descriptions import DescriptionChoice


@dataclass(frozen=True)
class Checked:
    """A check of a study and its finding.

    Attributes
    ----------
    choice : DescriptionChoice
        As the study declares it.
    label : (str, str)
        What the kind is called.
    subject : Subject
    finding : Finding
    """

    choice: DescriptionChoice
    label: Words
    subject: Subject
    finding: Finding

    @property
    def title(self) -> Words:
        """The study's own title of the check, or its kind's."""
        return self.choice.titles(*self.label)


def names_of(checked: Sequence[Checked], *, with_outcomes: bool = True) -> list[Words]:
    """What tells each check from the others, in English and Chinese.

    Its title; where titles are alike, that of its first exhibit, or its name behind it where it has none; and, with
    `with_outcomes`, the outcome where checks have several.
    """
    titles = Counter(one.title for one in checked)
    several = with_outcomes and len({one.subject.outcome.name for one in checked}) > 1
    return [_named(one, titles[one.title] > 1, several) for one in checked]


def _named(one: Checked, alike: bool, several: bool) -> Words:
    english, chinese = one.title
    shown = one.finding.exhibits
    if alike and shown:
        english, chinese = shown[0].title_en, shown[0].title_zh
    if several:
        outcome = one.subject.outcome
        english, chinese = f"{english} ({outcome.label_en})", f"{chinese}（{outcome.label_zh}）"
    if alike and not shown:
        english, chinese = f"{english} [{one.choice.name}]", f"{chinese}［{one.choice.name}］"
    return english, chinese
