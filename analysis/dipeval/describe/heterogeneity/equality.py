"""Are the effects on groups equal? One test, by several rules for few cities."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dipeval.errors import DesignError
from dipeval.estimate.heterogeneity.group_effects import GroupEffects
from dipeval.infer import JointTest, infer, joint_test

HOTELLING, JACKKNIFE, BIAS_REDUCED, WILD, SIGNS, BETWEEN = (
    "hotelling",
    "jackknife",
    "bias_reduced",
    "wild",
    "sign_changes",
    "ibragimov_mueller",
)
LABELS: Mapping[str, tuple[str, str]] = {
    HOTELLING: ("Hotelling, clustered errors", "Hotelling检验（聚类稳健）"),
    JACKKNIFE: ("Hotelling, jackknife over cities", "Hotelling检验（刀切法）"),
    BIAS_REDUCED: ("Hotelling, CR2", "Hotelling检验（CR2）"),
    WILD: ("Wild cluster bootstrap", "野聚类自助法"),
    SIGNS: ("Sign changes of groups of cities", "城市组符号变换"),
    BETWEEN: ("t between groups of cities", "城市组间t检验"),
}
TESTS = tuple(LABELS)
TWO = "it compares two groups, and these are more"
ONE = "there is nothing to compare: fewer than two groups have an effect"


@dataclass(frozen=True)
class Equality:
    """One test of equality.

    Attributes
    ----------
    name : str
        Of `TESTS`.
    found : JointTest or None
    why_not : str
        Why there is none; empty otherwise.
    """

    name: str
    found: JointTest | None
    why_not: str = ""

    @property
    def words(self) -> tuple[str, str]:
        """The test in English and in Chinese."""
        label = LABELS[self.name]
        if self.found is None or self.found.note:
            why = self.why_not or self.found.note
            return (
                f"Equal effects, {label[0]}: not tested ({why}).",
                f"效应相等检验，{label[1]}：未检验（{why}）。",
            )
        test = self.found
        told = f"{test.kind} = {test.statistic:.3g}, p = {test.p_value:.3f}"
        return (
            f"Equal effects, {label[0]}: {told} ({test.rule}).",
            f"效应相等检验，{label[1]}：{told}（{test.rule}）。",
        )


def equality_tests(
    effects: GroupEffects,
    names: Sequence[str],
    *,
    cluster: str,
    small_sample: str,
    seed: int | None = None,
    n_draws: int = 999,
) -> list[Equality]:
    """Test that differences between groups are zero together.

    Parameters
    ----------
    effects : GroupEffects
    names : sequence of str
        Of `TESTS`. ``hotelling`` is by the study's rule, ``jackknife`` by CR3, which estimates anew without each
        city; ``bias_reduced`` and ``wild`` are for two-way effects, which are one regression; ``sign_changes`` and
        ``ibragimov_mueller`` estimate the difference in disjoint groups of cities and hold with few of them.
    cluster, small_sample : str
    seed, n_draws
        Of tests that draw.

    Returns
    -------
    list of Equality
        What a rule cannot test says why.
    """
    if effects.contrasts is None:
        return [Equality(name, None, ONE) for name in names]
    drawn = {"seed": seed, "n_draws": n_draws}
    how: dict[str, dict[str, object]] = {
        HOTELLING: {"small_sample": small_sample},
        JACKKNIFE: {"small_sample": "CR3"},
        BIAS_REDUCED: {"small_sample": "CR2"},
        WILD: {"method": "wild", **drawn},
        SIGNS: {"method": "sign_changes", **drawn},
        BETWEEN: {"method": "ibragimov_mueller", "between": "groups"},
    }
    several = {BETWEEN} if len(effects.tested) > 1 else set()
    return [
        Equality(name, None, TWO)
        if name in several
        else _tested(name, lambda n=name: _joint(effects, cluster, how[n]))
        for name in names
    ]


def _joint(effects: GroupEffects, cluster: str, how: Mapping[str, object]) -> JointTest:
    inferred = infer(effects.contrasts, cluster=cluster, **how)
    if inferred.inference.method == "ibragimov_mueller" and len(effects.tested) == 1:
        row = inferred.tidy().set_index("term").loc[effects.tested[0]]
        rule = inferred.inference.rule
        return JointTest(float(row["statistic"]), 1, float(row["df"]), float(row["p_value"]), rule, kind="t")
    return joint_test(inferred, effects.tested, words="differences between groups")


def _tested(name: str, test: Callable[[], JointTest]) -> Equality:
    try:
        return Equality(name, test())
    except DesignError as error:
        return Equality(name, None, error.problems[0].what)
