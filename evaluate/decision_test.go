package evaluate

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/kmsauthz/kmsauthz/grants"
	"github.com/kmsauthz/kmsauthz/policy"
)

func TestZeroDecision(t *testing.T) {
	k, c, r := new(world), must(NewCaller(read("").caller)), must(NewRequest(read("").request))
	*k = read("kp +anyone:*")
	key := must(NewKey(k.key))
	for _, d := range []Decision{{}, Decide(key, nil, r), Decide(key, c, nil), Decide(nil, nil, nil)} {
		_, via := d.Via()
		if d.Allowed() || d.Layer() != LayerNone || d.Reason() != ReasonNone || via || d.Divergence() != "" || errorCode(d) != "" || d.String() != "deny" {
			t.Errorf("got %v, want the zero Decision", d)
		}
		for e := range d.Blockers() {
			t.Errorf("a blocker: %v", e)
		}
		for e := range d.Alternatives() {
			t.Errorf("an alternative: %v", e)
		}
		if text, err := json.Marshal(d); string(text) != `{"decision":"deny"}` || err != nil {
			t.Errorf("got %s, %v", text, err)
		}
		if !d.Equal(Decision{}) || d.Equal(Decide(key, c, r)) {
			t.Error("Equal is wrong about the zero Decision")
		}
	}
	var e Entry
	if _, ok := e.Statement(); ok || e.Detail() != "" || e.Policy() != "" || e.Sid() != "" || e.Grant() != "" {
		t.Error("the zero Entry says something")
	}
	if _, ok := e.Position(); ok {
		t.Error("the zero Entry has a position")
	}
}

func TestRules(t *testing.T) {
	if DefaultRules() != (Rules{}) || AWSRules() != (Rules{GrantsStandAlone: true}) || StrictRules() != (Rules{DirectAllowRequiresIAM: true}) {
		t.Error("a rule set is not what its name says")
	}
}

func TestDivergence(t *testing.T) {
	const grant = "AWS's documentation allows this: there a grant needs no delegation by the key policy (grant-requires-delegation)."
	const strict = "AWS's documentation allows this: there a caller that the key policy of its own account names needs no IAM policy (dual-authorization, strict)."
	for _, r := range []struct{ line, want string }{
		{"kp +app:*", ""}, {"", ""}, {"grant app:Decrypt", grant}, {"grant app:Decrypt; rules aws", ""}, {"kp +root:*; grant app:Decrypt", ""}, {"grant app:Decrypt; key Disabled", ""},
		{"kp -anyone:*; grant app:Decrypt", ""}, {"grant app:Encrypt", ""}, {"grant app:Decrypt; key AWS", ""}, {"grant app:Decrypt; pb +Encrypt", ""},
		{"kp +app:*; rules strict", strict}, {"kp +app:*; iam +*; rules strict", ""}, {"grant app:Decrypt; rules strict", grant}, {"kp +app:*; rules both", strict},
		{"caller fapp; grant fapp:Decrypt", grant}, {"caller fapp; kp +far:*; iam +*@other; grant fapp:Decrypt", grant},
		// A grant to the account, whose caller IAM allows, diverges for the same reason.
		{"grant root:Decrypt; iam +*", grant}, {"caller fapp; grant far:Decrypt; iam +*", grant},
	} {
		if d := decide(t, r.line); d.Divergence() != r.want {
			t.Errorf("%s: got %q, want %q", r.line, d.Divergence(), r.want)
		}
	}
}

// TestConditional says of the first blocker whether another request would get past it.
func TestConditional(t *testing.T) {
	for _, r := range []struct {
		line string
		want bool
	}{
		{"kp +app:*?mfa", true},
		{"kp +root:*; iam +*?mfa", true},
		{"kp +root:*?mfa; iam +*", true},
		{"kp +app:*; vpce +anyone:*?mfa", true},
		{"kp +app:*; scp +*?mfa", true},
		{"kp +root:*; grant app:Decrypt eq:a=1", true},
		{"kp +root:*; grant app:Encrypt", false},
		{"kp +root:*; grant app:Decrypt retired", false},
		{"", false},
		{"kp +app:Encrypt", false},
		{"kp +root:*; iam +Encrypt", false},
		{"kp +app:*; key Disabled", false},
		{"kp +app:*?StringEquals|aws:PrincipalTag/a|b", false},         // the caller's
		{"kp +app:*?StringEquals|kms:KeySpec|RSA_2048", false},         // the key's
		{"kp +app:*?StringEquals|aws:ResourceTag/a|1; key a=1", false}, // only IAM policies may use it
		{"kp +root:*; iam +*?StringEquals|aws:ResourceTag/a|1", false}, // which this key does not have
		{"kp +app:* -app:*", false},
		{"kp +app:* -app:*?StringNotEquals|aws:SourceVpce|vpce-1", true},
		{"kp +app:* -app:*?StringNotEquals|aws:PrincipalTag/a|b", false},
		{"kp +root:*; iam +* -*?StringNotEquals|kms:ViaService|s3.us-east-1.amazonaws.com", true},
		{"key AWS", false},
		{"key AWS; kp +app:Encrypt", false},
		{"key AWS; kp +app:*@other", false},
		{"key AWS; kp +app:*?mfa", true},
		{"key AWS; kp +app:*?StringEquals|kms:CallerAccount|999988887777", false},
	} {
		for first := range decide(t, r.line).Blockers() {
			if got := first.Conditional(); got != r.want {
				t.Errorf("%s: %s: got %v, want %v", r.line, first.Detail(), got, r.want)
			}
			break
		}
	}
	if via, _ := decide(t, "kp +app:*").Via(); via.Conditional() || (Entry{}).Conditional() {
		t.Error("what does not block is conditional")
	}
}

// errorCode returns the code of the error that a denied caller sees.
func errorCode(d Decision) string {
	reported, _ := d.AWSError()
	return reported.Code
}

// Equal compares what decisions say, not what they were made of.
func TestEqual(t *testing.T) {
	lines := []string{"kp +app:*", "kp +root:*; iam +*", "kp +root:*; iam=named +*", "kp +root:*", "kp +root:*; iam +Encrypt; iam +*", "", "kp -app:*", "kp -alice:* -app:*",
		"grant app:Decrypt", "grant app:Decrypt id:g2", "kp +root:*; grant app:Decrypt", "kp +app:Encrypt", "kp +app:*; key Disabled"}
	for i, a := range lines {
		for j, b := range lines {
			if got := decide(t, a).Equal(decide(t, b)); got != (i == j) {
				t.Errorf("%q and %q: Equal = %v", a, b, got)
			}
		}
	}
	if !decide(t, "kp +app:*").Equal(decide(t, "kp +app:*; key alias/x; ec a=1; rules aws")) {
		t.Error("decisions that say the same are not equal")
	}
}

// numbered makes a world with policies read from text with lines, names and Sids.
func numbered() world {
	w := read("grant app:Encrypt id:g7")
	w.key.Grants[0].Position = policy.Position{Line: 3, Column: 5}
	w.key.Policy = must(policy.ParseKeyPolicy([]byte(`{"Version": "2012-10-17", "Statement": [
  {"Sid": "AllowRoot", "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"},
  {"Sid": "DenyOther", "Effect": "Deny", "Principal": "*", "Action": "kms:Encrypt", "Resource": "*"}]}`), nil))
	for i, name := range []string{"", "app-kms", ""} {
		w.caller.IAMPolicies = append(w.caller.IAMPolicies, must(policy.ParseIAMPolicy([]byte(`{"Version": "2012-10-17", "Statement":
 {"Effect": "Allow", "Action": "kms:`+[]string{"ListKeys", "Verify", "Decrypt"}[i]+`", "Resource": "*"}}`), &policy.ParseOptions{Name: name, File: "iam.json"})))
	}
	return w
}

func TestEntryAccessors(t *testing.T) {
	w := numbered()
	d := w.decide()
	via, ok := d.Via()
	at, placed := via.Position()
	index, has := via.Statement()
	if !ok || via.Layer() != LayerIAMPolicy || via.Reason() != ReasonNone || via.Policy() != "#2" || via.Sid() != "" || via.Grant() != "" || index != 0 || !has ||
		!placed || at.String() != "iam.json:2:2" {
		t.Errorf("via: %+v, %v", via, at)
	}
	for line, want := range map[string]string{
		"do Decrypt": `{"decision":"allow","layer":"iam-policy","via":{"layer":"iam-policy","policy":"#2","statement":0,"line":2,"column":2,"detail":"statement 0 of #2 allows kms:Decrypt"}}`,
		"do Verify; key RSA_2048 SIGN_VERIFY": `{"decision":"allow","layer":"iam-policy","via":{"layer":"iam-policy","policy":"app-kms","statement":0,"line":2,"column":2,` +
			`"detail":"statement 0 of app-kms allows kms:Verify"}}`,
		"do Encrypt": `{"decision":"deny","layer":"key-policy","reason":"explicit-deny","blockers":[{"layer":"key-policy","reason":"explicit-deny","policy":"key policy","statement":1,` +
			`"sid":"DenyOther","line":3,"column":3,"detail":"statement 1 (DenyOther) denies kms:Encrypt"}],` +
			`"awsError":{"code":"AccessDeniedException","message":"` + errorWords.Replace("{app}kms:Encrypt on resource: {key} with an explicit deny in a resource-based policy") + `"}}`,
		"do DescribeKey": `{"decision":"deny","layer":"iam-policy","reason":"no-allow","blockers":[{"layer":"iam-policy","reason":"no-allow","detail":"no Allow statement has kms:DescribeKey"}],` +
			`"alternatives":[{"layer":"grant","reason":"operation-not-granted","grant":"g7","line":3,"column":5,"detail":"grant g7 has kms:Encrypt, not kms:DescribeKey for this caller"}],` +
			`"awsError":{"code":"AccessDeniedException","message":"` + errorWords.Replace("{app}kms:DescribeKey on resource: {key} because no identity-based policy allows the kms:DescribeKey action") + `"}}`,
	} {
		w := numbered()
		for clause := range strings.SplitSeq(line, ";") {
			words := strings.Fields(clause)
			w.clause(words[0], words[1:])
		}
		got, err := json.Marshal(w.decide())
		if string(got) != want || err != nil {
			t.Errorf("%s:\n got %s, %v\nwant %s", line, got, err, want)
		}
	}
	byGrant := decide(t, "kp +root:*; grant app:Decrypt") // which was read from no document
	if via, _ := byGrant.Via(); via.Grant() != "g1" {
		t.Errorf("got %v", byGrant)
	} else if _, ok := via.Position(); ok {
		t.Error("a grant that was read from no document has a position")
	}
	text, err := json.Marshal(via)
	if want := `{"layer":"iam-policy","policy":"#2","statement":0,"line":2,"column":2,"detail":"statement 0 of #2 allows kms:Decrypt"}`; string(text) != want || err != nil {
		t.Errorf("got %s, %v, want %s", text, err, want)
	}
}

// The number of a policy without a name counts through all levels.
func TestPolicyNumbers(t *testing.T) {
	for _, r := range []struct{ line, policy string }{
		{"kp +app:*; scp +*; scp& +*; scp +*; scp& -Decrypt", "#3"}, {"kp +app:*; scp +*; scp& +*; scp +*@other", "#2"}, {"kp +app:*; scp +*; scp +*; scp=third -Decrypt", "third"},
		{"kp +app:*; rcp -anyone:Encrypt; rcp& +anyone:*; rcp -anyone:*", "#2"}, {"kp +app:*; rcp=guard -anyone:*", "guard"}, {"kp +app:*; pb=limit -Decrypt", "limit"},
		{"kp +app:*; sp +*; sp -Decrypt", "#1"}, {"kp +app:*; vpce -anyone:*", "#0"}, {"kp -app:*", "key policy"}, {"kp", "key policy"}, {"grant app:Decrypt", "key policy"},
		{"kp +root:*", ""}, {"kp +app:*; scp", ""}, {"kp +app:*; key Disabled", ""}, {"kp +root:*; iam +*@other", "#0"}, {"kp +root:*; grant app:Decrypt retired", ""},
	} {
		d := decide(t, r.line)
		for e := range d.Blockers() {
			if e.Policy() != r.policy {
				t.Errorf("%s: policy %q, want %q", r.line, e.Policy(), r.policy)
			}
			break
		}
	}
}

// An iteration may stop early, and start again.
func TestIterators(t *testing.T) {
	d := decide(t, "caller fapp; grant fapp:Decrypt eq:a=1; rules aws")
	for range 2 {
		n := 0
		for range d.Alternatives() {
			n++
			break
		}
		if n != 1 {
			t.Errorf("%d alternatives before the break", n)
		}
	}
}

// The same key, caller and request decide alike in many goroutines at once.
func TestConcurrentUse(t *testing.T) {
	w := read("kp +root:* +app:Encrypt?StringEquals|kms:EncryptionContext:a|${aws:username}; iam=a +Encrypt@other; pb +*; sp +Encrypt; scp +*; rcp +anyone:*; caller sess;" +
		"grant app:Decrypt pending tok:t; grant sess:Decrypt eq:a=1 id:g2; ec a=2; key alias/a x=y; ctx my:key=1; korg o-1")
	k, c, r := w.build()
	first := Decide(k, c, r)
	want := must(first.MarshalJSON())
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			for range 20 {
				d := Decide(k, c, r)
				if got := must(d.MarshalJSON()); string(got) != string(want) || !d.Equal(first) || d.String() != first.String() || Check(k, c, r) != nil {
					t.Errorf("got %s\nwant %s", got, want)
				}
			}
		})
	}
	group.Wait()
}

// A decision that nobody asks for details costs no memory.
func TestDecideDoesNotAllocate(t *testing.T) {
	for _, line := range []string{"kp +app:*", "kp +root:*; iam +Decrypt", "kp +root:*; grant app:Decrypt sub:a=1; ec a=1", "kp +far:*; caller fapp; iam +Decrypt?mfa", "key Disabled"} {
		w := read(line)
		k, c, r := w.build()
		if got := testing.AllocsPerRun(100, func() { Decide(k, c, r) }); got != 0 {
			t.Errorf("%s: %v allocations", line, got)
		}
	}
}

// Grants are found by every name of the caller, and in their order, as a linear
// search would find them.
func TestGrantIndex(t *testing.T) {
	names := []string{"app", "sess", "root", "rootid", "alice", "svc", "far"}
	for i := range 200 {
		w := read("rules aws; caller sess; iam +*")
		for j := range 4 {
			name := names[(i*(j+3)+j)%len(names)]
			g := grants.Grant{ID: string(rune('a' + j)), Grantee: grantee(name), Operations: readGrant([]string{"app:Decrypt"}).Operations}
			w.key.Grants = append(w.key.Grants, g)
		}
		byName := slices.IndexFunc(w.key.Grants, func(g grants.Grant) bool { return g.Grantee == grantee("app") || g.Grantee == grantee("sess") })
		byAccount := slices.IndexFunc(w.key.Grants, func(g grants.Grant) bool { return g.Grantee == grantee("root") || g.Grantee == grantee("rootid") })
		want, layer := byAccount, LayerIAMPolicy // the policy path, to which a grant to the account belongs, comes first
		if byAccount < 0 {
			want, layer = byName, LayerGrant
		}
		d := w.decide()
		via, ok := d.Via()
		if ok != (want >= 0) || ok && (via.Grant() != w.key.Grants[want].ID || d.Layer() != layer) {
			t.Errorf("%d: got %v, want grant %d", i, d, want)
		}
	}
}
