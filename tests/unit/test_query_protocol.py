"""The Query protocol against botocore's own serialiser and parser: what one writes, the other reads."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from s_infra.sandbox import query
from s_infra.sandbox.service_models import service_model

REQUESTS: list[tuple[str, str, dict[str, Any]]] = [
    (
        "rds",
        "CreateDBInstance",
        {
            "DBInstanceIdentifier": "a & b",
            "AllocatedStorage": 20,
            "DBInstanceClass": "db.t4g.micro",
            "Engine": "postgres",
            "MultiAZ": False,
            "VpcSecurityGroupIds": ["sg-1", "sg-2"],
            "Tags": [{"Key": "k", "Value": "ü"}, {"Key": "empty", "Value": ""}],
        },
    ),
    (
        "rds",
        "CreateDBSubnetGroup",
        {"DBSubnetGroupName": "a", "DBSubnetGroupDescription": "b", "SubnetIds": []},
    ),
    (
        "rds",
        "ModifyDBParameterGroup",
        {
            "DBParameterGroupName": "a",
            "Parameters": [{"ParameterName": str(number), "ParameterValue": "1"} for number in range(12)],
        },
    ),
    (
        "ec2",
        "AuthorizeSecurityGroupIngress",
        {
            "GroupId": "sg-1",
            "IpPermissions": [
                {
                    "IpProtocol": "tcp",
                    "FromPort": 1,
                    "UserIdGroupPairs": [{"GroupId": "sg-2", "Description": "d"}],
                }
            ],
            "TagSpecifications": [
                {"ResourceType": "security-group-rule", "Tags": [{"Key": "a", "Value": "1"}]}
            ],
        },
    ),
    ("ec2", "DescribeVpcs", {"Filters": [{"Name": "is-default", "Values": ["true"]}], "VpcIds": ["vpc-1"]}),
]


@pytest.mark.parametrize(("service", "operation", "given"), REQUESTS, ids=lambda one: str(one)[:30])
def test_a_form_is_read_as_it_was_written(service: str, operation: str, given: dict[str, Any]) -> None:
    model = service_model(service)
    serializer = create_serializer(model.metadata["protocol"], include_validation=False)
    form = serializer.serialize_to_request(given, model.operation_model(operation))["body"]
    assert query.request(service, operation, {key: _text(value) for key, value in form.items()}) == given


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_an_answer_is_read_as_it_was_written() -> None:
    result = {
        "DBInstances": [
            {
                "DBInstanceIdentifier": '<one> & "two"',
                "AllocatedStorage": 20,
                "MultiAZ": True,
                "Endpoint": {"Address": "127.0.0.1", "Port": 5433},
                "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-1", "Status": "active"}],
                "EnabledCloudwatchLogsExports": ["postgresql", "upgrade"],
                "DBSecurityGroups": [],
            }
        ],
        "Marker": "2",
    }
    body = query.answer("rds", "DescribeDBInstances", {**result, "Unknown": 1})
    shape = service_model("rds").operation_model("DescribeDBInstances").output_shape
    found = create_parser("query").parse({"body": body, "headers": {}, "status_code": 200}, shape)
    assert found.pop("ResponseMetadata")["RequestId"]
    assert found == result


def test_an_error_is_read_as_it_was_written() -> None:
    body = query.error("rds", "InvalidParameterValue", "a < b")
    found = create_parser("query").parse({"body": body, "headers": {}, "status_code": 400}, None)
    assert (found["Error"]["Code"], found["Error"]["Message"]) == ("InvalidParameterValue", "a < b")


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"Action": "StopDBInstance", "Unknown": "1"}, "Unknown is not a parameter of StopDBInstance"),
        ({"Action": "StopDBInstance", "DBInstanceIdentifier.1": "a"}, "DBInstanceIdentifier.1 is not"),
    ],
)
def test_a_key_that_the_operation_does_not_have_is_an_error(form: dict[str, str], said: str) -> None:
    with pytest.raises(query.MalformedError, match=said):
        query.request("rds", "StopDBInstance", form)


@pytest.mark.parametrize(("name", "text"), [("AllocatedStorage", "many"), ("MultiAZ", "perhaps")])
def test_a_value_of_another_type_is_an_error(name: str, text: str) -> None:
    with pytest.raises(query.MalformedError, match=f"{name} must be of type"):
        query.request("rds", "CreateDBInstance", {name: text})
