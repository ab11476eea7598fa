package scenario_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/kmsauthz/kmsauthz/evaluate/scenario"
	"github.com/kmsauthz/kmsauthz/policy"
)

// allowsIf returns an IAM policy that allows all under a condition.
func allowsIf(condition string) string {
	return `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {` + condition + `}}}`
}

// allowsOn returns an IAM policy that allows all on a resource.
func allowsOn(resource string) string {
	return `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": ` + quote(resource) + `}}`
}

// TestRedactComparisons has one line per way in which names are compared, with names that are hit
// and names that are nearly hit. With other names each must come out the same.
func TestRedactComparisons(t *testing.T) {
	tags := func(team string) draft { return draft{caller: `"tags": {"team": ` + quote(team) + `}`} }
	user := func(name string) draft {
		return draft{caller: `"arn": "arn:aws:iam::111122223333:user/` + name + `"`}
	}
	given := func(context string) draft { return draft{request: `"context": {` + context + `}`} }
	const team, principal = `"aws:PrincipalTag/team"`, `"aws:PrincipalArn"`
	for _, c := range []struct {
		draft
		condition string
		want      bool
	}{
		{tags("red"), `"StringEquals": {` + team + `: "red"}`, true},
		{tags("red"), `"StringEquals": {` + team + `: "Red"}`, false},
		{tags("red"), `"StringEqualsIgnoreCase": {` + team + `: "RED"}`, true},
		{tags("reD-1"), `"StringEqualsIgnoreCase": {` + team + `: "Red-1"}`, true},
		{tags("red"), `"StringEquals": {"AWS:PRINCIPALTAG/TEAM": "red"}`, true},
		{tags("red"), `"StringNotEquals": {` + team + `: ["blue", "green"]}`, true},
		{tags(""), `"StringEquals": {` + team + `: ""}`, true},
		{tags("production"), `"StringLike": {` + team + `: "prod*"}`, true},
		{tags("Production"), `"StringLike": {` + team + `: "prod*"}`, false},
		{tags("preprod"), `"StringLike": {` + team + `: "prod*"}`, false},
		{tags("preprod"), `"StringLike": {` + team + `: "*prod"}`, true},
		{tags("preprods"), `"StringLike": {` + team + `: ["*prod", "pr?"]}`, false},
		{tags("preprods"), `"StringLike": {` + team + `: "*prod*"}`, true},
		{tags("preprods"), `"StringLike": {` + team + `: "p*ep*ds"}`, true},
		{tags("aaab"), `"StringLike": {` + team + `: "*aab"}`, true},
		{tags("red"), `"StringLike": {` + team + `: "r?d"}`, true},
		{tags("read"), `"StringLike": {` + team + `: "r?d"}`, false},
		{tags("read"), `"StringLike": {` + team + `: "r??d"}`, true},
		{tags("red-1"), `"StringLike": {` + team + `: "???-?"}`, true},
		{tags("größe"), `"StringLike": {` + team + `: "gr??e"}`, true},
		{tags("r*d"), `"StringEquals": {` + team + `: "r*d"}`, true},
		{tags("red"), `"StringEquals": {` + team + `: "r*d"}`, false},
		{tags("r*"), `"StringLike": {` + team + `: "r${*}"}`, true},
		{tags("red"), `"StringLike": {` + team + `: "r${*}"}`, false},
		{tags("app"), `"StringLike": {` + principal + `: "arn:aws:iam::*:role/${aws:PrincipalTag/team}"}`, true},
		{tags("other"), `"StringLike": {` + principal + `: "arn:aws:iam::*:role/${aws:PrincipalTag/team}"}`, false},
		{tags("ap"), `"StringLike": {` + principal + `: "arn:aws:iam::*:role/${aws:PrincipalTag/team}p"}`, true},
		{tags("ap"), `"StringLike": {` + principal + `: "arn:aws:iam::*:role/${aws:PrincipalTag/team}*"}`, true},
		{tags("p"), `"StringLike": {` + principal + `: "arn:aws:iam::*:role/*${aws:PrincipalTag/team}"}`, true},
		{tags("a"), `"StringLike": {` + principal + `: "arn:aws:iam::*:role/${aws:PrincipalTag/team}${aws:PrincipalTag/rest, 'pp'}"}`, true},
		{tags("x"), `"StringLike": {` + principal + `: "arn:aws:iam::*:role/${aws:PrincipalTag/nothing, 'app'}"}`, true},
		{draft{caller: `"tags": {"team": "red", "Owner": "red"}`}, `"StringEquals": {` + team + `: "${aws:PrincipalTag/owner}"}`, true},
		{tags("SYMMETRIC_DEFAULT"), `"StringEquals": {"kms:KeySpec": "${aws:PrincipalTag/team}"}, "StringLike": {"kms:KeyOrigin": "AWS_*"}, "StringLikeIfExists": {"kms:KeySpec": "SYMM*"}`, true},

		{user("app-1"), `"ArnLike": {` + principal + `: "arn:aws:iam::*:user/app-*"}`, true},
		{user("App-1"), `"ArnLike": {` + principal + `: "arn:aws:iam::*:user/app-*"}`, false},
		{user("dev/app"), `"ArnLike": {` + principal + `: "arn:aws:iam::*:user/*/app"}`, true},
		{user("dev/app"), `"ArnLike": {` + principal + `: "arn:aws:iam::*:user/app"}`, false},
		{user("dev/app"), `"StringEquals": {"aws:username": "app"}`, true},
		{draft{caller: `"arn": "arn:aws:iam::111122223333:user/app", "tags": {"team": "apple"}`}, `"StringLike": {` + team + `: "${aws:username}*"}`, true},
		{user("user"), `"StringEquals": {"aws:username": "user"}`, true},
		{user("a"), `"ArnLike": {` + principal + `: "arn:aws:iam::1111*:user/a"}`, true},
		{user("a"), `"ArnLike": {` + principal + `: "arn:aws:iam::1112*:user/a"}`, false},
		{user("a"), `"ArnLike": {` + principal + `: "arn:aws:iam::????????3333:user/a"}`, true},
		{user("a"), `"StringEquals": {"aws:PrincipalAccount": 111122223333}`, true},
		{user("a"), `"StringEquals": {"aws:PrincipalAccount": [111122223334, "444455556666"]}`, false},
		{user("a"), `"StringEquals": {"aws:PrincipalAccount": "${aws:ResourceAccount}"}`, true},

		{draft{caller: `"arn": "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_12ab/jane@acme", "roleArn": "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_12ab"`},
			`"ArnLike": {` + principal + `: "arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_Admin_*"}`, true},
		{draft{caller: `"arn": "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_12ab/jane@acme", "uniqueId": "AROAEXAMPLE:jane@acme"`},
			`"StringLike": {"aws:userid": "AROAEXAMPLE:*", ` + principal + `: "*Reserved*Admin*"}`, true},
		{draft{caller: `"arn": "arn:aws:sts::111122223333:assumed-role/app/jane", "uniqueId": "AROAEXAMPLE"`}, `"StringEquals": {"aws:userid": "AROAEXAMPLE:jane"}`, true},

		{given(`"aws:SourceIp": "10.1.2.3"`), `"IpAddress": {"aws:SourceIp": ["192.168.0.0/16", "10.0.0.0/8"]}`, true},
		{given(`"aws:SourceIp": "11.1.2.3"`), `"IpAddress": {"aws:SourceIp": ["192.168.0.0/16", "10.0.0.0/8"]}`, false},
		{given(`"aws:SourceIp": "10.1.2.3"`), `"NotIpAddress": {"aws:SourceIp": ["10.1.2.2/31", "10.1.2.4"]}`, false},
		{given(`"aws:SourceIp": "10.1.2.3"`), `"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}`, true},
		{given(`"aws:SourceIp": "::ffff:10.1.2.3"`), `"IpAddress": {"aws:SourceIp": "10.1.2.0/24"}`, true},
		{given(`"aws:SourceIp": "2001:db8::7"`), `"IpAddress": {"aws:SourceIp": "2001:DB8::/32"}`, true},
		{given(`"aws:SourceIp": "10.1.2.3"`), `"StringLike": {"aws:SourceIp": "10.1.*"}`, true},
		{given(`"aws:SourceIp": "10.2.2.3"`), `"StringLike": {"aws:SourceIp": "10.1.*"}`, false},

		{draft{caller: `"tags": {"level": "7"}`}, `"NumericLessThan": {"aws:PrincipalTag/level": "10"}`, true},
		{draft{caller: `"tags": {"level": "07", "team": "7"}`}, `"NumericLessThan": {"aws:PrincipalTag/level": 7.5}, "StringEquals": {` + team + `: 7}`, true},
		{draft{caller: `"tags": {"level": "high"}`}, `"NumericLessThan": {"aws:PrincipalTag/level": "10"}`, false},
		{tags("2025-12-31"), `"DateLessThan": {` + team + `: "2026-01-01T00:00:00Z"}`, true},
		{tags("2025"), `"DateLessThan": {` + team + `: "2026-01-01T00:00:00Z"}`, true},
		{draft{request: `"time": "2026-01-02T03:04:05Z"`}, `"StringLike": {"aws:CurrentTime": "2026-01-02*"}, "NumericGreaterThan": {"aws:EpochTime": 1767323044}`, true},
		{given(`"aws:MultiFactorAuthAge": "299"`), `"NumericLessThan": {"aws:MultiFactorAuthAge": "300"}`, true},
		{tags("True"), `"Bool": {` + team + `: true}`, true},
		{tags("yes"), `"Bool": {` + team + `: "true"}`, false},
		{given(`"acme:Blob": "cmVk"`), `"BinaryEquals": {"acme:Blob": "cmVk"}`, true},
		{given(`"acme:Blob": "cmVk"`), `"BinaryEquals": {"acme:Blob": "Ymx1ZQ=="}`, false},
		{given(`"acme:Blob": "cmVk"`), `"Null": {"ACME:blob": "false", "acme:blot": true}`, true},
		{given(`"acme:Colours": ["red", "blue"]`), `"ForAllValues:StringLike": {"acme:colours": ["r*", "*ue"]}`, true},
		{given(`"acme:Colours": ["red", "blue", "grey"]`), `"ForAllValues:StringLike": {"acme:colours": ["r*", "*ue"]}`, false},
		{given(`"acme:Colours": ["red", "blue"]`), `"ForAnyValue:StringNotEquals": {"acme:colours": "red"}`, true},

		{draft{request: `"region": "us-east-1"`}, `"StringLike": {"aws:RequestedRegion": ["eu-*", "us-*"]}`, true},
		{draft{request: `"region": "us-east-1"`}, `"StringEqualsIgnoreCase": {"aws:RequestedRegion": "US-EAST-1", "kms:KeySpec": "symmetric_default"}`, true},
		{draft{request: `"viaService": "s3.us-east-1.amazonaws.com"`}, `"StringLike": {"kms:ViaService": ["sqs.*", "s3.*.amazonaws.com"]}, "StringEquals": {"aws:CalledViaFirst": "s3.amazonaws.com"}`, true},
		{draft{request: `"viaService": "s3.us-east-1.amazonaws.com"`}, `"StringLike": {"kms:ViaService": "sqs.*"}`, false},
		{draft{request: `"sourceArn": "arn:aws:s3:::acme-logs"`}, `"ArnLike": {"aws:SourceArn": "arn:aws:s3:::acme-*"}`, true},
		{draft{request: `"sourceArn": "arn:aws:s3:::role"`}, `"ArnLike": {"aws:SourceArn": "arn:aws:s3:::ro*"}`, true},
		{draft{request: `"sourceArn": "arn:aws:sns:us-east-1:444455556666:jobs"`}, `"StringEquals": {"aws:SourceAccount": "444455556666"}`, true},
		{draft{request: `"vpcEndpoint": {"id": "vpce-0abc1"}`}, `"StringLike": {"aws:SourceVpce": "vpce-0abc*"}`, true},
		{draft{caller: `"organization": {"id": "o-acme", "path": "o-acme/r-ab12/ou-ab12-1/"}`}, `"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-acme/r-ab12/ou-ab12-*/"}, "StringEquals": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}`, true},

		{draft{key: `"aliases": ["alias/app/orders", "alias/aws/s3"]`, request: `"keyId": "alias/app/orders"`}, `"ForAnyValue:StringLike": {"kms:ResourceAliases": "alias/app*"}, "StringEquals": {"kms:RequestAlias": "alias/app/orders"}`, true},
		{draft{key: `"aliases": ["alias/orders"]`}, `"ForAnyValue:StringLike": {"kms:ResourceAliases": ["alias/aws/*", "alias/order"]}`, false},
		{draft{key: `"tags": {"Env": "prod"}`}, `"StringEquals": {"aws:ResourceTag/env": "prod"}`, true},
		{draft{request: `"encryptionContext": {"aws:s3:arn": "arn:aws:s3:::acme/x", "Tenant": "a"}`}, `"ForAllValues:StringLike": {"kms:EncryptionContextKeys": ["aws:s3:*", "Tenant"]}, "StringEquals": {"kms:EncryptionContext:tenant": "a"}, "StringLike": {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::acme/*"}`, true},
		{draft{request: `"encryptionContext": {"Tenant": "a", "tenant": "b"}`}, `"StringEquals": {"kms:EncryptionContext:TENANT": "b"}, "ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["Tenant", "tenant"]}`, true},
		{draft{request: `"encryptionContext": {"Tenant": "a"}`}, `"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": "tenant"}`, false},
	} {
		c.caller = strings.TrimPrefix(c.caller+`, "iamPolicies": [`+allowsIf(c.condition)+"]", ", ")
		doc := c.String()
		if got := parse(t, doc).Decide().Allowed(); got != c.want {
			t.Errorf("%s: allowed is %v, want %v", doc, got, c.want)
			continue
		}
		redacted, err := scenario.Redact([]byte(doc), nil)
		if err != nil {
			t.Errorf("%s: %v", doc, err)
			continue
		}
		checkRedacted(t, doc, string(redacted))
	}
}

// TestRedactResources has resources of statements that cover the key, or nearly do.
func TestRedactResources(t *testing.T) {
	for _, c := range []struct {
		id, resource string
		want         bool
	}{
		{"1234abcd-12ab-34cd-56ef-1234567890ab", "arn:aws:kms:*:111122223333:key/1234abcd-*", true},
		{"1234abcd-12ab-34cd-56ef-1234567890ab", "arn:aws:kms:*:111122223333:key/1234*", true},
		{"1234abcd-12ab-34cd-56ef-1234567890ab", "arn:aws:kms:*:111122223333:key/1235*", false},
		{"1234abcd-12ab-34cd-56ef-1234567890ab", "arn:aws:kms:us-east-?:*:key/????????-????-????-????-*", true},
		{"mrk-1234abcd", "arn:aws:kms:*:*:key/mrk-*", true},
		{"mrk-1234abcd", "arn:aws:kms:*:444455556666:key/mrk-*", false},
		{"red", "arn:aws:kms:us-east-1:111122223333:key/${aws:PrincipalTag/team}", true},
		{"blue", "arn:aws:kms:us-east-1:111122223333:key/${aws:PrincipalTag/team}", false},
		{"red", "arn:aws:kms:us-east-1:${aws:PrincipalAccount}:key/*", false},
		{"red", "arn:aws:kms:${aws:RequestedRegion}:111122223333:key/red", false},
		{"red", "arn:aws:kms:us-*", true},
		{"red", "arn:*:key/red", false},
		{"red", "*/r*", true},
		{"key", "arn:aws:kms:us-east-1:111122223333:*", true},
		{"key/key", "arn:aws:kms:us-east-1:111122223333:key/key/k?y", true},
	} {
		doc := draft{
			metadata: `"Arn": "arn:aws:kms:us-east-1:111122223333:key/` + c.id + `"`,
			caller:   `"tags": {"team": "red"}, "iamPolicies": [` + allowsOn(c.resource) + "]",
		}.String()
		if got := parse(t, doc).Decide().Allowed(); got != c.want {
			t.Errorf("%s: allowed is %v, want %v", doc, got, c.want)
			continue
		}
		redacted, err := scenario.Redact([]byte(doc), nil)
		if err != nil {
			t.Errorf("%s: %v", doc, err)
			continue
		}
		checkRedacted(t, doc, string(redacted))
	}
}

// everything has a name in every place that a scenario has for one. Each word that somebody chose
// begins with "zq" or is a number that begins with 60.
const everything = `{
  "name": "zqtitle of 600000001111",
  "key": {
    "metadata": {"KeyMetadata": {"AWSAccountId": "600000001111", "KeyId": "60aa60aa-60bb-60cc-60dd-60ee60ee60ee",
      "Arn": "arn:aws:kms:eu-west-1:600000001111:key/60aa60aa-60bb-60cc-60dd-60ee60ee60ee", "Description": "zqdescription", "CreationDate": 1.683e9,
      "Enabled": true, "CustomKeyStoreId": "cks-zqstore", "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"], "MultiRegion": true,
      "MultiRegionConfiguration": {"MultiRegionKeyType": "REPLICA", "PrimaryKey": {"Arn": "arn:aws:kms:us-east-1:600000001111:key/60aa60aa-60bb-60cc-60dd-60ee60ee60ee", "Region": "us-east-1"}},
      "ZqField": {"zqinner": ["zqdeep", 600000001111, 60001]}, "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT"}},
    "policy": {"PolicyName": "default", "Policy": "{\n \"Version\": \"2012-10-17\", \"Id\": \"zqid\",\n \"Statement\": [{\"Sid\": \"ZqSid600000001111\", \"Effect\": \"Allow\", \"Principal\": {\"AWS\": [\"arn:aws:iam::600000001111:root\", \"600000002222\", \"AROAZQONE\"], \"Service\": [\"logs.eu-west-1.amazonaws.com\"], \"Federated\": \"zqidp.example.com\", \"CanonicalUser\": \"60zqcanonical\"}, \"Action\": \"kms:*\", \"Resource\": \"*\"},\n {\"Sid\": \"Zq\\u00fc \\\"\\/\", \"Effect\": \"Deny\", \"NotPrincipal\": {\"AWS\": \"arn:aws:iam::600000001111:root\"}, \"NotAction\": \"kms:*\", \"NotResource\": \"arn:aws:kms:*:*:key/zqnone\"}]}"},
    "grants": {"Grants": [{"GrantId": "60zqgrant", "Name": "zqname", "KeyId": "60aa60aa-60bb-60cc-60dd-60ee60ee60ee", "GranteePrincipal": "arn:aws:sts::600000001111:assumed-role/zqrole/zqsession",
      "RetiringServicePrincipal": "dynamodb.eu-west-1.amazonaws.com", "IssuingAccount": "arn:aws:iam::600000003333:root", "Operations": ["Decrypt"], "CreationDate": "2026-01-02T03:04:05+00:00",
      "Constraints": {"EncryptionContextSubset": {"zqkey": "zqvalue", "aws:ebs:id": "vol-60zqvolume"}, "SourceArn": "arn:aws:sns:*:600000001111:zqtopic*"}, "Token": "zqtoken+60/==", "Status": "pending", "_zqnote": "zqremark"}],
      "Truncated": false, "NextMarker": "zqmarker"},
    "aliases": ["alias/zqalias/zqsub", "alias/aws/s3"],
    "tags": {"zqtag": "zqtagvalue", "aws:cloudformation:stack-name": "zqstack"},
    "organization": {"id": "o-zqorg", "path": "o-zqorg/r-60zq/ou-60zq-zqou/"},
    "resourceControlPolicies": [[{"name": "zqrcp", "policy": {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-zqother"}}}}}]]
  },
  "caller": {
    "arn": "arn:aws:sts::600000001111:assumed-role/zqrole/zqsession@zqmail.example",
    "roleArn": "arn:aws:iam::600000001111:role/zqpath/zqrole",
    "uniqueId": "AROAZQONE:zqsession@zqmail.example",
    "tags": {"zqteam": "zqred", "zqlevel": "3"},
    "organization": {"id": "o-zqorg"},
    "iamPolicies": [{"name": "zqpolicy", "policy": {"Version": "2012-10-17", "Statement": [
      {"Sid": "ZqAllow", "Effect": "Allow", "Action": ["kms:Decrypt", "s3:GetObject"], "Resource": ["arn:aws:kms:*:600000001111:key/*", "arn:aws:kms:eu-west-1:600000001111:alias/zqalias/*"],
       "Condition": {"StringEquals": {"aws:PrincipalTag/zqteam": ["zqred", "${aws:ResourceTag/zqtag, 'zqdefault'}"], "kms:EncryptionContext:zqkey": "zqvalue", "zqvendor:ZqKey": "zqx"},
         "StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/zqpath/zqro*", "kms:ViaService": "s3.*.amazonaws.com"}, "NumericLessThan": {"aws:PrincipalTag/zqlevel": 4},
         "IpAddressIfExists": {"aws:VpcSourceIp": "60.6.0.0/16"}, "BinaryEqualsIfExists": {"zqvendor:blob": "enFibG9i"},
         "ForAnyValue:StringEquals": {"aws:TagKeys": ["zqtag", "aws:createdBy"]}}}]}}],
    "permissionsBoundary": {"Version": "2012-10-17", "Id": "zqboundary", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}},
    "sessionPolicies": ["{\"Version\": \"2012-10-17\", \"Statement\": {\"Sid\": \"ZqSession\", \"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\"}}"],
    "serviceControlPolicies": [[{"name": "FullAWSAccess", "policy": {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}}]]
  },
  "request": {
    "action": "kms:Decrypt", "region": "eu-west-1", "keyId": "arn:aws:kms:eu-west-1:600000001111:alias/zqalias/zqsub", "viaService": "s3.eu-west-1.amazonaws.com",
    "sourceArn": "arn:aws:s3:::zqbucket", "sourceAccount": "600000004444", "encryptionContext": {"zqkey": "zqvalue", "aws:s3:arn": "arn:aws:s3:::zqbucket/zqobject"},
    "grantTokens": ["zqtoken+60/=="], "grantId": "60zqgrant",
    "context": {"aws:SourceVpc": "vpc-60zqvpc", "aws:UserAgent": "zqagent/60.0", "zqvendor:zqkey": ["zqx"], "aws:TagKeys": "zqtag", "aws:MultiFactorAuthPresent": "true"}
  },
  "expect": {"name": "zqtitle of 600000001111", "decision": "allow", "via": {"policy": "zqpolicy", "sid": "ZqAllow", "statement": 0, "detail": "statement 0 (ZqAllow) of zqpolicy allows kms:Decrypt"},
    "blockers": [], "awsError": {"message": "zqmessage for role zqrole"}, "fixes": null}
}`

// TestRedactEverything redacts a scenario that has all kinds of names. None is left; AWS's words
// are all there.
func TestRedactEverything(t *testing.T) {
	redacted := redact(t, everything)
	checkRedacted(t, everything, redacted)
	for _, line := range strings.Split(redacted, "\n") {
		for _, word := range anyWord.FindAllString(line, -1) {
			if lower := strings.ToLower(word); strings.Contains(lower, "zq") || strings.HasPrefix(word, "60") && len(word) > 2 {
				t.Errorf("%q is left in %s", word, line)
			}
		}
	}
	for _, want := range []string{
		`:root\", \"`, `\"Service\": [\"logs.eu-west-1.amazonaws.com\"]`, `"dynamodb.eu-west-1.amazonaws.com"`, `"arn:aws:kms:eu-west-1:`, `"CreationDate": 1.683e9`,
		`"2026-01-02T03:04:05+00:00"`, `["SYMMETRIC_DEFAULT"]`, `"Region": "us-east-1"`, `\"AROA`, `"alias/aws/s3"`, `"aws:cloudformation:stack-name"`, `{"id": "o-`, `/r-`, `/ou-`,
		`"aws:ebs:id": "vol-`, `"name": "FullAWSAccess"`, `"kms:ViaService": "s3.*.amazonaws.com"`, `"NumericLessThan": {"aws:PrincipalTag/`, `: 4}`, `": "3"}`, `.0.0/16"`,
		`"aws:createdBy"`, `"aws:s3:arn": "arn:aws:s3:::`, `"vpc-`, `"aws:MultiFactorAuthPresent": "true"`, `"kms:EncryptionContext:`, `["kms:Decrypt", "s3:GetObject"]`, `"arn:aws:iam::*:role/`,
		`"PolicyName": "default"`, `\"Action\": \"kms:*\"`, "2012-10-17", `"statement": 0`, `"fixes": null`,
	} {
		if !strings.Contains(redacted, want) {
			t.Errorf("%s is not in %s", want, redacted)
		}
	}
}

// TestRedactExpectation keeps what Check finds: expectations that are met with the very texts of
// the decision, and the others.
func TestRedactExpectation(t *testing.T) {
	for _, c := range []struct {
		expect string
		differ []string
	}{
		{`{"decision": "allow", "via": {"layer": "iam-policy", "policy": "#0", "statement": 0, "line": 3, "column": 100, "detail": "statement 0 of #0 allows kms:Decrypt"}}`, nil},
		{`{"decision": "allow", "reason": "", "via": {"policy": "#1", "sid": null, "detail": "statement 1 of #0 allows kms:Decrypt"}}`, []string{"via.policy", "via.detail"}},
		{`{"decision": "deny", "blockers": [{"sid": "app"}], "awsError": {"code": "AccessDeniedException", "message": "for app"}}`, []string{"decision", "blockers", "awsError"}},
		{`{"name": "app", "divergence": "", "fixes": []}`, nil},
		{`{"name": "App"}`, []string{"name"}},
	} {
		doc := draft{root: `"name": "app", "expect": ` + c.expect}.String()
		for _, doc := range []string{doc, strings.NewReplacer("\n", " ", `"line": 3`, `"line": 1`).Replace(doc)} {
			via, _ := parse(t, doc).Decide().Via()
			at, _ := via.Position()
			doc = strings.Replace(doc, "100", strconv.Itoa(at.Column), 1)
			redacted := redact(t, doc)
			checkRedacted(t, doc, redacted)
			if got := differing(parse(t, doc)); !cmp.Equal(got, c.differ) {
				t.Fatalf("%s: %q differ, want %q", doc, got, c.differ)
			}
			if got := differing(parse(t, redacted)); !cmp.Equal(got, c.differ) {
				t.Errorf("%s: %q differ, want %q", redacted, got, c.differ)
			}
		}
	}
}

func differing(s *scenario.Scenario) []string {
	var paths []string
	for _, diff := range s.Check(s.Decide()) {
		paths = append(paths, diff.Path)
	}
	return paths
}

// TestRedactRefuses has scenarios in which names are compared as renaming does not keep.
func TestRedactRefuses(t *testing.T) {
	for _, c := range []draft{
		{request: `"context": {"aws:SourceIp": "10.1.2.3"}`, caller: `"iamPolicies": [` + allowsIf(`"StringLike": {"aws:SourceIp": "*.3"}`) + "]"},
		{caller: `"iamPolicies": [` + allowsIf(`"StringLike": {"aws:PrincipalArn": "*:ro*"}`) + "]"},
	} {
		if out, err := scenario.Redact([]byte(c.String()), nil); !errors.Is(err, scenario.ErrNotRedacted) || out != nil {
			t.Errorf("%s: got %s, %v", c, out, err)
		}
	}
}

// TestRedactErrors checks that a document that cannot be read gives Parse's errors, and that these
// can be shown.
func TestRedactErrors(t *testing.T) {
	for _, c := range []struct{ doc, want string }{
		{"{", `s.json:1:2: this is not JSON`},
		{"\"\xff\"", `s.json:1:2: this is not Unicode text`},
		{strings.Repeat("[", 200), `s.json:1:129: lists and objects are nested too deeply`},
		{draft{caller: `"arn": "acme"`}.String(), `s.json:2:19: caller.arn: the value cannot be read`},
		{draft{key: `"tags": {"acme": 5}`}.String(), `s.json:1:27: key.tags: the value has the wrong JSON type`},
		{draft{root: `"acme": 5`}.String(), "s.json:1:2: there is no such field"},
		{draft{root: `"expect": {"via": {"acme": 5, "sid": 5}}`}.String(), "s.json:1:21: expect.via: there is no such field\ns.json:1:39: expect.via.sid: the value has the wrong JSON type"},
		{draft{key: `"policy": {"Statement": [{"Effect": "Acme", "Condition": {"StringEqual": {"acme": 1}}, "Acme": 1}]}`}.String(),
			"s.json:1:46: key.policy.Statement[0].Effect: the value cannot be read\ns.json:1:68: key.policy.Statement[0].Condition: this is no condition operator\n" +
				"s.json:1:97: key.policy.Statement[0]: there is no such field"},
		{draft{request: `"context": {"aws:PrincipalArn": "acme"}`}.String(), "s.json:3:45: request.context: this contradicts another part of the document"},
	} {
		opts := &policy.ParseOptions{File: "s.json"}
		_, want := scenario.Parse([]byte(c.doc), opts)
		_, err := scenario.Redact([]byte(c.doc), opts)
		if err == nil || err.Error() != want.Error() {
			t.Errorf("%s: got %v, want %v", c.doc, err, want)
			continue
		}
		var all policy.Errors
		if got := scenario.RedactErrors(err); got.Error() != c.want || !errors.As(got, &all) {
			t.Errorf("%s: got %v, want %s", c.doc, got, c.want)
		}
	}
	if got := scenario.RedactErrors(scenario.ErrNotRedacted); got != scenario.ErrNotRedacted {
		t.Errorf("got %v, want %v", got, scenario.ErrNotRedacted)
	}
}

// TestRedactErrorsHaveMeanings checks that each code says something.
func TestRedactErrorsHaveMeanings(t *testing.T) {
	for _, code := range []policy.Code{policy.CodeSyntax, policy.CodeNotUTF8, policy.CodeTooLarge, policy.CodeTooDeep, policy.CodeTooManyFaults,
		policy.CodeDuplicateMember, policy.CodeUnknownMember, policy.CodeMissingMember, policy.CodeForbiddenMember, policy.CodeContradiction,
		policy.CodeWrongType, policy.CodeBadValue, policy.CodeBadOperator} {
		got := scenario.RedactErrors(policy.Errors{{Code: code, Text: "acme"}}).Error()
		if strings.Contains(got, "acme") || strings.Contains(got, string(code)) {
			t.Errorf("%s: got %s", code, got)
		}
	}
}

// TestRedactorText renames messages about a scenario as the scenario.
func TestRedactorText(t *testing.T) {
	doc := draft{
		root:   `"name": "app"`,
		caller: `"arn": "arn:aws:sts::111122223333:assumed-role/app/jane.doe", "tags": {"policy": "the"}`,
		key:    `"aliases": ["alias/orders"]`,
	}.String()
	r := scenario.NewRedactor()
	if got, want := r.Text("role/app"), "role/balan"; got != want {
		t.Errorf("before any scenario: got %q, want %q", got, want)
	}
	out, err := r.Scenario([]byte(doc), nil)
	if err != nil {
		t.Fatal(err)
	}
	s := parse(t, string(out))
	for _, c := range []struct{ text, want string }{
		{"User: arn:aws:sts::111122223333:assumed-role/app/jane.doe is not authorized to perform: kms:Decrypt on resource: " + keyARN +
			" because no resource-based policy allows the kms:Decrypt action",
			"User: " + s.Caller.ARN() + " is not authorized to perform: kms:Decrypt on resource: " + s.Key.ARN() +
				" because no resource-based policy allows the kms:Decrypt action"},
		{"An error occurred (AccessDeniedException) when calling the Decrypt operation: with an explicit deny in a service control policy: " +
			"arn:aws:organizations::111122223333:policy/o-acme/service_control_policy/p-freeze",
			"An error occurred (AccessDeniedException) when calling the Decrypt operation: with an explicit deny in a service control policy: " +
				"arn:aws:organizations::" + s.Caller.Account() + ":policy/o-bolan/service_control_policy/p-jovix"},
		{"operation error KMS: Decrypt, https response error StatusCode: 400, NotFoundException: Alias alias/orders is not found.",
			"operation error KMS: Decrypt, https response error StatusCode: 400, NotFoundException: Alias alias/ralas is not found."},
		{"because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access",
			"because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access"},
		{"", ""},
	} {
		if got := r.Text(c.text); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
	leaked := r.Text("Acme's Jane told 111122223333 that policy of orders-prod at jane@acme.example, 10.1.2.3 failed")
	for _, word := range []string{"acme", "jane", "1111", "orders", "prod", "10.1"} {
		if strings.Contains(strings.ToLower(leaked), word) {
			t.Errorf("%q is left in %q", word, leaked)
		}
	}
}

// TestRedactorRemembers redacts two scenarios that have names in common.
func TestRedactorRemembers(t *testing.T) {
	first := draft{caller: `"arn": "arn:aws:iam::111122223333:role/reports"`}.String()
	second := draft{caller: `"arn": "arn:aws:iam::444455556666:role/reports", "tags": {"a": "b"}`}.String()
	r := scenario.NewRedactor()
	var all []*scenario.Scenario
	for _, doc := range []string{first, second, first} {
		out, err := r.Scenario([]byte(doc), nil)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, parse(t, string(out)))
	}
	if got, want := all[1].Key.ARN(), all[0].Key.ARN(); got != want {
		t.Errorf("the key: got %s, then %s", want, got)
	}
	if got, want := all[2].Caller.ARN(), all[0].Caller.ARN(); got != want {
		t.Errorf("the caller: got %s, then %s", want, got)
	}
	_, role, _ := strings.Cut(all[0].Caller.ARN(), ":role/")
	if a, b := all[0].Caller.Account(), all[1].Caller.Account(); a == b || !strings.HasSuffix(all[1].Caller.ARN(), b+":role/"+role) {
		t.Errorf("got %s and %s", all[0].Caller.ARN(), all[1].Caller.ARN())
	}
}

// TestRedactManyGrants redacts a key with as many grants as one can have, of which no two are
// equal, and of which patterns show parts.
func TestRedactManyGrants(t *testing.T) {
	const number = 50_000
	var b strings.Builder
	for i := range number {
		fmt.Fprintf(&b, `%s{"GrantId": "g%dx", "Token": "t%d+/%d=", "GranteePrincipal": "arn:aws:iam::111122223333:role/team-%d/App%d", "Operations": ["Decrypt"]}`,
			strings.Repeat(",\n", min(i, 1)), i, i, i, i%100, i)
	}
	doc := draft{key: `"grants": [` + b.String() + "]", caller: `"iamPolicies": [` + allowsIf(`"ArnLike": {"aws:PrincipalArn": ["arn:aws:iam::*:role/*/App4*", "*pp77*"]}`) + "]"}.String()
	redacted := redact(t, doc)
	if got, want := outlineOf(t, redacted), outlineOf(t, doc); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	seen := make(map[string]bool)
	for _, g := range decoded(t, redacted).Key.Grants {
		seen[g.GranteePrincipal] = true
		seen[g.GrantID] = true
	}
	if len(seen) != 2*number {
		t.Errorf("%d names are different, want %d", len(seen), 2*number)
	}
}

type grantNames struct {
	Key struct {
		Grants []struct {
			GrantID          string `json:"GrantId"`
			GranteePrincipal string
		} `json:"grants"`
	} `json:"key"`
}

func decoded(t *testing.T, doc string) grantNames {
	t.Helper()
	var names grantNames
	if err := json.Unmarshal([]byte(doc), &names); err != nil {
		t.Fatal(err)
	}
	return names
}

// FuzzRedact redacts anything: what can be read is decided as before or refused.
func FuzzRedact(f *testing.F) {
	for _, file := range goldenFiles(f) {
		doc, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(doc)
	}
	f.Add([]byte(everything))
	f.Add([]byte(draft{key: `"policy": ` + quote(delegates), caller: `"iamPolicies": [` + allowsIf(`"StringLike": {"aws:PrincipalArn": ["*a?p", "${aws:username}*"]}`) + "]"}.String()))
	f.Fuzz(func(t *testing.T, doc []byte) {
		_, unreadable := scenario.Parse(doc, nil)
		redacted, err := scenario.Redact(doc, nil)
		switch {
		case unreadable != nil:
			if err == nil || err.Error() != unreadable.Error() {
				t.Fatalf("got %v, want %v", err, unreadable)
			}
			checkErrors(t, doc, scenario.RedactErrors(err))
		case err != nil:
			if !errors.Is(err, scenario.ErrNotRedacted) {
				t.Fatal(err)
			}
		default:
			if got, want := outlineOf(t, string(redacted)), outlineOf(t, string(doc)); got != want {
				t.Errorf("got  %s\nwant %s\n%s", got, want, redacted)
			}
			checkForm(t, string(doc), string(redacted))
		}
	})
}
