package workflow

import (
	"time"

	"github.com/kmsauthz/kmsauthz/policy/action"
)

// docSNSKeys is the page on the keys of Amazon SNS.
const docSNSKeys = "https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html"

const topicForm = "arn:aws:sns:REGION:ACCOUNT:TOPIC"

var snsContext = map[string]string{"aws:sns:topicArn": "{Resource}"}

var snsCache = Cache{
	What:  "SNS uses a data key again for up to 5 minutes",
	Usual: 5 * time.Minute, Max: 5 * time.Minute, Doc: docSNSKeys,
}

// UNDOCUMENTED: the encryption context.
const snsNote = "That the encryption context is the topic's ARN under aws:sns:topicArn is seen in public code, not in the pages of SNS."

// toTopic returns the requests of a service that publishes as itself.
func toTopic(service, source string) []Step {
	return itself(service, snsContext, source,
		ask{action.GenerateDataKey, "A data key is made for the message"},
		ask{action.Decrypt, "A data key that is there already is decrypted"})
}

// snsWorkflows are about encrypted topics.
var snsWorkflows = []Workflow{
	{
		Name: SNSPublish, Title: "A user or role publishes to an encrypted topic", Doc: docSNSKeys,
		Needs: []Need{
			{Key, "the topic's key", ""},
			{Caller, "who publishes", ""},
			{Resource, "the topic", topicForm},
		},
		Steps: via("sns", "{Caller}", Key, snsContext,
			ask{action.GenerateDataKey, "SNS makes a data key for the message"},
			ask{action.Decrypt, "SNS decrypts a data key before it uses it again"}),
		Outside: []string{"sns:Publish on the topic, in IAM policies or the topic policy"},
		Notes:   []string{snsNote},
		Cache:   snsCache,
	},
	{
		Name: S3EventsToSNS, Title: "S3 sends event notifications to an encrypted SNS topic", Doc: docS3Events,
		Needs: []Need{
			{Key, "the topic's key", ""},
			{Resource, "the topic", topicForm},
			{Source, "the bucket", bucketForm},
			{SourceAccount, "the bucket's account", ""},
		},
		Steps: toTopic("s3.amazonaws.com", "{Source}"),
		Outside: []string{
			"the topic policy allows sns:Publish to s3.amazonaws.com for the bucket",
			"the bucket's notification configuration names the topic",
		},
		Notes: []string{snsNote},
		Cache: snsCache,
	},
	{
		Name: EventBridgeToSNS, Title: "An EventBridge rule sends events to an encrypted SNS topic", Doc: docSNSKeys,
		Needs: []Need{
			{Key, "the topic's key", ""},
			{Resource, "the topic", topicForm},
		},
		Steps:   toTopic("events.amazonaws.com", ""),
		Outside: []string{"the topic policy allows sns:Publish to events.amazonaws.com", "the topic is a target of the rule"},
		Notes:   []string{snsNote, "EventBridge sends no aws:SourceArn, aws:SourceAccount and aws:SourceOrgID to KMS for an encrypted topic: a condition on them fails."},
		Cache:   snsCache,
	},
	{
		Name: CloudWatchAlarmToSNS, Title: "A CloudWatch alarm notifies an encrypted SNS topic", Doc: docSNSKeys,
		Needs: []Need{
			{Key, "the topic's key", ""},
			{Resource, "the topic", topicForm},
			{Source, "the alarm", "arn:aws:cloudwatch:REGION:ACCOUNT:alarm:NAME"},
		},
		Steps:   toTopic("cloudwatch.amazonaws.com", "{Source}"),
		Outside: []string{"the topic policy allows sns:Publish to cloudwatch.amazonaws.com, as the default one does within its account"},
		Notes:   []string{snsNote},
		Cache:   snsCache,
	},
}
