"""What of KMS and of Parameter Store isn't carried out is refused by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Clients = Callable[[str], Any]

TAGGED = [{"Key": "tag:a"}]


@pytest.mark.parametrize(
    ("service", "operation", "request_", "what"),
    [
        ("kms", "create_key", {"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"}, "KeySpec RSA_2048"),
        ("kms", "create_key", {"MultiRegion": True}, "MultiRegion"),
        ("kms", "create_key", {"Origin": "EXTERNAL"}, "Origin EXTERNAL"),
        ("kms", "enable_key_rotation", {"KeyId": "k", "RotationPeriodInDays": 90}, "RotationPeriodInDays"),
        ("kms", "encrypt", {"KeyId": "k", "Plaintext": b"x"}, "kms:Encrypt"),
        ("ssm", "put_parameter", {"Name": "n", "Value": "v", "AllowedPattern": "x"}, "AllowedPattern"),
        ("ssm", "put_parameter", {"Name": "n", "Value": "v", "Tier": "Advanced"}, "Tier Advanced"),
        ("ssm", "put_parameter", {"Name": "n", "Value": "é" * 2049}, "Value of more than 4096 bytes"),
        (
            "ssm",
            "get_parameters_by_path",
            {"Path": "/", "ParameterFilters": TAGGED},
            "ParameterFilters",
        ),
        (
            "ssm",
            "describe_parameters",
            {"ParameterFilters": TAGGED},
            "ParameterFilters.Key tag:a",
        ),
        ("ssm", "send_command", {"DocumentName": "AWS-RunShellScript"}, "ssm:SendCommand"),
    ],
)
def test_what_is_not_carried_out_is_refused_by_name(
    clients: Clients, service: str, operation: str, request_: dict[str, Any], what: str
) -> None:
    with pytest.raises(ClientError) as raised:
        getattr(clients(service), operation)(**request_)
    error = raised.value.response["Error"]
    assert error["Code"] == "NotImplemented"
    assert what in error["Message"]
