"""What the floors below the pipeline register, handed to the parser on the ground floor."""

from __future__ import annotations

from functools import cache

from ..clean.registry import rule_names
from ..estimate.registry import estimator_options
from ..infer.registry import method_names
from ..study import Registries


@cache
def registries() -> Registries:
    """Names and options of the estimators, inference methods and cleaning rules."""
    return Registries(estimator_options(), method_names(), rule_names())
