"""Of the base's EC2, what a private database needs: the default VPC, and security groups with their rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cloud_support import Cloud

Clients = Callable[[str], Any]


@pytest.mark.parity("ec2:CreateSecurityGroup", "ec2:DescribeSecurityGroups", "ec2:DeleteSecurityGroup")
@pytest.mark.parity("ec2:AuthorizeSecurityGroup*", "ec2:RevokeSecurityGroup*", "ec2:ModifySecurityGroupRules")
@pytest.mark.parity("ec2:DescribeSecurityGroupRules", "ec2:*Tags", "ec2:DescribeVpcAttribute")
def test_rules_are_added_changed_and_taken_back(cloud: Cloud) -> None:
    ec2 = cloud.client("ec2")
    (vpc,) = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    hostnames = ec2.describe_vpc_attribute(VpcId=vpc["VpcId"], Attribute="enableDnsHostnames")
    assert hostnames["EnableDnsHostnames"]["Value"] is True
    tags = [{"ResourceType": "security-group", "Tags": [{"Key": "a", "Value": "1"}]}]
    given = {"GroupName": cloud.name(), "Description": "Its clients.", "VpcId": vpc["VpcId"]}
    group = ec2.create_security_group(**given, TagSpecifications=tags)["GroupId"]
    with pytest.raises(ClientError, match="already exists"):
        ec2.create_security_group(**given)
    client = ec2.create_security_group(GroupName=cloud.name(), Description="One.", VpcId=vpc["VpcId"])[
        "GroupId"
    ]
    for one in (client, group):
        cloud.later(ec2.delete_security_group, GroupId=one)
    everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    ec2.revoke_security_group_egress(GroupId=group, IpPermissions=everything)
    pair = [{"GroupId": client, "Description": "the loader"}]
    permission = {"IpProtocol": "tcp", "FromPort": 5433, "ToPort": 5433, "UserIdGroupPairs": pair}
    answer = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    (rule,) = answer["SecurityGroupRules"]
    with pytest.raises(ClientError, match=r"InvalidPermission\.Duplicate"):
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    with pytest.raises(ClientError, match="DependencyViolation"):
        ec2.delete_security_group(GroupId=client)
    filters = [{"Name": "group-id", "Values": [group]}]
    (found,) = ec2.describe_security_group_rules(Filters=filters)["SecurityGroupRules"]
    assert found["SecurityGroupRuleId"] == rule["SecurityGroupRuleId"]
    assert found["ReferencedGroupInfo"]["GroupId"] == client
    assert (found["FromPort"], found["Description"], found["IsEgress"]) == (5433, "the loader", False)
    changed = {"IpProtocol": "tcp", "FromPort": 5434, "ToPort": 5434, "ReferencedGroupId": client}
    ec2.modify_security_group_rules(
        GroupId=group,
        SecurityGroupRules=[
            {"SecurityGroupRuleId": rule["SecurityGroupRuleId"], "SecurityGroupRule": changed}
        ],
    )
    (found,) = ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])[
        "SecurityGroupRules"
    ]
    assert found["FromPort"] == 5434
    out = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[out])
    ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])
    (left,) = ec2.describe_security_group_rules(Filters=filters)["SecurityGroupRules"]
    assert (left["CidrIpv4"], left["IsEgress"]) == ("10.0.0.0/8", True)
    ec2.create_tags(Resources=[group], Tags=[{"Key": "b", "Value": "2"}])
    ec2.delete_tags(Resources=[group], Tags=[{"Key": "a"}])
    told = ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [group]}])["Tags"]
    assert [(tag["Key"], tag["Value"]) for tag in told] == [("b", "2")]
    (described,) = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    assert described["Tags"] == [{"Key": "b", "Value": "2"}]
    for one in (group, client):
        ec2.delete_security_group(GroupId=one)
    with pytest.raises(ClientError, match="does not exist"):
        ec2.describe_security_groups(GroupIds=[group])


def test_machines_and_networks_are_refused_by_name(clients: Clients) -> None:
    group = clients("ec2").describe_security_groups()["SecurityGroups"][0]["GroupId"]
    several = [{"CidrIp": "10.0.0.0/8"}, {"CidrIp": "10.1.0.0/16"}]
    rule = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "IpRanges": several}
    with pytest.raises(ClientError, match="several sources"):
        clients("ec2").authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    with pytest.raises(ClientError, match="ec2:DescribeVpcs Filters no-such isn't carried out"):
        clients("ec2").describe_vpcs(Filters=[{"Name": "no-such", "Values": ["1"]}])
    with pytest.raises(ClientError, match="ec2:DescribeSubnets MaxResults isn't carried out"):
        clients("ec2").describe_subnets(MaxResults=5)
    with pytest.raises(ClientError, match="ec2:CreateVpc isn't carried out"):
        clients("ec2").create_vpc(CidrBlock="10.0.0.0/16")
