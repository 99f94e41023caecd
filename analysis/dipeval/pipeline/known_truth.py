"""True effects of invented data, as the simulation wrote them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from ..store.frames import read_json

if TYPE_CHECKING:
    from ..store.project import Project
    from .plan import Declared


def known_truth(project: Project, declared: Declared) -> Mapping[str, pd.DataFrame]:
    """True effects by outcome and event time, where the data are invented and the truth file belongs to them.

    Returns
    -------
    mapping of str to pandas.DataFrame
        Columns ``event_time`` and ``true_effect``, averaged over hospital-periods with the weights of the study.
    """
    path = project.data_raw / declared.study.name / "truth.json"
    if declared.study.simulation is None or declared.study.treatment is None or not path.exists():
        return {}
    weights = "discharges" if declared.study.treatment.weights == "discharges" else "hospital_periods"
    effects = pd.DataFrame(read_json(path)["effects"])
    timed = effects[(effects["term"] == "event_time") & (effects["weights"] == weights)]
    return {
        str(name): part[["event_time", "true_effect"]].astype({"event_time": int})
        for name, part in timed.groupby("outcome")
    }
