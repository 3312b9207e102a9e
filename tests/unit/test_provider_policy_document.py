"""aws_iam_policy_document: the text that the real provider writes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from s_infra.errors import SInfraError
from s_infra.sandbox.provider.policy_document import render

# As the real provider's documentation shows it: lists descend, a condition's values stay as written.
DOCUMENTED = """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "1",
      "Effect": "Allow",
      "Action": [
        "s3:ListAllMyBuckets",
        "s3:GetBucketLocation"
      ],
      "Resource": "arn:aws:s3:::*"
    },
    {
      "Effect": "Allow",
      "Action": "s3:ListBucket",
      "Resource": "arn:aws:s3:::bucket",
      "Condition": {
        "StringLike": {
          "s3:prefix": [
            "",
            "home/",
            "home/${aws:username}/"
          ]
        }
      }
    }
  ]
}"""


def _statement(**fields: Any) -> dict[str, Any]:
    return {"actions": ["s3:GetObject"], **fields}


def _render(*statements: dict[str, Any], **fields: Any) -> Any:
    return json.loads(render({"statement": list(statements), **fields})["json"])


def test_the_documented_example_comes_out_the_same() -> None:
    statements = [
        {
            "sid": "1",
            "actions": ["s3:GetBucketLocation", "s3:ListAllMyBuckets"],
            "resources": ["arn:aws:s3:::*"],
        },
        {
            "actions": ["s3:ListBucket"],
            "resources": ["arn:aws:s3:::bucket"],
            "condition": [
                {
                    "test": "StringLike",
                    "variable": "s3:prefix",
                    "values": ["", "home/", "home/&{aws:username}/"],
                }
            ],
        },
    ]
    assert render({"statement": statements})["json"] == DOCUMENTED


def test_the_minified_text_says_the_same() -> None:
    found = render({"statement": [_statement(sid="x")]})
    assert found["minified_json"] == json.dumps(json.loads(found["json"]), separators=(",", ":"))


def test_html_is_escaped_as_go_does() -> None:
    text = render({"statement": [_statement(resources=["a&<b>"])]})["json"]
    assert "a\\u0026\\u003cb\\u003e" in text


def test_no_statement_is_no_member() -> None:
    assert _render() == {"Version": "2012-10-17"}


@pytest.mark.parametrize(
    ("principals", "expected"),
    [
        ([{"type": "*", "identifiers": ["*"]}], "*"),
        ([{"type": "AWS", "identifiers": ["*"]}], {"AWS": "*"}),
        ([{"type": "Service", "identifiers": ["a", "b"]}], {"Service": ["b", "a"]}),
        (
            [{"type": "Service", "identifiers": ["s"]}, {"type": "AWS", "identifiers": ["1"]}],
            {"AWS": "1", "Service": "s"},
        ),
    ],
)
def test_principals(principals: list[Any], expected: Any) -> None:
    [found] = _render(_statement(principals=principals))["Statement"]
    assert found["Principal"] == expected


def test_conditions_of_one_test_come_together() -> None:
    condition = [
        {"test": "StringEquals", "variable": "aws:SourceAccount", "values": ["1"]},
        {"test": "StringEquals", "variable": "aws:PrincipalTag/x", "values": ["b", "a"]},
    ]
    [found] = _render(_statement(condition=condition))["Statement"]
    assert found["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "1", "aws:PrincipalTag/x": ["b", "a"]}
    }


def test_sources_come_first_and_overrides_replace_by_sid() -> None:
    source = json.dumps({"Id": "source", "Statement": {"Sid": "a", "Effect": "Allow", "Action": "s3:Get*"}})
    override = json.dumps({"Statement": [{"Sid": "b", "Effect": "Deny", "Action": "s3:*"}]})
    found = _render(
        _statement(sid="b"),
        _statement(),
        source_policy_documents=[source],
        override_policy_documents=[override],
    )
    assert found["Id"] == "source"
    assert [(s.get("Sid"), s["Effect"]) for s in found["Statement"]] == [
        ("a", "Allow"),
        ("b", "Deny"),
        (None, "Allow"),
    ]


def test_a_statement_overrides_that_of_a_source() -> None:
    source = json.dumps({"Statement": [{"Sid": "a", "Effect": "Deny", "Action": "s3:*"}]})
    [found] = _render(_statement(sid="a"), source_policy_documents=[source])["Statement"]
    assert found == {"Sid": "a", "Effect": "Allow", "Action": "s3:GetObject"}


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"statement": [{"sid": "x"}, {"sid": "x"}]}, r"duplicate Sid \(x\) in statement"),
        ({"source_policy_documents": ["{"]}, "isn't JSON"),
        ({"source_policy_documents": ['{"Statement": [{"Verb": "x"}]}']}, "has Verb"),
        ({"version": "2008-10-17", "statement": [{"resources": ["&{x}"]}]}, "need version 2012-10-17"),
    ],
)
def test_what_is_wrong_with_a_document_is_said(config: dict[str, Any], message: str) -> None:
    with pytest.raises(SInfraError, match=message):
        render(config)
