"""Hospitals of a report linked over its periods: each rule, each refusal, and what must never happen."""

import numpy as np
import pandas as pd
import pytest

from dipeval.errors import DataError, StudyError
from dipeval.panel.link_rules import gather, size_goes_on
from dipeval.panel.links import COLUMNS, link_hospitals
from dipeval.panel.sightings import read_sightings
from dipeval.study.model import Link

LINK = Link("canton", "place", "hospital_name", "hospital_type", "hospital_address", 0.6, 1.5)
FILLER = [
    ("2001", "ZZ", "9999 Far", f"{kind} {word}", "acute", "", 500)
    for word in ("Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel", "Ivy", "Juniper")
    for kind in ("Spital", "Klinik", "Privatklinik")
]


def report(*rows):
    """Rows (period, canton, place, name, type, address, discharges), with names that fill the word list."""
    columns = [
        "period",
        "canton",
        "place",
        "hospital_name",
        "hospital_type",
        "hospital_address",
        "discharges",
    ]
    frame = pd.DataFrame([*rows, *FILLER], columns=columns)
    return frame.astype({"discharges": "Int64"})


def spell(name, years, size=1000, canton="BE", place="3000 Bern", kind="acute", address="Ringweg 1"):
    sizes = [size] * len(years) if np.isscalar(size) or size is None else size
    return [(str(y), canton, place, name, kind, address, s) for y, s in zip(years, sizes, strict=True)]


def linked(*spells, link=LINK):
    frame = report(*(row for rows in spells for row in rows))
    found = link_hospitals(frame, link)
    frame["hospital"] = found.hospital
    by_name = frame.groupby("hospital_name")["hospital"].agg(lambda h: sorted(set(h)))
    return found.links, by_name, frame


def only(links):
    assert len(links) == 1
    return links.iloc[0]


def test_spelling_is_not_a_change_of_hospital():
    links, by_name, _ = linked(
        spell("Klinik Äsch_Rosen AG", [2001, 2002]),
        spell("Stiftung KLINIK  asch-rosen", [2003], place="3001 Bern"),
    )
    assert by_name["Klinik Äsch_Rosen AG"] == by_name["Stiftung KLINIK  asch-rosen"]
    assert only(links)[["decision", "rule", "similarity"]].tolist() == ["made", "same_name", 1.0]
    assert only(links)[["last_year_a", "first_year_b"]].tolist() == ["2002", "2003"]


@pytest.mark.parametrize(
    ("rule", "later"),
    [
        ("moved", spell("Spital Rosenau", [2003], place="3400 Burgdorf", address="Talweg 2")),
        ("renamed", spell("Privatklinik Rosenau", [2003], size=1400)),
        ("same_address", spell("Helios Rehawerk", [2003], size=1100, address="Ringweg 7")),
        (
            "renamed_and_moved",
            spell("Spital Rosenau Zentrum fuer Orthopaedie", [2003], 1100, place="3400 Burgdorf"),
        ),
    ],
)
def test_each_rule_links(rule, later):
    links, by_name, _ = linked(spell("Spital Rosenau", [2001, 2002]), later)
    assert only(links)[["decision", "rule"]].tolist() == ["made", rule]
    assert by_name["Spital Rosenau"] == by_name[later[0][3]]


@pytest.mark.parametrize(
    ("why", "later"),
    [
        ("discharges break off", spell("Helios Rehawerk", [2003], size=2500)),
        ("discharges break off", spell("Privatklinik Rosenau", [2003], size=300)),
        ("another kind", spell("Helios Rehawerk", [2003], kind="rehabilitation")),
        ("another place", spell("Rosenau Geriatrie", [2003], size=1400, place="3400 Burgdorf")),
    ],
)
def test_each_refusal_says_why(why, later):
    links, by_name, _ = linked(spell("Spital Rosenau", [2001, 2002]), later)
    row = only(links)
    assert row["decision"] == "refused" and row["rule"] == "" and why in row["reason"]
    assert "discharges 1,000 →" in row["evidence"]
    assert by_name["Spital Rosenau"] != by_name[later[0][3]]


def test_another_canton_is_never_linked_by_a_rule():
    links, by_name, _ = linked(
        spell("Spital Rosenau", [2001, 2002]),
        spell("Spital Rosenau", [2003], canton="SO", place="4500 Solothurn"),
    )
    assert len(links) == 0 and len(by_name["Spital Rosenau"]) == 2


def test_names_that_share_nothing_at_another_address_are_not_even_listed():
    links, _, _ = linked(spell("Spital Rosenau", [2001, 2002]), spell("Helios", [2003], address="Talweg 3"))
    assert len(links) == 0


def test_the_only_hospital_of_a_place_without_streets():
    before = spell("Kreisspital Rosenau", [2001, 2002], address="")
    after = spell("Center da sandet", [2003], size=1050, address="Via 4")
    links, _, _ = linked(before, after)
    assert only(links)[["decision", "rule"]].tolist() == ["made", "only_one"]
    beside = spell("Klinik Beau Site", [2001, 2002, 2003], address="Bergweg 5")
    links, _, _ = linked(before, after, beside)
    assert len(links) == 0


def test_a_merger_is_refused_with_all_that_joined():
    links, by_name, _ = linked(
        spell("Spital Rosenau Nord", [2001, 2002], size=1000),
        spell("Spital Rosenau Sued", [2001, 2002], size=400, address="Talweg 2"),
        spell("Spital Rosenau", [2003], size=1380),
    )
    assert set(links["decision"]) == {"refused"}
    reasons = links.set_index("name_a")["reason"]
    assert "a merger, with Spital Rosenau Sued (400 discharges)" == reasons["Spital Rosenau Nord"]
    assert (
        len({tuple(h) for h in by_name[["Spital Rosenau Nord", "Spital Rosenau Sued", "Spital Rosenau"]]})
        == 3
    )


def test_a_merger_with_a_namesake_of_other_words_shows_in_the_discharges():
    links, _, _ = linked(
        spell("Spital Rosenau", [2001, 2002], size=1000),
        spell("Lukas Klinik", [2001, 2002], size=430, address="Talweg 2", kind="rehabilitation"),
        spell("Privatspital Rosenau", [2003], size=1420),
    )
    assert only(links)["reason"] == "a merger, with Lukas Klinik (430 discharges)"


def test_a_part_of_one_twentieth_is_let_pass():
    links, _, _ = linked(
        spell("Spital Rosenau Nord", [2001, 2002], size=1000),
        spell("Spital Rosenau Sued", [2001, 2002], size=40, address="Talweg 2"),
        spell("Spital Rosenau", [2003], size=1040),
    )
    assert links.set_index("name_a")["decision"].to_dict() == {
        "Spital Rosenau Nord": "made",
        "Spital Rosenau Sued": "refused",
    }


def test_a_split_is_refused():
    links, _, _ = linked(
        spell("Inselspital", [2001, 2002], size=1000),
        spell("Insel Gruppe universitaer", [2003], size=900),
        spell("Insel Gruppe nicht universitaer", [2003], size=500),
    )
    assert set(links["decision"]) == {"refused"}
    reason = links.set_index("name_b").loc["Insel Gruppe universitaer", "reason"]
    assert reason == "a split, with Insel Gruppe nicht universitaer (500 discharges)"


def test_size_is_judged_beyond_counting_noise():
    frame = report(*spell("A", [2001], size=10), *spell("B", [2002], size=27), *spell("C", [2002], size=2700))
    a, b, c = (s for s in read_sightings(frame, LINK) if s.region == "BE")
    assert size_goes_on(gather(a, b, {}), 1.5)
    assert not size_goes_on(gather(a, c, {}), 1.5)
    assert not size_goes_on(gather(b, c, {}), 1.5)


def test_a_hospital_that_continues_elsewhere_is_not_taken_back():
    """The old site of a hospital that moved gets its own hospital later: same street, not the same."""
    links, by_name, frame = linked(
        spell("Spital Jurabogen", [2001, 2002], place="2740 Moutier", size=4000),
        spell(
            "Spital Jurabogen", [2003, 2004, 2005], place="2610 St_Imier", size=4400, address="Fontenayes 17"
        ),
        spell("Spital Moutier", [2005], place="2740 Moutier", size=1700),
    )
    assert only(links)["rule"] == "moved"
    assert by_name["Spital Jurabogen"] != by_name["Spital Moutier"]


def test_a_name_that_comes_back_is_the_same_hospital_unless_it_went_on_under_another():
    links, by_name, _ = linked(
        spell("Spital Rosenau", [2001]),
        spell("Spital Rosenau", [2004]),
        spell("X", [2002, 2003], canton="ZZ"),
    )
    assert only(links)["rule"] == "returned" and len(by_name["Spital Rosenau"]) == 1
    links, by_name, _ = linked(
        spell("Spital Rosenau", [2001, 2005], size=[1000, 3000]),
        spell("Privatklinik Rosenau", [2002, 2003, 2004]),
    )
    assert len(by_name["Spital Rosenau"]) == 2
    assert links["decision"].tolist() == ["made", "refused"]


def test_two_that_report_in_one_period_stay_two():
    _, by_name, frame = linked(
        spell("Spital Rosenau", [2001, 2002, 2003]), spell("Privatklinik Rosenau", [2003, 2004], size=1000)
    )
    assert by_name["Spital Rosenau"] != by_name["Privatklinik Rosenau"]
    assert not frame.duplicated(["hospital", "period"]).any()


def test_persons_decide():
    before, after = spell("Spital Rosenau", [2001, 2002]), spell("Privatklinik Rosenau", [2003])
    parting = Link(
        **{**LINK.__dict__, "refused": (("Spital Rosenau", "Privatklinik Rosenau", "two houses"),)}
    )
    links, by_name, _ = linked(before, after, link=parting)
    assert only(links)[["decision", "reason"]].tolist() == ["refused", "parted by a person: two houses"]
    far = spell("Casa", [2004], canton="TI", place="6900 Lugano", kind="rehabilitation", size=9)
    joining = Link(**{**LINK.__dict__, "accepted": (("Spital Rosenau", "Casa", "known from its annals"),)})
    links, by_name, _ = linked(before, far, link=joining)
    assert only(links)[["decision", "rule", "reason"]].tolist() == ["made", "person", "known from its annals"]
    assert by_name["Spital Rosenau"] == by_name["Casa"]


@pytest.mark.parametrize(
    ("decision", "said"),
    [
        (("Spital Rosenau", "Nobody", "x"), "no hospital is called 'Nobody'"),
        (("Spital Rosenau", "Klinik Beau"), "is no decision"),
        (("Klinik Beau", "Spital Rosenau", "x"), "does not come before"),
        (("Spital Rosenau", "Klinik Anker", "x"), "both report in one period"),
    ],
)
def test_a_decision_that_cannot_be_is_an_error(decision, said):
    link = Link(**{**LINK.__dict__, "accepted": (decision,)})
    spells = (
        spell("Spital Rosenau", [2001, 2002]),
        spell("Klinik Beau", [2003]),
        spell("Klinik Anker", [2001, 2002, 2003]),
    )
    with pytest.raises(StudyError, match=said):
        linked(*spells, link=link)


def test_one_name_twice_in_a_period_is_an_error_that_names_it():
    frame = report(*spell("Spital Rosenau", [2001, 2001]))
    with pytest.raises(DataError, match="BE / 3000 Bern / Spital Rosenau / 2001"):
        link_hospitals(frame, LINK)


def test_row_order_does_not_matter():
    _, _, frame = linked(
        spell("Spital Rosenau", [2001, 2002]),
        spell("Privatklinik Rosenau", [2003, 2004]),
        spell("Klinik Beau", [2001, 2003], address=""),
        spell("Rosenau Reha", [2002, 2003], kind="rehabilitation"),
    )
    first = link_hospitals(frame, LINK)
    for seed in range(5):
        shuffled = frame.sample(frac=1, random_state=seed)
        again = link_hospitals(shuffled, LINK)
        pd.testing.assert_series_equal(again.hospital.sort_index(), first.hospital)
        pd.testing.assert_frame_equal(again.links, first.links)


def test_the_list_has_its_columns_when_nothing_changes():
    links, _, _ = linked(spell("Spital Rosenau", [2001, 2002]))
    assert list(links.columns) == list(COLUMNS) and links.empty
