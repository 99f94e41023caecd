"""Group-time effects against stored values of R's did, record by record.

R's logit stops at a deviance tolerance of 1e-8, ours at rounding: values with covariates differ by up to
1e-7 of their standard error, so points agree to 1e-8 of the larger of the value and its standard error.
"""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.estimate import estimate, group_time_row_table
from dipeval.estimate.two_period_panel import Contrast
from dipeval.estimate.two_period_sections import sections_contrast
from dipeval.infer import infer

FILE = Path(__file__).resolve().parents[2].parent / "shared" / "reference" / "values" / "did.json"
RECORDS = json.loads(FILE.read_text(encoding="utf-8"))["records"] if FILE.exists() else []
METHODS = {"dr": "doubly_robust", "ipw": "inverse_probability", "reg": "outcome_regression"}
WEIGHTS = {"NULL": "base_of_cell", "base_period": "base_of_cohort"}
WEIGHTS |= {"first_period": "first_period", "varying": "varying"}
AVERAGES = ["event_time", "cohort", "period", "cell"]


def option(call, name, default):
    """An argument of an R call as text."""
    found = re.search(rf'\b{name}=("[^"]*"|[^,]*?)(?:,|\)$|\)\}}$)', call)
    return found.group(1).strip('"') if found else default


def frame_of(call, counties, hospitals, full):
    data = re.search(r"data=(.*?)\)?\}?$", call).group(1)
    if data.startswith("hosp"):
        frame = full if data.startswith("hospf") else hospitals
        return frame, {"unit": "hospital", "time": "month", "cohort": "cohort"}
    frame = counties.assign(**{"I(lpop^2)": counties["lpop"] ** 2})
    if "%%11" in data:
        frame = frame[(frame["countyreal"] + frame["year"]) % 11 != 0]
    elif "first.treat>0" in data:
        frame = frame[frame["start"].notna()]
    if "anticipation=1" in call:  # did drops the cohort without a period before its anticipation
        frame = frame[frame["start"] != 2004]
    return frame.reset_index(drop=True), {"unit": "countyreal", "time": "year", "cohort": "start"}


def close(value, stored, error, rel=1e-8):
    assert abs(value - stored) <= rel * max(abs(stored), error or 0), (value, stored, error)


def compare(result, term, stored, error):
    if stored is None:
        assert np.isnan(result.params[term]) and np.isnan(result.std_errors[term])
        return
    close(result.params[term], stored, error)
    if error is None:
        assert result.terms.set_index("term").loc[term, "is_reference"]
    else:
        assert result.std_errors[term] == pytest.approx(error, rel=1e-6)


def run(frame, columns, call, **options):
    formula = option(call, "xformla", "~1").lstrip("~").replace(" ", "")
    names = [name for name in re.split(r"\+(?![^(]*\))", formula) if name != "1"]
    drawn = re.search(r"\bpanel=FALSE", call) is not None
    # did keeps counties without any row before their reform: only their other rows inform
    sampling = "cross_sections" if drawn or "%%11" in call else "panel"
    if drawn:
        frame, columns = frame.assign(row=np.arange(len(frame))), {**columns, "unit": None}
    cluster = option(call, "clustervars", "row" if drawn else columns["unit"])
    comparison = option(call, "control_group", "nevertreated")
    ahead = int(option(call, "anticipation", "0"))
    span = int(frame[columns["time"]].max() - frame[columns["time"]].min())
    periods = None
    if "first.treat>0" in call:  # did ends the panel where the last cohort starts
        periods = ["2003", "2004", "2005", "2006"]
    design = build_design(
        frame,
        **columns,
        periods=periods,
        clusters=[cluster],
        covariates=names,
        weights=option(call, "weightsname", None),
        comparison={"nevertreated": "never_treated"}.get(comparison, "not_yet_treated"),
        anticipation=ahead,
        reference=-1 - ahead,
        event_window=(-span, span),
        sampling=sampling,
    )
    result = estimate(
        design,
        frame[option(call, "yname", "")],
        estimator="group_time",
        method=METHODS[option(call, "est_method", "dr")],
        base_period=option(call, "base_period", "varying"),
        weights_of=WEIGHTS[option(call, "fix_weights", "NULL")],
        gaps="cross_sections" if "allow_unbalanced_panel=TRUE" in call else "leave_out",
        **options,
    )
    return infer(result, cluster=cluster, small_sample="CR0")


@pytest.fixture(scope="module")
def full(shared):
    frame = pd.read_csv(shared / "reference" / "data" / "hospital_panel_full.csv")
    return frame.assign(cohort=frame["cohort"].where(frame["cohort"] > 0))


@pytest.fixture(autouse=True)
def signs_of_drdid(monkeypatch, sign_of_drdid):
    """Let cross-sections err as DRDID does, so that everything else can be compared."""

    def contrast(treated, control, method, start=None):
        found = sections_contrast(treated, control, method, start)
        if method != "doubly_robust" or isinstance(found, str):
            return found
        return Contrast(found.value, found.influence + sign_of_drdid((*treated, *control)))

    monkeypatch.setattr(group_time_row_table, "sections_contrast", contrast)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record["id"])
def test_record(record, counties, hospitals, full):
    if record["id"].endswith("APPROX"):
        pytest.skip("Monte Carlo")
    frame, columns = frame_of(record["call"], counties, hospitals, full)
    stored = record["aggte"]
    result = run(frame, columns, record["call"], aggregate=["overall", *AVERAGES])
    if "panel=FALSE" not in record["call"]:
        assert result.n_hospitals == record["n_units"]
    compare(result, "att", stored["simple"]["overall_att"], stored["simple"]["overall_se"])
    for row in record["att_gt"]:
        compare(result, f"cohort={row['group']},period={row['time']}", row["att"], row["se"])
    for kind, name in (("dynamic", "event_time"), ("group", "cohort"), ("calendar", "period")):
        for row in stored[kind]["by"]:
            compare(result, f"{name}={row['e']}", row["att"], row["se"])
    if "vcov" in record:
        terms = [f"cohort={row['group']},period={row['time']}" for row in record["att_gt"] if row["se"]]
        kept = [k for k, row in enumerate(record["att_gt"]) if row["se"]]
        wanted = np.array(record["vcov"], float)[np.ix_(kept, kept)]
        scale = np.sqrt(np.outer(np.diag(wanted), np.diag(wanted)))
        assert np.abs((result.cov.loc[terms, terms].to_numpy() - wanted) / scale).max() < 1e-6
    for kind in ("dynamic", "group", "calendar"):
        other = run(frame, columns, record["call"], aggregate=["overall"], overall=kind)
        compare(other, "att", stored[kind]["overall_att"], stored[kind]["overall_se"])
    for balance in (0, 1):
        if f"dynamic_balance_e{balance}" not in stored:
            continue
        held = stored[f"dynamic_balance_e{balance}"]
        options = {"aggregate": ["overall", "event_time"], "overall": "dynamic", "balance": balance}
        other = run(frame, columns, record["call"], **options)
        compare(other, "att", held["overall_att"], held["overall_se"])
        for row in held["by"]:
            compare(other, f"event_time={row['e']}", row["att"], row["se"])
        shown = other.params[[t for t in other.params.index if t.startswith("event_time")]]
        assert shown.notna().sum() == len(held["by"])
