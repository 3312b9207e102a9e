"""Glue: jobs, crawlers and the catalogue's databases."""

from __future__ import annotations

from s_infra.sandbox.provider.declaration import Call, Read, Resource, Tags

TAGS = Tags("GetTags", "TagResource", "UntagResource")
_S3_ONLY = "the sandbox crawls S3 alone"

RESOURCES = {
    "aws_glue_catalog_database": Resource(
        service="glue",
        id="{catalog_id}:{name}",
        create=(Call("CreateDatabase", into="DatabaseInput"),),
        read=(Read("GetDatabase", at="Database"),),
        update=(Call("UpdateDatabase", into="DatabaseInput"),),
        delete=(Call("DeleteDatabase"),),
        derived={
            "arn": "arn:{partition}:glue:{region}:{account}:database/{name}",
            "catalog_id": "{account}",
        },
        filled=("create_table_default_permission",),
        replace=("name", "catalog_id"),
        refused={
            "federated_database": "the sandbox has no other catalogue",
            "target_database": "the sandbox has no other catalogue",
        },
        tags=TAGS,
    ),
    "aws_glue_crawler": Resource(
        service="glue",
        id="{name}",
        create=(Call("CreateCrawler"),),
        read=(Read("GetCrawler", at="Crawler"),),
        update=(Call("UpdateCrawler"),),
        delete=(Call("DeleteCrawler"),),
        names={
            "s3_target": "Targets.S3Targets",
            "catalog_target": "Targets.CatalogTargets",
            "delta_target": "Targets.DeltaTargets",
            "dynamodb_target": "Targets.DynamoDBTargets",
            "hudi_target": "Targets.HudiTargets",
            "iceberg_target": "Targets.IcebergTargets",
            "jdbc_target": "Targets.JdbcTargets",
            "mongodb_target": "Targets.MongoDBTargets",
            "security_configuration": "CrawlerSecurityConfiguration",
        },
        derived={"arn": "arn:{partition}:glue:{region}:{account}:crawler/{name}"},
        defaults={
            "lineage_configuration.crawler_lineage_settings": "DISABLE",
            "recrawl_policy.recrawl_behavior": "CRAWL_EVERYTHING",
            "schema_change_policy.delete_behavior": "DEPRECATE_IN_DATABASE",
            "schema_change_policy.update_behavior": "UPDATE_IN_DATABASE",
        },
        filled=(
            *("lake_formation_configuration", "lineage_configuration"),
            *("recrawl_policy", "schema_change_policy"),
        ),
        json=("configuration",),
        replace=("name",),
        refused={
            **{
                f"{kind}_target": _S3_ONLY
                for kind in ("catalog", "delta", "dynamodb", "hudi", "iceberg", "jdbc", "mongodb")
            },
            "classifiers": "the sandbox has AWS's own classifiers alone",
            "schedule": "the sandbox starts no crawler by itself; a schedule or a machine can start it",
            "security_configuration": "the sandbox encrypts nothing",
        },
        tags=TAGS,
    ),
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
        # AWS tells the capacity that the workers make, and doesn't take it beside them.
        instead={"max_capacity": "worker_type"},
        renewed={"max_capacity": ("worker_type", "number_of_workers")},
        filled=("execution_property", "notification_property", "max_retries", "execution_class"),
        replace=("name",),
        tags=TAGS,
    ),
}
