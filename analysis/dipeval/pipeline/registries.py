"""What the floors below the pipeline register, handed to the parser on the ground floor."""

from __future__ import annotations

from functools import cache

from ..clean.registry import switches
from ..estimate.registry import ESTIMATORS
from ..infer.registry import INFERENCES
from ..study import Registries


@cache
def registries() -> Registries:
    """Names and options of the estimators, inference methods and cleaning rules."""
    # A reform is assigned to places: a study states no errors by row. Methods that draw are called in Python.
    clustered = tuple(
        name for name, spec in INFERENCES.items() if {"cluster", "small_sample"} <= set(spec.options)
    )
    options = {name: spec.option_types for name, spec in ESTIMATORS.items()}
    return Registries(options, clustered, switches())
