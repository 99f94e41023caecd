"""The portraits of the project: their raw files carry the figures that are said of them, and other ones when told so."""

import io

import pandas as pd
import pytest

from dipeval.simulate.portraits import parse_portrait
from dipeval.simulate.portraits.raw_file import portrait_file
from dipeval.study import Registries, parse_city, parse_source

KNOWN = Registries({}, {}, {})


@pytest.fixture
def rows(root):
    """The raw file of a portrait, read as a spreadsheet program would."""

    def text(kind, name):
        return (root / "analysis" / kind / f"{name}.toml").read_text(encoding="utf-8")

    def load(name, *changes):
        city = parse_city(
            text("cities", f"portrait_{name}"), name, KNOWN, ("settlement_list", "clearing_export")
        )
        told = text("portraits", name)
        for old, new in changes:
            assert old in told
            told = told.replace(old, new)
        portrait = parse_portrait(told, name, name)
        source = parse_source(text("sources", city.source), city.source)
        _, content = portrait_file(portrait, city, source, portrait.seed)
        assert portrait.cases == content.count(b"\n") - 1
        return pd.read_csv(io.BytesIO(content), dtype={"hi_type": str, "医保类型": str})

    return load


def change_of_self_paid(frame):
    means = frame.groupby("hi_paymtd")["psn_cashpay"].mean()
    return round(100 * (means[3] / means[1] - 1), 2)


def test_one_disease(rows):
    frame = rows("one_disease")
    assert len(frame) == 449 and frame["diag_code"].str.startswith("H11.0").all()
    assert change_of_self_paid(frame) == -46.24
    assert change_of_self_paid(rows("one_disease", ("mean = 1_075.2", "mean = 1_100"))) == -45.0


def flows(frame):
    home = "虚拟北省"
    out = frame.loc[(frame["insuplc"] == home) & (frame["mdtrtarea_admvs"] != home), "hifp_pay"].sum()
    into = frame.loc[(frame["insuplc"] != home) & (frame["mdtrtarea_admvs"] == home), "hifp_pay"].sum()
    return round(out / 1e6, 2), round(into / 1e6, 2), round(out / into, 1)


def test_insured_flows(rows):
    assert flows(rows("insured_flows")) == (26.92, 2.28, 11.8)
    assert flows(rows("insured_flows", ("mean = 9_500", "mean = 10_000"))) == (26.92, 2.4, 11.2)


def chronic(frame):
    chronic = ~frame["diag_code"].isin(["J18.900", "K35.800"])
    paid = frame[chronic].groupby("hi_type")["fund_pay_sumamt"].sum()
    return tuple(f"{100 * paid[scheme] / 1e9:.2f}" for scheme in ("310", "390"))


def test_chronic_burden(rows):
    frame = rows("chronic_burden")
    assert chronic(frame) == ("4.06", "1.07")
    tertiary = frame.groupby("hi_setl_lv")["fund_pay_sumamt"].sum()
    assert tertiary.idxmax() == 3
    assert chronic(rows("chronic_burden", ("mean = 10_000", "mean = 11_000"))) == ("4.06", "1.18")


def test_deductibles(rows):
    frame = rows("deductibles")
    means = frame.groupby(["hi_setl_lv", "hi_type"])["act_pay_dedc"].mean()
    assert means[1, "310"] == 300 and means[1, "390"] == 150
    amounts = frame.groupby(["hi_setl_lv", "hi_type"])[["psn_cashpay", "medfee_sumamt"]].sum()
    share = (amounts["psn_cashpay"] / amounts["medfee_sumamt"]).round(4)
    assert share[1, "310"] == 0.18 and share[1, "390"] == 0.25


def test_payment_by_groups(rows):
    sums = rows("tcm_hospitals").groupby("hi_paymtd")[["fund_pay_sumamt", "medfee_sumamt"]].sum()
    assert (sums["fund_pay_sumamt"] / sums["medfee_sumamt"]).round(4).to_dict() == {1: 0.612, 4: 0.668}


def test_two_treatments(rows):
    frame = rows("two_treatments")
    cost = frame.groupby([frame["diag_code"].str[0], "trt_type"])["medfee_sumamt"].mean()
    assert cost["M", 2] < cost["M", 1] and cost["J", 2] > cost["J", 1]


def test_paid_by_points(rows):
    frame = rows("paid_by_points")
    paid = frame[frame["出院时间"] >= "2022"]
    assert round(1 - (paid["主诊断编码"] == "E84.000").mean(), 3) == 0.977
    month = paid.groupby(paid["出院时间"].str[:7])["实际发生总费用"].mean()
    assert month["2022-12"] < month["2022-01"]
