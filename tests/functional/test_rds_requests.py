"""What RDS tells without a server, and what it refuses with AWS's own errors, or by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cloud_support import Cloud
from rds_support import MINIMUM

Clients = Callable[[str], Any]


def refusal(call: Callable[..., Any], **given: Any) -> tuple[str, str]:
    """Return code and message of the error that a call meets."""
    with pytest.raises(ClientError) as refused:
        call(**given)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def create(clients: Clients, **changed: Any) -> tuple[str, str]:
    given = {**MINIMUM, "DBInstanceIdentifier": "refused", **changed}
    asked = {key: value for key, value in given.items() if value is not None}
    return refusal(clients("rds").create_db_instance, **asked)


@pytest.mark.parametrize(
    ("changed", "code", "said"),
    [
        ({"DBInstanceIdentifier": "1st"}, "InvalidParameterValue", "Identifiers must begin with a letter"),
        ({"DBInstanceIdentifier": "a--b"}, "InvalidParameterValue", "two consecutive hyphens"),
        ({"MasterUsername": "admin"}, "InvalidParameterValue", "is a reserved word"),
        ({"MasterUsername": None}, "InvalidParameterValue", "MasterUsername must be provided"),
        ({"MasterUserPassword": None}, "InvalidParameterValue", "MasterUserPassword must be provided"),
        ({"MasterUserPassword": "short"}, "InvalidParameterValue", "shorter than 8 characters"),
        ({"MasterUserPassword": "with a space"}, "InvalidParameterValue", "printable ASCII characters"),
        (
            {"ManageMasterUserPassword": True},
            "InvalidParameterCombination",
            "can't specify MasterUserPassword",
        ),
        ({"DBName": "postgres"}, "InvalidParameterValue", "reserved word for this engine"),
        ({"DBName": "1-2"}, "InvalidParameterValue", "DBName must begin with a letter"),
        ({"Port": 80}, "InvalidParameterValue", "Invalid endpoint port 80"),
        ({"AllocatedStorage": 10}, "InvalidParameterValue", "Invalid storage size"),
        ({"AllocatedStorage": None}, "InvalidParameterValue", "AllocatedStorage must be provided"),
        ({"StorageType": "tape"}, "InvalidParameterValue", "Invalid storage type"),
        ({"DBInstanceClass": "large"}, "InvalidParameterValue", "Invalid DB Instance class"),
        ({"EngineVersion": "9.6"}, "InvalidParameterCombination", "Cannot find version 9.6 for postgres"),
        ({"BackupRetentionPeriod": 36}, "InvalidParameterValue", "between 0 and 35"),
        ({"MonitoringInterval": 7}, "InvalidParameterValue", "Invalid MonitoringInterval"),
        ({"MonitoringInterval": 60}, "InvalidParameterCombination", "MonitoringRoleARN value is required"),
        (
            {"DBParameterGroupName": "absent"},
            "DBParameterGroupNotFound",
            "DBParameterGroup not found: absent",
        ),
        ({"DBSubnetGroupName": "absent"}, "DBSubnetGroupNotFoundFault", "'absent' does not exist"),
        (
            {"VpcSecurityGroupIds": ["sg-0123456789abcdef0"]},
            "InvalidParameterValue",
            "Invalid security group",
        ),
        ({"EnableCloudwatchLogsExports": ["slowquery"]}, "InvalidParameterCombination", "slowquery"),
    ],
)
def test_wrong_fields_are_refused_as_rds_does(
    clients: Clients, changed: dict[str, Any], code: str, said: str
) -> None:
    found = create(clients, **changed)
    assert found[0] == code
    assert said in found[1]
    assert clients("rds").describe_db_instances()["DBInstances"] == []


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"Engine": "mysql"}, "Engine mysql"),
        ({"Engine": "aurora-postgresql"}, "Engine aurora-postgresql"),
        ({"DBClusterIdentifier": "many"}, "DBClusterIdentifier"),
        ({"PubliclyAccessible": True}, "PubliclyAccessible True"),
        ({"Domain": "d-1"}, "Domain"),
        ({"EnableIAMDatabaseAuthentication": True}, "EnableIAMDatabaseAuthentication True"),
        ({"NetworkType": "DUAL"}, "NetworkType DUAL"),
    ],
)
def test_what_is_not_carried_out_is_refused_by_name(
    clients: Clients, changed: dict[str, Any], what: str
) -> None:
    code, message = create(clients, **changed)
    assert code == "NotImplemented"
    assert message == f"s-infra sandbox: rds:CreateDBInstance {what} isn't carried out"


def test_other_operations_are_refused_by_name(clients: Clients) -> None:
    rds = clients("rds")
    replica = {"DBInstanceIdentifier": "b", "SourceDBInstanceIdentifier": "a"}
    for call, given, name in (
        (
            rds.create_db_cluster,
            {"DBClusterIdentifier": "c", "Engine": "aurora-postgresql"},
            "CreateDBCluster",
        ),
        (rds.create_db_instance_read_replica, replica, "CreateDBInstanceReadReplica"),
        (rds.describe_db_clusters, {}, "DescribeDBClusters"),
    ):
        assert refusal(call, **given) == ("NotImplemented", f"s-infra sandbox: rds:{name} isn't carried out")


def test_what_is_not_there_is_told_with_404(clients: Clients) -> None:
    rds = clients("rds")
    for call in (rds.describe_db_instances, rds.delete_db_instance, rds.modify_db_instance):
        with pytest.raises(rds.exceptions.DBInstanceNotFoundFault) as found:
            call(DBInstanceIdentifier="absent")
        assert found.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
    with pytest.raises(rds.exceptions.DBSnapshotNotFoundFault):
        rds.describe_db_snapshots(DBSnapshotIdentifier="absent")
    code, _ = refusal(rds.list_tags_for_resource, ResourceName="arn:aws:rds:us-east-1:000000000000:db:absent")
    assert code == "DBInstanceNotFound"


@pytest.mark.parity(
    "rds:CreateDBParameterGroup", "rds:DescribeDBParameterGroups", "rds:DeleteDBParameterGroup"
)
@pytest.mark.parity("rds:DescribeDBParameters")
def test_parameters_are_postgresqls_own(clients: Clients) -> None:
    rds = clients("rds")
    made = {"DBParameterGroupName": "Tuned", "DBParameterGroupFamily": "postgres17", "Description": "Tuned."}
    rds.create_db_parameter_group(**made)
    assert refusal(rds.create_db_parameter_group, **made)[0] == "DBParameterGroupAlreadyExists"

    def change(name: str, value: str, method: str = "immediate") -> None:
        one = {"ParameterName": name, "ParameterValue": value, "ApplyMethod": method}
        rds.modify_db_parameter_group(DBParameterGroupName="tuned", Parameters=[one])

    change("log_statement", "ddl")
    for name, value, method, said in (
        ("no_such_thing", "1", "immediate", "Could not find parameter with name: no_such_thing"),
        ("log_statement", "some", "immediate", "Invalid parameter value: some for: log_statement"),
        ("work_mem", "1", "immediate", "allowed values are: 64-2147483647"),
        ("work_mem", "64MB", "immediate", "Invalid parameter value: 64MB"),
        ("max_connections", "50", "immediate", "cannot use immediate apply method for static parameter"),
        ("listen_addresses", "*", "pending-reboot", "cannot be modified"),
        ("shared_preload_libraries", "anything", "pending-reboot", "Invalid parameter value: anything"),
        ("rds.logical_replication", "1", "pending-reboot", "isn't carried out"),
    ):
        with pytest.raises(ClientError, match=said):
            change(name, value, method)
    told = rds.get_paginator("describe_db_parameters")
    pages = list(told.paginate(DBParameterGroupName="tuned", PaginationConfig={"PageSize": 50}))
    every = {one["ParameterName"]: one for page in pages for one in page["Parameters"]}
    assert len(pages) > 3
    assert len(every) > 250
    assert (every["max_connections"]["ApplyType"], every["work_mem"]["DataType"]) == ("static", "integer")
    assert every["rds.force_ssl"]["ParameterValue"] == "1"
    (own,) = rds.describe_db_parameters(DBParameterGroupName="tuned", Source="user")["Parameters"]
    assert (own["ParameterName"], own["ParameterValue"]) == ("log_statement", "ddl")
    names = [one["DBParameterGroupName"] for one in rds.describe_db_parameter_groups()["DBParameterGroups"]]
    assert names == ["default.postgres17", "tuned"]
    with pytest.raises(ClientError, match="default parameter groups cannot be modified"):
        rds.reset_db_parameter_group(DBParameterGroupName="default.postgres17", ResetAllParameters=True)
    rds.delete_db_parameter_group(DBParameterGroupName="tuned")
    assert (
        refusal(rds.describe_db_parameter_groups, DBParameterGroupName="tuned")[0]
        == "DBParameterGroupNotFound"
    )


@pytest.mark.parity("rds:CreateDBSubnetGroup", "rds:DescribeDBSubnetGroups", "rds:ModifyDBSubnetGroup")
@pytest.mark.parity("rds:DeleteDBSubnetGroup", "ec2:DescribeSubnets", "ec2:DescribeVpcs")
def test_a_subnet_group_has_subnets_of_two_zones(cloud: Cloud) -> None:
    rds, ec2, name = cloud.client("rds"), cloud.client("ec2"), cloud.name()
    (vpc,) = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])["Subnets"]
    ids = [subnet["SubnetId"] for subnet in subnets]
    assert len({subnet["AvailabilityZone"] for subnet in subnets}) >= 2
    given = {"DBSubnetGroupName": name.upper(), "DBSubnetGroupDescription": "Private."}
    one = {**given, "SubnetIds": ids[:1]}
    assert refusal(rds.create_db_subnet_group, **one)[0] == "DBSubnetGroupDoesNotCoverEnoughAZs"
    none = {**given, "SubnetIds": ["subnet-0123456789abcdef0"]}
    assert refusal(rds.create_db_subnet_group, **none)[0] == "InvalidSubnet"
    made = rds.create_db_subnet_group(SubnetIds=ids[:2], **given)["DBSubnetGroup"]
    cloud.later(rds.delete_db_subnet_group, DBSubnetGroupName=name)
    assert (made["VpcId"], made["DBSubnetGroupName"]) == (vpc["VpcId"], name)
    rds.modify_db_subnet_group(DBSubnetGroupName=name, SubnetIds=ids)
    (found,) = rds.describe_db_subnet_groups(DBSubnetGroupName=name)["DBSubnetGroups"]
    assert sorted(subnet["SubnetIdentifier"] for subnet in found["Subnets"]) == sorted(ids)
    assert (
        refusal(rds.create_db_subnet_group, **{**given, "SubnetIds": ids})[0] == "DBSubnetGroupAlreadyExists"
    )
    rds.delete_db_subnet_group(DBSubnetGroupName=name)
    assert refusal(rds.delete_db_subnet_group, DBSubnetGroupName=name)[0] == "DBSubnetGroupNotFoundFault"


@pytest.mark.parity(
    "rds:DescribeDBEngineVersions", "rds:DescribeOrderableDBInstanceOptions", "rds:DescribeEvents"
)
def test_the_one_version_is_told(clients: Clients) -> None:
    rds = clients("rds")
    (one,) = rds.describe_db_engine_versions(Engine="postgres", DefaultOnly=True)["DBEngineVersions"]
    assert one["DBParameterGroupFamily"] == f"postgres{one['EngineVersion'].partition('.')[0]}"
    assert rds.describe_db_engine_versions(Engine="mysql")["DBEngineVersions"] == []
    options = rds.describe_orderable_db_instance_options(Engine="postgres", DBInstanceClass="db.t4g.micro")
    found = options["OrderableDBInstanceOptions"]
    assert {option["StorageType"] for option in found} >= {"gp3", "io1"}
    assert {option["EngineVersion"] for option in found} == {one["EngineVersion"]}
    assert rds.describe_events(Duration=5)["Events"] == []
    assert refusal(rds.describe_events, SourceIdentifier="a")[0] == "InvalidParameterCombination"
    assert refusal(rds.describe_db_instances, MaxRecords=5)[0] == "InvalidParameterValue"
