package evaluate_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/grants"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
	"pgregory.net/rapid"
)

// A granted is a grant as the model of TestGrantLife keeps it: in plain words.
type granted struct {
	id, token          string
	grantee, retiring  string // names of lifePeople, retiring may be empty
	decrypt, encrypt   bool
	retire             bool   // RetireGrant is among the operations
	app                string // must be in the encryption context, unless empty
	pending, abolished bool
}

// lifePeople are the callers: their ARNs, and as whom a grant may name them.
var lifePeople = []struct {
	name, arn string
	names     []string
}{
	{"app", "arn:aws:iam::111122223333:role/app", []string{"app"}},
	{"app's session", "arn:aws:sts::111122223333:assumed-role/app/s1", []string{"app", "app's session"}},
	{"alice", "arn:aws:iam::111122223333:user/alice", []string{"alice"}},
	{"bob", "arn:aws:iam::111122223333:user/bob", []string{"bob"}},
	{"foreign role", "arn:aws:iam::444455556666:role/app", []string{"foreign role"}},
}

// admin is the one whose IAM policies allow everything; nobody grants it
// anything.
const admin = "arn:aws:iam::111122223333:role/admin"

// A grantLife is a KMS key whose grants come and go, with a model beside it.
type grantLife struct {
	rules   evaluate.Rules
	policy  *policy.KeyPolicy // delegates everything to the account and names nobody
	callers map[string]*evaluate.Caller
	list    []grants.Grant // what KMS knows
	key     *evaluate.Key  // with these grants; nil if it is to be compiled again
	model   []*granted
	next    int

	used, refused, retired, revoked int
}

// Grants through their life: created, propagated, used, listed, retired and
// revoked in any order. After each step the grantees of effective grants, and
// nobody else, can use the key, and the right people can retire them.
//
// See AWS KMS Developer Guide, "Grants in AWS KMS", "Using a grant token" and
// "Retiring and revoking grants".
func TestGrantLife(t *testing.T) {
	var used, refused, retired, revoked int
	callers := lifeCallers(t)
	delegating, err := policy.ParseKeyPolicy([]byte(`{"Statement": {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"}}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		l := &grantLife{callers: callers, policy: delegating, rules: rapid.SampledFrom([]evaluate.Rules{evaluate.DefaultRules(), evaluate.AWSRules(), evaluate.StrictRules()}).Draw(t, "rules")}
		t.Repeat(map[string]func(*rapid.T){
			"create":    l.create,
			"propagate": l.propagate,
			"use":       l.use,
			"retire":    l.retire,
			"revoke":    l.revoke,
			"list":      l.read,
			"":          l.invariants,
		})
		used, refused, retired, revoked = used+l.used, refused+l.refused, retired+l.retired, revoked+l.revoked
	})
	t.Logf("used %d, refused %d, retired %d, revoked %d", used, refused, retired, revoked)
	if !t.Failed() && min(used, refused, retired, revoked) == 0 {
		t.Error("a kind of step never came up")
	}
}

func arnOf(name string) string {
	for _, p := range lifePeople {
		if p.name == name {
			return p.arn
		}
	}
	return ""
}

func anyone(t *rapid.T) string {
	names := []string{}
	for _, p := range lifePeople {
		names = append(names, p.name)
	}
	return rapid.SampledFrom(names).Draw(t, "who")
}

// oneOf draws one of the grants that are left; nil if none is.
func (l *grantLife) oneOf(t *rapid.T) *granted {
	var left []*granted
	for _, g := range l.model {
		if !g.abolished {
			left = append(left, g)
		}
	}
	if left == nil {
		return nil
	}
	return left[rapid.IntRange(0, len(left)-1).Draw(t, "grant")]
}

// inKMS is the grant as KMS knows it, to be changed.
func (l *grantLife) inKMS(g *granted) *grants.Grant {
	l.key = nil
	return &l.list[slices.IndexFunc(l.list, func(k grants.Grant) bool { return k.ID == g.id })]
}

// create makes a grant, which is not known everywhere at once, unless there are
// enough.
func (l *grantLife) create(t *rapid.T) {
	if len(l.list) > 5 {
		return
	}
	l.next++
	g := &granted{
		id: fmt.Sprintf("grant-%d", l.next), token: fmt.Sprintf("token-%d", l.next), grantee: anyone(t), pending: true,
		decrypt: rapid.Bool().Draw(t, "Decrypt"), encrypt: rapid.Bool().Draw(t, "Encrypt"), retire: rapid.Bool().Draw(t, "RetireGrant"),
		app: rapid.SampledFrom([]string{"", "", "one", "two"}).Draw(t, "constraint"),
	}
	if rapid.Bool().Draw(t, "retirable") {
		g.retiring = anyone(t)
	}
	k := grants.Grant{ID: g.id, Token: g.token, Status: grants.Pending, Grantee: policy.ParsePrincipal(arnOf(g.grantee)), Retiring: policy.ParsePrincipal(arnOf(g.retiring))}
	for a, has := range map[action.Action]bool{action.Decrypt: g.decrypt, action.Encrypt: g.encrypt, action.RetireGrant: g.retire} {
		if has {
			k.Operations = k.Operations.With(a)
		}
	}
	if g.app != "" {
		k.Constraints.EncryptionContextSubset = map[string]string{"app": g.app}
	}
	l.model = append(l.model, g)
	place := rapid.IntRange(0, len(l.list)).Draw(t, "place")
	l.list, l.key = slices.Insert(l.list, place, k), nil
}

// propagate makes a grant known everywhere, if it is not yet, so that its token is
// not needed any more.
func (l *grantLife) propagate(t *rapid.T) {
	g := l.oneOf(t)
	if g == nil || !g.pending {
		return
	}
	g.pending = false
	l.inKMS(g).Status = grants.Active
}

// use tries an operation with some of the tokens.
func (l *grantLife) use(t *rapid.T) {
	who, decrypt := anyone(t), rapid.Bool().Draw(t, "Decrypt")
	if g := l.oneOf(t); g != nil && rapid.Bool().Draw(t, "by a grantee") {
		who = g.grantee
	}
	app := rapid.SampledFrom([]string{"", "one", "two"}).Draw(t, "app")
	tokens := []string{}
	for _, g := range l.model {
		if rapid.Bool().Draw(t, "token") {
			tokens = append(tokens, g.token)
		}
	}
	if l.expectUse(t, who, decrypt, app, tokens) {
		l.used++
	} else {
		l.refused++
	}
}

// expectUse checks a use of the key against the model, and returns whether it is
// allowed.
func (l *grantLife) expectUse(t *rapid.T, who string, decrypt bool, app string, tokens []string) bool {
	r := evaluate.RequestConfig{Action: action.Encrypt, GrantTokens: tokens}
	if decrypt {
		r.Action = action.Decrypt
	}
	if app != "" {
		r.EncryptionContext = map[string]string{"app": app, "more": "pairs"}
	}
	want := slices.ContainsFunc(l.model, func(g *granted) bool {
		able := decrypt && g.decrypt || !decrypt && g.encrypt
		known := !g.abolished && (!g.pending || slices.Contains(tokens, g.token))
		return able && known && names(who, g.grantee) && (g.app == "" || g.app == app)
	})
	d := l.decide(t, arnOf(who), r)
	if d.Allowed() != want {
		t.Fatalf("%s, decrypt %v, app %q, tokens %v: got %v, want %v\n%+v", who, decrypt, app, tokens, d, want, l.list)
	}
	if via, ok := d.Via(); ok {
		g := l.model[slices.IndexFunc(l.model, func(g *granted) bool { return g.id == via.Grant() })]
		if d.Layer() != evaluate.LayerGrant || g.abolished || !names(who, g.grantee) {
			t.Fatalf("%s is let in by %+v: %v", who, g, d)
		}
	}
	return want
}

// names reports whether a grant to grantee names who.
func names(who, grantee string) bool {
	for _, p := range lifePeople {
		if p.name == who {
			return slices.Contains(p.names, grantee)
		}
	}
	return false
}

// retire lets somebody retire a grant, if there is one.
func (l *grantLife) retire(t *rapid.T) {
	g := l.oneOf(t)
	if g == nil {
		return
	}
	if l.expectRetire(t, g, anyone(t), rapid.Bool().Draw(t, "by token")) {
		g.abolished = true
		l.inKMS(g).Status = grants.Retired
		l.retired++
	}
}

// expectRetire checks against the model who may retire a grant: its retiring
// principal, and its grantee if it has the operation, whether the grant is known
// everywhere yet or not.
func (l *grantLife) expectRetire(t *rapid.T, g *granted, who string, byToken bool) bool {
	r := evaluate.RequestConfig{Action: action.RetireGrant, GrantID: g.id}
	if byToken {
		r = evaluate.RequestConfig{Action: action.RetireGrant, GrantTokens: []string{g.token}}
	}
	want := !g.abolished && (names(who, g.retiring) || g.retire && names(who, g.grantee))
	d := l.decide(t, arnOf(who), r)
	if d.Allowed() != want {
		t.Fatalf("%s retires %+v: got %v, want %v", who, g, d, want)
	}
	if g.abolished && d.Layer() != evaluate.LayerRequest {
		t.Fatalf("%s retires %+v, which is no grant any more: %v", who, g, d)
	}
	return want
}

// revoke lets the admin revoke a grant, which nobody else can, unless there are few.
func (l *grantLife) revoke(t *rapid.T) {
	g := l.oneOf(t)
	if g == nil || len(l.list) < 3 {
		return
	}
	r := evaluate.RequestConfig{Action: action.RevokeGrant, GrantID: g.id}
	if d := l.decide(t, arnOf(g.grantee), r); d.Allowed() {
		t.Fatalf("the grantee revokes: %v", d)
	}
	if d := l.decide(t, admin, r); !d.Allowed() {
		t.Fatalf("the admin cannot revoke: %v", d)
	}
	g.abolished = true
	l.inKMS(g).Status = grants.Retired
	l.revoked++
}

// read lists the grants as the AWS CLI prints them and goes on with what is read
// from that. ListGrants does not show grants that are gone.
func (l *grantLife) read(t *rapid.T) {
	if d := l.decide(t, admin, evaluate.RequestConfig{Action: action.ListGrants}); !d.Allowed() {
		t.Fatalf("the admin cannot list: %v", d)
	}
	printed := []map[string]any{}
	for _, k := range l.list {
		if k.Status == grants.Retired {
			continue
		}
		operations := []string{}
		for a := range k.Operations.All() {
			operations = append(operations, a.Name())
		}
		one := map[string]any{"GrantId": k.ID, "KeyId": theKeyARN, "GranteePrincipal": k.Grantee.String(), "Operations": operations,
			"Token": k.Token, "Status": k.Status.String(), "IssuingAccount": "arn:aws:iam::111122223333:root", "Name": ""}
		if k.Retiring != (policy.Principal{}) {
			one["RetiringPrincipal"] = k.Retiring.String()
		}
		if k.Constraints.EncryptionContextSubset != nil {
			one["Constraints"] = map[string]any{"EncryptionContextSubset": k.Constraints.EncryptionContextSubset}
		}
		printed = append(printed, one)
	}
	text, err := json.Marshal(map[string]any{"Grants": printed, "Truncated": false})
	if err != nil {
		t.Fatal(err)
	}
	list, err := grants.Parse(text, nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	l.list, l.key = list, nil
	l.model = slices.DeleteFunc(l.model, func(g *granted) bool { return g.abolished })
	if len(l.list) != len(l.model) {
		t.Fatalf("%d grants are listed, want %d: %s", len(l.list), len(l.model), text)
	}
}

// lifeCallers are the callers, compiled once.
func lifeCallers(t *testing.T) map[string]*evaluate.Caller {
	everything, err := policy.ParseIAMPolicy([]byte(`{"Statement": {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	configs := []evaluate.CallerConfig{{ARN: admin, IAMPolicies: []*policy.IAMPolicy{everything}}}
	for _, p := range lifePeople {
		configs = append(configs, evaluate.CallerConfig{ARN: p.arn})
	}
	callers := map[string]*evaluate.Caller{}
	for _, cfg := range configs {
		if callers[cfg.ARN], err = evaluate.NewCaller(cfg); err != nil {
			t.Fatal(err)
		}
	}
	return callers
}

// decide asks whether a caller may do something with the key.
func (l *grantLife) decide(t *rapid.T, caller string, r evaluate.RequestConfig) evaluate.Decision {
	if l.key == nil {
		key, err := evaluate.NewKey(evaluate.KeyConfig{ARN: theKeyARN, Grants: l.list, Policy: l.policy})
		if err != nil {
			t.Fatal(err)
		}
		l.key = key
	}
	request, err := evaluate.NewRequest(r)
	if err != nil {
		t.Fatal(err)
	}
	return l.rules.Decide(l.key, l.callers[caller], request)
}

// invariants hold after each step: who can use the key and retire its grants is
// what the model says; tokens of other grants and of grants that are gone do not
// help; and the admin can retire whatever is left.
func (l *grantLife) invariants(t *rapid.T) {
	var all, gone []string
	for _, g := range l.model {
		all = append(all, g.token)
		if g.abolished {
			gone = append(gone, g.token)
		}
	}
	for _, p := range lifePeople {
		var others []string // tokens of grants to somebody else
		for _, g := range l.model {
			if !names(p.name, g.grantee) {
				others = append(others, g.token)
			}
		}
		for _, decrypt := range []bool{true, false} {
			with := l.expectUse(t, p.name, decrypt, "one", all)
			without := l.expectUse(t, p.name, decrypt, "one", nil)
			if without && !with {
				t.Fatalf("%s is refused because of tokens", p.name)
			}
			if got := l.expectUse(t, p.name, decrypt, "one", slices.Concat(others, gone, []string{"nonsense"})); got != without {
				t.Fatalf("%s: tokens of others help", p.name)
			}
		}
		for _, g := range l.model {
			if l.expectRetire(t, g, p.name, true) != l.expectRetire(t, g, p.name, false) {
				t.Fatalf("%s can retire %+v by its id or by its token, not by both", p.name, g)
			}
		}
	}
	for _, g := range l.model {
		d := l.decide(t, admin, evaluate.RequestConfig{Action: action.RetireGrant, GrantID: g.id})
		if d.Allowed() == g.abolished {
			t.Fatalf("the admin retires %+v: %v", g, d)
		}
	}
}
