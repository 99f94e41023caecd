"""The worked city of docs/dip.md: 33 cases of three base years, 40 cases of 2021, six types, three
hospitals."""

import pandas as pd

LEVEL = {"H1": "tertiary", "H2": "secondary", "H3": "primary"}
TYPES = {
    "A": ("K35.900", "47.0100"),
    "B": ("I20.000", ""),
    "C": ("J18.900", ""),
    "D": ("C50.900", "85.4300;40.3x00"),
    "E": ("K35.900", ""),
    "F": ("I20.000", "36.0600"),
}
# year: type and hospital: costs in yuan
BASE = {
    2018: {"A": "H1 9000, H2 7000", "B": "H1 5000, H3 3000", "C": "H1 4500, H2 4000, H3 3500"}
    | {"D": "H1 15000, H1 13000", "E": "H2 3000", "F": "H1 24600"},
    2019: {"A": "H1 10000, H2 8000", "B": "H1 6000, H3 4000", "C": "H1 5000, H2 4000, H3 3000"}
    | {"D": "H1 17000, H1 15000", "E": "H2 3000", "F": "H1 24600"},
    2020: {"A": "H1 12000, H2 8000", "B": "H1 7000, H3 5000", "C": "H1 6000, H2 4000, H3 2000"}
    | {"D": "H1 23000, H1 21000", "E": "H2 3000", "F": "H1 24600"},
}
# case, scheme, hospital, month, type, age, secondary diagnoses, cost in yuan
CASES = """
1 employee H1 1 A 34 - 12000
2 employee H1 2 A 70 - 15000
3 resident H1 3 A 4 - 6000
4 resident H1 4 A 40 - 5999.99
5 employee H1 5 B 66 I50.900;E11.200 14000
6 resident H1 6 B 50 - 14700
7 employee H1 7 C 51 - 6000
8 resident H1 8 C 52 - 42000
9 employee H1 9 D 53 - 22000
10 resident H1 10 D 54 - 55000
11 employee H1 11 F 55 - 24600
12 resident H1 12 F 56 - 12000
13 resident H1 1 unreadable 57 - 9000
14 employee H1 2 C 58 - 2900
15 employee H1 3 A 59 - 13000
16 employee H2 4 A 30 - 8000
17 resident H2 5 A 31 - 7200
18 resident H2 6 A 32 - 16800
19 resident H2 7 A 3 - 9000
20 employee H2 8 A 33 - 3000
21 resident H2 9 C 34 - 4000
22 resident H2 10 C 35 - 4400
23 employee H2 11 C 36 - 5000
24 resident H2 12 C 80 - 4100
25 resident H2 1 E 37 - 3000
26 resident H2 2 E 38 - 3300
27 employee H2 3 B 39 - 6000
28 resident H2 4 B 40 - 7200
29 resident H2 5 unknown 41 - 1000
30 employee H2 6 E 2 - 1400
31 resident H3 7 B 42 - 5000
32 resident H3 8 B 72 - 4000
33 resident H3 9 C 43 - 2000
34 resident H3 10 C 44 - 2200
35 resident H3 11 C 45 - 900
36 employee H3 12 C 46 - 1800
37 employee H3 1 B 47 - 5500
38 resident H3 2 B 48 I10.x00 10500
39 resident H3 3 C 49 - 1000
40 resident H3 4 C 5 - 2600
"""
FUND_SHARE = {"employee": 75, "resident": 60}


def stays() -> pd.DataFrame:
    """All discharges, base years first; amounts in fen, the fund's part cut to whole fen."""
    rows = []
    for year, types in BASE.items():
        for kind, listed in types.items():
            for entry in listed.split(", "):
                hospital, cost = entry.split()
                rows.append((0, "resident", hospital, year, 6, *TYPES[kind], 50, "", int(cost) * 100))
    odd = {"unreadable": ("XX", ""), "unknown": ("Z00.000", "")}
    for line in CASES.strip().splitlines():
        number, scheme, hospital, month, kind, age, others, cost = line.split()
        codes = (TYPES | odd)[kind]
        fen = round(float(cost) * 100)
        others = "" if others == "-" else others
        rows.append((int(number), scheme, hospital, 2021, int(month), *codes, int(age), others, fen))
    names = ["case", "insurance_type", "hospital", "year", "month", "principal_diagnosis", "procedures"]
    frame = pd.DataFrame(rows, columns=[*names, "age", "secondary_diagnoses", "total_cost"])
    texts = ["insurance_type", "hospital", "principal_diagnosis", "procedures", "secondary_diagnoses"]
    frame = frame.astype(dict.fromkeys(texts, "str"))
    frame["level"] = frame["hospital"].map(LEVEL).astype("str")
    frame["fund_paid"] = frame["total_cost"] * frame["insurance_type"].map(FUND_SHARE) // 100
    dates = frame.assign(day=15)[["year", "month", "day"]]
    frame["discharge_date"] = pd.to_datetime(dates).astype("datetime64[s]")
    frame["period"] = frame["discharge_date"].dt.strftime("%Y-%m").astype("str")
    frame["department"] = ("D" + (frame["case"] % 2).astype("str")).astype("str")
    frame["care_days"] = 3 + frame["case"] % 5
    return frame
