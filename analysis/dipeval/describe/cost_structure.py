"""What the cost consists of, by arm and before/after or by period."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dipeval.describe.contributors import behind, contributors
from dipeval.describe.labels import Labels, label_of, order_of, period_word
from dipeval.errors import DataError, Problem
from dipeval.results.exhibit import Exhibit, bilingual
from dipeval.vocabulary import columns

REST = ("Not itemised", "未分项")


def cost_structure(
    frame: pd.DataFrame,
    components: Sequence[str],
    arms: pd.Series,
    *,
    total: str = "total_cost",
    after: pd.Series | None = None,
    labels: Labels | None = None,
    name: str = "",
    synthetic: bool = False,
) -> Exhibit:
    """Shares of the cost components, from sums of integers; they sum to 1.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, …)
        Panel rows with ``city``, ``hospital``, ``period``, ``discharges``, the components and `total`.
    components : sequence of str
        Money columns that are parts of `total` and do not overlap; what they leave is ``other``.
    arms : pandas.Series, shape (n,)
        Missing where the row belongs to no arm.
    total : str
        The column that the components are parts of.
    after : pandas.Series of bool, shape (n,), optional
        Divide before and after; without it each period stands alone.
    labels : mapping of str to (str, str), optional
        English and Chinese labels of the arms, in their order.
    name : str
        File stem; default ``cost_structure``, with ``_by_period`` where `after` is not given.
    synthetic : bool

    Returns
    -------
    Exhibit
        Kind ``cost_structure``: one row an arm, moment and component with ``value``, its share of
        the total over all rows that have all amounts. Rows that lack one are left out and noted.
        Cost O(n).

    Raises
    ------
    DataError
        If the components exceed the total in some cell, or a total is not above zero.
    ValueError
        If a series does not fit the frame.
    """
    moment = frame["period"].astype("str") if after is None else _when(after)
    if not len(frame) == len(arms) == len(moment):
        raise ValueError(f"{len(frame)} rows, {len(arms)} arms, {len(moment)} moments")
    amounts = frame[[*components, total]].reset_index(drop=True)
    inside = arms.notna().to_numpy()
    whole = amounts.notna().all(axis=1).to_numpy() & inside
    kept = frame.reset_index(drop=True)[whole]
    arm = pd.Series(arms.to_numpy()[whole], index=kept.index).astype("str")
    when = pd.Series(moment.to_numpy()[whole], index=kept.index).astype("str")
    sums = amounts[whole].astype("int64").groupby([arm.rename("arm"), when.rename("when")]).sum()
    _check(sums, components, total)
    facts = contributors(kept, [arm, when])
    by_period = after is None
    notes = _notes(int((inside & ~whole).sum()), str(frame["period"].iloc[0]))
    word_en, word_zh = period_word(str(frame["period"].iloc[0]))
    return bilingual(
        name=name or ("cost_structure_by_period" if by_period else "cost_structure"),
        kind="cost_structure",
        titles=(
            "Cost structure" + (f" by {word_en}" if by_period else " before and after the reform"),
            f"费用结构（按{word_zh}）" if by_period else "改革前后费用结构",
        ),
        frame=pd.DataFrame(_rows(sums, components, total, facts, labels)),
        notes=notes,
        synthetic=synthetic,
        options={"by": "period" if by_period else "when"},
    )


def _when(after: pd.Series) -> pd.Series:
    return pd.Series(np.where(after.to_numpy(dtype=bool), "after", "before"))


def _rows(
    sums: pd.DataFrame, components: Sequence[str], total: str, facts: pd.DataFrame, labels: Labels | None
) -> list[dict[str, object]]:
    """One row an arm, moment and component; the rest of the total is the last component."""
    rows = []
    rest = sums[total] - sums[list(components)].sum(axis=1)
    moments = [m for m in ("before", "after") if m in sums.index.get_level_values("when")]
    moments = moments or sorted(set(sums.index.get_level_values("when")))
    parts = [*components, *(["other"] if (rest != 0).any() else [])]
    for arm in order_of(sums.index.get_level_values("arm"), labels):
        for when in moments:
            if (arm, when) not in sums.index:
                continue
            for part in parts:
                amount = int(rest[arm, when] if part == "other" else sums.loc[(arm, when), part])
                english, chinese = _component_label(part)
                rows.append(
                    {
                        "arm": arm,
                        "arm_label_en": label_of(arm, labels)[0],
                        "arm_label_zh": label_of(arm, labels)[1],
                        "when": when,
                        "component": part,
                        "label_en": english,
                        "label_zh": chinese,
                        "value": amount / int(sums.loc[(arm, when), total]),
                        **behind(facts, (arm, when)),
                    }
                )
    return rows


def _component_label(part: str) -> tuple[str, str]:
    if part == "other":
        return REST
    column = columns().get(part)
    return (column.label_en, column.label_zh) if column else (part, part)


def _check(sums: pd.DataFrame, components: Sequence[str], total: str) -> None:
    """A share of a total that its parts exceed would be a wrong number."""
    parts = sums[list(components)]
    rules = (
        (sums[total] <= 0, f"{total} is not above zero"),
        (parts.sum(axis=1) > sums[total], f"the components sum to more than {total}"),
        ((parts < 0).any(axis=1), "a component is negative"),
    )
    problems = [
        Problem(
            "cost structure",
            what,
            "name components that are parts of the total and do not overlap",
            tuple(f"{arm}, {when}" for arm, when in sums.index[wrong][:5]),
            int(wrong.sum()),
        )
        for wrong, what in rules
        if wrong.any()
    ]
    if problems:
        raise DataError("describe cost structure", problems)


def _notes(left_out: int, period: str) -> list[tuple[str, str]]:
    word_en, word_zh = period_word(period)
    notes = [("Shares of the summed cost of all discharges.", "占全部出院病例费用合计的比例。")]
    if left_out:
        notes.append(
            (
                f"{left_out} hospital-{word_en}s without all amounts are left out.",
                f"{left_out} 个医院·{word_zh}观测缺少部分金额，未计入。",
            )
        )
    return notes
