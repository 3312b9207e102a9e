"""The user's own code in script mode: fetched, laid out, told what SageMaker's variables tell it."""

from __future__ import annotations

import json
import os
import shutil
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from s_infra.packaging.aws_images.programs import folders

OWN_PREFIX = "sagemaker_"
PACKED = ".tar.gz"


class ScriptError(Exception):
    """The user's code can't be had or run; the message says why."""


@dataclass(frozen=True)
class Script:
    """The folder with the user's code, and the name of the file to run in it."""

    folder: Path
    program: str

    @property
    def module(self) -> str:
        """The program's name for `import`."""
        return self.program.removesuffix(".py")


def fetch(program: str | None, source: str | None) -> Script:
    """Lay the code out: `source` is an s3:// address of a tar.gz, such a file, or a folder.

    Raises:
        ScriptError: one of the two is missing, isn't there, or asks for what the sandbox doesn't do.
    """
    if not program or not source:
        raise ScriptError("script mode needs sagemaker_program and sagemaker_submit_directory")
    if source.startswith("s3://"):
        folder = _unpack(_download(source))
    elif source.endswith(PACKED):
        folder = _unpack(Path(source))
    else:
        folder = (
            folders.BASE / Path(source).relative_to("/opt/ml")
            if source.startswith("/opt/ml/")
            else Path(source)
        )
    if not program.endswith(".py"):
        raise ScriptError(f"s-infra sandbox: the program {program} isn't carried out; a .py file is")
    if not (folder / program).is_file():
        raise ScriptError(f"there is no {program} in {source}")
    if (folder / "requirements.txt").is_file():
        raise ScriptError(
            "s-infra sandbox: requirements.txt isn't carried out: no package index can be reached"
        )
    return Script(folder, program)


def _download(source: str) -> Path:
    if not source.endswith(PACKED):
        raise ScriptError(f"{source} is not a {PACKED}")
    if "AWS_ENDPOINT_URL" not in os.environ:
        raise ScriptError(f"{source} can't be reached with network isolation; give the code as a channel")
    # Boto3 takes a quarter of a second to import, and most scripts come without an address.
    import boto3
    import botocore.exceptions

    bucket, _, key = source.removeprefix("s3://").partition("/")
    target = Path(tempfile.mkdtemp()) / "source.tar.gz"
    try:
        boto3.client("s3").download_file(bucket, key, str(target))
    except botocore.exceptions.ClientError as error:
        raise ScriptError(f"{source}: {error}") from error
    return target


def _unpack(archive: Path) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="code-"))
    try:
        with tarfile.open(archive, "r:gz") as packed:
            packed.extractall(folder, filter="data")
    except (tarfile.TarError, OSError, EOFError) as error:
        shutil.rmtree(folder)
        raise ScriptError(f"{archive} is no tar.gz that can be read: {error}") from error
    return folder


def decoded(given: dict[str, str]) -> dict[str, Any]:
    """Return hyperparameters as the SDK means them: each is JSON, or else the text that it is."""
    values: dict[str, Any] = {}
    for name, text in given.items():
        try:
            values[name] = json.loads(text)
        except ValueError:
            values[name] = text
    return values


def own(values: dict[str, Any]) -> dict[str, Any]:
    """Return those hyperparameters that are the script's and not SageMaker's."""
    return {name: value for name, value in values.items() if not name.startswith((OWN_PREFIX, "_tuning"))}


def arguments(values: dict[str, Any]) -> list[str]:
    """Return the script's command line: `--name value`, `-n value` for one letter."""
    return [
        part
        for name, value in sorted(values.items())
        for part in (f"{'-' if len(name) == 1 else '--'}{name}", str(value))
    ]


def variables(script: Script, values: dict[str, Any]) -> dict[str, str]:
    """Return the SM_ variables, as SageMaker's training toolkit documents them."""
    resources = folders.configuration("resourceconfig")
    channels = folders.configuration("inputdataconfig")
    known: dict[str, Any] = {
        "SM_MODEL_DIR": folders.MODEL,
        "SM_INPUT_DIR": folders.BASE / "input",
        "SM_INPUT_CONFIG_DIR": folders.BASE / "input" / "config",
        "SM_OUTPUT_DIR": folders.OUTPUT,
        "SM_OUTPUT_DATA_DIR": folders.OUTPUT / "data",
        "SM_CHANNELS": sorted(channels),
        "SM_HPS": values,
        "SM_HOSTS": resources["hosts"],
        "SM_CURRENT_HOST": resources["current_host"],
        "SM_NETWORK_INTERFACE_NAME": resources["network_interface_name"],
        "SM_RESOURCE_CONFIG": resources,
        "SM_INPUT_DATA_CONFIG": channels,
        "SM_NUM_CPUS": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "SM_NUM_GPUS": 0,
        "SM_LOG_LEVEL": 20,
        "SM_MODULE_DIR": script.folder,
        "SM_MODULE_NAME": script.module,
        "SM_USER_ENTRY_POINT": script.program,
        "SM_USER_ARGS": arguments(values),
    }
    known |= {f"SM_CHANNEL_{name.upper()}": folders.DATA / name for name in channels}
    known |= {f"SM_HP_{name.upper().replace('-', '_')}": value for name, value in values.items()}
    return {
        name: str(value) if isinstance(value, str | Path) else json.dumps(value)
        for name, value in known.items()
    }
