"""Numbers of records and persons: hashes by the user's key in the clean data, or nothing of them."""

from dataclasses import replace

import pytest

from dipeval.clean.city import clean_city
from dipeval.clean.identity.persons import readable
from dipeval.store.engine import Engine
from dipeval.store.raw import read_raw
from dipeval.store.record_key import RecordKey
from dipeval.study.model import ColumnRule

KEY = RecordKey(b"a key of the tests, no secret")
HEADER = "hospital,level,visit,settlement,payer,age,in,out,days,way,total,drug,other,self,name,certno"
ROW = "H1,tertiary,V{k},S{k},employee,50,2019-03-01,2019-03-05,4,home,100,60,40,10,somebody,{person}"
PERSONS = [
    "44010119900101123x",
    "44010119900101123X ",
    "４４０１０１199001011234",
    "",
    "-",
    "张三",
    "0007",
    "7",
]


@pytest.fixture()
def with_persons(source):
    person = ColumnRule("person", (("certno", "证件号码"),), required=False)
    return replace(source, columns={**source.columns, "person": person})


def cleaned(tmp_path, city, source, key):
    place = tmp_path / "a.csv"
    rows = [ROW.format(k=k, person=person) for k, person in enumerate(PERSONS)]
    place.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    with Engine(threads=1, temp_directory=tmp_path / "engine") as engine:
        if key is not None:
            engine.bring_key(key)
        read = readable(source, key is not None)
        raw = read_raw(engine, city, read, [("a.csv", place)])
        made = clean_city(engine, city, read, raw, start="2019-01", end="2019-12", keep={})
        return list(raw.table.columns), engine.to_frame(made.table, ("source_row",))


def test_with_a_key_hashes_are_kept(tmp_path, city, with_persons):
    _, frame = cleaned(tmp_path, city, with_persons, KEY)
    expected = [KEY.hash(person) if person not in ("", "-") else None for person in PERSONS]
    assert [p if isinstance(p, str) else None for p in frame["person"]] == expected
    assert expected[0] == expected[1] and len({*expected}) == 6
    assert frame["visit"].tolist() == [KEY.hash(f"V{k}") for k in range(8)]
    assert "settlement" in frame.columns and "record_number" not in frame.columns


def test_without_a_key_persons_are_not_read_and_no_record_is_kept(tmp_path, city, with_persons):
    raw, frame = cleaned(tmp_path, city, with_persons, None)
    assert not any(name.startswith("person") for name in raw)
    assert not {"person", "visit", "settlement"} & {*frame.columns} and len(frame) == 8


def test_a_format_without_persons_is_left_alone(source, with_persons):
    assert readable(source, False) is source and readable(with_persons, True) is with_persons
    assert readable(with_persons, False).identifiers == (*source.identifiers, "certno", "证件号码")
