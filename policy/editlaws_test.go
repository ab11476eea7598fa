package policy

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
	"github.com/kmsauthz/kmsauthz/internal/linediff/patch"
	"pgregory.net/rapid"
)

// A layout is how a document is written all over. The pad is that of objects on one line, with
// which every document starts; whether lists have one too does not show in every document.
type layout struct{ newline, prefix, step, colon, comma, pad string }

var layouts = []layout{
	{colon: ":", comma: ","},
	{colon: ": ", comma: ", "},
	{colon: " : ", comma: " ,", pad: " "},
	{newline: "\n", step: "  ", colon: ": "},
	{newline: "\n", step: "    ", colon: ":"},
	{newline: "\n", step: "\t", colon: ": "},
	{newline: "\r\n", step: "  ", colon: " : "},
	{newline: "\n", prefix: "      ", step: "  ", colon: ": "}, // inside of a larger text
	{newline: "\n", prefix: "\t\t", step: "\t", colon: ": "},
}

// write writes a tree in the layout; indent is that of the line.
func (l layout) write(b *strings.Builder, n *node, indent string) {
	if n.open == 0 {
		b.WriteString(n.text)
		return
	}
	inner, lead, comma, tail := indent, "", l.comma, ""
	if n.open == '{' {
		lead, tail = l.pad, l.pad
	}
	if l.newline != "" {
		inner = indent + l.step
		lead, comma, tail = l.newline+inner, ","+l.newline+inner, l.newline+indent
	}
	if len(n.items) == 0 {
		lead, tail = "", ""
	}
	b.WriteByte(n.open)
	for i, it := range n.items {
		b.WriteString([]string{lead, comma}[min(i, 1)])
		if n.open == '{' {
			b.WriteString(quoteJSON(it.name) + l.colon)
		}
		l.write(b, it.value, inner)
	}
	b.WriteString(tail)
	b.WriteByte(n.open + 2)
}

func (l layout) text(n *node) string {
	var b strings.Builder
	l.write(&b, n, l.prefix)
	return b.String()
}

// writeAnyhow writes a tree with any blanks anywhere, and some names with escapes.
func writeAnyhow(t *rapid.T, b *strings.Builder, n *node) {
	blanks := func() {
		b.WriteString(rapid.SampledFrom([]string{"", "", " ", "\n", "\n  ", "\t", "\r\n    ", "\r"}).Draw(t, "blanks"))
	}
	if n.open == 0 {
		b.WriteString(n.text)
		return
	}
	b.WriteByte(n.open)
	blanks()
	for i, it := range n.items {
		if i > 0 {
			blanks()
			b.WriteByte(',')
			blanks()
		}
		if n.open == '{' {
			name := quoteJSON(it.name)
			if rapid.IntRange(0, 4).Draw(t, "escaped") == 0 {
				name = strings.Replace(strings.Replace(name, "t", `\u0074`, 1), "k", `\u006B`, 1)
			}
			b.WriteString(name)
			blanks()
			b.WriteByte(':')
			blanks()
		}
		writeAnyhow(t, b, it.value)
	}
	blanks()
	b.WriteByte(n.open + 2)
}

var editValues = []string{"a", "b", "c", "*", "sns.amazonaws.com", "true", "1.0", "<&>\"\\\n"}

// drawValue draws a value of an element: a text or a list of texts.
func drawValue(t *rapid.T) *node {
	if rapid.Bool().Draw(t, "single") {
		return stringNode(rapid.SampledFrom(editValues).Draw(t, "value"))
	}
	n := &node{open: '['}
	for _, v := range rapid.SliceOfN(rapid.SampledFrom(editValues), 0, 4).Draw(t, "values") {
		n.items = append(n.items, item{value: stringNode(v)})
	}
	return n
}

func drawPrincipal(t *rapid.T) *node {
	kinds := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"AWS", "Service", "Federated"}), 0, 3, rapid.ID).Draw(t, "kinds")
	if len(kinds) == 0 {
		return stringNode("*")
	}
	n := &node{open: '{'}
	for _, kind := range kinds {
		n.items = append(n.items, item{kind, drawValue(t)})
	}
	return n
}

var editOperators = []string{"StringEquals", "stringequals", "StringLike", "Bool", "ForAnyValue:StringEquals"}

func drawCondition(t *rapid.T) *node {
	n := &node{open: '{'}
	for _, op := range rapid.SliceOfNDistinct(rapid.SampledFrom(editOperators), 0, 3, rapid.ID).Draw(t, "operators") {
		block := &node{open: '{'}
		for _, key := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"k", "K", "j"}), 0, 3, rapid.ID).Draw(t, "keys") {
			value := drawValue(t)
			if op == "Bool" {
				value = &node{text: "true"}
			}
			block.items = append(block.items, item{key, value})
		}
		n.items = append(n.items, item{op, block})
	}
	return n
}

func drawStatement(t *rapid.T) *node {
	either := func(names ...string) string { return rapid.SampledFrom(append(names, "")).Draw(t, "element") }
	items := []item{{"Effect", stringNode("Allow")}}
	for _, it := range []item{
		{either("Sid"), stringNode(rapid.SampledFrom([]string{"", "s", "s2", "s3"}).Draw(t, "sid"))},
		{either("Principal", "NotPrincipal"), drawPrincipal(t)},
		{either("Action", "NotAction"), drawValue(t)},
		{either("Resource", "NotResource"), drawValue(t)},
		{either("Condition"), drawCondition(t)},
	} {
		if it.name != "" {
			items = append(items, it)
		}
	}
	return &node{open: '{', items: rapid.Permutation(items).Draw(t, "order")}
}

// drawDocument draws a key policy.
func drawDocument(t *rapid.T) *node {
	statements := &node{open: '['}
	for range rapid.IntRange(0, 3).Draw(t, "statements") {
		statements.items = append(statements.items, item{value: drawStatement(t)})
	}
	if len(statements.items) == 1 && rapid.Bool().Draw(t, "alone") {
		statements = statements.items[0].value
	}
	return &node{open: '{', items: []item{{"Version", stringNode("2012-10-17")}, {"Statement", statements}}}
}

func drawEdit(t *rapid.T) Edit {
	values := rapid.SliceOfN(rapid.SampledFrom(editValues), 0, 3)
	element := rapid.SampledFrom([]string{"Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition"})
	e := Edit{
		Op:        EditOp(rapid.IntRange(int(AddStatement), int(RemoveCondition)).Draw(t, "op")),
		Statement: rapid.IntRange(0, 2).Draw(t, "statement"),
		Element:   element.Draw(t, "element"),
		As:        element.Draw(t, "as"),
		Under:     rapid.SampledFrom([]string{"", "", "AWS", "Service", "Federated", "x"}).Draw(t, "under"),
		Operator:  rapid.SampledFrom(append(editOperators, "STRINGEQUALS")).Draw(t, "operator"),
		Key:       rapid.SampledFrom([]string{"k", "j", "J", ""}).Draw(t, "key"),
		Values:    values.Draw(t, "values"),
	}
	if e.Op == AddStatement {
		e.New = &StatementConfig{
			Sid:        rapid.SampledFrom([]string{"", "s", "t"}).Draw(t, "sid"),
			Effect:     Effect(rapid.IntRange(0, 1).Draw(t, "effect")),
			Principals: principalsOf(values.Draw(t, "principals")),
			Actions:    values.Draw(t, "actions"),
			Resources:  values.Draw(t, "resources"),
		}
		if len(e.Values) > 0 && e.Key != "" {
			e.New.Conditions = []ConditionConfig{{"StringLike", e.Key, e.Values}}
		}
	}
	return e
}

// isReadable reports whether the values of an edit are ones that its operator can read.
func isReadable(e Edit) bool {
	op, err := conditions.ParseOperator(e.Operator)
	return err != nil || op.Info().Variables || e.Op != AddCondition && e.Op != AddConditionValues
}

// checkEdit applies an edit to a document and checks the result against the twin. It returns the
// new document, nil if the edit cannot be made.
func checkEdit(t rapid.TB, before *Document, e Edit) *Document {
	t.Helper()
	want := readTree(before.String())
	possible := want.apply(e)
	after, err := before.Apply(e)
	if err != nil {
		var refused *Error
		isError := errors.As(err, &refused)
		if isError && refused.Code == CodeSyntax {
			t.Fatalf("%v made no JSON: %v\n%s", e, err, before)
		}
		if possible && isReadable(e) && !(isError && refused.Code == CodeTooLarge) {
			t.Fatalf("%v: %v\n%s", e, err, before)
		}
		return nil
	}
	compact := layouts[0]
	if !possible {
		t.Fatalf("%v can be applied to\n%s\nand gives\n%s", e, before, after)
	}
	if got, want := compact.text(readTree(after.String())), compact.text(want); got != want {
		t.Fatalf("%v:\nfrom %s\ngot  %s\nwant %s", e, before, got, want)
	}
	diff := Diff(before, after)
	if got, err := patch.Apply(diff, before.String()); err != nil || got != after.String() || (diff == "") != (got == before.String()) {
		t.Fatalf("the difference gives %q, %v\n%s", got, err, diff)
	}
	checkUntouched(t, before, after, e)
	return after
}

// checkUntouched checks that what an edit does not touch has the same bytes: what is around the
// statements, the other statements, and the other elements of the statement.
func checkUntouched(t rapid.TB, before, after *Document, e Edit) {
	t.Helper()
	head, list, tail := aroundStatements(before.String())
	others, othersAfter := statementTexts(before), statementTexts(after)
	switch i := e.Statement; e.Op {
	case AddStatement:
		othersAfter = othersAfter[:len(others)]
		if n := len(others); n > 0 && list[0] == '[' {
			end := before.Statement(n-1).Position().Offset + len(others[n-1])
			head = before.String()[:end]
		}
	case RemoveStatement:
		others = slices.Delete(others, i, i+1)
	default:
		if a, b := elements(others[i], e), elements(othersAfter[i], e); !slices.Equal(a, b) {
			t.Fatalf("%v: elements became\n%q\nfrom\n%q", e, b, a)
		}
		othersAfter[i] = others[i]
	}
	if !slices.Equal(others, othersAfter) {
		t.Fatalf("%v: the other statements became\n%q\nfrom\n%q", e, othersAfter, others)
	}
	if text := after.String(); !strings.HasPrefix(text, head) || !strings.HasSuffix(text, tail) {
		t.Fatalf("%v changed what is around the statements:\n%s\n%s", e, before, after)
	}
}

// aroundStatements cuts a document around the value of its Statement element.
func aroundStatements(text string) (head, list, tail string) {
	jsondoc.Read([]byte(text), jsondoc.Options{}).Root().Members(func(m jsondoc.Member) {
		if m.Name == "Statement" {
			start, end := m.Span()
			head, list, tail = text[:start], text[start:end], text[end:]
		}
	})
	return head, list, tail
}

// statementTexts returns the statements as they are written.
func statementTexts(d *Document) []string {
	var all []string
	for _, s := range d.Statements() {
		all = append(all, s.text)
	}
	return all
}

// elements returns the texts of those elements of a statement that an edit leaves alone.
func elements(text string, e Edit) []string {
	changed := []string{e.Element, e.As}
	if e.Operator != "" && (e.Op == AddCondition || e.Op == AddConditionValues || e.Op == RemoveCondition) {
		changed = []string{"Condition"}
	}
	var all []string
	jsondoc.Read([]byte(text), jsondoc.Options{}).Root().Members(func(m jsondoc.Member) {
		if !slices.Contains(changed, m.Name) {
			start, _ := m.NameSpan()
			_, end := m.Span()
			all = append(all, text[start:end])
		}
	})
	return all
}

// Whatever the document and however it is written: the edit does what it says and nothing else.
func TestApplyIsTheEdit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		writeAnyhow(t, &b, drawDocument(t))
		d := keyDocument(t, b.String())
		for range 3 {
			if after := checkEdit(t, d, drawEdit(t)); after != nil {
				d = after
			}
		}
	})
}

// A document that is written one way all over stays so, to the byte. A second statement that
// joins one outside of a list is the exception: the first one's lines are not indented anew.
func TestApplyKeepsTheLayout(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tree, l := drawDocument(t), rapid.SampledFrom(layouts).Draw(t, "layout")
		e := drawEdit(t)
		if e.Op == AddStatement && tree.get("Statement").open == '{' {
			return
		}
		d := keyDocument(t, l.text(tree))
		after := checkEdit(t, d, e)
		if after == nil {
			return
		}
		tree.apply(e)
		if got, want := after.String(), l.text(tree); got != want {
			t.Fatalf("%v:\nfrom\n%s\ngot\n%s\nwant\n%s", e, d, got, want)
		}
	})
}

// FuzzApply applies anything to anything. An edit that can be made gives a policy, and the
// difference leads there.
func FuzzApply(f *testing.F) {
	f.Add(`{"Statement":{"Effect":"Allow","Action":"a"}}`, uint8(AddStatement), 0, "a", "", "", "", "", "b|c")
	f.Add("{\n\t\"Statement\" : [\n{\"Effect\":\"Allow\",\"Acti\\u006fn\":[\n\"a\"]}]}\r\n", uint8(AddValues), 0, "Action", "", "", "", "", "b")
	f.Add(`{"Statement":[{"Effect":"Allow","Principal":{"AWS":["a","b"],"Service":"a"}}]}`, uint8(RemoveValues), 0, "Principal", "", "", "", "", "a")
	f.Add(`{"Statement":[{"Effect":"Allow","Principal":{"AWS":["a","b"],"Service":"a"}}]}`, uint8(RemoveValues), 0, "Principal", "Service", "", "", "", "a")
	f.Add(`{"Statement":[{"Effect":"Allow"},{"Effect":"Allow","Resource":"*"}]}`, uint8(ReplaceElement), 1, "Resource", "", "NotResource", "", "", "b|c")
	f.Add(`{"Statement":[{"Effect":"Allow","Condition":{"Bool":{"k":true}}}]}`, uint8(AddCondition), 0, "", "", "", "StringEquals", "k", "x")
	f.Add(`{"Statement":[{"Effect":"Allow","Condition":{"Bool":{"k":true}}}]}`, uint8(AddConditionValues), 0, "", "", "", "bool", "K", "false")
	f.Add(`{"Statement":[{"Effect":"Allow","Condition":{"Bool":{"k":true}}}]}`, uint8(RemoveCondition), 0, "", "", "", "Bool", "k", "")
	f.Fuzz(func(t *testing.T, text string, op uint8, statement int, element, under, as, operator, key, values string) {
		p, err := ParseKeyPolicy([]byte(text), nil)
		if err != nil {
			return
		}
		valid := func(s string) string { return strings.ToValidUTF8(s, "?") }
		e := Edit{Op: EditOp(op), Statement: statement, Element: valid(element), Under: under, As: as, Operator: operator, Key: valid(key)}
		if values != "" {
			e.Values = strings.Split(valid(values), "|")
		}
		if e.Op == AddStatement {
			e.New = &StatementConfig{Sid: e.Element, Principals: principalsOf(e.Values), Actions: e.Values, Resources: e.Values}
		}
		checkEdit(t, &p.Document, e)
	})
}
