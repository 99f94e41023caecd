"""All inference methods by name; a new one is a module and a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING

from dipeval.errors import DesignError, Problem, nearest
from dipeval.infer.few_clusters import lone_cluster_warnings

if TYPE_CHECKING:
    from dipeval.results import Estimate


@dataclass(frozen=True)
class InferenceSpec:
    """An inference method as the study file and the report know it.

    Attributes
    ----------
    name, label_en, label_zh : str
    where : str
        ``module:function``, imported when it is first called.
    options : mapping of str to str
        Options and what they mean.
    needs : {"", "regression", "rows", "data", "paths"}
        What an estimator must bring: a single regression, errors by row, to be estimated anew, or treated paths
        beside weighted ones (`Estimate.unit_fits`).
    """

    name: str
    label_en: str
    label_zh: str
    where: str
    options: Mapping[str, str] = field(default_factory=dict)
    needs: str = ""

    @property
    def function(self) -> Callable[..., Estimate]:
        """Takes an `Estimate` and the declared options, returns one with an `Inference`."""
        module, _, name = self.where.partition(":")
        return getattr(import_module(module), name)


CLUSTER = {
    "cluster": "clustering variable; default: city",
    "small_sample": "CR0, CR1, CR2 or CR3 (jackknife); default: CR1",
    "df": "clusters or satterthwaite; default: satterthwaite for CR2, else clusters",
    "level": "level of the intervals; default: 0.95",
}
HETERO = {
    "small_sample": "HC1 or HC0; default: HC1",
    "level": "level of the intervals; default: 0.95",
}
TWO_WAY = {
    "cluster": "first clustering variable; default: city",
    "by": "second clustering variable, or period; default: period",
    "small_sample": "CR0 or CR1; default: CR1",
    "level": "level of the intervals; default: 0.95",
}
WILD = {
    "cluster": "clustering variable; default: city",
    "restricted": "draw under the null value (true) or around the estimate; default: true",
    "variant": "11, 13, 31 or 33: jackknifed residuals, jackknifed errors; default: 11",
    "weights": "rademacher, webb or mammen; default: rademacher",
    "n_draws": "draws; all sign patterns are enumerated when they are no more; default: 9999",
    "seed": "whole number, needed where draws are random",
    "terms": "terms to bootstrap; default: all with an error",
    "draw_by": "finer clustering variable that draws the weights (few treated); default: cluster",
    "level": "level of the intervals; default: 0.95",
}
MULTIPLIER = {
    "cluster": "clustering variable; default: city",
    "weights": "rademacher, webb or mammen; default: rademacher",
    "intervals": "pointwise, or simultaneous over event times and over each other kind; default: pointwise",
    "n_draws": "draws; default: 9999",
    "seed": "whole number, always needed",
    "level": "level of the intervals; default: 0.95",
}
RANDOMISATION = {
    "cluster": "level at which the reform was assigned; default: city",
    "statistic": "t or estimate; default: t",
    "n_draws": "calendars drawn; all are enumerated when they are no more; default: 999",
    "seed": "whole number, needed where calendars are drawn",
    "within": "stratum of each cluster, among which dates are dealt; default: one stratum",
    "terms": "terms to test; default: all with an error; the overall effect alone is much cheaper",
    "level": "level of the intervals; default: 0.95",
}
CONLEY_TABER = {
    "cluster": "level at which the reform was assigned; default: city",
    "draw": "permutation (each city's errors once, under the null) or bootstrap (as published)",
    "terms": "terms to test; default: all with an error",
    "n_draws": "draws; all ways are listed when they are no more; default: 9999",
    "seed": "whole number, needed where draws are random",
    "level": "level of the intervals; default: 0.95",
}
FERMAN_PINTO = CONLEY_TABER | {
    "size": "cases or hospitals: M of the variance A + B/M; default: cases where they are known",
}
IBRAGIMOV_MUELLER = {
    "cluster": "level at which the reform was assigned; default: city",
    "between": "cities (one date) or groups of cities; default: cities where there is one date",
    "groups": "group of each city, each with treated and comparison ones; default: dealt by size",
    "level": "level of the intervals, at least 0.917; default: 0.95",
}
SIGN_CHANGES = {
    "cluster": "level at which the reform was assigned; default: city",
    "groups": "group of each city, each with treated and comparison ones; default: dealt by size",
    "n_draws": "draws; all changes are listed when they are no more; default: 9999",
    "seed": "whole number, needed where draws are random",
    "level": "level of the intervals; default: 0.95",
}
PLACEBO = {
    "cluster": "what was treated; default: city",
    "statistic": "estimate, or fit_ratio: gap after over gap before, for synthetic controls; default: estimate",
    "n_draws": "sets of donors; each is taken once when they are no more; default: 999",
    "seed": "whole number, needed where sets are drawn",
    "level": "level of the intervals; default: 0.95",
}
CONFORMAL = {
    "permutations": "moving_block (residuals in their order) or iid (in any order); default: moving_block",
    "statistic": "size or mean, of the residuals of several periods; default: size",
    "n_draws": "orders drawn with iid; all are listed when they are no more; default: 9999",
    "seed": "whole number, needed where orders are drawn",
    "level": "level of the intervals; default: 0.95",
}
JACKKNIFE = {
    "cluster": "what is left out; default: city",
    "level": "level of the intervals; default: 0.95",
}
UNIT_BOOTSTRAP = {
    "cluster": "what is drawn; default: city",
    "n_draws": "samples; default: 999",
    "seed": "whole number, always needed",
    "level": "level of the intervals; default: 0.95",
}
IID = {"level": "level of the intervals; default: 0.95"}
_ALL = (
    InferenceSpec(
        "cluster", "Cluster-robust", "聚类稳健", "dipeval.infer.cluster:cluster_inference", CLUSTER
    ),
    InferenceSpec(
        "two_way", "Clustered in two ways", "双向聚类稳健", "dipeval.infer.two_way:two_way_inference", TWO_WAY
    ),
    InferenceSpec(
        "wild",
        "Wild cluster bootstrap",
        "野聚类自助法",
        "dipeval.infer.wild_inference:wild_inference",
        WILD,
        needs="regression",
    ),
    InferenceSpec(
        "multiplier",
        "Multiplier bootstrap",
        "乘数自助法",
        "dipeval.infer.multiplier_inference:multiplier_inference",
        MULTIPLIER,
    ),
    InferenceSpec(
        "randomisation",
        "Randomisation over the reform calendar",
        "改革时间表随机化推断",
        "dipeval.infer.randomisation:randomisation_inference",
        RANDOMISATION,
        needs="data",
    ),
    InferenceSpec(
        "conley_taber",
        "Few treated cities (Conley and Taber)",
        "少数处理城市推断（Conley–Taber）",
        "dipeval.infer.few_treated:conley_taber_inference",
        CONLEY_TABER,
        needs="data",
    ),
    InferenceSpec(
        "ferman_pinto",
        "Few treated cities of unequal size (Ferman and Pinto)",
        "规模不等的少数处理城市推断（Ferman–Pinto）",
        "dipeval.infer.few_treated:ferman_pinto_inference",
        FERMAN_PINTO,
        needs="data",
    ),
    InferenceSpec(
        "ibragimov_mueller",
        "t statistics between cities (Ibragimov and Müller)",
        "城市间 t 统计量（Ibragimov–Müller）",
        "dipeval.infer.group_inference:ibragimov_mueller_inference",
        IBRAGIMOV_MUELLER,
        needs="data",
    ),
    InferenceSpec(
        "sign_changes",
        "Sign changes of groups of cities (Canay, Romano and Shaikh)",
        "城市组符号变换检验（Canay–Romano–Shaikh）",
        "dipeval.infer.group_inference:sign_change_inference",
        SIGN_CHANGES,
        needs="data",
    ),
    InferenceSpec(
        "placebo",
        "Placebos in space",
        "空间安慰剂检验",
        "dipeval.infer.placebo:placebo_inference",
        PLACEBO,
        needs="data",
    ),
    InferenceSpec(
        "conformal",
        "Conformal, against the treated path's own past",
        "共形推断（与处理单位自身历史比较）",
        "dipeval.infer.conformal:conformal_inference",
        CONFORMAL,
        needs="paths",
    ),
    InferenceSpec(
        "jackknife",
        "Jackknife with weights held",
        "固定权重刀切法",
        "dipeval.infer.fixed_weights:jackknife_inference",
        JACKKNIFE,
        needs="paths",
    ),
    InferenceSpec(
        "bootstrap",
        "Bootstrap of units, weights found anew",
        "单位自助法（重新求权重）",
        "dipeval.infer.fixed_weights:bootstrap_inference",
        UNIT_BOOTSTRAP,
        needs="paths",
    ),
    InferenceSpec(
        "hetero",
        "Heteroskedasticity-robust",
        "异方差稳健",
        "dipeval.infer.rows:hetero_inference",
        HETERO,
        needs="rows",
    ),
    InferenceSpec(
        "iid",
        "Independent, equal variances",
        "独立同方差",
        "dipeval.infer.rows:iid_inference",
        IID,
        needs="rows",
    ),
)
INFERENCES: Mapping[str, InferenceSpec] = {spec.name: spec for spec in _ALL}


def inference_labels() -> dict[str, tuple[str, str]]:
    """English and Chinese label by method, for the methods paragraph."""
    return {name: (spec.label_en, spec.label_zh) for name, spec in INFERENCES.items()}


def infer(estimate: Estimate, method: str = "cluster", **options: object) -> Estimate:
    """Attach standard errors, p-values and intervals to an estimate.

    Parameters
    ----------
    estimate : Estimate
    method : str
        Name in `INFERENCES`.
    **options
        Declared options of the method, checked by name: for ``cluster`` they are ``cluster="city"``,
        ``small_sample="CR1"`` and ``level=0.95``.

    Returns
    -------
    Estimate
        A copy with `inference` set, and with the warnings of the method.

    Raises
    ------
    DesignError
        Unknown method or option, or an option that does not fit the estimate.
    """
    if method not in INFERENCES:
        raise DesignError("infer", [Problem("method", f"{method!r} is unknown", nearest(method, INFERENCES))])
    spec = INFERENCES[method]
    problems = [
        Problem(f"option {name}", f"is not an option of {method}", nearest(name, spec.options))
        for name in options
        if name not in spec.options
    ]
    if problems:
        raise DesignError("infer", problems)
    found = spec.function(estimate, **options)
    said = lone_cluster_warnings(found.inference, estimate.clusters, options.get("draw_by"))
    return found.with_inference(found.inference, *said)
