package evaluate

import (
	"fmt"
	"testing"

	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// usual makes the situation of the benchmarks: a role of the key's account, a key
// policy of five statements, three IAM policies, ten condition keys.
func usual(t testing.TB, viaService string) (*Key, *Caller, *Request) {
	t.Helper()
	keyPolicy := must(policy.ParseKeyPolicy([]byte(`{"Version": "2012-10-17", "Statement": [
  {"Sid": "EnableIAM", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"},
  {"Sid": "Administrators", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/admin"},
   "Action": ["kms:Create*", "kms:Describe*", "kms:Enable*", "kms:List*", "kms:Put*", "kms:ScheduleKeyDeletion"], "Resource": "*",
   "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}},
  {"Sid": "Logs", "Effect": "Allow", "Principal": {"Service": "logs.us-east-1.amazonaws.com"},
   "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"], "Resource": "*",
   "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:us-east-1:111122223333:log-group:*"}}},
  {"Sid": "Grants", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"},
   "Action": ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"], "Resource": "*",
   "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}}},
  {"Sid": "OurOrganization", "Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*",
   "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-example"}, "Bool": {"aws:PrincipalIsAWSService": "false"}}}]}`), nil))
	var policies []*policy.IAMPolicy
	for i, text := range []string{
		`{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::orders/*"},
  {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}]}`,
		`{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
   "Resource": "arn:aws:kms:us-east-1:111122223333:key/*", "Condition": {
   "StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"},
   "StringLike": {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::orders/*"}}}}`,
		`{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "NotAction": ["iam:*", "sts:*"], "Resource": "*",
   "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["us-east-1", "us-west-2"]}}}}`,
	} {
		policies = append(policies, must(policy.ParseIAMPolicy([]byte(text), &policy.ParseOptions{Name: fmt.Sprint("policy-", i)})))
	}
	key := must(NewKey(KeyConfig{ARN: ownKy, Policy: keyPolicy, Aliases: []string{"alias/orders"}, Tags: map[string]string{"Owner": "platform"}}))
	caller := must(NewCaller(CallerConfig{
		ARN: who("sess"), RoleARN: who("app"), UniqueID: "AROAEXAMPLE", IAMPolicies: policies,
		Organization: Organization{ID: "o-example", Path: "o-example/r-ab12/"}, Tags: map[string]string{"team": "orders"},
	}))
	request := must(NewRequest(RequestConfig{
		Action: action.Decrypt, ViaService: viaService,
		EncryptionContext: map[string]string{"aws:s3:arn": "arn:aws:s3:::orders/2026/01/02.json"},
		Context: map[string][]string{"aws:MultiFactorAuthPresent": {"false"}, "aws:SourceIp": {"203.0.113.7"}, "aws:UserAgent": {"aws-sdk-go"},
			"aws:TokenIssueTime": {"2026-01-02T03:04:05Z"}, "aws:SecureTransport": {"true"}},
	}))
	return key, caller, request
}

// usualVia is the service of the benchmarks by which the request is allowed or
// denied.
var usualVia = []struct {
	name, via string
	allowed   bool
}{{"Allow", "s3.us-east-1.amazonaws.com", true}, {"Deny", "sqs.us-east-1.amazonaws.com", false}}

func BenchmarkExplain(b *testing.B) {
	for _, c := range usualVia {
		key, caller, request := usual(b, c.via)
		d := Decide(key, caller, request)
		if d.Allowed() != c.allowed {
			b.Fatal(d)
		}
		b.Run(c.name+"/Decide", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Decide(key, caller, request)
			}
		})
		b.Run(c.name+"/Explain", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				d.Explain()
			}
		})
		e := d.Explain()
		b.Run(c.name+"/Text", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				e.Text()
			}
		})
		b.Run(c.name+"/JSON", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := e.MarshalJSON(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
