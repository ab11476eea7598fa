package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/lint"
)

// A shape is what the schema of SARIF 2.1.0 asks of an object: its members, each with what is
// asked of its value. Those whose name ends in "!" are required.
type shape map[string]any

// Values that are no objects.
const (
	text  = "text"
	count = "a number from 1"
	index = "a number from 0"
	truth = "true or false"
)

var (
	messageShape  = shape{"text!": text}
	locationShape = shape{"uri!": "uri"}
	regionShape   = shape{"startLine!": count, "startColumn": count, "endLine": count, "endColumn": count}
	sarifShape    = shape{
		"$schema!": text,
		"version!": "2.1.0",
		"runs!": []any{shape{
			"tool!": shape{"driver!": shape{
				"name!": text, "informationUri!": "absolute uri",
				"rules!": []any{shape{
					"id!": text, "shortDescription!": messageShape, "help!": messageShape, "helpUri!": "absolute uri",
					"defaultConfiguration!": shape{"level!": "level"},
				}},
			}},
			"columnKind!":  "utf16CodeUnits",
			"invocations!": []any{shape{"executionSuccessful!": truth}},
			"results!": []any{shape{
				"ruleId!": text, "ruleIndex!": index, "level!": "level", "message!": messageShape,
				"locations!": []any{shape{"physicalLocation!": shape{"artifactLocation!": locationShape, "region!": regionShape}}},
				"fixes": []any{shape{
					"description!": messageShape,
					"artifactChanges!": []any{shape{
						"artifactLocation!": locationShape,
						"replacements!":     []any{shape{"deletedRegion!": regionShape, "insertedContent!": shape{"text!": "any text"}}},
					}},
				}},
			}},
		}},
	}
)

// misfits returns where a value is not of a shape.
func misfits(path string, v, want any) (all []string) {
	switch want := want.(type) {
	case shape:
		members, ok := v.(map[string]any)
		if !ok {
			return []string{path + " is no object"}
		}
		for _, name := range slices.Sorted(maps.Keys(want)) {
			plain := strings.TrimSuffix(name, "!")
			if member, ok := members[plain]; ok {
				all = append(all, misfits(path+"."+plain, member, want[name])...)
			} else if plain != name {
				all = append(all, path+"."+plain+" is missing")
			}
			delete(members, plain)
		}
		for name := range members {
			all = append(all, path+"."+name+" is unknown")
		}
	case []any:
		list, ok := v.([]any)
		if !ok {
			return []string{path + " is no list"}
		}
		for i, element := range list {
			all = append(all, misfits(fmt.Sprintf("%s[%d]", path, i), element, want[0])...)
		}
	case string:
		if !fits(v, want) {
			all = append(all, fmt.Sprintf("%s is %v, want %s", path, v, want))
		}
	}
	return all
}

// fits reports whether a value that is no object is what is asked.
func fits(v any, want string) bool {
	s, isText := v.(string)
	n, isNumber := v.(float64)
	switch want {
	case "any text":
		return isText
	case text:
		return s != ""
	case count:
		return isNumber && n >= 1 && n == float64(int(n))
	case index:
		return isNumber && n >= 0 && n == float64(int(n))
	case truth:
		_, ok := v.(bool)
		return ok
	case "level":
		return slices.Contains([]string{"note", "warning", "error"}, s)
	case "uri", "absolute uri":
		u, err := url.Parse(s)
		return err == nil && s != "" && !strings.Contains(s, `\`) && (want == "uri" || u.IsAbs())
	}
	return s == want
}

// sarifOf runs the linter and returns its SARIF, decoded for misfits and as what the tests ask.
func sarifOf(t testing.TB, args ...string) (decoded any, runs []sarifRun) {
	t.Helper()
	_, got, stderr := runLinter(append([]string{"-format", "sarif", "-min", "info"}, args...)...)
	if stderr != "" {
		t.Fatal(stderr)
	}
	var log struct{ Runs []sarifRun }
	for _, to := range []any{&decoded, &log} {
		if err := json.Unmarshal([]byte(got), to); err != nil {
			t.Fatal(err)
		}
	}
	return decoded, log.Runs
}

type sarifMessage struct{ Text string }

type sarifRegion struct{ StartLine, StartColumn, EndLine, EndColumn int }

type sarifRun struct {
	Tool struct {
		Driver struct{ Rules []struct{ ID string } }
	}
	Results []struct {
		RuleID    string
		RuleIndex int
		Message   sarifMessage
		Locations []struct {
			PhysicalLocation struct {
				ArtifactLocation struct{ URI string }
				Region           sarifRegion
			}
		}
		Fixes []struct {
			ArtifactChanges []struct {
				Replacements []struct {
					DeletedRegion   sarifRegion
					InsertedContent sarifMessage
				}
			}
		}
	}
}

// TestSARIF holds the output to the schema, and the index of each rule to its id.
func TestSARIF(t *testing.T) {
	for _, args := range [][]string{
		nil,
		{"testdata/plan.json"},
		{write(t, "good.json", goodKeyPolicy)},
		{write(t, "info.json", infoIAMPolicy), write(t, "broken.json", "{")},
		{write(t, "a b#%ä.json", `{"Statement": [{"Effect": "Allow", "Principal": "me", "Action": 5}]}`)},
	} {
		decoded, runs := sarifOf(t, args...)
		for _, misfit := range misfits("", decoded, sarifShape) {
			t.Errorf("%q: %s", args, misfit)
		}
		for _, r := range runs[0].Results {
			if id := runs[0].Tool.Driver.Rules[r.RuleIndex].ID; id != r.RuleID {
				t.Errorf("%q: rule %d is %s, want %s", args, r.RuleIndex, id, r.RuleID)
			}
		}
	}
}

// TestMisfits: the shapes notice what is wrong.
func TestMisfits(t *testing.T) {
	for doc, want := range map[string]string{
		`{}`: ".$schema is missing; .runs is missing; .version is missing",
		`[]`: " is no object",
		`{"$schema": "x", "version": "2.0.0", "runs": {}, "a": 1}`: ".runs is no list; .version is 2.0.0, want 2.1.0; .a is unknown",
		`{"$schema": "", "version": "2.1.0", "runs": [5]}`:         ".$schema is , want text; .runs[0] is no object",
	} {
		var v any
		if err := json.Unmarshal([]byte(doc), &v); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(misfits("", v, sarifShape), "; "); got != want {
			t.Errorf("%s: got %s, want %s", doc, got, want)
		}
	}
	for _, c := range []struct {
		v    any
		want string
	}{{"fatal", "level"}, {0.0, count}, {1.5, count}, {"1", count}, {-1.0, index}, {"a\\b", "uri"}, {"a/b", "absolute uri"}, {"yes", truth}, {nil, "any text"}} {
		if fits(c.v, c.want) {
			t.Errorf("%v is %s", c.v, c.want)
		}
	}
}

// TestBraces: in messages of SARIF they are written twice.
func TestBraces(t *testing.T) {
	_, runs := sarifOf(t, write(t, "f.json", `{"Statement": [{"Effect": "Allow", "Principal": "me", "Action": "kms:*", "Resource": "*"}]}`))
	if got := runs[0].Results[0].Message.Text; !strings.HasSuffix(got, `expected "*" or an object such as {{"AWS": "me"}}`) {
		t.Errorf("got %s", got)
	}
}

// TestLocation has names of files and their addresses.
func TestLocation(t *testing.T) {
	for name, want := range map[string]string{
		"a.json":               "a.json",
		"./policies//a.json":   "policies/a.json",
		"../a.json":            "../a.json",
		"a b/ä#1%.json":        "a%20b/%C3%A4%231%25.json",
		"c:a.json":             "./c:a.json",
		"what?.json":           "what%3F.json",
		"/srv/policies/a.json": "file:///srv/policies/a.json",
	} {
		if got := location(filepath.FromSlash(name))["uri"]; got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

// replaced makes the replacement of a fix in a text, counting as SARIF does.
func replaced(data string, r sarifRegion, with string) string {
	units := utf16.Encode([]rune(data))
	offset := func(line, column int) int {
		at := 0
		for ; line > 1; line-- {
			at += slices.Index(units[at:], '\n') + 1
		}
		return at + column - 1
	}
	return string(utf16.Decode(slices.Concat(units[:offset(r.StartLine, r.StartColumn)], utf16.Encode([]rune(with)), units[offset(r.EndLine, r.EndColumn):])))
}

// TestFixes makes the replacements of each fix in its file: what is left is read again, and what
// was found is mended.
func TestFixes(t *testing.T) {
	var files []string
	for _, name := range []string{"key-policy.json", "iam-policy.json", "template.json"} {
		doc, err := os.ReadFile(filepath.Join("builtin", name))
		if err != nil {
			t.Fatal(err)
		}
		var line bytes.Buffer
		if err := json.Compact(&line, doc); err != nil {
			t.Fatal(err)
		}
		odd := strings.NewReplacer("Orders", "Ordé𝄞", "Workers", "Arbéiter").Replace
		files = append(files, string(doc), line.String(), odd(string(doc)), strings.ReplaceAll(odd(string(doc)), "\n", "\r\n"), odd(line.String()))
	}
	fixes := 0
	for _, doc := range files {
		_, before := sarifOf(t, write(t, "f.json", doc))
		for _, r := range before[0].Results {
			if len(r.Fixes) == 0 {
				continue
			}
			fixes++
			change := r.Fixes[0].ArtifactChanges[0].Replacements[0]
			after := replaced(doc, change.DeletedRegion, change.InsertedContent.Text)
			_, left := sarifOf(t, write(t, "f.json", after))
			for _, still := range left[0].Results {
				if still.RuleID == r.RuleID && still.Message == r.Message || still.RuleID == invalidDocument.ID {
					t.Errorf("%s\nfixed:\n%s\nstill has %s: %s", doc, after, still.RuleID, still.Message)
				}
			}
			if len(left[0].Results) >= len(before[0].Results) {
				t.Errorf("%s\nfixed:\n%s\nhas %d findings, before %d", doc, after, len(left[0].Results), len(before[0].Results))
			}
		}
	}
	if fixes < 15 {
		t.Errorf("got %d fixes", fixes)
	}
}

// TestNoFixes: what is not in the file as the policy has it is not changed there, and its column
// is not told.
func TestNoFixes(t *testing.T) {
	template := `{"Resources": {"K": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": [{"Effect": "Allow",
		"Principal": {"AWS": [{"Ref": "AWS::AccountId"}]}, "Action": ["kms:*", "kms:ReEncrypt"], "Resource": "*"}]}}}}}`
	for _, file := range []string{write(t, "template.json", template), "testdata/plan.json"} {
		_, runs := sarifOf(t, file)
		if len(runs[0].Results) == 0 {
			t.Errorf("%s: nothing is found", file)
		}
		for _, r := range runs[0].Results {
			region := r.Locations[0].PhysicalLocation.Region
			if len(r.Fixes) > 0 || (region.StartColumn == 0) != strings.HasSuffix(file, "template.json") {
				t.Errorf("%s: %+v", file, r)
			}
		}
	}
	large := strings.Replace(badIAMPolicy, "*", strings.Repeat("*", maxEdited), 1)
	if _, runs := sarifOf(t, write(t, "large.json", large)); len(runs[0].Results) == 0 || len(runs[0].Results[0].Fixes) > 0 {
		t.Errorf("of a large policy: %+v", runs[0].Results)
	}
}

// TestReplacementIsSure: an edit that does not fit the policy is no fix.
func TestReplacementIsSure(t *testing.T) {
	doc, err := policy.ParseIAMPolicy([]byte(goodIAMPolicy), nil)
	if err != nil {
		t.Fatal(err)
	}
	r := result{doc: doc, file: &file{data: []byte(goodIAMPolicy)}, Finding: lint.Finding{Edits: []policy.Edit{{Op: policy.RemoveStatement, Statement: 7}}}}
	if got, ok := r.replacement(); ok {
		t.Errorf("got %v", got)
	}
}

// TestMark compares the places of bytes with those that decoding all that is before them gives.
func TestMark(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		piece := rapid.SampledFrom([]string{"a", "\n", "\r\n", "é", "€", "𝄞", strings.Repeat("x", 1000), strings.Repeat("𝄞é", 700)})
		text := strings.Join(rapid.SliceOfN(piece, 0, 40).Draw(t, "text"), "")
		f := &file{data: []byte(text)}
		for _, at := range rapid.SliceOfN(rapid.IntRange(0, len(text)), 0, 10).Draw(t, "offsets") {
			for _, offset := range []int{at, at / markEvery * markEvery} {
				for offset < len(text) && !utf8.RuneStart(text[offset]) {
					offset++
				}
				checkMark(t, f, offset)
			}
		}
		checkMark(t, f, len(text))
	})
}

func checkMark(t *rapid.T, f *file, offset int) {
	before := string(f.data[:offset])
	line := before[strings.LastIndexByte(before, '\n')+1:]
	want := mark{strings.Count(before, "\n") + 1, len(utf16.Encode([]rune(line))) + 1}
	if got := f.mark(offset); got != want {
		t.Fatalf("byte %d of %d: got %v, want %v", offset, len(f.data), got, want)
	}
}

// FuzzLinter: whatever a file has, what comes out is SARIF with places that the file has.
func FuzzLinter(f *testing.F) {
	for _, pattern := range []string{"builtin/*.json", "testdata/*.json"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			f.Fatal(pattern, err)
		}
		for _, name := range names {
			doc, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(doc)
		}
	}
	f.Add([]byte("{"))
	f.Fuzz(func(t *testing.T, doc []byte) {
		var out, errOut bytes.Buffer
		l := &linter{errOut: &errOut}
		l.lint(&file{name: "f.json", data: doc})
		l.writeText(&out)
		out.Reset()
		l.writeSARIF(&out)
		var decoded any
		if err := json.Unmarshal(out.Bytes(), &decoded); err != nil {
			t.Fatal(err)
		}
		for _, misfit := range misfits("", decoded, sarifShape) {
			t.Error(misfit)
		}
		for _, r := range l.results {
			if lines := bytes.Count(doc, []byte("\n")) + 1; r.Position.File != "f.json" || r.Position.Line > lines {
				t.Errorf("%v is not in the file of %d lines", r.Finding, lines)
			}
		}
		if errOut.Len() > 0 {
			t.Errorf("got %s", &errOut)
		}
	})
}
