"""A study's panel, design and results as objects, for notebooks and other Python."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from ..panel.hospital_panel import HospitalPanel
from ..store.frames import read_csv, read_json
from ..store.project import open_project
from .designing import Designed, design_study
from .paneling import read_panel
from .plan import declare
from .restricting import design_panel_in
from .run import Say, quiet, run_study


def load_panel(
    name: str, *, data: Path | None = None, root: Path | None = None, say: Say = quiet
) -> HospitalPanel:
    """The hospital-period panel of a study; what must run for it is run.

    Raises
    ------
    DipevalError
        As `run_study`.
    """
    run_study(name, data=data, root=root, say=say, only="panel")
    return read_panel(open_project(root, data).data_clean / name / "panel")


def load_design(
    name: str, *, data: Path | None = None, root: Path | None = None, say: Say = quiet
) -> Designed:
    """The design of a study, with the frame it was built from."""
    load_panel(name, data=data, root=root, say=say)
    project = open_project(root, data)
    declared = declare(project, name)
    return design_study(declared, design_panel_in(project.data_clean / name, declared))


def load_estimates(
    name: str, *, data: Path | None = None, root: Path | None = None, say: Say = quiet
) -> pd.DataFrame:
    """All estimates of a study with the tidy columns and the clustering variable; run if they must be.

    Those of its models on cases come last, with the name of the model as `estimator`.
    """
    run_study(name, data=data, root=root, say=say)
    project = open_project(root, data)
    stages = ["estimates", *(["case_models"] if declare(project, name).study.case_models else [])]
    found = [read_csv(project.data_clean / name / stage / "estimates.csv") for stage in stages]
    return pd.concat(found, ignore_index=True) if len(found) > 1 else found[0]


def load_truth(name: str, *, root: Path | None = None) -> dict:
    """The known true effects of a synthetic study, as `simulate` wrote them."""
    return read_json(open_project(root, None).data_raw / name / "truth.json")
