"""The operations on model package groups and model packages: the registry, with its approval."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from s_infra.runner.image import ImageError
from s_infra.sandbox.services.sagemaker import listing, objects
from s_infra.sandbox.services.sagemaker.errors import SageMakerError, validation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.services.sagemaker.service import SageMaker

GROUP_SUMMARY = (
    *("ModelPackageGroupName", "ModelPackageGroupArn", "ModelPackageGroupDescription", "CreationTime"),
    "ModelPackageGroupStatus",
)
PACKAGE_SUMMARY = (
    *("ModelPackageName", "ModelPackageGroupName", "ModelPackageVersion", "ModelPackageArn"),
    *("ModelPackageDescription", "CreationTime", "ModelPackageStatus", "ModelApprovalStatus"),
    "ModelPackageRegistrationType",
)
# Of a group's and a package's entry what Describe doesn't show.
HIDDEN = ("LastVersion", "ClientToken")
# One at a time: versions are counted, and a token makes one package.
LOCK = threading.Lock()


def create_group(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """CreateModelPackageGroup."""
    name = request["ModelPackageGroupName"]
    arn = service.arn("model-package-group", name)
    group = {
        **{key: value for key, value in request.items() if key != "Tags"},
        "ModelPackageGroupArn": arn,
        "ModelPackageGroupStatus": "Completed",
        "CreationTime": time.time(),
        "CreatedBy": {},
        "LastVersion": 0,
    }
    if not service.model_package_groups.add(name, group):
        raise validation(f"Model Package Group already exists: {arn}")
    service.keep_tags(arn, request)
    return {"ModelPackageGroupArn": arn}


def describe_group(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """DescribeModelPackageGroup."""
    return _shown(_group(service, request["ModelPackageGroupName"]))


def delete_group(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """DeleteModelPackageGroup; one with versions isn't deleted."""
    group = _group(service, request["ModelPackageGroupName"])
    name = group["ModelPackageGroupName"]
    with LOCK:
        if any(one.get("ModelPackageGroupName") == name for one in service.model_packages.all()):
            raise SageMakerError(
                "ConflictException",
                f"Model Package Group {group['ModelPackageGroupArn']} cannot be deleted because it still "
                "contains Model Packages. Delete the Model Packages first.",
            )
        service.model_package_groups.remove(name)
    service.tags.pop(group["ModelPackageGroupArn"], None)
    return {}


def list_groups(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """ListModelPackageGroups."""
    found = listing.matching(service.model_package_groups.all(), request, "ModelPackageGroup")
    keys = {"Name": lambda item: item["ModelPackageGroupName"], "CreationTime": _created}
    ordered = listing.ordered(found, request, keys, by="CreationTime", order="Descending")
    summaries = [listing.kept(item, *GROUP_SUMMARY) for item in ordered]
    return listing.page(summaries, request, "ModelPackageGroupSummaryList")


def create(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """CreateModelPackage: a version of a group, or one with a name of its own."""
    if ("ModelPackageName" in request) == ("ModelPackageGroupName" in request):
        raise validation("You must specify either ModelPackageName or ModelPackageGroupName.")
    specification = _checked(service, request.get("InferenceSpecification"))
    with LOCK:
        token = request.get("ClientToken")
        if (earlier := _of_token(service, token)) is not None:
            return {"ModelPackageArn": earlier["ModelPackageArn"]}
        package = {
            "CertifyForMarketplace": False,
            **{key: value for key, value in request.items() if key not in ("Tags", "ModelPackageGroupName")},
            "InferenceSpecification": specification,
            **_identity(service, request),
            "ModelPackageStatus": "Completed",
            "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
            "CreationTime": time.time(),
        }
        arn = str(package["ModelPackageArn"])
        if not service.model_packages.add(arn, package):
            raise validation(f"Model Package already exists: {arn}")
    service.keep_tags(arn, request)
    service.notices.model_package(_shown(package))
    return {"ModelPackageArn": arn}


def _identity(service: SageMaker, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return a new package's name or version, and with a version its approval."""
    if "ModelPackageName" in request:
        if "ModelApprovalStatus" in request:
            raise validation("ModelApprovalStatus is only for versioned model packages.")
        return {"ModelPackageArn": service.arn("model-package", request["ModelPackageName"])}
    group = _group(service, request["ModelPackageGroupName"])
    name = group["ModelPackageGroupName"]
    group["LastVersion"] += 1
    return {
        "ModelPackageGroupName": name,
        "ModelPackageVersion": group["LastVersion"],
        "ModelPackageArn": service.arn("model-package", f"{name}/{group['LastVersion']}"),
        "ModelApprovalStatus": request.get("ModelApprovalStatus", "PendingManualApproval"),
        "ModelPackageRegistrationType": "Registered",
    }


def _of_token(service: SageMaker, token: str | None) -> dict[str, Any] | None:
    found = (one for one in service.model_packages.all() if token and one.get("ClientToken") == token)
    return next(found, None)


def _checked(service: SageMaker, specification: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the specification with its images' digests; images and models have to be there."""
    if specification is None:
        raise validation("You must specify InferenceSpecification.")
    if len(specification["Containers"]) != 1:
        raise validation(
            "s-infra sandbox: sagemaker:CreateModelPackage InferenceSpecification.Containers of several "
            "containers isn't carried out"
        )
    (container,) = specification["Containers"]
    if not container.get("Image"):
        raise validation("You must specify the Image of the container.")
    try:
        digest = service.images.digest(container["Image"])
    except ImageError as error:
        raise validation(f"Requested image {container['Image']} not found. {error.what}") from error
    data = container.get("ModelDataUrl")
    if data is not None and not objects.exists(service, data):
        raise validation(f"Could not find model data at {data}.")
    return {**specification, "Containers": [{**container, "ImageDigest": digest}]}


def describe(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """DescribeModelPackage."""
    return _shown(find(service, request["ModelPackageName"]))


def update(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """UpdateModelPackage: its approval, and what its owner notes of it."""
    package = find(service, request["ModelPackageArn"])
    approval = {"ModelApprovalStatus", "ApprovalDescription"} & set(request)
    if approval and "ModelPackageVersion" not in package:
        raise validation(f"{sorted(approval)[0]} is only for versioned model packages.")
    changes = listing.kept(request, "ModelApprovalStatus", "ApprovalDescription")
    with LOCK:
        notes = {
            **package.get("CustomerMetadataProperties", {}),
            **request.get("CustomerMetadataProperties", {}),
        }
        for name in request.get("CustomerMetadataPropertiesToRemove", ()):
            notes.pop(name, None)
        if notes or "CustomerMetadataProperties" in package:
            changes["CustomerMetadataProperties"] = notes
        package.update(changes, LastModifiedTime=time.time())
        shown = _shown(package)
    service.notices.model_package(shown)
    return {"ModelPackageArn": package["ModelPackageArn"]}


def delete(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """DeleteModelPackage. Models that were made of it stay."""
    arn = find(service, request["ModelPackageName"])["ModelPackageArn"]
    service.model_packages.remove(arn)
    service.tags.pop(arn, None)
    return {}


def list_packages(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """ListModelPackages: without a group or a type those that have a name of their own, as AWS lists them."""
    group = request.get("ModelPackageGroupName")
    kind = request.get("ModelPackageType", "Unversioned" if group is None else "Versioned")
    if group is not None:
        group = _group(service, group)["ModelPackageGroupName"]
    named = [
        {**one, "Name": one.get("ModelPackageName") or one["ModelPackageGroupName"]}
        for one in service.model_packages.all()
        if kind == "Both" or ("ModelPackageVersion" in one) == (kind == "Versioned")
        if group is None or one.get("ModelPackageGroupName") == group
        if request.get("ModelApprovalStatus") in (None, one.get("ModelApprovalStatus"))
    ]
    found = listing.matching(named, request, "")
    keys = {"Name": lambda item: (item["Name"], item.get("ModelPackageVersion", 0)), "CreationTime": _created}
    ordered = listing.ordered(found, request, keys, by="CreationTime", order="Descending")
    summaries = [listing.kept(item, *PACKAGE_SUMMARY) for item in ordered]
    return listing.page(summaries, request, "ModelPackageSummaryList")


def container(service: SageMaker, name: str) -> dict[str, Any]:
    """Return image, data and variables of a model package, for a model.

    Raises:
        SageMakerError: there is none of that name, or it isn't approved.
    """
    package = find(service, name)
    if package.get("ModelApprovalStatus", "Approved") != "Approved":
        raise validation(
            f"Model Package {package['ModelPackageArn']} is not Approved: its ModelApprovalStatus is "
            f"{package['ModelApprovalStatus']}."
        )
    (found,) = package["InferenceSpecification"]["Containers"]
    return listing.kept(found, "Image", "ModelDataUrl", "Environment")


def find(service: SageMaker, name: str) -> dict[str, Any]:
    """Return a model package's entry, by its ARN or the last part of it (`name`, `group/1`).

    Raises:
        SageMakerError: there is none.
    """
    arn = name if name.startswith("arn:") else service.arn("model-package", name)
    found = service.model_packages.get(arn)
    if found is None:
        raise validation(f"ModelPackage {arn} does not exist.")
    return found


def _group(service: SageMaker, name: str) -> dict[str, Any]:
    short = name.rpartition("/")[2] if name.startswith("arn:") else name
    found = service.model_package_groups.get(short)
    if found is None:
        raise validation(f"Model Package Group {service.arn('model-package-group', short)} does not exist.")
    return found


def _shown(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key not in HIDDEN}


def _created(item: Mapping[str, Any]) -> float:
    return float(item["CreationTime"])
