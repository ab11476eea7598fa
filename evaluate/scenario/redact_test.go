package scenario_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/internal/worlds"
	"github.com/kmsauthz/kmsauthz/evaluate/scenario"
	"github.com/kmsauthz/kmsauthz/policy"
	"pgregory.net/rapid"
)

// redact redacts a scenario that can be redacted.
func redact(t rapid.TB, doc string) string {
	t.Helper()
	out, err := scenario.Redact([]byte(doc), nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, doc)
	}
	return string(out)
}

// outlineOf returns what a decision says apart from names and columns.
func outlineOf(t rapid.TB, doc string) string {
	t.Helper()
	s, err := scenario.Parse([]byte(doc), nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, doc)
	}
	d := s.Decide()
	var b strings.Builder
	entry := func(e evaluate.Entry) {
		statement, _ := e.Statement()
		at, _ := e.Position()
		named := []bool{e.Policy() != "", e.Sid() != "", e.Grant() != ""}
		b.WriteString(strings.TrimSpace(strings.Join([]string{"\n", e.Layer().String(), e.Reason().String(), marshal(t, []any{statement, at.Line, named})}, " ")))
	}
	if via, ok := d.Via(); ok {
		entry(via)
	}
	b.WriteString(" blocked by ")
	for e := range d.Blockers() {
		entry(e)
	}
	b.WriteString(" or ")
	for e := range d.Alternatives() {
		entry(e)
	}
	return marshal(t, []any{d.Allowed(), d.Layer(), d.Reason(), codeOf(d), d.Divergence(), b.String()})
}

func marshal(t rapid.TB, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestRedactGolden redacts every golden scenario: each can be, is decided as before, meets its
// expectations, and keeps its form.
func TestRedactGolden(t *testing.T) {
	for _, file := range goldenFiles(t) {
		doc, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		redacted, err := scenario.Redact(doc, &policy.ParseOptions{File: file})
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		checkRedacted(t, string(doc), string(redacted))
		checkLeaks(t, string(doc), string(redacted))
		s, err := scenario.Parse(redacted, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, diff := range s.Check(s.Decide()) {
			t.Errorf("%s: %v", file, diff)
		}
	}
}

// checkRedacted checks that a redacted scenario is the original but for its strings, that the
// answer is the same, and that it can be redacted once more.
func checkRedacted(t rapid.TB, doc, redacted string) {
	t.Helper()
	checkForm(t, doc, redacted)
	if got, want := outlineOf(t, redacted), outlineOf(t, doc); got != want {
		t.Errorf("got  %s\nwant %s\n%s\n%s", got, want, doc, redacted)
	}
	if got := redact(t, doc); got != redacted {
		t.Errorf("redacted in two ways: %s\n%s", redacted, got)
	}
	again := redact(t, redacted)
	if got, want := outlineOf(t, again), outlineOf(t, doc); got != want {
		t.Errorf("redacted twice: got  %s\nwant %s\n%s", got, want, again)
	}
}

// checkForm checks that two JSON texts differ in strings alone, each in the same line as before,
// and in numbers that are as long.
func checkForm(t rapid.TB, a, b string) {
	t.Helper()
	values := regexp.MustCompile(`"(\\.|[^"\\])*"|[0-9]+`)
	if diff := cmp.Diff(values.ReplaceAllString(a, ""), values.ReplaceAllString(b, "")); diff != "" {
		t.Errorf("the form has changed:\n%s", diff)
	}
}

// worldDocs yields worlds as scenarios that can be read.
func worldDocs() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		return worlds.Worlds().Filter(func(w worlds.World) bool {
			_, err := scenario.Parse([]byte(w.GoString()), nil)
			return err == nil
		}).Draw(t, "world").GoString()
	})
}

// TestLawRedactingChangesNothing redacts generated worlds.
func TestLawRedactingChangesNothing(t *testing.T) {
	docs := worldDocs()
	rapid.Check(t, func(t *rapid.T) {
		doc := docs.Draw(t, "doc")
		redacted := redact(t, doc)
		checkRedacted(t, doc, redacted)
		checkLeaks(t, doc, redacted)
	})
}

// Where names that somebody chose stand in scenarios, as far as a pattern can tell.
var nameForms = []*regexp.Regexp{
	regexp.MustCompile(`"(?:Sid|Id|GrantId|Name|Token|grantId|sid|grant|uniqueId|id|path|Description)": *"([^"]*)"`),
	regexp.MustCompile(`(?m)^ {4,}"name": *"([^"]*)"`),                                          // of policies; the scenario's own is a sentence
	regexp.MustCompile(`(?:role|user|assumed-role|federated-user|group|alias|key)/([^"*?$ ]*)`), // up to a blank, as in the message of an error
	regexp.MustCompile(`"arn:aws:(?:s3|sns|sqs|events|dynamodb|rds|logs|lambda|cloudwatch):[^:"]*:[^:"]*:([^"]*)"`),
	regexp.MustCompile(`(?:PrincipalTag/|ResourceTag/|RequestTag/|kms:EncryptionContext:)([^":]*)"`),
	regexp.MustCompile(`"(?:tags|encryptionContext|EncryptionContextEquals|EncryptionContextSubset)": *{([^}]*)}`),
	regexp.MustCompile(`\b(?:vpce|vpc|o|r|ou|mrk|i)-([0-9a-z-]*)`),
	regexp.MustCompile(`(?:AROA|AIDA)([0-9A-Z]*)`),
	regexp.MustCompile(`\b([0-9]{12})\b`),
	regexp.MustCompile(`"([0-9]+\.[0-9]+\.[0-9]+\.[0-9]+)(?:/[0-9]+)?"`),
}

// ownWords are words of AWS that stand where names do: in paths, in keys of encryption contexts, in
// the names of policies, or as a value; and words of the format and of actions that are in Sids too.
var ownWords = strings.Fields(`
	User Allow Deny deny key boundary endpoint session metadata name tags rule log group vpce vpc mrk vol backup lambda ssm
	function logs policy iam AWSServiceRoleForBackup FunctionArn
	aws kms s3 arn ebs sns sqs sso service role reserved amazonaws com ecs AWSReservedSSO AdministratorAccess
	AWSServiceRoleForECS AWSServiceRoleForAutoScaling autoscaling ec2 infrastructure FullAWSAccess RCPFullAWSAccess true false us eu east west dynamodb tableName subscriberId`)

var anyWord = regexp.MustCompile(`[0-9A-Za-z]+`)

// namesIn returns the words that somebody chose in a scenario, of three letters and more.
func namesIn(doc string) []string {
	var all []string
	for _, form := range nameForms {
		for _, match := range form.FindAllStringSubmatch(doc, -1) {
			for _, word := range anyWord.FindAllString(match[1], -1) {
				if len(word) >= 3 && !slices.Contains(ownWords, word) {
					all = append(all, word)
				}
			}
		}
	}
	return all
}

// checkLeaks checks that none of the names in a scenario is left as a word of the redacted one.
func checkLeaks(t rapid.TB, doc, redacted string) {
	t.Helper()
	left := make(map[string]bool)
	for _, word := range anyWord.FindAllString(redacted, -1) {
		left[word] = true
	}
	for _, name := range namesIn(doc) {
		if left[name] {
			t.Errorf("%q is left in %s\nof %s", name, redacted, doc)
			return
		}
	}
}

// codeOf returns the code of the error with which KMS answers, "" for an allowed request.
func codeOf(d evaluate.Decision) string {
	e, _ := d.AWSError()
	return e.Code
}
