"""`.terraform.lock.hcl`: the provider versions that `terraform init` chose."""

from __future__ import annotations

from s_infra.docs import syntax
from s_infra.docs.declarations import HclAttribute


def versions(name: str, data: bytes) -> dict[str, str]:
    """Return each locked provider's version by the last part of its address."""
    source = syntax.parse(name, data)
    found: dict[str, str] = {}
    for block in syntax.blocks(source, source.body) if source.body else ():
        if block.kind == "provider" and block.labels:
            version = syntax.attributes(source, block.body).get("version")
            if version is not None:
                found[block.labels[0].rpartition("/")[2]] = HclAttribute(source, version).keyword()
    return found
