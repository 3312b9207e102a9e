"""Instances through their life: what is in PostgreSQL, who may connect, what changes and when."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from botocore.exceptions import ClientError
from rds_support import MINIMUM, PASSWORD, Databases

from s_infra.sandbox.supervisor import Sandbox

Clients = Callable[[str], Any]


@pytest.fixture(scope="module")
def databases(clients: Clients) -> Databases:
    return Databases(clients)


@pytest.fixture(scope="module")
def shared(databases: Databases) -> str:
    """An instance that tests of the module share: each leaves it available, with its password."""
    databases.rds.create_db_parameter_group(
        DBParameterGroupName="shared", DBParameterGroupFamily="postgres17", Description="Tests change it."
    )
    databases.create(
        "shared",
        DBParameterGroupName="shared",
        EnableCloudwatchLogsExports=["postgresql"],
        Tags=[{"Key": "a", "Value": "1"}],
    )
    return "shared"


def set_parameter(databases: Databases, name: str, value: str, method: str = "immediate") -> None:
    one = {"ParameterName": name, "ParameterValue": value, "ApplyMethod": method}
    databases.rds.modify_db_parameter_group(DBParameterGroupName="shared", Parameters=[one])


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.03)


@pytest.mark.parity("rds:CreateDBInstance", "rds:DescribeDBInstances")
def test_rows_are_kept_by_a_server_at_the_endpoint(databases: Databases, shared: str) -> None:
    with databases.connected(shared) as connection:
        connection.execute("create table scored (id int primary key, label text)")
        with connection.cursor().copy("copy scored from stdin") as copy:
            for number in range(1000):
                copy.write_row((number, f"label {number}"))
    with databases.connected(shared) as connection:
        found = connection.execute("select count(*), max(label) from scored").fetchone()
        owner = connection.execute(
            "select pg_get_userbyid(datdba) from pg_database where datname = 'outputs'"
        )
        assert owner.fetchone() == ("keeper",)
        role = connection.execute(
            "select rolsuper, rolcreatedb, rolcreaterole from pg_roles where rolname = 'keeper'"
        )
        assert role.fetchone() == (False, True, True)
    assert found == (1000, "label 999")
    told = databases.describe(shared)
    assert told["EngineVersion"] == databases.ask(shared, "show server_version").partition(" ")[0]
    assert told["Endpoint"]["Port"] == MINIMUM["Port"]
    assert databases.messages(shared)[0] == "DB instance created"


def test_the_password_is_checked_and_kept_as_scram(databases: Databases, shared: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        databases.ask(shared, "select 1", password="Another-pass_word")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        databases.ask(shared, "select rolpassword from pg_authid")
    assert databases.ask(shared, "show password_encryption") == "scram-sha-256"


def test_a_plain_connection_is_refused_and_the_certificate_can_be_verified(
    databases: Databases, shared: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    with pytest.raises(psycopg.OperationalError, match=r"no pg_hba.conf entry .* no encryption"):
        databases.ask(shared, "select 1", sslmode="disable")
    with urllib.request.urlopen(f"{sandbox.endpoint}/_s_infra/rds") as answer:
        authority = json.load(answer)["certificate_authority"]
    (tmp_path / "ca.pem").write_text(authority)
    encrypted = "select ssl from pg_stat_ssl where pid = pg_backend_pid()"
    assert (
        databases.ask(shared, encrypted, sslmode="verify-full", sslrootcert=str(tmp_path / "ca.pem")) is True
    )


@pytest.mark.parity("rds:ModifyDBParameterGroup", "rds:ResetDBParameterGroup", "rds:RebootDBInstance")
def test_parameters_hold_at_once_or_after_a_reboot(databases: Databases, shared: str) -> None:
    set_parameter(databases, "work_mem", "8192")
    wait_for(lambda: databases.ask(shared, "show work_mem") == "8MB")
    set_parameter(databases, "max_connections", "42", "pending-reboot")
    set_parameter(databases, "statement_timeout", "7000", "pending-reboot")
    assert databases.describe(shared)["DBParameterGroups"][0]["ParameterApplyStatus"] == "pending-reboot"
    assert databases.ask(shared, "show statement_timeout") == "0"
    rebooting = databases.rds.reboot_db_instance(DBInstanceIdentifier=shared)["DBInstance"]
    assert rebooting["DBInstanceStatus"] == "rebooting"
    databases.until(shared)
    assert databases.ask(shared, "show max_connections") == "42"
    assert databases.ask(shared, "show statement_timeout") == "7s"
    assert databases.describe(shared)["DBParameterGroups"][0]["ParameterApplyStatus"] == "in-sync"
    databases.rds.reset_db_parameter_group(
        DBParameterGroupName="shared", Parameters=[{"ParameterName": "work_mem", "ApplyMethod": "immediate"}]
    )
    wait_for(lambda: databases.ask(shared, "show work_mem") == "4MB")


def test_force_ssl_can_be_turned_off(databases: Databases, shared: str) -> None:
    set_parameter(databases, "rds.force_ssl", "0")
    wait_for(lambda: _connects(databases, shared, sslmode="disable"))
    set_parameter(databases, "rds.force_ssl", "1")
    wait_for(lambda: not _connects(databases, shared, sslmode="disable"))
    assert _connects(databases, shared)


def _connects(databases: Databases, name: str, **fields: Any) -> bool:
    try:
        return bool(databases.ask(name, "select 1", **fields) == 1)
    except psycopg.OperationalError:
        return False


def test_logs_are_in_cloudwatch_without_passwords(
    databases: Databases, shared: str, clients: Clients
) -> None:
    set_parameter(databases, "log_statement", "all")
    wait_for(lambda: databases.ask(shared, "show log_statement") == "all")
    databases.ask(shared, "select 'a statement to be found'")
    databases.change(shared, MasterUserPassword="A-second-pass_word")
    databases.change(shared, MasterUserPassword=PASSWORD)
    set_parameter(databases, "log_statement", "none")

    def lines() -> str:
        found = clients("logs").filter_log_events(logGroupName="/aws/rds/instance/shared/postgresql")[
            "events"
        ]
        return "\n".join(event["message"] for event in found)

    wait_for(lambda: "a statement to be found" in lines())
    assert "A-second-pass_word" not in lines()


@pytest.mark.parity("rds:ModifyDBInstance")
def test_a_change_waits_unless_it_is_to_be_immediate(databases: Databases, shared: str) -> None:
    databases.rds.modify_db_instance(
        DBInstanceIdentifier=shared, AllocatedStorage=30, BackupRetentionPeriod=7, CopyTagsToSnapshot=True
    )
    waiting = databases.until(shared)
    assert waiting["PendingModifiedValues"] == {"AllocatedStorage": 30, "BackupRetentionPeriod": 7}
    assert waiting["AllocatedStorage"] == 20
    assert waiting["CopyTagsToSnapshot"] is True
    changed = databases.change(shared, DBInstanceClass="db.t4g.medium")
    assert (changed["AllocatedStorage"], changed["BackupRetentionPeriod"]) == (30, 7)
    assert changed["DBInstanceClass"] == "db.t4g.medium"
    assert changed["PendingModifiedValues"] == {}
    with pytest.raises(ClientError, match="smaller than the current size"):
        databases.change(shared, AllocatedStorage=20)


def test_a_new_password_is_the_only_one(databases: Databases, shared: str) -> None:
    databases.change(shared, MasterUserPassword="It's-a-new\\one")
    assert databases.ask(shared, "select 1", password="It's-a-new\\one") == 1
    assert not _connects(databases, shared)
    databases.change(shared, MasterUserPassword=PASSWORD)
    assert _connects(databases, shared)


def test_the_port_can_change(databases: Databases, shared: str) -> None:
    databases.change(shared, DBPortNumber=5498)
    assert databases.describe(shared)["Endpoint"]["Port"] == 5498
    assert _connects(databases, shared)
    databases.change(shared, DBPortNumber=MINIMUM["Port"])


@pytest.mark.parity("rds:StopDBInstance", "rds:StartDBInstance")
def test_a_stopped_instance_does_not_answer_and_keeps_its_rows(databases: Databases, shared: str) -> None:
    with databases.connected(shared) as connection:
        connection.execute("create table kept as select 1 as n")
    databases.rds.stop_db_instance(DBInstanceIdentifier=shared)
    databases.until(shared, "stopped")
    assert not _connects(databases, shared)
    with pytest.raises(ClientError) as refused:
        databases.rds.reboot_db_instance(DBInstanceIdentifier=shared)
    assert refused.value.response["Error"]["Code"] == "InvalidDBInstanceState"
    databases.rds.start_db_instance(DBInstanceIdentifier=shared)
    databases.until(shared)
    assert databases.ask(shared, "select n from kept") == 1


@pytest.mark.parity("rds:AddTagsToResource", "rds:RemoveTagsFromResource", "rds:ListTagsForResource")
def test_tags_are_told_with_the_instance(databases: Databases, shared: str) -> None:
    arn = databases.describe(shared)["DBInstanceArn"]
    databases.rds.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "b", "Value": "2"}])
    databases.rds.remove_tags_from_resource(ResourceName=arn, TagKeys=["a"])
    assert databases.rds.list_tags_for_resource(ResourceName=arn)["TagList"] == [{"Key": "b", "Value": "2"}]
    assert databases.describe(shared)["TagList"] == [{"Key": "b", "Value": "2"}]


@pytest.mark.parity(
    "rds:DeleteDBInstance", "rds:DescribeDBSnapshots", "rds:DeleteDBSnapshot", "secretsmanager:RotateSecret"
)
def test_a_managed_password_lives_in_a_secret_and_is_rotated(databases: Databases, clients: Clients) -> None:
    made = databases.create(
        "managed", MasterUserPassword=None, ManageMasterUserPassword=True, DeletionProtection=True
    )
    store, told = clients("secretsmanager"), made["MasterUserSecret"]
    assert told["SecretStatus"] == "active"
    secret = store.describe_secret(SecretId=told["SecretArn"])
    assert secret["Name"].startswith("rds!db-")
    assert secret["OwningService"] == "rds"
    first = databases.secret("managed")
    assert first["username"] == "keeper"
    assert databases.ask("managed", "select 1", password=first["password"]) == 1
    databases.change("managed", RotateMasterUserPassword=True)
    second = databases.secret("managed")
    rotated = store.rotate_secret(SecretId=told["SecretArn"])["VersionId"]
    third = databases.secret("managed")
    assert len({first["password"], second["password"], third["password"]}) == 3
    assert databases.ask("managed", "select 1", password=third["password"]) == 1
    assert not _connects(databases, "managed", password=second["password"])
    stages = store.describe_secret(SecretId=told["SecretArn"])["VersionIdsToStages"]
    assert stages[rotated] == ["AWSCURRENT"]
    previous = store.get_secret_value(SecretId=told["SecretArn"], VersionStage="AWSPREVIOUS")["SecretString"]
    assert json.loads(previous) == second
    with pytest.raises(ClientError, match="managed by rds"):
        store.put_secret_value(SecretId=told["SecretArn"], SecretString="{}")
    with pytest.raises(ClientError, match="Cannot delete protected DB Instance"):
        databases.delete("managed")
    databases.change("managed", DeletionProtection=False)
    with pytest.raises(ClientError, match="FinalDBSnapshotIdentifier is required"):
        databases.rds.delete_db_instance(DBInstanceIdentifier="managed")
    databases.delete("managed", FinalDBSnapshotIdentifier="last")
    assert store.list_secrets(Filters=[{"Key": "owning-service", "Values": ["rds"]}])["SecretList"] == []
    (kept,) = databases.rds.describe_db_snapshots(DBInstanceIdentifier="managed")["DBSnapshots"]
    assert (kept["DBSnapshotIdentifier"], kept["Status"]) == ("last", "available")
    databases.rds.delete_db_snapshot(DBSnapshotIdentifier="last")
    assert databases.rds.describe_db_snapshots()["DBSnapshots"] == []


def test_several_have_the_same_port_at_once(databases: Databases, shared: str) -> None:
    del shared
    names = ["first", "second", "third"]
    for name in names:
        databases.rds.create_db_instance(DBInstanceIdentifier=name, **{**MINIMUM, "Port": 5497})
    found = [databases.until(name)["Endpoint"] for name in names]
    assert {endpoint["Port"] for endpoint in found} == {5497}
    assert len({endpoint["Address"] for endpoint in found}) == 3
    for name in names:
        with databases.connected(name) as connection:
            connection.execute(f"create table {name} (n int)")
    assert [databases.ask(name, f"select to_regclass('{name}') is not null") for name in names] == [True] * 3
    assert databases.ask("first", "select to_regclass('second')") is None
    one = databases.rds.describe_db_instances(Filters=[{"Name": "db-instance-id", "Values": ["second"]}])
    assert [entry["DBInstanceIdentifier"] for entry in one["DBInstances"]] == ["second"]
    for name in names:
        databases.delete(name)
    assert databases.messages("first")[-1] == "DB instance deleted"
