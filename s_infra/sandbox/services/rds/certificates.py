"""The certificate authority of a sandbox's databases, and the server certificates that it signs."""

from __future__ import annotations

import datetime as dt
import ipaddress
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from pathlib import Path

VALID_DAYS = 365
CLOCK_SKEW = dt.timedelta(hours=1)


class Authority:
    """Signs server certificates. Its own is `certificate`, for clients that verify (`sslrootcert`)."""

    def __init__(self, directory: Path) -> None:
        self.certificate = directory / "ca.pem"
        self._key_file = directory / "ca.key"
        if self.certificate.exists():
            key = serialization.load_pem_private_key(self._key_file.read_bytes(), None)
            if not isinstance(key, ec.EllipticCurvePrivateKey):
                raise TypeError(f"{self._key_file} holds no elliptic-curve key")
            self._key = key
            self._own = x509.load_pem_x509_certificate(self.certificate.read_bytes())
            return
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._own = _signed("s-infra sandbox databases", self._key, self._key, None, [_authority()])
        directory.mkdir(parents=True, exist_ok=True)
        write_private(self._key_file, _pem(self._key))
        self.certificate.write_bytes(self._own.public_bytes(serialization.Encoding.PEM))

    def issue(self, address: str) -> tuple[bytes, bytes, dt.datetime]:
        """Return certificate and key of a server at that IP address as PEM, and until when it is valid."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
        made = _signed(address, key, self._key, self._own.subject, [names])
        return made.public_bytes(serialization.Encoding.PEM), _pem(key), made.not_valid_after_utc


def write_private(path: Path, content: bytes) -> None:
    """Write a file that nobody else can read."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(content)


def _signed(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    issuer: x509.Name | None,
    extensions: list[x509.ExtensionType],
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer or subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + dt.timedelta(days=VALID_DAYS))
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
    return builder.sign(signer, hashes.SHA256())


def _authority() -> x509.BasicConstraints:
    return x509.BasicConstraints(ca=True, path_length=0)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
