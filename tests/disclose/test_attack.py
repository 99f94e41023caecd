"""A reader with everything released attacks what was held back; shares no code with the gate."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from dipeval.disclose import gate
from dipeval.results.exhibit import Exhibit
from dipeval.results.relations import cell_names, sums_over

LEAST = 10


def random_table(seed, shape, tree=False):
    """A table with all its margins (the last dimension in groups of two), some cells small or empty."""
    rng = np.random.default_rng(seed)
    inner = rng.negative_binomial(0.7, 0.7 / 40, shape)
    above = [{f"x{i}": ("all",) for i in range(n)} for n in shape]
    if tree:
        above[-1] = {f"x{i}": (f"g{i // 2}", "all") for i in range(shape[-1])}
    rows = {}
    for at, leaf in zip(np.ndindex(shape), product(*above), strict=True):
        for key in product(*((name, *up[name]) for name, up in zip(leaf, above, strict=True))):
            rows[key] = rows.get(key, 0) + int(inner[at])
    totals = {f"d{axis}": "all" for axis in range(len(shape))}
    if tree:
        groups = {name: up[0] for name, up in above[-1].items()}
        totals[f"d{len(shape) - 1}"] = groups | dict.fromkeys(groups.values(), "all")
    frame = pd.DataFrame(list(rows), columns=list(totals))
    frame = frame.assign(value=1.0, count=[float(c) for c in rows.values()])
    share = rng.choice([0.3, 0.95], len(frame), p=[0.95, 0.05])
    frame["largest_share"] = np.where(frame["count"] > 0, share, np.nan)
    frame["cell"] = cell_names(frame, list(totals))
    frame = frame.assign(label_en=frame["cell"], label_zh=frame["cell"])
    return Exhibit("t", "trends", "T", "表", frame, sums=sums_over(frame, list(totals), totals))


def equations(released):
    """What the reader writes down: a row a sum over the hidden cells, and what the shown ones leave."""
    frame = released.exhibit.frame
    shown = dict(zip(frame["cell"], frame["count"], strict=True))
    hidden = [name for name, count in shown.items() if np.isnan(count)]
    left, right = [], []
    for one in released.exhibit.sums:
        terms = [(one.total, -1.0), *((part, 1.0) for part in one.parts)]
        left.append([sum(sign for name, sign in terms if name == cell) for cell in hidden])
        right.append(-sum(sign * shown[name] for name, sign in terms if name not in hidden))
    return hidden, np.array(left), np.array(right)


def ends(left, right, bounds, position):
    aim = np.eye(left.shape[1])[position]
    low = linprog(aim, A_eq=left, b_eq=right, bounds=bounds)
    high = linprog(-aim, A_eq=left, b_eq=right, bounds=bounds)
    assert low.status == 0 and high.status in (0, 3)
    return low.fun, (-high.fun if high.status == 0 else np.inf)


TABLES = [(1, (4, 5), False), (2, (6, 4), False), (3, (3, 3, 3), False), (4, (3, 6), True), (5, (2, 8), True)]


@pytest.mark.parametrize(("seed", "shape", "tree"), TABLES)
def test_no_held_cell_can_be_computed_or_narrowed(seed, shape, tree):
    made = random_table(seed, shape, tree)
    released, withheld = gate(made, minimum_cell=LEAST)
    hidden, left, right = equations(released)
    rules = {w.row_en: w.rule for w in withheld}
    truth = made.frame.set_index("cell")["count"]
    assert {"too_few", "secondary"} <= set(rules.values()), "the table must need the gate"
    rank = np.linalg.matrix_rank(left)
    for position in range(len(hidden)):
        more = np.vstack([left, np.eye(len(hidden))[position]])
        assert np.linalg.matrix_rank(more) == rank + 1, f"{hidden[position]} is solved for"
    bounds = [(1, LEAST - 1) if rules[name] == "too_few" else (LEAST, None) for name in hidden]
    for position, name in enumerate(hidden):
        low, high = ends(left, right, bounds, position)
        assert low - 1e-6 <= truth[name] <= high + 1e-6
        if rules[name] == "too_few":
            assert (low, high) == pytest.approx((1, LEAST - 1), abs=1e-5), name
        elif rules[name] == "one_contributor":
            assert high - low >= max(LEAST, 0.15 * truth[name]) - 1e-5, name
        else:
            assert high - low > 1e-5, name


@pytest.mark.parametrize("seed", [3, 1])
def test_the_attack_succeeds_where_the_sums_were_not_declared(seed):
    """The attack can win: without secondary suppression it finds small cells exactly."""
    made = random_table(seed, (4, 5))
    bare = Exhibit("t", "trends", "T", "表", made.frame.drop(columns="cell"))
    released, _ = gate(bare, minimum_cell=LEAST)
    frame = released.exhibit.frame.assign(cell=made.frame["cell"])
    told = type("Told", (), {"exhibit": made.with_frame(frame)})
    hidden, left, _ = equations(told)
    rank = np.linalg.matrix_rank(left)
    unit = np.eye(len(hidden))
    assert any(np.linalg.matrix_rank(np.vstack([left, e])) == rank for e in unit)


def test_whole_numbers_say_no_more_in_a_table_of_three_dimensions():
    """The reader also uses that cases are whole: integer programmes on the table of the third row."""
    made = random_table(3, (3, 3, 3))
    released, withheld = gate(made, minimum_cell=LEAST)
    hidden, left, right = equations(released)
    rules = {w.row_en: w.rule for w in withheld}
    low = np.array([1.0 if rules[n] == "too_few" else LEAST for n in hidden])
    high = np.array([LEAST - 1.0 if rules[n] == "too_few" else np.inf for n in hidden])
    small = [i for i, name in enumerate(hidden) if rules[name] == "too_few"]
    assert small
    for position in small:
        aim = np.eye(len(hidden))[position]
        found = [
            milp(
                sign * aim,
                constraints=LinearConstraint(left, right, right),
                bounds=Bounds(low, high),
                integrality=np.ones(len(hidden)),
            )
            for sign in (1, -1)
        ]
        assert [round(found[0].fun), round(-found[1].fun)] == [1, LEAST - 1], hidden[position]
