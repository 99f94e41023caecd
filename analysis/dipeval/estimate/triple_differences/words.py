"""What triple differences estimate, in words."""

from __future__ import annotations

TRIPLE = (
    "difference in differences between eligible and not eligible, reformed against not: the effect on the "
    "eligible where the others in the same place are not affected and the gap between both would have moved "
    "alike"
)
TRIPLE_GROUP_TIME = (
    "effects on the eligible by cohort and period, with each cohort of comparison by itself and these put "
    "together by the weights of smallest variance, averaged over cohorts by their shares"
)
