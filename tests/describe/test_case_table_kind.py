"""Table 1 of cases from the words of a study file."""

import numpy as np
import pandas as pd
import pytest

from dipeval.describe.given import Given
from dipeval.describe.registry import KINDS
from dipeval.disclose import gate, gate_together
from dipeval.errors import DataError
from dipeval.results.exhibit import Exhibit
from dipeval.study.descriptions import DescriptionChoice

KIND = KINDS["case_table"]


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(9)
    n = 600
    return pd.DataFrame(
        {
            "city": rng.choice(["a", "b"], n),
            "hospital": rng.choice(["h1", "h2", "h3"], n),
            "arm": rng.choice(["treated", "control", "outside"], n, p=[0.5, 0.4, 0.1]),
            "when": rng.choice(["before", "after"], n),
            "sex": rng.choice(["male", "female", None], n, p=[0.5, 0.45, 0.05]),
            "level": rng.choice(["tertiary", "secondary"], n),
            "age": np.where(rng.random(n) < 0.05, np.nan, rng.integers(1, 90, n).astype(float)),
            "total_cost": rng.integers(1_000_00, 90_000_00, n),
            "case_weight": rng.gamma(2, 0.5, n),
            "loss_case": pd.array(rng.choice([0, 1, None], n, p=[0.6, 0.3, 0.1]), "Int64"),
            "insurance_type": rng.choice(["employee", "resident"], n),
        }
    )


def choice(**options):
    plain = {name: getattr(key, "default", None) for name, key in KIND.keys.items()}
    given = {"by": "arm", "variables": ("age",)} | options
    where, bins = given.pop("where", {}), given.pop("bins", {})
    return DescriptionChoice("patients", "case_table", {**plain, **given}, where, bins)


def made(engine, rows, **options):
    given = Given(
        pd.DataFrame(), "month", "2020-01", "2021-12", "CNY", True, {}, engine, engine.small_table(rows)
    )
    (exhibit,) = KIND.make(given, choice(**options))
    return exhibit


def test_variables_are_what_the_vocabulary_says(engine, rows):
    exhibit = made(
        engine,
        rows,
        within="when",
        variables=("age", "age_group", "sex", "total_cost", "case_weight", "loss_case"),
        summaries={"total_cost": ("mean_sd", "median_iqr")},
        tests={"total_cost": "mann_whitney", "sex": "chi_square"},
        overall=True,
        where={"insurance_type": ("resident",)},
    )
    frame = exhibit.frame
    inside = rows[(rows["insurance_type"] == "resident") & (rows["arm"] != "outside")]
    assert list(dict.fromkeys(frame["arm"]))[:3] == ["control", "treated", "overall"]
    assert list(dict.fromkeys(frame["when"])) == ["before", "after"]
    assert set(frame["when_label_zh"]) == {"改革前", "改革后"}
    cost = frame[frame["variable"] == "total_cost"]
    assert set(cost["unit"]) == {"currency"} and cost["label_zh"].iloc[0] == "住院总费用"
    part = inside[(inside["arm"] == "treated") & (inside["when"] == "after")]
    mean = cost[(cost["arm"] == "treated") & (cost["when"] == "after") & (cost["statistic"] == "mean_sd")]
    assert mean["value"].iloc[0] == pytest.approx(part["total_cost"].mean() / 100)
    weight = frame[(frame["variable"] == "case_weight") & (frame["arm"] == "overall")]
    before = inside[inside["when"] == "before"]
    assert weight["value"].iloc[0] == pytest.approx(before["case_weight"].mean(), abs=1e-6)
    loss = frame[(frame["variable"] == "loss_case") & (frame["level"] == "yes")]
    assert loss["label_en"].iloc[0] == "Yes" and loss.loc[loss["arm"] == "overall", "value"].sum() == (
        inside["loss_case"].sum()
    )
    assert "insurance" in exhibit.notes_en[0] and exhibit.kind == "case_table"
    # Groups add up to the overall column, and the gate takes the sums as they are declared.
    released, _ = gate(exhibit, minimum_cell=30)
    assert released.exhibit.frame["suppressed"].any() and exhibit.sums


def test_what_another_exhibit_holds_back_is_not_told_here(engine, rows):
    """Those without a value are a fact here, and a category that may be too small there."""
    few = rows.assign(sex=np.where(np.arange(len(rows)) < 4, None, rows["sex"].fillna("male")), arm="treated")
    exhibit = made(engine, few, variables=("sex", "age"))
    alone = gate(exhibit)[0].exhibit.frame
    missing = alone[(alone["statistic"] == "missing") & (alone["variable"] == "sex")]
    assert missing["value"].tolist() == [4.0]
    told = pd.DataFrame({"cell": ["cases[]/sex=missing"], "value": 4.0, "count": 4.0, "largest_share": 0.5})
    other = Exhibit("mix", "bars", "M", "构", told.assign(label_en="Not recorded", label_zh="未记录"))
    frame = gate_together([exhibit, other])[0][0].exhibit.frame
    of_sex = frame[frame["variable"] == "sex"]
    assert of_sex["suppressed"].all() and not frame.loc[frame["variable"] == "age", "suppressed"].any()


def test_bins_and_chosen_groups(engine, rows):
    exhibit = made(
        engine, rows, by="level", groups=("tertiary",), variables=("age",), bins={"age": (18.0, 65.0)}
    )
    frame = exhibit.frame
    assert frame.loc[frame["statistic"] == "n_percent", "level"].tolist() == ["<18", "18–65", "≥65"]
    known = rows[(rows["level"] == "tertiary") & rows["age"].notna()]
    assert frame.loc[frame["level"] == "<18", "value"].iloc[0] == (known["age"] < 18).sum()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"variables": ("age", "age")}, "is named twice"),
        ({"variables": ("arm", "age")}, "divides the table"),
        ({"within": "arm"}, "as `by` is"),
        ({"tests": {"sexx": "welch"}, "variables": ("sex",)}, "did you mean 'sex'"),
        ({"variables": ("sx",)}, "did you mean 'sex'"),
        ({"variables": ("drug_cost",)}, "no column that all cities"),
        ({"groups": ("treatd", "control")}, "did you mean 'treated'"),
        ({"variables": ("sex",), "tests": {"sex": "welch"}}, "cannot be tested by 'welch'"),
    ],
)
def test_what_cannot_be_followed_is_told(engine, rows, options, said):
    with pytest.raises(DataError) as caught:
        made(engine, rows, **options)
    assert said in str(caught.value)
