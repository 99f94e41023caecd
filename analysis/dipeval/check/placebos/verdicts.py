"""When a placebo passes, fails, or says too little."""

from __future__ import annotations

import numpy as np

from dipeval.check.finding import FAILED, INFORMATIVE, PASSED

ZERO_RULE = (
    "Passed: no placebo has an effect once p-values are adjusted for their number, and one at least would have"
    " found an effect as large as the actual one with 80 % power. Failed: some placebo has an effect. Informative: none"
    " has, but none could have found one.",
    "通过：经多重检验调整后，各安慰剂均无效应，且至少一个安慰剂有 80% 的功效发现与实际效应同样大的效应。"
    "未通过：某一安慰剂存在效应。仅供参考：均无效应，但功效不足。",
)
RANK_RULE = (
    "Passed: the share of placebos as large as the actual effect is at most {alpha:.3g}. Failed: the study's own p-value"
    " is at most {alpha:.3g}, but that share is above {twice:.3g}. Informative: otherwise, or where so few placebos are"
    " possible that no share could be small enough.",
    "通过：不小于实际效应的安慰剂所占比例不超过 {alpha:.3g}。未通过：研究自身的 p 值不超过 {alpha:.3g}，而该比例高于"
    " {twice:.3g}。仅供参考：其他情形，或可能的安慰剂过少、比例不可能足够小。",
)


def zero_verdict(adjusted: np.ndarray, able: int, alpha: float) -> str:
    """The verdict on placebos that should be zero.

    Parameters
    ----------
    adjusted : numpy.ndarray, shape (D,)
        P-values adjusted for their number; NaN where a placebo has none.
    able : int
        Placebos that could have found an effect as large as the actual one.
    alpha : float
    """
    known = adjusted[np.isfinite(adjusted)]
    if (known <= alpha).any():
        return FAILED
    return PASSED if able and len(known) else INFORMATIVE


def rank_verdict(p_value: float, least: float, own: float, alpha: float) -> str:
    """The verdict on the rank of an effect among its placebos.

    Parameters
    ----------
    p_value : float
        Share of placebos as large.
    least : float
        The smallest share that there can be.
    own : float
        The study's own p-value.
    alpha : float

    Notes
    -----
    Between `alpha` and twice as much two tests of one hypothesis differ by chance; that is no failure.
    """
    if p_value <= alpha:
        return PASSED
    if least <= alpha and own <= alpha and p_value > 2 * alpha:
        return FAILED
    return INFORMATIVE
