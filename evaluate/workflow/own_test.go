package workflow_test

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/workflow"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// own returns a row as a user may write one.
func own() workflow.Workflow {
	return workflow.Workflow{
		Name: "kinesis-put", Title: "A role writes to an encrypted stream", Doc: "https://example.com/streams",
		Needs: []workflow.Need{
			{Party: workflow.Key, Text: "the stream's key"},
			{Party: workflow.Caller, Text: "the producer"},
			{Party: workflow.Resource, Text: "the stream", Form: "arn:aws:kinesis:REGION:ACCOUNT:stream/NAME"},
		},
		Steps: []workflow.Step{{
			Title: "Kinesis makes a data key", Action: action.GenerateDataKey, Caller: "{Caller}", Key: workflow.Key,
			ViaService: "kinesis.{Region}.amazonaws.com", EncryptionContext: map[string]string{"aws:kinesis:arn": "{Resource}"},
		}},
	}
}

// A row of the user's own is checked like those that are built in.
func TestOwnWorkflow(t *testing.T) {
	parties := workflow.Parties{
		Key:      keyWith(t, appARN+": GenerateDataKey if StringEquals kms:EncryptionContext:aws:kinesis:arn arn:aws:kinesis:us-east-1:111122223333:stream/orders"),
		Caller:   evaluate.CallerConfig{ARN: appARN},
		Resource: "arn:aws:kinesis:us-east-1:111122223333:stream/orders",
	}
	result, err := own().Check(parties)
	if err != nil || !result.Allowed() {
		t.Errorf("got %v, %v, want allowed", result, err)
	}
	for o := range result.Outcomes() {
		if o.Step.Doc != "https://example.com/streams" || o.Request.ViaService != "kinesis.us-east-1.amazonaws.com" {
			t.Errorf("got doc %q, via %q", o.Step.Doc, o.Request.ViaService)
		}
	}
	parties.Resource = "arn:aws:kinesis:us-east-1:111122223333:stream/invoices"
	if result, err = own().Check(parties); err != nil || result.Allowed() {
		t.Errorf("another stream: got %v, %v, want denied", result, err)
	}
}

// A row that nobody can mean is an error that names the field.
func TestOwnWorkflowErrors(t *testing.T) {
	for _, tt := range []struct {
		name  string
		spoil func(*workflow.Workflow)
		want  string
	}{
		{"no name", func(w *workflow.Workflow) { w.Name = "" }, "Workflow.Name: missing"},
		{"no steps", func(w *workflow.Workflow) { w.Steps = nil }, "Workflow.Steps: found 0, expected 1 to 100"},
		{"too many steps", func(w *workflow.Workflow) { w.Steps = make([]workflow.Step, 101) }, "Workflow.Steps: found 101, expected 1 to 100"},
		{"an unknown party", func(w *workflow.Workflow) { w.Needs[2].Party = "Stream" },
			"Workflow.Needs[2].Party: found \"Stream\", expected one of [\"Key\" \"SourceKey\" \"Caller\" \"Role\" \"Resource\" \"Source\" \"SourceAccount\"]\n" +
				"Workflow.Steps[0]: {Resource} in \"{Resource}\": Resource is not among the Needs"},
		{"a party twice", func(w *workflow.Workflow) { w.Needs = append(w.Needs, w.Needs[0]) }, "Workflow.Needs[3].Party: Key stands there twice"},
		{"a form that is none", func(w *workflow.Workflow) { w.Needs[2].Form = "stream/NAME" },
			"Workflow.Needs[2].Form: found \"stream/NAME\", expected the form of an ARN"},
		{"an account of a party that is not needed", func(w *workflow.Workflow) { w.SameAccount = [2]workflow.Party{workflow.Key, workflow.Role} },
			"Workflow.SameAccount[1]: \"Role\" is not among the Needs"},
		{"one account in the place of two", func(w *workflow.Workflow) { w.OtherAccount = [2]workflow.Party{workflow.Key} },
			"Workflow.OtherAccount[1]: \"\" is not among the Needs"},
		{"no action", func(w *workflow.Workflow) { w.Steps[0].Action = 0 }, "Workflow.Steps[0].Action: missing"},
		{"no caller", func(w *workflow.Workflow) { w.Steps[0].Caller = "" }, "Workflow.Steps[0].Caller: missing"},
		{"a grant for nobody", func(w *workflow.Workflow) {
			w.Steps[0].Action, w.Steps[0].Grant = action.CreateGrant, &workflow.Grant{}
		},
			"Workflow.Steps[0].Grant.Grantee: missing"},
		{"a misspelt party", func(w *workflow.Workflow) { w.Needs[0].Party = "Kye" },
			"Workflow.Needs[0].Party: found \"Kye\", expected one of [\"Key\" \"SourceKey\" \"Caller\" \"Role\" \"Resource\" \"Source\" \"SourceAccount\"]\n" +
				"Workflow.Steps[0].Key: Key is not among the Needs"},
		{"another misspelt party", func(w *workflow.Workflow) { w.Needs[1].Party = "Caler" },
			"Workflow.Needs[1].Party: found \"Caler\", expected one of [\"Key\" \"SourceKey\" \"Caller\" \"Role\" \"Resource\" \"Source\" \"SourceAccount\"] (did you mean \"Caller\"?)\n" +
				"Workflow.Steps[0]: {Caller} in \"{Caller}\": Caller is not among the Needs"},
		{"a misspelt key", func(w *workflow.Workflow) { w.Steps[0].Key = "SorceKey" },
			"Workflow.Steps[0].Key: found \"SorceKey\", expected Key or SourceKey (did you mean \"SourceKey\"?)"},
		{"a misspelt placeholder", func(w *workflow.Workflow) { w.Steps[0].Caller = "{Calller}" },
			"Workflow.Steps[0]: unknown placeholder {Calller} in \"{Calller}\" (did you mean \"Caller\"?)"},
		{"a key that is none", func(w *workflow.Workflow) { w.Steps[0].Key = workflow.Resource }, "Workflow.Steps[0].Key: found \"Resource\", expected Key or SourceKey"},
		{"a key that is not needed", func(w *workflow.Workflow) { w.Steps[0].Key = workflow.SourceKey }, "Workflow.Steps[0].Key: SourceKey is not among the Needs"},
		{"a new key that is none", func(w *workflow.Workflow) { w.Steps[0].Key, w.Steps[0].NewKey = "", true },
			"Workflow.Steps[0].NewKey: only Key can be a key that is being made"},
		{"a grant that nobody makes", func(w *workflow.Workflow) { w.Steps[0].Grant = &workflow.Grant{Grantee: "{Caller}"} },
			"Workflow.Steps[0].Grant: only CreateGrant on a key makes one"},
		{"an unknown placeholder", func(w *workflow.Workflow) { w.Steps[0].ViaService = "kinesis.{region}.amazonaws.com" },
			"Workflow.Steps[0]: unknown placeholder {region} in \"kinesis.{region}.amazonaws.com\" (did you mean \"Region\"?)"},
		{"a placeholder of a party that is not needed", func(w *workflow.Workflow) { w.Steps[0].Context = map[string][]string{"aws:referer": {"{SourceID}"}} },
			"Workflow.Steps[0]: {SourceID} in \"{SourceID}\": Source is not among the Needs"},
		{"a caller that is none", func(w *workflow.Workflow) { w.Steps[0].Caller = "{CallerAccount}" },
			"Workflow.Steps[0].Caller.ARN: found \"111122223333\", expected the ARN of a user, role, session, federated user or root user, a service principal, or \"anonymous\""},
		{"a service that is none", func(w *workflow.Workflow) { w.Steps[0].ViaService = "Kinesis" },
			"Workflow.Steps[0].ViaService: found \"Kinesis\", expected a service as kms:ViaService names it, such as \"s3.us-east-1.amazonaws.com\""},
		{"a condition key that is misspelt", func(w *workflow.Workflow) { w.Steps[0].Context = map[string][]string{"aws:refererr": {"x"}} },
			"Workflow.Steps[0].Context[\"aws:refererr\"]: unknown condition key \"aws:refererr\" (did you mean \"aws:referer\"?)"},
		{"a service that calls on somebody's behalf", func(w *workflow.Workflow) { w.Steps[0].Caller = "kinesis.amazonaws.com" },
			"RequestConfig.ViaService: \"kinesis.amazonaws.com\" calls as itself, and a service that calls on somebody's behalf calls as that caller (see CallerConfig.ARN)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := own()
			tt.spoil(&w)
			parties := workflow.Parties{
				Key: keyWith(t, "root: *"), Caller: evaluate.CallerConfig{ARN: appARN},
				Resource: "arn:aws:kinesis:us-east-1:111122223333:stream/orders",
			}
			if _, err := w.Check(parties); err == nil || err.Error() != tt.want {
				t.Errorf("got\n%v\nwant\n%s", err, tt.want)
			}
		})
	}
}

// Steps see the grants that steps before them make, each on its key.
func TestGrantsOfSteps(t *testing.T) {
	w := own()
	w.Steps = []workflow.Step{
		{Title: "before", Action: action.Decrypt, Caller: "x.amazonaws.com", Key: workflow.Key},
		{Title: "grant", Action: action.CreateGrant, Caller: "{Caller}", Key: workflow.Key,
			Grant: &workflow.Grant{Grantee: "x.amazonaws.com", Operations: action.SetOf(action.Decrypt), EncryptionContextSubset: map[string]string{"stream": "{ResourceID}"}}},
		{Title: "after", Action: action.Decrypt, Caller: "x.amazonaws.com", Key: workflow.Key, EncryptionContext: map[string]string{"stream": "orders", "shard": "1"}},
		{Title: "another stream", Action: action.Decrypt, Caller: "x.amazonaws.com", Key: workflow.Key, EncryptionContext: map[string]string{"stream": "invoices"}},
	}
	result, err := w.Check(workflow.Parties{
		Key: keyWith(t, "root: *"), Caller: evaluate.CallerConfig{ARN: "arn:aws:iam::111122223333:root"},
		Resource: "arn:aws:kinesis:us-east-1:111122223333:stream/orders",
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for o := range result.Outcomes() {
		got = append(got, fmt.Sprintf("%s: %v %v", o.Step.Title, o.Decision.Allowed(), o.Decision.Layer()))
	}
	want := []string{"before: false key-policy", "grant: true key-policy", "after: true grant", "another stream: false grant"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What the package hands out are copies.
func TestCopies(t *testing.T) {
	spoil := func(w workflow.Workflow) {
		w.Needs[0].Text = "spoilt"
		w.Outside = append(w.Outside[:0], "spoilt")
		for i := range w.Steps {
			w.Steps[i].Title = "spoilt"
			for name := range w.Steps[i].EncryptionContext {
				w.Steps[i].EncryptionContext[name] = "spoilt"
			}
			for key := range w.Steps[i].Context {
				w.Steps[i].Context[key][0] = "spoilt"
			}
			if g := w.Steps[i].Grant; g != nil {
				g.Grantee = "spoilt"
				for name := range g.EncryptionContextSubset {
					g.EncryptionContextSubset[name] = "spoilt"
				}
			}
		}
	}
	for w := range workflow.All() {
		before, err := w.Name.Workflow()
		if err != nil {
			t.Fatal(err)
		}
		spoil(w)
		after, err := before.Name.Workflow()
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(before, after) {
			t.Errorf("%s: a change of a copy shows", before.Name)
		}
	}
	parties := partiesOf(t, workflow.EBSAttachVolume, sectionOf(t, workflow.EBSAttachVolume).lines)
	result, err := workflow.EBSAttachVolume.Check(parties)
	if err != nil {
		t.Fatal(err)
	}
	before := result.String()
	spoil(result.Workflow())
	for o := range result.Outcomes() {
		spoil(workflow.Workflow{Needs: make([]workflow.Need, 1), Outside: []string{""}, Steps: []workflow.Step{o.Step}})
		for name := range o.Request.EncryptionContext {
			o.Request.EncryptionContext[name] = "spoilt"
		}
	}
	if result.String() != before || len(parties.Key.Grants) > 0 {
		t.Error("a change of a copy shows")
	}
}

// sectionOf returns the cases of one workflow.
func sectionOf(t *testing.T, name workflow.Name) casesOf {
	t.Helper()
	for _, section := range readCases(t) {
		if section.name == name {
			return section
		}
	}
	t.Fatalf("no cases of %s", name)
	return casesOf{}
}

// A result may be read, and a workflow checked, by many at once.
func TestConcurrentUse(t *testing.T) {
	parties := partiesOf(t, workflow.DynamoDBCreateTable, sectionOf(t, workflow.DynamoDBCreateTable).lines)
	first, err := workflow.DynamoDBCreateTable.Check(parties)
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			again, err := workflow.DynamoDBCreateTable.Check(parties)
			if err != nil || again.String() != first.String() {
				t.Errorf("got %v, %v, want\n%v", again, err, first)
			}
		})
	}
	wait.Wait()
}

func TestZeroResult(t *testing.T) {
	var r workflow.Result
	if _, failed := r.Failed(); failed || r.Allowed() || r.String() != ": not checked\n" {
		t.Errorf("got allowed %v, failed %v, %q", r.Allowed(), failed, r)
	}
}

// Placeholders are replaced as by a regular expression, and values are not read
// again.
func TestPlaceholders(t *testing.T) {
	placeholder := regexp.MustCompile(`\{[A-Za-z]+\}`)
	values := map[string]string{"{Caller}": appARN, "{Resource}": queueARN, "{ResourceID}": "orders", "{Region}": "us-east-1", "{CallerAccount}": "111122223333"}
	parties := workflow.Parties{Key: keyWith(t, "root: *"), Caller: evaluate.CallerConfig{ARN: appARN}, Resource: queueARN}
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOf(rapid.SampledFrom([]string{"{Caller}", "{Resource}", "{ResourceID}", "{Region}", "{CallerAccount}",
			"{", "}", "{}", "{1}", "{{", "a", "Ä", "{a b}", " "})).Draw(t, "parts")
		template := strings.Join(parts, "")
		for _, found := range placeholder.FindAllString(template, -1) {
			if values[found] == "" {
				return // "{" and "a" and "}" side by side: no placeholder that there is
			}
		}
		w := own()
		w.Needs[2].Form = ""
		w.Steps[0].EncryptionContext = map[string]string{"text": template}
		result, err := w.Check(parties)
		if err != nil {
			t.Fatalf("%q: %v", template, err)
		}
		for o := range result.Outcomes() {
			want := placeholder.ReplaceAllStringFunc(template, func(s string) string { return values[s] })
			if got := o.Request.EncryptionContext["text"]; got != want {
				t.Errorf("%q: got %q, want %q", template, got, want)
			}
		}
	})
}
