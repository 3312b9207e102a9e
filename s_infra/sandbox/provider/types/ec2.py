"""EC2: security groups with their rules, and the networks that are there already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s_infra.errors import SInfraError
from s_infra.sandbox.provider.declaration import Call, DataSource, Read, Resource, Tags

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from s_infra.sandbox.provider.cty import State, Value
    from s_infra.sandbox.provider.session import Session

_TAGS = Tags("", "CreateTags", "DeleteTags")
# What a new group lets out: all. The real provider takes it back, too.
_ALL = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
_SOURCES = {
    "cidr_ipv4": ("IpRanges", "CidrIp"),
    "cidr_ipv6": ("Ipv6Ranges", "CidrIpv6"),
    "prefix_list_id": ("PrefixListIds", "PrefixListId"),
    "referenced_security_group_id": ("UserIdGroupPairs", "GroupId"),
}
_CHANGEABLE = ("description", "from_port", "ip_protocol", "to_port", *_SOURCES)
_OWN_RULES = (
    "Inline rules and those of aws_vpc_security_group_ingress_rule and _egress_rule exclude each other."
)


def _tagged(kind: str, state: State) -> Mapping[str, Any]:
    tags = [{"Key": key, "Value": value} for key, value in (state.get("tags_all") or {}).items()]
    return {"TagSpecifications": [{"ResourceType": kind, "Tags": tags}]} if tags else {}


def _group_arguments(session: Session, operation: str, state: State) -> Mapping[str, Any]:
    del session
    return _tagged("security-group", state) if operation == "CreateSecurityGroup" else {}


def _rule_arguments(session: Session, operation: str, state: State) -> Mapping[str, Any]:
    del session
    if not operation.startswith("Authorize"):
        return {}
    permission: dict[str, Any] = {"IpProtocol": state["ip_protocol"]}
    for name, member in (("from_port", "FromPort"), ("to_port", "ToPort")):
        if state.get(name) is not None:
            permission[member] = int(state[name])
    for name, (place, member) in _SOURCES.items():
        if state.get(name):
            source = {member: state[name], "Description": state.get("description")}
            permission[place] = [{key: value for key, value in source.items() if value}]
    return {"IpPermissions": [permission], **_tagged("security-group-rule", state)}


def _rule_told(told: State, state: State) -> Mapping[str, Value]:
    # A rule for all protocols has no ports; AWS tells -1.
    free = told.get("ip_protocol") == "-1"
    return {name: state.get(name) if free else told.get(name) for name in ("from_port", "to_port")}


def _rule(direction: str) -> Resource:
    inside = "SecurityGroupRules.0.SecurityGroupRule."
    given = ("security_group_id", "security_group_rule_id")
    return Resource(
        service="ec2",
        id="{security_group_rule_id}",
        create=(
            Call(
                f"AuthorizeSecurityGroup{direction}",
                given=("security_group_id",),
                returns={"security_group_rule_id": "SecurityGroupRules.0.SecurityGroupRuleId"},
            ),
        ),
        read=(
            Read("DescribeSecurityGroupRules", at="SecurityGroupRules.0", given=("security_group_rule_id",)),
        ),
        update=(Call("ModifySecurityGroupRules", when=_CHANGEABLE, given=(*given, *_CHANGEABLE)),),
        delete=(Call(f"RevokeSecurityGroup{direction}", given=given),),
        arguments=_rule_arguments,
        settle=_rule_told,
        names={
            **{
                name: (inside + member, member)
                for name, member in (
                    ("cidr_ipv4", "CidrIpv4"),
                    ("cidr_ipv6", "CidrIpv6"),
                    ("description", "Description"),
                    ("from_port", "FromPort"),
                    ("ip_protocol", "IpProtocol"),
                    ("prefix_list_id", "PrefixListId"),
                    ("to_port", "ToPort"),
                )
            },
            "arn": "SecurityGroupRuleArn",
            "referenced_security_group_id": (f"{inside}ReferencedGroupId", "ReferencedGroupInfo.GroupId"),
            "security_group_id": "GroupId",
            "security_group_rule_id": (
                "SecurityGroupRuleIds",
                "SecurityGroupRules.0.SecurityGroupRuleId",
                "SecurityGroupRuleId",
                "Resources",
            ),
        },
        derived={
            "arn": "arn:{partition}:ec2:{region}:{account}:security-group-rule/{security_group_rule_id}"
        },
        one_of=(tuple(_SOURCES),),
        replace=("security_group_id",),
        tags=_TAGS,
    )


RESOURCES = {
    "aws_security_group": Resource(
        service="ec2",
        id="{id}",
        create=(
            Call("CreateSecurityGroup", returns={"id": "GroupId"}),
            Call("RevokeSecurityGroupEgress", given=("id",), constant={"IpPermissions": _ALL}),
        ),
        read=(Read("DescribeSecurityGroups", at="SecurityGroups.0", given=("id",)),),
        delete=(Call("DeleteSecurityGroup", given=("id",)),),
        arguments=_group_arguments,
        names={"id": ("GroupId", "GroupIds", "Resources"), "name": "GroupName", "arn": "SecurityGroupArn"},
        derived={"arn": "arn:{partition}:ec2:{region}:{account}:security-group/{id}"},
        defaults={"description": "Managed by Terraform", "revoke_rules_on_delete": False},
        local=("name_prefix",),
        filled=("egress", "ingress"),
        replace=("description", "name", "name_prefix", "vpc_id"),
        refused={
            "egress": _OWN_RULES,
            "ingress": _OWN_RULES,
            "revoke_rules_on_delete": "The sandbox takes rules back where they were made.",
        },
        tags=_TAGS,
    ),
    "aws_vpc_security_group_egress_rule": _rule("Egress"),
    "aws_vpc_security_group_ingress_rule": _rule("Ingress"),
}


def _filters(config: State, named: Mapping[str, str]) -> list[dict[str, Any]]:
    found = [{"Name": one["name"], "Values": one["values"]} for one in config.get("filter") or []]
    found += [{"Name": f"tag:{key}", "Values": [value]} for key, value in (config.get("tags") or {}).items()]
    for argument, name in named.items():
        value = config.get(argument)
        if value is not None:
            found.append({"Name": name, "Values": [str(value).lower() if value in (True, False) else value]})
    return found


def _one(found: list[Any], what: str) -> Any:
    if len(found) != 1:
        raise SInfraError(
            f"no matching EC2 {what} found" if not found else f"multiple EC2 {what}s matched",
            next_step=f"use constraints that lead to a single EC2 {what}",
        )
    return found[0]


def _vpc(session: Session, config: State) -> State:
    client = session.client("ec2")
    named = {"cidr_block": "cidr", "default": "is-default", "id": "vpc-id", "state": "state"}
    vpc = _one(client.describe_vpcs(Filters=_filters(config, named))["Vpcs"], "VPC")
    name = vpc["VpcId"]

    def attribute(which: str) -> bool:
        told = client.describe_vpc_attribute(VpcId=name, Attribute=which)
        return bool(told[which[0].upper() + which[1:]]["Value"])

    return {
        "id": name,
        "arn": f"arn:aws:ec2:{session.region}:{vpc['OwnerId']}:vpc/{name}",
        "cidr_block": vpc["CidrBlock"],
        "cidr_block_associations": [
            {
                "association_id": one["AssociationId"],
                "cidr_block": one["CidrBlock"],
                "state": one["CidrBlockState"]["State"],
            }
            for one in vpc.get("CidrBlockAssociationSet", [])
        ],
        "default": vpc["IsDefault"],
        "dhcp_options_id": vpc["DhcpOptionsId"],
        "enable_dns_hostnames": attribute("enableDnsHostnames"),
        "enable_dns_support": attribute("enableDnsSupport"),
        "enable_network_address_usage_metrics": attribute("enableNetworkAddressUsageMetrics"),
        "instance_tenancy": vpc["InstanceTenancy"],
        "owner_id": vpc["OwnerId"],
        "state": vpc["State"],
        "tags": {tag["Key"]: tag["Value"] for tag in vpc.get("Tags", [])},
        "ipv6_cidr_block_associations": [],
    }


def _subnets(session: Session, config: State) -> State:
    found = session.client("ec2").describe_subnets(Filters=_filters(config, {}))["Subnets"]
    return {"id": session.region, "ids": sorted(one["SubnetId"] for one in found)}


def _security_group(session: Session, config: State) -> State:
    named = {"id": "group-id", "name": "group-name", "vpc_id": "vpc-id"}
    groups = session.client("ec2").describe_security_groups(Filters=_filters(config, named))["SecurityGroups"]
    group = _one(groups, "Security Group")
    return {
        "id": group["GroupId"],
        "arn": f"arn:aws:ec2:{session.region}:{group['OwnerId']}:security-group/{group['GroupId']}",
        "name": group["GroupName"],
        "description": group["Description"],
        "vpc_id": group["VpcId"],
        "tags": {tag["Key"]: tag["Value"] for tag in group.get("Tags", [])},
    }


_READ: Mapping[str, Callable[[Session, State], State]] = {
    "aws_vpc": _vpc,
    "aws_security_group": _security_group,
    "aws_subnets": _subnets,
}
SOURCES = {name: DataSource(read) for name, read in _READ.items()}
