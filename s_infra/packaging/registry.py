"""The sandbox's container registry, by its own protocol: a build context is stored there as an OCI artifact.

Source: the OCI distribution specification, which ECR serves under `/v2/` beside its JSON operations.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import urllib3

from s_infra.errors import SInfraError

MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
ARTIFACT_TYPE = "application/vnd.s-infra.build-context.v1"
CONFIG_TYPE = "application/vnd.s-infra.build-context.config.v1+json"
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip"
CONFIG = b'{"dockerfile":"Dockerfile"}'


@dataclass(frozen=True)
class Reference:
    """An image's address: `host/repository:tag` or `host/repository@sha256:…`."""

    host: str
    repository: str
    version: str

    @property
    def image_id(self) -> dict[str, str]:
        """The image as ECR's JSON operations name it."""
        return {"imageDigest" if self.version.startswith("sha256:") else "imageTag": self.version}


def parse(uri: str) -> Reference:
    """Return the parts of an image's URI; without a tag it is `latest`, as for Docker."""
    host, _, rest = uri.partition("/")
    if "@" in rest:
        name, _, version = rest.partition("@")
        return Reference(host, name.partition(":")[0], version)
    name, _, tag = rest.partition(":")
    return Reference(host, name, tag or "latest")


def local(endpoint: str, repository: str, version: str) -> str:
    """Return the address by which a container engine of this machine reaches the sandbox's registry.

    `version` is a tag or a digest. Engines take a registry on the loopback without TLS.
    """
    separator = "@" if version.startswith("sha256:") else ":"
    return f"{urlsplit(endpoint).netloc}/{repository}{separator}{version}"


def digest(data: bytes) -> str:
    """Return the content's address."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def manifest(layer: bytes) -> bytes:
    """Return the manifest of a packed build context; the same context has the same manifest."""
    content = {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "artifactType": ARTIFACT_TYPE,
        "config": _descriptor(CONFIG_TYPE, CONFIG),
        "layers": [_descriptor(LAYER_TYPE, layer)],
    }
    return json.dumps(content, separators=(",", ":"), sort_keys=True).encode()


@dataclass(frozen=True)
class Registry:
    """The registry of one repository; `endpoint` is where it answers, `host` the name it goes by in URIs."""

    endpoint: str
    host: str
    repository: str
    token: str

    def put_blob(self, data: bytes) -> None:
        """Store bytes under their digest."""
        started = self._call("POST", f"/v2/{self.repository}/blobs/uploads/", {202})
        location = urlsplit(started.headers["Location"])
        path = f"{location.path}?digest={digest(data)}"
        self._call("PUT", path, {201}, data, "application/octet-stream")

    def put_manifest(self, data: bytes, tag: str) -> None:
        """Store a manifest under its digest and a tag."""
        self._call("PUT", f"/v2/{self.repository}/manifests/{tag}", {201}, data, MANIFEST_TYPE)

    def get_blob(self, wanted: str) -> bytes:
        """Return the bytes with that digest, which is checked."""
        data: bytes = self._call("GET", f"/v2/{self.repository}/blobs/{wanted}", {200}).data
        if digest(data) != wanted:
            raise SInfraError("the registry gave other bytes than were asked for", which=wanted)
        return data

    def _call(
        self, method: str, path: str, expected: set[int], body: bytes | None = None, content_type: str = ""
    ) -> Any:
        headers = {"Host": self.host, "Authorization": f"Basic {self.token}"}
        if content_type:
            headers["Content-Type"] = content_type
        try:
            response = urllib3.request(
                method, f"{self.endpoint}{path}", body=body, headers=headers, retries=False, timeout=60.0
            )
        except urllib3.exceptions.HTTPError as error:
            raise SInfraError(f"the registry doesn't answer: {error}", which=self.endpoint) from error
        if response.status not in expected:
            told = response.data[:300].decode(errors="replace")
            raise SInfraError(
                f"the registry refused {method} {path} with {response.status}: {told}",
                which=f"{self.host}/{self.repository}",
            )
        return response


def _descriptor(media_type: str, data: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "digest": digest(data), "size": len(data)}
