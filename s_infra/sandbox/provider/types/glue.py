"""Glue: jobs."""

from __future__ import annotations

from s_infra.sandbox.provider.declaration import Call, Read, Resource, Tags

RESOURCES = {
    "aws_glue_job": Resource(
        service="glue",
        id="{name}",
        create=(Call("CreateJob"),),
        read=(Read("GetJob", at="Job"),),
        update=(Call("UpdateJob", into="JobUpdate"),),
        delete=(Call("DeleteJob"),),
        names={"name": ("Name", "JobName"), "role_arn": "Role", "connections": "Connections.Connections"},
        derived={"arn": "arn:{partition}:glue:{region}:{account}:job/{name}"},
        defaults={"command.name": "glueetl", "job_run_queuing_enabled": False},
        blank={"job_run_queuing_enabled": False},
        filled=("execution_property", "notification_property", "max_retries", "execution_class"),
        replace=("name",),
        tags=Tags("GetTags", "TagResource", "UntagResource"),
    ),
}
