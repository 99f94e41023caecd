"""Invented cities with known true effects, in the raw formats that users bring."""

from .invent import simulate_panel, simulate_study
from .truth import Truth

__all__ = ["Truth", "simulate_panel", "simulate_study"]
