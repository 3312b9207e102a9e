"""Where a person looks at an execution."""

from __future__ import annotations


def execution(arn: str, endpoint: str) -> str | None:
    """Return the console's address of an execution, or None where `endpoint` isn't AWS's."""
    partition, region = arn.split(":")[1], arn.split(":")[3]
    consoles = {
        "aws": ("console.aws.amazon.com", "amazonaws.com"),
        "aws-cn": ("console.amazonaws.cn", "amazonaws.com.cn"),
        "aws-us-gov": ("console.amazonaws-us-gov.com", "amazonaws.com"),
    }
    if partition not in consoles:
        return None
    console, services = consoles[partition]
    if not endpoint.rstrip("/").endswith(services):
        return None
    return f"https://{region}.{console}/states/home?region={region}#/v2/executions/details/{arn}"
