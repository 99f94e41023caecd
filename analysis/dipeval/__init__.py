"""Evaluate hospital payment reforms, first of all China's DIP: from raw files to published numbers.

The public names below are imported when they are first used, so that ``import dipeval`` is quick.
The two calls that share the name of their room are ``dipeval.estimate.estimate`` and
``dipeval.infer.infer``.
"""

from __future__ import annotations

from importlib import import_module

__version__ = "0.1.0"

_WHERE = {
    "run_study": "pipeline.run",
    "simulate_study_files": "pipeline.run",
    "load_panel": "pipeline.loading",
    "load_design": "pipeline.loading",
    "load_estimates": "pipeline.loading",
    "load_truth": "pipeline.loading",
    "explain_study": "pipeline.telling",
    "check_study": "pipeline.checking",
    "outcome_values": "panel.outcomes",
    "HospitalPanel": "panel.hospital_panel",
    "build_design": "design",
    "case_cells": "panel.case_query",
    "cells_from_frame": "panel.case_frame",
    "estimate_cases": "estimate.cases",
    "compare": "describe.side_by_side",
    "DesignVariant": "describe.side_by_side",
    "PanelDesign": "design",
    "Estimate": "results",
    "DipevalError": "errors",
    "outcomes": "vocabulary",
    "columns": "vocabulary",
}
__all__ = [*sorted(_WHERE), "__version__"]


def __getattr__(name: str) -> object:
    if name not in _WHERE:
        raise AttributeError(f"module 'dipeval' has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)


def __dir__() -> list[str]:
    return __all__
