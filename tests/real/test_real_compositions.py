"""What real money consists of: staff, capital and other cost of Swiss hospitals, parts of Brazilian payments."""

from dataclasses import replace

import numpy as np
import pandas as pd

from dipeval.pipeline.composing import composed
from dipeval.pipeline.describing import read_exhibits
from dipeval.pipeline.paneling import read_panel
from dipeval.pipeline.plan import declare
from dipeval.store.project import open_project


def numbers(project, study: str, route: str) -> pd.DataFrame:
    frame = pd.read_csv(project / f"data_clean/{study}/compositions/estimates.csv")
    return frame[frame["route"] == route].set_index("part")


def test_swiss_staff_moves_as_the_staff_share_does_where_the_rest_is_a_part(swiss_project):
    """The outcome's denominator is the total: its effect is that of the composition with the rest in it."""
    declared = declare(open_project(swiss_project), "swissdrg")
    (choice,) = declared.study.compositions
    panel = read_panel(swiss_project / "data_clean/swissdrg/panel")
    (one,) = composed(declared, panel, replace(choice, rest="part", fractional="none"))
    shares = one.shown.numbers["share"]
    assert shares.parts[-1] == "not_itemised" and abs(shares.value.sum()) < 1e-12
    told = pd.read_csv(swiss_project / "data_clean/swissdrg/estimates/estimates.csv")
    mine = told[
        (told["outcome"] == "staff_share") & (told["estimator"] == "imputation") & (told["term"] == "att")
    ]
    assert np.isclose(shares.value[0], mine["estimate"].iloc[0], rtol=1e-9)
    assert np.isclose(shares.std_error[0], mine["std_error"].iloc[0], rtol=1e-9)


def test_swiss_parts_sum_and_what_is_not_itemised_is_told_of(swiss_project):
    shares = numbers(swiss_project, "swissdrg", "share")
    assert set(shares.index) == {"staff_cost", "capital_cost", "material_other_cost"}
    assert abs(shares["estimate"].sum()) < 1e-12
    exhibits = read_exhibits(swiss_project / "data_clean/swissdrg/compositions")
    assert all(
        any("of the total is not, and the effect on that share is" in n for n in e.notes_en) for e in exhibits
    )


def test_swiss_routes_agree_on_the_direction(swiss_project):
    without = [
        numbers(swiss_project, "swissdrg", f"counterfactual_{r}")
        for r in ("shares", "log_ratios", "fractional")
    ]
    staff = [frame.loc["staff_cost", "estimate"] for frame in without]
    assert max(staff) - min(staff) < 0.015
    for frame in without:
        assert abs(frame["estimate"].sum() - 1) < 1e-12 and (frame["conf_low"] < frame["estimate"]).all()


def test_a_placebo_moves_no_part_of_brazilian_payments(brazil_project):
    for route in ("share", "clr", "level"):
        found = numbers(brazil_project, "datasus", route)
        assert ((found["conf_low"] < 0) & (found["conf_high"] > 0)).all()
    parts = numbers(brazil_project, "datasus", "level")["estimate"]
    assert np.isclose(parts.iloc[:-1].sum(), parts["all_parts"], rtol=1e-10)
