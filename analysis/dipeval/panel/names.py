"""Names, towns and streets of hospitals as words that can be compared.

A name is folded (NFKC, case, accents, punctuation), legal forms and articles are dropped. Two names
are compared by the words that they share; a word counts more the fewer names hold it (inverse
document frequency: Spärck Jones 1972, J. Doc. 28:11), so "Klinik" says little and "Balgrist" much.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping

LEGAL_FORMS = frozenset(
    "ag sa gmbh sarl srl sagl ltda eireli me stiftung fondation fondazione verein genossenschaft".split()
)
ARTICLES = frozenset(
    "der die das des dem den fur und im in am an zu zum zur von vom bei b"
    " le la les l de du des d et en a au aux il lo gli i di del della dei e o os da do dos das".split()
)
POSTCODE = re.compile(r"\d{4,8}")
HAN = re.compile(r"[\u4e00-\u9fff]")
SHARED_STEM = 6
CONTAINED = 0.9


def fold(text: str) -> list[str]:
    """Words of a text in lower case without accents, punctuation and full-width forms."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return re.findall(r"[^\W_]+", plain)


def name_words(name: str) -> tuple[str, ...]:
    """The words of a hospital's name, each once, in alphabetical order.

    Legal forms and articles are dropped, unless nothing else is there.
    """
    words = fold(name)
    kept = [w for w in words if w not in LEGAL_FORMS and w not in ARTICLES]
    return tuple(sorted(set(kept or words)))


def name_pairs(name: str) -> tuple[str, ...]:
    """As `name_words`, with each Chinese word as its pairs of characters: it is written without spaces."""
    parts: set[str] = set()
    for word in name_words(name):
        pairs = [word[k : k + 2] for k in range(len(word) - 1)]
        parts.update(pairs if pairs and HAN.search(word) else [word])
    return tuple(sorted(parts))


def town_words(place: str, region: str = "") -> tuple[str, ...]:
    """The words of a town without postcode, district number and the region's abbreviation."""
    words = [w for w in fold(place) if not w.isdigit() and w not in ARTICLES]
    short = [w for w in words if w != region.casefold()]
    return tuple(short or words)


def postcode(place: str) -> str:
    """The postcode that a place starts with, or an empty text."""
    words = fold(place)
    return words[0] if words and POSTCODE.fullmatch(words[0]) else ""


def street(address: str) -> str:
    """The street of an address without house number, or an empty text."""
    return " ".join(w for w in fold(address) if not w[0].isdigit())


def word_weights(names: Iterable[Collection[str]]) -> dict[str, float]:
    """How much each word tells: ln(1 + N / number of names that hold it)."""
    distinct = {tuple(sorted(n)) for n in names}
    counts = Counter(w for n in distinct for w in n)
    return {w: math.log(1 + len(distinct) / c) for w, c in counts.items()}


def similarity(
    a: Collection[str], b: Collection[str], weights: Mapping[str, float], place: Collection[str] = ()
) -> float:
    """How alike two names are, from 0 (no word in common) to 1 (the same words).

    The weight of shared words in the weight of all words (a weighted Dice coefficient); a name that
    is contained in the other (an addition, a dropped subtitle) scores up to 0.9, as long as a word
    that fewer than a quarter of the names hold is shared. Words match when they are equal or when one
    starts with the other (``lindenhof``, ``lindenhofspital``).

    Parameters
    ----------
    a, b : collection of str
        From `name_words`.
    weights : mapping of str to float
        From `word_weights`.
    place : collection of str
        Words of the town; they count a fifth, as every hospital of the town may bear them.
    """

    def weight(word: str) -> float:
        return weights.get(word, 1.0) * (0.2 if word in place else 1.0)

    shared_a = sum(weight(w) for w in a if any(_match(w, v) for v in b))
    shared_b = sum(weight(w) for w in b if any(_match(w, v) for v in a))
    total_a, total_b = sum(map(weight, a)), sum(map(weight, b))
    if not total_a or not total_b:
        return 0.0
    dice = (shared_a + shared_b) / (total_a + total_b)
    shared = min(shared_a, shared_b)
    contained = CONTAINED * shared / min(total_a, total_b) if shared >= math.log(5) else 0.0
    return min(1.0, max(dice, contained))


def _match(a: str, b: str) -> bool:
    return a == b or (min(len(a), len(b)) >= SHARED_STEM and (a.startswith(b) or b.startswith(a)))
