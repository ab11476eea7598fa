package grants

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// pairs reads "a=1,b=2"; "-" is no constraint at all, "" one without pairs.
func pairs(text string) map[string]string {
	if text == "-" {
		return nil
	}
	m := map[string]string{}
	for pair := range strings.SplitSeq(text, ",") {
		if k, v, ok := strings.Cut(pair, "="); ok {
			m[k] = v
		}
	}
	return m
}

// AWS KMS Developer Guide, "Using grant constraints".
func TestEncryptionContextHolds(t *testing.T) {
	for _, row := range []struct {
		equals, subset, context string
		want                    bool
	}{
		{"-", "-", "-", true}, {"-", "-", "a=1", true},
		{"a=1", "-", "a=1", true}, {"a=1", "-", "-", false}, {"a=1", "-", "", false}, {"a=1", "-", "a=2", false}, {"a=1", "-", "b=1", false}, {"a=1", "-", "A=1", false},
		{"a=1", "-", "a=1,b=2", false}, {"a=1,b=2", "-", "a=1", false}, {"a=1,b=2", "-", "b=2,a=1", true}, {"a=1,b=2", "-", "a=1,c=2", false}, {"a=x", "-", "a=X", false},
		{"", "-", "", true}, {"", "-", "-", true}, {"", "-", "a=1", false}, {"a=", "-", "b=", false}, {"a=", "-", "a=", true},
		{"-", "a=1", "a=1", true}, {"-", "a=1", "a=1,b=2", true}, {"-", "a=1", "b=2", false}, {"-", "a=1", "-", false}, {"-", "a=1,b=2", "a=1", false}, {"-", "a=1", "A=1", false},
		{"-", "", "-", true}, {"-", "", "a=1", true}, {"-", "a=", "b=1", false}, {"-", "a=1", "a=2", false},
	} {
		c := Constraints{EncryptionContextEquals: pairs(row.equals), EncryptionContextSubset: pairs(row.subset)}
		if got := c.EncryptionContextHolds(pairs(row.context)); got != row.want {
			t.Errorf("equals %q, subset %q, context %q: got %v", row.equals, row.subset, row.context, got)
		}
	}
}

// The SourceArn constraint works like ArnLike.
func TestSourceARNHolds(t *testing.T) {
	const topic = "arn:aws:sns:us-east-1:111122223333:orders"
	for _, row := range []struct {
		constraint, source string
		want               bool
	}{
		{"", "", true}, {"", topic, true}, {topic, topic, true}, {topic, "", false}, {topic, topic + "x", false}, {topic, strings.ToUpper(topic), false},
		{"arn:aws:sns:*:111122223333:*", topic, true}, {"arn:aws:sns:us-east-?:111122223333:order?", topic, true}, {"arn:aws:sqs:*:*:*", topic, false},
		{"arn:aws:sns:*", topic, false}, {"*", topic, false}, {"arn:aws:s3:::b/*", "arn:aws:s3:::b/x/y:z", true}, {topic, "nonsense", false},
	} {
		c := Constraints{SourceARN: row.constraint}
		if got := c.SourceARNHolds(row.source); got != row.want {
			t.Errorf("%q, source %q: got %v", row.constraint, row.source, got)
		}
	}
}

// A matcher that tried every run of every '*' would not come to an end here; package wildcard
// counts the steps.
func TestHostileSourceARN(t *testing.T) {
	const n, topic = 4000, "arn:aws:sns:us-east-1:111122223333:"
	text := topic + strings.Repeat("a", n)
	for _, pattern := range []string{strings.Repeat("*a", n/2) + "*b", "*" + strings.Repeat("a", n/2) + "b"} {
		c := Constraints{SourceARN: topic + pattern}
		if c.SourceARNHolds(text) || !c.SourceARNHolds(text+"b") {
			t.Errorf("%.50s... does not match exactly the text with b at its end", c.SourceARN)
		}
		child := Constraints{SourceARN: text}
		if child.AtLeastAsStrictAs(&c) {
			t.Errorf("%.50s... covers a text without b", c.SourceARN)
		}
	}
}

// AWS KMS Developer Guide, "Granting CreateGrant permission": the constraint of
// a child grant is equal or stricter.
func TestAtLeastAsStrictAs(t *testing.T) {
	const topic = "arn:aws:sns:us-east-1:111122223333:orders"
	for _, row := range []struct {
		parentEquals, parentSubset, childEquals, childSubset string
		want                                                 bool
	}{
		{"-", "-", "-", "-", true}, {"-", "-", "a=1", "-", true}, {"-", "-", "-", "a=1", true},
		{"a=1", "-", "a=1", "-", true}, {"a=1", "-", "-", "-", false}, {"a=1", "-", "-", "a=1", false}, {"a=1", "-", "a=1,b=2", "-", false}, {"a=1", "-", "a=2", "-", false},
		{"a=1,b=2", "-", "a=1", "-", false}, {"a=1", "-", "b=1", "-", false}, {"", "-", "-", "-", false}, {"", "-", "", "-", true}, {"", "-", "a=1", "-", false},
		{"-", "a=1", "-", "a=1", true}, {"-", "a=1", "-", "a=1,b=2", true}, {"-", "a=1", "a=1", "-", true}, {"-", "a=1", "a=1,b=2", "-", true},
		{"-", "a=1", "-", "-", false}, {"-", "a=1", "b=2", "-", false}, {"-", "a=1", "-", "b=2", false}, {"-", "a=1,b=2", "-", "a=1", false}, {"-", "a=1", "a=2", "-", false}, {"-", "a=1", "", "-", false},
		{"-", "", "-", "-", true}, {"-", "", "a=1", "-", true},
	} {
		child := Constraints{EncryptionContextEquals: pairs(row.childEquals), EncryptionContextSubset: pairs(row.childSubset)}
		parent := Constraints{EncryptionContextEquals: pairs(row.parentEquals), EncryptionContextSubset: pairs(row.parentSubset)}
		if got := child.AtLeastAsStrictAs(&parent); got != row.want {
			t.Errorf("%+v: got %v", row, got)
		}
	}
	for _, row := range []struct {
		parent, child string
		want          bool
	}{
		{"", "", true}, {"", topic, true}, {topic, topic, true}, {topic, "", false}, {"arn:aws:sns:*:*:*", topic, true}, {topic, "arn:aws:sns:*:*:*", false},
		{"arn:aws:sns:*:*:order*", "arn:aws:sns:*:*:orders-*", true}, {topic, topic + "2", false},
		{"arn:aws:sns:us-east-1:111122223333:order?", "arn:aws:sns:us-east-1:111122223333:order*", false}, // which allows more than one character
	} {
		child, parent := Constraints{SourceARN: row.child}, Constraints{SourceARN: row.parent}
		if got := child.AtLeastAsStrictAs(&parent); got != row.want {
			t.Errorf("parent %q, child %q: got %v", row.parent, row.child, got)
		}
	}
}

func TestEffective(t *testing.T) {
	for _, row := range []struct {
		status Status
		token  string
		given  string
		want   bool
	}{
		{Active, "", "", true}, {Active, "t", "", true}, {Active, "t", "u", true},
		{Pending, "t", "t", true}, {Pending, "t", "u t", true}, {Pending, "t", "u", false}, {Pending, "t", "", false}, {Pending, "", "t", false}, {Pending, "", "", false},
		{Retired, "t", "t", false}, {Retired, "", "", false}, {3, "t", "t", false},
	} {
		g := Grant{Status: row.status, Token: row.token}
		if got := g.Effective(strings.Fields(row.given)); got != row.want {
			t.Errorf("%v %q with %q: got %v", row.status, row.token, row.given, got)
		}
	}
	if g := (Grant{}); g.HasToken([]string{""}) {
		t.Error("a grant whose token is not known has the empty one")
	}
}

func TestStatusString(t *testing.T) {
	for status, want := range map[Status]string{Active: "active", Pending: "pending", Retired: "retired", 3: "unknown status", 255: "unknown status"} {
		if got := status.String(); got != want {
			t.Errorf("Status(%d) = %q, want %q", status, got, want)
		}
	}
}

func TestIssuingAccountOf(t *testing.T) {
	if got := (&Grant{}).IssuingAccountOf("111122223333"); got != "111122223333" {
		t.Errorf("got %s", got)
	}
	if got := (&Grant{IssuingAccount: "444455556666"}).IssuingAccountOf("111122223333"); got != "444455556666" {
		t.Errorf("got %s", got)
	}
}

// The constraints over a small universe of pairs, where each context is a list
// of pairs and each rule is one sentence.
var drawPairs = rapid.MapOfN(rapid.SampledFrom([]string{"a", "A", "b"}), rapid.SampledFrom([]string{"1", "2", ""}), 0, 3)

// drawConstraints draws at most one of the two constraints, as grants have.
var drawConstraints = rapid.Custom(func(t *rapid.T) Constraints {
	switch rapid.IntRange(0, 2).Draw(t, "kind") {
	case 1:
		return Constraints{EncryptionContextEquals: drawPairs.Draw(t, "equals")}
	case 2:
		return Constraints{EncryptionContextSubset: drawPairs.Draw(t, "subset")}
	default:
		return Constraints{}
	}
})

// lines writes pairs as sorted lines.
func lines(m map[string]string) []string {
	var list []string
	for k, v := range m {
		list = append(list, k+"="+v)
	}
	slices.Sort(list)
	return list
}

func TestEncryptionContextHoldsTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, context := drawConstraints.Draw(t, "constraints"), drawPairs.Draw(t, "context")
		before := maps.Clone(context)
		want := true
		if c.EncryptionContextEquals != nil {
			want = slices.Equal(lines(context), lines(c.EncryptionContextEquals))
		}
		for _, pair := range lines(c.EncryptionContextSubset) {
			want = want && slices.Contains(lines(context), pair)
		}
		if got := c.EncryptionContextHolds(context); got != want || !maps.Equal(before, context) {
			t.Fatalf("%+v, %v: got %v, want %v", c, context, got, want)
		}
	})
}

// A child may be made exactly if no encryption context passes the child and not
// its parent; but a parent with Equals wants the same Equals of its child, and a
// parent with an empty Subset wants nothing.
func TestAtLeastAsStrictAsTwin(t *testing.T) {
	var universe []map[string]string
	for _, a := range []string{"-", "1", "2", ""} {
		for _, upper := range []string{"-", "1", "2", ""} {
			for _, b := range []string{"-", "1", "2", ""} {
				for _, other := range []string{"-", "1"} {
					m := map[string]string{"a": a, "A": upper, "b": b, "other": other}
					maps.DeleteFunc(m, func(_, v string) bool { return v == "-" })
					universe = append(universe, m)
				}
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		child, parent := drawConstraints.Draw(t, "child"), drawConstraints.Draw(t, "parent")
		want := true
		for _, context := range universe {
			if child.EncryptionContextHolds(context) && !parent.EncryptionContextHolds(context) {
				want = false
			}
		}
		if got := child.AtLeastAsStrictAs(&parent); got != want {
			t.Fatalf("child %+v, parent %+v: got %v, want %v", child, parent, got, want)
		}
	})
}
