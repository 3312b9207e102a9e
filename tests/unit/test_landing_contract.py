"""Headers held to Table Schemas."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from s_infra.errors import SInfraError
from s_infra.landing.contract import Contract, Match, of_file, parse

FIELDS = ("id", "radius", "benign")


@pytest.mark.parametrize(
    ("match", "header"),
    [
        ("exact", "id radius benign"),
        ("equal", "benign id radius"),
        ("subset", "id more radius benign"),
        ("superset", "radius"),
        ("partial", "other id"),
    ],
)
def test_a_header_that_keeps_the_contract_passes(match: Match, header: str) -> None:
    Contract("schema.json", FIELDS, match).hold(header.split(), "train.csv")


@pytest.mark.parametrize(
    ("match", "header", "said"),
    [
        ("exact", "id benign radius", "column 2 is benign, not radius"),
        ("exact", "id radius", "missing benign"),
        ("exact", "id radios benign", r"missing radius; unknown radios \(for radius\?\)"),
        ("equal", "id radius benign more", "unknown more"),
        ("subset", "id more", "missing radius, benign"),
        ("superset", "id more", "unknown more"),
        ("partial", "more", "none of id, radius, benign"),
    ],
)
def test_a_header_that_does_not_is_refused_with_what_is_wrong(match: Match, header: str, said: str) -> None:
    with pytest.raises(SInfraError, match=said) as caught:
        Contract("schema.json", FIELDS, match).hold(header.split(), "train.csv")
    assert caught.value.which == "train.csv, held to schema.json"


def test_a_schema_is_read_in_the_forms_of_the_standard(tmp_path: Path) -> None:
    schema = {"fields": [{"name": "id", "type": "string"}, {"name": "radius"}], "fieldsMatch": ["equal"]}
    path = tmp_path / "schema.json"
    path.write_text(json.dumps(schema))
    assert of_file(path) == Contract(str(path), ("id", "radius"), "equal")
    assert parse('{"fields": [{"name": "id"}]}', "here").match == "exact"


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"fields": []}', '{"fields": [{"name": "a"}], "fieldsMatch": "some"}']
)
def test_what_is_no_schema_is_refused(text: str) -> None:
    with pytest.raises(SInfraError, match="no Table Schema"):
        parse(text, "schema.json")


def test_a_schema_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SInfraError, match="can't be read"):
        of_file(tmp_path / "schema.json")
