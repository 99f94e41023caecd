"""Group-time effects of Callaway and Sant'Anna, and their averages.

Callaway & Sant'Anna (2021), *Journal of Econometrics* 225(2): for each cohort g and period t the effect
ATT(g, t) compares the change since a period before the reform with that of hospitals not treated (yet).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dipeval.errors import DesignError, Problem, nearest
from dipeval.estimate.estimands import GROUP_TIME
from dipeval.estimate.group_time_averages import AVERAGES, Average, by_shares, evenly, of_groups
from dipeval.estimate.group_time_cells import UNIVERSAL, VARYING, group_time_cells
from dipeval.estimate.group_time_fit import METHODS
from dipeval.estimate.group_time_panel import complete_units, unit_panel
from dipeval.estimate.group_time_result import WEIGHTS_OF, GroupTime, group_time_effects, influence_by
from dipeval.estimate.regression import Block, join_blocks
from dipeval.estimate.sample import Sample
from dipeval.estimate.terms import event_term, group_facts, term_rows
from dipeval.results import Estimate
