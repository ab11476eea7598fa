package conditions

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestOperatorTable walks the table: nothing blank or twice, negated forms
// beside the plain ones, a case in TestHolds for each row.
func TestOperatorTable(t *testing.T) {
	exercised := map[string]bool{}
	for _, row := range holdsRows() {
		op, err := ParseOperator(strings.Fields(row)[0])
		if err != nil {
			t.Fatal(err)
		}
		exercised[op.Info().Name] = true
	}
	seen := map[string]OperatorInfo{}
	for o := range Operators() {
		if _, twice := seen[o.Name]; twice || o.Name == "" || o.Doc == "" {
			t.Errorf("%+v is there twice or has blanks", o)
		}
		seen[o.Name] = o
		if !exercised[o.Name] {
			t.Errorf("%s has no row in TestHolds", o.Name)
		}
		if got, want := o.Negated, strings.Contains(o.Name, "Not"); got != want {
			t.Errorf("%s negated: %v, want %v", o.Name, got, want)
		}
		if got, want := o.Wildcards, strings.HasPrefix(o.Name, "Arn") || strings.HasSuffix(o.Name, "Like"); got != want {
			t.Errorf("%s has wildcards: %v, want %v", o.Name, got, want)
		}
		if got, want := o.Variables, o.Type == TypeString || o.Type == TypeARN; got != want {
			t.Errorf("%s has variables: %v, want %v", o.Name, got, want)
		}
		if got := typeOfName(o.Name); got != o.Type {
			t.Errorf("%s compares %v, want %v", o.Name, o.Type, got)
		}
	}
	for _, o := range seen {
		base, found := seen[strings.Replace(o.Name, "Not", "", 1)]
		if o.Negated && found && (base.Type != o.Type || base.Wildcards != o.Wildcards || base.Variables != o.Variables) {
			t.Errorf("%+v does not negate %+v", o, base)
		}
	}
	if got, want := len(seen), 27; got != want {
		t.Errorf("%d operators, want %d", got, want)
	}
	for range Operators() {
		break
	}
}

func typeOfName(name string) Type {
	for prefix, typ := range map[string]Type{
		"String": TypeString, "Arn": TypeARN, "Numeric": TypeNumeric, "Date": TypeDate, "Bool": TypeBool,
		"Binary": TypeBinary, "Ip": TypeIPAddress, "NotIp": TypeIPAddress,
	} {
		if strings.HasPrefix(name, prefix) {
			return typ
		}
	}
	return TypeAny
}

func TestParseOperator(t *testing.T) {
	for _, c := range []struct{ name, want string }{ // want: name quantifier ifExists
		{"StringEquals", "StringEquals"},
		{"stringequals", "StringEquals"},
		{"STRINGEQUALS", "StringEquals"},
		{"StringEqualsIfExists", "StringEquals IfExists"},
		{"StringEqualsifexists", "StringEquals IfExists"},
		{"ForAllValues:StringLike", "ForAllValues StringLike"},
		{"forallvalues:stringlike", "ForAllValues StringLike"},
		{"ForAnyValue:ArnNotLikeIfExists", "ForAnyValue ArnNotLike IfExists"},
		{"FORANYVALUE:Stringlike", "ForAnyValue StringLike"},
		{"NotIpAddress", "NotIpAddress"},
		{"Null", "Null"},
		{"null", "Null"},
	} {
		op, err := ParseOperator(c.name)
		if err != nil {
			t.Errorf("ParseOperator(%q): %v", c.name, err)
			continue
		}
		if got := describe(op); got != c.want {
			t.Errorf("ParseOperator(%q) is %s, want %s", c.name, got, c.want)
		}
		if got := op.String(); got != c.name {
			t.Errorf("ParseOperator(%q).String() = %q", c.name, got)
		}
	}
}

func describe(op Operator) string {
	words := []string{}
	if op.Quantifier() != Plain {
		words = append(words, op.Quantifier().String())
	}
	words = append(words, op.Info().Name)
	if op.IfExists() {
		words = append(words, "IfExists")
	}
	return strings.Join(words, " ")
}

func TestParseOperatorErrors(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"StringEqual", `unknown operator "StringEqual" (did you mean "StringEquals"?)`},
		{"StringEqualIfExists", `unknown operator "StringEqualIfExists" (did you mean "StringEqualsIfExists"?)`},
		{"ForAllValue:StringEquals", `unknown operator "ForAllValue:StringEquals" (did you mean "ForAllValues:StringEquals"?)`},
		{"ForAnyValue:StringLikes", `unknown operator "ForAnyValue:StringLikes" (did you mean "ForAnyValue:StringLike"?)`},
		{"ForAnyValues:Nul", `unknown operator "ForAnyValues:Nul"`},
		{"Equals", `unknown operator "Equals" (did you mean "ArnEquals"?)`},
		{"", `unknown operator ""`},
		{":", `unknown operator ":"`},
		{"IfExists", `unknown operator "IfExists"`},
		{"ForAllValues:", `unknown operator "ForAllValues:"`},
		{"ForAllValues:IfExists", `unknown operator "ForAllValues:IfExists"`},
		{"ForAllValues:ForAnyValue:Bool", `unknown operator "ForAllValues:ForAnyValue:Bool"`},
		{"StringEqualsIfExistsIfExists", `unknown operator "StringEqualsIfExistsIfExists"`},
		{" Bool", `unknown operator " Bool" (did you mean "Bool"?)`},
		{"\u017ftringLike", `unknown operator "ſtringLike" (did you mean "StringLike"?)`},          // folds to s
		{"StringLi\u212ae", "unknown operator \"StringLi\u212ae\" (did you mean \"StringLike\"?)"}, // folds to k
		{"NullIfExists", `operator Null takes neither IfExists nor a set operator`},
		{"ForAllValues:Null", `operator Null takes neither IfExists nor a set operator`},
		{"foranyvalue:null", `operator Null takes neither IfExists nor a set operator`},
	} {
		op, err := ParseOperator(c.name)
		if err == nil || err.Error() != c.want {
			t.Errorf("ParseOperator(%q): %v, want %s", c.name, err, c.want)
		}
		if op != (Operator{}) {
			t.Errorf("ParseOperator(%q) gives an operator with the error", c.name)
		}
	}
}

// TestOperatorSpellings checks that all names are proposed that exist, and
// that each of them is read.
func TestOperatorSpellings(t *testing.T) {
	if got, want := len(operatorSpellings), 26*6+1; got != want {
		t.Errorf("%d spellings, want %d", got, want)
	}
	for _, name := range operatorSpellings {
		op, err := ParseOperator(name)
		if err != nil {
			t.Error(err)
		}
		if got, want := strings.ReplaceAll(describe(op), " ", ""), strings.Replace(name, ":", "", 1); got != want {
			t.Errorf("%s is read as %s", name, got)
		}
	}
}

func FuzzParseOperator(f *testing.F) {
	for _, name := range operatorSpellings {
		f.Add(name)
	}
	f.Add("ForAllValues:NullIfExists")
	f.Fuzz(func(t *testing.T, name string) {
		known := slices.ContainsFunc(operatorSpellings, func(s string) bool {
			return strings.EqualFold(s, name) && isASCII(name)
		})
		op, err := ParseOperator(name)
		if (err == nil) != known {
			t.Errorf("ParseOperator(%q): %v, but known: %v", name, err, known)
		}
		if err == nil && op.String() != name {
			t.Errorf("ParseOperator(%q).String() = %q", name, op)
		}
	})
}

func TestZeroOperator(t *testing.T) {
	var op Operator
	if op.String() != "" || op.Info() != (OperatorInfo{}) || op.Quantifier() != Plain || op.IfExists() {
		t.Errorf("the zero Operator is something: %+v", op)
	}
	test, faults := NewTest(op, "k", []Value{{Text: "a"}, {Text: "${b}"}}, TestOptions{Variables: true})
	if len(faults) != 0 {
		t.Errorf("faults %v, want none", faults)
	}
	for _, ctx := range []string{"", "k=a", "k=true"} {
		c := mustContext(t, ctx)
		if test.Holds(&c) {
			t.Errorf("a test with the zero Operator holds for %q", ctx)
		}
	}
}

var genOperator = rapid.SampledFrom(operatorSpellings)
