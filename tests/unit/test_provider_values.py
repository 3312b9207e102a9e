"""Values: their encoding, when two mean the same, and how planned and read ones come together."""

from __future__ import annotations

from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from s_infra.sandbox.provider.cty import UNKNOWN, conform, decode, encode, has_unknown, known
from s_infra.sandbox.provider.values import Settling, differences, is_empty, overlay

KIND = ["object", {"name": "string", "size": "number", "on": "bool", "tags": ["map", "string"]}]
RULES = ["list", ["object", {"id": "string", "days": "number"}]]
NAMES = ["set", "string"]

values = st.fixed_dictionaries(
    {
        "name": st.none() | st.text() | st.just(UNKNOWN),
        "size": st.none() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False),
        "on": st.none() | st.booleans() | st.just(UNKNOWN),
        "tags": st.none() | st.dictionaries(st.text(), st.text() | st.just(UNKNOWN)),
    }
)


@given(values)
def test_a_value_comes_back_as_it_went(value: dict[str, Any]) -> None:
    assert decode(encode(value, KIND), KIND) == conform(value, KIND)


def test_an_unknown_value_with_refinements_is_unknown() -> None:
    refined = msgpack.packb(msgpack.ExtType(12, b"\x81\x01\xc2"))
    assert decode(refined, "string") is UNKNOWN


def test_an_extension_that_isnt_terraforms_is_refused() -> None:
    with pytest.raises(ValueError, match="extension 7"):
        decode(msgpack.packb(msgpack.ExtType(7, b"x")), "string")


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        ("30", "number", 30),
        ("0.0625", "number", 0.0625),
        (2.0, "number", 2),
        ("true", "bool", True),
        ("false", "bool", False),
        (True, "string", "true"),
        (["b", "a", "b"], NAMES, ["a", "b"]),
        ({"id": "x"}, RULES[1], {"id": "x", "days": None}),
        (None, RULES, None),
    ],
)
def test_values_are_brought_to_their_type(value: object, kind: object, expected: object) -> None:
    assert conform(value, kind) == expected


def test_unknown_parts_are_found_and_taken_out() -> None:
    value = {"a": [1, {"b": UNKNOWN}]}
    assert has_unknown(value)
    assert known(value) == {"a": [1, {"b": None}]}


def test_an_unknown_value_is_neither_true_nor_false() -> None:
    with pytest.raises(TypeError):
        bool(UNKNOWN)


@pytest.mark.parametrize("value", [None, "", [], {}, False, 0, [{"a": None}], {"a": [{"b": ""}]}])
def test_what_says_nothing_is_empty(value: object) -> None:
    assert is_empty(value)


@pytest.mark.parametrize("value", ["x", [""], 1, True, {"a": 1}, [{"a": [0, 1]}]])
def test_what_says_something_is_not(value: object) -> None:
    assert not is_empty(value)


@pytest.mark.parametrize(
    ("old", "new", "kind", "settled"),
    [
        (None, "", "string", None),
        (None, False, "bool", None),
        ("", None, "string", ""),
        ([], [{"id": "", "days": 0}], RULES, []),
        ([{"id": "a", "days": None}], [{"id": "a", "days": 0}], RULES, [{"id": "a", "days": None}]),
        ([{"id": "a", "days": 1}], [{"id": "a", "days": 2}], RULES, [{"id": "a", "days": 2}]),
        ("x", None, "string", None),
        (None, "x", "string", "x"),
        (["a"], ["b", "a"], NAMES, ["a", "b"]),
    ],
)
def test_reading_keeps_the_old_spelling(old: object, new: object, kind: object, settled: object) -> None:
    assert Settling(reading=True)(old, new, kind) == settled


@pytest.mark.parametrize(
    ("old", "new", "settled"), [(None, False, False), (None, 0, 0), (False, None, False), (None, "", None)]
)
def test_planning_lets_a_written_false_or_nought_count(old: object, new: object, settled: object) -> None:
    found = Settling(reading=False)(old, new, "dynamic")
    assert found == settled
    assert type(found) is type(settled)


def test_json_keeps_its_spelling_only_where_it_is_json() -> None:
    old, new = '{"a": 1}', '{"a":1}'
    kind = ["object", {"policy": "string", "text": "string"}]
    settle = Settling(reading=True, json_paths=("policy",))
    assert settle({"policy": old, "text": old}, {"policy": new, "text": new}, kind) == {
        "policy": old,
        "text": new,
    }


def test_only_the_unknown_is_taken_from_what_was_read() -> None:
    kind = ["object", {"id": "string", "name": "string", "rules": RULES, "names": NAMES}]
    planned = {"id": UNKNOWN, "name": "n", "rules": UNKNOWN, "names": [UNKNOWN, "a"]}
    read = {"id": "1", "name": "other", "rules": None, "names": ["b", "a"]}
    assert overlay(planned, read, kind) == {"id": "1", "name": "n", "rules": [], "names": ["a", "b"]}


def test_a_difference_is_told_by_its_path() -> None:
    planned = {"a": UNKNOWN, "b": [{"c": 1, "d": UNKNOWN}], "e": "x"}
    assert list(differences(planned, {"a": "any", "b": [{"c": 2, "d": "any"}], "e": "x"})) == ["b.c"]
