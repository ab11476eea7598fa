package evaluate

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/kmsauthz/kmsauthz/policy"
)

// explain explains the situation of a line.
func explain(t *testing.T, line string) *Explanation {
	t.Helper()
	return decide(t, line).Explain()
}

var (
	placeInText = regexp.MustCompile(` \[[^]\n]*\d+:\d+\]`)
	headInText  = regexp.MustCompile(`^([a-z-]+)  +`)
)

// told returns what Text tells of the layers, without places, in one line: "; "
// between lines, "> " for each step beneath.
func told(e *Explanation) string {
	var lines []string
	for _, line := range strings.Split(placeInText.ReplaceAllString(e.Text(), ""), "\n")[2:] {
		if head, _, _ := strings.Cut(line, ": "); head == noObjection || head == noSay || head == noneGiven {
			continue
		}
		depth := 0
		for strings.HasPrefix(line, indent) {
			line, depth = line[len(indent):], depth+1
		}
		lines = append(lines, strings.Repeat("> ", depth)+headInText.ReplaceAllString(line, "$1 "))
	}
	return strings.Join(lines, "; ")
}

// What Text tells of each layer. Each row is a situation.
func TestExplainLayers(t *testing.T) {
	const dual = " (dual-authorization: the key policy only delegates, so an IAM policy must allow too)"
	const both = " (dual-authorization: across accounts key policy and IAM policy must both allow)"
	const root = "key-policy allows by statement 0, which delegates to account 111122223333, whose IAM policies decide"
	const lent = "key-policy allows by statement 0, which delegates to account 111122223333, so that grants count (grant-requires-delegation)"
	const unnamed = "key-policy does not allow: no statement names the caller or its account"
	const noIAM = "iam-policy would not allow either: no identity-based policy is attached"
	const named = "key-policy allows by statement 0, which names role/app; iam-policy has no part: the key policy names the caller, who needs no IAM policy"
	for _, r := range []row{
		// The request, its Region and the accounts.
		{"do ReEncrypt", "The evaluation stops there: no policy, grant or key state is looked at."},
		{"in eu-west-1", "The evaluation stops there: no policy, grant or key state is looked at."},
		{"caller fapp; do PutKeyPolicy", "The evaluation stops there: no policy, grant or key state is looked at."},

		// Service control policies.
		{"kp +app:*; scp=root +*; scp=team +Encrypt +*@other", "scp does not allow: no statement with kms:Decrypt covers the key, at level 2 of 2 (team); > statement 1 of team has kms:Decrypt, but its Resource is " + other +
			" (another key); > 1 more statement without a part; " + named},
		{"kp +app:*; scp empty; scp=a +Encrypt; scp&=b +Encrypt", "scp does not allow: no Allow statement has kms:Decrypt, at level 2 of 2 (a, b); > 2 statements without a part; " + named},
		{"kp +app:*; scp=a -Encrypt", "scp does not allow: no statement allows anything at the level of a: was FullAWSAccess left out?; > 1 statement without a part; " + named},
		{"kp +app:*; scp=a +*; scp=b -Decrypt", "scp denies by statement 0 of b; > nor does it allow otherwise: no statement allows anything at the level of b: was FullAWSAccess left out?; " + named},

		// Resource control policies and the policy of the VPC endpoint.
		{"kp +app:*; rcp=a +anyone:*; rcp=b -anyone:Decrypt?Bool|aws:PrincipalIsAWSService|false", "rcp denies by statement 0 of b; > Bool aws:PrincipalIsAWSService \"false\" holds: the request has \"false\"; " + named},
		{"kp +app:*; vpce +anyone:Encrypt", "vpc-endpoint-policy does not allow: no Allow statement has kms:Decrypt; > statement 0 names everyone, but its Action is kms:Encrypt; " + named},
		{"kp +app:*; vpce +app:* -web:*", named},

		// The key policy, alone and with IAM policies.
		{"kp +web:*; iam=x +*", unnamed + "; > statement 0 would allow this, but names role/web; " +
			"iam-policy allows by statement 0 of x, which is not enough: the key policy must let the caller in as well (dual-authorization)"},
		{"kp +app:Encrypt +web:* -web:*", "key-policy does not allow: no statement for the caller has kms:Decrypt; > statement 0 names role/app, but its Action is kms:Encrypt; " +
			"> statement 1 would allow this, but names role/web; > 1 more statement without a part; " + noIAM},
		{"kp +app:*@other", "key-policy does not allow: no statement with kms:Decrypt covers the key; > statement 0 names role/app and has kms:Decrypt, but its Resource is " + other + " (another key); " + noIAM},
		{"kp +app:*?mfa", "key-policy does not allow: a condition is not met; > statement 0 names role/app and has kms:Decrypt, but its condition is not met; " +
			"> > Bool aws:MultiFactorAuthPresent \"true\" is not met: the request does not have the key: it is not given here; a request carries it with temporary credentials; " + noIAM},
		{"kp +anyone:*", "key-policy allows by statement 0, which names everyone; iam-policy has no part: the key policy names the caller, who needs no IAM policy"},
		{"kp +!web:*", "key-policy allows by statement 0, which names everyone whom NotPrincipal does not list; iam-policy has no part: the key policy names the caller, who needs no IAM policy"},
		{"kp +!app:*", unnamed + "; > statement 0 would allow this, but its NotPrincipal lists the caller; " + noIAM},
		{"kp +app:*; iam=x +*", "key-policy allows by statement 0, which names role/app; iam-policy allows by statement 0 of x, which is not needed: the key policy names the caller"},
		{"kp +root:*; iam=x +*", root + "; iam-policy allows by statement 0 of x"},
		{"kp +root:*", root + "; iam-policy does not allow: no identity-based policy is attached" + dual},
		{"kp +root:* +app:*?mfa +web:*; iam=x +Encrypt", root + "; > statement 1 names role/app and has kms:Decrypt, but its condition is not met; " +
			"> > Bool aws:MultiFactorAuthPresent \"true\" is not met: the request does not have the key: it is not given here; a request carries it with temporary credentials; " +
			"iam-policy does not allow: no Allow statement has kms:Decrypt" + dual + "; > 1 statement without a part"},
		{"kp +app:*; rules strict", "key-policy allows by statement 0, which names role/app; iam-policy does not allow: no identity-based policy is attached " +
			"(dual-authorization: under strict rules key policy and IAM policy must both allow); note: AWS's documentation allows this: there a caller that the key policy of its own account names needs no IAM policy (dual-authorization, strict)."},
		{"kp +app:* -app:Decrypt", "key-policy denies by statement 1; iam-policy has no part: the key policy names the caller, who needs no IAM policy"},
		{"kp -anyone:*", "key-policy denies by statement 0; > nor does it allow otherwise: no statement names the caller or its account; " + noIAM},
		{"kp +root:*; iam=x +* -Decrypt?mfa; ctx aws:MultiFactorAuthPresent=true", root + "; iam-policy denies by statement 1 of x; > Bool aws:MultiFactorAuthPresent \"true\" holds: the request has \"true\""},
		{"kp +root:*; iam=x -Decrypt", root + "; iam-policy denies by statement 0 of x; > nor does it allow otherwise: no Allow statement has kms:Decrypt"},
		{"caller root; kp +root:*", "key-policy allows by statement 0, which names account 111122223333; iam-policy allows, as the root user counts as allowed by IAM"},
		{"caller root", unnamed + "; iam-policy allows, which is not enough: the key policy must let the caller in as well (dual-authorization)"},
		{"caller svc; kp +svc:*", "key-policy allows by statement 0, which names the service s3.amazonaws.com"},
		{"caller fed user:alice; kp +alice:*; sp +*", "key-policy allows by statement 0, which names the user of federated-user/fred; iam-policy has no part: the key policy names the caller, who needs no IAM policy"},
		{"caller fed; kp +root:*; iam=x +*", root + "; iam-policy does not allow: a federated user without a session policy has no permissions from identity-based policies" + dual},
		{"caller fapp; kp +far:*; iam=x +*", "key-policy allows by statement 0, which delegates to account 444455556666, whose IAM policies decide; iam-policy allows by statement 0 of x"},
		{"caller fapp", "key-policy does not allow: no statement names the caller; iam-policy does not allow: no identity-based policy is attached" + both},
		{"key AWS; kp +web:*", "key-policy does not allow: the policy of an AWS managed key is fixed; no statement names role/app or account 111122223333; > statement 0 would allow this, but names role/web; " + noIAM},
		{"do CreateKey; nokey; iam=x +*", "iam-policy allows by statement 0 of x"},
		{"do CreateKey; nokey", "iam-policy does not allow: no identity-based policy is attached"},
		{"do CreateKey; nokey; iam=x +*@key", `iam-policy does not allow: no statement with kms:CreateKey covers "*"; > statement 0 of x has kms:CreateKey, but its Resource is ` + ownKy + ` (kms:CreateKey has no resource: only "*" covers it)`},
		{"do CreateKey; nokey; caller svc", "iam-policy does not allow: no identity-based policy is attached"},
		{"do DeleteAlias; alias " + alias + "; nokey; iam=x +*@key", "iam-policy does not allow: no statement with kms:DeleteAlias covers the alias; > statement 0 of x has kms:DeleteAlias, but its Resource is " + ownKy},

		// A Deny with NotPrincipal.
		{"kp +root:* -!app:*; iam=x +*", "key-policy denies by statement 1, since its NotPrincipal does not spare role/app: it does not list account 111122223333; iam-policy allows by statement 0 of x"},
		{"kp +root:* -!root:*; iam=x +*; caller sess", "key-policy denies by statement 1, since its NotPrincipal does not spare assumed-role/app/i-0abc: it does not list role/app and assumed-role/app/i-0abc; iam-policy allows by statement 0 of x"},
		{"kp +app:* -!app,root:*; pb=x +*", "key-policy denies by statement 1, since its NotPrincipal does not spare role/app: it spares nobody who has a permissions boundary; iam-policy has no part: the key policy names the caller, who needs no IAM policy"},

		// Grants.
		{"kp +root:*; grant app:Decrypt", lent + "; iam-policy has no part: a grant lets the caller in; grant allows by grant g1"},
		{"kp +root:*; grant app:Decrypt; iam=x +*", root + "; iam-policy allows by statement 0 of x; grant allows by grant g1, which is not needed: the policies let the caller in"},
		{"kp +root:*; grant app:Encrypt; iam=x +*", root + "; iam-policy allows by statement 0 of x; grant has no part: the policies let the caller in"},
		{"kp +root:*; grant web:Decrypt", root + "; iam-policy does not allow: no identity-based policy is attached" + dual + "; grant has no part: the key's grant is for another"},
		{"kp +root:*; grant web:Decrypt; grant bob:Decrypt", root + "; iam-policy does not allow: no identity-based policy is attached" + dual + "; grant has no part: none of the key's 2 grants is for the caller"},
		{"kp +root:*; grant app:Encrypt; grant web:Decrypt id:g2", root + "; iam-policy does not allow: no identity-based policy is attached" + dual +
			"; grant does not allow, as another way in: no grant for the caller has kms:Decrypt; > grant g1 has kms:Encrypt, not kms:Decrypt for this caller; > 1 more grant without a part"},
		{"kp +root:*; grant app:Decrypt pending", root + "; iam-policy does not allow, as another way in: no identity-based policy is attached" + dual +
			"; grant does not allow: the grant is not in effect; > grant g1 is pending, and its token is not in the request"},
		{"rules aws; grant app:Decrypt sub:a=1,b=2; ec b=3", "key-policy does not allow, as another way in: no statement names the caller or its account; " + noIAM + "; grant does not allow: a constraint of the grant is not satisfied; " +
			"> the request does not satisfy the constraint of grant g1; > > EncryptionContextSubset \"a\" \"1\" is not met: the encryption context has no pair named \"a\"; it has \"b\"; " +
			"> > EncryptionContextSubset \"b\" \"2\" is not met: the request has \"3\""},
		{"rules aws; grant app:Decrypt eq:a=1; ec a=1 b=2", "key-policy does not allow, as another way in: no statement names the caller or its account; " + noIAM + "; grant does not allow: a constraint of the grant is not satisfied; " +
			"> the request does not satisfy the constraint of grant g1; > > EncryptionContextEquals does not have the pair \"b\", which the request has"},
		{"rules aws; grant app:Decrypt eq:a=1; ec A=1", "key-policy does not allow, as another way in: no statement names the caller or its account; " + noIAM + "; grant does not allow: a constraint of the grant is not satisfied; " +
			"> the request does not satisfy the constraint of grant g1; > > EncryptionContextEquals \"a\" \"1\" is not met: the encryption context has no pair named \"a\"; it has \"A\" (in a grant upper and lower case count); " +
			"> > EncryptionContextEquals does not have the pair \"A\", which the request has"},
		{"rules aws; grant app:Decrypt src:arn:aws:s3:::b", "key-policy does not allow, as another way in: no statement names the caller or its account; " + noIAM + "; grant does not allow: a constraint of the grant is not satisfied; " +
			"> the request does not satisfy the constraint of grant g1; > > SourceArn \"arn:aws:s3:::b\" is not met: the request does not have aws:SourceArn: it is set only when an AWS service calls as itself for a resource; this caller is role/app"},
		{"rules aws; caller svc; src arn:aws:s3:::c; grant svc:Decrypt src:arn:aws:s3:::b", "key-policy does not allow, as another way in: no statement names the caller; grant does not allow: a constraint of the grant is not satisfied; " +
			"> the request does not satisfy the constraint of grant g1; > > SourceArn \"arn:aws:s3:::b\" is not met: the request has \"arn:aws:s3:::c\""},
		{"rules aws; do CreateGrant; grant app:CreateGrant,Decrypt eq:a=1; ctx kms:GrantOperations=Decrypt", "key-policy does not allow, as another way in: no statement names the caller or its account; " + noIAM +
			"; grant does not allow: a constraint of the grant is not satisfied; > the request does not satisfy the constraint of grant g1; " +
			"> > the new grant must keep the constraints of the grant under which it is made, or have stricter ones"},
		{"kp +root:*; do CreateGrant; grant app:CreateGrant; ctx kms:GrantOperations=Decrypt", root + "; iam-policy does not allow: no identity-based policy is attached" + dual +
			"; grant does not allow, as another way in: no grant for the caller has kms:CreateGrant; > grant g1 has kms:CreateGrant, to which the new grant would add kms:Decrypt"},
		{"kp +root:*; do CreateGrant; grant app:CreateGrant; ctx kms:GrantOperations=Nothing", root + "; iam-policy does not allow: no identity-based policy is attached" + dual +
			"; grant does not allow, as another way in: no grant for the caller has kms:CreateGrant; > grant g1 has kms:CreateGrant, to which the new grant would add an operation that KMS does not have"},
		{"kp +root:Encrypt; grant app:Decrypt", "key-policy does not allow: it does not delegate kms:Decrypt to account 111122223333, so that grant g1 does not count (grant-requires-delegation); " +
			"> nor does it allow otherwise: no statement for the caller has kms:Decrypt; > statement 0 names account 111122223333, but its Action is kms:Encrypt; " + noIAM +
			"; grant would allow by grant g1, if the key policy delegated to account 111122223333 (grant-requires-delegation); " +
			"note: AWS's documentation allows this: there a grant needs no delegation by the key policy (grant-requires-delegation)."},
		{"grant app:Encrypt", unnamed + "; " + noIAM + "; grant would not allow either; > grant g1 has kms:Encrypt, not kms:Decrypt for this caller"},
		{"caller fapp; kp +root:*; grant fapp:Decrypt", lent + "; iam-policy has no part: a grant lets the caller in; grant allows by grant g1"},
		{"caller fapp; kp +root:Encrypt; grant fapp:Decrypt; iam=x +*", "key-policy does not allow: it does not delegate kms:Decrypt to account 111122223333, so that grant g1 does not count (grant-requires-delegation); " +
			"> nor does it allow otherwise: no statement names the caller; > statement 0 names account 111122223333, but its Action is kms:Encrypt; " +
			"iam-policy allows by statement 0 of x, which is not enough: the key policy must let the caller in as well (dual-authorization); " +
			"grant would allow by grant g1, if the key policy delegated to account 111122223333 (grant-requires-delegation); " +
			"note: AWS's documentation allows this: there a grant needs no delegation by the key policy (grant-requires-delegation)."},
		{"rules aws; caller fapp; grant fapp:Decrypt", "key-policy has no part: a grant lets the caller in; iam-policy has no part: a grant lets the caller in; grant allows by grant g1"},
		{"rules aws; grant root:Decrypt; iam=x +*", "key-policy allows, as grant g1 delegates to account 111122223333, whose IAM policies decide; iam-policy allows by statement 0 of x; grant allows by grant g1, which is to account 111122223333, whose IAM policies decide"},
		{"kp +app:*; grant app:Decrypt; pb=x +Encrypt", "key-policy lets the caller in, but as another way in it does not delegate kms:Decrypt to account 111122223333, so that grant g1 does not count (grant-requires-delegation); " +
			"> statement 0 allows kms:Decrypt to role/app; iam-policy has no part: the key policy names the caller, who needs no IAM policy; " +
			"grant would allow by grant g1, if the key policy delegated to account 111122223333 (grant-requires-delegation); permissions-boundary does not allow: no Allow statement has kms:Decrypt; > 1 statement without a part"},

		// Who may retire a grant.
		{"do RetireGrant; gid g1; grant bob:Decrypt ret:app", "iam-policy has no part: the caller may retire the grant without; " +
			"grant allows: grant g1 may be retired by its retiring principal role/app, or by those in account 111122223333 (which issued it) whose IAM policies allow it"},
		{"do RetireGrant; gid g1; grant bob:RetireGrant ret:far acct:111122223333", "iam-policy would not allow either: no identity-based policy is attached; grant does not allow: the caller is none of those who may retire the grant; " +
			"> grant g1 may be retired by its grantee user/bob, or by those in account 111122223333 (which issued it) whose IAM policies allow it, or by those in account 444455556666 (its retiring principal) whose IAM policies allow it"},
		{"do RetireGrant; gid g1; grant bob:Decrypt ret:anyone", "iam-policy has no part: the caller may retire the grant without; " +
			"grant allows: grant g1 may be retired by its retiring principal everyone, or by those in account 111122223333 (which issued it) whose IAM policies allow it"},
		{"do RetireGrant; gid g1; grant bob:Decrypt; grant web:Decrypt id:g2; iam=x +*", "iam-policy allows by statement 0 of x; grant allows: grant g1 may be retired by those in account 111122223333 (which issued it) whose IAM policies allow it"},

		// Limits, key usage and key state.
		{"kp +app:*; pb=x +Encrypt; sp=y +Encrypt", named + "; permissions-boundary does not allow: no Allow statement has kms:Decrypt; > 1 statement without a part; session-policy does not allow: no Allow statement has kms:Decrypt; > 1 statement without a part"},
		{"caller alice; kp +alice:*; pb=x +Encrypt", "key-policy allows by statement 0, which names user/alice; iam-policy has no part: the key policy names the caller, who needs no IAM policy; " +
			"permissions-boundary has no part: it does not allow this and need not: it does not limit a caller that is named so"},
		{"pb=x +Encrypt", unnamed + "; " + noIAM + "; permissions-boundary would not allow either: no Allow statement has kms:Decrypt"},
		{"kp +app:*; sp=x -Decrypt", named + "; session-policy denies by statement 0 of x; > nor does it allow otherwise: no Allow statement has kms:Decrypt"},
		{"kp +app:*; key Disabled; do Sign", named + "; key-usage does not allow: a key of type symmetric does not have kms:Sign, which is for asymmetric-sign; key-state does not allow: the key is Disabled, which does not permit kms:Sign"},
	} {
		if got := told(explain(t, r.line)); got != r.want {
			t.Errorf("%s:\n got %s\nwant %s", r.line, got, r.want)
		}
	}
}

// Layers that do not bear on a request are named in a few words.
func TestExplainSilentLayers(t *testing.T) {
	for _, r := range []row{
		{"kp +app:*", "no objection: key-usage, key-state; none given: scp, rcp, vpc-endpoint-policy, grant, permissions-boundary, session-policy"},
		{"kp +app:*; scp +*; rcp; vpce +anyone:*; pb +*; sp +*", "no objection: scp, rcp, vpc-endpoint-policy, permissions-boundary, session-policy, key-usage, key-state; none given: grant"},
		{"kp +svc:*; caller svc; rcp", "no objection: rcp, key-usage, key-state; does not apply: scp, iam-policy (the caller is an AWS service); none given: vpc-endpoint-policy, grant, permissions-boundary, session-policy"},
		{"kp +app:*; corg mgmt; scp; rcp", "no objection: key-usage, key-state; does not apply: scp (the caller is in the organization's management account); " +
			"does not apply: rcp (the key is in the organization's management account); none given: vpc-endpoint-policy, grant, permissions-boundary, session-policy"},
		{"kp +anyone:*; caller " + slr, "no objection: key-usage, key-state; does not apply: scp, rcp (the caller is a service-linked role); none given: vpc-endpoint-policy, grant, permissions-boundary, session-policy"},
		{"kp +app:*; key AWS", "no objection: key-usage, key-state; does not apply: rcp (the key is an AWS managed key); none given: scp, vpc-endpoint-policy, grant, permissions-boundary, session-policy"},
		{"kp +app:*; do PutKeyPolicy", "no objection: key-usage, key-state; does not apply: grant (no grant can give kms:PutKeyPolicy); none given: scp, rcp, vpc-endpoint-policy, permissions-boundary, session-policy"},
		{"do RetireGrant; gid g1; grant bob:Decrypt ret:app", "no objection: key-usage, key-state; does not apply: rcp, key-policy (it has no say on who may retire a grant); none given: scp, vpc-endpoint-policy, permissions-boundary, session-policy"},
		{"do CreateKey; nokey; iam +*", "does not apply: rcp, key-policy, grant, key-usage, key-state (the request is not about a key); none given: scp, vpc-endpoint-policy, permissions-boundary, session-policy"},
	} {
		var lines []string
		for line := range strings.Lines(explain(t, r.line).Text()) {
			if head, _, _ := strings.Cut(line, ": "); head == noObjection || head == noSay || head == noneGiven {
				lines = append(lines, strings.TrimSpace(line))
			}
		}
		if got := strings.Join(lines, "; "); got != r.want {
			t.Errorf("%s:\n got %s\nwant %s", r.line, got, r.want)
		}
	}
}

// What was asked, in one line.
func TestExplainRequest(t *testing.T) {
	const key = " on key " + theKey
	for _, r := range []row{
		{"", "role/app of account 111122223333 calls kms:Decrypt" + key + " in us-east-1, directly"},
		{"caller sess", "assumed-role/app/i-0abc of account 111122223333 calls kms:Decrypt" + key + " in us-east-1, directly"},
		{"caller sess role:app/", "assumed-role/app/i-0abc of account 111122223333 (role/service/app) calls kms:Decrypt" + key + " in us-east-1, directly"},
		{"caller root", "the root user of account 111122223333 calls kms:Decrypt" + key + " in us-east-1, directly"},
		{"caller fapp", "role/app of account 444455556666 calls kms:Decrypt" + key + " of account 111122223333 in us-east-1, directly"},
		{"caller svc", "the service s3.amazonaws.com calls kms:Decrypt" + key + " of account 111122223333 in us-east-1, as itself"},
		{"caller svc; src arn:aws:s3:::b", "the service s3.amazonaws.com calls kms:Decrypt" + key + " of account 111122223333 in us-east-1, for arn:aws:s3:::b"},
		{"caller anonymous", "somebody calls kms:Decrypt" + key + " of account 111122223333 in us-east-1, directly"},
		{"do ReEncrypt", "role/app of account 111122223333 calls an action that KMS does not have" + key + " in us-east-1, directly"},
		{"id alias/a; key alias/a", "role/app of account 111122223333 calls kms:Decrypt" + key + " (alias/a) in us-east-1, directly"},
		{"in eu-west-1", "role/app of account 111122223333 calls kms:Decrypt" + key + " in us-east-1, called in eu-west-1, directly"},
		{"via s3.us-east-1.amazonaws.com", "role/app of account 111122223333 calls kms:Decrypt" + key + " in us-east-1, through s3.us-east-1.amazonaws.com"},
		{"vpce +anyone:*", "role/app of account 111122223333 calls kms:Decrypt" + key + " in us-east-1, through the VPC endpoint vpce-0abc"},
		{"do DeleteAlias; nokey; alias " + alias, "role/app of account 111122223333 calls kms:DeleteAlias on alias/orders in us-east-1, directly"},
		{"do CreateKey; nokey", "role/app of account 111122223333 calls kms:CreateKey, directly"},
		{"do CreateKey; nokey; in us-east-1", "role/app of account 111122223333 calls kms:CreateKey in us-east-1, directly"},
		{"rules aws", "role/app of account 111122223333 calls kms:Decrypt" + key + " in us-east-1, directly, under AWS's rules"},
		{"rules strict", "role/app of account 111122223333 calls kms:Decrypt" + key + " in us-east-1, directly, under strict rules"},
		{"rules both", "role/app of account 111122223333 calls kms:Decrypt" + key + " in us-east-1, directly, under AWS's rules made strict"},
	} {
		if got := explain(t, r.line).Root().Text(); got != r.want {
			t.Errorf("%s:\n got %s\nwant %s", r.line, got, r.want)
		}
	}
	w := read("")
	w.request.VPCEndpoint = &VPCEndpoint{Policy: must(policy.ParseEndpointPolicy([]byte(`{"Statement": []}`), nil))}
	if got, want := w.decide().Explain().Root().Text(), ", through a VPC endpoint"; !strings.HasSuffix(got, want) {
		t.Errorf("got %s, want %s at the end", got, want)
	}
}

// Why a statement comes near and misses.
func TestExplainNearMisses(t *testing.T) {
	for _, r := range []row{
		// Principals.
		{"kp +111122223334:*", "statement 0 would allow this, but names account 111122223334 (one digit differs from the caller's account id)"},
		{"caller alice; kp +bob,Alice:*", "statement 0 would allow this, but names user/Alice (only upper and lower case differ from the caller), user/bob"},
		{"kp +web,bob,svc,farid,aida:*", "statement 0 would allow this, but names the unique id " + whos["aida"] + " (the id of a deleted user or role, or of one whose unique id is not given here), role/web, user/bob, account 444455556666 and 1 more"},
		{"kp +app/:*", "statement 0 would allow this, but names role/service/app (another path than the caller's)"},
		{"caller sess; kp +app/:*", "statement 0 would allow this, but names role/service/app (the session's role is taken to have no path: state the role's ARN)"},
		{"kp +sess:*", "statement 0 would allow this, but names assumed-role/app/i-0abc (one session of the caller's role)"},
		{"caller sess; kp +sess2:*", "statement 0 would allow this, but names assumed-role/app/other (another session of the caller's role)"},
		{"kp +anyrole:*", `statement 0 would allow this, but names "arn:aws:iam::111122223333:role/*" (a Principal takes no wildcard but "*" alone)`},
		{"kp +group:*", `statement 0 would allow this, but names "arn:aws:iam::111122223333:group/admins" (a group is no principal)`},
		{"caller svc; kp +svc2:*", "statement 0 would allow this, but names the service sns.amazonaws.com"},
		{"caller svc; kp +svcr:*", "statement 0 would allow this, but names the service s3.us-east-1.amazonaws.com (the same service, with another Region in its name)"},
		{"caller fapp; kp +root:*", "statement 0 would allow this, but names account 111122223333"},
		{"kp +fapp:*", "statement 0 would allow this, but names role/app of account 444455556666"},
		// Actions.
		{"kp +app:Encrypt,List*", "statement 0 names role/app, but its Action is kms:Encrypt, kms:List*"},
		{"kp +app:Decypt,Encrypt", "statement 0 names role/app, but its Action is kms:Decypt (no permission of KMS, unlike kms:Decrypt), kms:Encrypt"},
		{"kp +root:*; iam=x +Decypt", "statement 0 of x lacks kms:Decrypt: its Action is kms:Decypt (no permission of KMS, unlike kms:Decrypt)"},
		{"kp +root:*; do ReEncryptTo; iam=x +ReEncrypt", "statement 0 of x lacks kms:ReEncryptTo: its Action is kms:ReEncrypt (no permission of KMS, unlike kms:ReEncryptTo)"},
		// Resources.
		{"kp +root:*; iam=x +*@" + alias, "statement 0 of x has kms:Decrypt, but its Resource is " + alias + " (an alias stands for itself, not for its key)"},
		{"kp +root:*; iam=x +*@arn:aws:kms:eu-west-1:111122223333:key/*", "statement 0 of x has kms:Decrypt, but its Resource is arn:aws:kms:eu-west-1:111122223333:key/* (another Region)"},
		{"kp +root:*; iam=x +*@arn:aws:kms:us-east-1:111122223334:key/*", "statement 0 of x has kms:Decrypt, but its Resource is arn:aws:kms:us-east-1:111122223334:key/* (one digit of the account id differs)"},
		{"kp +root:*; iam=x +*@arn:aws:kms:us-east-1:444455556666:key/*", "statement 0 of x has kms:Decrypt, but its Resource is arn:aws:kms:us-east-1:444455556666:key/* (another account)"},
		{"kp +root:*; iam=x +*@arn:aws-cn:kms:us-east-1:111122223333:key/*", "statement 0 of x has kms:Decrypt, but its Resource is arn:aws-cn:kms:us-east-1:111122223333:key/* (another partition)"},
		{"kp +root:*; iam=x +*@arn:aws:kms:*:111122223333:key/a*", "statement 0 of x has kms:Decrypt, but its Resource is arn:aws:kms:*:111122223333:key/a*"},
		{"kp +root:*; iam=x +*@arn:aws:s3:::bucket", "statement 0 of x has kms:Decrypt, but its Resource is arn:aws:s3:::bucket"},
		{"kp +root:*; iam=x +*@arn:aws:kms:us-east-1:111122223333:key/${aws:PrincipalTag/key}", "statement 0 of x has kms:Decrypt, but its Resource is arn:aws:kms:us-east-1:111122223333:key/${aws:PrincipalTag/key} (its policy variable has no value in this request)"},
		{"do CreateKey; nokey; iam=x +*@key", "statement 0 of x has kms:CreateKey, but its Resource is " + ownKy + " (kms:CreateKey has no resource: only \"*\" covers it)"},
		{"kp +app:*@none", "statement 0 names role/app and has kms:Decrypt, but has no Resource"},
	} {
		e := explain(t, r.line)
		i := slices.IndexFunc(e.nodes, func(n Node) bool { return n.outcome == OutcomeMisses })
		if i < 0 || e.nodes[i].Text() != r.want {
			t.Errorf("%s:\n got %s\nwant %s", r.line, e.FullText(), r.want)
		}
	}
}

// One statement may have several failing tests; all are listed.
func TestExplainAllFailingTests(t *testing.T) {
	w := read("")
	w.key.Policy = must(policy.ParseKeyPolicy([]byte(`{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*", "Condition": {
		"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com", "kms:CallerAccount": "111122223333", "aws:ResourceTag/a": "1"},
		"Bool": {"aws:MultiFactorAuthPresent": true}}}}`), nil))
	w.key.Tags = map[string]string{"a": "1"}
	e := w.decide().Explain()
	st := e.nodes[slices.IndexFunc(e.nodes, func(n Node) bool { return n.kind == KindStatement })]
	if got, want := st.Text(), "statement 0 names everyone and has kms:Decrypt, but 3 of its 4 conditions are not met"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	var codes []string
	for n := range st.Children() {
		codes = append(codes, n.Code().String())
	}
	if want := []string{"absent-key", "unusable-key", "absent-key"}; !slices.Equal(codes, want) {
		t.Errorf("got %v, want %v", codes, want)
	}
	w.key.Policy = must(policy.ParseKeyPolicy([]byte(`{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*", "Condition": {
		"StringEquals": {"a:1": "x", "a:2": "x", "a:3": "x", "a:4": "x", "a:5": "x", "a:6": "x", "a:7": "x"}}}}`), nil))
	if text := w.decide().Explain().Text(); !strings.Contains(text, "StringEquals a:5 ") || strings.Contains(text, "StringEquals a:6 ") || !strings.Contains(text, "\n        and 2 more\n") {
		t.Errorf("got %s", text)
	}
}

// A statement that stands twice in a layer decides once; Text shows the places of
// what it tells.
func TestExplainPlaces(t *testing.T) {
	w := read("kp +root:*")
	p := must(policy.ParseIAMPolicy([]byte("{\"Statement\": [\n {\"Effect\": \"Allow\", \"Action\": \"kms:Decrypt\", \"Resource\": \"*\"}]}"), &policy.ParseOptions{File: "x.json", Name: "x"}))
	w.caller.IAMPolicies = []*policy.IAMPolicy{p, p}
	e := w.decide().Explain()
	var decide []bool
	for i := range e.nodes {
		if n := &e.nodes[i]; n.kind == KindStatement && n.layer == LayerIAMPolicy {
			decide = append(decide, n.Decides())
		}
	}
	if !slices.Equal(decide, []bool{true, false}) {
		t.Errorf("got %v", decide)
	}
	if text := e.Text(); !strings.Contains(text, "allows by statement 0 of x [x.json:2:2]") {
		t.Errorf("got %s", text)
	}
}

// Nothing of a document reaches a terminal as it is.
func TestExplainIsPrintable(t *testing.T) {
	w := read("grant app:Encrypt id:g\x1b[2J")
	w.key.Policy = must(policy.ParseKeyPolicy([]byte(`{"Statement": [
		{"Sid": "a\n\u001b[2J\u202e", "Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::111122223333:role/\u009bx", "\u0007"]}, "Action": "kms:*", "Resource": "*"},
		{"Sid": "b\nc", "Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*", "Condition": {"StringEquals": {"my:\u001bkey": "\u001b\u2028"}}}]}`), nil))
	w.caller.IAMPolicies = []*policy.IAMPolicy{must(policy.ParseIAMPolicy([]byte(`{"Statement": {"Effect": "Allow", "Action": "kms:*", "Resource": "\u001b"}}`), &policy.ParseOptions{Name: "p\r", File: "f\u001b"}))}
	w.request.Context = map[string][]string{"my:\x1bkey": {"\x1b\x07", "\u2029"}}
	e := w.decide().Explain()
	for _, text := range []string{e.Text(), e.FullText(), e.Decision().String()} {
		for _, bad := range []string{"\x1b", "\r", "\x07", "\u202e", "\u2028", "\u2029", "\u009b"} {
			if strings.Contains(text, bad) {
				t.Errorf("%q in %q", bad, text)
			}
		}
	}
	if lines := strings.Count(e.Decision().String(), "\n"); lines != 0 {
		t.Errorf("the decision has %d line breaks", lines)
	}
}

// Contradictions are told in one line.
func TestExplainContradictions(t *testing.T) {
	e := explain(t, "caller svc; via s3.us-east-1.amazonaws.com; id other")
	if first, rest, _ := strings.Cut(e.Text(), "\n"); !strings.Contains(first, "calls as itself") || !strings.Contains(first, "; RequestConfig.KeyID") || strings.Count(rest, "\n") != 1 {
		t.Errorf("got %s", e.Text())
	}
}

// However much there is to tell, Text has 30 lines at most, with the nearest first
// and the rest counted; FullText has it all.
func TestExplainIsBounded(t *testing.T) {
	var near []string
	for range 40 {
		near = append(near, "+app:Encrypt", "+web:*")
	}
	near = append(near, "+app:*?mfa", "-bob:*")
	many := strings.Join(near, " ")
	e := explain(t, "kp "+many)
	lines := strings.Split(e.Text(), "\n")
	if len(lines) != 13 || !strings.Contains(lines[3], "statement 80 names role/app and has kms:Decrypt") || !strings.Contains(e.Text(), "76 more statements near, 1 without a part") {
		t.Errorf("got %d lines:\n%s", len(lines), e.Text())
	}
	if n := strings.Count(e.FullText(), "would allow this"); n != 40 {
		t.Errorf("FullText tells of %d statements", n)
	}
	condition := " +*?mfa +*?StringEquals|aws:SourceVpc|vpc-1 +*?StringEquals|aws:PrincipalTag/a|b +*@other +Decypt +*@other"
	e = explain(t, "kp "+many+"; iam"+condition+"; pb"+condition+"; sp"+condition+"; scp"+condition+"; vpce "+many+"; caller fapp; kp +far:*?mfa +farid:*?mfa; grant fapp:Encrypt; key Disabled")
	if n := strings.Count(e.Text(), "\n") + 1; n > maxLines || n < 20 {
		t.Errorf("got %d lines:\n%s", n, e.Text())
	}
}

func TestZeroExplanation(t *testing.T) {
	for _, e := range []*Explanation{{}, Decision{}.Explain()} {
		if e.Text() != "deny" || e.String() != "deny" || !strings.HasPrefix(e.FullText(), "deny") || e.Decision().Allowed() {
			t.Errorf("got %q, %q", e.Text(), e.FullText())
		}
		checkEmpty(t, e.Root())
		if text, err := json.Marshal(e); err != nil || !json.Valid(text) {
			t.Errorf("got %s, %v", text, err)
		}
	}
	checkEmpty(t, &Node{})
}

func checkEmpty(t *testing.T, n *Node) {
	t.Helper()
	_, placed := n.Position()
	_, granted := n.Grant()
	_, compares := n.Comparison()
	if n.Outcome() != OutcomeNone || n.Code() != 0 || n.Layer() != LayerNone || n.Decides() || n.Alternative() || n.Policy() != "" || n.Statement() != nil ||
		n.Stage() != StageNone || placed || granted || compares || n.Unlisted() != 0 {
		t.Errorf("%v says something", n.Kind())
	}
	for range n.Children() {
		t.Error("there is a child")
	}
}

// The JSON of a denial, with the parts that each kind of node has.
func TestExplainJSON(t *testing.T) {
	w := read("kp +root:*; grant app:Decrypt sub:a=1; ec b=2")
	w.caller.IAMPolicies = []*policy.IAMPolicy{must(policy.ParseIAMPolicy([]byte(`{"Statement": [
 {"Sid": "S3", "Effect": "Allow", "Action": "kms:*", "Resource": "*", "Condition": {"StringEquals": {"kms:ViaService": ["a", "b"]}}},
 {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}`), &policy.ParseOptions{File: "x.json", Name: "x"}))}
	e := w.decide().Explain()
	var found []string
	for n := range e.Root().Children() {
		if n.Layer() == LayerIAMPolicy || n.Layer() == LayerGrant {
			text := must(json.Marshal(n))
			found = append(found, string(text))
		}
	}
	want := []string{
		`{"kind":"layer","layer":"iam-policy","outcome":"does-not-allow","code":"condition-not-met","decides":true,` +
			`"text":"does not allow: a condition is not met (dual-authorization: the key policy only delegates, so an IAM policy must allow too)","children":[` +
			`{"kind":"policy","layer":"iam-policy","outcome":"no-part","policy":"x","text":"x: 2 statements, 1 with a part","unlisted":1,"children":[` +
			`{"kind":"statement","layer":"iam-policy","outcome":"misses","code":"condition-not-met","decides":true,"policy":"x","statement":0,"sid":"S3","effect":"Allow","stage":"condition",` +
			`"file":"x.json","line":2,"column":2,"text":"statement 0 (S3) of x has kms:Decrypt, but its condition is not met","children":[` +
			`{"kind":"test","layer":"iam-policy","outcome":"fails","code":"absent-key","policy":"x",` +
			`"text":"StringEquals kms:ViaService [\"a\", \"b\"] is not met: the request does not have the key: it is set only when an AWS service calls on the caller's behalf; this call is direct",` +
			`"test":{"operator":"StringEquals","key":"kms:ViaService","wanted":["a","b"],"absent":"it is set only when an AWS service calls on the caller's behalf; this call is direct"}}]}]}]}`,
		`{"kind":"layer","layer":"grant","outcome":"does-not-allow","code":"constraint-not-met","decides":true,"alternative":true,` +
			`"text":"does not allow, as another way in: a constraint of the grant is not satisfied","children":[` +
			`{"kind":"grant","layer":"grant","outcome":"misses","code":"constraint-not-met","decides":true,"grant":"g1","text":"the request does not satisfy the constraint of grant g1","children":[` +
			`{"kind":"test","layer":"grant","outcome":"fails","code":"absent-key",` +
			`"text":"EncryptionContextSubset \"a\" \"1\" is not met: the encryption context has no pair named \"a\"; it has \"b\"",` +
			`"test":{"operator":"EncryptionContextSubset","key":"a","wanted":["1"],"absent":"the encryption context has no pair named \"a\"; it has \"b\""}}]}]}`,
	}
	for i := range want {
		if i >= len(found) || found[i] != want[i] {
			t.Errorf("got  %s\nwant %s", found[min(i, len(found)-1)], want[i])
		}
	}
}

// The names of a closed set are distinct, and each constant has one.
func TestExplainNames(t *testing.T) {
	for what, names := range map[string][]string{"kinds": kindNames, "outcomes": outcomeNames, "stages": stageNames, "codes": codeNames} {
		for i, name := range names {
			if slices.Index(names, name) != i || name == "" && i > 0 {
				t.Errorf("%s: %d is named %q", what, i, name)
			}
		}
	}
	if len(kindNames) != int(KindTest)+1 || len(outcomeNames) != int(OutcomeFails)+1 || len(stageNames) != int(StageCondition)+1 || len(codeNames) != int(CodeOtherValue)+1 {
		t.Error("a constant has no name")
	}
	if got := Code(ReasonNoDelegation).String(); got != ReasonNoDelegation.String() {
		t.Errorf("got %s", got)
	}
}

// One explanation serves many goroutines.
func TestExplainConcurrently(t *testing.T) {
	e := explain(t, "kp +root:* +app:*?mfa; iam=a +Decrypt@other +*?mfa; pb +*; sp +Encrypt; scp +*; rcp +anyone:*; caller sess;"+
		"grant app:Decrypt pending tok:t; grant sess:Decrypt eq:a=1 id:g2; ec a=2; key alias/a x=y; korg o-1")
	text, doc := e.FullText(), string(must(json.Marshal(e)))
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			for range 20 {
				if e.FullText() != text || string(must(json.Marshal(e))) != doc || e.Text() == "" {
					t.Error("an explanation changed")
				}
			}
		})
	}
	group.Wait()
}

// Building the tree takes two allocations for a usual decision: the texts come
// later.
func TestExplainIsLean(t *testing.T) {
	for _, c := range usualVia {
		key, caller, request := usual(t, c.via)
		d := Decide(key, caller, request)
		if got := testing.AllocsPerRun(100, func() { d.Explain() }); got > 2 {
			t.Errorf("%s: %v allocations", c.name, got)
		}
	}
}
