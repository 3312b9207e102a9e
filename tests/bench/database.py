"""A database until it answers: CreateDBInstance against initdb and pg_ctl start by hand."""

from __future__ import annotations

import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
from rds_support import PASSWORD, Databases

from s_infra.sandbox import supervisor
from s_infra.sandbox.services.rds import launch
from s_infra.sandbox.services.rds.postgres import binaries

REPEATS = 5
PORT = 5494


def seconds_until_ready() -> tuple[float, float]:
    """Return the median seconds of the sandbox's and of those by hand, one after the other in turn."""
    ours, by_hand = [], []
    with supervisor.running() as sandbox:
        clients = {name: sandbox.client(name) for name in ("rds", "secretsmanager")}
        databases = Databases(clients.__getitem__)
        for number in range(REPEATS):
            by_hand.append(_by_hand())
            begun = time.monotonic()
            databases.create(f"bench-{number}")
            databases.ask(f"bench-{number}", "select 1")
            ours.append(time.monotonic() - begun)
            databases.delete(f"bench-{number}")
        for client in clients.values():
            client.close()
    return statistics.median(ours), statistics.median(by_hand)


def _by_hand() -> float:
    way = launch.unprivileged()
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        way.own(directory)
        data, secret = str(directory / "data"), directory / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        begun = time.monotonic()
        initdb = [
            "initdb",
            "-D",
            data,
            "-U",
            "keeper",
            "-A",
            "scram-sha-256",
            f"--pwfile={secret}",
            "--no-sync",
        ]
        start = ["pg_ctl", "-D", data, "-w", "-l", f"{data}/log", "start"]
        start += ["-o", f"-c port={PORT} -c unix_socket_directories="]
        for command in (initdb, start):
            program = [str(binaries() / command[0]), *command[1:]]
            subprocess.run(way.command(program), check=True, stdout=subprocess.DEVNULL)
        where = {"host": "127.0.0.1", "port": PORT, "user": "keeper", "password": PASSWORD}
        with psycopg.connect(**where, dbname="postgres", autocommit=True) as connection:  # type: ignore[arg-type]
            connection.execute("create database outputs")
        took = time.monotonic() - begun
        stop = [str(binaries() / "pg_ctl"), "-D", data, "-m", "fast", "stop"]
        subprocess.run(way.command(stop), check=True, stdout=subprocess.DEVNULL)
    return took
