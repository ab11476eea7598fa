package workflow

import "github.com/kmsauthz/kmsauthz/policy/action"

// The workflows that are built in. What each does and needs is in its row: see
// [Name.Workflow] and [All].
const (
	// Amazon S3 with SSE-KMS.
	S3Read                 Name = "s3-read"                   // GetObject, HeadObject
	S3Write                Name = "s3-write"                  // PutObject, POST
	S3MultipartUpload      Name = "s3-multipart-upload"       // CreateMultipartUpload to CompleteMultipartUpload
	S3Copy                 Name = "s3-copy"                   // CopyObject
	S3ReadBucketKey        Name = "s3-read-bucket-key"        // as S3Read, where the bucket has an S3 Bucket Key
	S3WriteBucketKey       Name = "s3-write-bucket-key"       // as S3Write, where the bucket has an S3 Bucket Key
	S3Replication          Name = "s3-replication"            // by the replication role, to another Region or account as well
	S3ReplicationBucketKey Name = "s3-replication-bucket-key" // as S3Replication, between buckets with S3 Bucket Keys

	// Amazon SQS, and what puts messages into encrypted queues.
	SQSSend               Name = "sqs-send"                 // SendMessage, SendMessageBatch
	SQSReceive            Name = "sqs-receive"              // ReceiveMessage
	SQSReceiveDeadLetters Name = "sqs-receive-dead-letters" // ReceiveMessage from a dead-letter queue
	SNSToSQS              Name = "sns-to-sqs"               // a topic delivers to a queue of its own account
	SNSToSQSOtherAccount  Name = "sns-to-sqs-other-account" // a topic delivers to a queue of another account
	S3EventsToSQS         Name = "s3-events-to-sqs"         // event notifications of a bucket
	EventBridgeToSQS      Name = "eventbridge-to-sqs"       // a rule whose target is a queue
	LambdaPollsSQS        Name = "lambda-polls-sqs"         // an event source mapping of a function

	// Amazon SNS, and what publishes to encrypted topics.
	SNSPublish           Name = "sns-publish"             // Publish, PublishBatch
	S3EventsToSNS        Name = "s3-events-to-sns"        // event notifications of a bucket
	EventBridgeToSNS     Name = "eventbridge-to-sns"      // a rule whose target is a topic
	CloudWatchAlarmToSNS Name = "cloudwatch-alarm-to-sns" // an alarm whose action is a topic

	// AWS Lambda.
	LambdaEnvironment     Name = "lambda-environment"      // CreateFunction, UpdateFunctionConfiguration, and the start of the function
	LambdaReadEnvironment Name = "lambda-read-environment" // GetFunctionConfiguration

	// Amazon EBS, EC2 and EC2 Auto Scaling.
	EBSCreateVolume                    Name = "ebs-create-volume"                      // CreateVolume, empty or from an encrypted snapshot
	EBSCreateVolumeUnencryptedSnapshot Name = "ebs-create-volume-unencrypted-snapshot" // CreateVolume from an unencrypted snapshot
	EBSAttachVolume                    Name = "ebs-attach-volume"                      // AttachVolume
	EBSCopySnapshot                    Name = "ebs-copy-snapshot"                      // CopySnapshot, CopyImage
	EC2RunEncryptedAMI                 Name = "ec2-run-encrypted-ami"                  // RunInstances
	EC2StopStart                       Name = "ec2-stop-start"                         // StopInstances, StartInstances
	AutoScaling                        Name = "auto-scaling"                           // a group launches an instance with a key of its own account
	AutoScalingOtherAccount            Name = "auto-scaling-other-account"             // a group launches an instance with a key of another account

	// Amazon RDS.
	RDSCreate          Name = "rds-create"           // CreateDBInstance, CreateDBCluster
	RDSRestoreSnapshot Name = "rds-restore-snapshot" // RestoreDBInstanceFromDBSnapshot
	RDSCopySnapshot    Name = "rds-copy-snapshot"    // CopyDBSnapshot

	// AWS Secrets Manager and Systems Manager Parameter Store.
	SecretCreate         Name = "secret-create"          // CreateSecret
	SecretPutValue       Name = "secret-put-value"       // PutSecretValue, UpdateSecret
	SecretRead           Name = "secret-read"            // GetSecretValue
	SecretChangeKey      Name = "secret-change-key"      // UpdateSecret with another key
	SecretReplicate      Name = "secret-replicate"       // ReplicateSecretToRegions
	SecretRotate         Name = "secret-rotate"          // RotateSecret, by the rotation function
	ParameterPut         Name = "parameter-put"          // PutParameter, standard tier
	ParameterPutAdvanced Name = "parameter-put-advanced" // PutParameter, advanced tier
	ParameterRead        Name = "parameter-read"         // GetParameter with decryption

	// Amazon DynamoDB.
	DynamoDBCreateTable Name = "dynamodb-create-table" // CreateTable, UpdateTable, and what DynamoDB does afterwards
	DynamoDBAccess      Name = "dynamodb-access"       // GetItem, PutItem, Query and the like

	// AWS CloudTrail and Amazon CloudWatch Logs.
	CloudTrailDeliver        Name = "cloudtrail-deliver"          // a trail writes log files
	CloudTrailReadLogs       Name = "cloudtrail-read-logs"        // GetObject of log files
	CloudTrailEventDataStore Name = "cloudtrail-event-data-store" // CloudTrail Lake
	LogsEncrypt              Name = "logs-encrypt"                // the service itself
	LogsAssociateKey         Name = "logs-associate-key"          // CreateLogGroup with a key, AssociateKmsKey
	LogsUse                  Name = "logs-use"                    // PutLogEvents, GetLogEvents, FilterLogEvents, StartQuery

	// Operations of KMS that are several authorizations at once.
	ReEncrypt            Name = "kms-re-encrypt"              // the source key and the destination key
	CreateAlias          Name = "kms-create-alias"            // the alias and the key
	UpdateAlias          Name = "kms-update-alias"            // the alias, the key that it has and the key that it gets
	DeleteAlias          Name = "kms-delete-alias"            // the alias and the key
	CreateKeyWithTags    Name = "kms-create-key-with-tags"    // kms:CreateKey and kms:TagResource
	ReplicateKey         Name = "kms-replicate-key"           // the primary key and kms:CreateKey
	ReplicateKeyWithTags Name = "kms-replicate-key-with-tags" // as ReplicateKey, and kms:TagResource
	UpdatePrimaryRegion  Name = "kms-update-primary-region"   // the primary key and the replica
)

// tables are the rows, those of a service together.
var tables = [...][]Workflow{
	s3Workflows, sqsWorkflows, snsWorkflows, lambdaWorkflows, ec2Workflows, rdsWorkflows,
	secretWorkflows, dynamoDBWorkflows, logWorkflows, kmsWorkflows,
}

// An ask is one permission that a service needs for a purpose.
type ask struct {
	action action.Action
	title  string
}

// via returns the requests that a service makes with the identity of its caller.
//
// See IAM User Guide, "Forward access sessions", and AWS KMS Developer Guide,
// "kms:ViaService".
func via(service, caller string, key Party, encryptionContext map[string]string, asks ...ask) []Step {
	return steps(Step{Caller: caller, Key: key, ViaService: service + ".{Region}.amazonaws.com", EncryptionContext: encryptionContext}, asks)
}

// itself returns the requests that a service makes as itself, for the resource
// with the ARN source, if it says for which.
//
// See IAM User Guide, "AWS service principals" and "The confused deputy problem".
func itself(service string, encryptionContext map[string]string, source string, asks ...ask) []Step {
	return steps(Step{Caller: service, Key: Key, SourceARN: source, EncryptionContext: encryptionContext}, asks)
}

// steps returns a step for each ask.
func steps(like Step, asks []ask) []Step {
	list := make([]Step, len(asks))
	for i, a := range asks {
		like.Action, like.Title = a.action, a.title
		list[i] = like
	}
	return list
}
