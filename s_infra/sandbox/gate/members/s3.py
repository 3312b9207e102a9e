"""S3: its operations, each with the members of its request that the base carries out."""

from __future__ import annotations

MEMBERS = {
    "AbortMultipartUpload": "Bucket Key UploadId ExpectedBucketOwner",
    "CompleteMultipartUpload": (
        "Bucket Key MultipartUpload UploadId ChecksumCRC32 ChecksumCRC32C ChecksumCRC64NVME ChecksumSHA1 "
        "ChecksumSHA256 ChecksumType MpuObjectSize ExpectedBucketOwner IfMatch IfNoneMatch"
    ),
    "CopyObject": (
        "ACL Bucket CacheControl ChecksumAlgorithm ContentDisposition ContentEncoding ContentLanguage "
        "ContentType CopySource CopySourceIfMatch CopySourceIfModifiedSince CopySourceIfNoneMatch "
        "CopySourceIfUnmodifiedSince Expires IfMatch IfNoneMatch Key Metadata MetadataDirective "
        "TaggingDirective ServerSideEncryption SSEKMSKeyId StorageClass Tagging ExpectedBucketOwner "
        "ExpectedSourceBucketOwner"
    ),
    "CreateBucket": "ACL Bucket CreateBucketConfiguration ObjectOwnership",
    "CreateMultipartUpload": (
        "ACL Bucket CacheControl ContentDisposition ContentEncoding ContentLanguage ContentType Expires Key "
        "Metadata ServerSideEncryption SSEKMSKeyId StorageClass Tagging ExpectedBucketOwner "
        "ChecksumAlgorithm ChecksumType"
    ),
    "DeleteBucket": "Bucket ExpectedBucketOwner",
    "DeleteBucketEncryption": "Bucket ExpectedBucketOwner",
    "DeleteBucketLifecycle": "Bucket ExpectedBucketOwner",
    "DeleteBucketOwnershipControls": "Bucket ExpectedBucketOwner",
    "DeleteBucketPolicy": "Bucket ExpectedBucketOwner",
    "DeleteBucketTagging": "Bucket ExpectedBucketOwner",
    "DeleteObject": "Bucket Key VersionId ExpectedBucketOwner IfMatch IfMatchLastModifiedTime IfMatchSize",
    "DeleteObjectTagging": "Bucket Key VersionId ExpectedBucketOwner",
    "DeleteObjects": "Bucket Delete ExpectedBucketOwner ChecksumAlgorithm",
    "DeletePublicAccessBlock": "Bucket ExpectedBucketOwner",
    "GetBucketAccelerateConfiguration": "Bucket ExpectedBucketOwner",
    "GetBucketAcl": "Bucket ExpectedBucketOwner",
    "GetBucketCors": "Bucket ExpectedBucketOwner",
    "GetBucketEncryption": "Bucket ExpectedBucketOwner",
    "GetBucketLifecycleConfiguration": "Bucket ExpectedBucketOwner",
    "GetBucketLocation": "Bucket ExpectedBucketOwner",
    "GetBucketLogging": "Bucket ExpectedBucketOwner",
    "GetBucketNotificationConfiguration": "Bucket ExpectedBucketOwner",
    "GetBucketOwnershipControls": "Bucket ExpectedBucketOwner",
    "GetBucketPolicy": "Bucket ExpectedBucketOwner",
    "GetBucketReplication": "Bucket ExpectedBucketOwner",
    "GetBucketRequestPayment": "Bucket ExpectedBucketOwner",
    "GetBucketTagging": "Bucket ExpectedBucketOwner",
    "GetBucketVersioning": "Bucket ExpectedBucketOwner",
    "GetBucketWebsite": "Bucket ExpectedBucketOwner",
    "GetObject": (
        "Bucket IfMatch IfModifiedSince IfNoneMatch IfUnmodifiedSince Key Range ResponseCacheControl "
        "ResponseContentDisposition ResponseContentEncoding ResponseContentLanguage ResponseContentType "
        "ResponseExpires VersionId PartNumber ExpectedBucketOwner ChecksumMode"
    ),
    "GetObjectAcl": "Bucket Key VersionId ExpectedBucketOwner",
    "GetObjectAttributes": (
        "Bucket Key VersionId MaxParts PartNumberMarker ExpectedBucketOwner ObjectAttributes"
    ),
    "GetObjectLockConfiguration": "Bucket ExpectedBucketOwner",
    "GetObjectTagging": "Bucket Key VersionId ExpectedBucketOwner",
    "GetPublicAccessBlock": "Bucket ExpectedBucketOwner",
    "HeadBucket": "Bucket ExpectedBucketOwner",
    "HeadObject": (
        "Bucket IfMatch IfModifiedSince IfNoneMatch IfUnmodifiedSince Key Range ResponseCacheControl "
        "ResponseContentDisposition ResponseContentEncoding ResponseContentLanguage ResponseContentType "
        "ResponseExpires VersionId PartNumber ExpectedBucketOwner ChecksumMode"
    ),
    "ListBuckets": "MaxBuckets ContinuationToken Prefix",
    "ListMultipartUploads": (
        "Bucket Delimiter EncodingType KeyMarker MaxUploads Prefix UploadIdMarker ExpectedBucketOwner"
    ),
    "ListObjectVersions": (
        "Bucket Delimiter EncodingType KeyMarker MaxKeys Prefix VersionIdMarker ExpectedBucketOwner"
    ),
    "ListObjects": "Bucket Delimiter EncodingType Marker MaxKeys Prefix ExpectedBucketOwner",
    "ListObjectsV2": (
        "Bucket Delimiter EncodingType MaxKeys Prefix ContinuationToken FetchOwner StartAfter "
        "ExpectedBucketOwner"
    ),
    "ListParts": "Bucket Key MaxParts PartNumberMarker UploadId ExpectedBucketOwner",
    "PutBucketEncryption": (
        "Bucket ContentMD5 ChecksumAlgorithm ServerSideEncryptionConfiguration ExpectedBucketOwner"
    ),
    "PutBucketLifecycleConfiguration": (
        "Bucket ChecksumAlgorithm LifecycleConfiguration ExpectedBucketOwner "
        "TransitionDefaultMinimumObjectSize"
    ),
    "PutBucketNotificationConfiguration": (
        "Bucket NotificationConfiguration ExpectedBucketOwner SkipDestinationValidation"
    ),
    "PutBucketOwnershipControls": "Bucket ContentMD5 ExpectedBucketOwner OwnershipControls ChecksumAlgorithm",
    "PutBucketPolicy": "Bucket ContentMD5 ChecksumAlgorithm Policy ExpectedBucketOwner",
    "PutBucketTagging": "Bucket ContentMD5 ChecksumAlgorithm Tagging ExpectedBucketOwner",
    "PutBucketVersioning": "Bucket ContentMD5 ChecksumAlgorithm VersioningConfiguration ExpectedBucketOwner",
    "PutObject": (
        "ACL Body Bucket CacheControl ContentDisposition ContentEncoding ContentLanguage ContentLength "
        "ContentMD5 ContentType ChecksumAlgorithm ChecksumCRC32 ChecksumCRC32C ChecksumCRC64NVME "
        "ChecksumSHA1 ChecksumSHA256 Expires IfMatch IfNoneMatch Key Metadata ServerSideEncryption "
        "SSEKMSKeyId StorageClass Tagging ExpectedBucketOwner"
    ),
    "PutObjectTagging": "Bucket Key VersionId ContentMD5 ChecksumAlgorithm Tagging ExpectedBucketOwner",
    "PutPublicAccessBlock": (
        "Bucket ContentMD5 ChecksumAlgorithm PublicAccessBlockConfiguration ExpectedBucketOwner"
    ),
    "UploadPart": (
        "Body Bucket ContentLength ContentMD5 ChecksumAlgorithm ChecksumCRC32 ChecksumCRC32C "
        "ChecksumCRC64NVME ChecksumSHA1 ChecksumSHA256 Key PartNumber UploadId ExpectedBucketOwner"
    ),
    "UploadPartCopy": (
        "Bucket CopySource CopySourceIfMatch CopySourceIfModifiedSince CopySourceIfNoneMatch "
        "CopySourceIfUnmodifiedSince CopySourceRange Key PartNumber UploadId ExpectedBucketOwner "
        "ExpectedSourceBucketOwner"
    ),
}
