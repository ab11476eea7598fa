package conditions

import (
	"strings"
	"testing"

	"github.com/kmsauthz/kmsauthz/internal/wildcard"
)

// mark writes a pattern with its wildcards as «*» and «?».
func mark(p wildcard.Pattern) string {
	return strings.NewReplacer("\xff", "«*»", "\xfe", "«?»").Replace(string(p))
}

func TestTemplateExpand(t *testing.T) {
	ctx := mustContext(t, "j=v two=a;b star=*? empty='' aws:TagKeys=a aws:PrincipalTag/Team=red kms:EncryptionContext:a~b=c z=\xff")
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"a", "a"},
		{"a*?", "a«*»«?»"},
		{"${j}", "v"},
		{"${J}", "v"},
		{"a${j}b", "avb"},
		{"${j}${j}", "vv"},
		{"${j}*${j}?", "v«*»v«?»"},
		{"${ j }", "v"},
		{"${\tj\t}", "v"},
		{"${star}", "*?"},
		{"${empty}", ""},
		{"${aws:principaltag/team}", "red"},
		{"${kms:EncryptionContext:a b}", "c"},
		{"${z}", "\uFFFD"},
		// Defaults.
		{"${j,'d'}", "v"},
		{"${missing,'d'}", "d"},
		{"${missing, 'd'}", "d"},
		{"${ missing\t,\t 'd' }", "d"},
		{"${missing,''}", ""},
		{"${missing,' d '}", " d "},
		{"${missing,'*?'}", "*?"},
		{"${missing,'}'}", "}"},
		{"${missing,'${j}'}", "${j}"},
		{"${missing,'d'}x${j}", "dxv"},
		{"${two,'d'}", "d"},
		{"${aws:TagKeys,'d'}", "d"},
		{"${*,'d'}", "d"},
		// No value.
		{"${missing}", "unresolved"},
		{"a${j}${missing}b", "unresolved"},
		{"${two}", "unresolved"},
		{"${aws:TagKeys}", "unresolved"},
		{"${star2}", "unresolved"},
		// Characters.
		{"${*}", "*"},
		{"${?}", "?"},
		{"${$}", "$"},
		{"${ * }", "*"},
		{"${ $ }", "$"},
		{"*${*}*", "«*»*«*»"},
		{"${aws:PrincipalTag/*}", "unresolved"}, // a tag of that name
		{"${aws:PrincipalTag/?,'d'}", "d"},
		{"${kms:EncryptionContext:*}", "unresolved"},
		{"${$}{j}", "${j}"},
		{"a${*}${j}", "a*v"},
		// Not a complete variable: literal, wildcards apart.
		{"$", "$"},
		{"${", "${"},
		{"a${", "a${"},
		{"${}", "${}"},
		{"${ }", "${ }"},
		{"${j", "${j"},
		{"$j}", "$j}"},
		{"{j}", "{j}"},
		{"$${j}", "$v"},
		{"${${j}}", "${v}"},
		{"${a${j}", "${av"},
		{"${j{}", "${j{}"},
		{"${j'}", "${j'}"},
		{"${\"j\"}", "${\"j\"}"},
		{"${j,}", "${j,}"},
		{"${j,d}", "${j,d}"},
		{"${j,'d}", "${j,'d}"},
		{"${j,'d'", "${j,'d'"},
		{"${j,'d'x}", "${j,'d'x}"},
		{"${,'d'}", "${,'d'}"},
		{"${$,'d'}", "${$,'d'}"},
		{"${$x}", "${$x}"},
		{"${*", "${«*»"},
		{"${\n}", "unresolved"},
	} {
		template := NewTemplate(c.text, true, true)
		pattern, ok := template.expand(&ctx)
		got := mark(pattern)
		if !ok {
			got += "unresolved"
		}
		if got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

func TestTemplateModes(t *testing.T) {
	ctx := mustContext(t, "j=v")
	for _, c := range []struct {
		text            string
		wild, variables bool
		want            string
	}{
		{"*${j}${*}", false, false, "*${j}${*}"},
		{"*${j}${*}", false, true, "*v*"},
		{"*${j}${*}", true, false, "«*»${j}${«*»}"},
		{"*${j}${*}", true, true, "«*»v*"},
	} {
		template := NewTemplate(c.text, c.wild, c.variables)
		pattern, ok := template.expand(&ctx)
		if got := mark(pattern); got != c.want || !ok {
			t.Errorf("%q wild %v variables %v: %q, %v; want %q", c.text, c.wild, c.variables, got, ok, c.want)
		}
	}
}

// Many variables that stand for one long value are no way to make a huge text.
func TestTemplateBoundsItsValues(t *testing.T) {
	for _, length := range []int{maxValues / 2, maxValues/2 + 1} {
		ctx := NewContext(map[string][]string{"j": {strings.Repeat("v", length)}})
		template := NewTemplate("${j}-${j}", false, true)
		pattern, ok := template.expand(&ctx)
		if want := 2*length <= maxValues; ok != want || ok && len(pattern) != 2*length+1 {
			t.Errorf("two values of %d bytes: got %d bytes, %t, want %t", length, len(pattern), ok, want)
		}
	}
}

func TestTemplateMatch(t *testing.T) {
	ctx := mustContext(t, "j=v")
	for _, c := range []struct {
		text, s           string
		matched, resolved bool
	}{
		{"", "", true, true},
		{"a*", "abc", true, true},
		{"a*", "b", false, true},
		{"${j}*", "vw", true, true},
		{"${j}", "w", false, true},
		{"${missing}", "", false, false},
		{"*${missing}", "a", false, false},
	} {
		template := NewTemplate(c.text, true, true)
		if matched, resolved := template.Match(c.s, &ctx); matched != c.matched || resolved != c.resolved {
			t.Errorf("%q against %q: %v, %v; want %v, %v", c.text, c.s, matched, resolved, c.matched, c.resolved)
		}
	}
	var zero Template
	if matched, resolved := zero.Match("", &ctx); !matched || !resolved {
		t.Error("the zero Template does not match the empty text")
	}
}

// FuzzTemplate compares expand with the twin's, which finds variables by a
// regular expression.
func FuzzTemplate(f *testing.F) {
	for _, text := range []string{"", "a*", "${j}", "${ j , 'd' }x", "${missing,'}'}", "${${j}}", "${*}${?}${$}", "${", "${j,'", "é${aws:TagKeys}"} {
		f.Add(text, true)
	}
	values := map[string][]string{"j": {"v*"}, "two": {"a", "b"}, "aws:TagKeys": {"a"}, "aws:PrincipalTag/a": {"x"}}
	ctx, twinCtx := NewContext(values), newTwinContext(values)
	f.Fuzz(func(t *testing.T, text string, wild bool) {
		text = strings.ToValidUTF8(text, "?")
		template := NewTemplate(text, wild, true)
		pattern, ok := template.expand(&ctx)
		w := twin{variables: true}
		expanded, wantOK := w.expand(text, wild, twinCtx)
		want := ""
		for _, r := range expanded {
			switch r {
			case anyRun:
				want += "\xff"
			case anyOne:
				want += "\xfe"
			default:
				want += string(r)
			}
		}
		if string(pattern) != want || ok != wantOK {
			t.Errorf("%q: %q, %v; want %q, %v", text, mark(pattern), ok, mark(wildcard.Pattern(want)), wantOK)
		}
	})
}

// TestTemplateCost reads texts that would take hours if a false start of a
// variable were looked at again from each place within it.
func TestTemplateCost(t *testing.T) {
	const n = 1 << 15
	for _, unit := range []string{"${", "${a,'", "${ ", "$", "${a", "${a,'b'", "${*}", "${j}"} {
		template := NewTemplate(strings.Repeat(unit, n), true, true)
		template.expand(&Context{})
	}
}

// Text before a template has wildcards, and no variables.
func TestTemplateAfter(t *testing.T) {
	ctx := mustContext(t, "aws:username=bob")
	for _, c := range []struct {
		before, text, s string
		want            bool
	}{
		{"user/", "${aws:username}/*", "user/bob/x", true},
		{"user/", "${aws:username}/*", "user/alice/x", false},
		{"*/", "${aws:username}", "user/bob", true},
		{"${aws:username}/", "${aws:username}", "bob/bob", false},
		{"${aws:username}/", "${aws:username}", "${aws:username}/bob", true},
		{"us?r/", "*", "user/bob", true},
		{"us?r/", "*", "users/bob", false},
		{"", "${aws:userid}", "", false},
	} {
		template := NewTemplate(c.text, true, true)
		after := template.After(c.before)
		if got, _ := after.Match(c.s, &ctx); got != c.want {
			t.Errorf("%q after %q matches %q: %t, want %t", c.text, c.before, c.s, got, c.want)
		}
		same := NewTemplate(c.text, true, true)
		want, _ := same.expand(&ctx)
		if got, _ := template.expand(&ctx); got != want {
			t.Errorf("After changed the template %q", c.text)
		}
	}
}
