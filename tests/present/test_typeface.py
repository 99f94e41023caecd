"""The carried typefaces: characters, licence, size; and the phrases written in them."""

from importlib.resources import files

import pytest
from fontTools.ttLib import TTFont

from dipeval.present.typeface import FILES
from dipeval.present.words import _phrases, unit_words, with_unit
from dipeval.vocabulary import columns, outcomes, value_labels

FONTS = files("dipeval.present").joinpath("fonts")


@pytest.fixture(scope="module")
def faces():
    return {name: TTFont(str(FONTS.joinpath(name))) for name in FILES}


def characters(faces) -> set[int]:
    return set().union(*(font.getBestCmap() for font in faces.values()))


def test_all_of_gb_2312_can_be_drawn(faces):
    hanzi = [
        ord(character)
        for row in range(0xB0, 0xF8)
        for cell in range(0xA1, 0xFF)
        for character in bytes([row, cell]).decode("gb2312", "ignore")
    ]
    assert len(hanzi) == 6763
    assert [chr(c) for c in hanzi if c not in faces["DipevalSansSC-Regular.otf"].getBestCmap()] == []


def test_every_label_of_the_package_can_be_drawn(faces):
    known = characters(faces) | {ord(c) for c in "±×÷≤≥·"}
    texts = [t for words in _phrases().values() for t in words.values()]
    texts += [
        t for entry in (*columns().values(), *outcomes().values()) for t in (entry.label_en, entry.label_zh)
    ]
    texts += [t for pair in value_labels().values() for t in pair]
    assert {c for text in texts for c in text if ord(c) not in known} == set()


def test_latin_is_truetype_so_that_journals_take_the_pdf(faces):
    assert all("glyf" in faces[name] for name in FILES if name.endswith(".ttf"))


def test_the_licence_travels_and_the_trademark_does_not(faces):
    licence = FONTS.joinpath("OFL.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence and "Copyright 2014-2021 Adobe" in licence
    assert "PERMISSION & CONDITIONS" in licence and "TERMINATION" in licence
    for font in faces.values():
        names = font["name"]
        shown = [str(names.getDebugName(i)) for i in (1, 4, 6)]
        assert all("Noto" not in name and "Source" not in name for name in shown)
        assert "Adobe" in names.getDebugName(0) and "Open Font License" in names.getDebugName(13)


def test_the_typefaces_stay_small():
    sizes = [len(FONTS.joinpath(name).read_bytes()) for name in FILES]
    assert sum(sizes) < 1_650_000


def test_every_phrase_is_in_both_languages():
    assert all(set(words) == {"en", "zh"} and all(words.values()) for words in _phrases().values())


def test_units_of_levels_and_effects():
    assert (
        unit_words("share", "", "en") == "%"
        and unit_words("share", "", "en", effect=True) == "percentage points"
    )
    assert unit_words("log points", "", "en") == "natural logarithm"
    assert unit_words("log points", "", "zh", effect=True) == "对数点"
    assert unit_words("currency", "CHF", "zh") == "瑞士法郎" and unit_words("currency", "XYZ", "en")
    assert unit_words("full-time equivalents", "", "en") == ""
    assert (
        with_unit("Effect", "days", "en") == "Effect, days" and with_unit("效应", "天", "zh") == "效应（天）"
    )
    assert with_unit("", "days", "en") == "Days" and with_unit("Cost", "", "en") == "Cost"
