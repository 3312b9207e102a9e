"""What of security groups and of the search for networks isn't carried out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

SOURCES = ("IpRanges", "Ipv6Ranges", "PrefixListIds", "UserIdGroupPairs")
# The base lets every entry through a filter that it doesn't know.
FILTERS = {
    "DescribeSecurityGroupRules": {"group-id", "security-group-rule-id", "tag-key"},
    "DescribeSecurityGroups": {"group-name", "tag-key", "vpc-id"},
    "DescribeSubnets": {
        *("availability-zone", "cidr-block", "default-for-az", "subnet-id", "tag-key", "tag-value", "vpc-id"),
    },
    "DescribeTags": {"key", "resource-id", "resource-type", "value"},
    "DescribeVpcs": {"cidr", "is-default", "owner-id", "state", "tag-key", "tag-value", "vpc-id"},
}


def _one_source(given: Mapping[str, Any]) -> str | None:
    # AWS makes a rule of each; the base makes one of all.
    for permission in given.get("IpPermissions", ()):
        if sum(len(permission.get(name, ())) for name in SOURCES) > 1:
            return "IpPermissions with several sources (give each its own)"
    return None


def _filters(known: set[str]) -> Callable[[Mapping[str, Any]], str | None]:
    def check(given: Mapping[str, Any]) -> str | None:
        names = [one.get("Name", "") for one in given.get("Filters", ())]
        unknown = [name for name in names if name not in known and not name.startswith("tag:")]
        return f"Filters {unknown[0]}" if unknown else None

    return check


CHECKS: Mapping[str, Callable[[Mapping[str, Any]], str | None]] = {
    "AuthorizeSecurityGroupEgress": _one_source,
    "AuthorizeSecurityGroupIngress": _one_source,
    **{operation: _filters(known) for operation, known in FILTERS.items()},
}
