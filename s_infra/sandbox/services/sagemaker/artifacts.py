"""Model artefacts: packed after training, unpacked, without trusting them, before serving."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s_infra.sandbox.services.sagemaker.errors import JobError
from s_infra.tar import tarfile

if TYPE_CHECKING:
    from pathlib import Path


def pack(folder: Path, target: Path) -> bool:
    """Pack what is in `folder` as a tar.gz; return False, with nothing written, when it is empty."""
    entries = sorted(folder.iterdir())
    if not entries:
        return False
    # Level 6 is gzip's own default; SageMaker's artefacts aren't packed harder either.
    with tarfile.open(target, "w:gz", compresslevel=6) as archive:
        for entry in entries:
            archive.add(entry, arcname=entry.name)
    return True


def unpack(archive_path: Path, folder: Path) -> None:
    """Unpack a model artefact into `folder`.

    Raises:
        JobError: it is no tar.gz, or holds a path or link that leads out of the folder, or a device.
    """
    try:
        with tarfile.open(archive_path, "r:gz") as archive:
            archive.extractall(folder, filter="data")
    except tarfile.FilterError as error:
        raise JobError(f"ClientError: the model artefact is refused: {error}") from error
    except (tarfile.TarError, OSError, EOFError) as error:
        raise JobError(f"ClientError: the model artefact is no tar.gz that can be read: {error}") from error
