"""One check with what it was asked of."""

from __future__ import annotations

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
