"""A function and a Glue script that reach a database by what stands in their environment or arguments."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable
from typing import Any

from rds_support import Databases

Clients = Callable[[str], Any]
ROLE = "arn:aws:iam::000000000000:role/any"
# PostgreSQL's own first bytes, since neither has a driver: ask for TLS, and speak it if the server agrees.
REACH = """
import socket, ssl, struct

def reach(host, port):
    with socket.create_connection((host, port), timeout=10) as plain:
        plain.sendall(struct.pack("!ii", 8, 80877103))
        answer = plain.recv(1).decode()
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with context.wrap_socket(plain) as encrypted:
            return answer, encrypted.version()
"""
HANDLER = """
import json, os, boto3
from reach import reach

def handle(event, context):
    secret = boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["SECRET_ARN"])
    user = json.loads(secret["SecretString"])["username"]
    return [user, *reach(os.environ["DATABASE_HOST"], int(os.environ["DATABASE_PORT"]))]
"""
SCRIPT = """
import sys
from awsglue.utils import getResolvedOptions
options = getResolvedOptions(sys.argv, ["database_host", "database_port"])
print("reached", *reach(options["database_host"], int(options["database_port"])))
"""


def test_a_function_and_a_glue_script_reach_the_database(clients: Clients) -> None:
    databases = Databases(clients)
    made = databases.create("reached", MasterUserPassword=None, ManageMasterUserPassword=True)
    host, port = made["Endpoint"]["Address"], str(made["Endpoint"]["Port"])
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("handler.py", HANDLER)
        files.writestr("reach.py", REACH)
    known = {
        "DATABASE_HOST": host,
        "DATABASE_PORT": port,
        "SECRET_ARN": made["MasterUserSecret"]["SecretArn"],
    }
    clients("lambda").create_function(
        FunctionName="reaching",
        Runtime="python3.12",
        Role=ROLE,
        Handler="handler.handle",
        Timeout=30,
        Environment={"Variables": known},
        Code={"ZipFile": archive.getvalue()},
    )
    answer = clients("lambda").invoke(FunctionName="reaching")
    assert json.load(answer["Payload"]) == ["keeper", "S", "TLSv1.3"]
    clients("s3").create_bucket(Bucket="scripts")
    clients("s3").put_object(Bucket="scripts", Key="reach.py", Body=(REACH + SCRIPT).encode())
    command = {"Name": "pythonshell", "PythonVersion": "3.9", "ScriptLocation": "s3://scripts/reach.py"}
    glue = clients("glue")
    glue.create_job(Name="reaching", Role=ROLE, Command=command)
    arguments = {"--database_host": host, "--database_port": port}
    run_id = glue.start_job_run(JobName="reaching", Arguments=arguments)["JobRunId"]
    deadline = time.monotonic() + 30
    while (run := glue.get_job_run(JobName="reaching", RunId=run_id)["JobRun"])["JobRunState"] in (
        "STARTING",
        "RUNNING",
    ):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert run["JobRunState"] == "SUCCEEDED", run
    written = clients("logs").get_log_events(
        logGroupName="/aws-glue/python-jobs/output", logStreamName=run_id, startFromHead=True
    )
    assert written["events"][-1]["message"] == "reached S TLSv1.3"
