"""What the floors below the pipeline register, handed to the parser on the ground floor."""

from __future__ import annotations

from functools import cache

from ..check.registry import check_kinds
from ..clean.registry import switches
from ..describe.registry import description_kinds
from ..estimate.registry import ESTIMATORS
from ..study import Registries
from ..study.descriptions import EFFECTS
from .inference_words import inference_options, unfit


@cache
def registries() -> Registries:
    """Names and options of the estimators, inference methods, cleaning rules, descriptions, effects and checks."""
    options = {name: spec.option_types for name, spec in ESTIMATORS.items()}
    described, measured = description_kinds(), description_kinds(EFFECTS)
    return Registries(options, inference_options(), switches(), unfit, described, measured, check_kinds())
