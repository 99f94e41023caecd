"""Which terms of an estimate a method is asked about."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dipeval.errors import DesignError, Problem, nearest
from dipeval.results import Estimate


def chosen_terms(base: Estimate, terms: Sequence[str] | None, *, with_error: bool = True) -> list[int]:
    """Places of the terms that were named, or of all; those without an error (or an estimate) are left out.

    Parameters
    ----------
    base : Estimate
        With clustered errors.
    terms : sequence of str or None
    with_error : bool
        Whether a term must have an error, or an estimate that is no reference.

    Raises
    ------
    DesignError
        A name is not in the estimate.
    """
    known = list(base.params.index)
    has_error = np.isfinite(base.inference.std_error)
    if not with_error:
        has_error = base.params.notna().to_numpy() & ~base.terms["is_reference"].to_numpy(bool)
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
