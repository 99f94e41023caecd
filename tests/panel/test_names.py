"""Names of hospitals as words that can be compared."""

import pytest

from dipeval.panel.names import name_words, postcode, similarity, street, town_words, word_weights


def test_words_leave_out_case_accents_punctuation_legal_forms_and_articles():
    assert name_words("Hôpital de la Providence, SA") == ("hopital", "providence")
    assert name_words("Ｓpital  Ste_Anne-Rehab AG") == ("anne", "rehab", "spital", "ste")
    assert name_words("Stiftung AG") == ("ag", "stiftung")


@pytest.mark.parametrize(
    ("place", "region", "town", "code"),
    [
        ("5630 Muri AG", "AG", ("muri",), "5630"),
        ("1211 Genève 14", "GE", ("geneve",), "1211"),
        ("6317 Oberwil b. Zug", "ZG", ("oberwil", "zug"), "6317"),
        ("Zug", "ZG", ("zug",), ""),
        ("", "ZG", (), ""),
    ],
)
def test_places(place, region, town, code):
    assert town_words(place, region) == town and postcode(place) == code


def test_streets_are_compared_without_numbers():
    assert street("St. Anna-Strasse 32a") == "st anna strasse" == street("St. Anna_Strasse 4")
    assert street("") == ""


def test_rare_words_weigh_more_than_common_ones():
    names = [
        name_words(n)
        for n in ("Klinik Balgrist", "Klinik Seeschau", "Klinik Gais", "Spital Uster", "Spital Wald")
    ]
    weights = word_weights(names)
    assert weights["balgrist"] > weights["klinik"]
    same_rare = similarity(("balgrist", "uniklinik"), ("balgrist", "universitatsklinik"), weights)
    same_common = similarity(("balgrist", "klinik"), ("klinik", "seeschau"), weights)
    assert 0 < same_common < 0.6 < 0.9 <= similarity(("balgrist",), ("balgrist", "klinik"), weights)
    assert same_rare > same_common


def test_a_common_word_alone_contains_nothing():
    weights = word_weights([("klinik", str(i)) for i in range(20)])
    assert similarity(("klinik",), ("klinik", "rosenau"), {**weights, "rosenau": 4.0}) < 0.6


def test_similarity_is_symmetric_and_bounded():
    weights = word_weights([("lindenhofspital",), ("lindenhof", "gruppe"), ("salem", "spital")])
    for a, b in ((("lindenhofspital",), ("lindenhof", "gruppe")), (("salem",), ("lindenhof",))):
        assert similarity(a, b, weights) == similarity(b, a, weights)
        assert 0 <= similarity(a, b, weights) <= 1
    assert similarity(("lindenhof",), ("lindenhof",), weights) == 1
    assert similarity((), ("lindenhof",), weights) == 0
