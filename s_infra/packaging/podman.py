"""What Podman needs to be asked in its own words: a registry without TLS.

Docker takes one on the loopback as it is. Podman does only when it is told, by the machine's registries.conf
or in the request; the request leaves the machine's configuration alone, and the docker SDK can't say it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

WITHOUT_TLS = {"tlsVerify": "false"}


def is_rootless(api: Any, version: str) -> bool:
    """Return whether it runs as an ordinary user; Podman 4's copy of Docker's answer doesn't say."""
    answer = api.get(f"{api.base_url}/v{version}/libpod/info", timeout=api.timeout)
    answer.raise_for_status()
    return bool(answer.json()["host"]["security"]["rootless"])


def push(api: Any, tag: str, login: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Push an image; `api` is the docker SDK's. Yields what Podman says, an `error` among it."""
    name, _, version = tag.rpartition(":")
    path = f"/v{api.api_version}/images/{name}/push"
    return _asked(api, path, {"tag": version, **WITHOUT_TLS}, login)


def pull(api: Any, version: str, reference: str, login: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Pull an image by Podman's own API of that version; its copy of Docker's has no word for TLS here."""
    path = f"/v{version}/libpod/images/pull"
    return _asked(api, path, {"reference": reference, **WITHOUT_TLS}, login)


def _asked(
    api: Any, path: str, parameters: Mapping[str, str], login: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    import docker.auth

    headers = {"X-Registry-Auth": docker.auth.encode_header(login)}
    # The SDK's client is a session of requests, whatever it has methods for.
    with api.post(
        f"{api.base_url}{path}", params=parameters, headers=headers, stream=True, timeout=None
    ) as answer:
        if not answer.ok:
            yield {"error": answer.text}
            return
        for line in answer.iter_lines():
            if line:
                yield json.loads(line)
