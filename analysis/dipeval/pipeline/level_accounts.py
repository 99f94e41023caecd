"""Effects of accounts by hospital level: the main estimator on the hospitals of each level."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ..errors import DesignError
from ..estimate.call import estimate
from ..panel.outcomes import outcome_values
from ..vocabulary import accounts, outcomes
from .designing import Designed
from .families import Estimated

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..results.estimate import Estimate
    from .plan import Declared

LEVEL = "level"
LEVELS = ("tertiary", "secondary", "primary")


def level_estimates(
    declared: Declared, designed: Designed, inferred: Callable[[Estimate], Iterator[Estimated]]
) -> Iterator[Estimated]:
    """Every outcome of a whole account by level, called by the level; under the study's first clustering.

    Parameters
    ----------
    inferred : callable
        From an estimate to the same under each clustering.

    Notes
    -----
    Nothing where hospitals have no level, or one; a level in which the design cannot answer is left out.
    Cost: levels × outcomes estimates.
    """
    study, frame = declared.study, designed.frame
    whole = [a for a in accounts().values() if {a.total, *a.parts} <= set(study.outcomes)]
    names = [name for name in study.outcomes if any(name in (a.total, *a.parts) for a in whole)]
    there = [level for level in LEVELS if LEVEL in frame.columns and (frame[LEVEL] == level).any()]
    if len(there) < 2:
        return
    (main,) = (choice for choice in study.estimators if choice.name == study.main)
    for level in there:
        inside = (frame[LEVEL] == level).to_numpy(dtype=bool)
        for name in names:
            values = np.where(inside, outcome_values(frame, outcomes()[name])[0], np.nan)
            try:
                made = estimate(
                    designed.design,
                    values,
                    estimator=main.name,
                    outcome=name,
                    study=study.name,
                    **main.options,
                )
                found = next(inferred(made))
            except DesignError:
                continue
            yield Estimated(found.cluster, replace(found.estimate, estimator=level))
