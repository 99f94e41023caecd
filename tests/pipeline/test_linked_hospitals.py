"""What happened to hospitals, from the table of a city's cleaning and from the links of a report."""

from types import SimpleNamespace

import pandas as pd
import pytest

from dipeval.panel.links import COLUMNS as LINKS
from dipeval.pipeline.linked_hospitals import linked_hospitals


@pytest.fixture
def workspace(tmp_path):
    return SimpleNamespace(folder=lambda stage: tmp_path / stage)


def study(layer, *cities):
    return SimpleNamespace(layer=layer, study=SimpleNamespace(cities=cities))


def told(found):
    return [tuple(row) for row in found.itertuples(index=False)]


def test_events_of_the_master_table_and_codes_that_are_one_hospital(workspace, tmp_path):
    rows = [
        ("007", "001", "opened"),
        ("008", "001", "merged"),
        ("009", "002", None),
        ("010", "003", "renamed"),
    ]
    folder = tmp_path / "clean" / "anlan"
    folder.mkdir(parents=True)
    pd.DataFrame(rows, columns=["code", "hospital", "event"]).to_csv(
        folder / "hospital_links.csv", index=False
    )
    found = linked_hospitals(workspace, study("discharges", "anlan", "without_a_table"))
    expected = [("anlan", "001", "merged"), ("anlan", "001", "recoded"), ("anlan", "003", "renamed")]
    assert told(found) == expected


def test_both_sides_of_a_merger_in_a_report(workspace, tmp_path):
    (tmp_path / "panel").mkdir()
    linked = {"canton": "ZH", "hospital": "ZH-uster-spital", "decision": "made", "rule": "renamed"}
    same = linked | {"hospital": "ZH-wald-klinik", "rule": "same_name"}
    merged = {"canton": "ZH", "hospital": "ZH-rueti-spital", "decision": "refused"}
    merged |= {
        "place_b": "8620 Wetzikon",
        "name_b": "GZO Spital Wetzikon",
        "reason": "a merger, with X (9 discharges)",
    }
    pd.DataFrame([linked, same, merged], columns=list(LINKS)).to_csv(
        tmp_path / "panel" / "links.csv", index=False
    )
    found = linked_hospitals(workspace, study("panel", "swiss"))
    assert told(found) == [
        ("swiss", "ZH-rueti-spital", "merged"),
        ("swiss", "ZH-uster-spital", "renamed"),
        ("swiss", "ZH-wetzikon-gzo-spital", "merged"),
    ]


def test_nothing_was_decided(workspace):
    found = linked_hospitals(workspace, study("discharges", "anlan"))
    assert found.empty and list(found.columns) == ["city", "hospital", "happened"]
