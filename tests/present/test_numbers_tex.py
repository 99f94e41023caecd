"""Numbers of the text as macros."""

import numpy as np
import pytest

from dipeval.describe import TextNumber, numbers_exhibit
from dipeval.disclose import gate
from dipeval.errors import DataError
from dipeval.present import numbers_tex
from dipeval.present.numbers import macro_name


def written(*numbers, prefix="swissdrg", synthetic=False):
    return numbers_tex(gate(numbers_exhibit(numbers, synthetic=synthetic))[0], prefix)


def test_macros():
    text = written(
        TextNumber("att_2012", -0.0416, ".3f", "effect", 500, 0.1),
        TextNumber("cases", 231456.0, ",.0f", "discharges"),
        TextNumber("share", 0.1234, ".1%", "a share"),
        TextNumber("n", 12.0, "d", "whole"),
        TextNumber("none", -0.0001, ".2f", "rounds to zero"),
    )
    assert text.splitlines()[1:] == [
        r"\newcommand{\swissdrgAttTwoZeroOneTwo}{$-$0.042} % effect",
        r"\newcommand{\swissdrgCases}{231,456} % discharges",
        r"\newcommand{\swissdrgShare}{12.3\%} % a share",
        r"\newcommand{\swissdrgN}{12} % whole",
        r"\newcommand{\swissdrgNone}{0.00} % rounds to zero",
    ]


def test_small_cells_and_undefined_numbers_are_never_a_number():
    text = written(
        TextNumber("small", 77.7, ".1f", "few", 4, 0.2), TextNumber("odd", np.nan, ".1f", "undefined")
    )
    assert r"{withheld}" in text and r"{n/a}" in text and "77" not in text


def test_synthetic_numbers_say_so_and_a_note_stays_on_its_line():
    text = written(TextNumber("a", 1, "d", "two\nlines"), synthetic=True)
    assert "% Synthetic data." in text and "% two lines" in text


@pytest.mark.parametrize("name", ["att_2012", "log-cost 3", "a", "4"])
def test_names_have_letters_only(name):
    assert macro_name("study_2", name).isalpha()


@pytest.mark.parametrize(
    ("numbers", "word"),
    [
        ([TextNumber("a_b", 1, "d", ""), TextNumber("A b", 2, "d", "")], "several numbers"),
        ([TextNumber("a", 1, ".3f}\\input{x}", "")], "format"),
        ([TextNumber("__", 1, "d", "")], "letter or digit"),
    ],
)
def test_what_cannot_be_a_macro_is_an_error(numbers, word):
    with pytest.raises(DataError, match=word):
        written(*numbers)


def test_only_what_has_passed_the_gate_is_written():
    with pytest.raises(TypeError, match="gate"):
        numbers_tex(numbers_exhibit([TextNumber("a", 1, "d", "")]), "s")
