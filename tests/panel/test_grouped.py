"""Stays by hospital, group and period: the sums of pandas on the same stays, and faulty groups."""

import numpy as np
import pandas as pd
import pytest

from dipeval.errors import DataError
from dipeval.panel.extras import extras_of
from dipeval.panel.grouped import group_of_words, grouped_panel
from dipeval.panel.outcomes import outcome_values
from dipeval.store.engine import Engine
from dipeval.vocabulary import outcomes

GROUPS = {"insured": ("employee", "resident"), "uninsured": ("self_pay",)}


def stays(n=600, seed=5) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "city": rng.choice(["A", "B"], n),
            "hospital": rng.choice(["H1", "H2", "H3"], n),
            "discharge_date": pd.Timestamp("2019-01-01") + pd.to_timedelta(rng.integers(0, 180, n), "D"),
            "insurance_type": rng.choice(["employee", "resident", "self_pay", "commercial", None], n),
            "total_cost": rng.lognormal(13, 1, n).astype("int64"),
            "care_days": rng.integers(1, 30, n),
        }
    )


def made(frame, groups=GROUPS, **words):
    with Engine() as engine:
        table = engine.small_table(frame)
        group = group_of_words(table, "insurance_type", groups)
        return grouped_panel(engine, table, group=group, groups=tuple(groups), frequency="month", **words)


def test_the_sums_are_those_of_pandas():
    frame = stays()
    found = made(frame, extras=extras_of(["cost_iqr"]))
    word = {name: group for group, names in GROUPS.items() for name in names}
    plain = frame.assign(
        group=frame["insurance_type"].map(word), period=frame["discharge_date"].dt.strftime("%Y-%m")
    ).dropna(subset="group")
    keys = ["city", "hospital", "group", "period"]
    summed = plain.groupby(keys).agg(
        discharges=("total_cost", "size"), total_cost=("total_cost", "sum"), care_days=("care_days", "sum")
    )
    mine = found.frame.set_index(keys)[list(summed)].astype("int64")
    pd.testing.assert_frame_equal(mine, summed.astype("int64"))
    assert (found.entry.rows_before, found.entry.rows_after) == (len(frame), len(plain))
    values, _ = outcome_values(found.frame, outcomes()["mean_log_total_cost"])
    logs = plain.assign(y=np.log(plain["total_cost"] / 100)).groupby(keys)["y"].mean()
    np.testing.assert_allclose(values, logs.to_numpy(), atol=1e-8)


def test_the_order_of_stays_changes_nothing():
    frame = stays()
    pd.testing.assert_frame_equal(made(frame).frame, made(frame.sample(frac=1, random_state=1)).frame)


def test_hospital_periods_without_a_group_are_named():
    frame = stays()
    out = (
        (frame["city"] == "A")
        & (frame["hospital"] == "H2")
        & (frame["insurance_type"] == "self_pay")
        & (frame["discharge_date"].dt.month == 3)
    )
    gaps = made(frame[~out]).gaps()
    gaps = gaps[gaps["city"] == "A"]
    assert gaps.to_dict("records") == [
        {"city": "A", "hospital": "H2", "period": "2019-03", "absent": "uninsured"}
    ]


def test_a_city_without_a_group_stops_unless_it_may_lack_it():
    frame = stays()
    frame = frame[~((frame["city"] == "B") & (frame["insurance_type"] == "self_pay"))]
    with pytest.raises(DataError, match="has no stay in some cities") as told:
        made(frame)
    assert told.value.problems[0].evidence == ("B",)
    assert set(made(frame, in_every_city=False).frame["group"]) == {"insured", "uninsured"}


def test_all_problems_of_the_groups_are_told_at_once():
    groups = {"insured": ("employee", "self_pay"), "uninsured": ("self_pay",), "nobody": ()}
    with Engine() as engine, pytest.raises(DataError) as told:
        group_of_words(engine.small_table(stays()), "insurance_typ", groups)
    said = " ".join(f"{p.where} {p.what} {p.todo}" for p in told.value.problems)
    assert "insurance_type" in said and "overlap" in said and "nobody names no word" in said
    with pytest.raises(DataError, match="has no stay in the window"):
        made(stays(), {"insured": ("employee",), "uninsured": ("other",)})
