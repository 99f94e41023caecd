"""The estimates of a study, read back from the files of its stage."""

from __future__ import annotations

from pathlib import Path

from ..describe import EstimateFrames
from ..store.frames import read_csv


def read_estimates(folder: Path) -> list[EstimateFrames]:
    """Estimates as they were written, one for each outcome, estimator and clustering."""
    tidy, terms, facts = (read_csv(folder / f"{name}.csv") for name in ("estimates", "terms", "glance"))
    for frame in (tidy, terms):
        frame["note"] = frame["note"].fillna("")
    key = ["outcome", "estimator", "cluster_shown"]
    found = []
    for position in range(len(facts)):
        one = facts.iloc[[position]].reset_index(drop=True)
        mine = [(frame[key] == one.loc[0, key]).all(axis=1) for frame in (tidy, terms)]
        parts = [frame[m].reset_index(drop=True) for frame, m in zip((tidy, terms), mine, strict=True)]
        found.append(EstimateFrames(*parts, one))
    return found
