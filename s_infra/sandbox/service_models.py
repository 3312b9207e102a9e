"""botocore's service models: a process reads each but once, as that takes up to a tenth of a second.

They are most of what a sandbox has in memory: they are read without the texts that documentation is made of.
"""

from __future__ import annotations

import functools
import gzip
import json
import threading
from pathlib import Path
from typing import Any

# A client of S3 takes the bucket out of the paths of the model that it was made from: nobody shares it.
CHANGED_BY_CLIENTS = frozenset({"s3"})
_loading = threading.Lock()


def service_model(service: str) -> Any:
    """Return the model of a service.

    Raises:
        botocore.exceptions.UnknownServiceError: there is none of that name.
    """
    with _loading:  # of several that ask for it at once, one reads it
        return _model(service)


def client_session() -> Any:
    """Return a new botocore session, whose clients share what they have read with those of all others."""
    return _session_with(_loader())


def _session_with(loader: Any) -> Any:
    import botocore.session

    session = botocore.session.get_session()
    session.register_component("data_loader", loader)
    return session


@functools.cache
def _loader() -> Any:
    return _new_loader()


def _new_loader() -> Any:
    """Return a loader as botocore's own, whose dicts are plain: those of botocore are twice as large."""
    from botocore.loaders import JSONFileLoader, Loader

    class Lean(JSONFileLoader):  # type: ignore[misc]
        def load_file(self, file_path: str) -> Any:
            for suffix, opened in ((".json", open), (".json.gz", gzip.open)):
                path = Path(file_path + suffix)
                if path.is_file():
                    with opened(path, "rb") as file:
                        return json.loads(file.read(), object_pairs_hook=_without_texts)
            return None

    return Loader(file_loader=Lean())


def _without_texts(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # A member may have that name, but it isn't a text. Of the model itself botocore asks for it.
    found = dict(pairs)
    if isinstance(found.get("documentation"), str):
        found["documentation"] = ""
    return found


@functools.cache
def _model(service: str) -> Any:
    session = _session_with(_new_loader()) if service in CHANGED_BY_CLIENTS else client_session()
    return session.get_service_model(service)
