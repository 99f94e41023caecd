"""Study, city and source files: a closed vocabulary, and every problem of a file in one error."""

import re
from pathlib import Path

import pytest

from dipeval.errors import StudyError
from dipeval.store.fingerprint import canonical
from dipeval.study import Registries, parse_city, parse_source, parse_study
from dipeval.study.grammar import Key, Switch
from dipeval.study.model import RuleChoice

ANALYSIS = Path(__file__).resolve().parents[2] / "analysis"
RULES = {
    "duplicate_rows": Switch(),
    "stay": Switch({"days": Key("integer", default=365, low=1, high=3660), "who": Key("texts", default=())}),
    "always": Switch({"year": Key("integer", default=1980)}, optional=False),
}
KNOWN = Registries(
    {"imputation": {"leads": "integer"}, "twfe": {}},
    {"cluster": {"small_sample": Key("text", default="CR1")}},
    RULES,
)
SOURCES = tuple(p.stem for p in (ANALYSIS / "sources").glob("*.toml"))
CITIES = tuple(p.stem for p in (ANALYSIS / "cities").glob("*.toml"))

STUDY = """
[study]
name = "small"
title_en = "Small"
title_zh = "小"
synthetic = true
[data]
cities = ["synthetic_anlan", "synthetic_mulan"]
start = "2019-01"
end = "2020-12"
frequency = "month"
[design]
by = "city"
[outcomes]
names = ["length_of_stay"]
[estimate]
estimators = ["imputation"]
main = "imputation"
"""


def parse(text: str):
    return parse_study(text, "analysis/studies/small.toml", KNOWN, CITIES, "small")


def problems(text: str) -> str:
    with pytest.raises(StudyError) as caught:
        parse(text)
    return str(caught.value)


def test_a_small_study_has_defaults():
    study = parse(STUDY)
    assert study.treatment.comparison == "not_yet_treated"
    assert study.treatment.event_window == (-12, 12)
    assert study.disclosure.minimum_cell == 10
    assert study.simulation is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('title_en = "Small"', 'titel_en = "Small"', "did you mean 'title_en'"),
        ('title_en = "Small"', 'title_en = " "', "is blank"),
        ('frequency = "month"', 'frequency = "monthly"', "did you mean 'month'"),
        ('start = "2019-01"', 'start = "2019-13"', "no month 13"),
        ('start = "2019-01"', "start = 2019", "must be of type period"),
        ('start = "2019-01"', 'start = "2019"', "is not a month"),
        ('start = "2019-01"', 'start = "2021-01"', "does not lie after"),
        ('"synthetic_anlan"', '"synthetic_anlam"', "did you mean 'synthetic_anlan'"),
        ('names = ["length_of_stay"]', 'names = ["lenght_of_stay"]', "did you mean 'length_of_stay'"),
        ('main = "imputation"', 'main = "twfe"', "not among the estimators"),
        ('by = "city"', 'by = "city"\nanticipation = -1', "0 or more"),
        ('by = "city"', 'by = "city"\nevent_window = [1, 2]', "is no window"),
        ('by = "city"', 'by = "city"\n[design.starts]\na = "2019-05"', "bring their own dates"),
        ('by = "city"', 'by = "hospital_type"', "who among hospital_type"),
        ('main = "imputation"', 'main = "imputation"\n[disclose]\nminimum_cell = 1', "without a reason"),
        ('main = "imputation"', 'main = "imputation"\n[disclose]\nrounding_base = 0', "rounding_base"),
        ('main = "imputation"', 'main = "imputation"\n[disclose]\ndominance = 1.5', "dominance"),
        (
            'main = "imputation"',
            'main = "imputation"\n[estimate.options.imputation]\nlags = 2',
            "unknown key 'lags'",
        ),
        (
            'by = "city"',
            'by = "level"\nstarts = { tertiary = "2019", secondary = "never" }',
            "'2019' is not a month",
        ),
        ("[estimate]", "[estimat]", "did you mean 'estimate'"),
        ('name = "small"', 'name = "other"', "not the file's name"),
        ("synthetic = true", 'synthetic = "yes"', "must be of type flag"),
    ],
)
def test_a_wrong_word_is_named_with_the_right_one(old, new, said):
    assert old in STUDY
    assert said in problems(STUDY.replace(old, new))


def test_all_problems_come_in_one_error():
    text = STUDY.replace("title_en", "titel_en").replace("month", "weak").replace("anlan", "anlam")
    said = problems(text)
    for part in ("titel_en", "weak", "anlam", "title_en' is missing"):
        assert part in said
    assert said.count("analysis/studies/small.toml") >= 4


def test_broken_toml_says_where():
    assert "not valid TOML" in problems("[study\nname=1")


def test_nothing_is_evaluated():
    marked = STUDY.replace('title_en = "Small"', 'title_en = "{1+1} $(ls) __import__"')
    assert parse(marked).title_en == "{1+1} $(ls) __import__"


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_file_parses(name):
    source = parse_source((ANALYSIS / f"sources/{name}.toml").read_text(encoding="utf-8"), name, name)
    assert source.layer in ("discharges", "panel")


CITY = """
[city]
name = "a"
label_en = "A"
label_zh = "甲"
scheme = "DIP"
source = "front_page"
obtain = "nowhere"
[[files]]
path = "x.csv"
[dates]
payment = "2020-01"
source = "invented"
"""


def city_problems(text: str) -> str:
    with pytest.raises(StudyError) as caught:
        parse_city(text, "analysis/cities/a.toml", KNOWN, SOURCES, "a")
    return str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('path = "x.csv"', 'path = "../x.csv"', "leaves the data folder"),
        ('path = "x.csv"', 'path = "/etc/passwd"', "leaves the data folder"),
        ('path = "x.csv"', 'path = "C:\\\\x.csv"', "leaves the data folder"),
        ('payment = "2020-01"', 'payment = "2020-01"\nnever = true', "says never"),
        ('payment = "2020-01"', "", "actual payment is missing"),
        ('payment = "2020-01"', 'payment = "2020-01"\nannounced = "2021-01"', "lies before"),
        ('source = "front_page"', 'source = "frontpage"', "did you mean 'front_page'"),
        ('path = "x.csv"', 'path = "x.csv"\nsha = "1"', "did you mean 'sha256'"),
        ("[dates]", "[units]\ntotal_cost = 'yan'\n[dates]", "did you mean 'yuan'"),
        ("[dates]", "[[other_units]]\nunit = 'yuan'\nreason = 'r'\n[dates]", "speaks of no rows"),
        ("[dates]", "[[other_units]]\nunit = 'yuan'\nsince = '2019'\n[dates]", "'reason' is missing"),
        (
            "[dates]",
            "[[other_units]]\nunit = 'wan'\nreason = 'r'\nfile = 'y.csv'\nuntil = '2019-13'\n[dates]",
            "'y.csv' is no file of this city",
        ),
        (
            "[dates]",
            "[[other_units]]\nunit = 'yuan'\nreason = 'r'\nsince = '2019-13'\n[dates]",
            "no month 13",
        ),
        (
            "[dates]",
            "[[other_units]]\nunit = 'yuan'\nreason = 'r'\nsince = '2019'\ncolumns = ['age']\n[dates]",
            "'age' is no amount of money",
        ),
        ('path = "x.csv"', "path = 'x.csv'\nunits = { total_cost = 'yan' }", "did you mean 'yuan'"),
        ("[dates]", "[rules]\nduplicate_row = false\n[dates]", "did you mean 'duplicate_rows'"),
        ("[dates]", "[rules]\nstay = 3\n[dates]", "must be true, false or a table"),
        ("[dates]", "[rules]\nalways = false\n[dates]", "cannot be switched off"),
        ("[dates]", "[rules.always]\non = false\n[dates]", "unknown key 'on'"),
        ("[dates]", "[rules.stay]\nday = 3\n[dates]", "did you mean 'days'"),
        ("[dates]", "[rules.stay]\ndays = 'x'\n[dates]", "must be of type integer"),
        ("[dates]", "[rules.stay]\ndays = 0\n[dates]", "write a number of 1 or more and 3660 or less"),
        ("[dates]", "[rules.stay]\ndays = 3661\n[dates]", "key rules.stay.days: is 3661"),
    ],
)
def test_a_wrong_city_file_is_refused(old, new, said):
    assert said in city_problems(CITY.replace(old, new, 1))


def parse_rules(text: str) -> dict[str, RuleChoice]:
    told = CITY.replace("[dates]", f"{text}\n[dates]", 1)
    return parse_city(told, "analysis/cities/a.toml", KNOWN, SOURCES, "a").rules


def test_a_city_switches_and_sets_rules():
    assert parse_rules("") == {}
    assert parse_rules("[rules]\nstay = false") == {"stay": RuleChoice(False, {"days": 365, "who": ()})}
    assert parse_rules("[rules.stay]\ndays = 3660") == {"stay": RuleChoice(True, {"days": 3660, "who": ()})}
    told = parse_rules("[rules.stay]\non = false\nwho = ['a']")
    assert told == {"stay": RuleChoice(False, {"days": 365, "who": ("a",)})}
    assert parse_rules("[rules.always]\nyear = 1990") == {"always": RuleChoice(True, {"year": 1990})}


def test_a_setting_is_part_of_the_fingerprint():
    def print_of(text: str) -> str:
        told = CITY.replace("[dates]", f"{text}\n[dates]", 1)
        return canonical(parse_city(told, "a.toml", KNOWN, SOURCES, "a"))

    prints = [print_of(f"[rules.stay]\ndays = {days}") for days in (200, 201, 200)]
    assert prints[0] == prints[2] != prints[1]
    assert print_of("") != print_of("[rules]\nstay = false")


DRAFT = CITY.replace('payment = "2020-01"\nsource = "invented"', 'source = ""').replace('"DIP"', '""')


def test_a_draft_is_refused_until_a_person_has_filled_it_in():
    said = city_problems(DRAFT)
    for key in ("city.scheme", "dates.source", "dates.payment"):
        assert key in said
    assert said.count("is blank") == 2


def test_a_draft_may_be_looked_at():
    city = parse_city(DRAFT, "analysis/cities/a.toml", KNOWN, SOURCES, "a", draft=True)
    assert (city.scheme, city.dates.payment, city.dates.source) == ("none", "", "")
    with pytest.raises(StudyError, match="leaves the data folder"):
        parse_city(DRAFT.replace("x.csv", "../x.csv"), "a.toml", KNOWN, SOURCES, "a", draft=True)


def test_money_needs_a_unit_and_an_alias_means_one_thing():
    text = (ANALYSIS / "sources/front_page.toml").read_text(encoding="utf-8")
    wrong = re.sub(r'items = \[\["ZFY".*\nunit = "yuan"', 'items = [["ZFY", "KFF"]]', text)
    assert wrong != text
    with pytest.raises(StudyError) as caught:
        parse_source(wrong, "s.toml", "front_page")
    assert "money without a unit" in str(caught.value)
    assert "already means" in str(caught.value)
