"""Which terms of an estimate a method is asked about."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dipeval.errors import DesignError, Problem, nearest
from dipeval.results import Estimate


def chosen_terms(base: Estimate, terms: Sequence[str] | None) -> list[int]:
    """Places of the terms that were named, or of all; those without an error are left out.

    Parameters
    ----------
    base : Estimate
        With clustered errors.
    terms : sequence of str or None

    Raises
    ------
    DesignError
        A name is not in the estimate.
    """
    known = list(base.params.index)
    has_error = np.isfinite(base.inference.std_error)
    if terms is None:
        return np.flatnonzero(has_error).tolist()
    problems = [
        Problem(f"term {name}", "is not in the estimate", nearest(name, known))
        for name in terms
        if name not in known
    ]
    if problems:
        raise DesignError("infer", problems)
    return [k for k in (known.index(name) for name in terms) if has_error[k]]
