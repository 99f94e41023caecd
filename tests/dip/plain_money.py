"""Points into money a second time, in plain Python: what the settlement is held against. From docs/dip.md."""

from collections import defaultdict
from fractions import Fraction

from plain import nearest


def divided(pool: int, shares: dict) -> tuple[dict, int]:
    """Whole units of each exact share, then one more to the largest remainders, equals together or not at
    all."""
    whole = sum(shares.values())
    if not whole:
        return dict.fromkeys(shares, 0), pool
    exact = {name: Fraction(pool * share, whole) for name, share in shares.items()}
    parts = {name: int(value) for name, value in exact.items()}
    left = pool - sum(parts.values())
    classes = defaultdict(list)
    for name, value in exact.items():
        classes[value - int(value)].append(name)
    for remainder in sorted(classes, reverse=True):
        if not remainder or len(classes[remainder]) > left:
            break
        for name in classes[remainder]:
            parts[name] += 1
        left -= len(classes[remainder])
    return parts, left


def after_bands(entitlement: int, actual: int, bands) -> int:
    """Each slice of the gap between entitlement and cost at the share of its band."""
    if entitlement == actual:
        return entitlement
    lower, upper = min(entitlement, actual), max(entitlement, actual)
    total = Fraction(0)
    for start, end, share in bands:
        a, b = start * entitlement, (upper if end is None else end * entitlement)
        total += share * max(min(b, upper) - max(a, lower), 0)
    return nearest(actual + total) if actual < entitlement else nearest(actual - total)


def settled(cases: list[dict], rules: dict) -> dict:
    """Settle scored cases: `rules` holds for_points by scheme, bands, assessment, months, share and basis."""
    made = {"hospitals": {}, "cases": {}, "prepaid": {}, "monthly": {}, "values": {}}
    for scheme, budget in rules["for_points"].items():
        mine = [case for case in cases if case["scheme"] == scheme]
        score, fund, patient = defaultdict(int), defaultdict(int), defaultdict(int)
        for case in mine:
            score[case["hospital"]] += case["score"]
            fund[case["hospital"]] += case["fund"]
            patient[case["hospital"]] += case["total_cost"] - case["fund"]
        total_cost = rules["basis"] == "total_cost"
        pool = budget + (sum(patient.values()) if total_cost else 0)
        parts, residual = divided(pool, dict(score))
        unit = 10 ** rules["score_decimals"]
        value = Fraction(nearest(Fraction(pool * unit * 10_000, sum(score.values()))), 10_000)
        before = budget if not total_cost else sum(c["total_cost"] for c in mine)
        month_value = Fraction(nearest(Fraction(before * unit * 10_000, sum(score.values()))), 10_000)
        made["values"][scheme] = value
        advance = nearest(Fraction(budget) * rules["months"] / 12)
        for hospital, part in divided(advance, dict(fund))[0].items():
            made["prepaid"][scheme, hospital] = part
        for hospital, part in parts.items():
            entitlement = part - (patient[hospital] if total_cost else 0)
            shared = after_bands(max(entitlement, 0), fund[hospital], rules["bands"])
            payable = nearest(shared * rules["assessment"].get(hospital, 1))
            made["hospitals"][scheme, hospital] = (entitlement, shared, payable)
        by_month = defaultdict(lambda: [0, 0])
        for case in mine:
            worth = nearest(Fraction(case["score"], unit) * value)
            own = case["total_cost"] - case["fund"]
            made["cases"][case["source_row"]] = worth - (own if total_cost else 0)
            sums = by_month[scheme, case["hospital"], case["month"]]
            sums[0] += case["score"]
            sums[1] += own
        for key, (points, own) in by_month.items():
            worth = Fraction(points, unit) * month_value - (own if total_cost else 0)
            made["monthly"][key] = max(nearest_signed(rules["share"] * worth), 0)
        made.setdefault("residual", {})[scheme] = residual
    return made


def nearest_signed(value: Fraction) -> int:
    return nearest(value) if value >= 0 else -nearest(-value)
