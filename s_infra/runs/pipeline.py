"""What the helper needs to know of a deployed pipeline, read from Terraform's outputs."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeGuard

from botocore.exceptions import ClientError

from s_infra.aws import client, error_code, explained
from s_infra.errors import SInfraError
from s_infra.terraform.core import Workspace

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["training", "scoring"]
# Where the module leaves its output `pipeline` for those who have no Terraform state.
PARAMETER = "/s-infra/pipelines/{}"


@dataclass(frozen=True)
class Pipeline:
    """The names and ARNs of one deployed ml-ops module: its output `pipeline`."""

    name: str
    feature_store_bucket: str
    train_prefix: str
    score_prefix: str
    training_state_machine_arn: str
    scoring_state_machine_arn: str
    extract_store_bucket: str
    model_store_bucket: str
    metadata_store_bucket: str
    metadata_prefix: str
    output_store_bucket: str

    @property
    def account(self) -> str | None:
        """The number of the account that the pipeline was deployed in."""
        return self.training_state_machine_arn.split(":")[4] or None

    def prefix(self, kind: Kind) -> str:
        """Return the feature store's prefix whose files start runs of this kind."""
        return self.train_prefix if kind == "training" else self.score_prefix

    def machine_arn(self, kind: Kind) -> str:
        """Return the ARN of the state machine of this kind of run."""
        return self.training_state_machine_arn if kind == "training" else self.scoring_state_machine_arn

    def execution_arn(self, kind: Kind, run: str) -> str:
        """Return the ARN of the execution that the run is."""
        return f"{self.machine_arn(kind).replace(':stateMachine:', ':execution:')}:{run}"

    def run_name(self, bucket: str, key: str, version_id: str) -> str:
        """Return the run's name: the same version of an object is always the same run.

        The module's function `start_execution` derives it in the same way.
        """
        identity = "\n".join((bucket, key, version_id))
        return f"{self.name}-{hashlib.sha256(identity.encode()).hexdigest()[:12]}"


FIELDS = tuple(field.name for field in dataclasses.fields(Pipeline))


def from_outputs(outputs: Mapping[str, Any], which: str) -> Pipeline:
    """Return the pipeline that one of Terraform's outputs describes.

    Raises:
        SInfraError: no output does, or several do.
    """
    found = [value for value in outputs.values() if _describes(value)]
    if len(found) != 1:
        raise SInfraError(
            "no pipeline among Terraform's outputs" if not found else "several pipelines among the outputs",
            which=which,
            next_step='apply it, with output "pipeline" { value = module.NAME.pipeline } in the root module',
        )
    return _made(found[0])


def _describes(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict) and all(name in value for name in FIELDS)


def _made(value: Mapping[str, Any]) -> Pipeline:
    return Pipeline(**{name: str(value[name]) for name in FIELDS})


def from_workspace(workspace: Workspace) -> Pipeline:
    """Return the pipeline that the root module of `workspace` has deployed."""
    return from_outputs(workspace.outputs(), which=str(workspace.directory.resolve()))


def from_parameter(name: str) -> Pipeline:
    """Return the pipeline of that name as the module left it in the account's parameter store.

    Raises:
        SInfraError: there is none of that name, or it can't be read.
    """
    parameter = PARAMETER.format(name)
    with explained(parameter):
        try:
            found = client("ssm").get_parameter(Name=parameter, WithDecryption=True)
        except ClientError as error:
            if error_code(error) != "ParameterNotFound":
                raise
            raise SInfraError(
                f"there is no pipeline '{name}' in this account and Region, nor a folder of that name",
                which=parameter,
                next_step="give the module's name_prefix, or the folder of the root module that was applied",
            ) from error
    value = json.loads(found["Parameter"]["Value"])
    if not _describes(value):
        raise SInfraError(
            "the parameter describes no pipeline",
            which=parameter,
            next_step="apply the module in the version that this helper came with",
        )
    return _made(value)


def find(stack: str | None, directory: Path) -> Pipeline:
    """Return the pipeline that `stack` names, a root module's folder or a pipeline's name.

    None stands for the root module in `directory`.
    """
    if stack is None:
        return from_workspace(Workspace(directory))
    folder = Path(stack)
    return from_workspace(Workspace(folder)) if folder.is_dir() else from_parameter(stack)
