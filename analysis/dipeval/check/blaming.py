"""P-values that nothing moved: the study's own, and where these blame the design, those of calendars dealt anew as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dipeval.check.finding import Words
from dipeval.check.sound import OWN, Sound, own_p_value, sound_p_values
from dipeval.design import PanelDesign
from dipeval.infer.adjusted_p import holm
from dipeval.results import Estimate

CITY = "city"
ALPHA = 0.05
BOTH: Words = (
    "The larger of two p-values counts, the study's own after Holm (1979) and this one: {rule}",
    "取两个p值中较大者：研究自身p值（Holm 1979校正），以及：{rule}",
)


def blaming_p_values(fits: Sequence[Estimate | None], design: PanelDesign) -> Sound:
    """Test that the effects of several estimates are zero, all together.

    Parameters
    ----------
    fits : sequence of Estimate or None
        With the study's inference; None where there is none.
    design : PanelDesign
        Of the study; calendars are dealt among its cities where they are a clustering, else its first clusters.

    Returns
    -------
    Sound
        The study's own p-values after Holm; where one of these is below `ALPHA` and calendars can be dealt, the larger of
        them and those of `check.sound.sound_p_values`, which keep their level with few cities. So what is blamed is
        blamed by both, and sound designs, most of them, cost nothing more.
    """
    own = np.array([own_p_value(fitted) for fitted in fits])
    adjusted = holm(own)
    if not (adjusted < ALPHA).any():
        return Sound(own, adjusted, OWN, False)
    cluster = CITY if CITY in design.unit_clusters else next(iter(design.unit_clusters))
    sound = sound_p_values(fits, cluster)
    if not sound.dealt:
        return sound
    rule = BOTH[0].format(rule=sound.rule[0]), BOTH[1].format(rule=sound.rule[1])
    return replace(sound, adjusted=np.fmax(sound.adjusted, adjusted), rule=rule)
