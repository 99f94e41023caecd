"""Swiss hospitals over thirteen years: what is linked, what is not, and what could never be right."""

import pytest

from dipeval.panel.links import link_hospitals

# (name, later name, whether they are one hospital), each looked up by a person.
KNOWN = [
    ("Kreisspital für das Freiamt", "Stiftung Spital Muri", True),
    ("Swissana Clinic", "Hirslanden Klinik St. Anna AG Hirslanden Klinik Meggen", True),
    ("Uniklinik Balgrist", "Universitätsklinik Balgrist", True),
    ("Fondation de l'Hôpital de la Providence", "SMN - Neuchâtel", True),
    ("Spital Zimmerberg", "See-Spital", True),
    ("Psychiatrische Klinik Zugersee", "Triaplus AG", True),
    (
        "Humaine Klinik Zihlschlacht AG",
        "Rehaklinik Zihlschlacht AG Neurologisches Rehabilitationszentrum",
        True,
    ),
    ("Tertianum Neutal AG", "Tertianum AG Klinik Tertianum Neutal", True),
    ("Clinique genevoise de Montana", "Clinique Genevoise de Montana", True),
    ("Hôpital Riviera_Chablais", "Hôpital Riviera-Chablais Vaud-Valais", True),
    ("Universitäts_Kinderspital beider Basel (UKBB)", "Universitäts-Kinderspital beider Basel (UKBB)", True),
    ("Zürcher Höhenklinik Davos", "Zürcher RehaZentrum Davos", True),
    ("Bethesda Klinik für Epilepsie und Neurorehabilitation", "Fürsorgeverein Bethesda", True),
    ("Felix Platter_Spital", "Felix Platter-Spital", True),
    # Mergers, splits, and neighbours at one address.
    ("Inselspital Bern", "Insel Gruppe AG (universitär)", False),
    ("Inselspital Bern", "Insel Gruppe AG (nicht-universitär)", False),
    ("Spital Netz Bern AG", "Insel Gruppe AG (nicht-universitär)", False),
    ("Klinik Beau_Site AG", "Hirslanden Bern AG", False),
    ("Lindenhofspital", "Lindenhof AG", False),
    ("Klinik Sonnenhof AG", "Lindenhof AG", False),
    ("Kantonsspital Liestal", "Kantonsspital Baselland", False),
    ("Ita Wegman Klinik", "Klinik Arlesheim AG", False),
    ("Klinik Valens Rehabilitationszentrum", "Kliniken Valens", False),
    ("Clinique Bois_Cerf SA", "Hirslanden Lausanne SA", False),
    ("Hôpital de la Riviera", "Hôpital Riviera_Chablais", False),
    ("Clinica Luganese Moncucco SA Sede Moncucco", "Clinica Luganese Moncucco SA", False),
    ("Zürcher RehaZentrum Wald", "Zürcher RehaZentren", False),
    ("HUG _ Soins continus", "Clinique Genevoise de Montana Direction de l'analyse médico_économique", False),
    ("Hôpital du Jura bernois SA", "Hôpital de Moutier SA", False),
    (
        "Hôpital du Valais - Centre hospitalier du centre du Valais (CHCVs)",
        "Hôpital du Valais Centre hospitalier du Valais Romand CHVR",
        False,
    ),
]


@pytest.fixture(scope="module")
def links(swiss):
    return swiss.report.links


@pytest.mark.parametrize(("earlier", "later", "one"), KNOWN)
def test_known_histories(swiss, earlier, later, one):
    rows = swiss.report.whole.frame
    first = rows.loc[rows["hospital_name"] == earlier].sort_values("period")["hospital"].iloc[-1]
    second = rows.loc[rows["hospital_name"] == later].sort_values("period")["hospital"].iloc[0]
    assert (first == second) is one


def test_no_hospital_reports_twice_in_a_year(swiss):
    assert not swiss.report.whole.frame.duplicated(["hospital", "period"]).any()


def test_numbers_of_hospitals_and_links(swiss, links):
    told = next(e for e in swiss.report.panel.ledger if e.rule == "hospitals_linked")
    assert (told.hospitals_before, told.hospitals_after) == (647, 410)
    counts = links.groupby(["decision", "rule"]).size().to_dict()
    assert counts == {
        ("made", "moved"): 16,
        ("made", "only_one"): 3,
        ("made", "person"): 4,
        ("made", "renamed"): 111,
        ("made", "renamed_and_moved"): 3,
        ("made", "same_address"): 42,
        ("made", "same_name"): 114,
        ("refused", ""): 79,
    }


def test_every_refusal_and_every_persons_decision_has_a_reason(links):
    decided = (links["decision"] == "refused") | (links["rule"] == "person")
    assert (links.loc[decided, "reason"].str.len() > 10).all()
    assert set(links["decision"]) == {"made", "refused"} and (links["evidence"].str.len() > 20).all()


def test_links_join_adjoining_years_within_a_canton_unless_a_person_says_otherwise(swiss, links):
    assert (links["first_year_b"].astype(int) - links["last_year_a"].astype(int) == 1).all()
    rows = swiss.report.whole.frame
    crossing = rows.groupby("hospital")["canton"].nunique()
    assert crossing[crossing > 1].index.tolist() == [
        "BL-basel-universitats-kinderspital-beider-ukbb",
        "ZH-davos-clavadel-zurcher-hohenklinik",
    ]


def test_no_hole_and_no_jump_where_names_were_joined_by_a_rule(swiss, links):
    """A hospital linked by rule has no year without a row, and no tenfold change of discharges there."""
    rows = swiss.report.whole.frame.assign(year=lambda f: f["period"].astype(int))
    by_hospital = rows.groupby("hospital")["year"]
    assert (by_hospital.max() - by_hospital.min() + 1 == by_hospital.size()).all()
    renamed = links[links["rule"].isin(["renamed", "same_address", "only_one", "renamed_and_moved"])]
    size = rows.set_index(["hospital", "period"])["discharges"].astype("float64")
    before = size.loc[list(zip(renamed["hospital"], renamed["last_year_a"], strict=True))].to_numpy()
    after = size.loc[list(zip(renamed["hospital"], renamed["first_year_b"], strict=True))].to_numpy()
    ratio = (after / before)[(before >= 100) & (after > 0)]
    assert 0.5 < ratio.min() and ratio.max() < 1.75


def test_identities_do_not_depend_on_the_order_of_rows(swiss):
    rows = swiss.report.whole.frame
    shuffled = rows.drop(columns="hospital").sample(frac=1, random_state=3)
    again = link_hospitals(shuffled, swiss.source.link)
    assert again.hospital.sort_index().tolist() == rows["hospital"].tolist()
    assert again.links.equals(swiss.report.links)
