"""EC2: of the base's, the default VPC and security groups, mended where AWS answers otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from s_infra.sandbox.base import Base, Response

    Action = Callable[[Mapping[str, Any]], Response]

REFERENCES = "UserIdGroupPairs"
DIRECTIONS = {
    "AuthorizeSecurityGroupIngress": "IpPermissions",
    "AuthorizeSecurityGroupEgress": "IpPermissionsEgress",
}


def install(base: Base) -> None:
    """Wrap the base's functions."""
    ec2 = base.module("ec2")
    make_defaults = ec2._init_defaults

    def with_names() -> None:
        make_defaults()
        # As in every account: a database there has a name that resolves.
        ec2._vpcs[ec2._DEFAULT_VPC_ID].setdefault("EnableDnsHostnames", True)

    ec2._init_defaults = with_names
    # Importing it has made those of this Region already.
    with_names()
    actions: dict[str, Action] = ec2._ACTION_MAP
    for name, direction in DIRECTIONS.items():
        actions[name] = _refusing_twins(ec2, actions[name], direction)
    actions["DeleteSecurityGroup"] = _refusing_the_used(base, ec2, actions["DeleteSecurityGroup"])


def _refusing_twins(ec2: Any, inner: Action, direction: str) -> Action:
    def authorize(parameters: Mapping[str, Any]) -> Response:
        group = ec2._security_groups.get(ec2._p(parameters, "GroupId"))
        known = group[direction] if group else []
        for rule in ec2._parse_ip_permissions(parameters, "IpPermissions"):
            # The id is the base's own, which a new rule hasn't yet.
            if any(ec2._rules_match(rule, _without_id(other)) for other in known):
                error: Response = ec2._error(
                    "InvalidPermission.Duplicate", "the specified rule already exists", 400
                )
                return error
        return inner(parameters)

    return authorize


def _without_id(rule: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in rule.items() if name != "SecurityGroupRuleId"}


def _refusing_the_used(base: Base, ec2: Any, inner: Action) -> Action:
    def delete(parameters: Mapping[str, Any]) -> Response:
        name = ec2._p(parameters, "GroupId")
        if name in _used(base, ec2, name):
            error: Response = ec2._error(
                "DependencyViolation", f"resource {name} has a dependent object", 400
            )
            return error
        return inner(parameters)

    return delete


def _used(base: Base, ec2: Any, own: str) -> set[str]:
    """Return the groups that a database is in, and those that rules of other groups than `own` name."""
    found = {
        pair.get("GroupId")
        for group in ec2._security_groups.values()
        if group["GroupId"] != own
        for direction in DIRECTIONS.values()
        for rule in group[direction]
        for pair in rule.get(REFERENCES, ())
    }
    instances = base.installed["rds"].instances.values() if "rds" in base.installed else ()
    return found | {
        group["VpcSecurityGroupId"]
        for instance in list(instances)
        for group in instance.described["VpcSecurityGroups"]
    }
