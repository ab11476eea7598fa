package policy

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

func TestStatementElements(t *testing.T) {
	tests := []struct {
		elements string
		want     func(s *Statement) bool
	}{
		{`"Effect":"Allow"`, func(s *Statement) bool {
			return s.Effect() == Allow && !s.HasSid() && s.Sid() == "" && !s.HasPrincipal() && !s.IsNotPrincipal() &&
				!s.HasAction() && !s.IsNotAction() && !s.HasResource() && !s.IsNotResource() && s.Condition().IsZero()
		}},
		{`"Effect":"Deny"`, func(s *Statement) bool { return s.Effect() == Deny }},
		{`"Effect":"Deny","Sid":""`, func(s *Statement) bool { return s.HasSid() && s.Sid() == "" }},
		{`"Effect":"Deny","Sid":"a b"`, func(s *Statement) bool { return s.HasSid() && s.Sid() == "a b" }},
		{`"Effect":"Deny","Principal":"*"`, func(s *Statement) bool { return s.HasPrincipal() && !s.IsNotPrincipal() }},
		{`"Effect":"Deny","NotPrincipal":"*"`, func(s *Statement) bool { return s.HasPrincipal() && s.IsNotPrincipal() }},
		{`"Effect":"Deny","Principal":{"AWS":[]}`, func(s *Statement) bool { return s.HasPrincipal() && s.NumPrincipals() == 0 }},
		{`"Effect":"Deny","Action":"a"`, func(s *Statement) bool { return s.HasAction() && !s.IsNotAction() }},
		{`"Effect":"Deny","NotAction":[]`, func(s *Statement) bool { return s.HasAction() && s.IsNotAction() }},
		{`"Effect":"Deny","Resource":"*"`, func(s *Statement) bool { return s.HasResource() && !s.IsNotResource() }},
		{`"Effect":"Deny","NotResource":[]`, func(s *Statement) bool { return s.HasResource() && s.IsNotResource() }},
		{`"Effect":"Deny","Condition":{}`, func(s *Statement) bool { return !s.Condition().IsZero() }},
	}
	for _, tt := range tests {
		if s := parsed(t, tt.elements); !tt.want(s) {
			t.Errorf("%s was read as %+v", tt.elements, s)
		}
	}
}

func TestEffectString(t *testing.T) {
	if got := Allow.String() + Deny.String() + Effect(7).String(); got != "AllowDenyDeny" {
		t.Errorf("got %q", got)
	}
}

func TestActions(t *testing.T) {
	tests := []struct {
		elements string
		want     action.Set
	}{
		{`"Sid":"neither"`, action.Set{}},
		{`"Action":[]`, action.Set{}},
		{`"Action":"kms:Decrypt"`, action.SetOf(action.Decrypt)},
		{`"Action":["kms:Decrypt","s3:*","KMS:encrypt"]`, action.SetOf(action.Decrypt, action.Encrypt)},
		{`"Action":"s3:*"`, action.Set{}},
		{`"Action":"*"`, action.Every()},
		{`"NotAction":[]`, action.Every()},
		{`"NotAction":"s3:*"`, action.Every()},
		{`"NotAction":["kms:Decrypt","kms:Encrypt"]`, action.SetOf(action.Decrypt, action.Encrypt).Complement()},
		{`"NotAction":"kms:*"`, action.Set{}},
	}
	for _, tt := range tests {
		if got := parsed(t, `"Effect":"Allow",`+tt.elements).Actions(); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.elements, got, tt.want)
		}
	}
}

func TestPrincipals(t *testing.T) {
	s := parsed(t, `"Effect":"Allow","NotPrincipal":{"Service":"s3.amazonaws.com","AWS":["111122223333","*","x"],`+
		`"Federated":"111122223333","CanonicalUser":["*","s3.amazonaws.com"]}`)
	want := []struct {
		text, under string
		kind        PrincipalKind
	}{
		{"s3.amazonaws.com", "Service", Service}, {"111122223333", "AWS", Account}, {"*", "AWS", Anyone}, {"x", "AWS", NoOne},
		{"111122223333", "Federated", NoOne}, {"*", "CanonicalUser", NoOne}, {"s3.amazonaws.com", "CanonicalUser", NoOne},
	}
	if s.NumPrincipals() != len(want) {
		t.Fatalf("got %d principals, want %d", s.NumPrincipals(), len(want))
	}
	i := 0
	for p := range s.Principals() {
		if p.String() != want[i].text || p.Kind() != want[i].kind || p.Under() != want[i].under || p != s.PrincipalAt(i) {
			t.Errorf("principal %d is %v %q under %s, want %v", i, p.Kind(), p, p.Under(), want[i])
		}
		i++
	}
	if got := parsed(t, `"Effect":"Allow","Principal":"*"`).PrincipalAt(0); got.Kind() != Anyone || got.Under() != "AWS" {
		t.Errorf(`Principal "*" is %v under %s`, got.Kind(), got.Under())
	}
	if got := new(Principal).Under(); got != "AWS" {
		t.Errorf("the zero Principal stands under %s", got)
	}
}

// Principals that are read and written again stand where they stood, so that they name the same.
func TestPrincipalsWrittenAgain(t *testing.T) {
	s := parsed(t, `"Effect":"Allow","Principal":{"CanonicalUser":"79a59d","Service":["s3.amazonaws.com","arn:aws:iam::111122223333:role/app"],`+
		`"AWS":"s3.amazonaws.com","Federated":"111122223333"}`)
	got, err := json.Marshal(StatementConfig{Effect: Allow, Principals: slices.Collect(s.Principals())})
	want := `{"Effect":"Allow","Principal":{"AWS":"s3.amazonaws.com","Service":["s3.amazonaws.com","arn:aws:iam::111122223333:role/app"],` +
		`"Federated":"111122223333","CanonicalUser":"79a59d"}}`
	if err != nil || string(got) != want {
		t.Errorf("got  %s, %v\nwant %s", got, err, want)
	}
}

func TestStringsAsWritten(t *testing.T) {
	s := parsed(t, `"Effect":"Allow","Action":["kms:*","b","b"],"NotResource":"arn:aws:kms"`)
	if got, want := slices.Collect(s.ActionPatterns()), []string{"kms:*", "b", "b"}; !slices.Equal(got, want) {
		t.Errorf("actions %q, want %q", got, want)
	}
	if got, want := slices.Collect(s.Resources()), []string{"arn:aws:kms"}; !slices.Equal(got, want) {
		t.Errorf("resources %q, want %q", got, want)
	}
}

func TestKeys(t *testing.T) {
	for _, tt := range []struct{ elements, want string }{
		{`"Resource":"*"`, ""},
		{`"Resource":["*","arn:aws:kms:*:*:key/${*}"],"Condition":{"Bool":{"aws:SecureTransport":"true"}}`, "aws:SecureTransport"},
		{`"NotResource":"arn:aws:kms:*:*:key/${aws:PrincipalTag/a}${aws:username, 'x'}"`, "aws:PrincipalTag/a aws:username"},
		{`"Condition":{"StringLike":{"kms:ViaService":["a","${aws:userid}-${aws:username}"],"S3:prefix":"b"},"Null":{"kms:keyspec":"true"}}`,
			"kms:ViaService aws:userid aws:username s3:prefix kms:KeySpec"},
	} {
		var got []string
		for k := range parsed(t, `"Effect":"Deny",`+tt.elements).Keys() {
			got = append(got, k.String())
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: got %q, want %s", tt.elements, got, tt.want)
		}
	}
	for range parsed(t, `"Effect":"Deny","Resource":"arn:aws:kms:*:*:key/${aws:userid}","Condition":{"Bool":{"aws:SecureTransport":"true"}}`).Keys() {
		break
	}
}

func TestUnusableKey(t *testing.T) {
	tests := []struct{ condition, want string }{
		{`{}`, ""},
		{`{"StringEquals":{"kms:ViaService":"a","s3:prefix":"b","unknown":"c"}}`, ""},
		{`{"StringEquals":{"kms:ViaService":"a"},"ForAnyValue:StringLike":{"KMS:resourcealiases":"alias/b"}}`, "KMS:resourcealiases"},
		{`{"StringEquals":{"aws:ResourceTag/a":"b","kms:ResourceAliases":"c"}}`, "aws:ResourceTag/a"},
	}
	for _, tt := range tests {
		test, ok := parsed(t, `"Effect":"Allow","Condition":`+tt.condition).UnusableKey()
		got := ""
		if ok {
			got = test.Key()
		}
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("%s: got %q, %v, want %q", tt.condition, got, ok, tt.want)
		}
	}
}

// A scalar and a list of one are told apart, and so are the JSON types of values.
func TestConditionAsWritten(t *testing.T) {
	condition := `{"StringEquals":{"a":"x","b":["x"],"c":[]},"Bool":{"d":true,"e":"true"},"NumericEquals":{"f":[1.50,"2"]},"Null":{}}`
	s := parsed(t, `"Effect":"Allow","Condition":`+condition)
	if got := string(s.Condition().AppendJSON(nil)); got != condition {
		t.Errorf("got  %s\nwant %s", got, condition)
	}
	ctx := contextOf("a", "x", "b", "x", "d", "true", "e", "true", "f", "1.5")
	if test, failing := s.Condition().Failing(&ctx); !failing || test.Key() != "c" {
		t.Errorf("fails at %v, want at c, which has no values", test)
	}
}

func TestMarshalJSON(t *testing.T) {
	doc := " {\"Version\" : \"2012-10-17\",\n \"Statement\":{\"Effect\":\"Deny\" ,\"Condition\":{\"NumericEquals\":{\"a\":1.0}}}}\n"
	p, err := ParseKeyPolicy([]byte(doc), nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.MarshalJSON()
	if want := strings.TrimSpace(doc); err != nil || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
	got[0] = 'x'
	if again, _ := p.MarshalJSON(); again[0] != '{' {
		t.Error("the document can be changed through its JSON")
	}
	got, err = json.Marshal(map[string]any{"policy": p, "statement": p.Statement(0)})
	want := `{"policy":{"Version":"2012-10-17","Statement":{"Effect":"Deny","Condition":{"NumericEquals":{"a":1.0}}}},` +
		`"statement":{"Effect":"Deny","Condition":{"NumericEquals":{"a":1.0}}}}`
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

func TestZeroDocument(t *testing.T) {
	var d Document
	if d.Len() != 0 || d.Name() != "" || d.Version() != "" || d.ID() != "" {
		t.Errorf("the zero Document has something in it: %+v", d)
	}
	for range d.Statements() {
		t.Error("the zero Document has a statement")
	}
	if got, err := d.MarshalJSON(); string(got) != "null" || err != nil {
		t.Errorf("the zero Document is %s in JSON, %v", got, err)
	}
}

func TestStatements(t *testing.T) {
	p, err := ParseKeyPolicy([]byte(`{"Statement":[{"Effect":"Allow","Sid":"a"},{"Effect":"Deny","Sid":"b"},{"Effect":"Deny","Sid":"c"}]}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	var sids string
	for i, s := range p.Statements() {
		if i != s.Index() || s != p.Statement(i) {
			t.Errorf("statement %d has index %d", i, s.Index())
		}
		if sids += s.Sid(); i == 1 {
			break
		}
	}
	if sids != "ab" || p.Len() != 3 {
		t.Errorf("visited %q of %d statements", sids, p.Len())
	}
}

// A policy may be read by many goroutines at once; the race detector watches.
func TestConcurrentUse(t *testing.T) {
	p, err := ParseKeyPolicy(realisticPolicy(4), nil)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			ctx := contextOf("kms:ViaService", "s3.us-east-1.amazonaws.com", "aws:username", "ana")
			for _, s := range p.Statements() {
				s.MatchesResource("arn:aws:kms:us-east-1:111122223333:key/a", &ctx)
				s.Condition().Holds(&ctx)
				s.UnusableKey()
				for range s.Principals() {
				}
				if _, err := s.MarshalJSON(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func TestAccessorsDoNotAllocate(t *testing.T) {
	s := parsed(t, `"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111122223333:role/a","111122223333"]},"Action":"kms:*",`+
		`"Resource":["arn:aws:kms:*:111122223333:key/*","*"],"Condition":{"StringEquals":{"aws:ResourceTag/a":"b"}}`)
	n := 0
	allocs := testing.AllocsPerRun(100, func() {
		if s.Actions().Has(action.Decrypt) && s.MatchesResource("arn:aws:kms:us-east-1:111122223333:alias/a", emptyContext) {
			n++
		}
		for i := range s.NumPrincipals() {
			n += len(s.PrincipalAt(i).Account())
		}
		if _, ok := s.UnusableKey(); ok {
			n++
		}
		if s.Condition().Holds(emptyContext) {
			n++
		}
	})
	if allocs != 0 {
		t.Errorf("accessors allocate %v times", allocs)
	}
}

var emptyContext = &conditions.Context{}

// contextOf returns a context of single-valued keys: name, value, name, value, ...
func contextOf(pairs ...string) conditions.Context {
	values := map[string][]string{}
	for pair := range slices.Chunk(pairs, 2) {
		values[pair[0]] = pair[1:]
	}
	return conditions.NewContext(values)
}
