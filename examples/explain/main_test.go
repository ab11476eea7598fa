package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/kmsauthz/kmsauthz/evaluate/scenario"
	"github.com/kmsauthz/kmsauthz/internal/golden"
	"github.com/tidwall/gjson"
)

// small is smallScenario on one line, with another name and anything else replaced.
func small(t testing.TB, name string, replacements ...string) string {
	t.Helper()
	replacements = append(replacements, "orders decrypts through S3", name)
	var line bytes.Buffer
	if err := json.Compact(&line, []byte(strings.NewReplacer(replacements...).Replace(smallScenario))); err != nil {
		t.Fatal(err)
	}
	return line.String()
}

// Replacements that change what becomes of smallScenario.
var (
	unexpected = []string{`"reason": "no-allow"`, `"reason": "explicit-deny"`}
	unreadable = []string{`"request": {`, `"requests": 1, "request": {"keyID": "",`}
	noExpect   = []string{`"expect": {"decision": "deny", "layer": "iam-policy", "reason": "no-allow"}`, `"expect": null`}
)

// write puts a scenario into a file.
func write(t *testing.T, name, doc string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(doc), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// explain runs the program.
func explain(stdin string, args ...string) (status int, stdout, stderr string) {
	var out, errOut bytes.Buffer
	status = run(args, strings.NewReader(stdin), &out, &errOut)
	return status, out.String(), errOut.String()
}

func TestBuiltin(t *testing.T) {
	status, got, stderr := explain("")
	if status != statusOK || stderr != "" {
		t.Errorf("got status %d, %q, want 0", status, stderr)
	}
	golden.Text(t, filepath.Join("testdata", "builtin.txt"), got)
	if status, got, stderr := explain("", "-check"); status != statusOK || got+stderr != "" {
		t.Errorf("-check: got status %d, %q, %q, want 0 and nothing", status, got, stderr)
	}
}

// TestText has one output of each kind, as a golden text.
func TestText(t *testing.T) {
	grant := func(constraints string) []string {
		return []string{`"tags"`, `"grants": [{"GrantId": "g1", "GranteePrincipal": "arn:aws:iam::111122223333:role/service/orders",
			"Operations": ["Decrypt"]` + constraints + `}], "tags"`}
	}
	allowed := []string{`"kms:Encrypt"`, `"kms:Decrypt"`}
	for _, c := range []struct {
		name         string
		args         string
		replacements []string
	}{
		{"deny", "", nil},
		{"allow", "", allowed},
		{"allow-full", "-full", allowed},
		{"two-layers", "", []string{`"KeyState": "Enabled"`, `"KeyState": "Disabled"`, `"kms:Encrypt"`, `"kms:Decrypt"`,
			`"Sid": "EnableIAM", "Effect": "Allow"`, `"Sid": "No", "Effect": "Deny"`, `:root"`, `:role/service/orders"`}},
		{"alternative", "", grant(`, "Constraints": {"EncryptionContextEquals": {"a": "b"}}`)},
		{"divergence", "", append(grant(""), `:root"`, `:role/other"`)},
		{"unfixable", "", []string{`"action": "kms:Decrypt"`, `"action": "kms:CancelKeyDeletion"`, `"kms:Encrypt"`, `"kms:*"`}},
		{"full", "-full", nil},
		{"fix", "-fix 1", nil},
		{"fix-document", "-fix 1 -document", nil},
		{"fix-json", "-fix 1 -json", nil},
		{"json", "-json", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			file, err := filepath.Abs(filepath.Join("testdata", c.name+".txt"))
			if err != nil {
				t.Fatal(err)
			}
			t.Chdir(t.TempDir())
			doc := strings.NewReplacer(c.replacements...).Replace(smallScenario)
			if err := os.WriteFile("s.json", []byte(doc), 0o600); err != nil {
				t.Fatal(err)
			}
			status, got, stderr := explain("", append(strings.Fields(c.args), "s.json")...)
			if status != statusOK || stderr != "" {
				t.Errorf("status %d, %q", status, stderr)
			}
			golden.Text(t, file, got)
		})
	}
}

// TestFixedScenario puts what -fix -document prints in the place of the policy and asks again.
func TestFixedScenario(t *testing.T) {
	_, document, _ := explain("", "-fix", "1", "-document", write(t, "s.json", smallScenario))
	fixed := strings.Replace(smallScenario, gjson.Get(smallScenario, "caller.iamPolicies.0.policy").Raw, document, 1)
	if _, got, _ := explain("", write(t, "s.json", fixed)); !strings.HasPrefix(got, "allow: iam-policy: ") {
		t.Errorf("with\n%s\ngot\n%s", document, got)
	}
}

// TestStatus has one line per way to end.
func TestStatus(t *testing.T) {
	good := write(t, "good.json", small(t, "good"))
	wrong := write(t, "wrong.json", small(t, "wrong", unexpected...))
	bad := write(t, "bad.json", small(t, "bad", unreadable...))
	silent := write(t, "silent.json", small(t, "silent", noExpect...))
	missing := filepath.Join(t.TempDir(), "missing.json")
	folder := t.TempDir()
	lines := func(docs ...string) string { return strings.Join(docs, "\n") + "\n" }
	g, w, b := small(t, "good"), small(t, "wrong", unexpected...), small(t, "bad", unreadable...)
	for _, c := range []struct {
		args   string
		stdin  string
		status int
		stdout string // must be in it; empty: it must be empty
		stderr string // likewise
	}{
		{"-h", "", 0, "", "Usage of explain"},
		{"-x", "", 2, "", "flag provided but not defined: -x"},
		{"-json -jsonl", "", 2, "", "-json and -jsonl exclude each other"},
		{"-jsonl " + good, "", 2, "", "takes no files"},
		{"-jsonl -check " + good, "", 2, "", "takes no files"},
		{"-json=maybe", "", 2, "", "invalid boolean value"},
		{good, "", 0, "deny: iam-policy: no-allow: no Allow statement has kms:Decrypt\ncase: good\n", ""},
		{wrong, "", 0, "case: wrong\n", ""},
		{bad, "", 2, "", `bad.json:1:1098: unknown field "requests" (did you mean "request"?)`},
		{missing, "", 2, "", "missing.json: no such file"},
		{folder, "", 2, "", "is a directory"},
		{bad + " " + good, "", 2, "case: good\n", "bad.json:1:"},
		{missing + " " + good, "", 2, "case: good\n", "no such file"},
		{"-json", "", 0, `{"name":"IAM allows, the key policy does not delegate","decision":"deny"`, ""},
		{"-json " + good + " " + wrong, "", 0, `{"name":"wrong","decision":"deny"`, ""},
		{"-json " + bad + " " + good, "", 2, `{"name":"good"`, "bad.json:1:"},
		{"-full -json " + good, "", 2, "", "-json and -full exclude each other"},
		{"-fix 0 " + good, "", 2, "", "-fix 0: fixes are counted from 1"},
		{"-fix -1 " + good, "", 2, "", "-fix -1: fixes are counted from 1"},
		{"-fix 9 " + good, "", 2, "", "good: there are 2 fixes, found -fix 9"},
		{"-fix 1 -check " + good, "", 2, "", "-fix and -check exclude each other"},
		{"-document " + good, "", 2, "", "-document goes with -fix"},
		{"-fix 1 " + bad, "", 2, "", "bad.json:1:"},
		{"-fix 1 " + good + " " + wrong, "", 0, "--- orders-kms", ""},
		{"-error kms:Decrypt", "", 2, "", "recognised"},
		{"-error x " + good, "", 2, "", "takes a message, in quotes, and no files"},
		{"-error - ", "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access", 0, "possible layers: ", ""},
		{"-error - -json", "User: arn:aws:iam::111122223333:user/a is not authorized to perform: kms:Decrypt", 0, `"actions":["kms:Decrypt"]`, ""},
		{"-check " + good, "", 0, "", ""},
		{"-check " + wrong, "", 1, `: reason: got "no-allow", want "explicit-deny"`, ""},
		{"-check " + good + " " + wrong + " " + good, "", 1, `want "explicit-deny" (wrong)`, ""},
		{"-check " + wrong + " " + bad, "", 2, "(wrong)", "bad.json:1:"},
		{"-check " + bad + " " + wrong, "", 2, "(wrong)", "bad.json:1:"},
		{"-check " + silent, "", 0, "", "silent: nothing is expected"},
		{"-check -json " + wrong, "", 1, `{"name":"wrong"`, `: reason: got "no-allow"`},
		{"-jsonl", "", 0, "", ""},
		{"-jsonl", "\n \r\n\t\n", 0, "", ""},
		{"-jsonl", lines(g), 0, `{"name":"good","decision":"deny"`, ""},
		{"-jsonl", lines(g, b), 2, `{"name":"bad","error":"1:1098: unknown field`, ""},
		{"-jsonl", lines(w), 0, `{"name":"wrong"`, ""},
		{"-jsonl -check", lines(g), 0, `{"name":"good"`, ""},
		{"-jsonl -check", lines(g, w), 1, `{"name":"wrong"`, `(wrong)`},
		{"-jsonl -check", lines(b, w), 2, `{"name":"wrong"`, `(wrong)`},
	} {
		status, stdout, stderr := explain(c.stdin, strings.Fields(c.args)...)
		if status != c.status {
			t.Errorf("%s: got status %d, want %d\n%s%s", c.args, status, c.status, stdout, stderr)
		}
		for _, s := range []struct{ stream, got, want string }{{"output", stdout, c.stdout}, {"errors", stderr, c.stderr}} {
			if !strings.Contains(s.got, s.want) || s.want == "" && s.got != "" {
				t.Errorf("%s: got %s\n%s\nwant %q", c.args, s.stream, s.got, s.want)
			}
		}
	}
}

// TestFaultLines: one line per fault, whatever the document has for names.
func TestFaultLines(t *testing.T) {
	t.Chdir(t.TempDir())
	doc := "{\"a\\nb\": 1,\n \"caller\": {\"tags\": {\"x\\u001b[2J\\ny\": 5}}}"
	if err := os.WriteFile("s.json", []byte(doc), 0o600); err != nil {
		t.Fatal(err)
	}
	status, stdout, stderr := explain("", "s.json")
	want := "s.json:1:1: field \"request\" is missing\n" +
		"s.json:1:2: unknown field \"a\\nb\"\n" +
		"s.json:2:12: caller: field \"arn\" is missing\n" +
		"s.json:2:39: caller.tags.x\\x1b[2J\\ny: found a number, expected a string\n"
	if status != statusUnreadable || stdout != "" || stderr != want {
		t.Errorf("got status %d, %q\n%s\nwant\n%s", status, stdout, stderr, want)
	}
}

// TestMissingFile: the file that is not there is all that is wrong with it.
func TestMissingFile(t *testing.T) {
	t.Chdir(t.TempDir())
	if _, _, got := explain("", "missing.json"); got != "explain: open missing.json: no such file or directory\n" {
		t.Errorf("got %q", got)
	}
}

// TestName: a scenario without a name is called by its file.
func TestName(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("s.json", []byte(small(t, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, stdout, _ := explain("", "s.json"); !strings.Contains(stdout, "\ncase: s.json\n") {
		t.Errorf("got %s", stdout)
	}
	if _, stdout, _ := explain(small(t, ""), "-jsonl"); !strings.HasPrefix(stdout, `{"name":"","decision"`) {
		t.Errorf("got %s", stdout)
	}
	if err := os.WriteFile("t.json", []byte(small(t, `a\nb\u2028c\u2029d`)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, stdout, _ := explain("", "s.json", "t.json"); !strings.Contains(stdout, "\ncase: a\uFFFDb\uFFFDc\uFFFDd\n") {
		t.Errorf("got %s", stdout)
	}
}

// TestLinesOrder: each line has its answer in its place, and lines that cannot be read do not
// disturb the others.
func TestLinesOrder(t *testing.T) {
	var in strings.Builder
	const n = 300
	for i := range n {
		if i%3 == 1 {
			fmt.Fprintf(&in, "{\"name\": \"s%d\", \"key\": \n\r\n", i)
			continue
		}
		in.WriteString(small(t, fmt.Sprintf("s%d", i)) + "\r\n")
	}
	status, stdout, stderr := explain(strings.TrimSuffix(in.String(), "\n"), "-jsonl")
	if status != statusUnreadable || stderr != "" {
		t.Errorf("got status %d, %q, want 2", status, stderr)
	}
	lines := strings.Split(strings.TrimSuffix(stdout, "\n"), "\n")
	if len(lines) != n {
		t.Fatalf("got %d lines, want %d", len(lines), n)
	}
	for i, line := range lines {
		want := fmt.Sprintf(`{"name":"s%d","decision":"deny"`, i)
		if i%3 == 1 {
			want = fmt.Sprintf(`{"name":"s%d","error":"1:25: found the end of the document, expected a value"}`, i)
			want = strings.Replace(want, "1:25", fmt.Sprintf("1:%d", len(fmt.Sprintf(`{"name": "s%d", "key": `, i))+1), 1)
		}
		if !strings.HasPrefix(line, want) {
			t.Errorf("line %d: got %s, want %s", i, line, want)
		}
	}
}

// TestDeterministic: the same input gives the same bytes, in every mode, by several goroutines
// at once.
func TestDeterministic(t *testing.T) {
	files := []string{write(t, "a.json", small(t, "a")), write(t, "b.json", small(t, "b", unreadable...)), write(t, "c.json", small(t, "c", unexpected...))}
	in := small(t, "a") + "\n" + small(t, "b", unreadable...) + "\n" + small(t, "c", unexpected...)
	for _, mode := range [][]string{nil, {"-json"}, {"-check"}, {"-json", "-check"}, {"-jsonl"}, {"-jsonl", "-check"}} {
		args := mode
		if len(mode) == 0 || mode[0] != "-jsonl" {
			args = append(args, files...)
		}
		_, wantOut, wantErr := explain(in, args...)
		var group sync.WaitGroup
		for range 16 {
			group.Go(func() {
				if _, stdout, stderr := explain(in, args...); stdout != wantOut || stderr != wantErr {
					t.Errorf("%v: got\n%s%s\nwant\n%s%s", mode, stdout, stderr, wantOut, wantErr)
				}
			})
		}
		group.Wait()
	}
}

// TestSharedKey decides with one key in 16 goroutines, for the race detector.
func TestSharedKey(t *testing.T) {
	s, err := scenario.Parse([]byte(smallScenario), nil)
	if err != nil {
		t.Fatal(err)
	}
	text := func(s *scenario.Scenario) string {
		var b strings.Builder
		writeText(&b, s.Name, s.Decide(), true)
		object, err := scenario.Result{Name: s.Name, Decision: s.Decide()}.MarshalJSON()
		return fmt.Sprint(b.String(), string(object), err)
	}
	want := text(s)
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			own, err := scenario.Parse([]byte(smallScenario), nil)
			if err != nil {
				t.Error(err)
				return
			}
			own.Key = s.Key
			for range 50 {
				if got := text(own); got != want {
					t.Errorf("got %s, want %s", got, want)
				}
			}
		})
	}
	group.Wait()
}

// TestHostileLines: nothing that stands on a line keeps the next one from its answer.
func TestHostileLines(t *testing.T) {
	garbage := make([]byte, 10<<20)
	for i := range garbage {
		garbage[i] = byte(i*i>>3 | 0x20)
		if garbage[i] == '\n' {
			garbage[i] = 'x'
		}
	}
	for name, c := range map[string]struct{ line, name, text string }{
		"garbage":        {string(garbage), "", "1:"},
		"nested":         {strings.Repeat("[", 100000), "", "1:129: lists and objects are nested more than 128 deep"},
		"nested objects": {`{"name": "deep", "key": ` + strings.Repeat(`{"a":`, 100000), "deep", "lists and objects are nested more than 128 deep"},
		"truncated":      {small(t, "cut")[:700], "cut", "found the end of the document"},
		"duplicate":      {`{"name": "first", "name": "second"}`, "first", `1:19: \"name\" is given twice`},
		"bad UTF-8":      {"{\"name\": \"bad\", \"caller\": \"\xff\"}", "bad", "1:28: byte 0xff is not UTF-8"},
		"NUL":            {"\x00", "", "1:1: found control character U+0000"},
		"a list":         {`["name", "x"]`, "", "1:1: found a list, expected an object"},
		"no name":        {`{"name": 5}`, "", "1:10: name: found a number"},
		"name is inside": {`{"key": {"name": "inner"}, "x": ["name", "y"], "z": null, "name": "outer"`, "outer", "found the end"},
		"name follows":   {`{"rules": "aws", "name": "after"`, "after", "found the end"},
		"faults joined":  {`{"name": "two"}`, "two", `1:1: field \"caller\" is missing; 1:1: field \"request\" is missing`},
		"too long":       {`{"name": "long", "caller": "` + strings.Repeat("x", maxLine), "long", "the line is longer than 16777216 bytes"},
		"just fits":      {`{"name": "fits"}` + strings.Repeat(" ", maxLine-len(`{"name": "fits"}`)), "fits", "1:1: field"},
		"one too many":   {`{"name": "over"}` + strings.Repeat(" ", maxLine+1-len(`{"name": "over"}`)), "over", "the line is longer than 16777216 bytes"},
		"contradiction":  {small(t, "x", `"region": "us-east-1",`, `"keyId": "other",`), "x", `request.keyId: \"other\" is another key than`},
	} {
		t.Run(name, func(t *testing.T) {
			status, stdout, stderr := explain(c.line+"\n"+small(t, "next")+"\n", "-jsonl")
			first, rest, _ := strings.Cut(stdout, "\n")
			if status != statusUnreadable || stderr != "" || !strings.HasPrefix(rest, `{"name":"next","decision":"deny"`) {
				t.Errorf("status %d, %q, the next line's answer %q", status, stderr, rest)
			}
			if prefix := `{"name":"` + c.name + `","error":"`; !strings.HasPrefix(first, prefix) || !strings.Contains(first, c.text) {
				t.Errorf("got %.300s\nwant %s...%s", first, prefix, c.text)
			}
			if !json.Valid([]byte(first)) {
				t.Errorf("not JSON: %.300s", first)
			}
		})
	}
}

// TestHostileFiles: as files, too.
func TestHostileFiles(t *testing.T) {
	for name, c := range map[string]struct{ doc, want string }{
		"nested":    {strings.Repeat("[", 100000), "1:129: lists and objects are nested more than 128 deep"},
		"truncated": {smallScenario[:700], "found the end of the document"},
		"empty":     {"", "1:1: found the end of the document, expected a value"},
		"garbage":   {strings.Repeat("\xfe\x00", 5<<20), "1:1: byte 0xfe is not UTF-8"},
		"too large": {strings.Repeat(" ", maxFile+10), "1:1: the document has 67108865 bytes, at most 67108864 are read"},
	} {
		t.Run(name, func(t *testing.T) {
			file := write(t, "s.json", c.doc)
			status, stdout, stderr := explain("", file)
			if status != statusUnreadable || stdout != "" || !strings.Contains(stderr, file+":") || !strings.Contains(stderr, c.want) {
				t.Errorf("got status %d, %q, %q, want %q", status, stdout, stderr, c.want)
			}
		})
	}
}

// TestLinesAreAnsweredAtOnce: who sends a line and waits gets its answer, although the next
// line is not there yet, and neither when half of it is.
func TestLinesAreAnsweredAtOnce(t *testing.T) {
	inReader, in := io.Pipe()
	out, outWriter := io.Pipe()
	done := make(chan int)
	go func() {
		status := run([]string{"-jsonl"}, inReader, outWriter, io.Discard)
		outWriter.Close()
		done <- status
	}()
	answers := bufio.NewScanner(out)
	next := small(t, "s0")
	for i := range 5 {
		half := len(next) / 2
		following := small(t, fmt.Sprintf("s%d", i+1))
		io.WriteString(in, next[half*min(i, 1):]+"\n"+following[:len(following)/2])
		next = following
		answered := make(chan bool)
		go func() { answered <- answers.Scan() }()
		select {
		case ok := <-answered:
			if want := fmt.Sprintf(`{"name":"s%d",`, i); !ok || !strings.HasPrefix(answers.Text(), want) {
				t.Fatalf("got %s, want %s", answers.Text(), want)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("no answer")
		}
	}
	go answers.Scan()
	in.Close()
	if status := <-done; status != statusUnreadable {
		t.Errorf("got status %d, want 2 for the half of a line at the end", status)
	}
}

// TestInputFails: what was answered before is there, and the status tells.
func TestInputFails(t *testing.T) {
	var out, errOut bytes.Buffer
	in := io.MultiReader(strings.NewReader(small(t, "a")+"\n"), iotest.ErrReader(errors.New("cable cut")))
	if status := run([]string{"-jsonl"}, in, &out, &errOut); status != statusUnreadable {
		t.Errorf("got status %d, want 2", status)
	}
	if !strings.HasPrefix(out.String(), `{"name":"a"`) || errOut.String() != "explain: cable cut\n" {
		t.Errorf("got %q, %q", out.String(), errOut.String())
	}
}

// A brokenWriter cannot be written to.
type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

// TestOutputFails: the program stops reading and the status tells.
func TestOutputFails(t *testing.T) {
	endless := &repeated{line: []byte(small(t, "a") + "\n"), times: 1 << 40}
	for _, c := range []struct {
		args string
		in   io.Reader
	}{{"-jsonl", endless}, {"-json", nil}, {"", nil}} {
		var errOut bytes.Buffer
		if status := run(strings.Fields(c.args), c.in, brokenWriter{}, &errOut); status != statusUnreadable {
			t.Errorf("%s: got status %d, want 2", c.args, status)
		}
		if got, want := errOut.String(), "explain: disk full\n"; got != want {
			t.Errorf("%s: got %q, want %q", c.args, got, want)
		}
	}
}

// TestMemoryIsBounded answers many lines in the memory of a few.
func TestMemoryIsBounded(t *testing.T) {
	r := lineReader{in: bufio.NewReader(&repeated{line: []byte(small(t, "a") + "\n"), times: 1000})}
	for {
		_, _, err := r.next()
		if errors.Is(err, io.EOF) {
			break
		}
	}
	if got := cap(r.line); got > 8<<10 {
		t.Errorf("got room for %d bytes after lines of 1.5 KB", got)
	}
}

// TestRedact prints no name of the scenario, whatever is printed, and gives the same answer.
func TestRedact(t *testing.T) {
	file := write(t, "acme-outage.json", smallScenario)
	names := []string{"111122223333", "orders", "i-0abc", "1234abcd", "acme", "EnableIAM", "ThroughS3"}
	for _, args := range []string{"", "-full", "-json", "-fix 1", "-fix 1 -json", "-fix 1 -document"} {
		status, got, stderr := explain("", append(strings.Fields(args+" -redact"), file)...)
		if status != statusOK || got == "" {
			t.Errorf("%s: status %d, %s", args, status, stderr)
		}
		for _, name := range names {
			if strings.Contains(got+stderr, name) {
				t.Errorf("%s: %q is left in\n%s%s", args, name, got, stderr)
			}
		}
	}
	if status, _, stderr := explain("", "-redact", "-check", file); status != statusOK {
		t.Errorf("-check: status %d, %s", status, stderr)
	}
	bad := write(t, "bad.json", small(t, "acme", unreadable...))
	if status, _, stderr := explain("", "-redact", bad); status != statusUnreadable || !strings.Contains(stderr, "file 1:1:") || strings.Contains(stderr, "requests") {
		t.Errorf("unreadable: status %d, %s", status, stderr)
	}
	_, got, _ := explain(small(t, "acme", unreadable...), "-redact", "-jsonl")
	if !strings.HasPrefix(got, `{"name":"","error":"`) || strings.Contains(got, "acme") {
		t.Errorf("unreadable line: %s", got)
	}
	message := "User: arn:aws:sts::111122223333:assumed-role/orders/i-0abc is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:us-east-1:111122223333:key/1234abcd"
	if _, got, stderr := explain("", "-redact", "-error", message); !strings.Contains(got, "kms:Decrypt") || strings.Contains(got, "111122223333") || strings.Contains(got, "orders") {
		t.Errorf("-error: %s%s", got, stderr)
	}
}
