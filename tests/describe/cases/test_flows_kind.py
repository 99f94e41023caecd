"""The kind ``flows`` against a cross table of the same rows."""

import numpy as np
import pandas as pd
import pytest

from dipeval.disclose.gate import gate_together
from dipeval.errors import DataError

PLACES = ["north", "east", "south", "west"]
NEAR = {"rel": 1e-12}


@pytest.fixture(scope="module")
def moves(stays):
    draw = np.random.default_rng(2)
    n = len(stays)
    return stays.assign(
        insured_place=draw.choice([*PLACES, None], n, p=[0.5, 0.2, 0.2, 0.05, 0.05]),
        treatment_place=draw.choice(PLACES, n, p=[0.2, 0.3, 0.45, 0.05]),
    )


@pytest.fixture(scope="module")
def flows(make_of, moves):
    return make_of(moves, "flows")


def cases_of(frame, origin=None, destination=None):
    here = frame
    if origin:
        here = here[here["insured_place"] == origin]
    if destination:
        here = here[here["treatment_place"] == destination]
    return here


def test_matrices_are_cross_tables(flows, moves, cell):
    made = flows
    for origin, destination in [
        ("north", "south"),
        ("east", "east"),
        ("north", "total"),
        ("total", "south"),
        ("total", "total"),
    ]:
        here = cases_of(moves, *(None if place == "total" else place for place in (origin, destination)))
        assert cell(made["d_visits"], origin, destination)["value"] == len(here)
        amount = cell(made["d_amount"], origin, destination)
        assert amount["value"] == pytest.approx(here["fund_paid"].sum() / 100, **NEAR)
        assert amount["count"] == here["fund_paid"].notna().sum()
        known = here.dropna(subset=["fund_paid"])
        share = known["fund_paid"].sum() / known["total_cost"].sum()
        assert cell(made["d_ratio"], origin, destination)["value"] == pytest.approx(share, **NEAR)
    lost = cell(made["d_visits"], "missing", "total")
    assert lost["value"] == moves["insured_place"].isna().sum()


def test_what_leaves_and_enters_a_place(flows, moves, cell):
    table = flows["d_table"]
    for place in PLACES:
        known = moves.dropna(subset=["insured_place"])
        mine, here = known["insured_place"] == place, known["treatment_place"] == place
        out, into, home = known[mine & ~here], known[~mine & here], known[mine & here]
        assert cell(table, place, "home_visits")["value"] == len(home)
        assert cell(table, place, "out_visits")["value"] == len(out)
        assert cell(table, place, "in_amount")["value"] == pytest.approx(
            into["fund_paid"].sum() / 100, **NEAR
        )
        paid, got = out["fund_paid"].sum(), into["fund_paid"].sum()
        assert cell(table, place, "times")["value"] == pytest.approx(paid / got, **NEAR)
        assert cell(table, place, "net")["value"] == pytest.approx((paid - got) / 100, **NEAR)
        assert cell(table, place, "out_share")["value"] == pytest.approx(
            len(out) / (len(out) + len(home)), **NEAR
        )
    crossing = known[known["insured_place"] != known["treatment_place"]]
    assert cell(table, "total", "out_visits")["value"] == len(crossing)
    assert table.frame.query("over == 'out' and row == 'north'")["over_en"].iloc[0].startswith("Insured here")


def test_small_places_are_put_together_and_still_cross(make_of, moves, cell):
    made = make_of(moves, "flows", top=2, ratio="")
    assert "d_ratio" not in made
    visits = made["d_visits"]
    rest = [row for row in dict.fromkeys(visits.frame["row"]) if row.startswith("other")]
    assert (
        rest
        and cell(visits, rest[0], "total")["value"] == moves["insured_place"].isin(["east", "west"]).sum()
    )
    known = moves.dropna(subset=["insured_place"])
    crossing = known["insured_place"] != known["treatment_place"]
    assert cell(made["d_table"], "total", "out_visits")["value"] == crossing.sum()


def test_a_held_flow_is_not_the_rest_of_its_margins(flows):
    made = list(flows.values())
    judged = {r.exhibit.name: r.exhibit.frame for r, _ in gate_together(made, minimum_cell=12)}
    held = judged["d_visits"].query("suppressed")
    assert len(held) >= 4
    for side in ("row", "column"):
        assert (held.groupby(side).size() >= 2).all()


def test_a_held_stream_is_not_what_crosses_less_the_others(flows):
    table = flows["d_table"].frame
    least = int(table.query("column == 'in_visits'")["value"].min())
    judged = {
        r.exhibit.name: r.exhibit.frame
        for r, _ in gate_together(list(flows.values()), minimum_cell=least + 1)
    }
    held = judged["d_table"].query("suppressed").groupby("column").size()
    assert held.get("out_visits", 0) != 1 and held.get("in_visits", 0) != 1
    assert judged["d_table"].query("column == 'in_visits'")["suppressed"].any()


def test_places_in_other_words_and_other_faults_are_told(make_of, moves):
    with pytest.raises(DataError, match="share no place: east, north"):
        make_of(moves.assign(treatment_place="310000"), "flows")
    with pytest.raises(DataError, match="as the origin is"):
        make_of(moves, "flows", destination="insured_place")
    with pytest.raises(DataError, match="treatment_place"):
        make_of(moves.drop(columns="treatment_place"), "flows")
    with pytest.raises(DataError, match="no case"):
        make_of(moves, "flows", {"level": ("none",)})
    many = moves.assign(insured_place=[f"p{k % 60}" for k in range(len(moves))], treatment_place="p1")
    with pytest.raises(DataError, match="shown at most"):
        make_of(pd.DataFrame(many), "flows")
