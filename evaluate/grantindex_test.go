package evaluate

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/kmsauthz/kmsauthz/grants"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
	"pgregory.net/rapid"
)

// drawGrants draws many grants to few grantees, whose constraints are alike. Those of
// some lists hold for no request.
func drawGrants(t *rapid.T) []grants.Grant {
	list := make([]grants.Grant, rapid.IntRange(0, 80).Draw(t, "grants"))
	most := rapid.SampledFrom([]string{"app", "app", "root", "rootid"}).Draw(t, "most")
	hopeless := rapid.IntRange(0, 3).Draw(t, "hopeless") == 0
	for i := range list {
		g := &list[i]
		g.ID = fmt.Sprint("g", rapid.IntRange(0, 100).Draw(t, "id"))
		g.Grantee = grantee(rapid.SampledFrom([]string{most, most, most, "app", "sess", "alice", "root", "rootid", "anyone"}).Draw(t, "grantee"))
		g.Operations = drawOperations(t)
		if g.Constraints = drawConstraints(t); hopeless {
			g.Constraints.EncryptionContextEquals = map[string]string{"a": "never"}
		}
		g.Status = rapid.SampledFrom([]grants.Status{grants.Active, grants.Active, grants.Pending, grants.Retired}).Draw(t, "status")
		g.Token = rapid.SampledFrom([]string{"", "t1", "t2", "t3"}).Draw(t, "token")
	}
	return list
}

func drawOperations(t *rapid.T) action.Set {
	some := []action.Action{action.Decrypt, action.Encrypt, action.DescribeKey, action.CreateGrant}
	return action.SetOf(rapid.SliceOfN(rapid.SampledFrom(some), 0, 4).Draw(t, "operations")...)
}

func drawPairs(t *rapid.T) map[string]string {
	bits := rapid.SampledFrom([]string{"1", "2"})
	return rapid.MapOfN(rapid.SampledFrom([]string{"a", "b", "c"}), bits, 0, 3).Draw(t, "pairs")
}

func drawConstraints(t *rapid.T) (c grants.Constraints) {
	switch rapid.IntRange(0, 4).Draw(t, "constraint") {
	case 0, 1:
		c.EncryptionContextEquals = drawPairs(t)
	case 2, 3:
		c.EncryptionContextSubset = drawPairs(t)
	}
	c.SourceARN = rapid.SampledFrom([]string{"", "", "", "arn:aws:s3:::a", "arn:aws:s3:::b", "arn:aws:s3:::*", "arn:aws:s3:::?", "a"}).Draw(t, "source")
	return c
}

// drawGrantRequest draws a request that grants can allow.
func drawGrantRequest(t *rapid.T) RequestConfig {
	r := RequestConfig{
		Action:            rapid.SampledFrom([]action.Action{action.Decrypt, action.Encrypt, action.DescribeKey, action.CreateGrant, action.RetireGrant}).Draw(t, "action"),
		EncryptionContext: drawPairs(t),
		GrantTokens:       rapid.SliceOfN(rapid.SampledFrom([]string{"t1", "t2", "t3", "t4"}), 0, 2).Draw(t, "tokens"),
		SourceARN:         rapid.SampledFrom([]string{"", "arn:aws:s3:::a", "arn:aws:s3:::c"}).Draw(t, "source"),
	}
	switch r.Action {
	case action.RetireGrant:
		r.EncryptionContext = nil
		r.GrantID = rapid.SampledFrom([]string{"", "g1", "g2", "g3"}).Draw(t, "grant id")
	case action.CreateGrant:
		r.Context = map[string][]string{
			"kms:GrantOperations": rapid.SliceOfN(rapid.SampledFrom([]string{"Decrypt", "Encrypt", "DescribeKey", "Unknown"}), 0, 2).Draw(t, "child"),
		}
		if rapid.Bool().Draw(t, "equals") {
			r.Context["kms:GrantConstraintType"] = []string{"EncryptionContextEquals"}
		}
		if source := drawConstraints(t).SourceARN; source != "" {
			r.Context["kms:GrantConstraintSourceArn"] = []string{source}
		}
	}
	return r
}

// A key whose many grants are indexed decides as one whose grants are read one by
// one, the nearest grant included.
func TestManyGrants(t *testing.T) {
	indexed, allowed := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		line := rapid.SampledFrom([]string{"kp", "kp +root:*", "kp +root:Decrypt,CreateGrant", "rules aws; kp", "rules strict; kp +root:*"}).Draw(t, "policies") + ";" +
			rapid.SampledFrom([]string{"caller app", "caller sess", "caller sess; pb +Encrypt", "caller app; sp +*?mfa", "caller root"}).Draw(t, "caller")
		w := read(line)
		w.key.Grants = drawGrants(t)
		w.request = drawGrantRequest(t)
		key, caller, request := w.build()
		plain := *key
		plain.byManyGrants = nil
		got, want := w.rules.Decide(key, caller, request), w.rules.Decide(&plain, caller, request)
		if diff := gocmp.Diff(string(must(got.MarshalJSON())), string(must(want.MarshalJSON()))); diff != "" {
			t.Fatalf("%s: indexed (-) and one by one (+) disagree:\n%s", line, diff)
		}
		indexed += min(1, len(key.byManyGrants))
		if got.Allowed() && got.Layer() == LayerGrant && len(key.byManyGrants) > 0 {
			allowed++
		}
	})
	if indexed == 0 || allowed == 0 {
		t.Errorf("%d keys had an index, %d requests were allowed by one of its grants", indexed, allowed)
	}
}

// The nearest of many grants, none of which may hold, is the first that has the
// operation, or else the first of all.
func TestNearestOfManyGrants(t *testing.T) {
	for _, c := range []struct{ first, others, want string }{
		{"Encrypt", "Decrypt", "deny grant/constraint-not-met | iam-policy/no-allow: g1"},
		{"Decrypt", "Decrypt", "deny grant/constraint-not-met | iam-policy/no-allow: g0"},
		{"Encrypt", "Encrypt", "deny iam-policy/no-allow | grant/operation-not-granted: g0"},
	} {
		w := read("kp +root:*; do Decrypt; grant app:" + c.first + " id:g0 eq:a=never")
		for i := range manyGrants {
			more := read(fmt.Sprintf("grant app:%s id:g%d eq:a=never", c.others, i+1))
			w.key.Grants = append(w.key.Grants, more.key.Grants...)
		}
		d, grant := Decide(w.build()), ""
		for _, e := range append(slices.Collect(d.Blockers()), slices.Collect(d.Alternatives())...) {
			grant = cmp.Or(grant, e.Grant())
		}
		if got := outcome(t, d) + ": " + grant; got != c.want {
			t.Errorf("%s, then %s: got %s, want %s", c.first, c.others, got, c.want)
		}
	}
}

// Looking up the grant that RetireGrant names finds what reading all grants finds.
func TestGrantOf(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := read("do RetireGrant")
		w.key.Grants = drawGrants(t)
		for i := range w.key.Grants {
			if rapid.IntRange(0, 4).Draw(t, "no id") == 0 {
				w.key.Grants[i].ID = ""
			}
		}
		w.request.GrantTokens = rapid.SliceOfN(rapid.SampledFrom([]string{"", "t1", "t2", "t3", "t4"}), 0, 3).Draw(t, "tokens")
		w.request.GrantID = rapid.SampledFrom([]string{"", "", "g1", "g2", "g3", "g4"}).Draw(t, "grant id")
		key, _, request := w.build()
		got, gotSeveral := request.grantOf(key)
		want, wantSeveral := grantOfSlowly(request, key.grants)
		if got != want || gotSeveral != wantSeveral {
			t.Fatalf("got %d, %t, want %d, %t", got, gotSeveral, want, wantSeveral)
		}
	})
}

func grantOfSlowly(r *Request, all []grants.Grant) (index int, several bool) {
	index = -1
	for i := range all {
		g := &all[i]
		named := g.HasToken(r.tokens)
		if r.grantID != "" {
			named = g.ID == r.grantID
		}
		switch {
		case g.Status == grants.Retired || !named:
		case index >= 0 && !sameGrant(&all[index], g):
			return -1, true
		case index < 0:
			index = i
		}
	}
	return index, false
}

// quota is how many grants a key can have. See AWS KMS Developer Guide, "Resource
// quotas".
const quota = 50_000

// A grantLoad is a key with as many grants as it can have, and requests whose
// grant stands somewhere among them.
type grantLoad struct {
	name  string
	grant func(i int) grants.Grant // the grant at i
	uses  func(i int) RequestConfig
}

// grantLoads are what 50,000 grants can look like: one for each principal, and for
// one principal with constraints that differ in one pair, in one pair behind one
// that all have, in two pairs of which each is common, or in the source ARN.
func grantLoads() []grantLoad {
	const many = 224 // squared, more than quota
	app := who("app")
	one := func(i int, c grants.Constraints) grants.Grant {
		return grants.Grant{ID: fmt.Sprint("g", i), Grantee: policy.ParsePrincipal(app), Operations: action.SetOf(action.Decrypt), Constraints: c}
	}
	with := func(pairs ...string) RequestConfig {
		return RequestConfig{Action: action.Decrypt, EncryptionContext: mapOf(pairs...)}
	}
	return []grantLoad{
		{"Grantees", func(i int) grants.Grant {
			g := one(i, grants.Constraints{})
			if i != quota-1 {
				g.Grantee = policy.ParsePrincipal(fmt.Sprint(app, i))
			}
			return g
		}, func(i int) RequestConfig { return with() }},
		{"Equals", func(i int) grants.Grant {
			return one(i, grants.Constraints{EncryptionContextEquals: mapOf("object", fmt.Sprint(i), "tenant", "orders")})
		}, func(i int) RequestConfig { return with("tenant", "orders", "object", fmt.Sprint(i)) }},
		{"Subset", func(i int) grants.Grant {
			return one(i, grants.Constraints{EncryptionContextSubset: mapOf("object", fmt.Sprint(i), "tenant", "orders")})
		}, func(i int) RequestConfig { return with("tenant", "orders", "object", fmt.Sprint(i), "more", "x") }},
		{"EqualsGrid", func(i int) grants.Grant {
			return one(i, grants.Constraints{EncryptionContextEquals: mapOf("a", fmt.Sprint(i/many), "b", fmt.Sprint(i%many))})
		}, func(i int) RequestConfig { return with("a", fmt.Sprint(i/many), "b", fmt.Sprint(i%many)) }},
		{"SourceArn", func(i int) grants.Grant {
			return one(i, grants.Constraints{SourceARN: fmt.Sprint("arn:aws:s3:::bucket-", i)})
		}, func(i int) RequestConfig {
			return RequestConfig{Action: action.Decrypt, SourceARN: fmt.Sprint("arn:aws:s3:::bucket-", i)}
		}},
	}
}

func mapOf(words ...string) map[string]string {
	m := map[string]string{}
	for i := 0; i < len(words); i += 2 {
		m[words[i]] = words[i+1]
	}
	return m
}

func (l *grantLoad) config() KeyConfig {
	cfg := read("kp +root:*").key
	for i := range quota {
		cfg.Grants = append(cfg.Grants, l.grant(i))
	}
	return cfg
}

// places are where the grant that allows stands; the last is that of none.
var places = []struct {
	name string
	at   int
}{{"First", 0}, {"Middle", quota / 2}, {"Last", quota - 1}, {"None", quota}}

// The grant that allows is found wherever it stands among as many as a key can
// have, without allocation and without reading the others.
func TestGrantsAtTheQuota(t *testing.T) {
	app := must(NewCaller(CallerConfig{ARN: who("app")}))
	for _, load := range grantLoads() {
		key := must(NewKey(load.config()))
		for _, place := range places {
			request := must(NewRequest(load.uses(place.at)))
			d := Decide(key, app, request)
			via, _ := d.Via()
			want := fmt.Sprint("g", place.at)
			switch {
			case load.name == "Grantees":
				want = fmt.Sprint("g", quota-1)
			case place.at == quota:
				want = ""
			}
			if via.Grant() != want {
				t.Errorf("%s, %s: got %v, want grant %q", load.name, place.name, d, want)
			}
			s := newSituation(Rules{}, key, app, request)
			if read := slices.Collect(s.grantsTo(who("app"))); len(read) > 4 {
				t.Errorf("%s, %s: %d grants are read", load.name, place.name, len(read))
			}
			if n := testing.AllocsPerRun(10, func() { Decide(key, app, request) }); n != 0 {
				t.Errorf("%s, %s: %v allocations", load.name, place.name, n)
			}
		}
	}
}

func BenchmarkGrants(b *testing.B) {
	app := must(NewCaller(CallerConfig{ARN: who("app")}))
	for _, load := range grantLoads() {
		cfg := load.config()
		b.Run(load.name+"/Build", func(b *testing.B) {
			for b.Loop() {
				must(NewKey(cfg))
			}
		})
		key := must(NewKey(cfg))
		for _, place := range places {
			request := must(NewRequest(load.uses(place.at)))
			b.Run(load.name+"/"+place.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					Decide(key, app, request)
				}
			})
		}
	}
}
