"""RDS as the catalogue's module makes it, on the sandbox or on AWS: parameters, and an instance's life."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cloud_support import Cloud, code

# How long AWS may take to make, change or delete an instance, in seconds.
INSTANCE_S = 1800.0


@pytest.mark.parity(
    "rds:CreateDBParameterGroup", "rds:DescribeDBParameterGroups", "rds:ModifyDBParameterGroup",
    "rds:DescribeDBParameters", "rds:DeleteDBParameterGroup",
)  # fmt: skip
def test_a_parameter_group_is_changed_and_deleted(cloud: Cloud) -> None:
    rds, name = cloud.client("rds"), cloud.name()
    one: dict[str, Any] = {"DBParameterGroupName": name}
    made = {**one, "DBParameterGroupFamily": "postgres17", "Description": "A test's."}
    rds.create_db_parameter_group(**made)
    cloud.later(rds.delete_db_parameter_group, **one)
    assert code(rds.create_db_parameter_group, **made) == "DBParameterGroupAlreadyExists"
    (found,) = rds.describe_db_parameter_groups(**one)["DBParameterGroups"]
    assert found["DBParameterGroupFamily"] == "postgres17"
    change = {"ParameterName": "log_statement", "ParameterValue": "ddl", "ApplyMethod": "immediate"}
    rds.modify_db_parameter_group(**one, Parameters=[change])

    def own() -> dict[str, str]:
        pages = rds.get_paginator("describe_db_parameters").paginate(**one, Source="user")
        return {
            told["ParameterName"]: told["ParameterValue"] for page in pages for told in page["Parameters"]
        }

    cloud.until(lambda: own() == {"log_statement": "ddl"})
    wrong = {**change, "ParameterName": "no_such_thing"}
    assert code(rds.modify_db_parameter_group, **one, Parameters=[wrong]) == "InvalidParameterValue"
    rds.delete_db_parameter_group(**one)
    cloud.gone("DBParameterGroupNotFound", rds.describe_db_parameter_groups, **one)


@pytest.mark.aws_slow
@pytest.mark.timeout(6000)
@pytest.mark.parity(
    "rds:CreateDBInstance", "rds:DescribeDBInstances", "rds:ModifyDBInstance", "rds:DeleteDBInstance"
)
def test_an_instance_is_made_changed_and_deleted(cloud: Cloud) -> None:
    rds, one = cloud.client("rds"), {"DBInstanceIdentifier": cloud.name()}
    made = rds.create_db_instance(
        **one, Engine="postgres", DBInstanceClass="db.t4g.micro", AllocatedStorage=20, StorageType="gp3",
        MasterUsername="keeper", ManageMasterUserPassword=True, DBName="outputs", PubliclyAccessible=False,
        BackupRetentionPeriod=0, StorageEncrypted=True,
    )["DBInstance"]  # fmt: skip
    cloud.later(rds.delete_db_instance, **one, SkipFinalSnapshot=True)
    assert made["DBInstanceStatus"] == "creating"

    def told() -> dict[str, Any]:
        (found,) = rds.describe_db_instances(**one)["DBInstances"]
        return dict(found)

    cloud.until(lambda: told()["DBInstanceStatus"] == "available", INSTANCE_S)
    found = told()
    assert found["Endpoint"]["Port"] == 5432
    assert (found["Engine"], found["DBName"], found["StorageEncrypted"]) == ("postgres", "outputs", True)
    secret = found["MasterUserSecret"]["SecretArn"]
    kept = json.loads(cloud.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"])
    assert kept["username"] == "keeper"
    again = {"Engine": "postgres", "DBInstanceClass": "db.t4g.micro", "AllocatedStorage": 20}
    again |= {"MasterUsername": "keeper", "ManageMasterUserPassword": True}
    assert code(rds.create_db_instance, **one, **again) == "DBInstanceAlreadyExists"
    rds.modify_db_instance(**one, CopyTagsToSnapshot=True, ApplyImmediately=True)

    def changed() -> bool:
        now = told()
        return bool(now["CopyTagsToSnapshot"]) and now["DBInstanceStatus"] == "available"

    cloud.until(changed, INSTANCE_S)
    assert code(rds.delete_db_instance, **one) == "InvalidParameterCombination"
    rds.delete_db_instance(**one, SkipFinalSnapshot=True)
    cloud.gone("DBInstanceNotFound", rds.describe_db_instances, timeout=INSTANCE_S, **one)
