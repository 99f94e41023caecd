"""What the checks were and what they found, as a paragraph of a methods section."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from dipeval.check.finding import VERDICTS, Words
from dipeval.check.summary.checked import Checked


def methods_paragraph(checked: Sequence[Checked]) -> Words:
    """Text for an appendix: what was done, what was found, how many checks passed.

    Parameters
    ----------
    checked : sequence of Checked
        In the order of the study.

    Returns
    -------
    (str, str)
        In English and in Chinese.
    """
    verdicts = Counter(one.finding.verdict for one in checked)
    counted = [(verdicts[name], words) for name, words in VERDICTS.items() if verdicts[name]]
    english = ", ".join(f"{n} {words[0].lower()}" for n, words in counted)
    chinese = "，".join(f"{n}项{words[1]}" for n, words in counted)
    how_many = len(checked)
    text_en = [f"The main effect was put to {how_many} {'check' if how_many == 1 else 'checks'} ({english})."]
    text_zh = [f"对主要效应进行了{how_many}项稳健性检验（{chinese}）。"]
    methods = list(dict.fromkeys(one.finding.method for one in checked if one.finding.method[0]))
    text_en += [one for one, _ in methods]
    text_zh += [one for _, one in methods]
    for one in checked:
        verdict = VERDICTS[one.finding.verdict]
        text_en.append(f"{one.title[0]} ({verdict[0].lower()}): {one.finding.sentence[0]}")
        text_zh.append(f"{one.title[1]}（{verdict[1]}）：{one.finding.sentence[1]}")
    return " ".join(text_en), "".join(text_zh)
