package evaluate_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/scenario"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// decideText decides a scenario that a test wrote as Go values.
func decideText(t *testing.T, situation map[string]any) evaluate.Decision {
	t.Helper()
	text, err := json.Marshal(situation)
	if err != nil {
		t.Fatal(err)
	}
	s, err := scenario.Parse(text, nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return s.Decide()
}

// policyOf is a policy of some statements.
func policyOf(statements ...statement) map[string]any {
	if statements == nil {
		statements = []statement{}
	}
	return map[string]any{"Version": "2012-10-17", "Statement": statements}
}

const (
	roleARN     = "arn:aws:iam::111122223333:role/app"
	foreignRole = "arn:aws:iam::444455556666:role/app"
	theKeyARN   = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	theAlias    = "arn:aws:kms:us-east-1:111122223333:alias/orders"
)

// specFor is a key spec, with its usage, that has the operation.
func specFor(t *testing.T, a action.Action) (evaluate.KeySpec, evaluate.KeyUsage) {
	t.Helper()
	specs := map[action.KeyType]evaluate.KeySpec{action.Symmetric: evaluate.SymmetricDefault, action.AsymmetricEncrypt: evaluate.RSA2048,
		action.AsymmetricSign: evaluate.ECCSECGP256K1, action.HMAC: evaluate.HMAC256, action.KeyAgreement: evaluate.ECCNISTP256, action.MLKEM: evaluate.MLKEM768}
	usages := map[action.KeyType]evaluate.KeyUsage{action.AsymmetricEncrypt: evaluate.EncryptDecrypt, action.KeyAgreement: evaluate.KeyAgreement}
	for kind := range a.Info().KeyTypes.All() {
		return specs[kind], usages[kind]
	}
	t.Fatalf("no key has %v", a)
	return 0, 0
}

// stateTable is what KMS answers by the state of the key: for each operation and
// origin one letter per state in the order Enabled, Disabled, PendingDeletion,
// PendingReplicaDeletion, PendingImport, Unavailable, Creating, Updating.
//
//	.  the operation is carried out
//	D  DisabledException
//	S  KMSInvalidStateException
//	U  UnsupportedOperationException
//	?  such a key cannot be in that state; the table does not say
//
// Origins: k AWS_KMS, x EXTERNAL, s a custom key store. Operations that are not
// listed are carried out in every state.
//
// See AWS KMS Developer Guide, "Key states of AWS KMS keys", the table, and its
// footnotes.
const stateTable = `
Decrypt Encrypt GenerateDataKey GenerateDataKeyWithoutPlaintext ReEncryptFrom ReEncryptTo  kxs .DSSSSS.
GenerateMac VerifyMac Sign Verify DeriveSharedSecret Encapsulate Decapsulate               kxs .DSSS?S.
GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext                                    kx  .DSSS?S.
GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext                                    s   UUUU?U?U
CreateGrant                                                                                kxs .DSSS.S.
UpdatePrimaryRegion                                                                        kxs .DSSS?S.
ReplicateKey                                                                               kxs .DSSS?SS
CancelKeyDeletion                                                                          kxs SS..SSSS
ScheduleKeyDeletion                                                                        kxs ..SS...S
CreateAlias UpdateAlias TagResource UntagResource UpdateKeyDescription                     kxs ..SS....
EnableKey DisableKey                                                                       kxs ..SSS.SS
EnableKeyRotation DisableKeyRotation                                                       k   .DSSUUS.
EnableKeyRotation DisableKeyRotation                                                       x   UUUUU??U
EnableKeyRotation DisableKeyRotation                                                       s   UUUUUU?U
GetKeyRotationStatus                                                                       kx  ....UU..
GetKeyRotationStatus                                                                       s   UUUUUUUU
ListKeyRotations                                                                           kx  .....U..
ListKeyRotations                                                                           s   UUUU?UUU
RotateKeyOnDemand                                                                          kx  .DSSSUS.
RotateKeyOnDemand                                                                          s   UUUU?U?U
GetPublicKey                                                                               kxs ..SS.?S.
DeleteImportedKeyMaterial                                                                  x   .....?SS
DeleteImportedKeyMaterial                                                                  ks  UUUU???S
GetParametersForImport                                                                     x   ..SS.USS
GetParametersForImport                                                                     ks  UUUU?USS
ImportKeyMaterial                                                                          x   ..SS.US.
ImportKeyMaterial                                                                          ks  UUUU?U?.`

// Every operation on a key in every state, with every origin, where nothing else
// stands in the way.
func TestEveryActionInEveryKeyState(t *testing.T) {
	origins := map[rune][]evaluate.Origin{'k': {evaluate.OriginAWSKMS}, 'x': {evaluate.OriginExternal},
		's': {evaluate.OriginAWSCloudHSM, evaluate.OriginExternalKeyStore}}
	type row struct {
		name   string
		origin evaluate.Origin
	}
	table := map[row]string{}
	for line := range strings.Lines(strings.TrimSpace(stateTable)) {
		words := strings.Fields(line)
		names, letters, cells := words[:len(words)-2], words[len(words)-2], words[len(words)-1]
		for _, name := range names {
			if _, err := action.Parse("kms:" + name); err != nil || len(cells) != 8 {
				t.Fatalf("%s: %v", line, err)
			}
			for _, letter := range letters {
				for _, origin := range origins[letter] {
					table[row{name, origin}] = cells
				}
			}
		}
	}
	codes := map[byte]string{'.': "", 'D': "DisabledException", 'S': "KMSInvalidStateException", 'U': "UnsupportedOperationException"}
	for a := range action.All() {
		if a.Info().Resource == action.ResourceNone {
			continue
		}
		for origin := evaluate.OriginAWSKMS; origin <= evaluate.OriginExternalKeyStore; origin++ {
			for state := evaluate.Enabled; state <= evaluate.Updating; state++ {
				cell := byte('.')
				if cells := table[row{a.Name(), origin}]; cells != "" {
					cell = cells[state]
				}
				d := decideAllowed(t, a, roleARN, map[string]any{"KeyState": state.String(), "Origin": origin.String()})
				if cell == '?' {
					if d.Allowed() && slices.Contains(cryptographic, a) {
						t.Errorf("%v, %v key %v: allowed", a, origin, state)
					}
					continue
				}
				if got, want := errorCode(&d), codes[cell]; got != want || d.Allowed() != (want == "") || !d.Allowed() && d.Layer() != evaluate.LayerKeyState {
					t.Errorf("%v, %v key %v: got %v with error %q, want error %q", a, origin, state, d, got, want)
				}
			}
		}
	}
}

// decideAllowed decides a request that policies and grants allow in all ways, on
// a key with the given metadata.
func decideAllowed(t *testing.T, a action.Action, caller string, metadata map[string]any) evaluate.Decision {
	t.Helper()
	spec, usage := specFor(t, a)
	all := map[string]any{"Arn": theKeyARN, "KeySpec": spec.String()}
	if usage != evaluate.UsageOfSpec {
		all["KeyUsage"] = usage.String()
	}
	maps.Copy(all, metadata)
	request := map[string]any{"action": a.String()}
	grants := []any{}
	if a == action.RetireGrant {
		request["grantId"] = "g"
		grants = append(grants, map[string]any{"GrantId": "g", "GranteePrincipal": caller, "RetiringPrincipal": caller, "Operations": []string{"Decrypt"}})
	}
	return decideText(t, map[string]any{
		"key":     map[string]any{"metadata": all, "policy": policyOf(allowAll(map[string]any{"AWS": caller}), allowAll(rootOf(home))), "grants": grants},
		"caller":  map[string]any{"arn": caller, "iamPolicies": []any{policyOf(allowAll(nil))}},
		"request": request,
	})
}

// acrossAccounts are the operations that work on a key of another account.
//
// See AWS KMS Developer Guide, "Allowing users in other accounts to use a KMS
// key".
var acrossAccounts = strings.Fields(`CreateGrant Decapsulate Decrypt DeriveSharedSecret DescribeKey Encapsulate Encrypt
	GenerateDataKey GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext GenerateDataKeyWithoutPlaintext GenerateMac
	GetKeyRotationStatus GetPublicKey ListGrants ReEncryptFrom ReEncryptTo RetireGrant RevokeGrant Sign Verify VerifyMac`)

// Every operation by a caller of the key's account and by one of another, where
// both accounts allow everything.
func TestEveryActionAcrossAccounts(t *testing.T) {
	count := 0
	for a := range action.All() {
		if a.Info().Resource == action.ResourceNone {
			continue
		}
		state := map[string]any{}
		switch a {
		case action.CancelKeyDeletion:
			state["KeyState"] = "PendingDeletion"
		case action.ImportKeyMaterial, action.DeleteImportedKeyMaterial, action.GetParametersForImport:
			state["Origin"] = "EXTERNAL"
		}
		layer := evaluate.LayerKeyPolicy
		if a == action.RetireGrant {
			layer = evaluate.LayerGrant
		}
		if d := decideAllowed(t, a, roleARN, state); !d.Allowed() || d.Layer() != layer {
			t.Errorf("%v in the key's account: %v", a, d)
		}
		d := decideAllowed(t, a, foreignRole, state)
		if !slices.Contains(acrossAccounts, a.Name()) {
			blockers := slices.Collect(d.Blockers())
			if d.Allowed() || d.Layer() != evaluate.LayerCrossAccount || d.Reason() != evaluate.ReasonNotCrossAccount || len(blockers) != 1 {
				t.Errorf("%v from another account: %v", a, d)
			}
			continue
		}
		count++
		if layer == evaluate.LayerKeyPolicy {
			layer = evaluate.LayerIAMPolicy
		}
		if !d.Allowed() || d.Layer() != layer {
			t.Errorf("%v from another account: %v", a, d)
		}
	}
	if count != len(acrossAccounts) {
		t.Errorf("%d operations work across accounts, want %d", count, len(acrossAccounts))
	}
}

// Operations without a key, and the alias half of alias operations, are decided
// by IAM policies; an alias of another account cannot be changed.
func TestEveryActionWithoutKey(t *testing.T) {
	for a := range action.All() {
		request := map[string]any{"action": a.String()}
		switch a.Info().Resource {
		case action.ResourceKey:
			continue
		case action.ResourceAliasAndKey:
			request["alias"] = theAlias
		}
		for _, caller := range []string{roleARN, foreignRole} {
			foreignAlias := caller == foreignRole && a.Info().Resource == action.ResourceAliasAndKey
			for _, iam := range []any{policyOf(allowAll(nil)), policyOf(), policyOf(allowAll(nil), statement{"Effect": "Deny", "Action": a.String(), "Resource": "*"})} {
				d := decideText(t, map[string]any{"caller": map[string]any{"arn": caller, "iamPolicies": []any{iam}}, "request": request})
				want := len(iam.(map[string]any)["Statement"].([]statement)) == 1 && !foreignAlias
				layer := evaluate.LayerIAMPolicy
				if foreignAlias {
					layer = evaluate.LayerCrossAccount
				}
				if d.Allowed() != want || d.Layer() != layer {
					t.Errorf("%v by %s with %v: %v", a, caller, iam, d)
				}
			}
			if root := decideText(t, map[string]any{"caller": map[string]any{"arn": "arn:aws:iam::" + accountIn(caller) + ":root"}, "request": request}); root.Allowed() == foreignAlias {
				t.Errorf("%v by the root user of %s: %v", a, accountIn(caller), root)
			}
		}
	}
}

// operatorTable has for each condition operator without a set operator and
// IfExists: a value in the policy, another that matches none of the request's,
// a value in the request that satisfies the positive comparison with the first,
// and one that does not. The comparison of a negated operator is that of its
// positive form.
//
// See IAM User Guide, "IAM JSON policy elements: Condition operators".
var operatorTable = []struct{ name, value, decoy, match, other string }{
	{"StringEquals", "red", "green", "red", "Red"},
	{"StringNotEquals", "red", "green", "red", "Red"},
	{"StringEqualsIgnoreCase", "red", "green", "RED", "redd"},
	{"StringNotEqualsIgnoreCase", "red", "green", "RED", "redd"},
	{"StringLike", "r?d*", "green*", "red car", "rd"},
	{"StringNotLike", "r?d*", "green*", "red car", "rd"},
	{"NumericEquals", "10", "99", "1e1", "11"},
	{"NumericNotEquals", "10", "99", "10.0", "11"},
	{"NumericLessThan", "10", "-99", "9.99", "10"},
	{"NumericLessThanEquals", "10", "-99", "10", "10.01"},
	{"NumericGreaterThan", "10", "99", "10.01", "10"},
	{"NumericGreaterThanEquals", "10", "99", "10", "9.99"},
	{"DateEquals", "2026-01-02T00:00:00Z", "2036", "2026-01-02T01:00:00+01:00", "2026-01-03"},
	{"DateNotEquals", "2026-01-02T00:00:00Z", "2036", "2026-01-02", "2026-01-03"},
	{"DateLessThan", "2026-01-02", "1999", "2026-01-01T23:59:59Z", "2026-01-02"},
	{"DateLessThanEquals", "2026-01-02", "1999", "2026-01-02", "2026-01-02T00:00:01Z"},
	{"DateGreaterThan", "2026-01-02", "2036", "2026-01-02T00:00:01Z", "2026-01-02"},
	{"DateGreaterThanEquals", "2026-01-02", "2036", "2026-01-02", "2026-01-01T23:59:59Z"},
	{"Bool", "true", "true", "true", "false"},
	{"BinaryEquals", "cmVk", "Z3JlZW4=", "cmVk", "Ymx1ZQ=="},
	{"IpAddress", "10.0.0.0/8", "192.168.0.0/16", "10.1.2.3", "11.1.2.3"},
	{"NotIpAddress", "10.0.0.0/8", "192.168.0.0/16", "10.1.2.3", "11.1.2.3"},
	{"ArnEquals", "arn:aws:sns:*:111122223333:t?", "arn:aws:sqs:*:*:*", "arn:aws:sns:us-east-1:111122223333:t1", "arn:aws:sns:us-east-1:111122223333:t"},
	{"ArnLike", "arn:aws:sns:*:111122223333:t?", "arn:aws:sqs:*:*:*", "arn:aws:sns:us-east-1:111122223333:t1", "arn:aws:sns:us-east-1:111122223333:t"},
	{"ArnNotEquals", "arn:aws:sns:*:111122223333:t?", "arn:aws:sqs:*:*:*", "arn:aws:sns:us-east-1:111122223333:t1", "arn:aws:sns:us-east-1:111122223333:t"},
	{"ArnNotLike", "arn:aws:sns:*:111122223333:t?", "arn:aws:sqs:*:*:*", "arn:aws:sns:us-east-1:111122223333:t1", "arn:aws:sns:us-east-1:111122223333:t"},
}

// requestValues are what a request may carry for a condition key: nothing, an
// empty list, an empty string, one value, several. m stands for a value that
// satisfies the positive comparison, o for one that does not, e for the empty
// string, which none of the operators' values here are.
var requestValues = []string{"missing", "", "e", "m", "o", "mm", "mo", "om", "oo", "eo", "me"}

// holdsFor says what a condition yields, by AWS's words for each set operator.
func holdsFor(quantifier string, negated, ifExists bool, values string, policyHasValue bool) bool {
	if values == "missing" || values == "" { // a key without values is absent
		return ifExists || quantifier == "ForAllValues:" || negated && quantifier == ""
	}
	matches := func(letter rune) bool { return letter == 'm' && policyHasValue }
	any, all := false, true
	for _, letter := range values {
		any = any || matches(letter) != negated
		all = all && matches(letter) != negated
	}
	if quantifier == "ForAllValues:" || quantifier == "" && negated {
		return all
	}
	return any
}

// Every condition operator, with each set operator and IfExists, by the values
// that the policy and the request have, through whole decisions: as the
// condition of the only Allow, and of a Deny.
func TestEveryOperator(t *testing.T) {
	covered := map[string]bool{"Null": true}
	for _, row := range operatorTable {
		covered[row.name] = true
		for _, quantifier := range []string{"", "ForAllValues:", "ForAnyValue:"} {
			for _, ifExists := range []bool{false, true} {
				operator := quantifier + row.name
				if ifExists {
					operator += "IfExists"
				}
				for _, wanted := range []any{row.value, []string{row.value}, []string{row.decoy, row.value}, []string{}} {
					hasValue := fmt.Sprint(wanted) != "[]"
					for _, values := range requestValues {
						negated := strings.Contains(row.name, "Not")
						want := holdsFor(quantifier, negated, ifExists, values, hasValue)
						tryCondition(t, operator, wanted, values, map[rune]string{'m': row.match, 'o': row.other, 'e': ""}, want)
					}
				}
			}
		}
	}
	for _, values := range requestValues {
		absent := values == "missing" || values == ""
		letters := map[rune]string{'m': "red", 'o': "blue", 'e': ""}
		tryCondition(t, "Null", "true", values, letters, absent)
		tryCondition(t, "Null", "false", values, letters, !absent)
		tryCondition(t, "Null", []string{"True"}, values, letters, absent)
		tryCondition(t, "Null", []string{"true", "false"}, values, letters, true)
	}
	for info := range conditions.Operators() {
		if !covered[info.Name] {
			t.Errorf("the table lacks %s", info.Name)
		}
	}
}

// tryCondition decides under a key policy that allows under the condition, and
// under one that denies.
func tryCondition(t *testing.T, operator string, wanted any, values string, letters map[rune]string, want bool) {
	t.Helper()
	condition := map[string]any{operator: map[string]any{"custom:Colour": wanted}}
	context := map[string]any{}
	if values != "missing" {
		list := []string{}
		for _, letter := range values {
			list = append(list, letters[letter])
		}
		context["custom:Colour"] = list
	}
	who := map[string]any{"AWS": roleARN}
	situation := func(statements ...statement) map[string]any {
		return map[string]any{
			"key":     map[string]any{"metadata": map[string]any{"Arn": theKeyARN}, "policy": policyOf(statements...)},
			"caller":  map[string]any{"arn": roleARN},
			"request": map[string]any{"action": "kms:Decrypt", "context": context},
		}
	}
	allow, deny := allowAll(who), allowAll(who)
	allow["Condition"], deny["Condition"], deny["Effect"] = condition, condition, "Deny"
	d := decideText(t, situation(allow))
	if d.Allowed() != want || !want && d.Reason() != evaluate.ReasonConditionNotMet {
		t.Errorf("Allow if %s %v, request %s: got %v, want %v", operator, wanted, values, d, want)
	}
	d = decideText(t, situation(allowAll(who), deny))
	if d.Allowed() == want || want && d.Reason() != evaluate.ReasonExplicitDeny {
		t.Errorf("Deny if %s %v, request %s: got %v, want %v", operator, wanted, values, d, !want)
	}
}

// principalCallers are the columns of principalTable.
var principalCallers = []struct {
	arn   string
	more  map[string]any
	plain bool // cannot have IAM policies
}{
	{arn: "arn:aws:iam::111122223333:user/alice", more: map[string]any{"uniqueId": "AIDAALICEALICEALICE"}},
	{arn: "arn:aws:sts::111122223333:assumed-role/app/s1", more: map[string]any{"roleArn": "arn:aws:iam::111122223333:role/team/app", "uniqueId": "AROATEAMTEAMTEAMTEAM:s1"}},
	{arn: "arn:aws:sts::111122223333:assumed-role/app/s1"},
	{arn: "arn:aws:iam::111122223333:role/team/app", more: map[string]any{"uniqueId": "AROATEAMTEAMTEAMTEAM"}},
	{arn: "arn:aws:sts::111122223333:federated-user/fred", more: map[string]any{"userArn": "arn:aws:iam::111122223333:user/alice"}},
	{arn: "arn:aws:iam::111122223333:root", plain: true},
	{arn: "lambda.amazonaws.com", plain: true},
	{arn: "arn:aws:iam::111122223333:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"},
	{arn: "arn:aws:iam::444455556666:role/app"},
	{arn: "arn:aws:iam::444455556666:user/alice"},
	{arn: "arn:aws:iam::444455556666:root", plain: true},
}

// principalTable says whom a Principal element lets in. d: without anything
// else; i: if an IAM policy allows as well; .: not at all.
//
// See AWS KMS Developer Guide, "Key policies in AWS KMS", "Default key policy"
// and "Allowing users in other accounts to use a KMS key"; IAM User Guide, "AWS
// JSON policy elements: Principal". The root user of another account counts as
// allowed by IAM.
var principalTable = []struct{ principal, cells string }{
	// alice, session of team/app, session of app, role team/app, fred, root, lambda, service-linked role, far role, far user, far root
	{`"*"`, "dddddddd iid"},
	{`{"AWS": "*"}`, "dddddddd iid"},
	{`{"AWS": "arn:aws:iam::111122223333:root"}`, "iiiiid.i ..."},
	{`{"AWS": "111122223333"}`, "iiiiid.i ..."},
	{`{"AWS": ["arn:aws:iam::444455556666:root"]}`, "........ iid"},
	{`{"AWS": "444455556666"}`, "........ iid"},
	{`{"AWS": "arn:aws:iam::111122223333:user/alice"}`, "d...d... ..."},
	{`{"AWS": "arn:aws:iam::111122223333:role/team/app"}`, ".d.d.... ..."},
	{`{"AWS": "arn:aws:iam::111122223333:role/app"}`, "..d..... ..."},
	{`{"AWS": "arn:aws:sts::111122223333:assumed-role/app/s1"}`, ".dd..... ..."},
	{`{"AWS": "arn:aws:sts::111122223333:assumed-role/app/s2"}`, "........ ..."},
	{`{"AWS": "arn:aws:sts::111122223333:assumed-role/app/*"}`, "........ ..."},
	{`{"AWS": "arn:aws:sts::111122223333:federated-user/fred"}`, "....d... ..."},
	{`{"AWS": "arn:aws:sts::111122223333:federated-user/alice"}`, "........ ..."},
	{`{"Service": "lambda.amazonaws.com"}`, "......d. ..."},
	{`{"Service": "lambda.us-east-1.amazonaws.com"}`, "........ ..."},
	{`{"Service": "*"}`, "........ ..."},
	{`{"AWS": "lambda.amazonaws.com"}`, "........ ..."},
	{`{"AWS": "AIDAALICEALICEALICE"}`, "d....... ..."},
	{`{"AWS": "AROATEAMTEAMTEAMTEAM"}`, ".d.d.... ..."},
	{`{"AWS": "AROATEAMTEAMTEAMTEAM:s1"}`, "........ ..."},
	{`{"AWS": "arn:aws:iam::111122223333:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"}`, ".......d ..."},
	{`{"AWS": "arn:aws:iam::444455556666:role/app"}`, "........ i.."},
	{`{"AWS": "arn:aws:iam::444455556666:user/alice"}`, "........ .i."},
	{`{"AWS": "arn:aws:iam::111122223333:group/devs"}`, "........ ..."},
	{`{"AWS": "arn:aws:iam::111122223333:*"}`, "........ ..."},
	{`{"AWS": "arn:aws:iam::111122223333:role/*"}`, "........ ..."},
	{`{"AWS": "arn:aws-cn:iam::111122223333:root"}`, "........ ..."},
	{`{"AWS": "arn:aws:iam::111122223333:user/Alice"}`, "........ ..."},
	{`{"Federated": "cognito-identity.amazonaws.com"}`, "........ ..."},
	{`{"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}`, "........ ..."},
	{`{"AWS": []}`, "........ ..."},
	{`{"AWS": ["arn:aws:iam::111122223333:user/alice", "arn:aws:iam::111122223333:root"], "Service": ["lambda.amazonaws.com", "sns.amazonaws.com"]}`, "diiidddi ..."},
}

// Every form of principal in a key policy by every form of caller, with IAM
// silent, allowing and denying.
func TestEveryPrincipal(t *testing.T) {
	for _, row := range principalTable {
		cells := strings.ReplaceAll(row.cells, " ", "")
		if len(cells) != len(principalCallers) {
			t.Fatalf("%s: %d cells", row.principal, len(cells))
		}
		for i, c := range principalCallers {
			try := func(iam ...any) bool {
				caller := map[string]any{"arn": c.arn, "iamPolicies": iam}
				maps.Copy(caller, c.more)
				if strings.Contains(c.arn, "federated") && len(iam) > 0 {
					caller["sessionPolicies"] = []any{policyOf(allowAll(nil))}
				}
				d := decideText(t, map[string]any{
					"key":     map[string]any{"metadata": map[string]any{"Arn": theKeyARN}, "policy": policyOf(allowAll(json.RawMessage(row.principal)))},
					"caller":  caller,
					"request": map[string]any{"action": "kms:Decrypt"},
				})
				return d.Allowed()
			}
			silent := try()
			if silent != (cells[i] == 'd') {
				t.Errorf("%s, %s, IAM silent: got %v, want %c", row.principal, c.arn, silent, cells[i])
			}
			if c.plain {
				continue
			}
			if got := try(policyOf(allowAll(nil))); got != (cells[i] != '.') {
				t.Errorf("%s, %s, IAM allows: got %v, want %c", row.principal, c.arn, got, cells[i])
			}
			if try(policyOf(allowAll(nil)), policyOf(statement{"Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*"})) {
				t.Errorf("%s, %s, IAM denies: allowed", row.principal, c.arn)
			}
		}
	}
}
