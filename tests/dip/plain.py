"""The mechanism a second time, row by row in plain Python with fractions: what the engine is held against.

Written from docs/dip.md, without a line of the package.
"""

from collections import defaultdict
from fractions import Fraction
from math import floor


def nearest(value) -> int:
    """Half up, for numbers that are not negative."""
    return floor(Fraction(value) + Fraction(1, 2))


def four_characters(text) -> str | None:
    text = (text or "").strip().upper().rstrip("+*")
    if len(text) < 3 or not (text[0].isalpha() and text[1:3].isdigit() and text.isascii()):
        return None
    rest = text[3:].removeprefix(".")
    if rest and not (rest[0].isdigit() or rest[0] == "X") or not rest.isalnum() and rest:
        return None
    return text[:3] + ("." + rest[0] if rest and rest[0].isdigit() else "")


def comparable(text) -> str | None:
    text = text.strip().lower()
    front, _, back = text.partition(".")
    if not front.isdigit() or len(front) > 2:
        return None
    base, x, extension = back.partition("x") if back.count("x") and back[-4:-3] == "x" else (back, "", "")
    if base.strip("0123456789x"):
        return None
    base = base.rstrip("0x")
    return front.zfill(2) + ("." + base if base else "") + x + extension


def treatment_class(codes) -> str:
    rank = 0
    for code in codes:
        chapter = int(code[:2])
        if 1 <= chapter <= 86:
            found = 3
        elif chapter in (87, 88, 89, 90, 91) or code[:4] in ("92.0", "92.1", "93.0", "94.0", "94.1"):
            found = 1
        elif chapter == 95 and code[:4] != "95.3":
            found = 1
        else:
            found = 2
        rank = max(rank, found)
    return ("conservative", "diagnostic", "therapeutic", "surgery_related")[rank]


def read_case(case) -> dict:
    """Diagnosis, set of procedures and class of one case, or no diagnosis."""
    diagnosis = four_characters(case["principal_diagnosis"])
    written = [part for part in (case["procedures"] or "").split(";") if part.strip()]
    codes = [comparable(part) for part in written]
    if diagnosis is None or None in codes:
        return {"diagnosis": None}
    return {
        "diagnosis": diagnosis,
        "first": codes[0] if codes else "",
        "set": frozenset(codes),
        "class": treatment_class(codes),
    }


def weighted(sums, years, weights) -> Fraction:
    known = [(w, *sums[y]) for y, w in zip(years, weights, strict=True) if y in sums]
    whole = sum(w for w, _, _ in known)
    return sum(Fraction(w * s, n) for w, s, n in known) / whole


def build(cases, year, rules) -> dict:
    """Types with their means, weights and references; the overall mean."""
    years = [year - 3, year - 2, year - 1]
    base = [(case, read_case(case)) for case in cases if case["year"] in years]
    per_set = defaultdict(int)
    for _, read in base:
        if read["diagnosis"]:
            per_set[read["diagnosis"], read["set"]] += 1
    core = {key for key, n in per_set.items() if n >= rules["threshold"] * len(years)}
    sums = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    references = defaultdict(lambda: [0, 0])
    everything = defaultdict(lambda: [0, 0])
    for case, read in base:
        add(everything[case["year"]], case)
        key = type_of(read, core, None)
        if key is None:
            continue
        add(sums[key][case["year"]], case)
        add(references[key, "all years"], case)
        if case["year"] == year - 1:
            add(references[key, case["level"]], case)
            add(references[key, "all levels"], case)
    overall = weighted(everything, years, rules["year_weights"])
    means = {key: weighted(found, years, rules["year_weights"]) for key, found in sums.items()}
    unit = rules["scale"] * 10 ** rules["decimals"]
    weights = {key: nearest(mean / overall * unit) for key, mean in means.items()}
    return {"core": core, "weights": weights, "means": means, "references": references, "overall": overall}


def add(pair, case) -> None:
    pair[0] += case["total_cost"]
    pair[1] += 1


def type_of(read, core, weights, subset=False) -> str | None:
    """Key of a case's type."""
    if read["diagnosis"] is None:
        return None
    if (read["diagnosis"], read["set"]) in core:
        return name(read["diagnosis"], read["set"])
    if subset and read["set"]:
        found = [s for d, s in core if d == read["diagnosis"] and s and s < read["set"]]
        if found:
            key = {s: name(read["diagnosis"], s) for s in found}
            best = min(found, key=lambda s: (-len(s), read["first"] not in s, -weights[key[s]], key[s]))
            return key[best]
    pooled = f"{read['diagnosis'][:3]}/{read['class']}"
    return pooled if weights is None or pooled in weights else None


def name(diagnosis, procedures) -> str:
    return f"{diagnosis}:{'+'.join(sorted(procedures)) or 'conservative'}"


def score(case, catalogue, rules) -> dict:
    """Type, ratio, class, multiplier (exact decimals as fractions) and score (an integer) of one case."""
    key = type_of(read_case(case), catalogue["core"], catalogue["weights"], rules["subset"])
    if key is None:
        return {"disease_type": None, "score": 0, "deviation_class": None, "cost_ratio": None}
    reference = next(
        (
            catalogue["references"][key, level]
            for level in (case["level"], "all levels", "all years")
            if catalogue["references"][key, level][0] > 0
        ),
        None,
    )
    kind, d, rounded = "normal", Fraction(1), None
    if reference:
        exact = Fraction(case["total_cost"] * reference[1], reference[0])
        rounded = Fraction(nearest(exact * 10000), 10000)
        if exact < rules["low"]:
            kind, d = "low", rounded
        elif exact > rules["high"]:
            kind, d = "extreme" if exact > rules["extreme"] else "high", rounded - rules["high"] + 1
    auxiliary = Fraction(1)
    for start, end, coefficient in rules["ages"]:
        if start <= case["age"] < end:
            auxiliary *= coefficient
    product = catalogue["weights"][key] * auxiliary * rules["hospital"][case["level"]] * d
    return {
        "disease_type": key,
        "cost_ratio": rounded,
        "deviation_class": kind,
        "deviation_multiplier": d,
        "score": nearest(product),
    }
