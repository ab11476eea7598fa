package conditions

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// readCondition reads a Condition element as package policy does, but with
// encoding/json: members come in the order of their names.
func readCondition(t testing.TB, text string) Condition {
	t.Helper()
	var element map[string]map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &element); err != nil {
		t.Fatal(err)
	}
	var blocks []Block
	for _, name := range sortedKeys(element) {
		op, err := ParseOperator(name)
		if err != nil {
			t.Fatal(err)
		}
		var tests []Test
		for _, key := range sortedKeys(element[name]) {
			var list []json.RawMessage
			single := json.Unmarshal(element[name][key], &list) != nil
			if single {
				list = []json.RawMessage{element[name][key]}
			}
			values := make([]Value, 0, len(list))
			for _, raw := range list {
				values = append(values, readJSONValue(raw))
			}
			test, _ := NewTest(op, key, values, TestOptions{Variables: true, Single: single})
			tests = append(tests, test)
		}
		blocks = append(blocks, NewBlock(op, tests...))
	}
	return NewCondition(blocks...)
}

func readJSONValue(raw json.RawMessage) Value {
	var text string
	switch {
	case json.Unmarshal(raw, &text) == nil:
		return Value{Text: text}
	case raw[0] == 't' || raw[0] == 'f':
		return Value{string(raw), Bool}
	}
	return Value{string(raw), Number}
}

func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func TestConditionJSON(t *testing.T) {
	for _, text := range []string{
		`{}`,
		`{"StringEquals":{}}`,
		`{"StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}}`,
		`{"stringequals":{"KMS:viaservice":["a","b"]}}`,
		`{"Bool":{"aws:SecureTransport":true},"NumericEquals":{"a":1.50e1,"b":[1,"2",false]}}`,
		`{"ForAllValues:StringLikeIfExists":{"aws:TagKeys":["a*"]},"Null":{"k":false,"l":"TRUE"}}`,
		`{"StringEquals":{"k":[]}}`,
		`{"StringEquals":{"k":["a"],"l":"a"}}`,
		`{"StringEquals":{"k":"\u00e9\"\\\n\u2028 \u003c","":"","\"":"${aws:username}"}}`,
		`{"IpAddress":{"aws:SourceIp":["10.0.0.0/8","nonsense"]}}`,
	} {
		condition := readCondition(t, text)
		got, err := json.Marshal(&condition)
		if err != nil {
			t.Fatal(err)
		}
		if !equalJSON(t, got, []byte(text)) {
			t.Errorf("got %s, want %s", got, text)
		}
		if appended := condition.AppendJSON([]byte("x")); string(appended[:1]) != "x" || !equalJSON(t, appended[1:], []byte(text)) {
			t.Errorf("AppendJSON gives %s, want x%s", appended, text)
		}
		if condition.IsZero() {
			t.Errorf("%s is the zero Condition", text)
		}
	}
}

func equalJSON(t testing.TB, a, b []byte) bool {
	t.Helper()
	var x, y any
	if err := json.Unmarshal(a, &x); err != nil {
		t.Fatalf("%s: %v", a, err)
	}
	if err := json.Unmarshal(b, &y); err != nil {
		t.Fatalf("%s: %v", b, err)
	}
	return reflect.DeepEqual(x, y)
}

// TestConditionOrder checks that nothing is sorted: blocks, keys and values
// come as they were given.
func TestConditionOrder(t *testing.T) {
	condition := NewCondition(
		NewBlock(mustTest(t, "StringLike z b a").Operator(), *mustTest(t, "StringLike z b a"), *mustTest(t, "StringLike a c")),
		NewBlock(mustTest(t, "Bool b true").Operator()),
	)
	got, _ := condition.MarshalJSON()
	if want := `{"StringLike":{"z":["b","a"],"a":["c"]},"Bool":{}}`; string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
	var blocks, tests []string
	for b := range condition.Blocks() {
		blocks = append(blocks, b.Operator().String())
		for test := range b.Tests() {
			blocks = append(blocks, test.Key())
		}
	}
	for test := range condition.Tests() {
		tests = append(tests, test.String())
	}
	if got, want := strings.Join(blocks, " "), "StringLike z a Bool"; got != want {
		t.Errorf("blocks %s, want %s", got, want)
	}
	if got, want := strings.Join(tests, "; "), `StringLike z ["b", "a"]; StringLike a "c"`; got != want {
		t.Errorf("tests %s, want %s", got, want)
	}
	for range condition.Tests() {
		break
	}
	for b := range condition.Blocks() {
		for range b.Tests() {
			break
		}
	}
}

func TestZeroCondition(t *testing.T) {
	var zero Condition
	ctx := Context{}
	if !zero.Holds(&ctx) || !zero.IsZero() {
		t.Error("the zero Condition does not hold or is not zero")
	}
	if test, failing := zero.Failing(&ctx); test != nil || failing {
		t.Errorf("the zero Condition fails at %v", test)
	}
	if got, _ := zero.MarshalJSON(); string(got) != `{}` {
		t.Errorf("got %s, want {}", got)
	}
	for range zero.Tests() {
		t.Error("the zero Condition has a test")
	}
}

func TestFailing(t *testing.T) {
	condition := readCondition(t, `{
		"Bool": {"aws:SecureTransport": "true"},
		"StringEquals": {"a": "1", "b": ["2", "3"]},
		"StringLike": {}
	}`)
	for _, c := range []struct{ ctx, want string }{
		{"", `Bool aws:SecureTransport "true"`},
		{"aws:SecureTransport=false a=1 b=2", `Bool aws:SecureTransport "true"`},
		{"aws:SecureTransport=true", `StringEquals a "1"`},
		{"aws:SecureTransport=true b=2", `StringEquals a "1"`},
		{"aws:SecureTransport=true a=1", `StringEquals b ["2", "3"]`},
		{"aws:SecureTransport=true a=1 b=3", ``},
	} {
		ctx := mustContext(t, c.ctx)
		test, failing := condition.Failing(&ctx)
		got := ""
		if failing {
			got = test.String()
		}
		if got != c.want {
			t.Errorf("%s: fails at %s, want %s", c.ctx, got, c.want)
		}
		if got, want := condition.Holds(&ctx), c.want == ""; got != want {
			t.Errorf("%s: holds %v, want %v", c.ctx, got, want)
		}
	}
}

// TestConditionIsAnd checks that a condition holds if each of its tests does,
// in whatever order they stand.
func TestConditionIsAnd(t *testing.T) {
	var rows []string
	for _, row := range holdsRows() {
		rows = append(rows, strings.SplitN(row, "|", 2)[0])
	}
	rapid.Check(t, func(t *rapid.T) {
		ctx := NewContext(rapid.MapOf(rapid.SampledFrom([]string{"k", "j"}),
			rapid.SliceOfN(rapid.SampledFrom([]string{"a", "10", "true", "10.0.0.1"}), 0, 2)).Draw(t, "context"))
		var blocks []Block
		want := true
		for _, row := range rapid.SliceOfN(rapid.SampledFrom(rows), 0, 4).Draw(t, "tests") {
			test := mustTest(t, row)
			want = want && test.Holds(&ctx)
			blocks = append(blocks, NewBlock(test.Operator(), *test))
		}
		condition := NewCondition(blocks...)
		slices.Reverse(blocks)
		reversed := NewCondition(blocks...)
		if got := condition.Holds(&ctx); got != want {
			t.Errorf("holds: %v, want %v", got, want)
		}
		if got := reversed.Holds(&ctx); got != want {
			t.Errorf("holds in reverse: %v, want %v", got, want)
		}
	})
}

func TestTestAccessors(t *testing.T) {
	op, _ := ParseOperator("stringEquals")
	values := []Value{{Text: "a"}, {"1", Number}}
	test, _ := NewTest(op, "KMS:viaservice", values, TestOptions{Single: true})
	values[0].Text = "changed"
	if got := slices.Collect(test.Values()); !slices.Equal(got, []Value{{Text: "a"}, {"1", Number}}) {
		t.Errorf("values %v", got)
	}
	if test.Operator() != op || test.Key() != "KMS:viaservice" || test.ConditionKey() != ParseKey("kms:ViaService") || !test.Single() {
		t.Errorf("operator %v, key %v, condition key %v, single %v", test.Operator(), test.Key(), test.ConditionKey(), test.Single())
	}
	if other, _ := NewTest(op, "k", nil, TestOptions{}); other.Single() {
		t.Error("single by default")
	}
}

func TestTestString(t *testing.T) {
	op, _ := ParseOperator("NumericEqualsIfExists")
	for _, c := range []struct {
		values []Value
		want   string
	}{
		{nil, `NumericEqualsIfExists K []`},
		{[]Value{{Text: "1"}}, `NumericEqualsIfExists K "1"`},
		{[]Value{{"1.5", Number}}, `NumericEqualsIfExists K 1.5`},
		{[]Value{{"1", Number}, {"true", Bool}, {Text: "3"}}, `NumericEqualsIfExists K [1, true, "3"]`},
	} {
		test, _ := NewTest(op, "K", c.values, TestOptions{})
		if got := test.String(); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

// TestCopies checks that what is given to NewCondition and NewBlock may be
// changed afterwards.
func TestCopies(t *testing.T) {
	tests := []Test{*mustTest(t, "StringEquals a b")}
	blocks := []Block{NewBlock(tests[0].Operator(), tests...)}
	condition := NewCondition(blocks...)
	tests[0] = *mustTest(t, "StringEquals c d")
	blocks[0] = Block{}
	got, _ := condition.MarshalJSON()
	if want := `{"StringEquals":{"a":["b"]}}`; string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestConcurrentUse is for the race detector.
func TestConcurrentUse(t *testing.T) {
	condition := readCondition(t, `{"StringLike": {"aws:PrincipalArn": "arn:aws:iam::${aws:PrincipalAccount}:role/*"},
		"DateGreaterThan": {"aws:CurrentTime": "2026-01-01"}, "Bool": {"aws:SecureTransport": true}}`)
	ctx := benchmarkContext()
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 100 {
				c := ctx.Over(Context{}).Only(KeysOf(0))
				if !condition.Holds(&c) {
					t.Error("does not hold")
				}
				_ = listing(&c)
				_ = condition.AppendJSON(nil)
			}
		})
	}
	group.Wait()
}
