"""Every error says where, what, evidence and what to do."""

import pytest

from dipeval.errors import DataError, DipevalError, Problem, nearest


def test_an_error_lists_all_problems():
    error = DataError(
        "read", [Problem("a.csv, row 3", "is wrong", "mend it", ("x", "y"), 7), Problem("b", "c", "d")]
    )
    text = str(error)
    assert text.startswith("read: 2 problems")
    assert "seen: x, y (in all 7)" in text and "do:   mend it" in text
    assert isinstance(error, DipevalError)


def test_at_most_five_examples_are_shown():
    text = str(Problem("a", "b", "c", tuple("123456"), 6))
    assert "5" in text and "6," not in text and "in all 6" in text


def test_an_error_without_a_problem_is_a_mistake():
    with pytest.raises(ValueError):
        DataError("read", [])


@pytest.mark.parametrize(
    ("word", "known", "said"),
    [
        ("citi", ["city", "month"], "did you mean 'city'?"),
        ("zzz", ["a", "b"], "known: a, b"),
        ("x", [], "nothing"),
    ],
)
def test_nearest(word, known, said):
    assert said in nearest(word, known)
