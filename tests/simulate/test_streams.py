"""Streams of random numbers depend on their words alone."""

from dipeval.simulate.streams import stream


def draws(*key):
    return stream(*key).random(4).tolist()


def test_a_key_gives_one_stream():
    assert draws(1, "anlan", "costs") == draws(1, "anlan", "costs")


def test_other_seed_city_or_purpose_give_other_streams():
    keys = [(1, "anlan", "costs"), (2, "anlan", "costs"), (1, "beiyuan", "costs"), (1, "anlan", "stay")]
    assert len({tuple(draws(*key)) for key in keys}) == len(keys)


def test_words_do_not_run_together():
    assert draws(1, "ab", "c") != draws(1, "a", "bc")
