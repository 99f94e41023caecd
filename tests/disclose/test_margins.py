"""Secondary suppression: what is held back beside a small cell, and what is not."""

import numpy as np
import pandas as pd
import pytest

from dipeval.disclose import gate, gate_together
from dipeval.disclose.attack import feasible_interval, recoverable, sum_matrix
from dipeval.disclose.secondary import secondary
from dipeval.errors import DataError
from dipeval.results.exhibit import Exhibit
from dipeval.results.relations import Derived, Sum, cell_names, sums_over


def line(counts, name="demo", total="all", shares=None, **more):
    """Cells by name, one of them the sum of the others (if `total` is among them)."""
    names = list(counts)
    share = [0.2] * len(names) if shares is None else shares
    frame = pd.DataFrame({"cell": names, "value": 1.5, "count": [float(c) for c in counts.values()]})
    frame = frame.assign(largest_share=share, label_en=names, label_zh=names)
    sums = (Sum(total, tuple(n for n in names if n != total)),) if total in counts else ()
    return Exhibit(name, "trends", "Demo", "示例", frame, **({"sums": sums} | more))


def held(exhibit, **rules):
    """Rules by cell of what one exhibit holds back."""
    _, withheld = gate(exhibit, **rules)
    return {w.row_en: w.rule for w in withheld}


def test_a_small_part_takes_the_smallest_part_that_hides_it_along():
    counts = {"a": 3, "b": 40, "c": 25, "d": 90, "all": 158}
    assert held(line(counts)) == {"a": "too_few", "c": "secondary"}
    released, _ = gate(line(counts))
    frame = released.exhibit.frame.set_index("cell")
    assert frame.loc["c", ["value", "count", "largest_share"]].isna().all()
    assert frame.loc["all", "count"] == 158
    assert "would give away" in released.exhibit.notes_en[-1]


def test_without_declared_sums_nothing_more_is_held_back():
    assert held(line({"a": 3, "b": 40, "all": 43}, sums=())) == {"a": "too_few"}


def test_a_neighbour_that_is_itself_just_large_enough_does_not_hide_enough():
    """10 beside 1: the reader knows that the one is below 10 and the other is not, so 11 is 1 + 10."""
    assert held(line({"a": 1, "b": 10, "c": 300, "all": 311})) == {"a": "too_few", "c": "secondary"}


def test_two_small_cells_do_not_hide_each_other_where_their_sum_says_what_they_are():
    found = held(line({"a": 1, "b": 1, "c": 60, "all": 62}))
    assert found == {"a": "too_few", "b": "too_few", "c": "secondary"}


def test_a_zero_is_never_held_back():
    found = held(line({"a": 2, "none": 0, "b": 50, "all": 52}))
    assert "none" not in found and found == {"a": "too_few", "b": "secondary"}


def test_a_dominated_cell_needs_an_interval_as_wide_as_its_share():
    """15 % of 1000 is 150: a neighbour of 30 can give 20 at most, so the larger one goes."""
    counts = {"a": 1000, "b": 30, "c": 400, "all": 1430}
    found = held(line(counts, shares=[0.9, 0.2, 0.2, 0.2]))
    assert found["a"] == "one_contributor" and found["c"] == "secondary"


def test_exhibits_that_share_cells_are_judged_together():
    by_sex = line({"men": 4, "women": 96, "all": 100}, "by_sex")
    women = line({"women": 96, "other": 50}, "women", sums=())
    judged = gate_together([by_sex, women])
    assert [w.row_en for w in judged[0][1]] == ["men", "women"]
    assert [(w.row_en, w.rule) for w in judged[1][1]] == [("women", "secondary")]
    assert held(women) == {}


def test_one_exhibit_may_hold_the_total_that_another_lacks():
    parts = line({"men": 4, "women": 96}, "parts", sums=())
    total = line({"all": 100}, "total", "", sums=(Sum("all", ("men", "women")),))
    assert held(parts) == {"men": "too_few"}
    found = [w.row_en for _, withheld in gate_together([parts, total]) for w in withheld]
    assert len(found) == 2 and "men" in found


def test_what_is_computed_from_a_held_cell_goes_with_it():
    made = line({"a": 3, "b": 40, "ratio": 500}, total="", derived=(Derived("ratio", ("a", "b")),))
    assert held(made) == {"a": "too_few", "ratio": "derived"}


def table(counts, **columns):
    frame = pd.DataFrame(columns).assign(value=1.0, count=np.asarray(counts, dtype=float), largest_share=0.1)
    return frame.assign(label_en=cell_names(frame, list(columns)), label_zh="格")


def test_sums_from_dimensions_and_from_a_tree():
    frame = table(range(6), code=["I21", "I22", "I", "J44", "J", "all"])
    tree = {"I21": "I", "I22": "I", "J44": "J", "I": "all", "J": "all"}
    assert sums_over(frame, ["code"], {"code": tree}, "t") == (
        Sum("t/code=I", ("t/code=I21", "t/code=I22")),
        Sum("t/code=J", ("t/code=J44",)),
        Sum("t/code=all", ("t/code=I", "t/code=J")),
    )
    cross = table(range(9), sex=["m", "f", "all"] * 3, age=["y"] * 3 + ["o"] * 3 + ["all"] * 3)
    assert len(sums_over(cross, ["sex", "age"], {"sex": "all", "age": "all"})) == 6
    with pytest.raises(ValueError, match="place no row"):
        sums_over(cross, ["sex"], {"age": "all"})


def test_a_lone_child_hides_with_its_parent_and_an_uncle():
    """J44 is all there is of J: holding back J44 and J alone would leave 'all' minus I."""
    frame = table([70, 30, 100, 4, 4, 104], code=["I21", "I22", "I", "J44", "J", "all"])
    tree = {"I21": "I", "I22": "I", "J44": "J", "I": "all", "J": "all"}
    frame = frame.assign(cell=cell_names(frame, ["code"]))
    made = Exhibit("tree", "trends", "T", "树", frame, sums=sums_over(frame, ["code"], {"code": tree}))
    found = held(made)
    assert {"code=J44", "code=J"} < set(found)
    names = frame["cell"].tolist()
    matrix = sum_matrix(names, made.sums)
    back = np.array([n in found for n in names])
    assert not recoverable(matrix, back).any()
    low, high = feasible_interval(matrix, frame["count"].to_numpy(), back, names.index("code=J44"), 10)
    assert (low, high) == pytest.approx((1, 9))


def test_declared_sums_that_do_not_hold_are_all_listed():
    wrong = line({"a": 30, "b": 40, "all": 71})
    with pytest.raises(DataError, match="do not add up"):
        gate(wrong)
    with pytest.raises(DataError, match="are in no exhibit"):
        gate(line({"a": 30, "all": 30}, sums=(Sum("all", ("a", "c")),)))
    with pytest.raises(DataError, match="different counts"):
        gate_together([line({"a": 30, "b": 1, "all": 31}), line({"a": 31}, "other", sums=())])
    missing = line({"a": 30, "all": 30})
    missing.frame.loc[0, "count"] = np.nan
    with pytest.raises(DataError, match="have no count"):
        gate(missing)
    with pytest.raises(ValueError, match="named once"):
        Sum("a", ("a", "b"))
    with pytest.raises(ValueError, match="does not name its cells"):
        Exhibit("x", "trends", "", "", missing.frame.drop(columns="cell"), sums=missing.sums)


def test_cells_that_the_rule_itself_gives_away_stop_the_release():
    """Nine parts that are not empty, and a total below ten: each is one."""
    with pytest.raises(DataError, match="whatever is held back"):
        gate(line({**{f"p{i}": 1 for i in range(9)}, "all": 9}))


def test_choice_does_not_depend_on_the_number_of_times_it_is_made_and_ties_go_to_the_first():
    counts = {"x": 30, "y": 30, "a": 3, "z": 30, "all": 93}
    assert held(line(counts)) == held(line(counts)) == {"x": "secondary", "a": "too_few"}


def test_counts_must_add_up_and_small_ones_be_held_first():
    matrix = np.array([[1.0, 1.0, -1.0]])
    none = np.zeros(3, dtype=bool)
    for counts, primary in (([-20, 60, 40], none), ([20, 20, 41], none), ([2, 20, 22], none)):
        with pytest.raises(ValueError):
            secondary(matrix, np.array(counts, dtype=float), primary)
    with pytest.raises(ValueError, match="held back has an interval"):
        feasible_interval(matrix, np.array([20.0, 20, 40]), none, 0, 10)
