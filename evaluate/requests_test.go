package evaluate

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/kmsauthz/kmsauthz/policy/action"
	"pgregory.net/rapid"
)

// drawCircumstances draws what a request says beside its action.
func drawCircumstances(t *rapid.T) RequestConfig {
	clauses := []string{"via s3.us-east-1.amazonaws.com", "ec a=1 b=2", "src arn:aws:sns:us-east-1:444455556666:t", "acct 444455556666", "in us-east-1",
		"id alias/a", "vpce +anyone:*"}
	givens := []string{"aws:SecureTransport", "aws:SecureTransport=false", "kms:EncryptionAlgorithm=RSAES_OAEP_SHA_1", "kms:EncryptionAlgorithm", "kms:MessageType=DIGEST",
		"kms:GrantIsForAWSResource=true", "kms:RotationPeriodInDays=90", "kms:GrantOperations=Decrypt", "aws:CalledVia=a,b", "aws:RequestTag/a=1", "my:own=1"}
	some := func(list []string, label string) []string {
		return rapid.SliceOfNDistinct(rapid.SampledFrom(list), 0, 4, rapid.ID).Draw(t, label)
	}
	line := strings.Join(some(clauses, "clauses"), ";") + "; ctx " + strings.Join(some(givens, "given"), " ")
	r := read(line).request
	if rapid.Bool().Draw(t, "time") {
		r.Time = time.Unix(1767323045, 0)
	}
	if r.ViaService != "" {
		r.VPCEndpoint = nil
	}
	return r
}

// Requests for actions on the same kind of resource under the same circumstances
// have the same values for every condition key that both may carry; RetireGrant's
// encryption context is that of its grant. DecideAll counts on it.
func TestRequestsAreAlike(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		requests, err := NewRequests(drawCircumstances(t))
		if err != nil {
			t.Fatal(err)
		}
		seen := map[action.Resource]map[string]string{action.ResourceNone: {}, action.ResourceKey: {}, action.ResourceAliasAndKey: {}}
		for a := range action.All() {
			if a != action.RetireGrant {
				compareCarried(t, requests.For(a), seen[a.Info().Resource])
			}
		}
	})
}

// compareCarried holds the values of each registered key that a request may carry,
// those of a family together, against those that another request had, if any.
func compareCarried(t *rapid.T, r *Request, seen map[string]string) {
	carried := map[string]string{}
	context := r.context.Only(r.visible.symmetric)
	for name, values := range context.All() {
		info, _ := conditions.ParseKey(name).Info()
		carried[info.Name] += fmt.Sprintf("%s=%q ", name, values)
	}
	for info := range conditions.Keys() {
		if !r.visible.symmetric.Has(conditions.ParseKey(info.Name)) {
			continue
		}
		if before, ok := seen[info.Name]; ok && before != carried[info.Name] {
			t.Fatalf("%v has %q, another action %q", r.action, carried[info.Name], before)
		}
		seen[info.Name] = carried[info.Name]
	}
}

// Each of the requests is what NewRequest makes of its action.
func TestNewRequests(t *testing.T) {
	cfg := workRequest(action.Decrypt)
	requests := must(NewRequests(cfg))
	for a := range action.All() {
		cfg.Action = a
		one, r := must(NewRequest(cfg)), requests.For(a)
		if r.Action() != a || r.visible != one.visible || contextText(&r.context) != contextText(&one.context) {
			t.Errorf("%v: got another request than NewRequest's", a)
		}
	}
	if requests.For(0) != nil || requests.For(255) != nil {
		t.Error("there is a request for an action that is not valid")
	}
	cfg.Context = map[string][]string{"kms:KeySpec": {"RSA_2048"}} // only CreateKey has it as a parameter
	if _, err := NewRequests(cfg); strings.Join(faultsOf(err), " ") != `RequestConfig.Context["kms:KeySpec"]` {
		t.Errorf("got %v, want a fault of the context", err)
	}
}

func contextText(c *conditions.Context) string {
	var text strings.Builder
	for name, values := range c.All() {
		fmt.Fprintf(&text, "%s=%q\n", name, values)
	}
	return text.String()
}

// What the role of the work may do with the key, and what stands in the way.
func TestSweep(t *testing.T) {
	w := works()[0]
	key, caller, _ := w.compile()
	requests := must(NewRequests(workRequest(action.Decrypt)))
	sweep := DecideAll(key, caller, requests)
	if want := action.SetOf(action.Decrypt); sweep.Allowed() != want {
		t.Errorf("allowed: %v, want %v", sweep.Allowed(), want)
	}
	for a, want := range map[action.Action]Layer{action.Decrypt: LayerIAMPolicy, action.Encrypt: LayerIAMPolicy, action.Sign: LayerIAMPolicy,
		action.CreateKey: LayerRequest, action.RetireGrant: LayerRequest, 0: LayerNone, 255: LayerNone} {
		if got := sweep.Layer(a); got != want {
			t.Errorf("%v: got layer %v, want %v", a, got, want)
		}
	}
	for _, zero := range []Sweep{{}, DecideAll(key, nil, requests), DecideAll(key, caller, nil)} {
		if zero.Allowed().Len() != 0 || zero.Layer(action.Decrypt) != LayerNone {
			t.Errorf("got %v, want nothing allowed", zero.Allowed())
		}
	}
}

// Situations in which actions differ for a reason that generated worlds seldom
// have: each row names two actions that only that reason tells apart, and their
// layers.
func TestSweepTellsApart(t *testing.T) {
	for _, r := range []struct{ line, want string }{
		// The operation has no encryption context, so that the constraint fails.
		{"kp +root:*; pb +Nothing; grant app:Decrypt,Sign eq:a=1; ec a=1", "Decrypt permissions-boundary Sign grant"},
		// A grant made by a grant must be as narrow.
		{"kp +root:*; grant app:Decrypt,CreateGrant eq:a=1; ec a=1", "Decrypt grant CreateGrant grant"},
		{"kp +root:*; grant app:Decrypt,CreateGrant eq:a=1; ec a=1; pb +Nothing", "Decrypt permissions-boundary CreateGrant grant"},
		// DescribeKey has no encryption context, and needs none.
		{"kp +root:*; grant app:DescribeKey,GetPublicKey sub:a=1; key RSA_2048 SIGN_VERIFY", "DescribeKey grant GetPublicKey grant"},
		// No grant can have it, whatever it says.
		{"kp +root:*; grant app:GetPublicKey,PutKeyPolicy; key RSA_2048 SIGN_VERIFY", "GetPublicKey grant PutKeyPolicy iam-policy"},
		// The key's own account is delegated one of them, and the caller is in another.
		{"caller fapp; kp +root:Decrypt; grant fapp:Decrypt,Encrypt", "Decrypt grant Encrypt key-policy"},
		// Many grants, of different operations.
		{"kp +root:*" + strings.Repeat("; grant app:Encrypt", manyGrants) + "; grant app:Decrypt", "Decrypt grant GenerateDataKey iam-policy"},
		{"kp +root:*" + strings.Repeat("; grant app:Encrypt", manyGrants) + "; grant app:CreateGrant", "GetKeyRotationStatus iam-policy CreateGrant grant"},
	} {
		w := read(r.line)
		key, caller, _ := w.build()
		requests := must(NewRequests(w.request))
		sweep := w.rules.DecideAll(key, caller, requests)
		for a := range action.All() {
			if d := w.rules.Decide(key, caller, requests.For(a)); sweep.Layer(a) != d.Layer() || sweep.Allowed().Has(a) != d.Allowed() {
				t.Errorf("%s: %v: layer %v, allowed %v, want %v", r.line, a, sweep.Layer(a), sweep.Allowed().Has(a), d)
			}
		}
		words := strings.Fields(r.want)
		for i := 0; i < len(words); i += 2 {
			if got := sweep.Layer(must(action.Parse("kms:" + words[i]))).String(); got != words[i+1] {
				t.Errorf("%s: %s: got layer %s, want %s", r.line, words[i], got, words[i+1])
			}
		}
	}
}
