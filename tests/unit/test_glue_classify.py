"""What the crawler makes of bytes, by the rules that AWS documents for its classifiers."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from s_infra.sandbox.services.glue import expressions
from s_infra.sandbox.services.glue.classify import SAMPLE_BYTES, Kind, classify
from s_infra.sandbox.services.glue.classify.types import Array, Struct, merged, spelt
from s_infra.sandbox.services.glue.crawl import exclusion
from s_infra.sandbox.services.glue.errors import GlueError
from s_infra.sandbox.services.glue.grouping import table_name


def kind_of(content: str | bytes) -> Kind:
    data = content.encode() if isinstance(content, str) else content
    return classify("s3://b/k", len(data), lambda first, last: data[first : last + 1])


def columns(content: str | bytes) -> dict[str, str]:
    return {column.name: spelt(column.type) for column in kind_of(content).columns}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("id,Name\n1,x\n2,y\n", {"id": "bigint", "name": "string"}),
        ("id|v\n1|1.5\n", {"id": "bigint", "v": "double"}),
        ("id\tv\n1\t-2e3\n", {"id": "bigint", "v": "double"}),
        ("id;v\n1;TRUE\n", {"id": "bigint", "v": "boolean"}),
        ("id\x01v\n1\x01x\n", {"id": "bigint", "v": "string"}),
        # All text: the first row can't be told from the others.
        ("name,city\na,b\nc,d\n", {"col0": "string", "col1": "string"}),
        # A number in the first row: no header.
        ("1,2.5\n3,4\n", {"col0": "bigint", "col1": "double"}),
        # The last column may be empty throughout.
        ("id,name,\n1,x,\n", {"id": "bigint", "name": "string", "": "string"}),
        # Dates and times stay text, empty cells say nothing, numbers beyond 64 bits are no bigint.
        (
            "d,e,n\n2024-01-01,,9223372036854775808\n2024-01-02,5,1\n",
            {"d": "string", "e": "bigint", "n": "double"},
        ),
        ('id,"a b"\n1,"x, y"\n2,"l1\nl2"\n', {"id": "bigint", "a b": "string"}),
        ("\ufeffid,v\n1,2\n", {"id": "bigint", "v": "bigint"}),
    ],
)
def test_csv(text: str, found: dict[str, str]) -> None:
    assert columns(text) == found
    assert kind_of(text).classification == "csv"


@pytest.mark.parametrize("text", ["one column\nonly\n", "a,b\n", "a,b\n1,2\n3\n", "\x00\x01\x02", "{broken"])
def test_what_is_nothing_known(text: str) -> None:
    assert kind_of(text) == Kind("UNKNOWN")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"a": 1}\n{"a": 2.5}\n', {"a": "double"}),
        ('{"a": 2147483648}', {"a": "bigint"}),
        ('{\n "a": {"b": [1, null]},\n "c": "x"\n}\n', {"a": "struct<b:array<int>>", "c": "string"}),
        ('{"a": 1}{"a": "x"}', {"a": "string"}),
        ('[{"a": 1}, {"b": true}]', {"array": "array<struct<a:int,b:boolean>>"}),
    ],
)
def test_json(text: str, found: dict[str, str]) -> None:
    assert columns(text) == found
    assert kind_of(text).classification == "json"


def test_of_a_large_object_the_beginning_is_read() -> None:
    lines = "id,v\n" + "123456789,1\n" * (2 * SAMPLE_BYTES // 12)
    found = kind_of(lines)
    assert (found.classification, found.header) == ("csv", True)
    assert found.records == pytest.approx(2 * SAMPLE_BYTES // 12, rel=0.01)
    documents = kind_of('{"id": 123456789, "v": "x"}\n' * 80_000)
    assert documents.classification == "json"


@settings(max_examples=30, deadline=None)
@given(
    some.lists(
        some.tuples(
            some.integers(-(2**62), 2**62), some.floats(allow_nan=False, allow_infinity=False), some.text()
        ),
        min_size=1,
    )
)
def test_any_csv_is_typed_as_it_was_written(rows: list[tuple[int, float, str]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["whole", "fraction", "words"])
    writer.writerows([(one, repr(two), f"w{three}") for one, two, three in rows])
    found = columns(text.getvalue().encode("utf-8", errors="replace"))
    assert found == {"whole": "bigint", "fraction": "double", "words": "string"}


@settings(max_examples=30, deadline=None)
@given(
    some.recursive(some.none() | some.booleans() | some.integers() | some.floats() | some.text(), some.lists)
)
def test_any_json_value_merges_with_itself(value: object) -> None:
    text = json.dumps({"a": value}) + "\n"
    assert columns(text) == columns(text * 2)


def test_types_of_two_files_merge() -> None:
    assert merged("int", "bigint") == "bigint"
    assert merged("bigint", "double") == "double"
    assert merged("boolean", "bigint") == "string"
    assert merged(None, "date") == "date"
    both = merged(Struct((("a", "int"),)), Struct((("a", "double"), ("b", Array(None)))))
    assert spelt(both) == "struct<a:double,b:array<string>>"
    assert merged(Struct(), "int") == "string"


@pytest.mark.parametrize(
    ("pattern", "matches", "not_matches"),
    [
        ("*.csv", ["a.csv"], ["d/a.csv", "a.csv.gz"]),
        ("**.csv", ["a.csv", "d/e/a.csv"], ["a.json"]),
        ("d/**", ["d/a", "d/e/f"], ["e/a"]),
        ("a?{1,2}[!x].t", ["ab1y.t"], ["ab1x.t", "ab3y.t", "a/1y.t"]),
        ("a,b", ["a,b"], ["a"]),
        (r"a\*", ["a*"], ["ab"]),
    ],
)
def test_exclusions(pattern: str, matches: list[str], not_matches: list[str]) -> None:
    found = exclusion(pattern)
    assert [name for name in (*matches, *not_matches) if found.fullmatch(name)] == matches


def test_names_of_tables() -> None:
    assert table_name("b", "a/My Data-1/", "raw_", set()) == "raw_my_data_1"
    assert table_name("my-bucket.x", "", "", set()) == "my_bucket_x"
    assert table_name("b", "x/t/", "", {"t"}).startswith("t_")


KEYS = [{"Name": "Year", "Type": "int"}, {"Name": "kind", "Type": "string"}]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("year = 9", True),
        ("year > 10 OR kind = 'a''b'", True),
        ("NOT (year < 9 OR year <> 9)", True),
        ("year BETWEEN 9 AND 10 AND kind LIKE 'a%'", True),
        ("kind not like '%z_' and kind is not null", True),
        ("kind NOT IN ('x', 'y') AND `year` != 8", True),
        ("year in (1, 2)", False),
        ("kind is null", False),
        ('kind >= "b"', False),
    ],
)
def test_partition_expressions(text: str, wanted: bool) -> None:
    assert expressions.predicate(text, KEYS)({"year": "9", "kind": "a'b"}) is wanted


@pytest.mark.parametrize(
    "text",
    ["year =", "= 1", "other = 1", "year = 1 kind = 'a'", "(year = 1", "year = 'x'", "year ~ 1", "year in 1"],
)
def test_expressions_that_cannot_be_read(text: str) -> None:
    with pytest.raises(GlueError) as refused:
        expressions.predicate(text, KEYS)({"year": "9", "kind": "a"})
    assert refused.value.message == f"Unsupported expression '{text}'"


def test_a_default_partition_is_null() -> None:
    found = expressions.predicate("year = 1 or year is null", KEYS)
    assert found({"year": "__HIVE_DEFAULT_PARTITION__", "kind": "a"})
