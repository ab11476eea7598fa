package inventory_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/inventory"
	"github.com/kmsauthz/kmsauthz/internal/golden"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

func addStack(inv *inventory.Inventory, doc string, opts inventory.Options) (inventory.Report, error) {
	return inv.AddCloudFormation(strings.NewReader(doc), opts)
}

func TestCloudFormation(t *testing.T) {
	var inv inventory.Inventory
	report := mustAdd(t, &inv, "cloudformation/stack.json", addStack, inventory.Options{Account: account, Region: region})
	checkDiff(t, "report", inventory.Report{Resolved: 13, Ignored: 3}, report)
	golden.Text(t, "testdata/cloudformation/stack.txt", rendered(&inv))
	for _, c := range []struct {
		key, caller string
		action      action.Action
		want        string
	}{
		{"OrdersAlias", "arn:aws:iam::444455556666:root", action.Decrypt, "deny: key-policy: principal-not-named"},
		{"alias/test/orders", "Ada", action.Encrypt, "deny: iam-policy: explicit-deny"},
		{"PlainKey", "arn:aws:iam::111122223333:root", action.Encrypt, "allow: key-policy"},
		{"SigningKey", "arn:aws:iam::111122223333:root", action.Sign, "deny: key-state: disabled"},
		{"ImportedKey", "arn:aws:iam::111122223333:root", action.Encrypt, "deny: key-state: pending-import"},
		{"SigningReplica", "Ada", action.Verify, `error: "arn:aws:kms:us-east-1:111122223333:key/mrk-1" is not wholly known:` + "\n" +
			`stack.json:56:23: Resources.SigningReplica: no source has the primary key arn:aws:kms:eu-west-1:111122223333:key/mrk-1, whose key spec the replica has`},
		{"arn:aws:kms:us-east-1:111122223333:key/OrdersKeys", "Ada", action.Verify, `error: key "arn:aws:kms:us-east-1:111122223333:key/OrdersKeys" is not in the inventory`},
		{"OrdersKey", "AppRole", action.Decrypt, `error: "arn:aws:iam::111122223333:role/service/AppRole" is not wholly known:` + "\n" +
			`stack.json:63:16: Resources.AppRole: no source has the managed policy arn:aws:iam::aws:policy/job-function/ViewOnlyAccess`},
		{"ProdKey", "Ada", action.Decrypt, `error: key "ProdKey" is not in the inventory`},
		{"OrdersKey", "AdaPolicy", action.Decrypt, `error: caller "AdaPolicy" is not in the inventory`},
	} {
		if got := decide(&inv, c.key, c.caller, evaluate.RequestConfig{Action: c.action}); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s %s %v: got %s, want %s", c.key, c.caller, c.action, got, c.want)
		}
	}
	report, err := addManaged("arn:aws:iam::aws:policy/job-function/ViewOnlyAccess")(&inv, `{"Statement": []}`, inventory.Options{})
	if told(report, err) != "" {
		t.Fatal(told(report, err))
	}
	report, err = addMetadata(&inv, `{"Arn": "arn:aws:kms:eu-west-1:111122223333:key/mrk-1", "KeySpec": "RSA_4096", "KeyUsage": "SIGN_VERIFY", "MultiRegion": true}`, inventory.Options{})
	if told(report, err) != "" {
		t.Fatal(told(report, err))
	}
	if got := decide(&inv, "SigningReplica", "Ada", evaluate.RequestConfig{Action: action.Verify}); !strings.HasPrefix(got, "deny: key-policy: no-delegation") {
		t.Errorf("got %s", got)
	}
	if c := mustKey(t, &inv, "SigningReplica").Config(); c.Spec != evaluate.RSA4096 || c.Usage != evaluate.SignVerify || c.MultiRegionKeyType != evaluate.Replica {
		t.Errorf("got %+v", c)
	}
	via := evaluate.RequestConfig{Action: action.Decrypt, ViaService: "s3.us-east-1.amazonaws.com"}
	if got := decide(&inv, "OrdersKey", "AppRole", via); !strings.HasPrefix(got, "allow: iam-policy: ") {
		t.Errorf("got %s", got)
	}
}

// TestStackOfAnotherPlace reads the same template for another account, Region and stage.
func TestStackOfAnotherPlace(t *testing.T) {
	var inv inventory.Inventory
	mustAdd(t, &inv, "cloudformation/stack.json", addStack, inventory.Options{
		Account: "444455556666", Region: "cn-north-1", Parameters: map[string]string{"Stage": "prod", "Required": "y"},
	})
	const arn = "arn:aws-cn:kms:cn-north-1:444455556666:key/ProdKey"
	if got := mustKey(t, &inv, "ProdKey").ARN(); got != arn {
		t.Errorf("got %s", got)
	}
	orders := mustKey(t, &inv, "alias/prod/orders").Config()
	text, err := orders.Policy.MarshalJSON()
	if err != nil || !strings.Contains(string(text), `"kms:ViaService": "s3.cn-north-1.amazonaws.com.cn"`) {
		t.Errorf("got %s, %v", text, err)
	}
	checkDiff(t, "tags", map[string]string{"Stage": "prod", "Prod": "yes"}, orders.Tags)
	role := mustCaller(t, &inv, "AppRole").Config()
	if len(role.IAMPolicies) != 4 || role.IAMPolicies[0].Name() != "prod" || role.IAMPolicies[1].Name() != "prod-app" {
		t.Errorf("got %d policies", len(role.IAMPolicies))
	}
}

// TestFunctions resolves one value each, as the tag of a key.
func TestFunctions(t *testing.T) {
	const template = `{"Parameters": {"P": {"Type": "String", "Default": "p"}, "N": {"Type": "Number", "Default": 5}, "L": {"Type": "List<String>", "Default": "a,b"}, "Given": {"Type": "String"}, "Huge": {"Type": "String"},
		"S": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "x"}},
		"Conditions": {"Yes": {"Fn::Equals": ["a", "a"]}, "No": {"Fn::Equals": ["a", ["a"]]}, "Open": {"Fn::Equals": [{"Ref": "S"}, "a"]}, "Loop": {"Fn::Not": [{"Condition": "Loop"}]},
			"OpenOrYes": {"Fn::Or": [{"Condition": "Open"}, {"Condition": "Yes"}]}, "OpenAndYes": {"Fn::And": [{"Condition": "Open"}, {"Condition": "Yes"}]},
			"OpenAndNo": {"Fn::And": [{"Condition": "Open"}, {"Condition": "No"}]}, "Bad": {"Fn::Equals": ["a"]}},
		"Resources": {"K": {"Type": "AWS::KMS::Key", "Properties": {"Tags": [{"Key": "t", "Value": %s}]}},
			"R": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "r", "Path": "/a/"}}, "U": {"Type": "AWS::IAM::User", "Properties": {"UserName": {"Ref": "AWS::NoValue"}, "Path": {"Ref": "AWS::NoValue"}}},
			"M": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": {"Statement": []}}}, "A": {"Type": "AWS::KMS::Alias", "Properties": {"AliasName": "alias/a", "TargetKeyId": "k"}},
			"C1": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": {"Ref": "C2"}}}, "C2": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": {"Fn::Sub": "${C1}"}}},
			"B": {"Type": "AWS::S3::Bucket"}}}`
	for value, want := range map[string]string{
		`"x"`: "x", `5`: "5", `true`: "true",
		`{"Ref": "P"}`: "p", `{"Ref": "N"}`: "5", `{"Ref": "Given"}`: "given",
		`{"Ref": "AWS::AccountId"}`: account, `{"Ref": "AWS::Region"}`: region, `{"Ref": "AWS::Partition"}`: "aws", `{"Ref": "AWS::URLSuffix"}`: "amazonaws.com",
		`{"Ref": "AWS::StackName"}`: "stack",
		`{"Ref": "K"}`:              "K", `{"Fn::GetAtt": ["K", "Arn"]}`: "arn:aws:kms:us-east-1:111122223333:key/K", `{"Fn::GetAtt": "K.KeyId"}`: "K",
		`{"Ref": "R"}`: "r", `{"Fn::GetAtt": ["R", "Arn"]}`: "arn:aws:iam::111122223333:role/a/r",
		`{"Ref": "U"}`: "U", `{"Fn::GetAtt": ["U", "Arn"]}`: "arn:aws:iam::111122223333:user/U",
		`{"Ref": "M"}`: "arn:aws:iam::111122223333:policy/M", `{"Fn::GetAtt": ["M", "PolicyArn"]}`: "arn:aws:iam::111122223333:policy/M",
		`{"Ref": "A"}`: "alias/a",
		`{"Fn::Sub": "a ${P} ${!aws:username} ${K}"}`:                       "a p ${aws:username} K",
		`{"Fn::Sub": ["${X}${R.Arn}", {"X": {"Ref": "P"}, "P": "unused"}]}`: "parn:aws:iam::111122223333:role/a/r",
		`{"Fn::Join": ["-", ["a", {"Ref": "L"}, {"Ref": "AWS::NoValue"}]]}`: "a-a-b",
		`{"Fn::Join": [",", {"Ref": "L"}]}`:                                 "a,b",
		`{"Fn::If": ["Yes", "a", "b"]}`:                                     "a",
		`{"Fn::If": ["No", "a", {"Fn::If": ["OpenOrYes", "c", "d"]}]}`:      "c",
		`{"Fn::Join": ["", [{"Fn::If": ["OpenAndNo", "a", "b"]}]]}`:         "b",

		`null`:                                 "found null, expected a string or a function",
		`{"Ref": "L"}`:                         "found an object, expected a string",
		`["a"]`:                                "found a list, expected a string",
		`{"a": 1}`:                             "found an object, expected a string or a function",
		`{"Ref": "S"}`:                         "parameter S is not given",
		`{"Ref": "AWS::StackId"}`:              "pseudo-parameter AWS::StackId is not given",
		`{"Ref": "X"}`:                         `there is no parameter or resource "X"`,
		`{"Ref": "B"}`:                         "B: it is known only when the stack has been created",
		`{"Fn::GetAtt": ["R", "RoleId"]}`:      "R.RoleId: it is known only when the stack has been created",
		`{"Fn::GetAtt": ["X", "Arn"]}`:         `there is no attribute "Arn" of a resource "X"`,
		`{"Fn::GetAtt": ["K"]}`:                `there is no attribute "" of a resource ""`,
		`{"Ref": "C1"}`:                        "the name of C1 refers to itself",
		`{"Fn::ImportValue": "x"}`:             "Fn::ImportValue is not resolved",
		`{"Fn::Sub": 1}`:                       "Fn::Sub has no text",
		`{"Fn::Sub": "${a"}`:                   "Fn::Sub has a ${ without its }",
		`{"Fn::Sub": "${L}"}`:                  "${L} is a list",
		`{"Fn::Sub": "${K.X}"}`:                "K.X: it is known only when the stack has been created",
		`{"Fn::Join": ["-"]}`:                  "Fn::Join has no delimiter and no list",
		`{"Fn::Join": ["-", "a"]}`:             "Fn::Join has no list",
		`{"Fn::Join": ["-", [{"Ref": "S"}]]}`:  "parameter S is not given",
		`{"Fn::If": ["Yes"]}`:                  "Fn::If has no condition and two values",
		`{"Fn::If": ["X", "a", "b"]}`:          `there is no condition "X"`,
		`{"Fn::If": ["Open", "a", "b"]}`:       "parameter S is not given",
		`{"Fn::If": ["OpenAndYes", "a", "b"]}`: "parameter S is not given",
		`{"Fn::If": ["Loop", "a", "b"]}`:       `condition "Loop" refers to itself`,
		`{"Fn::If": ["Bad", "a", "b"]}`:        "found no condition function",
		`{"Fn::Sub": "` + strings.Repeat("x", 9) + `${Huge}"}`: `the template's functions come to more than 16777216 bytes`,
	} {
		var inv inventory.Inventory
		report, err := inv.AddCloudFormation(strings.NewReader(fmt.Sprintf(template, value)), inventory.Options{
			Account: account, Region: region, Parameters: map[string]string{"Given": "given", "AWS::StackName": "stack", "Huge": strings.Repeat("x", 16<<20+10000)},
		})
		if err != nil {
			t.Fatal(err)
		}
		got := mustKey(t, &inv, "K").Config().Tags["t"]
		for _, p := range report.Problems {
			if strings.HasPrefix(p.Path, "Resources.K") {
				got = p.Text
			}
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", value, got, want)
		}
	}
}

func TestCloudFormationFaults(t *testing.T) {
	resources := func(text string) string { return `{"Resources": {"X": ` + text + `}}` }
	role := func(properties string) string {
		return resources(`{"Type": "AWS::IAM::Role", "Properties": {` + properties + `}}`)
	}
	const yaml = `a template in YAML is not read; convert it to JSON, for example by "cfn-flip -j template.yaml" or "rain fmt --json template.yaml"`
	for _, c := range []struct{ doc, want string }{
		{"Resources:\n  Key:\n    Type: AWS::KMS::Key\n", "error: f:1:1: " + yaml},
		{"\n---\nResources: {}\n", "error: f:2:1: " + yaml},
		{`{"TemplateBody": "Resources: {}"}`, "f:1:18: TemplateBody: " + yaml + " [syntax]"},
		{"", "error: f:1:1: the template is empty"},
		{" \n ", "error: f:2:2: the template is empty"},
		{`{"TemplateBody": " "}`, "f:1:18: TemplateBody: the template is empty [syntax]"},
		{`{`, `error: f:1:2: found the end of the document, expected a member name`},
		{`{} {}`, `error: f:1:4: found '{', expected the end of the document`},
		{`{}`, `f:1:1: section "Resources" is missing [missing-member]`},
		{`{"Resources": [], "Parameters": 1, "Transform": "AWS::Serverless-2016-10-31"}`, `f:1:15: Resources: found a list, expected an object [wrong-type]
f:1:33: Parameters: found a number, expected an object [wrong-type]
f:1:36: what a transform makes of the template is not read [unsupported]`},
		{`{"TemplateBody": {"Resources": {}}, "StagesAvailable": ["Original"]}`, ``},
		{`{"Resources": {"X": {"Type": "AWS::S3::Bucket"}, "X": {"Type": "AWS::S3::Bucket"}}}`, `f:1:50: Resources: "X" is given twice [duplicate-member]`},
		{`{"Resources": {"Fn::ForEach::Keys": ["a"]}}`, `f:1:37: Resources.Fn::ForEach::Keys: what Fn::ForEach::Keys makes is not read [unsupported]`},
		{resources(`1`), `f:1:21: Resources.X: found a number, expected an object [wrong-type]`},
		{resources(`{}`), `f:1:21: Resources.X: field "Type" is missing [missing-member]`},
		{resources(`{"Type": "AWS::IAM::ServiceLinkedRole"}`), `f:1:21: Resources.X: resources of type AWS::IAM::ServiceLinkedRole are not read [unsupported]`},
		{resources(`{"Type": "AWS::IAM::AccessKey"}`), ``},
		{resources(`{"Type": "AWS::EC2::VPCEndpoint", "Properties": {"ServiceName": "com.amazonaws.us-east-1.s3"}}`), ``},
		{resources(`{"Type": "AWS::EC2::VPCEndpoint", "Properties": {"ServiceName": {"Fn::Sub": "com.amazonaws.${AWS::Region}.kms"}}}`),
			`f:1:21: Resources.X: resources of type AWS::EC2::VPCEndpoint are not read [unsupported]`},
		{resources(`{"Type": "AWS::KMS::Key", "Properties": 1}`), `f:1:61: Resources.X.Properties: found a number, expected an object [wrong-type]`},
		{resources(`{"Type": "AWS::KMS::Key", "Propertes": {}}`), `f:1:47: Resources.X: unknown field "Propertes" (did you mean "Properties"?) [unknown-member]`},
		{resources(`{"Type": "AWS::KMS::Key", "Properties": {"KeyPolcy": {}, "Enable": false, "Description": ""}}`),
			`f:1:62: Resources.X.Properties: unknown property "KeyPolcy" (did you mean "KeyPolicy"?) [unknown-member]
f:1:78: Resources.X.Properties: unknown property "Enable" (did you mean "Enabled"?) [unknown-member]`},
		{resources(`{"Type": "AWS::KMS::Key", "Condition": "C"}`), `f:1:60: Resources.X.Condition: whether it is created is not known: there is no condition "C" [unknown-value]`},
		{resources(`{"Type": "AWS::KMS::Key", "Condition": 1}`), `f:1:60: Resources.X.Condition: found a number, expected a string [wrong-type]`},
		{resources(`{"Type": "AWS::KMS::Key", "Properties": {"KeySpec": "RSA", "KeyUsage": {"Ref": "U"}, "Enabled": "no", "KeyPolicy": 1}}`),
			`f:1:73: Resources.X.Properties.KeySpec: unknown key spec "RSA" [bad-value]
f:1:92: Resources.X.Properties.KeyUsage: there is no parameter or resource "U" [unknown-value]
f:1:117: Resources.X.Properties.Enabled: found a string, expected true or false [wrong-type]
f:1:136: Resources.X.Properties.KeyPolicy: found a number, expected a policy document [wrong-type]`},
		{resources(`{"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Fn::Sub": "{\"Statement\": 1}"}}}`),
			`f:1:75: Resources.X.Properties.KeyPolicy.Statement: found a number, expected a statement or a list of statements (line 1, column 15 of the document) [wrong-type]`},
		{resources(`{"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": [{"Effect": {"Ref": "AWS::Region"}, "Principal": {"AWS": {"Ref": "X"}}}]}}}`),
			`f:1:75: Resources.X.Properties.KeyPolicy.Statement[0].Effect: found "us-east-1", expected "Allow" or "Deny" (line 1, column 101 of the document) [bad-value]`},
		{resources(`{"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": [{"Effect": "Allow", "Principal": {"AWS": [{"Ref": "Y"}, "*"]}}, {"Fn::ImportValue": "z"}]}}}`),
			`f:1:132: Resources.X.Properties.KeyPolicy.Statement[0].Principal.AWS[0]: there is no parameter or resource "Y" [unknown-value]
f:1:154: Resources.X.Properties.KeyPolicy.Statement[1]: Fn::ImportValue is not resolved [unknown-value]`},
		{resources(`{"Type": "AWS::KMS::ReplicaKey", "Properties": {"PrimaryKeyArn": "arn:aws:kms:us-east-1:111122223333:key/mrk-1"}}`),
			`f:1:21: Resources.X: the primary key arn:aws:kms:us-east-1:111122223333:key/mrk-1 is in the same Region as its replica [contradiction]`},
		{resources(`{"Type": "AWS::KMS::ReplicaKey"}`), `f:1:21: Resources.X: found null, expected a string or a function [unknown-value]`},
		{resources(`{"Type": "AWS::KMS::ReplicaKey", "Properties": {"PrimaryKeyArn": "mrk-1"}}`), `f:1:21: Resources.X: found "mrk-1", expected the ARN of the primary key [bad-value]`},
		{resources(`{"Type": "AWS::KMS::Alias", "Properties": {"AliasName": "x", "TargetKeyId": {"Ref": "Y"}}}`),
			`f:1:21: Resources.X: found "arn:aws:kms:us-east-1:111122223333:x", expected the ARN of an alias [bad-value]
f:1:97: Resources.X.Properties.TargetKeyId: there is no parameter or resource "Y" [unknown-value]`},
		{resources(`{"Type": "AWS::KMS::Alias", "Properties": {"AliasName": "alias/x", "TargetKeyId": "\u0000"}}`),
			`f:1:103: Resources.X.Properties.TargetKeyId: found "\x00", expected the id or the ARN of a key [bad-value]`},
		{role(`"RoleName": "a b"`), `f:1:21: Resources.X: found "arn:aws:iam::111122223333:role/a b", expected the ARN of a role [bad-value]`},
		{role(`"RoleName": {"Ref": "Y"}`), `f:1:21: Resources.X: there is no parameter or resource "Y" [unknown-value]`},
		{role(`"RoleName": "` + strings.Repeat("x", 1025) + `"`), `f:1:21: Resources.X: the name of X has more than 1024 bytes [unknown-value]`},
		{role(`"ManagedPolicyArns": ["x", {"Ref": "Y"}], "PermissionsBoundary": {"Ref": "AWS::Region"}`),
			`f:1:85: Resources.X.Properties.ManagedPolicyArns[0]: "x" is not an ARN: expected arn:partition:service:region:account:resource [bad-value]
f:1:90: Resources.X.Properties.ManagedPolicyArns[1]: there is no parameter or resource "Y" [unknown-value]
f:1:128: Resources.X.Properties.PermissionsBoundary: "us-east-1" is not an ARN: expected arn:partition:service:region:account:resource [bad-value]`},
		{role(`"ManagedPolicyArns": {"Ref": "AWS::Region"}, "Policies": [{"Fn::ImportValue": "x"}, {"PolicyName": "x"}]`),
			`f:1:84: Resources.X.Properties.ManagedPolicyArns: found an object, expected a list of strings [wrong-type]
f:1:121: Resources.X.Properties.Policies[0]: Fn::ImportValue is not resolved [unknown-value]
f:1:147: Resources.X.Properties.Policies[1]: field "PolicyDocument" is missing [missing-member]`},
		{role(`"Policies": [{"PolicyName": "x", "PolicyDocument": {"Ref": "AWS::NoValue"}}]`), `f:1:76: Resources.X.Properties.Policies[0]: property "PolicyDocument" is missing [missing-member]`},
		{`{"Resources": {}, "Fn::Transform": {"Name": "AWS::Include"}}`, `f:1:19: what a transform makes of the template is not read [unsupported]`},
		{resources(`{"Type": "AWS::KMS::Key", "Fn::Transform": {"Name": "AWS::Include"}}`), `f:1:47: Resources.X: what a transform makes of the resource is not read [unsupported]`},
		{resources(`{"Type": "AWS::KMS::Key", "Properties": {"Fn::Transform": {"Name": "AWS::Include"}}}`),
			`f:1:62: Resources.X.Properties: what Fn::Transform makes is not read [unsupported]`},
		{resources(`{"Type": "AWS::KMS::Key", "Properties": {"Fn::ForEach::Tags": []}}`), `f:1:62: Resources.X.Properties: what Fn::ForEach::Tags makes is not read [unsupported]`},
		{resources(`{"Type": "AWS::S3::Bucket", "Properties": {"Fn::Transform": {"Name": "AWS::Include"}}}`), ``},
		{resources(`{"Type": "AWS::CloudFormation::Stack"}`), `f:1:21: Resources.X: resources of type AWS::CloudFormation::Stack are not read [unsupported]`},
		{resources(`{"Type": "My::Own::Key::MODULE"}`), `f:1:21: Resources.X: resources of type My::Own::Key::MODULE are not read [unsupported]`},
		{resources(`{"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "p", "Roles": [{"Ref": "Y"}]}}`),
			`f:1:21: Resources.X: property "PolicyDocument" is missing [missing-member]
f:1:94: Resources.X.Properties.Roles[0]: there is no parameter or resource "Y" [unknown-value]`},
		{resources(`{"Type": "AWS::IAM::ManagedPolicy"}`), `f:1:21: Resources.X: property "PolicyDocument" is missing [missing-member]`},
	} {
		var inv inventory.Inventory
		report, err := addStack(&inv, c.doc, inventory.Options{File: "f", Account: account, Region: region})
		if got := told(report, err); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.doc, got, c.want)
		}
		for _, ref := range []string{"X", "alias/x"} {
			if k, err := inv.Key(ref); err == nil {
				if _, err := k.Compile(); err == nil && c.want != "" {
					t.Errorf("%s: %s can be decided about", c.doc, ref)
				}
			}
			if caller, err := inv.Caller(ref); err == nil {
				if _, err := caller.Compile(); err == nil && c.want != "" {
					t.Errorf("%s: %s can be decided about", c.doc, ref)
				}
			}
		}
	}
}

// TestChosenDocument: Fn::If may choose the document of an inline policy.
func TestChosenDocument(t *testing.T) {
	var inv inventory.Inventory
	report, err := addStack(&inv, `{"Conditions": {"Yes": {"Fn::Equals": ["a", "a"]}}, "Resources": {"R": {"Type": "AWS::IAM::Role", "Properties": {"Policies": [{"PolicyName": "p",
		"PolicyDocument": {"Fn::If": ["Yes", {"Statement": [{"Sid": "Yes", "Effect": "Allow", "Action": "kms:*", "Resource": {"Fn::Sub": "*"}}]}, {"Ref": "AWS::NoValue"}]}}]}}}}`,
		inventory.Options{Account: account})
	if told(report, err) != "" {
		t.Fatal(told(report, err))
	}
	if got := mustCaller(t, &inv, "R").Config().IAMPolicies; len(got) != 1 || got[0].Statement(0).Sid() != "Yes" {
		t.Errorf("got %v", got)
	}
}

// TestStackThatCannotBeRead: a failing reader is no template in YAML.
func TestStackThatCannotBeRead(t *testing.T) {
	var inv inventory.Inventory
	if _, err := inv.AddCloudFormation(iotest.ErrReader(errUnread), inventory.Options{}); !errors.Is(err, errUnread) {
		t.Errorf("got %v", err)
	}
}

var errUnread = errors.New("cannot be read")

// TestStackWithoutPlace: without an account nothing of a stack has an ARN, and asking says so.
func TestStackWithoutPlace(t *testing.T) {
	var inv inventory.Inventory
	report, err := addStack(&inv, `{"Resources": {"K": {"Type": "AWS::KMS::Key"}, "R": {"Type": "AWS::IAM::Role"}, "P": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "p", "PolicyDocument": {"Statement": []}, "Roles": ["r"]}}}}`,
		inventory.Options{File: "f"})
	const want = `f:1:21: Resources.K: the account of the stack is not known: it is for Options.Account to give [unknown-value]
f:1:53: Resources.R: the account of the stack is not known: it is for Options.Account to give [unknown-value]
f:1:86: Resources.P: the account of the stack is not known: it is for Options.Account to give [unknown-value]`
	if got := told(report, err); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	_, keyErr := inv.Key("K")
	_, callerErr := inv.Caller("R")
	for _, err := range []error{keyErr, callerErr} {
		if err == nil || !strings.Contains(err.Error(), "Options.Account") {
			t.Errorf("got %v", err)
		}
	}
	report, err = addStack(&inv, `{"Resources": {"K": {"Type": "AWS::KMS::Key"}}}`, inventory.Options{File: "f", Account: account})
	if got := told(report, err); got != "f:1:21: Resources.K: the Region of the stack is not known: it is for Options.Region to give [unknown-value]" {
		t.Error(got)
	}
}

// TestSameLogicalID: stacks may use the same logical ids, which then are ambiguous.
func TestSameLogicalID(t *testing.T) {
	var inv inventory.Inventory
	for _, region := range []string{"us-east-1", "eu-west-1"} {
		if report, err := addStack(&inv, `{"Resources": {"K": {"Type": "AWS::KMS::Key"}}}`, inventory.Options{Account: account, Region: region}); told(report, err) != "" {
			t.Fatal(told(report, err))
		}
	}
	_, err := inv.Key("K")
	const want = `ambiguous: "K" may be arn:aws:kms:us-east-1:111122223333:key/K or arn:aws:kms:eu-west-1:111122223333:key/K`
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

// TestStackCosts has templates whose functions would come to much more than the template, or
// refer to each other in a long row.
func TestStackCosts(t *testing.T) {
	var doubling, row, references strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&doubling, `"R%d": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": {"Fn::Sub": "${R%d}${R%[2]d}"}}},`, i, i+1)
		fmt.Fprintf(&row, `"R%d": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": {"Ref": "R%d"}}},`, i, i+1)
		fmt.Fprintf(&references, `{"Ref": "P"},`)
	}
	start := time.Now()
	for _, doc := range []string{
		`{"Resources": {` + doubling.String() + `"R2000": {"Type": "AWS::IAM::Role"}}}`,
		`{"Resources": {` + row.String() + `"R2000": {"Type": "AWS::IAM::Role"}}}`,
		`{"Parameters": {"P": {"Type": "String", "Default": "` + strings.Repeat("x", 100000) + `"}}, "Resources": {"K": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": [{"Effect": "Allow", "Action": [` +
			references.String() + `"x"]}]}}}}}`,
	} {
		var inv inventory.Inventory
		report, err := addStack(&inv, doc, inventory.Options{Account: account, Region: region})
		if err != nil || len(report.Problems) == 0 {
			t.Errorf("%.60s: %v, and no problem", doc, err)
		}
	}
	if took := time.Since(start); took > time.Minute {
		t.Errorf("took %v", took)
	}
}

func FuzzCloudFormation(f *testing.F) {
	seed(f, "cloudformation/*.json")
	f.Add(`{"Resources": {"K": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": [{"Effect": "Allow", "Action": {"Ref": "AWS::Region"}}, {"Ref": "AWS::NoValue"}]}}}}}`)
	f.Fuzz(func(t *testing.T, doc string) {
		checkReading(t, doc, addStack, inventory.Options{Account: account, Region: region})
		checkReading(t, doc, addStack, inventory.Options{})
	})
}
