"""EC2: its operations, each with the members of its request that the base carries out.

A security group lets nobody in or out on one machine: its rules are kept.
"""

from __future__ import annotations

MEMBERS = {
    "AuthorizeSecurityGroupEgress": "GroupId IpPermissions TagSpecifications",
    "AuthorizeSecurityGroupIngress": "GroupId IpPermissions TagSpecifications",
    "CreateSecurityGroup": "Description GroupName VpcId TagSpecifications",
    "CreateTags": "Resources Tags",
    "DeleteSecurityGroup": "GroupId",
    "DeleteTags": "Resources Tags",
    "DescribeSecurityGroupRules": "Filters SecurityGroupRuleIds",
    "DescribeSecurityGroups": "GroupIds Filters",
    "DescribeSubnets": "Filters SubnetIds",
    "DescribeTags": "Filters",
    "DescribeVpcAttribute": "Attribute VpcId",
    "DescribeVpcs": "Filters VpcIds",
    "ModifySecurityGroupRules": "GroupId SecurityGroupRules",
    "RevokeSecurityGroupEgress": "GroupId SecurityGroupRuleIds IpPermissions",
    "RevokeSecurityGroupIngress": "GroupId SecurityGroupRuleIds IpPermissions",
}
