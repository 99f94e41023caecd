"""A payment file: its values are kept exactly, and what cannot be is named by file, key and row."""

from decimal import Decimal

import pytest

from dipeval.dip.reading import national_defaults, parse_payment
from dipeval.errors import StudyError

HEAD = """
[dip]
name = "small"
title_en = "Small"
title_zh = "小"
schemes = ["employee", "resident"]
years = [2021, 2022]
"""
COEFFICIENTS = """
[[hospital_coefficients]]
since = "2021"
until = "2022"
source = "notice 1"
levels = { tertiary = 1.1, secondary = 1, primary = 0.85 }
"""


def budget(scheme: str, since: int = 2021, until: int = 2022, more: str = "") -> str:
    return f"""
[[budgets]]
since = "{since}"
until = "{until}"
source = "notice 2"
scheme = "{scheme}"
unit = "yuan"
gross = 1_000_000.5
{more}
"""


BUDGETS = budget("employee") + budget("resident")
WHOLE = HEAD + COEFFICIENTS + BUDGETS


def problems(text: str) -> str:
    with pytest.raises(StudyError) as caught:
        parse_payment(text, "analysis/dip/small.toml", "small")
    assert all(p.where.startswith("analysis/dip/small.toml") for p in caught.value.problems)
    return str(caught.value)


def only(text: str) -> str:
    found = problems(text)
    assert found.startswith("read payment: 1 problem\n"), found
    return found


def part(name: str, body: str, since: int = 2021, until: int = 2022) -> str:
    return f'\n[[{name}]]\nsince = "{since}"\nuntil = "{until}"\nsource = "notice 3"\n{body}\n'


def test_values_are_kept_as_written():
    made = parse_payment(WHOLE, "small.toml").year(2022)
    assert made.hospital_coefficients.levels == {
        "tertiary": Decimal("1.1"),
        "secondary": 1,
        "primary": Decimal("0.85"),
    }
    assert made.budgets["employee"].gross == 100_000_050
    assert made.deviation.low == Decimal("0.5")


def test_what_is_taken_from_the_national_defaults_is_told():
    made = parse_payment(WHOLE + part("deviation", "low = 0.4"), "small.toml").year(2021)
    assert [line.split(":")[0] for line in made.assumed] == [
        "grouping",
        "weighting",
        "auxiliary",
        "settlement",
        "sharing",
    ]
    assert all("unverified" in line for line in made.assumed)


def test_every_national_default_is_marked_unverified():
    for name, parts in national_defaults().items():
        assert all(p.source and not p.verified for p in parts), name
        assert bool(parts) == (name != "hospital_coefficients")


def test_a_year_that_the_file_does_not_answer_for():
    with pytest.raises(StudyError, match="key dip.years: has no parameters for the year 2023"):
        parse_payment(WHOLE, "small.toml").year(2023)


def test_a_missing_year():
    found = only(HEAD + COEFFICIENTS + budget("employee") + budget("resident", until=2021))
    assert "key budgets: nothing of the scheme resident holds in the year 2022" in found
    found = only(WHOLE + part("deviation", "", since=2022))
    assert "key deviation: nothing holds in the year 2021" in found


def test_overlapping_years():
    found = only(WHOLE + part("sharing", "") + part("sharing", "", since=2022, until=2023))
    assert "key sharing[2].since: holds from 2022, but sharing[1] holds until 2022" in found


def test_a_scheme_without_a_budget():
    found = problems(HEAD + COEFFICIENTS + budget("employee"))
    assert "nothing of the scheme resident holds in the year 2021" in found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            WHOLE.replace("secondary = 1", "secondary = 0"),
            "hospital_coefficients[1].levels.secondary: is 0, but must be above 0",
        ),
        (WHOLE.replace("tertiary", "tertary"), "did you mean 'tertiary'"),
        (
            WHOLE + part("auxiliary", "severity = { severe = 0.0 }"),
            "auxiliary[1].severity.severe: is 0.0, but must be above 0",
        ),
        (
            WHOLE + part("auxiliary", "ages = [{from = 0, to = 6, coefficient = 0}]"),
            "auxiliary[1].ages[1].coefficient: is 0",
        ),
        (
            WHOLE
            + part(
                "auxiliary",
                "ages = [{from = 0, to = 6, coefficient = 1.2}, {from = 5, coefficient = 1.1}]",
            ),
            "auxiliary[1].ages[2].from: is 5, but must be 6: it overlaps",
        ),
        (
            WHOLE
            + part(
                "sharing",
                'level = "hospital"\nbands = [{from = 0, to = 0.8, hospital_share = 0}, '
                "{from = 0.85, hospital_share = 1}]",
            ),
            "sharing[1].bands[2].from: is 0.85, but must be 0.8: it leaves a hole",
        ),
        (
            WHOLE + part("sharing", 'level = "city"\nbands = [{from = 0, to = 1, hospital_share = 0.85}]'),
            "sharing[1].bands[1].to: nothing is said above 1",
        ),
        (WHOLE + part("sharing", 'level = "city"'), "sharing[1]: needs either hospital_share or bands"),
        (WHOLE + part("deviation", "high = 6"), "deviation[1].extreme: does not lie above high"),
        (WHOLE + part("deviation", "low = 1.5"), "deviation[1].low: is 1.5, but must be 1 or less"),
        (WHOLE.replace("gross = 1_000_000.5", "gross = -1", 1), "budgets[1].gross: is -1, but must be 0"),
        (WHOLE.replace("1_000_000.5", "0.001", 1), "0.001 is no whole number of minor units"),
        (
            HEAD
            + COEFFICIENTS
            + budget(
                "employee",
                more='deductions = [{name_en = "x", name_zh = "x", amount = 2e6, source = "s"}]',
            )
            + budget("resident"),
            "budgets[1].deductions: take 2000000.0 out of 1000000.5: the fund is negative",
        ),
        (WHOLE + part("weighting", 'method = "benchmark"'), "weighting[1].benchmark: the benchmark type"),
        (WHOLE + part("weighting", "year_weights = [1, 0]"), "weighting[1].year_weights: [1, 0] are no"),
        (WHOLE + part("weighting", "trim_lower = 1"), "trim_lower: does not lie below trim_upper"),
        (WHOLE + part("deviation", "low = nan"), "deviation[1].low: nan cannot be held exactly"),
        (WHOLE + part("deviation", "", since=2022, until=2021), "deviation[1].until: 2021 lies before"),
        (WHOLE.replace('source = "notice 1"\n', ""), "hospital_coefficients[1].source: the key"),
        (WHOLE.replace('since = "2021"', 'since = "2021-07"', 1), "since: '2021-07' is not a year"),
        (WHOLE + "\n[x", "is not valid TOML"),
        (WHOLE.replace('name = "small"', 'name = "other"'), "'other' is not the file's name"),
    ],
)
def test_what_cannot_be(text, expected):
    assert expected in problems(text)


def test_all_problems_of_a_file_come_at_once():
    text = WHOLE.replace("secondary = 1", "secondary = 0").replace("gross = 1_000_000.5", "gross = -1", 1)
    assert problems(text).startswith("read payment: 2 problems")
