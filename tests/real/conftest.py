"""The two real files, read once for all tests of this folder; without ../shared these tests skip."""

from types import SimpleNamespace

import pytest

from dipeval.panel.direct import panel_from_report
from dipeval.store.engine import Engine
from dipeval.store.project import open_project
from dipeval.store.raw import read_raw
from dipeval.study import Registries


def registries():
    return Registries({n: {} for n in ("imputation", "twfe", "twfe_event_study")}, ("cluster",), ())


@pytest.fixture(scope="session")
def real_project(root, shared):
    """The checkout with the real files as its data folder."""
    return open_project(root, shared / "real")


@pytest.fixture(scope="session")
def swiss(real_project):
    """Study, city, source, the names as written, and the report as the study reads it."""
    study = real_project.study("swissdrg", registries())
    city = real_project.city("switzerland", registries())
    source = real_project.source(city.source)
    with Engine() as engine:
        raw = read_raw(engine, city, source, real_project.find_raw(city))
        window = {"frequency": study.frequency, "start": study.start, "end": study.end, "keep": study.keep}
        report = panel_from_report(engine, city, source, raw, **window)
        written = engine.to_frame(
            raw.table.select(period="period__0", canton="canton__0", written="hospital_name__0")
        )
    return SimpleNamespace(study=study, city=city, source=source, written=written, report=report)
