"""What of each operation the sandbox carries out: the fields, and for some of them the only values.

A field that isn't here is refused by name. Those of `KEPT` have nothing to act on on one machine (where it
runs, how its disk is made, who watches it); they are kept and given back by Describe.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from s_infra.sandbox.carried import fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.carried import Fields

KEPT = fields(
    "AutoMinorVersionUpgrade AvailabilityZone BackupRetentionPeriod DatabaseInsightsMode DBInstanceClass "
    "EnablePerformanceInsights EngineLifecycleSupport Iops "
    "KmsKeyId MasterUserSecretKmsKeyId MaxAllocatedStorage MonitoringInterval MonitoringRoleArn MultiAZ "
    "PerformanceInsightsKMSKeyId PerformanceInsightsRetentionPeriod PreferredBackupWindow "
    "PreferredMaintenanceWindow StorageEncrypted StorageThroughput StorageType VpcSecurityGroupIds"
)
# On this machine nobody else reaches a database; one that says it is public would say too much.
SAME = (
    fields(
        "AllocatedStorage CopyTagsToSnapshot DBInstanceIdentifier DBParameterGroupName DBSubnetGroupName "
        "DeletionProtection ManageMasterUserPassword MasterUserPassword EngineVersion",
        LicenseModel=("postgresql-license",),
        NetworkType=("IPV4",),
        PubliclyAccessible=(False,),
        CACertificateIdentifier=("rds-ca-rsa2048-g1",),
        DedicatedLogVolume=(False,),
        MultiTenant=(False,),
        EnableCustomerOwnedIp=(False,),
        # PostgreSQL can't check a token: it reads no password of that length but to hash it.
        EnableIAMDatabaseAuthentication=(False,),
    )
    | KEPT
)
PAGES = fields("Filters MaxRecords Marker")

CARRIED: Mapping[str, Fields] = {
    "AddTagsToResource": fields("ResourceName Tags"),
    "CreateDBInstance": SAME
    | fields("DBName MasterUsername Port Tags EnableCloudwatchLogsExports", Engine=("postgres",)),
    "CreateDBParameterGroup": fields("DBParameterGroupName DBParameterGroupFamily Description Tags"),
    "CreateDBSubnetGroup": fields("DBSubnetGroupName DBSubnetGroupDescription SubnetIds Tags"),
    "DeleteDBInstance": fields(
        "DBInstanceIdentifier SkipFinalSnapshot FinalDBSnapshotIdentifier DeleteAutomatedBackups"
    ),
    "DeleteDBParameterGroup": fields("DBParameterGroupName"),
    "DeleteDBSnapshot": fields("DBSnapshotIdentifier"),
    "DeleteDBSubnetGroup": fields("DBSubnetGroupName"),
    "DescribeDBEngineVersions": PAGES
    | fields(
        "Engine EngineVersion DBParameterGroupFamily DefaultOnly IncludeAll",
        ListSupportedCharacterSets=(False,),
        ListSupportedTimezones=(False,),
    ),
    "DescribeDBInstances": PAGES | fields("DBInstanceIdentifier"),
    "DescribeDBParameterGroups": PAGES | fields("DBParameterGroupName"),
    "DescribeDBParameters": PAGES | fields("DBParameterGroupName Source"),
    "DescribeDBSnapshots": PAGES
    | fields(
        "DBInstanceIdentifier DBSnapshotIdentifier DbiResourceId",
        SnapshotType=("manual",),
        IncludeShared=(False,),
        IncludePublic=(False,),
    ),
    "DescribeDBSubnetGroups": PAGES | fields("DBSubnetGroupName"),
    "DescribeEvents": fields("SourceIdentifier SourceType EventCategories Duration MaxRecords Marker"),
    "DescribeOrderableDBInstanceOptions": PAGES
    | fields("Engine EngineVersion DBInstanceClass LicenseModel Vpc"),
    "ListTagsForResource": fields("ResourceName"),
    "ModifyDBInstance": SAME
    | fields(
        "ApplyImmediately CloudwatchLogsExportConfiguration DBPortNumber RotateMasterUserPassword",
        AllowMajorVersionUpgrade=(False,),
    ),
    "ModifyDBParameterGroup": fields("DBParameterGroupName Parameters"),
    "ModifyDBSubnetGroup": fields("DBSubnetGroupName DBSubnetGroupDescription SubnetIds"),
    "RebootDBInstance": fields("DBInstanceIdentifier", ForceFailover=(False,)),
    "RemoveTagsFromResource": fields("ResourceName TagKeys"),
    "ResetDBParameterGroup": fields("DBParameterGroupName Parameters ResetAllParameters"),
    "StartDBInstance": fields("DBInstanceIdentifier"),
    "StopDBInstance": fields("DBInstanceIdentifier"),
}
