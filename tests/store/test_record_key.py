"""The user's key: the same hash in the engine as in Python, and never shown."""

import copy
import hashlib
import hmac
import json
import pickle
import unicodedata

import ibis
import pandas as pd
import pytest

from dipeval.errors import StudyError
from dipeval.schema.functions import folded, keyed_hash
from dipeval.store.engine import Engine
from dipeval.store.fingerprint import canonical
from dipeval.store.record_key import RecordKey, read_record_key

SECRET = b"a key of the tests, no secret"
TEXTS = [
    "44010119900101123X",
    "44010119900101123x",
    "住院号０１２３",
    "张三",
    "Ünïcode-ß-ſ-ﬁ",
    "ａｂｃ 12",
    "😀𠮷野家",
    "  padded\t",
    "é",
    "é",
    "a" * 5000,
    "0",
    "'; DROP TABLE t; --",
    '%s {t} $1 \\ "',
    *(f"{n * 7919:018d}" for n in range(200)),
]


def normal(text: str) -> str:
    """NFKC, trimmed, letters of ASCII in upper case: written down anew."""
    trimmed = unicodedata.normalize("NFKC", text).strip(" \t")
    return "".join(c.upper() if "a" <= c <= "z" else c for c in trimmed)


@pytest.mark.parametrize("secret", [SECRET, b"k" * 16, b"K" * 64, "密钥".encode() * 40, bytes(range(256))])
def test_the_engine_hashes_as_python_does(secret):
    expected = [hmac.new(secret, normal(text).encode(), hashlib.sha256).hexdigest()[:32] for text in TEXTS]
    assert [RecordKey(secret).hash(text) for text in TEXTS] == expected
    with Engine(threads=1) as engine:
        engine.bring_key(RecordKey(secret))
        frame = pd.DataFrame({"k": range(len(TEXTS)), "t": TEXTS})
        table = engine.backend.create_table("texts", ibis.memtable(frame))
        made = engine.to_frame(table.select("k", h=keyed_hash(folded(table.t))), ("k",))
    assert made["h"].tolist() == expected


def test_by_hand():
    """RFC 4231, test case 1: key of 20 bytes 0x0b, data 'Hi There'; here in upper case."""
    key = RecordKey(b"\x0b" * 20)
    assert key._digest(b"Hi There").hex().startswith("b0344c61d8db38535ca8afceaf0bf12b")
    assert key.hash("hi there") == key.hash(" HI THERE ") == key._digest(b"HI THERE").hex()[:32]


def test_it_never_shows_itself():
    key = RecordKey(SECRET)
    shown = f"{key} {key!r} {[key]} {vars(type(key))}"
    assert "no secret" not in shown and SECRET.hex() not in shown
    assert len(key.check) == 8 and key.check != RecordKey(SECRET + b".").check
    for write in (pickle.dumps, copy.deepcopy, json.dumps, canonical):
        with pytest.raises(TypeError):
            write(key)


def test_where_it_is_found(tmp_path):
    file = tmp_path / "key.txt"
    file.write_bytes(SECRET + b"\r\n")
    file.chmod(0o600)
    assert read_record_key(None, {}) == (None, ())
    for found in (
        read_record_key(file, {"DIPEVAL_KEY": "another key, long enough"}),
        read_record_key(None, {"DIPEVAL_KEY_FILE": str(file)}),
        read_record_key(None, {"DIPEVAL_KEY": SECRET.decode()}),
    ):
        assert found[0].check == RecordKey(SECRET).check and found[1] == ()


def test_a_key_file_that_others_may_read_is_a_warning(tmp_path):
    file = tmp_path / "key.txt"
    file.write_bytes(SECRET)
    file.chmod(0o640)
    (warning,) = read_record_key(file, {})[1]
    assert "chmod 600" in warning and str(tmp_path) not in warning


@pytest.mark.parametrize(
    ("content", "environment", "told"),
    [
        (b"short", {}, "has 5 bytes"),
        (None, {}, "cannot be read"),
        (None, {"DIPEVAL_KEY": "fifteen bytes.."}, "has 15 bytes"),
        (b"", {}, "has 0 bytes"),
    ],
)
def test_keys_that_are_none(tmp_path, content, environment, told):
    file = tmp_path / "key.txt"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(StudyError, match=told) as caught:
        read_record_key(None if environment else file, environment)
    assert "short" not in str(caught.value).replace("shorter", "") and "fifteen" not in str(caught.value)


def test_two_keys_are_one_too_many():
    both = {"DIPEVAL_KEY": SECRET.decode(), "DIPEVAL_KEY_FILE": "key.txt"}
    with pytest.raises(StudyError, match="which of the two"):
        read_record_key(None, both)
