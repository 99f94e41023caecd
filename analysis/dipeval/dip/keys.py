"""The key of a disease type: parsed strictly, so that no type is read as another.

Written ``C50.9:86.0603`` or ``C50.9_86.0603``, or in the dashed style ``K35-47.0100-``. A diagnosis starts
with a letter and a procedure with a digit, so a range of categories (``A15-A16-33.2400-``) cannot be
mistaken for a procedure. Procedures done together are joined by ``+``. No procedure: ``I20.0:conservative``
or ``I20.0--``. A comprehensive type is ``I20/surgery_related`` by category, or ``09/conservative`` by
chapter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from .codes import diagnosis_of, procedure_of

CLASSES = ("conservative", "diagnostic", "therapeutic", "surgery_related")
"""Treatment classes: 保守治疗, 诊断性操作, 治疗性操作, 相关手术; a case has the last one of its
procedures'."""
CODE = r"[A-Za-z][0-9]{2}(?:\.[0-9A-Za-z]{1,7})?[+*]?"
DASHED = re.compile(rf"^({CODE})(?:-({CODE}))?-([0-9][^-]*)?-$")
SEPARATED = re.compile(rf"^({CODE})(?:-({CODE}))?[:_](conservative|[0-9].*)$")
COMPREHENSIVE = re.compile(r"^([A-Z][0-9]{2}|[0-9]{2})/([a-z_]+)$")


@dataclass(frozen=True)
class TypeKey:
    """A parsed key.

    Attributes
    ----------
    diagnoses : tuple of str
        What a case's diagnosis may be, at four or three characters; a range is written out. For a
        comprehensive type its category or chapter.
    procedures : tuple of str
        Comparable procedures in order; empty for conservative treatment.
    treatment_class : str
        Of a comprehensive type; else empty.
    """

    diagnoses: tuple[str, ...]
    procedures: tuple[str, ...]
    treatment_class: str = ""

    @property
    def text(self) -> str:
        """The canonical way to write it; equal keys are the same type."""
        if self.treatment_class:
            return f"{self.diagnoses[0]}/{self.treatment_class}"
        several = (
            f"{self.diagnoses[0]}-{self.diagnoses[-1]}" if len(self.diagnoses) > 1 else self.diagnoses[0]
        )
        return f"{several}:{'+'.join(self.procedures) or CLASSES[0]}"


@lru_cache(maxsize=1 << 16)
def parse_key(text: str) -> TypeKey | str:
    """Parse a key, or say in words why it is none.

    Returns
    -------
    TypeKey or str
    """
    stripped = text.strip()
    pooled = COMPREHENSIVE.match(stripped)
    if pooled:
        if pooled.group(2) not in CLASSES:
            return f"'{pooled.group(2)}' is no treatment class"
        return TypeKey((pooled.group(1),), (), pooled.group(2))
    found = DASHED.match(stripped) or SEPARATED.match(stripped)
    if not found:
        return "is not a diagnosis and a set of procedures"
    diagnoses = _diagnoses(found.group(1), found.group(2))
    if isinstance(diagnoses, str):
        return diagnoses
    written = found.group(3) or ""
    parts = [] if written in ("", CLASSES[0]) else written.split("+")
    procedures = [procedure_of(part) for part in parts]
    wrong = [part for part, code in zip(parts, procedures, strict=True) if not code]
    if wrong:
        return f"'{wrong[0]}' is not a procedure code"
    if len(set(procedures)) < len(procedures):
        return "names a procedure twice"
    return TypeKey(diagnoses, tuple(sorted(procedures)))


def _diagnoses(first: str, last: str | None) -> tuple[str, ...] | str:
    """One diagnosis, or all categories of a range."""
    start = diagnosis_of(first)
    if not start:
        return f"'{first}' is not a diagnosis code"
    if last is None:
        return (start,)
    end = diagnosis_of(last)
    if len(start) != 3 or len(end) != 3 or start[0] != end[0] or not start < end:
        return f"'{first}-{last}' is no range of categories of one letter"
    return tuple(f"{start[0]}{number:02d}" for number in range(int(start[1:]), int(end[1:]) + 1))
