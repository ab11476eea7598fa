package workflow

import (
	"encoding/json"
	"fmt"
	"iter"
	"slices"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/internal/arn"
	"github.com/kmsauthz/kmsauthz/policy"
)

// A managedKey is what differs between the policies of AWS managed keys.
type managedKey struct {
	service string // in the alias: "sqs" of alias/aws/sqs
	title   string // as the policy's Sid has it
	via     string // in kms:ViaService, if it is another name
	actions []string
	direct  []string // what the account's IAM policies may allow without the service
}

// Actions in the policies of AWS managed keys.
var (
	managedUse        = []string{"kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"}
	managedUseGrants  = append(slices.Clip(managedUse), "kms:CreateGrant")
	managedRead       = []string{"kms:Describe*", "kms:Get*", "kms:List*"}
	managedReadRevoke = append(slices.Clip(managedRead), "kms:RevokeGrant")
)

// managedKeys are the AWS managed keys that are known here.
//
// See AWS KMS Developer Guide, "kms:ViaService" and "AWS managed keys"; Amazon
// DynamoDB Developer Guide, "DynamoDB encryption at rest: usage notes"; AWS Secrets
// Manager User Guide, "Secret encryption and decryption". The others are as
// GetKeyPolicy prints them, the wording of ids aside.
var managedKeys = []managedKey{
	{"dynamodb", "Amazon DynamoDB", "", managedUseGrants, managedReadRevoke},
	{"ebs", "EBS", "ec2", managedUseGrants, managedReadRevoke},
	{"lambda", "AWS Lambda", "", managedUseGrants, managedReadRevoke},
	{"rds", "RDS", "", append(slices.Clip(managedUseGrants), "kms:ListGrants"), managedReadRevoke},
	{"s3", "S3", "", managedUse, managedRead},
	{"secretsmanager", "AWS Secrets Manager", "", managedUseGrants, managedReadRevoke},
	{"sns", "SNS", "", []string{"kms:Decrypt", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:ListGrants", "kms:DescribeKey"}, managedReadRevoke},
	{"sqs", "SQS", "", managedUseGrants, managedReadRevoke},
	{"ssm", "SSM", "", managedUse, managedRead},
}

// ManagedServices yields the services whose AWS managed key [AWSManagedKey] knows,
// as in alias/aws/SERVICE.
func ManagedServices() iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range managedKeys {
			if !yield(managedKeys[i].service) {
				return
			}
		}
	}
}

// AWSManagedKey returns the AWS managed key of a service in an account and Region,
// with the policy that AWS gave it and nobody can change: every principal of the
// account may use the key through the service, nobody else, and nobody directly.
// The key's id is made up. The error is an [evaluate.ConfigErrors]: a service whose
// key is not known here, or an account or Region that is none.
func AWSManagedKey(service, account, region string) (evaluate.KeyConfig, error) {
	f := faults{config: "AWSManagedKey"}
	i := slices.IndexFunc(managedKeys, func(k managedKey) bool { return k.service == service })
	if i < 0 {
		f.addf("service", "no AWS managed key of %q is known%s", service, didYouMean(service, ManagedServices()))
		return evaluate.KeyConfig{}, f.err()
	}
	key := policy.ARN{Partition: arn.Partition(region), Service: "kms", Region: region, Account: account, Resource: "key/aws-managed-" + service}
	if region == "" || len(account) != 12 || !key.IsValid() {
		f.addf("account, region", "found %q and %q, expected an account id and a Region", account, region)
		return evaluate.KeyConfig{}, f.err()
	}
	doc, err := json.Marshal(managedKeys[i].policy(key))
	if err != nil {
		return evaluate.KeyConfig{}, err
	}
	keyPolicy, err := policy.ParseKeyPolicy(doc, nil)
	return evaluate.KeyConfig{ARN: key.String(), Policy: keyPolicy, Manager: evaluate.AWSManaged, Aliases: []string{"alias/aws/" + service}}, err
}

// A statement is a statement of an AWS managed key's policy.
type statement struct {
	Sid       string
	Effect    string
	Principal map[string]string
	Action    []string
	Resource  string
	Condition map[string]map[string]string `json:",omitempty"`
}

// policy returns the key policy.
func (k *managedKey) policy(key policy.ARN) any {
	via := k.via
	if via == "" {
		via = k.service
	}
	through := fmt.Sprintf("Allow access through %[1]s for all principals in the account that are authorized to use %[1]s", k.title)
	list := []statement{
		allow(through, map[string]string{"AWS": "*"}, k.actions),
		allow("Allow direct access to key metadata to the account", map[string]string{"AWS": "arn:" + key.Partition + ":iam::" + key.Account + ":root"}, k.direct),
	}
	list[0].Condition = map[string]map[string]string{
		"StringEquals": {"kms:CallerAccount": key.Account, "kms:ViaService": via + "." + key.Region + ".amazonaws.com"},
	}
	switch k.service {
	case "dynamodb":
		list = append(list, allow("Allow DynamoDB Service with service principal name dynamodb.amazonaws.com to describe the key directly",
			map[string]string{"Service": "dynamodb.amazonaws.com"}, managedRead))
	case "secretsmanager":
		list = slices.Insert(list, 1, replicating(through, key.Account))
		list[0].Action = without(list[0].Action, "kms:GenerateDataKey*")
	}
	return map[string]any{"Version": "2012-10-17", "Id": "auto-" + k.service, "Statement": list}
}

// replicating is the statement that lets Secrets Manager of any Region make data
// keys, for replicas of secrets.
func replicating(sid, account string) statement {
	s := allow(sid, map[string]string{"AWS": "*"}, []string{"kms:GenerateDataKey*"})
	s.Condition = map[string]map[string]string{
		"StringEquals": {"kms:CallerAccount": account},
		"StringLike":   {"kms:ViaService": "secretsmanager.*.amazonaws.com"},
	}
	return s
}

func allow(sid string, principal map[string]string, actions []string) statement {
	return statement{Sid: sid, Effect: "Allow", Principal: principal, Action: actions, Resource: "*"}
}

func without(list []string, word string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == word })
}
