package workflow_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/workflow"
	"github.com/kmsauthz/kmsauthz/policy"
)

// A casesOf is the section of testdata/workflows.txt about one workflow.
type casesOf struct {
	name  workflow.Name
	lines []line   // its parties and policies
	cases []string // "works", "fails ..."
}

// A line is a party or a statement: "key 2" is the second line of kind "key".
type line struct {
	kind, text string
	number     int
}

// readCases reads testdata/workflows.txt.
func readCases(t *testing.T) []casesOf {
	t.Helper()
	text, err := os.ReadFile("testdata/workflows.txt")
	if err != nil {
		t.Fatal(err)
	}
	var sections []casesOf
	for raw := range strings.Lines(string(text)) {
		raw = strings.TrimRight(raw, "\n")
		indented := strings.HasPrefix(raw, "  ")
		switch kind, rest, _ := strings.Cut(strings.TrimSpace(raw), " "); {
		case kind == "" || kind == "#":
		case !indented:
			sections = append(sections, casesOf{name: workflow.Name(raw)})
		case kind == "works" || kind == "fails":
			s := &sections[len(sections)-1]
			s.cases = append(s.cases, strings.TrimSpace(raw))
		default:
			s := &sections[len(sections)-1]
			s.lines = append(s.lines, line{kind, strings.TrimSpace(rest), count(s.lines, kind) + 1})
		}
	}
	return sections
}

// count returns the number of lines of a kind.
func count(lines []line, kind string) int {
	n := 0
	for _, l := range lines {
		if l.kind == kind {
			n++
		}
	}
	return n
}

// changed returns the lines after an edit: "without key 1" or "key 1: this -> that",
// several with ", without" between them.
func changed(t *testing.T, lines []line, edit string) []line {
	t.Helper()
	for more := true; more; {
		var rest string
		edit, rest, more = strings.Cut(edit, ", without ")
		lines = changedOnce(t, lines, edit)
		edit = "without " + rest
	}
	return lines
}

func changedOnce(t *testing.T, lines []line, edit string) []line {
	t.Helper()
	target, change, replaces := strings.Cut(edit, ": ")
	target = strings.TrimPrefix(target, "without ")
	old, replacement, _ := strings.Cut(change+" ", " -> ")
	old, replacement = strings.TrimSuffix(old, " ->"), strings.TrimSpace(replacement)
	var out []line
	found := false
	for _, l := range lines {
		switch {
		case l.kind+" "+strconv.Itoa(l.number) != target:
			out = append(out, l)
		case replaces:
			found = strings.Contains(l.text, old)
			l.text = strings.Replace(l.text, old, replacement, 1)
			out = append(out, l)
		default:
			found = true
		}
	}
	if !found {
		t.Fatalf("%q changes nothing", edit)
	}
	return out
}

// needs reports whether a workflow uses a party.
func needs(t *testing.T, name workflow.Name, party workflow.Party) bool {
	t.Helper()
	w, err := name.Workflow()
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(w.Needs, func(n workflow.Need) bool { return n.Party == party })
}

// partiesOf builds the parties that the lines describe.
func partiesOf(t *testing.T, name workflow.Name, lines []line) workflow.Parties {
	t.Helper()
	one := func(kind, fallback string) string {
		for _, l := range lines {
			if l.kind == kind {
				return l.text
			}
		}
		return fallback
	}
	p := workflow.Parties{
		Caller:        evaluate.CallerConfig{ARN: one("caller", "")},
		Role:          evaluate.CallerConfig{ARN: one("role", "")},
		Resource:      one("resource", ""),
		Source:        one("source", ""),
		SourceAccount: one("account", ""),
	}
	w := notation{
		"key":       one("keyarn", "arn:aws:kms:us-east-1:111122223333:key/orders"),
		"sourcekey": one("sourcekeyarn", "arn:aws:kms:us-east-1:111122223333:key/source"),
		"caller":    p.Caller.ARN,
		"role":      p.Role.ARN,
		"root":      "",
	}
	if needs(t, name, workflow.SourceKey) {
		p.SourceKey = w.keyConfig(t, "sourcekey", lines)
	}
	p.Key = w.keyConfig(t, "key", lines)
	if name, value, ok := strings.Cut(one("tags", ""), "="); ok {
		p.Key.Tags = map[string]string{name: value}
	}
	p.Caller.IAMPolicies = w.iamPolicies(t, "iam", lines)
	p.Role.IAMPolicies = w.iamPolicies(t, "roleiam", lines)
	return p
}

// A notation knows the words of the lines.
type notation map[string]string

func (w notation) word(text string) string {
	if long, ok := w[text]; ok {
		return long
	}
	return text
}

// keyConfig builds a key from the lines of its policy.
func (w notation) keyConfig(t *testing.T, kind string, lines []line) evaluate.KeyConfig {
	t.Helper()
	arn := policy.MustParseARN(w[kind])
	w["root"] = "arn:aws:iam::" + arn.Account + ":root"
	list := []map[string]any{}
	for _, l := range lines {
		if l.kind != kind {
			continue
		}
		who, rest, ok := strings.Cut(l.text, ": ")
		if !ok {
			t.Fatalf("%s %d: no principal in %q", kind, l.number, l.text)
		}
		s := w.statement(t, rest)
		principal := map[string]string{"AWS": w.word(who)}
		if strings.HasSuffix(who, ".amazonaws.com") {
			principal = map[string]string{"Service": who}
		}
		s["Principal"], s["Resource"] = principal, "*"
		list = append(list, s)
	}
	keyPolicy, err := policy.ParseKeyPolicy(document(t, list), nil)
	if err != nil {
		t.Fatal(err)
	}
	multiRegion := strings.HasPrefix(arn.Resource, "key/mrk-")
	return evaluate.KeyConfig{ARN: w[kind], Policy: keyPolicy, MultiRegion: multiRegion}
}

// iamPolicies builds an IAM policy for each line of a kind.
func (w notation) iamPolicies(t *testing.T, kind string, lines []line) []*policy.IAMPolicy {
	t.Helper()
	var list []*policy.IAMPolicy
	for _, l := range lines {
		if l.kind != kind {
			continue
		}
		actions, rest, ok := strings.Cut(l.text, " on ")
		if !ok {
			t.Fatalf("%s %d: no resource in %q", kind, l.number, l.text)
		}
		resource, conditions, _ := strings.Cut(rest, " if ")
		if conditions != "" {
			actions += " if " + conditions
		}
		s := w.statement(t, actions)
		s["Resource"] = w.word(resource)
		p, err := policy.ParseIAMPolicy(document(t, []map[string]any{s}), &policy.ParseOptions{Name: fmt.Sprint(kind, " ", l.number)})
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
	return list
}

// statement reads "Decrypt, Describe* if Bool aws:X true if ...".
func (w notation) statement(t *testing.T, text string) map[string]any {
	t.Helper()
	parts := strings.Split(text, " if ")
	var actions []string
	for a := range strings.SplitSeq(parts[0], ",") {
		actions = append(actions, "kms:"+strings.TrimSpace(a))
	}
	s := map[string]any{"Effect": "Allow", "Action": actions}
	conditions := map[string]map[string]string{}
	for _, part := range parts[1:] {
		f := strings.Fields(part)
		if len(f) != 3 {
			t.Fatalf("condition %q in %q", part, text)
		}
		if conditions[f[0]] == nil {
			conditions[f[0]] = map[string]string{}
		}
		conditions[f[0]][f[1]] = f[2]
	}
	if len(conditions) > 0 {
		s["Condition"] = conditions
	}
	return s
}

// document wraps statements in a policy.
func document(t *testing.T, list []map[string]any) []byte {
	t.Helper()
	doc, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": list})
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// Every workflow works with the policies that testdata/workflows.txt gives it, and
// fails at the step, the layer and for the reason that it says.
func TestWorkflows(t *testing.T) {
	for _, section := range readCases(t) {
		t.Run(string(section.name), func(t *testing.T) {
			for _, c := range section.cases {
				want, edit, broken := strings.Cut(strings.TrimPrefix(c, "fails "), ": ")
				lines := section.lines
				if broken {
					lines = changed(t, lines, edit)
				}
				result, err := section.name.Check(partiesOf(t, section.name, lines))
				if err != nil {
					t.Errorf("%s: %v", c, err)
					continue
				}
				got := "works"
				if failed, ok := result.Failed(); ok {
					got = fmt.Sprintf("%d %v %v", failed.Number, failed.Decision.Layer(), failed.Decision.Reason())
				}
				if got != want || result.Allowed() != (want == "works") {
					t.Errorf("%s: got %s\n%v", c, got, result)
				}
			}
		})
	}
}
