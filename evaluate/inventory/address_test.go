package inventory

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"
	"pgregory.net/rapid"
)

func TestSplitAddress(t *testing.T) {
	for _, c := range []struct{ address, module, rest string }{
		{"aws_kms_key.k", "", "aws_kms_key.k"},
		{"data.aws_iam_policy_document.d", "", "data.aws_iam_policy_document.d"},
		{"module.a.aws_kms_key.k[0]", "module.a", "aws_kms_key.k[0]"},
		{`module.a["x.y[z]"].module.b[1].data.aws_x.k["a\"]b"]`, `module.a["x.y[z]"].module.b[1]`, `data.aws_x.k["a\"]b"]`},
		{"module.a", "", "module.a"},
		{"module.", "", "module."},
		{`module.a["`, "", `module.a["`},
		{"", "", ""},
	} {
		if module, rest := splitAddress(c.address); module != c.module || rest != c.rest {
			t.Errorf("%s: got %q and %q, want %q and %q", c.address, module, rest, c.module, c.rest)
		}
	}
}

func TestStepsOf(t *testing.T) {
	for text, want := range map[string][]step{
		"":              nil,
		"a":             {{"a", ""}},
		"a.b.c":         {{"a", ""}, {"b", ""}, {"c", ""}},
		"a.b[0].c":      {{"a", ""}, {"b", "[0]"}, {"c", ""}},
		`a["x.y\"]"].b`: {{"a", `["x.y\"]"]`}, {"b", ""}},
		"a[0][1]":       {{"a", "[0][1]"}},
		"a[":            {{"a", "["}},
		".":             {{"", ""}},
	} {
		if diff := cmp.Diff(want, stepsOf(text), cmp.AllowUnexported(step{})); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

// TestAddressTwin puts addresses together and takes them apart again.
func TestAddressTwin(t *testing.T) {
	name := rapid.StringMatching(`[a-z_]{1,5}`)
	index := rapid.SampledFrom([]string{"", "[0]", `["a"]`, `["a.b"]`, `["a\"]"]`})
	rapid.Check(t, func(t *rapid.T) {
		module := ""
		for range rapid.IntRange(0, 3).Draw(t, "modules") {
			module = join(module, "module."+name.Draw(t, "module")+index.Draw(t, "index"))
		}
		rest := "aws_" + name.Draw(t, "type") + "." + name.Draw(t, "name") + index.Draw(t, "index")
		address := join(module, rest)
		if gotModule, gotRest := splitAddress(address); gotModule != module || gotRest != rest {
			t.Errorf("%s: got %q and %q", address, gotModule, gotRest)
		}
		whole := ""
		for _, s := range stepsOf(address) {
			whole = join(whole, s.String())
		}
		if whole != address {
			t.Errorf("%s: got %q", address, whole)
		}
	})
}

func TestReferencesAreFull(t *testing.T) {
	for expression, want := range map[string]string{
		`{}`:                   "",
		`{"references": null}`: "",
		`{"references": ["aws_a.b.c", "aws_a.b"]}`:                                      "aws_a.b.c",
		`{"references": ["aws_a.b[0].c", "aws_a.b[0]", "aws_a.b", "var.x"]}`:            "aws_a.b[0].c var.x",
		`{"references": ["module.m[\"k\"].o", "module.m[\"k\"]", "module.m"]}`:          `module.m["k"].o`,
		`{"references": ["aws_a.b.c", "aws_a.b", "aws_a.b.d", "aws_a.b", "aws_a.bb"]}`:  "aws_a.b.c aws_a.b.d aws_a.bb",
		`{"references": ["aws_kms_key.this", "each.key"], "constant_value": "ignored"}`: "aws_kms_key.this each.key",
	} {
		if got := strings.Join(references(gjson.Parse(expression)), " "); got != want {
			t.Errorf("%s: got %q, want %q", expression, got, want)
		}
	}
}

// TestPlaceholder: placeholders are different for different addresses and have no characters that
// patterns or principals could stumble over.
func TestPlaceholder(t *testing.T) {
	for address, want := range map[string]string{
		"aws_kms_key.orders":        "aws_kms_key.orders",
		`module.a-b.aws_x.k["é/*"]`: "module.a-b.aws_x.k%5B%22%C3%A9%2F%2A%22%5D",
		"a%5B":                      "a%255B",
	} {
		if got := placeholder(address); got != want {
			t.Errorf("%s: got %s, want %s", address, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.String().Draw(t, "a"), rapid.String().Draw(t, "b")
		if (placeholder(a) == placeholder(b)) != (a == b) || strings.ContainsAny(placeholder(a), "*?$/: ") {
			t.Errorf("got %q for %q and %q for %q", placeholder(a), a, placeholder(b), b)
		}
	})
}

func TestPartition(t *testing.T) {
	for want, opts := range map[string]Options{"aws": {}, "aws-cn": {Region: "cn-north-1"}, "aws-x": {Region: "cn-north-1", Partition: "aws-x"}} {
		if got := opts.partition(); got != want {
			t.Errorf("%+v: got %s, want %s", opts, got, want)
		}
	}
}
