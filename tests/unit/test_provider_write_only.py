"""A write-only argument is taken only from a core that keeps it out of its state."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tf.gen import tfplugin_pb2 as pb

from s_infra.sandbox.provider import wire
from s_infra.sandbox.provider.server import Servicer, Site
from s_infra.sandbox.provider.session import Clients
from s_infra.sandbox.provider.types import PROVIDERS

# Field 3 of the request, of two bytes: write-only arguments are allowed, or deferral is.
KNOWS, KNOWS_OTHER = bytes([0x1A, 2, 0x10, 1]), bytes([0x1A, 2, 0x08, 1])


def _validated(value: str | None, capabilities: bytes) -> list[Any]:
    site = Site(Clients("http://127.0.0.1:1"), "us-east-1", Path(), lambda peer, port: None)
    servicer = Servicer(PROVIDERS[0], site)
    block = servicer.resources["aws_ssm_parameter"].block
    given = {"name": "/a", "type": "String", "value" if value is None else "value_wo": value or "shown"}
    config = wire.dynamic_value(dict.fromkeys([*block.attributes, *block.blocks]) | given, block.type)
    request = pb.ValidateResourceConfig.Request(type_name="aws_ssm_parameter", config=config)
    request.MergeFromString(capabilities)
    found = servicer.ValidateResourceConfig(request, None).diagnostics
    return [diagnostic.summary for diagnostic in found]


def test_the_schema_says_which_it_is() -> None:
    block = wire.schema(Servicer(PROVIDERS[0], None).resources["aws_ssm_parameter"].block)
    marked = {one.name for one in block.block.attributes if bytes([0x58, 1]) in one.SerializeToString()}
    assert marked == {"value_wo"}


@pytest.mark.parametrize("capabilities", [b"", KNOWS_OTHER])
def test_a_core_that_would_keep_it_is_refused(capabilities: bytes) -> None:
    assert _validated("secret", capabilities) == ["Write-only argument not allowed"]
    assert _validated(None, capabilities) == []


def test_a_core_that_knows_of_it_is_not() -> None:
    assert _validated("secret", KNOWS) == []
