"""Two of AWS's own images, as build contexts with programs of this project's: XGBoost and scikit-learn.

Sources: "XGBoost algorithm" and "Use Scikit-learn with Amazon SageMaker" in SageMaker's developer guide.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from s_infra.errors import SInfraError
from s_infra.packaging import context, dockerfile, environments, registry
from s_infra.packaging.aws_images import programs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from s_infra.packaging.context import Context

PROGRAMS = Path(__file__).parent / "programs"
REGISTRY = re.compile(r"(?P<account>\d{12})\.dkr\.ecr\.[\w-]+\.amazonaws\.com(\.cn)?")
XGBOOST, SCIKIT_LEARN = "sagemaker-xgboost", "sagemaker-scikit-learn"
TAG = re.compile(r"(?P<version>\d+\.\d+-\d+)(?P<suffix>-cpu-py3)?")
# An image's version, and what is installed for it: the library's release that AWS names for that version.
VERSIONS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    XGBOOST: {
        "1.7-1": ("xgboost==1.7.4", "numpy<2", "scipy<1.14"),
        "3.0-5": ("xgboost-cpu==3.0.5", "numpy<3", "scipy<2"),
    },
    SCIKIT_LEARN: {
        "1.2-1": ("scikit-learn==1.2.1", "numpy<2", "scipy<1.14", "pandas<2.3", "joblib<2", "boto3"),
        "1.4-2": ("scikit-learn==1.4.2", "numpy<2", "scipy<1.14", "pandas<2.3", "joblib<2", "boto3"),
    },
}
FILES: Mapping[str, tuple[str, ...]] = {
    XGBOOST: ("xgboost_program.py", "parameters.py", "tables.py", "web.py", "folders.py"),
    SCIKIT_LEARN: ("scikit_learn_program.py", "arrays.py", "scripts.py", "web.py", "folders.py"),
}
DOCKERFILE = """\
FROM python:3.11-slim
RUN pip install {requirements}
COPY . /opt/s-infra/s_infra/packaging/aws_images/programs/
ENV PYTHONUNBUFFERED=1 PYTHONPATH=/opt/s-infra
ENTRYPOINT ["python3", "-m", "{program}"]
"""
# Those that the algorithm computes and prints, of which the sandbox's program carries out these.
XGBOOST_METRICS = (
    *("accuracy", "aft-nloglik", "auc", "aucpr", "cox-nloglik", "error", "gamma-deviance", "gamma-nloglik"),
    *("logloss", "mae", "map", "mape", "merror", "mlogloss", "mphe", "mse", "ndcg", "poisson-nloglik"),
    *("rmse", "rmsle"),
)
NUMBER = r"([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?)"


@dataclass(frozen=True)
class AwsImage:
    """One of AWS's images: its repository and the version in its tag (`3.0-5`)."""

    repository: str
    version: str

    @property
    def requirements(self) -> tuple[str, ...]:
        """The Python packages of its environment."""
        return VERSIONS[self.repository][self.version]

    @property
    def metric_definitions(self) -> list[dict[str, str]] | None:
        """The metrics that the algorithm brings itself; None: the job's own definitions hold."""
        if self.repository != XGBOOST:
            return None
        return [
            {"Name": f"{channel}:{name}", "Regex": rf".*\[[0-9]+\].*#011{channel}-{name}:{NUMBER}.*"}
            for channel in ("train", "validation")
            for name in XGBOOST_METRICS
        ]


def parse(uri: str) -> AwsImage | None:
    """Return the image of AWS's that the URI names, of whichever account and Region; None for any other.

    Raises:
        SInfraError: it is of one of these repositories, in a version that there are no programs for.
    """
    reference = registry.parse(uri)
    if reference.repository not in VERSIONS or REGISTRY.fullmatch(reference.host) is None:
        return None
    known = VERSIONS[reference.repository]
    match = TAG.fullmatch(reference.version)
    suffixed = match is not None and match["suffix"] is not None
    if match is None or match["version"] not in known or (reference.repository == SCIKIT_LEARN) != suffixed:
        suffix = "-cpu-py3" if reference.repository == SCIKIT_LEARN else ""
        tags = ", ".join(f"{version}{suffix}" for version in known)
        raise SInfraError(
            f"s-infra sandbox: there is no program for this version of {reference.repository}",
            which=uri,
            next_step=f"use one of these tags: {tags}",
        )
    return AwsImage(reference.repository, match["version"])


def account(uri: str) -> str | None:
    """Return the account of the registry in an image's URI, None where it isn't ECR's."""
    match = REGISTRY.fullmatch(registry.parse(uri).host)
    return match["account"] if match else None


def write_context(image: AwsImage, directory: Path) -> Context:
    """Lay the image's build context out in `directory` and read it."""
    directory.mkdir(parents=True, exist_ok=True)
    names = FILES[image.repository]
    for name in names:
        shutil.copyfile(PROGRAMS / name, directory / name)
    requirements = " ".join(f"'{one}'" for one in image.requirements)
    (directory / context.DOCKERFILE).write_text(
        DOCKERFILE.format(requirements=requirements, program=f"{programs.__name__}.{names[0][:-3]}")
    )
    return context.read(directory)


def prepare(uri: str, tell: Callable[[str], None]) -> AwsImage:
    """Build the Python environment of one of AWS's images; this may reach the package index.

    Raises:
        SInfraError: it is none of the two, or uv could not install it.
    """
    import tempfile

    image = parse(uri)
    if image is None:
        raise SInfraError(
            "this is none of AWS's images that the sandbox has programs for",
            which=uri,
            next_step=f"<account>.dkr.ecr.<region>.amazonaws.com/{XGBOOST}:3.0-5, or "
            f"…/{SCIKIT_LEARN}:1.4-2-cpu-py3",
        )
    with tempfile.TemporaryDirectory(prefix="s-infra-image-") as scratch:
        plan = dockerfile.read(write_context(image, Path(scratch)))
    environments.build(plan.python, plan.requirements, tell)
    return image
