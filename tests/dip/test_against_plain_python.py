"""Ten thousand random cases: every type, ratio, class, multiplier and score equals the plain second way."""

from fractions import Fraction

import pandas as pd
import pytest
from invented import random_stays
from payment_texts import AGES, SMALL, part
from plain import build, score

from dipeval.dip.building import build_catalogue
from dipeval.dip.grouping import grouped
from dipeval.dip.reading import parse_payment
from dipeval.dip.scoring import scored
from dipeval.dip.small_tables import brought

RULES = {
    "threshold": 15,
    "year_weights": (1, 2, 7),
    "scale": 1,
    "decimals": 4,
    "low": Fraction(1, 2),
    "high": 2,
    "extreme": 5,
    "ages": ((0, 6, Fraction(6, 5)), (65, 1000, Fraction(1055, 1000))),
    "hospital": {"tertiary": Fraction(11, 10), "secondary": Fraction(1), "primary": Fraction(17, 20)},
    "subset": False,
}


def rows(frame):
    """Plain dictionaries with None for what is missing."""
    plain = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{**row, "year": row["discharge_date"].year} for row in plain]


@pytest.mark.parametrize("match", ["exact", "subset"])
def test_every_case_scores_as_by_hand(engine, match):
    frame = random_stays(40_000, seed=11)
    text = SMALL + AGES + part("grouping", f'version = "t"\nmatch = "{match}"')
    parameters = parse_payment(text, "small.toml").year(2021)
    stays = brought(engine, frame)
    catalogue = build_catalogue(engine, stays, parameters.grouping, parameters.weighting, 2021)
    cases = grouped(engine, stays.filter(stays.discharge_date.year() == 2021), catalogue, parameters.grouping)
    made = engine.to_frame(scored(engine, cases, catalogue, parameters), order_by=["source_row"])

    rules = {**RULES, "subset": match == "subset"}
    all_rows = rows(frame)
    plain = build(all_rows, 2021, rules)
    known = catalogue.types.set_index("disease_type")["relative_weight"].to_dict()
    assert known == {key: weight for key, weight in plain["weights"].items()}
    assert catalogue.overall == plain["overall"]

    wanted = [score(case, plain, rules) for case in all_rows if case["year"] == 2021]
    assert len(made) == len(wanted) > 9_500
    assert set(made["deviation_class"].dropna()) == {"low", "normal", "high", "extreme"}
    for name in ("disease_type", "deviation_class"):
        assert made[name].astype(object).where(made[name].notna(), None).tolist() == [
            case[name] for case in wanted
        ]
    for name in ("cost_ratio", "deviation_multiplier"):
        expected = [None if case.get(name) is None else int(case[name] * 10_000) for case in wanted]
        assert [None if pd.isna(v) else int(v) for v in made[name]] == expected
    assert made["score"].tolist() == [case["score"] for case in wanted]
    assert sum(case["disease_type"] is None for case in wanted) > 100
