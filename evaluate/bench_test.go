package evaluate

import (
	"crypto/sha256"
	"runtime"
	"testing"
	"time"

	"github.com/kmsauthz/kmsauthz/grants"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// The work that the promises on speed are about: a role decrypts an object
// through S3, with policies and a context as they are in real accounts.
const (
	workDelegation = `{"Sid": "EnableIAM", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"},`
	workFar        = `{"Sid": "Partner", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:root"}, "Action": ["kms:Decrypt", "kms:DescribeKey"], "Resource": "*"},`
	workStatements = `
		{"Sid": "Admins", "Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::111122223333:role/admin", "arn:aws:iam::111122223333:role/security"]},
			"Action": ["kms:Create*", "kms:Describe*", "kms:Enable*", "kms:List*", "kms:Put*", "kms:Update*", "kms:Revoke*", "kms:Disable*",
				"kms:Get*", "kms:Delete*", "kms:TagResource", "kms:UntagResource", "kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion"],
			"Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}},
		{"Sid": "Logs", "Effect": "Allow", "Principal": {"Service": "logs.us-east-1.amazonaws.com"},
			"Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"], "Resource": "*",
			"Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:us-east-1:111122223333:*"}}},
		{"Sid": "GrantsForAWSResources", "Effect": "Allow",
			"Principal": {"AWS": ["arn:aws:iam::111122223333:role/web", "arn:aws:iam::111122223333:role/batch"]},
			"Action": ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"], "Resource": "*",
			"Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}}},
		{"Sid": "OutsideOrganization", "Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*",
			"Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-example"}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}}`

	workWithoutKMS = `{"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject", "s3:ListBucket", "logs:*"], "Resource": "*"}`
	workDecrypt    = `{"Sid": "ReadOrders", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "arn:aws:kms:us-east-1:111122223333:key/*",
		"Condition": {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"},
			"StringLike": {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::orders/*"}}}`
	workRegions = `{"Sid": "Regions", "Effect": "Deny", "NotAction": ["iam:*", "sts:*", "organizations:*", "support:*"], "Resource": "*",
		"Condition": {"StringNotEquals": {"aws:RequestedRegion": ["us-east-1", "eu-central-1"]}}}`
)

// workRequest is the request of the work. It says ten things of its circumstances,
// from which more condition keys follow.
func workRequest(a action.Action) RequestConfig {
	return RequestConfig{
		Action:            a,
		ViaService:        "s3.us-east-1.amazonaws.com",
		EncryptionContext: map[string]string{"aws:s3:arn": "arn:aws:s3:::orders/2026/01/02.json"},
		Time:              time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Context: map[string][]string{
			"aws:MultiFactorAuthPresent": {"false"},
			"aws:TokenIssueTime":         {"2026-01-02T03:00:00Z"},
			"aws:SourceIp":               {"10.1.2.3"},
			"aws:UserAgent":              {"aws-sdk-go-v2/1.30.0"},
			"aws:SecureTransport":        {"true"},
			"aws:SourceIdentity":         {"orders"},
			"kms:EncryptionAlgorithm":    {"SYMMETRIC_DEFAULT"},
		},
	}
}

func workKey(grants []grants.Grant, statements ...string) KeyConfig {
	text := ""
	for _, st := range statements {
		text += st
	}
	return KeyConfig{
		ARN:     ownKy,
		Policy:  must(policy.ParseKeyPolicy([]byte(`{"Version": "2012-10-17", "Statement": [`+text+`]}`), nil)),
		Grants:  grants,
		Aliases: []string{"alias/orders"},
		Tags:    map[string]string{"Owner": "platform"},
	}
}

func workCaller(arn string, statements ...string) CallerConfig {
	cfg := CallerConfig{
		ARN:          arn,
		Tags:         map[string]string{"team": "orders"},
		Organization: Organization{ID: "o-example", Path: "o-example/r-ab12/ou-ab12-11111111/"},
	}
	for _, st := range statements {
		doc := []byte(`{"Version": "2012-10-17", "Statement": [` + st + `]}`)
		cfg.IAMPolicies = append(cfg.IAMPolicies, must(policy.ParseIAMPolicy(doc, nil)))
	}
	return cfg
}

// workGrant gives the role of the work what S3 decrypts for it.
func workGrant(grantee string) grants.Grant {
	return grants.Grant{
		ID:          "g1",
		Grantee:     policy.ParsePrincipal(grantee),
		Operations:  action.SetOf(action.Decrypt, action.Encrypt, action.DescribeKey),
		Constraints: grants.Constraints{EncryptionContextSubset: map[string]string{"aws:s3:arn": "arn:aws:s3:::orders/2026/01/02.json"}},
	}
}

// A piece of work is a situation and its outcome.
type work struct {
	name   string
	key    KeyConfig
	caller CallerConfig
	want   string

	decisions int // that all actions take
}

// works are the work in its four forms.
func works() []work {
	app, far := who("app"), who("fapp")
	return []work{
		{"Allowed", workKey(nil, workDelegation, workStatements), workCaller(app, workWithoutKMS, workDecrypt, workRegions), "allow iam-policy", 4},
		{"Denied", workKey(nil, workStatements), workCaller(app, workWithoutKMS, workDecrypt, workRegions), "deny key-policy/no-delegation", 4},
		{"CrossAccount", workKey(nil, workDelegation, workFar, workStatements), workCaller(far, workWithoutKMS, workDecrypt, workRegions), "allow iam-policy", 6},
		{"Grant", workKey([]grants.Grant{workGrant(app)}, workDelegation, workStatements), workCaller(app, workWithoutKMS, workRegions), "allow grant", 5},
	}
}

// compile builds the key, the caller and the request of the work.
func (w *work) compile() (*Key, *Caller, *Request) {
	return must(NewKey(w.key)), must(NewCaller(w.caller)), must(NewRequest(workRequest(action.Decrypt)))
}

func TestWorks(t *testing.T) {
	for _, w := range works() {
		if got := outcome(t, Decide(w.compile())); got != w.want {
			t.Errorf("%s: got %s, want %s", w.name, got, w.want)
		}
	}
}

// What a decision costs: no memory, and no look at what the index leaves out.
func TestDecidingIsCheap(t *testing.T) {
	requests := must(NewRequests(workRequest(action.Decrypt)))
	for _, w := range works() {
		key, caller, request := w.compile()
		if n := testing.AllocsPerRun(100, func() { Decide(key, caller, request) }); n != 0 {
			t.Errorf("%s: Decide allocates %v times", w.name, n)
		}
		if n := testing.AllocsPerRun(100, func() { DecideAll(key, caller, requests) }); n != 0 {
			t.Errorf("%s: DecideAll allocates %v times", w.name, n)
		}
		if n := decisionsOfSweep(key, caller, requests); n > w.decisions {
			t.Errorf("%s: DecideAll decides %d times, want at most %d", w.name, n, w.decisions)
		}
		if !decidesByIndex(key, caller, request) {
			t.Errorf("%s: the outcome does not depend on the compiled policies", w.name)
		}
	}
}

// A request takes memory for itself and for the texts that it has to write.
func TestRequestsAreCheap(t *testing.T) {
	cfg := workRequest(action.Decrypt)
	if n := testing.AllocsPerRun(100, func() { must(NewRequest(cfg)) }); n > 2 {
		t.Errorf("NewRequest allocates %v times, want at most 2", n)
	}
}

// decisionsOfSweep counts the classes of actions that are alike.
func decisionsOfSweep(key *Key, caller *Caller, requests *Requests) int {
	d := distinctions{}.of(key, caller, requests)
	n := 0
	for left := action.Every(); left.Len() > 0; n++ {
		left = left.Intersect(d.alike(left.First(), left).Complement())
	}
	return n
}

// decidesByIndex reports whether a key without its compiled statements lets nobody
// in any more, though its policy is there.
func decidesByIndex(key *Key, caller *Caller, request *Request) bool {
	bare := *key
	bare.layers.policy.denies, bare.layers.policy.allows = nil, nil
	return !Decide(&bare, caller, request).Allowed()
}

func BenchmarkDecide(b *testing.B) {
	for _, w := range works() {
		key, caller, request := w.compile()
		b.Run(w.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Decide(key, caller, request)
			}
		})
	}
}

// BenchmarkDecideAll decides the 58 actions.
func BenchmarkDecideAll(b *testing.B) {
	for _, w := range works() {
		key, caller, _ := w.compile()
		requests := must(NewRequests(workRequest(action.Decrypt)))
		b.Run(w.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				DecideAll(key, caller, requests)
			}
		})
	}
}

// BenchmarkParallel shares one key, caller and request among sixteen goroutines.
func BenchmarkParallel(b *testing.B) {
	w := works()[0]
	key, caller, request := w.compile()
	const goroutines = 16
	b.SetParallelism((goroutines + runtime.GOMAXPROCS(0) - 1) / runtime.GOMAXPROCS(0))
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			Decide(key, caller, request)
		}
	})
}

func BenchmarkNewRequest(b *testing.B) {
	cfg := workRequest(action.Decrypt)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := NewRequest(cfg); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSHA256 is the yardstick: one kilobyte hashed on the same machine.
func BenchmarkSHA256(b *testing.B) {
	data := make([]byte, 1024)
	for b.Loop() {
		sha256.Sum256(data)
	}
}
