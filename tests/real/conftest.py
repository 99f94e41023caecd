"""The two real files, read once for all tests of this folder; without ../shared these tests skip."""

from types import SimpleNamespace

import pytest

from dipeval.clean.city import clean_city
from dipeval.panel.build import hospital_panel
from dipeval.panel.direct import panel_from_report
from dipeval.pipeline.registries import registries
from dipeval.store.engine import Engine
from dipeval.store.project import open_project
from dipeval.store.raw import read_raw
from dipeval.store.typed import read_typed


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


@pytest.fixture(scope="session")
def brazil(real_project):
    """Study, typed rows, clean discharges, rejected rows, ledger and panel of the Brazilian admissions."""
    study = real_project.study("datasus", registries())
    city = real_project.city("rio_grande_do_sul", registries())
    source = real_project.source(city.source)
    window = {"frequency": study.frequency, "start": study.start, "end": study.end}
    with Engine() as engine:
        raw = read_raw(engine, city, source, real_project.find_raw(city))
        typed = engine.to_frame(read_typed(engine, city, source, raw).table, ("source_row",))
        cleaned = clean_city(engine, city, source, raw, keep=study.keep, **window)
        discharges = engine.to_frame(cleaned.table, ("source_row",))
        rejects = engine.to_frame(cleaned.rejects, ("source_row",))
        panel = hospital_panel(engine, {city.name: cleaned.table}, {city.name: city}, **window)
    return SimpleNamespace(
        study=study,
        city=city,
        source=source,
        typed=typed,
        discharges=discharges,
        rejects=rejects,
        ledger={e.rule: e for e in cleaned.ledger},
        panel=panel,
    )
