"""What would be expected if one city's stays had not been among the means: for errors that hold the standard's own.

Means of types are estimates too. A jackknife that leaves a city out of the means as well as out of the panel carries
their variance into the errors of standardised outcomes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .expected import expected_sums, reference_of, sums_by_city, type_counts

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from ..store.contract import TableEngine
    from ..study.standardise import StandardChoice

FEWEST_CITIES = 3
"""With two cities nothing is left to compare once one of them is out."""


def expected_without(
    engine: TableEngine, tables: Mapping[str, ir.Table], standard: StandardChoice, frequency: str
) -> pd.DataFrame:
    """Expected sums of every hospital-period, once without each city's stays in the means.

    Parameters
    ----------
    tables : mapping of str to ibis table
        Stays by city, as the panel counts them, in its window.

    Returns
    -------
    pandas.DataFrame
        ``without`` (a city), ``city``, ``hospital``, ``period`` and the expected columns; rows of the city
        that is left out are not there. Empty with fewer than `FEWEST_CITIES` cities. Cost: one pass a city for
        its types, then cities × (cities - 1) groupings of these counts.
    """
    import pandas as pd

    columns = ["without", "city", "hospital", "period", *standard.columns]
    if len(tables) < FEWEST_CITIES:
        return pd.DataFrame(columns=columns)
    words = tuple(dict.fromkeys([*standard.broad, *standard.types]))
    sums = sums_by_city(engine, tables, words, standard.start, standard.end)
    counts = {city: type_counts(engine, table, words, frequency) for city, table in sorted(tables.items())}
    frames = []
    for left_out in counts:
        rest = [frame for city, frame in sums.items() if city != left_out]
        if not any(len(frame) for frame in rest):
            continue
        reference = reference_of(rest, words, standard.broad)
        for city, counted in counts.items():
            if city != left_out:
                frames.append(expected_sums(engine, counted, reference).assign(without=left_out, city=city))
    return pd.concat(frames, ignore_index=True)[columns] if frames else pd.DataFrame(columns=columns)
