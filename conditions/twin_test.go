package conditions

import (
	"encoding/base64"
	"math/big"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The twin: the rules of Test.Holds once more, slow and literal. It shares no
// code with the package: operators are taken apart by name, numbers are
// big.Rat, wildcards and variables regular expressions.

// A twin is a test: operator, key, values, whether policy variables are on.
type twin struct {
	operator, key string
	values        []string
	variables     bool
}

// twinHolds reads the notations of mustTest and mustContext.
func twinHolds(test, ctx string) bool {
	words := strings.Fields(test)
	w := twin{operator: words[0], key: words[1], variables: true}
	for _, v := range words[2:] {
		if v != "[]" {
			w.values = append(w.values, readWord(v))
		}
	}
	byName := map[string][]string{}
	for _, word := range strings.Fields(ctx) {
		name, list, _ := strings.Cut(word, "=")
		for v := range strings.SplitSeq(list, ";") {
			byName[name] = append(byName[name], readWord(v))
		}
	}
	return w.holds(newTwinContext(byName))
}

func (w *twin) holds(c twinContext) bool {
	name := strings.ToLower(w.operator)
	name, ifExists := strings.CutSuffix(name, "ifexists")
	name, all := strings.CutPrefix(name, "forallvalues:")
	name, some := strings.CutPrefix(name, "foranyvalue:")
	got, present := c[strings.ToLower(w.key)]
	if name == "null" {
		return slices.ContainsFunc(w.values, func(v string) bool { return strings.ToLower(v) == strconv.FormatBool(!present) })
	}
	negated := strings.Contains(name, "not")
	name = strings.ReplaceAll(name, "not", "")
	if !present {
		switch {
		case ifExists, all:
			return true
		case some:
			return false
		}
		return negated
	}
	matches := 0
	for _, g := range got {
		if slices.ContainsFunc(w.values, func(v string) bool { return w.matches(name, v, g, c) }) {
			matches++
		}
	}
	switch {
	case all && negated:
		return matches == 0
	case all:
		return matches == len(got)
	case some && negated:
		return matches < len(got)
	case negated:
		return matches == 0
	}
	return matches > 0
}

// matches compares a value of the policy with one of the request.
func (w *twin) matches(name, wanted, got string, c twinContext) bool {
	switch name {
	case "stringequals", "stringequalsignorecase", "stringlike":
		text, ok := w.expand(wanted, name == "stringlike", c)
		return ok && text.regexp(name == "stringequalsignorecase").MatchString(got)
	case "arnequals", "arnlike":
		text, ok := w.expand(wanted, true, c)
		patterns, parts := text.split(), strings.SplitN(got, ":", 6)
		if !ok || len(patterns) != 6 || len(parts) != 6 {
			return false
		}
		for i := range parts {
			if !patterns[i].regexp(false).MatchString(parts[i]) {
				return false
			}
		}
		return true
	case "bool":
		w, g := strings.ToLower(wanted), strings.ToLower(got)
		return w == g && (w == "true" || w == "false")
	case "binaryequals":
		w, ok1 := twinBinary(wanted)
		g, ok2 := twinBinary(got)
		return ok1 && ok2 && w == g
	case "ipaddress":
		network, ip := twinNetwork(wanted), net.ParseIP(got)
		return network != nil && ip != nil && network.Contains(ip)
	}
	w1, g1 := (*big.Rat)(nil), (*big.Rat)(nil)
	if rest, ok := strings.CutPrefix(name, "numeric"); ok {
		name, w1, g1 = rest, twinNumber(wanted), twinNumber(got)
	} else {
		name, w1, g1 = strings.TrimPrefix(name, "date"), twinDate(wanted), twinDate(got)
	}
	if w1 == nil || g1 == nil {
		return false
	}
	return map[string]bool{
		"equals":            g1.Cmp(w1) == 0,
		"lessthan":          g1.Cmp(w1) < 0,
		"lessthanequals":    g1.Cmp(w1) <= 0,
		"greaterthan":       g1.Cmp(w1) > 0,
		"greaterthanequals": g1.Cmp(w1) >= 0,
	}[name]
}

// readable reports whether the operator can read a value of a policy.
func (w *twin) readable(v string) bool {
	name := strings.ToLower(w.operator)
	has := func(word string) bool { return strings.Contains(name, word) }
	flag := strings.ToLower(v) == "true" || strings.ToLower(v) == "false"
	switch {
	case has("bool"):
		return flag || w.variables && slices.ContainsFunc(splitVariables(v), func(v twinVariable) bool { return !v.isCharacter() })
	case has("null"):
		return flag
	case has("numeric"):
		return twinNumber(v) != nil
	case has("date"):
		return twinDate(v) != nil
	case has("binary"):
		_, ok := twinBinary(v)
		return ok
	case has("ipaddress"):
		return twinNetwork(v) != nil
	}
	return true
}

// twinText is text in which wildcards are anyRun and anyOne.
type twinText []rune

const (
	anyRun = -1
	anyOne = -2
)

// regexp returns the regular expression for exactly this text.
func (x twinText) regexp(fold bool) *regexp.Regexp {
	pattern := `(?s)\A`
	if fold {
		pattern = `(?is)\A`
	}
	for _, r := range x {
		switch r {
		case anyRun:
			pattern += ".*"
		case anyOne:
			pattern += "."
		default:
			pattern += regexp.QuoteMeta(string(r))
		}
	}
	return regexp.MustCompile(pattern + `\z`)
}

// split returns the six parts of an ARN, or fewer.
func (x twinText) split() []twinText {
	var parts []twinText
	for len(parts) < 5 {
		i := slices.Index(x, ':')
		if i < 0 {
			break
		}
		parts, x = append(parts, x[:i]), x[i+1:]
	}
	return append(parts, x)
}

func (w *twin) expand(text string, wild bool, c twinContext) (twinText, bool) {
	var x twinText
	add := func(s string, wild bool) {
		for _, r := range s {
			switch {
			case wild && r == '*':
				r = anyRun
			case wild && r == '?':
				r = anyOne
			}
			x = append(x, r)
		}
	}
	if !w.variables {
		add(text, wild)
		return x, true
	}
	for _, v := range splitVariables(text) {
		add(text[:v.start], wild)
		add(v.of(c), false)
		if !v.resolves(c) {
			return nil, false
		}
		text = text[v.end:]
	}
	add(text, wild)
	return x, true
}

// A twinVariable starts and ends somewhere behind the end of the one before.
type twinVariable struct {
	start, end  int
	key         string
	hasDefault  bool
	defaultText string
}

var variablePattern = regexp.MustCompile(
	`\$\{[ \t]*(?:(\$)|([^ \t${},'"](?:[^${},'"]*[^ \t${},'"])?)[ \t]*(,[ \t]*'([^']*)')?)[ \t]*\}`)

func splitVariables(text string) []twinVariable {
	var all []twinVariable
	for {
		m := variablePattern.FindStringSubmatchIndex(text)
		if m == nil {
			return all
		}
		group := func(i int) string {
			if m[2*i] < 0 {
				return ""
			}
			return text[m[2*i]:m[2*i+1]]
		}
		all = append(all, twinVariable{m[0], m[1], group(1) + group(2), m[6] >= 0, group(4)})
		text = text[m[1]:]
	}
}

func (v *twinVariable) isCharacter() bool {
	return !v.hasDefault && slices.Contains([]string{"*", "?", "$"}, v.key)
}

func (v *twinVariable) value(c twinContext) (string, bool) {
	values := c[strings.ToLower(v.key)]
	for k := range Keys() {
		if k.MultiValued && strings.EqualFold(k.Name, v.key) {
			values = nil
		}
	}
	if len(values) != 1 {
		return "", false
	}
	return values[0], true
}

func (v *twinVariable) of(c twinContext) string {
	if v.isCharacter() {
		return v.key
	}
	if value, ok := v.value(c); ok {
		return value
	}
	return v.defaultText
}

func (v *twinVariable) resolves(c twinContext) bool {
	_, ok := v.value(c)
	return ok || v.hasDefault || v.isCharacter()
}

var numberPattern = regexp.MustCompile(`\A[+-]?[0-9]+(\.[0-9]+)?([eE]([+-]?[0-9]+))?\z`)

func twinNumber(text string) *big.Rat {
	m := numberPattern.FindStringSubmatch(text)
	if m == nil {
		return nil
	}
	if exponent, err := strconv.Atoi("0" + strings.TrimLeft(m[3], "+-")); err != nil || exponent > 9999 {
		return nil
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		panic(text)
	}
	return r
}

var (
	epochPattern = regexp.MustCompile(`\A-?[0-9]{1,15}(\.[0-9]{1,9})?\z`)
	datePattern  = regexp.MustCompile(`\A[0-9]{4}(-[0-9]{2}(-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9]))?)?)?\z`)
)

// twinDate returns seconds since 1970.
func twinDate(text string) *big.Rat {
	if datePattern.MatchString(text) {
		for _, layout := range []string{"2006", "2006-01", "2006-01-02", "2006-01-02T15:04Z07:00", time.RFC3339} {
			if t, err := time.Parse(layout, text); err == nil {
				r := big.NewRat(int64(t.Nanosecond()), 1e9)
				return r.Add(r, new(big.Rat).SetInt64(t.Unix()))
			}
		}
		return nil
	}
	if epochPattern.MatchString(text) {
		r, _ := new(big.Rat).SetString(text)
		return r
	}
	return nil
}

func twinBinary(text string) (string, bool) {
	b, err := base64.StdEncoding.DecodeString(text)
	return string(b), err == nil && base64.StdEncoding.EncodeToString(b) == text
}

var maskPattern = regexp.MustCompile(`/(0|[1-9][0-9]*)\z`)

func twinNetwork(text string) *net.IPNet {
	if ip := net.ParseIP(text); ip != nil {
		if v4 := ip.To4(); v4 != nil {
			ip = v4
		}
		return &net.IPNet{IP: ip, Mask: net.CIDRMask(8*len(ip), 8*len(ip))}
	}
	_, network, err := net.ParseCIDR(text)
	if err != nil || !maskPattern.MatchString(text) {
		return nil
	}
	return network
}

// genText gives texts for operators of each type: near misses as often as
// good ones, few enough to meet each other.
func genText(typ Type) *rapid.Generator[string] {
	words := rapid.StringOfN(rapid.SampledFrom([]rune("aAbé*?:")), 0, 4, -1)
	withVariables := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.OneOf(words, rapid.SampledFrom([]string{
			"${j}", "${J}", "${ j , 'a' }", "${missing,'b:a'}", "${missing}", "${*}", "${?}", "${$}", "${aws:TagKeys,'a'}", "${aws:PrincipalTag/A}",
			"${", "${}", "${j", "$", "}", "'", "${j,", "${*,'a'}", "${$,'a'}", "${\"}",
		})), 0, 3).Draw(t, "parts"), "")
	})
	number := rapid.Custom(func(t *rapid.T) string {
		digits := rapid.StringOfN(rapid.SampledFrom([]rune("0019")), 0, 4, -1)
		s := rapid.SampledFrom([]string{"", "", "-", "+"}).Draw(t, "sign") + digits.Draw(t, "whole")
		if rapid.Bool().Draw(t, "fraction") {
			s += "." + digits.Draw(t, "fraction")
		}
		return s + rapid.SampledFrom([]string{"", "", "", "e1", "E-1", "e+02", "e9999", "e10000", "e-9999", "e", "x"}).Draw(t, "exponent")
	})
	date := rapid.Custom(func(t *rapid.T) string {
		s := ""
		for i, choice := range [][]string{
			{"2024", "2023", "0000", "9999", "1"}, {"-01", "-02", "-12", "-13", "-00"}, {"-01", "-29", "-31", "-30", "-00"},
			{"T00:00", "T23:59", "T24:00", "T12:60", "t00:00"}, {":00", ":59", ":60", "", ""}, {"", "", ".5", ".123456789", "."},
			{"Z", "+00:00", "-07:30", "+23:59", "+24:00", "z", ""},
		} {
			if i == 4 || !rapid.Bool().Draw(t, "end") || i > 4 {
				s += rapid.SampledFrom(choice).Draw(t, "part")
			} else if i < 4 && i > 0 {
				break
			}
		}
		return s
	})
	switch typ {
	case TypeNumeric:
		return number
	case TypeDate:
		return rapid.OneOf(date, date, number, rapid.SampledFrom([]string{"1704067200", "2024", "-202", "12.5", "1234.5", "123456789012345", "1234567890123456"}))
	case TypeBool, TypeAny:
		return rapid.SampledFrom([]string{"true", "false", "True", "FALSE", "tru", "", "${j}", "${*}", "${"})
	case TypeBinary:
		return rapid.SampledFrom([]string{"", "QQ==", "QR==", "QQ", "QUJD", "QUJDRA==", "QU\nJD", "QUJD\r\n", "-_-_", "+/+/", "é", "${j}"})
	case TypeIPAddress:
		return rapid.Custom(func(t *rapid.T) string {
			return rapid.SampledFrom([]string{
				"10.0.0.0", "10.0.0.1", "10.1.0.0", "0.0.0.0", "::", "::1", "2001:db8::", "2001:db8::1", "::ffff:10.0.0.1", "::ffff:0.0.0.0", "10.0.0", "010.0.0.1",
				"fe80::1%a", "", "a",
			}).Draw(t, "address") + rapid.SampledFrom([]string{
				"", "", "", "/0", "/8", "/15", "/31", "/32", "/33", "/64", "/95", "/96", "/104", "/128", "/129", "/08", "/-1", "/",
			}).Draw(t, "mask")
		})
	}
	arns := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "*", "a*", "?", "", "${j}"}), 5, 7).Draw(t, "arn"), ":")
	})
	return rapid.OneOf(words, withVariables, arns)
}

// TestHoldsAsTwin compares the package with the twin over operators,
// quantifiers, IfExists and values.
func TestHoldsAsTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spelling := genOperator.Draw(t, "operator")
		op, err := ParseOperator(spelling)
		if err != nil {
			t.Fatal(err)
		}
		texts := genText(op.Info().Type)
		w := twin{
			operator:  spelling,
			key:       rapid.SampledFrom([]string{"k", "K", "kms:ViaService", "aws:PrincipalTag/a"}).Draw(t, "key"),
			values:    rapid.SliceOfN(texts, 0, 3).Draw(t, "values"),
			variables: rapid.Bool().Draw(t, "variables"),
		}
		values := make([]Value, len(w.values))
		for i, v := range w.values {
			values[i].Text = v
		}
		requestTexts := texts
		if len(w.values) > 0 {
			requestTexts = rapid.OneOf(texts, rapid.SampledFrom(w.values))
		}
		byName := map[string][]string{}
		for _, name := range []string{"k", "kms:viaService", "aws:PrincipalTag/A"} {
			byName[name] = rapid.SliceOfN(requestTexts, 0, 3).Draw(t, name)
		}
		for _, name := range []string{"j", "aws:TagKeys"} {
			byName[name] = rapid.SliceOfN(rapid.SampledFrom([]string{"a", "*", "a:b", ""}), 0, 2).Draw(t, name)
		}
		test, faults := NewTest(op, w.key, values, TestOptions{Variables: w.variables})
		ctx := NewContext(byName)
		if got, want := test.Holds(&ctx), w.holds(newTwinContext(byName)); got != want {
			t.Errorf("%+v with %q: %v, want %v", w, byName, got, want)
		}
		faulty := map[int]bool{}
		for _, f := range faults {
			faulty[f.Index] = true
			if f.Err == nil {
				t.Errorf("%+v: fault %d without error", w, f.Index)
			}
		}
		for i, v := range w.values {
			if got, want := !faulty[i], w.readable(v); got != want {
				t.Errorf("%+v: value %q is readable: %v, want %v", w, v, got, want)
			}
		}
	})
}
