"""Hospitals that are not the same throughout: from the identity of hospitals, named, or of sudden size."""

import numpy as np
import pandas as pd
import pytest

from dipeval.check.exclusions.merged import chosen_hospitals, exclude_merged
from dipeval.errors import DataError


def linked(*rows):
    return pd.DataFrame(rows, columns=["city", "hospital", "happened"])


HAPPENED = linked(
    ("city00", "h0", "merged"),
    ("city00", "h0", "recoded"),
    ("city01", "h1", "split"),
    ("city02", "h2", "renamed"),
    ("city09", "gone", "merged"),
)


def test_reasons_are_lines_of_their_own(world, studied, asked):
    subject = studied(world(), linked=HAPPENED)
    choice = asked("exclude_merged", hospitals=["city05/h3"])
    chosen = chosen_hospitals(subject, choice)
    assert chosen == {
        "merged": {"city00/h0", "city01/h1"},
        "other": {"city00/h0", "city02/h2"},
        "named": {"city05/h3"},
    }
    found = exclude_merged(subject, choice)
    table = found.exhibits[1].frame
    assert table.loc[table["column"] == "rows", "value"].tolist() == [48, 48, 24, 4 * 24]
    assert found.verdict == "passed"
    told = " ".join([*found.sentence, *found.exhibits[0].notes_en, *table["label_en"]])
    assert "/h" not in told and "fewer than 3 of 48 hospitals" in told


def test_only_what_is_asked_for(world, studied, asked):
    subject = studied(world(), linked=HAPPENED)
    assert chosen_hospitals(subject, asked("exclude_merged", happened=["renamed"])) == {
        "other": {"city02/h2"}
    }


def test_an_effect_of_merged_hospitals_alone_fails(world, studied, asked):
    def merged(rows):
        return np.where((rows["e"] >= 0) & (rows["hospital"] == "h0"), -4.0, 0.0)

    every = linked(*((f"city{c:02d}", "h0", "merged") for c in range(12)))
    found = exclude_merged(studied(world(effect=merged), linked=every), asked("exclude_merged"))
    assert found.verdict == "failed"


def test_where_nothing_happened_the_check_says_so(sound, world, studied, asked):
    for subject in (sound, studied(world(), linked=linked())):
        found = exclude_merged(subject, asked("exclude_merged"))
        assert (
            found.verdict == "informative"
            and not found.exhibits
            and "nothing was left out" in found.sentence[0]
        )


def test_sudden_changes_of_size_against_the_city(world, studied, asked):
    frame = world(periods=30)
    doubled = (frame["city"] == "city03") & (frame["hospital"] == "h1") & (frame["period"] >= "2020-03")
    # all of city 04 doubles: nobody stands out
    common = (frame["city"] == "city04") & (frame["period"] >= "2020-03")
    for column in ("discharges", "care_days"):
        frame[column] = frame[column] * np.where(doubled | common, 2, 1)
    subject = studied(frame)
    assert chosen_hospitals(subject, asked("exclude_merged", jump=1.6)) == {"jump": {"city03/h1"}}
    assert chosen_hospitals(subject, asked("exclude_merged", jump=2.5)) == {}


@pytest.mark.parametrize(
    ("told", "said"),
    [({"hospitals": ["city00/h9"]}, "no hospital of the panel"), ({"happened": ["merger"]}, "merged")],
)
def test_words_that_are_not_known(world, studied, asked, told, said):
    with pytest.raises(DataError, match=said):
        exclude_merged(studied(world(cities=4, periods=14), linked=HAPPENED), asked("exclude_merged", **told))
