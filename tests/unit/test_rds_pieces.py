"""Pieces of RDS that need no server: quoting, parameters, certificates, and how a server is started."""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from s_infra.sandbox.services.rds import launch, parameters, postgres
from s_infra.sandbox.services.rds.certificates import Authority
from s_infra.sandbox.services.rds.errors import RdsError
from s_infra.sandbox.services.rds.instance import new_password


def test_text_can_not_leave_its_quotes() -> None:
    assert postgres.literal("it's \\ one") == "E'it''s \\\\ one'"
    assert postgres.identifier('a"b') == '"a""b"'


def test_an_authority_signs_for_an_address_and_is_the_same_after_a_start(tmp_path: Path) -> None:
    first = Authority(tmp_path)
    pem, key, until = Authority(tmp_path).issue("127.0.0.9")
    own = x509.load_pem_x509_certificate(first.certificate.read_bytes())
    made = x509.load_pem_x509_certificate(pem)
    made.verify_directly_issued_by(own)
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address("127.0.0.9")]
    assert until - dt.datetime.now(dt.UTC) > dt.timedelta(days=300)
    assert isinstance(made.public_key(), ec.EllipticCurvePublicKey)
    assert key.startswith(b"-----BEGIN PRIVATE KEY")
    assert (tmp_path / "ca.key").stat().st_mode & 0o077 == 0


def test_passwords_are_of_what_rds_takes() -> None:
    made = {new_password() for _ in range(200)}
    assert len(made) == 200
    assert all(len(one) == 28 and not set(one) & set("/@\"' \\") for one in made)


@pytest.mark.parametrize(
    ("name", "value", "method"),
    [
        ("work_mem", "65536", "immediate"),
        ("log_statement", "mod", "immediate"),
        ("max_connections", "80", "pending-reboot"),
        ("shared_preload_libraries", "pg_stat_statements,auto_explain", "pending-reboot"),
        ("rds.force_ssl", "0", "immediate"),
        ("timezone", "Europe/Berlin", "immediate"),
    ],
)
def test_right_parameters_are_taken(name: str, value: str, method: str) -> None:
    parameters.checked(name, value, method)


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("fsync", "0", "InvalidParameterValue"),
        ("log_statement", "{DBInstanceClassMemory}", "NotImplemented"),
        ("rds.force_ssl", "2", "InvalidParameterValue"),
        ("log_connections", "perhaps", "InvalidParameterValue"),
        ("server_version", "1", "InvalidParameterValue"),
    ],
)
def test_wrong_parameters_are_refused(name: str, value: str, code: str) -> None:
    with pytest.raises(RdsError) as refused:
        parameters.checked(name, value, "immediate")
    assert refused.value.code == code


def test_programs_run_as_somebody_else_than_root() -> None:
    way = launch.unprivileged()
    assert way.reason is None
    done = subprocess.run(way.command(["id", "-u"]), capture_output=True, text=True, check=True)
    assert int(done.stdout) != 0
    assert bool(way.prefix) == (os.geteuid() == 0)
