package workflow

import (
	"slices"
	"time"

	"github.com/kmsauthz/kmsauthz/policy/action"
)

// Pages on Amazon SQS and what puts messages into its queues.
const (
	docSQSKeys     = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html"
	docSNSToSQS    = "https://docs.aws.amazon.com/sns/latest/dg/sns-enable-encryption-for-topic-sqs-queue-subscriptions.html"
	docS3Events    = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html"
	docEventBridge = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html"
	docLambdaSQS   = "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html"
)

const queueForm = "arn:aws:sqs:REGION:ACCOUNT:QUEUE"

var sqsContext = map[string]string{"aws:sqs:arn": "{Resource}"}

var (
	queueNeeds = []Need{
		{Key, "the queue's key", ""},
		{Caller, "who sends or receives", ""},
		{Resource, "the queue", queueForm},
	}
	bucketToQueueNeeds = []Need{
		{Key, "the queue's key", ""},
		{Resource, "the queue", queueForm},
		{Source, "the bucket", bucketForm},
		{SourceAccount, "the bucket's account", ""},
	}
	sqsCache = Cache{
		What:  "SQS uses a data key again for the queue's KmsDataKeyReusePeriodSeconds, 5 minutes unless set and 24 hours at most, for each principal",
		Usual: 5 * time.Minute, Max: 24 * time.Hour, Doc: docSQSKeys,
	}
	// UNDOCUMENTED: the encryption context.
	sqsNote = "That the encryption context is the queue's ARN under aws:sqs:arn is seen in public code, not in the pages of SQS."
)

// toQueue returns the requests of a service that puts messages into a queue as
// itself.
func toQueue(service, source string) []Step {
	return itself(service, sqsContext, source,
		ask{action.GenerateDataKey, "A data key is made for the message"},
		ask{action.Decrypt, "A data key that is there already is decrypted"})
}

// sqsWorkflows are about encrypted queues.
var sqsWorkflows = []Workflow{
	{
		Name: SQSSend, Title: "A user or role sends a message to an encrypted queue", Doc: docSQSKeys,
		Needs: queueNeeds,
		Steps: via("sqs", "{Caller}", Key, sqsContext,
			ask{action.GenerateDataKey, "SQS makes a data key for the message"},
			ask{action.Decrypt, "SQS verifies a data key before it uses it again"}),
		Outside: []string{"sqs:SendMessage on the queue, in IAM policies or the queue policy"},
		Notes:   []string{sqsNote},
		Cache:   sqsCache,
	},
	{
		Name: SQSReceive, Title: "A user or role receives messages from an encrypted queue", Doc: docSQSKeys,
		Needs:   queueNeeds,
		Steps:   via("sqs", "{Caller}", Key, sqsContext, ask{action.Decrypt, "SQS decrypts the data key of the message"}),
		Outside: []string{"sqs:ReceiveMessage and sqs:DeleteMessage on the queue, in IAM policies or the queue policy"},
		Notes:   []string{sqsNote},
		Cache:   sqsCache,
	},
	{
		Name: SQSReceiveDeadLetters, Title: "A user or role receives messages from an encrypted dead-letter queue", Doc: docSQSKeys,
		Needs: []Need{
			{Key, "the key of the dead-letter queue", ""},
			{SourceKey, "the key of the queue that the messages come from", ""},
			{Caller, "who receives", ""},
			{Resource, "the dead-letter queue", queueForm},
			{Source, "the queue that the messages come from", queueForm},
		},
		Steps: slices.Concat(
			via("sqs", "{Caller}", SourceKey, map[string]string{"aws:sqs:arn": "{Source}"},
				ask{action.Decrypt, "SQS decrypts data keys of the source queue, under which messages were moved"}),
			via("sqs", "{Caller}", Key, sqsContext, ask{action.Decrypt, "SQS decrypts data keys of the dead-letter queue"})),
		Outside: []string{"sqs:ReceiveMessage and sqs:DeleteMessage on the dead-letter queue", "the source queue's redrive policy names the dead-letter queue"},
		Notes:   []string{sqsNote},
		Cache:   sqsCache,
	},
	{
		Name: SNSToSQS, Title: "An SNS topic delivers to an encrypted SQS queue of its own account", Doc: docSNSToSQS,
		Needs: topicToQueueNeeds, SameAccount: [2]Party{Source, Resource},
		Steps: toQueue("sns.amazonaws.com", "{Source}"),
		Outside: []string{
			"the queue policy allows sqs:SendMessage to sns.amazonaws.com for the topic",
			"the queue is subscribed to the topic",
		},
		Notes: []string{sqsNote, topicRegionNote},
		Cache: sqsCache,
	},
	{
		Name: SNSToSQSOtherAccount, Title: "An SNS topic of another account delivers to an encrypted SQS queue", Doc: docSNSToSQS,
		Needs: topicToQueueNeeds, OtherAccount: [2]Party{Source, Resource},
		Steps: toQueue("sns.amazonaws.com", "{Source}"),
		Outside: []string{
			"the queue policy allows sqs:SendMessage to sns.amazonaws.com for the topic",
			"the queue is subscribed to the topic: sns:Subscribe in the topic policy for the queue's account, or a confirmed subscription made by the topic's account",
		},
		Notes: []string{sqsNote, topicRegionNote},
		Cache: sqsCache,
	},
	{
		Name: S3EventsToSQS, Title: "S3 sends event notifications to an encrypted SQS queue", Doc: docS3Events,
		Needs: bucketToQueueNeeds,
		Steps: toQueue("s3.amazonaws.com", "{Source}"),
		Outside: []string{
			"the queue policy allows sqs:SendMessage to s3.amazonaws.com for the bucket",
			"the bucket's notification configuration names the queue",
		},
		// UNDOCUMENTED: whether S3 sends aws:SourceArn to KMS, on which pages differ.
		Notes: []string{sqsNote, "S3's page shows no aws:SourceArn in the key policy; that of SQS lists S3 among the services that send it."},
		Cache: sqsCache,
	},
	{
		Name: EventBridgeToSQS, Title: "An EventBridge rule sends events to an encrypted SQS queue", Doc: docEventBridge,
		Needs: []Need{
			{Key, "the queue's key", ""},
			{Resource, "the queue", queueForm},
			{Source, "the rule", ruleForm},
		},
		Steps:   toQueue("events.amazonaws.com", "{Source}"),
		Outside: []string{"the queue policy allows sqs:SendMessage to events.amazonaws.com for the rule", "the queue is a target of the rule, without an execution role"},
		// UNDOCUMENTED: whether EventBridge sends aws:SourceArn, on which pages differ.
		Notes: []string{sqsNote, "EventBridge's page shows no aws:SourceArn in the key policy; that of SQS lists CloudWatch Events, " +
			"as EventBridge was called, among the services that send it."},
		Cache: sqsCache,
	},
	{
		Name: LambdaPollsSQS, Title: "A Lambda function is invoked with messages of an encrypted SQS queue", Doc: docLambdaSQS,
		Needs: []Need{
			{Key, "the queue's key", ""},
			{Role, "the function's execution role", ""},
			{Resource, "the queue", queueForm},
		},
		Steps: via("sqs", "{Role}", Key, sqsContext, ask{action.Decrypt, "Lambda receives messages as the execution role, and SQS decrypts their data key"}),
		Outside: []string{
			"sqs:ReceiveMessage, sqs:DeleteMessage and sqs:GetQueueAttributes for the execution role (AWSLambdaSQSQueueExecutionRole)",
			"the event source mapping is enabled",
		},
		Notes: []string{sqsNote},
		Cache: sqsCache,
	},
}

const (
	ruleForm = "arn:aws:events:REGION:ACCOUNT:rule/NAME"

	topicRegionNote = "From a topic in a Region that must be enabled to a queue in another Region, SNS calls as sns.REGION.amazonaws.com; it is taken to call as sns.amazonaws.com."
)

var topicToQueueNeeds = []Need{
	{Key, "the queue's key", ""},
	{Resource, "the queue", queueForm},
	{Source, "the topic", topicForm},
}
