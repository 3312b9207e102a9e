"""What the helper needs to know of a deployed pipeline, read from Terraform's outputs."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from s_infra.errors import SInfraError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.terraform.core import Workspace

Kind = Literal["training", "scoring"]


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

    def prefix(self, kind: Kind) -> str:
        """Return the feature store's prefix whose files start runs of this kind."""
        return self.train_prefix if kind == "training" else self.score_prefix

    def execution_arn(self, kind: Kind, run: str) -> str:
        """Return the ARN of the execution that the run is."""
        machine = self.training_state_machine_arn if kind == "training" else self.scoring_state_machine_arn
        return f"{machine.replace(':stateMachine:', ':execution:')}:{run}"

    def run_name(self, bucket: str, key: str, version_id: str) -> str:
        """Return the run's name: the same version of an object is always the same run.

        The module's function `start_execution` derives it in the same way.
        """
        identity = "\n".join((bucket, key, version_id))
        return f"{self.name}-{hashlib.sha256(identity.encode()).hexdigest()[:12]}"


def from_outputs(outputs: Mapping[str, Any], which: str) -> Pipeline:
    """Return the pipeline that one of Terraform's outputs describes.

    Raises:
        SInfraError: no output does, or several do.
    """
    fields = [field.name for field in dataclasses.fields(Pipeline)]
    found = [
        value
        for value in outputs.values()
        if isinstance(value, dict) and all(name in value for name in fields)
    ]
    if len(found) != 1:
        raise SInfraError(
            "no pipeline among Terraform's outputs" if not found else "several pipelines among the outputs",
            which=which,
            next_step='apply it, with output "pipeline" { value = module.NAME.pipeline } in the root module',
        )
    return Pipeline(**{name: str(found[0][name]) for name in fields})


def from_workspace(workspace: Workspace) -> Pipeline:
    """Return the pipeline that the root module of `workspace` has deployed."""
    return from_outputs(workspace.outputs(), which=str(workspace.directory.resolve()))
