"""``[composition.<name>]``: parts, defaults, balances, and everything that cannot be."""

from pathlib import Path

import pytest

from dipeval.errors import StudyError
from dipeval.pipeline.registries import registries
from dipeval.study import parse_study

TEXT = (Path(__file__).resolve().parents[2] / "analysis/studies/synthetic.toml").read_text(encoding="utf-8")
CITIES = tuple(
    f"synthetic_{name}"
    for name in (
        "anlan",
        "beiyuan",
        "chunxi",
        "dongpu",
        "fengze",
        "guyu",
        "heming",
        "jinsha",
        "lanting",
        "mulan",
        "nanfeng",
        "qinghe",
    )
)
SEED = "[composition.costs]\nseed = 20200103\n"


def parse(more: str):
    assert SEED in TEXT
    return parse_study(
        TEXT.replace(SEED, f"[composition.costs]\n{more}"), "s.toml", registries(), CITIES, "synthetic"
    )


def test_what_is_not_said_is_the_study_s_own():
    (choice,) = parse("seed = 1").compositions
    assert choice.parts[0] == "drug_cost" and len(choice.parts) == 7
    assert (choice.estimator, choice.total, choice.rest, choice.zeros) == (
        "imputation",
        "total_cost",
        "refuse",
        "replace",
    )
    assert (choice.seed, choice.n_draws, choice.fractional, choice.fraction) == (1, 999, "hospital", 0.65)


def test_balances_are_read():
    made = parse(
        'seed = 1\nparts = ["drug_cost", "blood_cost", "other_cost"]\n'
        'balances = { goods = [["drug_cost", "blood_cost"], ["other_cost"]], drugs = [["drug_cost"], ["blood_cost"]] }'
    )
    balances = made.compositions[0].balances
    assert balances["goods"] == (("drug_cost", "blood_cost"), ("other_cost",))


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ("", "the key 'seed' is missing"),
        ('seed = 1\nparts = ["drug_cost"]', "1 parts are no composition"),
        ('seed = 1\nparts = ["drug_cost", "drug_cost"]', "'drug_cost' stands twice"),
        ('seed = 1\nparts = ["drug_cost", "drugs"]', "'drugs' is not a known word"),
        ('seed = 1\nparts = ["drug_cost", "total_cost"]', "'total_cost' is a part of itself"),
        ('seed = 1\nzeros = "replaced"', "did you mean 'replace'"),
        ('seed = 1\nestimator = "imputatio"', "did you mean 'imputation'"),
        ("seed = 1\nsed = 1", "unknown key 'sed'"),
        ("seed = 1\nn_draws = 10", "write a number of 99 or more"),
        ('seed = 1\nbalances = { a = [["drug_cost"]] }', "is no balance of two groups"),
        ('seed = 1\nbalances = { a = [["drug_cost"], ["staff_cost"]] }', "'staff_cost' is no part"),
    ],
)
def test_what_cannot_be_is_said(more, what):
    with pytest.raises(StudyError) as told:
        parse(more)
    assert what in str(told.value) and "composition.costs" in str(told.value)
