"""Discharges → hospital-period panel, in one query of integers per city."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..study.model import City
from .hospital_panel import HospitalPanel

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from ..store.engine import Engine


def hospital_panel(
    engine: Engine,
    discharges: Mapping[str, ir.Table | Path],
    cities: Mapping[str, City],
    *,
    frequency: str,
    start: str,
    end: str,
) -> HospitalPanel:
    """Sum and count the discharges of every hospital and period.

    Parameters
    ----------
    discharges : mapping of str to ibis table or Path
        Clean discharges by city name, or the Parquet file that holds them.
    """
    raise NotImplementedError
