"""Model package groups and packages: versions, approval with its event, models made of them."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from events_support import Bus
from sagemaker_support import ROLE, Clients, Lab

from s_infra.sandbox.supervisor import Sandbox


@pytest.fixture(scope="module")
def lab(sandbox: Sandbox, clients: Clients) -> Lab:
    lab = Lab(sandbox, clients, "scripted")
    lab.train("made", {"code": "open('/opt/ml/model/m', 'w').write('x')"})
    lab.put("score/lines.csv", b"a\nb\n")
    return lab


def specification(lab: Lab, **container: Any) -> dict[str, Any]:
    made = f"s3://{lab.bucket}/models/made/output/model.tar.gz"
    return {
        "Containers": [{"Image": lab.image, "ModelDataUrl": made, **container}],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    }


def register(lab: Lab, group: str, **changes: Any) -> str:
    arn: str = lab.sagemaker.create_model_package(
        ModelPackageGroupName=group, InferenceSpecification=specification(lab), **changes
    )["ModelPackageArn"]
    return arn


def group(lab: Lab, name: str, **changes: Any) -> str:
    arn: str = lab.sagemaker.create_model_package_group(ModelPackageGroupName=name, **changes)[
        "ModelPackageGroupArn"
    ]
    return arn


@pytest.mark.parity(
    "sagemaker:CreateModelPackage",
    "sagemaker:UpdateModelPackage",
    "sagemaker:DescribeModelPackage",
    "sagemaker:CreateModelPackageGroup",
)
def test_approval_changes_the_status_and_raises_the_event(lab: Lab, clients: Clients) -> None:
    bus = Bus(clients, "aws.sagemaker")
    group(lab, "approved")
    arn = register(lab, "approved", ModelPackageDescription="first", CustomerMetadataProperties={"run": "1"})
    assert arn == "arn:aws:sagemaker:us-east-1:000000000000:model-package/approved/1"
    before = lab.sagemaker.describe_model_package(ModelPackageName=arn)
    assert (before["ModelApprovalStatus"], before["ModelPackageStatus"]) == (
        "PendingManualApproval",
        "Completed",
    )
    assert before["InferenceSpecification"]["Containers"][0]["ImageDigest"].startswith("sha256:")
    lab.sagemaker.update_model_package(
        ModelPackageArn=arn,
        ModelApprovalStatus="Approved",
        ApprovalDescription="better than the last",
        CustomerMetadataProperties={"by": "me"},
        CustomerMetadataPropertiesToRemove=["run"],
    )
    after = lab.sagemaker.describe_model_package(ModelPackageName=arn)
    assert (after["ModelApprovalStatus"], after["ApprovalDescription"]) == (
        "Approved",
        "better than the last",
    )
    assert after["CustomerMetadataProperties"] == {"by": "me"}
    event = bus.until(lambda one: one["detail"].get("ModelApprovalStatus") == "Approved")
    assert (event["detail-type"], event["resources"]) == ("SageMaker Model Package State Change", [arn])
    detail = event["detail"]
    assert (detail["ModelPackageGroupName"], detail["ModelPackageVersion"]) == ("approved", 1)
    assert detail["CreationTime"].endswith("Z")
    told = [one["detail"]["ModelApprovalStatus"] for one in bus.seen if one["resources"] == [arn]]
    assert told == ["PendingManualApproval", "Approved"]


@pytest.mark.parity("sagemaker:CreateModel")
def test_a_model_is_made_of_an_approved_package_alone(lab: Lab) -> None:
    group(lab, "served")
    arn = register(lab, "served", ModelApprovalStatus="Rejected")

    def make() -> None:
        lab.sagemaker.create_model(
            ModelName="of-package",
            PrimaryContainer={"ModelPackageName": arn, "Environment": {"ANSWER": "body"}},
            ExecutionRoleArn=ROLE,
        )

    with pytest.raises(ClientError, match="is not Approved"):
        make()
    lab.sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    make()
    model = lab.sagemaker.describe_model(ModelName="of-package")["PrimaryContainer"]
    assert (model["ModelPackageName"], model["Image"]) == (arn, lab.image)
    assert lab.transform("of-package", "of-package", "score/")["TransformJobStatus"] == "Completed"
    assert lab.get("out/of-package/lines.csv.out") == b"a\nb\n"


@pytest.mark.parity(
    "sagemaker:ListModelPackages",
    "sagemaker:ListModelPackageGroups",
    "sagemaker:DeleteModelPackage",
    "sagemaker:DeleteModelPackageGroup",
    "sagemaker:DescribeModelPackageGroup",
)
def test_versions_are_counted_listed_and_never_given_twice(lab: Lab) -> None:
    group(lab, "counted", ModelPackageGroupDescription="of three")
    arns = [register(lab, "counted", ModelApprovalStatus=status) for status in ("Approved", "Rejected")]
    lab.sagemaker.delete_model_package(ModelPackageName=arns[1])
    arns[1] = register(lab, "counted", ModelApprovalStatus="Rejected")
    arns.append(register(lab, "counted"))
    assert [arn.rpartition("/")[2] for arn in arns] == ["1", "3", "4"]

    def listed(**filters: Any) -> list[int]:
        pages = lab.sagemaker.get_paginator("list_model_packages").paginate(
            ModelPackageGroupName="counted", **filters
        )
        return [one["ModelPackageVersion"] for page in pages for one in page["ModelPackageSummaryList"]]

    assert listed(MaxResults=2) == [4, 3, 1]
    assert listed(SortBy="Name", SortOrder="Ascending", MaxResults=1) == [1, 3, 4]
    assert listed(ModelApprovalStatus="Rejected") == [3]
    groups = lab.sagemaker.list_model_package_groups(NameContains="count")["ModelPackageGroupSummaryList"]
    assert [one["ModelPackageGroupDescription"] for one in groups] == ["of three"]
    with pytest.raises(lab.sagemaker.exceptions.ConflictException, match="still contains Model Packages"):
        lab.sagemaker.delete_model_package_group(ModelPackageGroupName="counted")
    for arn in arns:
        lab.sagemaker.delete_model_package(ModelPackageName=arn)
    lab.sagemaker.delete_model_package_group(ModelPackageGroupName="counted")
    with pytest.raises(ClientError, match="does not exist"):
        lab.sagemaker.describe_model_package_group(ModelPackageGroupName="counted")


def test_the_same_token_makes_one_package(lab: Lab) -> None:
    group(lab, "token")
    assert register(lab, "token", ClientToken="t") == register(lab, "token", ClientToken="t")
    assert register(lab, "token").endswith("/2")


def test_a_package_with_a_name_of_its_own_has_no_approval(lab: Lab) -> None:
    arn = lab.sagemaker.create_model_package(
        ModelPackageName="alone", InferenceSpecification=specification(lab)
    )["ModelPackageArn"]
    described = lab.sagemaker.describe_model_package(ModelPackageName="alone")
    assert "ModelApprovalStatus" not in described
    with pytest.raises(ClientError, match="only for versioned"):
        lab.sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    # As AWS: without a group or a type those without versions are listed.
    listed = lab.sagemaker.list_model_packages()["ModelPackageSummaryList"]
    assert [one["ModelPackageName"] for one in listed] == ["alone"]


@pytest.mark.parity("sagemaker:AddTags", "sagemaker:DeleteTags", "sagemaker:ListTags")
def test_tags_of_every_kind_are_kept_changed_and_dropped(lab: Lab) -> None:
    sagemaker = lab.sagemaker
    arn = group(lab, "tagged", Tags=[{"Key": "a", "Value": "1"}])
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "b", "Value": "2"}])
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["a"])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    sagemaker.delete_model_package_group(ModelPackageGroupName="tagged")
    with pytest.raises(ClientError, match="Could not find resource"):
        sagemaker.list_tags(ResourceArn=arn)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ModelPackageGroupName": "no-such"}, "does not exist"),
        ({"InferenceSpecification": None}, "You must specify InferenceSpecification"),
        ({"ModelPackageName": "both"}, "either ModelPackageName or ModelPackageGroupName"),
        (
            {"ModelLifeCycle": {"Stage": "s", "StageStatus": "x"}},
            "CreateModelPackage ModelLifeCycle isn't carried out",
        ),
        ({"CertifyForMarketplace": True}, "CertifyForMarketplace True isn't carried out"),
    ],
)
def test_what_cannot_be_registered_is_refused(lab: Lab, changes: dict[str, Any], message: str) -> None:
    given = {"ModelPackageGroupName": "token", "InferenceSpecification": specification(lab), **changes}
    with pytest.raises(ClientError, match=message):
        lab.sagemaker.create_model_package(
            **{key: value for key, value in given.items() if value is not None}
        )


@pytest.mark.parametrize(
    ("container", "message"),
    [
        ({"Image": "000000000000.dkr.ecr.us-east-1.amazonaws.com/lab:none"}, "not found"),
        ({"ModelDataUrl": "s3://lab-bucket/none.tar.gz"}, "Could not find model data"),
    ],
)
def test_an_image_or_a_model_that_is_not_there_is_refused(
    lab: Lab, container: dict[str, Any], message: str
) -> None:
    with pytest.raises(ClientError, match=message):
        lab.sagemaker.create_model_package(
            ModelPackageName="missing", InferenceSpecification=specification(lab, **container)
        )
