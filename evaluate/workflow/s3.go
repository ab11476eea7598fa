package workflow

import (
	"slices"

	"github.com/kmsauthz/kmsauthz/policy/action"
)

// Pages on Amazon S3.
const (
	docS3Encryption  = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html"
	docS3BucketKey   = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html"
	docS3Multipart   = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html"
	docS3Replication = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html"
)

const (
	objectForm = "arn:aws:s3:::BUCKET/KEY"
	bucketForm = "arn:aws:s3:::BUCKET"
)

// The encryption context of S3: the object, or with an S3 Bucket Key the bucket.
var (
	s3Context       = map[string]string{"aws:s3:arn": "{Resource}"}
	s3SourceContext = map[string]string{"aws:s3:arn": "{Source}"}
)

var (
	objectNeeds = []Need{
		{Key, "the object's key", ""},
		{Caller, "who asks S3", ""},
		{Resource, "the object", objectForm},
	}
	bucketKeyNeeds = []Need{
		{Key, "the bucket's key", ""},
		{Caller, "who asks S3", ""},
		{Resource, "the bucket, whose S3 Bucket Key is used", bucketForm},
	}
	bucketKeyCache = Cache{
		What: "S3 keeps a bucket key for a time that AWS does not state, for each requester; requests that it serves do not reach KMS, and no key policy is asked",
		Doc:  docS3BucketKey,
	}
)

// s3Workflows are about objects that are encrypted with SSE-KMS.
var s3Workflows = []Workflow{
	{
		Name: S3Read, Title: "A user or role reads an encrypted object", Doc: docS3Encryption,
		Needs:   objectNeeds,
		Steps:   via("s3", "{Caller}", Key, s3Context, ask{action.Decrypt, "S3 decrypts the object's data key"}),
		Outside: []string{"s3:GetObject on the object, in IAM policies or the bucket policy"},
	},
	{
		Name: S3Write, Title: "A user or role writes an encrypted object", Doc: docS3Encryption,
		Needs:   objectNeeds,
		Steps:   via("s3", "{Caller}", Key, s3Context, ask{action.GenerateDataKey, "S3 makes a data key for the object"}),
		Outside: []string{"s3:PutObject on the object, in IAM policies or the bucket policy"},
		Notes:   []string{"The page asks the requester of another account for kms:Encrypt in one place and for kms:GenerateDataKey in another; the latter is assumed."},
	},
	{
		Name: S3MultipartUpload, Title: "A user or role uploads an encrypted object in parts", Doc: docS3Multipart,
		Needs: objectNeeds,
		Steps: via("s3", "{Caller}", Key, s3Context,
			ask{action.GenerateDataKey, "S3 makes a data key for the upload"},
			ask{action.Decrypt, "S3 decrypts the data key for the parts and to put them together"}),
		Outside: []string{"s3:PutObject on the object, in IAM policies or the bucket policy"},
	},
	{
		Name: S3Copy, Title: "A user or role copies an encrypted object to another encrypted one", Doc: docS3Encryption,
		Needs: []Need{
			{Key, "the key of the copy", ""},
			{SourceKey, "the key of the object that is copied", ""},
			{Caller, "who asks S3", ""},
			{Resource, "the copy", objectForm},
			{Source, "the object that is copied", objectForm},
		},
		Steps: slices.Concat(
			via("s3", "{Caller}", SourceKey, s3SourceContext, ask{action.Decrypt, "S3 decrypts the data key of the object that is copied"}),
			via("s3", "{Caller}", Key, s3Context, ask{action.GenerateDataKey, "S3 makes a data key for the copy"})),
		Outside: []string{"s3:GetObject on the object that is copied", "s3:PutObject on the copy"},
	},
	{
		Name: S3ReadBucketKey, Title: "A user or role reads an object whose bucket has an S3 Bucket Key", Doc: docS3BucketKey,
		Needs:   bucketKeyNeeds,
		Steps:   via("s3", "{Caller}", Key, s3Context, ask{action.Decrypt, "S3 decrypts the bucket key"}),
		Outside: []string{"s3:GetObject on the object, in IAM policies or the bucket policy"},
		Cache:   bucketKeyCache,
	},
	{
		Name: S3WriteBucketKey, Title: "A user or role writes an object into a bucket with an S3 Bucket Key", Doc: docS3BucketKey,
		Needs: bucketKeyNeeds,
		Steps: via("s3", "{Caller}", Key, s3Context,
			ask{action.GenerateDataKey, "S3 makes a bucket key"},
			ask{action.Decrypt, "S3 decrypts a bucket key that it has"}),
		Outside: []string{"s3:PutObject on the object, in IAM policies or the bucket policy"},
		Cache:   bucketKeyCache,
	},
	{
		Name: S3Replication, Title: "S3 replicates an encrypted object to another bucket", Doc: docS3Replication,
		Needs: []Need{
			{Key, "the key of the replica, in the Region of its bucket", ""},
			{SourceKey, "the key of the object", ""},
			{Role, "the replication role", ""},
			{Resource, "the replica", objectForm},
			{Source, "the object", objectForm},
		},
		Steps: slices.Concat(
			via("s3", "{Role}", SourceKey, s3SourceContext, ask{action.Decrypt, "S3 decrypts the object's data key"}),
			via("s3", "{Role}", Key, s3Context, ask{action.Encrypt, "S3 encrypts a data key for the replica"})),
		Outside: replicationOutside,
		Notes:   []string{"An object that is not encrypted with SSE-KMS needs kms:GenerateDataKey on the key of the replica instead."},
	},
	{
		Name: S3ReplicationBucketKey, Title: "S3 replicates an object between buckets with S3 Bucket Keys", Doc: docS3Replication,
		Needs: []Need{
			{Key, "the key of the destination bucket, in its Region", ""},
			{SourceKey, "the key of the source bucket", ""},
			{Role, "the replication role", ""},
			{Resource, "the destination bucket", bucketForm},
			{Source, "the source bucket", bucketForm},
		},
		Steps: slices.Concat(
			via("s3", "{Role}", SourceKey, s3SourceContext, ask{action.Decrypt, "S3 decrypts the bucket key of the source"}),
			via("s3", "{Role}", Key, s3Context,
				ask{action.Encrypt, "S3 encrypts a bucket key for the destination"},
				ask{action.Decrypt, "S3 checks the bucket key of the destination"})),
		Outside: replicationOutside,
		Cache:   bucketKeyCache,
	},
}

var replicationOutside = []string{
	"the replication role trusts s3.amazonaws.com",
	"s3:GetObjectVersionForReplication on the source, s3:ReplicateObject on the destination",
	"the replication rule opts in to SSE-KMS objects (SourceSelectionCriteria) and names the key of the replica",
}
