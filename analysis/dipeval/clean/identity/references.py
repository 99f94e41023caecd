"""What a cleaning looks up beside the raw files: the master table of hospitals, the crosswalks of codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .crosswalk import Crosswalk
from .hospital_table import HospitalRecord


@dataclass(frozen=True)
class References:
    """The tables that a city declares.

    Attributes
    ----------
    hospitals : tuple of HospitalRecord
        Empty where the codes of the files are used as they are.
    hospital_table : str
        Where they stand, for messages.
    crosswalks : mapping of str to Crosswalk
        By the file's name.
    """

    hospitals: tuple[HospitalRecord, ...] = ()
    hospital_table: str = ""
    crosswalks: Mapping[str, Crosswalk] = field(default_factory=dict)


NOTHING = References()
