"""The database component: applied, reached over TLS with the secret's password."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from module_support import REPOSITORY, applied, validate
from pipeline_support import inventory

from s_infra.sandbox.supervisor import Sandbox

Clients = Callable[[str], Any]
COMPONENT = REPOSITORY / "components/aws/rds-postgres"


def test_a_client_reaches_it_over_tls_with_the_secrets_password(
    sandbox: Sandbox, clients: Clients, tmp_path: Path
) -> None:
    with applied("rds-postgres", sandbox, tmp_path) as made:
        validate(made)
        assert not made.has_changes()
        told = made.outputs()["connection"]
        secret = clients("secretsmanager").get_secret_value(SecretId=told["secret_arn"])["SecretString"]
        given = {"host": told["address"], "port": told["port"], "dbname": told["database"]}
        given |= {"user": json.loads(secret)["username"], "password": json.loads(secret)["password"]}
        with psycopg.connect(**given, sslmode="require") as connection:
            connection.execute("create table predictions (id int, label text)")
            connection.execute("insert into predictions values (1, 'yes')")
            shown = {
                name: connection.execute(f"show {name}").fetchone()
                for name in ("work_mem", "max_connections")
            }
            found = connection.execute("select * from predictions").fetchall()
        assert found == [(1, "yes")]
        assert shown == {"work_mem": ("16MB",), "max_connections": ("60",)}
        with pytest.raises(psycopg.OperationalError, match="no encryption"):
            psycopg.connect(**given, sslmode="disable")
        _holds_what_it_promises(clients)
        for path in tmp_path.rglob("*.tfstate*"):
            assert json.loads(secret)["password"] not in path.read_text()
    assert {name: left for name, left in inventory(clients).items() if left} == {}
    assert clients("rds").describe_db_instances()["DBInstances"] == []
    assert clients("secretsmanager").list_secrets()["SecretList"] == []
    names = [group["GroupName"] for group in clients("ec2").describe_security_groups()["SecurityGroups"]]
    assert names == ["default"]


def _holds_what_it_promises(clients: Clients) -> None:
    (database,) = clients("rds").describe_db_instances()["DBInstances"]
    true = ("StorageEncrypted", "CopyTagsToSnapshot", "AutoMinorVersionUpgrade", "PerformanceInsightsEnabled")
    assert all(database[name] for name in true)
    assert not database["IAMDatabaseAuthenticationEnabled"]
    assert not database["PubliclyAccessible"]
    assert database["Endpoint"]["Port"] == 6432
    group = database["VpcSecurityGroups"][0]["VpcSecurityGroupId"]
    filters = [{"Name": "group-id", "Values": [group]}]
    (rule,) = clients("ec2").describe_security_group_rules(Filters=filters)["SecurityGroupRules"]
    assert (rule["FromPort"], rule["ToPort"], rule["IsEgress"]) == (6432, 6432, False)
    assert rule["ReferencedGroupInfo"]["GroupId"] != group
    logs = clients("logs")
    (kept,) = logs.describe_log_groups(logGroupNamePrefix="/aws/rds/instance/complete/postgresql")[
        "logGroups"
    ]
    assert kept["retentionInDays"] == 731
    # The server's log comes to CloudWatch a little later.
    deadline = time.monotonic() + 20
    while True:
        lines = [
            one["message"] for one in logs.filter_log_events(logGroupName=kept["logGroupName"])["events"]
        ]
        if any("connection authorized: user=predictions" in line for line in lines):
            break
        assert time.monotonic() < deadline, lines
        time.sleep(0.1)
