"""Kind ``spillover``: cities that border on a reformed one."""

import numpy as np
import pandas as pd
import pytest

from dipeval.describe.given import Given
from dipeval.describe.registry import KINDS
from dipeval.describe.spillover.neighbours import exposed_from
from dipeval.design import build_design
from dipeval.errors import DataError
from dipeval.study.descriptions import DescriptionChoice

KIND = KINDS["spillover"]
NEAR = {"a": ("d", "e"), "b": ("c",)}


@pytest.fixture(scope="module")
def given():
    """Cities a (2019) and b (2020) are reformed; d and e border on a, c on b, f and g on nobody."""
    rng, rows = np.random.default_rng(2), []
    for city in "abcdefg":
        start = {"a": 2019, "b": 2020}.get(city)
        exposed = {"d": 2019, "e": 2019, "c": 2020}.get(city)
        for h in range(6):
            level = rng.normal(9, 0.5)
            for year in range(2015, 2023):
                gain = -0.2 * bool(start and year >= start) - 0.1 * bool(exposed and year >= exposed)
                cost = np.exp(level + gain + rng.normal(0, 0.03))
                rows.append((city, f"h{h}", str(year), 200, int(200 * cost * 100), str(start or "never")))
    columns = ["city", "hospital", "period", "discharges", "total_cost", "cohort"]
    panel = pd.DataFrame(rows, columns=columns)
    panel["unit"] = panel["city"] + "/" + panel["hospital"]
    design = build_design(
        panel.assign(cohort=panel["cohort"].where(panel["cohort"] != "never")),
        unit="unit",
        time="period",
        cohort="cohort",
        clusters=["unit", "city"],
        n_cases="discharges",
    )
    return Given(panel, "year", "2015", "2022", "CNY", design=design)


def choice_of(**options):
    plain = {name: getattr(key, "default", ()) for name, key in KIND.keys.items()}
    told = {"outcomes": ("log_cost_per_case",), "neighbours": NEAR}
    return DescriptionChoice("spilled", "spillover", plain | told | options, heading="effects")


def test_exposure_begins_with_the_first_neighbour(given):
    design = given.designed
    made = dict(zip([u.split("/")[0] for u in design.unit_names], exposed_from(design, NEAR), strict=True))
    assert made == {"a": np.inf, "b": np.inf, "c": 5, "d": 4, "e": 4, "f": np.inf, "g": np.inf}
    both = exposed_from(design, {"f": ("b", "a")})
    first = dict(zip([u.split("/")[0] for u in design.unit_names], both, strict=True))
    assert first["f"] == 4 and first["d"] == np.inf and first["a"] == np.inf


def test_effects_are_shown_in_both_languages(given):
    made = {exhibit.name: exhibit for exhibit in KIND.make(given, choice_of())}
    stem = "spilled_log_cost_per_case"
    assert list(made) == ["spilled", stem, f"{stem}_events"]
    value = made[stem].frame.set_index("label_en")["value"]
    assert value["Effect on the exposed"] == pytest.approx(-0.1, abs=0.03)
    assert value["Effect, never exposed compared"] == pytest.approx(-0.2, abs=0.03)
    assert value["Bias by the exposed"] > 0.03
    table = made["spilled"].frame
    assert set(table["row"].str.split("/").str[1]) == {"clean", "contaminated", "spillover", "bias"}
    assert any("Jiang 2025" in note for note in made["spilled"].notes_en)
    for exhibit in made.values():
        assert len(exhibit.notes_en) == len(exhibit.notes_zh)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"neighbours": {"a": ("x",)}}, "is no city of the design"),
        ({"neighbours": {"a": ("a",)}}, "is its own neighbour"),
        ({"cluster": "province"}, "is no clustering variable"),
    ],
)
def test_maps_that_are_none_are_refused(given, options, told):
    with pytest.raises(DataError, match=told):
        KIND.make(given, choice_of(**options))
