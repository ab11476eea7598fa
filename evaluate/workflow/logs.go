package workflow

import (
	"slices"
	"time"

	"github.com/kmsauthz/kmsauthz/policy/action"
)

// Pages on AWS CloudTrail and Amazon CloudWatch Logs.
const (
	docCloudTrail = "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html"
	docLogs       = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html"
)

const trailForm = "arn:aws:cloudtrail:REGION:ACCOUNT:trail/NAME"

var (
	trailContext = map[string]string{"aws:cloudtrail:arn": "{Source}", "aws:s3:arn": "{Resource}"}
	logsContext  = map[string]string{"aws:logs:arn": "{Resource}"}
)

var (
	logGroup = Need{Resource, "the log group", "arn:aws:logs:REGION:ACCOUNT:log-group:NAME"}
	// logsItself is what CloudWatch Logs does with log data.
	logsItself = itself("logs.{Region}.amazonaws.com", logsContext, "",
		ask{action.Encrypt, "CloudWatch Logs encrypts under the key"},
		ask{action.Decrypt, "CloudWatch Logs decrypts data keys"},
		ask{action.ReEncryptFrom, "CloudWatch Logs re-encrypts data keys"},
		ask{action.ReEncryptTo, "CloudWatch Logs re-encrypts data keys"},
		ask{action.GenerateDataKey, "CloudWatch Logs makes a data key"})
	logsCache = Cache{
		What: "CloudWatch Logs takes up to 5 minutes until a change of a log group's key takes effect",
		Max:  5 * time.Minute, Doc: docLogs,
	}
)

// UNDOCUMENTED: whether the service calls DescribeKey.
const logsNote = "AWS's key policy has kms:Describe* for the service in a statement with a condition on the encryption context, which DescribeKey " +
	"has not, so that it never matches; the service is taken not to need it."

// logWorkflows are about encrypted trails and log groups.
var logWorkflows = []Workflow{
	{
		Name: CloudTrailDeliver, Title: "CloudTrail writes encrypted log files of a trail", Doc: docCloudTrail,
		Needs: []Need{
			{Key, "the trail's key, in the Region of the bucket", ""},
			{Resource, "a log file in the bucket", objectForm},
			{Source, "the trail", trailForm},
		},
		Steps: itself("cloudtrail.amazonaws.com", trailContext, "{Source}",
			ask{action.DescribeKey, "CloudTrail looks the key up"},
			ask{action.GenerateDataKey, "A data key is made for the log file"}),
		Outside: []string{"the bucket policy allows s3:GetBucketAcl and s3:PutObject to cloudtrail.amazonaws.com for the trail"},
		Notes:   []string{"A trail whose bucket has an S3 Bucket Key needs kms:Decrypt as well when it is created or updated; of whom, the page does not say."},
	},
	{
		Name: CloudTrailReadLogs, Title: "A user or role reads encrypted log files of a trail", Doc: docCloudTrail,
		Needs: []Need{
			{Key, "the trail's key", ""},
			{Caller, "who reads", ""},
			{Resource, "a log file in the bucket", objectForm},
			{Source, "the trail", trailForm},
		},
		Steps:   via("s3", "{Caller}", Key, trailContext, ask{action.Decrypt, "S3 decrypts the log file's data key"}),
		Outside: []string{"s3:GetObject on the log files"},
	},
	{
		Name: CloudTrailEventDataStore, Title: "CloudTrail Lake stores events in an encrypted event data store", Doc: docCloudTrail,
		Needs: []Need{
			{Key, "the key of the event data store", ""},
			{Source, "the event data store", "arn:aws:cloudtrail:REGION:ACCOUNT:eventdatastore/ID"},
		},
		Steps: itself("cloudtrail.amazonaws.com", nil, "{Source}",
			ask{action.GenerateDataKey, "CloudTrail makes a data key for the events"},
			ask{action.Decrypt, "CloudTrail decrypts a data key"}),
		Outside: []string{"users who query the events need kms:Decrypt and kms:GenerateDataKey"},
	},
	{
		Name: LogsEncrypt, Title: "CloudWatch Logs encrypts the data of a log group", Doc: docLogs,
		Needs:   []Need{{Key, "the log group's key", ""}, logGroup},
		Steps:   logsItself,
		Outside: []string{"the log group is associated with the key"},
		Notes:   []string{logsNote},
		Cache:   logsCache,
	},
	{
		Name: LogsAssociateKey, Title: "A user creates a log group with a key, or associates one with it", Doc: docLogs,
		Needs: []Need{{Key, "the log group's key", ""}, {Caller, "who asks CloudWatch Logs", ""}, logGroup},
		Steps: slices.Concat(
			via("logs", "{Caller}", Key, nil, ask{action.DescribeKey, "CloudWatch Logs looks the key up"}),
			logsItself),
		Outside: []string{"logs:CreateLogGroup or logs:AssociateKmsKey for the user"},
		Notes:   []string{logsNote},
		Cache:   logsCache,
	},
	{
		Name: LogsUse, Title: "A user or role writes, reads or queries an encrypted log group", Doc: docLogs,
		Needs: []Need{{Key, "the log group's key", ""}, {Caller, "who asks CloudWatch Logs", ""}, logGroup},
		Steps: via("logs", "{Caller}", Key, logsContext,
			ask{action.DescribeKey, "CloudWatch Logs looks the key up"},
			ask{action.GenerateDataKey, "CloudWatch Logs makes a data key"},
			ask{action.Encrypt, "CloudWatch Logs encrypts under the key"},
			ask{action.Decrypt, "CloudWatch Logs decrypts data keys"},
			ask{action.ReEncryptFrom, "CloudWatch Logs re-encrypts data keys"},
			ask{action.ReEncryptTo, "CloudWatch Logs re-encrypts data keys"}),
		Outside: []string{"logs:PutLogEvents, logs:GetLogEvents, logs:FilterLogEvents or logs:StartQuery on the log group"},
		Notes:   []string{"The page asks for these permissions of principals without saying which call needs which; until 2023 the service's own were enough."},
		Cache:   logsCache,
	},
}
