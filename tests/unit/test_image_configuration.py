"""How ECR's copy of an image is looked into: its configuration, by the link that ECR gives."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from s_infra.errors import SInfraError
from s_infra.packaging import engine, images, registry

URI = "000000000000.dkr.ecr.us-east-1.amazonaws.com/demo:v1"
CONFIGURATION = json.dumps({"config": {"Labels": {engine.CONTEXT_LABEL: "sha256:abc"}}}).encode()


class Ecr:
    """Stands for ECR: one image, whose configuration lies at `link`."""

    def __init__(self, manifest: dict[str, Any], link: str) -> None:
        self._manifest, self._link = manifest, link

    def batch_get_image(self, **_: Any) -> dict[str, Any]:
        return {"images": [{"imageManifest": json.dumps(self._manifest)}]}

    def get_download_url_for_layer(self, **_: Any) -> dict[str, str]:
        return {"downloadUrl": self._link}


@pytest.fixture
def link() -> Any:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(CONFIGURATION)

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_the_context_that_an_image_was_built_from_is_found(link: str) -> None:
    manifest = {"config": {"digest": registry.digest(CONFIGURATION)}}
    store = images._Store(Ecr(manifest, link), "demo", None)
    assert store.context_of(URI, "v1") == "sha256:abc"


def test_an_index_of_images_is_another_image(link: str) -> None:
    assert images._Store(Ecr({"manifests": []}, link), "demo", None).context_of(URI, "v1") is None


def test_other_bytes_than_the_digests_are_refused(link: str) -> None:
    store = images._Store(Ecr({"config": {"digest": "sha256:0"}}, link), "demo", None)
    with pytest.raises(SInfraError, match="didn't hand the image's configuration over"):
        store.context_of(URI, "v1")
