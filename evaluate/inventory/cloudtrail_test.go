package inventory_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/inventory"
	"github.com/kmsauthz/kmsauthz/internal/golden"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// events reads all events of a document.
func events(doc string, opts inventory.Options) ([]*inventory.Event, inventory.Report, error) {
	var all []*inventory.Event
	report, err := inventory.ReadEvents(strings.NewReader(doc), opts, func(e *inventory.Event) error {
		all = append(all, e)
		return nil
	})
	return all, report, err
}

// renderedEvents writes events down for a golden file.
func renderedEvents(all []*inventory.Event) string {
	var p printer
	for _, e := range all {
		p.line("event %s %s at %s, %s", e.ID, e.Name, e.Source.Position, e.Source.Element)
		c := e.Caller
		p.field("Caller", strings.TrimRight(strings.Join([]string{c.ARN, c.RoleARN, c.UserARN, c.UniqueID}, " "), " "))
		p.field("Outcome", e.Outcome.ErrorCode)
		for _, a := range e.Authorizations {
			p.authorization(a)
		}
		for _, u := range e.Unknown {
			p.line("  unknown: %v", u)
		}
	}
	return p.String()
}

func (p *printer) authorization(a inventory.Authorization) {
	q := a.Request
	p.line("  %v on %q in %s", q.Action, a.Key, q.Region)
	p.field("  KeyID", q.KeyID)
	p.field("  Alias", q.Alias)
	p.field("  ViaService", q.ViaService)
	p.pairs("  EncryptionContext", q.EncryptionContext)
	p.field("  GrantTokens", strings.Join(q.GrantTokens, " "))
	p.field("  GrantID", q.GrantID)
	if !q.Time.IsZero() {
		p.field("  Time", q.Time.Format(time.RFC3339))
	}
	if q.VPCEndpoint != nil {
		p.field("  VPCEndpoint", q.VPCEndpoint.ID)
	}
	for _, key := range slices.Sorted(maps.Keys(q.Context)) {
		p.line("    %s: %q", key, q.Context[key])
	}
}

func TestEvents(t *testing.T) {
	for _, c := range []struct {
		name string
		want inventory.Report
	}{
		{"log", inventory.Report{Resolved: 10, Ignored: 2}},
		{"lookup-events", inventory.Report{Resolved: 1, Ignored: 1}},
		{"lines", inventory.Report{Resolved: 2}},
	} {
		all, report, err := events(string(testdata(t, "cloudtrail/"+c.name+".json")), inventory.Options{File: c.name + ".json"})
		if err != nil {
			t.Fatal(err)
		}
		checkDiff(t, c.name, c.want, report)
		golden.Text(t, "testdata/cloudtrail/"+c.name+".txt", renderedEvents(all))
		for _, e := range all {
			for _, a := range e.Authorizations {
				if _, err := evaluate.NewRequest(a.Request); err != nil {
					t.Errorf("%s: %v", e.ID, err)
				}
				for key := range a.Request.Context {
					if _, known := conditions.ParseKey(key).Info(); !known {
						t.Errorf("%s: there is no condition key %s", e.ID, key)
					}
				}
			}
		}
	}
}

// TestReplay decides the log again. The policies have changed since then for some of it.
func TestReplay(t *testing.T) {
	var inv inventory.Inventory
	for _, output := range kmsOutputs {
		mustAdd(t, &inv, output.file, output.add, inventory.Options{})
	}
	mustAdd(t, &inv, "authorization/account.json", addDetails, inventory.Options{})
	all, _, err := events(string(testdata(t, "cloudtrail/log.json")), inventory.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"e1":  "explained: AWS answered AccessDenied, the policies say deny: iam-policy: no-allow: ",
		"e2":  "different: AWS answered with success, the policies say deny: iam-policy: no-allow: ",
		"e3":  "explained: AWS answered with success, the policies say allow: key-policy: ",
		"e4":  "undetermined: AWS answered ThrottlingException, the policies say deny: iam-policy: no-allow: ",
		"e5":  "explained: AWS answered AccessDenied, the policies say deny: iam-policy: no-allow: ",
		"e6":  "different: AWS answered with success, the policies say deny: iam-policy: no-allow: ",
		"e7":  `error: key "arn:aws:kms:us-east-1:111122223333:key/mrk-1" is not in the inventory`,
		"e8":  "different: AWS answered with success, the policies say deny: grant: operation-not-granted: ",
		"e9":  "different: AWS answered AccessDenied, the policies say allow: iam-policy: ",
		"e10": "different: AWS answered with success, the policies say deny: iam-policy: no-allow: ",
	}
	for _, e := range all {
		replay, err := inv.Replay(evaluate.DefaultRules(), e)
		got := "error: " + fmt.Sprint(err)
		if err == nil {
			got = replay.String()
		}
		if !strings.HasPrefix(got, want[e.ID]) || want[e.ID] == "" {
			t.Errorf("%s: got %s, want %s", e.ID, got, want[e.ID])
		}
		if err != nil && !errors.Is(err, inventory.ErrNotFound) {
			t.Errorf("%s: %v", e.ID, err)
		}
	}
	if _, err := inv.Replay(evaluate.DefaultRules(), &inventory.Event{}); err == nil {
		t.Error("an empty event was replayed")
	}
}

// TestReEncryptKeys has events of ReEncrypt that tell both keys, or one of them alone.
func TestReEncryptKeys(t *testing.T) {
	const a, b = "arn:aws:kms:us-east-1:111122223333:key/a", "arn:aws:kms:us-east-1:111122223333:key/b"
	resources := func(arns ...string) string {
		var all []string
		for _, arn := range arns {
			all = append(all, `{"ARN": "`+arn+`"}`)
		}
		return `"resources": [` + strings.Join(all, ", ") + `]`
	}
	denied := func(what string) string {
		return `"errorCode": "AccessDenied", "errorMessage": "User: arn:aws:iam::111122223333:root is not authorized to perform: kms:` + what + ` on resource: ` + a + ` because no identity-based policy allows it"`
	}
	for _, c := range []struct{ event, want string }{
		{resources(a, b), "kms:ReEncryptFrom " + a + " kms:ReEncryptTo " + b},
		{resources(a), "kms:ReEncryptFrom " + a + " kms:ReEncryptTo " + a},
		{resources(a) + `, "requestParameters": {"destinationKeyId": "` + b + `"}`, "kms:ReEncryptFrom " + a + " kms:ReEncryptTo " + b},
		{resources(a) + `, "requestParameters": {"sourceKeyId": "b", "destinationKeyId": "alias/x"}`, "kms:ReEncryptFrom " + b + " kms:ReEncryptTo " + a},
		{`"requestParameters": {"sourceKeyId": "a", "destinationKeyId": "b"}`, "kms:ReEncryptFrom " + a + " kms:ReEncryptTo " + b},
		{denied("ReEncryptFrom"), "kms:ReEncryptFrom " + a + " unknown"},
		{denied("ReEncryptTo"), "kms:ReEncryptTo " + a + " unknown"},
		{denied("Decrypt"), "unknown"},
	} {
		all, _, err := events(`{"eventSource": "kms.amazonaws.com", "eventName": "ReEncrypt", "awsRegion": "us-east-1",
			"userIdentity": {"arn": "arn:aws:iam::111122223333:root", "accountId": "111122223333"}, `+c.event+`}`, inventory.Options{})
		if err != nil || len(all) != 1 {
			t.Fatal(err, len(all))
		}
		var got []string
		for _, auth := range all[0].Authorizations {
			got = append(got, auth.Request.Action.String(), auth.Key)
		}
		if len(all[0].Unknown) > 0 {
			got = append(got, "unknown")
		}
		if text := strings.Join(got, " "); text != c.want {
			t.Errorf("%s: got %s, want %s", c.event, text, c.want)
		}
	}
}

// TestReplayOutcomes has one event with every outcome, which the policies allow or deny.
func TestReplayOutcomes(t *testing.T) {
	var inv inventory.Inventory
	mustAdd(t, &inv, "awscli/describe-key.json", addMetadata, inventory.Options{})
	mustAdd(t, &inv, "awscli/get-key-policy.json", addPolicy(ordersID), inventory.Options{})
	const root, stranger = "arn:aws:iam::111122223333:root", "arn:aws:iam::444455556666:root"
	for _, c := range []struct {
		caller, action, errorCode string
		want                      inventory.Agreement
	}{
		{root, "Decrypt", "", inventory.Explained},
		{root, "Decrypt", "DryRunOperationException", inventory.Explained},
		{root, "Decrypt", "AccessDenied", inventory.Different},
		{root, "Decrypt", "DisabledException", inventory.Different},
		{root, "Decrypt", "InvalidCiphertextException", inventory.Undetermined},
		{root, "Decrypt", "NotFoundException", inventory.Undetermined},
		{root, "Decrypt", "KMSInvalidStateException", inventory.Different},
		{root, "Sign", "InvalidKeyUsageException", inventory.Explained},
		{root, "Sign", "AccessDeniedException", inventory.Different},
		{stranger, "Decrypt", "AccessDeniedException", inventory.Explained},
		{stranger, "Decrypt", "", inventory.Different},
	} {
		all, _, err := events(fmt.Sprintf(`{"eventSource": "kms.amazonaws.com", "eventName": %q, "awsRegion": "us-east-1", "errorCode": %q,
			"userIdentity": {"arn": %q}, "requestParameters": {"keyId": %q}}`, c.action, c.errorCode, c.caller, orders), inventory.Options{})
		if err != nil || len(all) != 1 {
			t.Fatal(err, len(all))
		}
		replay, err := inv.Replay(evaluate.DefaultRules(), all[0])
		if err != nil || replay.Agreement() != c.want {
			t.Errorf("%+v: got %v, %v", c, replay, err)
		}
		if d := replay.Decision(); !d.Equal(replay.Decisions[0]) {
			t.Errorf("%+v: got %v, want the only decision", c, d)
		}
	}
	allow, err := inv.Decide(evaluate.DefaultRules(), orders, root, evaluate.RequestConfig{Action: action.Decrypt})
	if err != nil {
		t.Fatal(err)
	}
	deny := evaluate.Decision{}
	for _, decisions := range [][]evaluate.Decision{{}, {deny}, {deny, allow}, {allow, deny}, {allow, allow}} {
		replay := inventory.Replay{Decisions: decisions}
		if got, want := replay.Decision().Allowed(), len(decisions) > 0 && !slices.ContainsFunc(decisions, func(d evaluate.Decision) bool { return !d.Allowed() }); got != want {
			t.Errorf("%v: got %v, want %v", decisions, got, want)
		}
	}
	all, _, err := events(`{"eventSource": "kms.amazonaws.com", "eventName": "Decrypt", "awsRegion": "us-east-1", "errorCode": "KMSInvalidStateException",
		"errorMessage": "The external key store proxy rejected the request because the specified ciphertext is corrupted, missing, or otherwise invalid.",
		"userIdentity": {"arn": "`+root+`"}, "requestParameters": {"keyId": "`+orders+`"}}`, inventory.Options{})
	if err != nil || len(all) != 1 {
		t.Fatal(err, len(all))
	}
	if replay, err := inv.Replay(evaluate.DefaultRules(), all[0]); err != nil || replay.Agreement() != inventory.Undetermined {
		t.Errorf("the trouble of a key store: got %v, %v", replay, err)
	}
	if got := inventory.Agreement(9).String(); got != "Agreement(9)" {
		t.Error(got)
	}
}

func TestEventFaults(t *testing.T) {
	const head, rest = `{"eventSource": "kms.amazonaws.com", "awsRegion": "us-east-1", `, `, "userIdentity": {"arn": "arn:aws:iam::111122223333:root", "accountId": "111122223333"}}`
	const identified = `{"eventSource": "kms.amazonaws.com", "awsRegion": "us-east-1", "eventName": "ListKeys", "userIdentity": `
	for _, c := range []struct{ doc, want string }{
		{``, `error: f:1:1: found the end of the document, expected a value`},
		{`{"Records": 1}`, `error: f:1:13: found a number, expected a list`},
		{`{"Records": [{}`, `error: f:1:16: found the end of the document, expected ',' or ']'
f:1:14: Records[0]: field "eventSource" is missing [missing-member]
f:1:14: Records[0]: field "eventName" is missing [missing-member]
f:1:14: Records[0]: field "awsRegion" is missing [missing-member]
f:1:14: Records[0]: field "userIdentity" is missing [missing-member]
f:1:14: Records[0]: unknown KMS action "kms:" [bad-value]`},
		{`{"Events": [{}], "NextToken": "x"}`, `f:1:13: Events[0]: field "CloudTrailEvent" is missing [missing-member]
f:1:18: NextToken says that the listing goes on, and the rest is not here [incomplete]`},
		{`{"Events": [{"CloudTrailEvent": 1}, {"CloudTrailEvent": "{"}]}`, `f:1:33: Events[0].CloudTrailEvent: found a number, expected a string [wrong-type]
f:1:57: Events[1].CloudTrailEvent: found the end of the document, expected a member name or '}' (line 1, column 2 of the document) [syntax]`},
		{head + `"eventName": "Decript"` + rest, `f:1:1: unknown KMS action "kms:Decript" (did you mean "kms:Decrypt"?) [bad-value]`},
		{head + `"eventName": "Decrypt"` + rest, `f:1:1: the event does not tell which key it is about [unknown-value]`},
		{head + `"eventName": "Decrypt", "requestParameters": {"keyId": "arn:aws:iam::111122223333:root"}` + rest, `f:1:1: the event does not tell which key it is about [unknown-value]`},
		{head + `"eventName": "DeleteAlias"` + rest, `f:1:1: the event does not tell which alias it is about [unknown-value]
f:1:1: the event does not tell which key it is about [unknown-value]`},
		{head + `"eventName": "ListKeys", "eventTime": "now", "resources": [{"ARN": "x"}, {"ARN": 1}]` + rest,
			`f:1:102: eventTime: found "now", expected a time such as "2026-01-02T03:04:05Z" [bad-value]
f:1:131: resources[0].ARN: "x" is not an ARN: expected arn:partition:service:region:account:resource [bad-value]
f:1:145: resources[1].ARN: found a number, expected a string [wrong-type]`},
		{head + `"eventName": "ReEncrypt", "requestParameters": {"sourceKeyId": "k", "destinationKeyId": "k", "sourceEncryptionContext": 1, "keyId": 1, "keyId": 2, "recipient": {}}` + rest,
			`f:1:184: requestParameters.sourceEncryptionContext: found a number, expected an object [wrong-type]
f:1:199: requestParameters: "keyId" is given twice [duplicate-member]
f:1:224: requestParameters.recipient: what the attestation document says is not read [unknown-value]`},
		{identified + `{}}`, `f:1:105: userIdentity: no caller of KMS: type "" with ARN "" [unknown-value]`},
		{identified + `{"type": "Directory", "arn": "x"}}`, `f:1:105: userIdentity: no caller of KMS: type "Directory" with ARN "x" [unknown-value]`},
		{identified + `{"type": "AWSService", "invokedBy": "AWS Internal"}}`, `f:1:105: userIdentity: the event names no service as its caller, but "AWS Internal" [unknown-value]`},
		{identified + `{"arn": "arn:aws:iam::111122223333:root", "invokedBy": "AWS Internal"}}`,
			`f:1:105: userIdentity: the event does not name the service that called on the caller's behalf, but "AWS Internal" [unknown-value]`},
		{`{"eventSource": "kms.amazonaws.com", "eventSource": "kms.amazonaws.com", "eventType": "AwsServiceEvent"}`,
			`f:1:1: field "eventName" is missing [missing-member]
f:1:1: field "awsRegion" is missing [missing-member]
f:1:1: field "userIdentity" is missing [missing-member]
f:1:38: "eventSource" is given twice [duplicate-member]`},
	} {
		all, report, err := events(c.doc, inventory.Options{File: "f"})
		if got := told(report, err); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.doc, got, c.want)
		}
		var inv inventory.Inventory
		for _, e := range all {
			var unknown *inventory.UnknownError
			if _, err := inv.Replay(evaluate.DefaultRules(), e); !errors.As(err, &unknown) {
				t.Errorf("%s: got %v, want what is unknown", c.doc, err)
			}
		}
	}
}

// TestReplayOfNothing: what cannot be replayed is called by what is there of its name.
func TestReplayOfNothing(t *testing.T) {
	unknown := policy.Errors{{Text: "the event does not tell which key it is about"}}
	for _, c := range []struct {
		event *inventory.Event
		want  string
	}{
		{nil, "there is no event"},
		{&inventory.Event{}, "the event has no authorizations"},
		{&inventory.Event{Name: "Decrypt", Unknown: unknown}, "\"Decrypt\" is not wholly known:\n"},
		{&inventory.Event{ID: "e1", Unknown: unknown}, "\"e1\" is not wholly known:\n"},
		{&inventory.Event{Name: "Decrypt", ID: "e1", Unknown: unknown}, "\"Decrypt e1\" is not wholly known:\n"},
	} {
		var inv inventory.Inventory
		if _, err := inv.Replay(evaluate.DefaultRules(), c.event); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

// TestVisitStops: the error of visit ends the reading.
func TestVisitStops(t *testing.T) {
	stop := errors.New("enough")
	n := 0
	_, err := inventory.ReadEvents(bytes.NewReader(testdata(t, "cloudtrail/log.json")), inventory.Options{}, func(*inventory.Event) error {
		n++
		return stop
	})
	if err != stop || n != 1 {
		t.Errorf("got %v after %d events", err, n)
	}
}

func FuzzEvents(f *testing.F) {
	seed(f, "cloudtrail/*.json")
	f.Fuzz(func(t *testing.T, doc string) {
		read := func(inv *inventory.Inventory, doc string, opts inventory.Options) (inventory.Report, error) {
			return inventory.ReadEvents(strings.NewReader(doc), opts, func(e *inventory.Event) error {
				checkSources(t, doc, []inventory.Source{e.Source})
				if _, err := inv.Replay(evaluate.DefaultRules(), e); err == nil && len(e.Unknown) > 0 {
					t.Errorf("an event of which something is unknown was replayed: %v", e.Unknown)
				}
				return nil
			})
		}
		checkReading(t, doc, read, inventory.Options{})
	})
}

// writeTrail writes a CloudTrail log of at least size bytes: one event in two is of KMS.
func writeTrail(out io.Writer, size int) error {
	const kms = `{"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","principalId":"AROA%d:i-0abc","arn":"arn:aws:sts::111122223333:assumed-role/role-%[1]d/i-0abc","accountId":"111122223333","accessKeyId":"ASIAEXAMPLE","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROA%[1]d","arn":"arn:aws:iam::111122223333:role/role-%[1]d","accountId":"111122223333","userName":"role-%[1]d"},"webIdFederationData":{},"attributes":{"creationDate":"2026-01-02T03:00:00Z","mfaAuthenticated":"false"}}},"eventTime":"2026-01-02T03:04:05Z","eventSource":"kms.amazonaws.com","eventName":"Decrypt","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.1","userAgent":"aws-sdk-go-v2/1.24.0 os/linux lang/go#1.21.4 md/GOOS#linux md/GOARCH#amd64","requestParameters":{"encryptionAlgorithm":"SYMMETRIC_DEFAULT","encryptionContext":{"aws:s3:arn":"arn:aws:s3:::bucket-%[1]d"}},"responseElements":null,"requestID":"00000000-0000-0000-0000-%012[1]d","eventID":"00000000-0000-0000-0000-%012[1]d","readOnly":true,"resources":[{"accountId":"111122223333","type":"AWS::KMS::Key","ARN":"arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"}],"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management","tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"kms.us-east-1.amazonaws.com"}}`
	w := &countingWriter{}
	w.attach(out)
	fmt.Fprint(w, `{"Records":[`)
	for i := 0; w.n < size; i++ {
		if i > 0 {
			fmt.Fprint(w, ",")
		}
		event := fmt.Sprintf(kms, i)
		if i%2 == 1 {
			event = strings.Replace(event, "kms.amazonaws.com", "s3.amazonaws.com", 1)
		}
		fmt.Fprint(w, event)
	}
	fmt.Fprint(w, "]}")
	return w.Flush()
}

func BenchmarkEvents(b *testing.B) {
	doc := generated(b, writeTrail, 1<<20)
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		if report, err := inventory.ReadEvents(bytes.NewReader(doc), inventory.Options{}, func(*inventory.Event) error { return nil }); err != nil || len(report.Problems) > 0 {
			b.Fatal(err, report.Problems)
		}
	}
}

// TestEventsAllocations bounds what an event costs to read, and holds that events of other
// services cost next to nothing.
func TestEventsAllocations(t *testing.T) {
	doc := generated(t, writeTrail, 256<<10)
	count := func(doc []byte) float64 {
		return testing.AllocsPerRun(3, func() {
			if _, err := inventory.ReadEvents(bytes.NewReader(doc), inventory.Options{}, func(*inventory.Event) error { return nil }); err != nil {
				t.Error(err)
			}
		}) / float64(bytes.Count(doc, []byte("eventName")))
	}
	perEvent := count(doc)
	perOther := count(bytes.ReplaceAll(doc, []byte("kms.amazonaws.com"), []byte("ec2.amazonaws.com")))
	if perEvent > 60 || perOther > 6 {
		t.Errorf("%.0f allocations for each event, half of them of KMS, and %.0f for each of other services", perEvent, perOther)
	}
}
