"""Payment files for the tests, as text."""

HEAD = """
[dip]
name = "small"
title_en = "Small"
title_zh = "小"
schemes = ["employee", "resident"]
years = [2021]
"""


def part(name: str, body: str) -> str:
    """One part that holds in 2021."""
    return f'\n[[{name}]]\nsince = "2021"\nuntil = "2021"\nsource = "test"\n{body}\n'


COEFFICIENTS = part("hospital_coefficients", "levels = { tertiary = 1.1, secondary = 1, primary = 0.85 }")
BUDGETS = "".join(
    part("budgets", f'scheme = "{scheme}"\nunit = "yuan"\ngross = {gross}')
    for scheme, gross in (("employee", 4_000_000), ("resident", 5_000_000.01))
)
SMALL = HEAD + COEFFICIENTS + BUDGETS
AGES = part("auxiliary", "ages = [{from = 0, to = 6, coefficient = 1.2}, {from = 65, coefficient = 1.055}]")
