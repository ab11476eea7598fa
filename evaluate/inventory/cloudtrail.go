package inventory

import (
	"fmt"
	"io"
	"time"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
	"github.com/kmsauthz/kmsauthz/internal/jsondoc/docerrors"
	"github.com/kmsauthz/kmsauthz/internal/jsonstream"
	"github.com/kmsauthz/kmsauthz/internal/printable"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/tidwall/gjson"
)

// An Event is a call to KMS that CloudTrail recorded: who asked for what, and what AWS answered.
//
// What a log does not have is not in it: the source ARN for which a service calls, the policies
// that were passed when a session was made, and, of many requests that were denied, their
// parameters.
type Event struct {
	Source Source
	ID     string // eventID
	Name   string // eventName: "Decrypt"

	// Caller has the ARN, the role of a session, the parent of a federated user and the unique
	// id. A caller of another account may have a unique id alone.
	Caller evaluate.CallerConfig
	// Authorizations are what had to be allowed, most often one.
	Authorizations []Authorization
	Outcome        Outcome

	// Unknown lists what the event does not tell of the request, such as the service that called
	// on the caller's behalf. Such an event cannot be replayed.
	Unknown policy.Errors
}

// An Authorization is one permission on one resource. ReEncrypt needs two, and operations on
// aliases one for the alias and one for each key.
//
// Left out is what concerns a key that is not part of the event: CreateKey in the Region of a
// replica, the key with which an alias was associated before.
type Authorization struct {
	Key     string // the ARN of the key or of an alias of it; "" if the operation uses none
	Request evaluate.RequestConfig
}

// An Outcome is AWS's answer.
type Outcome struct {
	ErrorCode    string // "" if the call succeeded
	ErrorMessage string
}

// ReadEvents reads the KMS events of CloudTrail: a log file, what "aws cloudtrail lookup-events"
// prints, one event, a list of them or any number one after the other. Each is handed to visit,
// whose error ends the reading and is returned. Events of other services, and events that AWS
// itself caused, are ignored.
func ReadEvents(r io.Reader, opts Options, visit func(e *Event) error) (Report, error) {
	return new(Inventory).read(r, opts, func(r *reading) error {
		t := trail{reading: r, visit: visit}
		return r.scan.Values(t.document)
	})
}

// A trail is the reading of events.
type trail struct {
	*reading
	visit func(e *Event) error
}

// document reads a document of any of the forms.
func (t *trail) document(i int) error {
	path := outputPath(i)
	if t.scan.Kind() == jsondoc.List {
		return t.each(path, t.record)
	}
	switch name := t.scan.FirstName(); name {
	case "Records":
		return t.scan.Object(func(m jsonstream.Member) error { return t.listed(m, path, name, t.record) })
	case "Events", "NextToken":
		return t.scan.Object(func(m jsonstream.Member) error { return t.listed(m, path, "Events", t.lookedUp) })
	}
	return t.record(path)
}

// listed reads the list with a name, and the mark of a listing that goes on.
func (t *trail) listed(m jsonstream.Member, path, name string, read func(path string) error) error {
	if m.Name == name {
		return t.each(jsondoc.JoinPath(path, name), read)
	}
	return t.checkWhole(m, path)
}

// each reads the elements of a list.
func (t *trail) each(path string, read func(path string) error) error {
	return t.scan.List(func(i int) error { return read(fmt.Sprintf("%s[%d]", path, i)) })
}

// record reads the event that comes next. Events of other services are told by their source
// before anything else of them is looked at.
func (t *trail) record(path string) error {
	n, err := t.cutIf(path, func(text []byte) bool {
		source := gjson.GetBytes(text, "eventSource")
		return !source.Exists() || source.Str == kmsSource
	})
	if err != nil || n == nil {
		return err
	}
	return t.finishEvent(n, readEvent(n))
}

// kmsSource is the eventSource of KMS.
const kmsSource = "kms.amazonaws.com"

// lookedUp reads an event of lookup-events, which is text within an element.
func (t *trail) lookedUp(path string) error {
	n, err := t.cut(path)
	if err != nil || n == nil {
		return err
	}
	var e *Event
	n.root.Fields(&lookupShape, func(m jsondoc.Member) {
		text, ok := m.Text()
		if !ok {
			return
		}
		inner := &node{reading: t.reading, doc: jsondoc.Read([]byte(text), jsondoc.Options{MaxBytes: max(len(text), 1)}), at: n.at}
		inner.root = inner.doc.Root()
		e = readEvent(inner)
		if problems := inner.problems(); len(problems) > 0 {
			docerrors.Add(m.Value, relocated(problems, policy.Position(m.Value.Place()), ""))
		}
	})
	return t.finishEvent(n, e)
}

var lookupShape = jsondoc.Shape{Noun: "field", Names: []string{"CloudTrailEvent"}, Required: []string{"CloudTrailEvent"}, Open: true}

// finishEvent counts the element and hands out the event, nil if it is none of KMS or cannot be
// read.
func (t *trail) finishEvent(n *node, e *Event) error {
	problems := n.problems()
	if e == nil && len(problems) == 0 {
		t.report.Ignored++
		return nil
	}
	t.count(problems)
	if e == nil {
		return nil
	}
	e.Source, e.Unknown = n.source("Event"), firstOf(problems)
	return t.visit(e)
}

// An event is an Event while it is read.
type event struct {
	*node
	*Event
	region   string
	account  string // of the log
	callerID string // the account of the caller
	time     time.Time
	via      string
	endpoint *evaluate.VPCEndpoint
	context  map[string][]string

	params   []jsondoc.Member
	grantID  string   // of RetireGrant
	keys     []string // ARNs of the keys that the event is about
	aliasARN string
}

var eventShape = jsondoc.Shape{
	Noun: "field",
	Names: []string{"eventSource", "eventName", "eventType", "eventTime", "eventID", "awsRegion", "sourceIPAddress", "userAgent",
		"errorCode", "errorMessage", "requestParameters", "additionalEventData", "resources", "userIdentity", "recipientAccountId",
		"vpcEndpointId"},
	Required: []string{"eventSource", "eventName", "awsRegion", "userIdentity"},
	Open:     true,
}

// readEvent reads an event, nil if it is no call to KMS.
//
// See AWS CloudTrail User Guide, "CloudTrail record contents".
func readEvent(n *node) *Event {
	e := &event{node: n, Event: new(Event), context: make(map[string][]string)}
	eventSource, eventType := kmsSource, apiCall
	var address, userAgent, endpoint string
	texts := map[string]*string{
		"eventSource": &eventSource, "eventType": &eventType, "eventName": &e.Name, "eventID": &e.ID, "awsRegion": &e.region,
		"errorCode": &e.Outcome.ErrorCode, "errorMessage": &e.Outcome.ErrorMessage, "recipientAccountId": &e.account,
		"sourceIPAddress": &address, "userAgent": &userAgent, "vpcEndpointId": &endpoint,
	}
	var identity jsondoc.Value
	n.root.Fields(&eventShape, func(m jsondoc.Member) {
		switch text := texts[m.Name]; {
		case m.IsNull():
		case text != nil:
			*text, _ = m.Text()
		case m.Name == "eventTime":
			e.time = readTime(m.Value, time.RFC3339, "2026-01-02T03:04:05Z")
		case m.Name == "requestParameters":
			m.Members(func(p jsondoc.Member) { e.params = append(e.params, p) })
		case m.Name == "additionalEventData":
			e.grantID = textFields(m.Value, &grantIDShape)["grantId"]
		case m.Name == "resources":
			e.readResources(m.Value)
		case m.Name == "userIdentity":
			identity = m.Value
		}
	})
	if eventSource != kmsSource || eventType != apiCall || n.root.Kind() != jsondoc.Object {
		return nil
	}
	if identity.Kind() != jsondoc.None {
		e.readIdentity(identity)
	}
	e.give("aws:UserAgent", userAgent)
	e.readOrigin(address, endpoint)
	e.authorize()
	return e.Event
}

// apiCall is the eventType of calls, as opposed to what AWS does by itself.
const apiCall = "AwsApiCall"

var grantIDShape = jsondoc.Shape{Noun: "field", Names: []string{"grantId"}, Open: true}

// give sets a condition key of the request, unless the text is empty.
func (e *event) give(key, text string) {
	if text != "" {
		e.context[key] = []string{text}
	}
}

// readTime reads a time by a layout of package time.
func readTime(v jsondoc.Value, layout, example string) time.Time {
	return readWord(v, func(text string) (time.Time, error) {
		t, err := time.Parse(layout, text)
		if err != nil {
			return t, printable.Errorf("found %q, expected a time such as %q", text, example)
		}
		return t, nil
	})
}

// maxEventKeys bounds the keys that an event is about. No operation has more than three.
const maxEventKeys = 4

var resourceShape = jsondoc.Shape{Noun: "field", Names: []string{"ARN"}, Open: true}

// readResources reads the keys and the alias that an event is about.
func (e *event) readResources(v jsondoc.Value) {
	v.Elements(func(resource jsondoc.Value) {
		resource.Fields(&resourceShape, func(m jsondoc.Member) {
			text, ok := m.Text()
			arn, err := policy.ParseARN(text)
			switch {
			case !ok:
			case err != nil:
				m.Fault(codeBadValue, "%v", err)
			case checkKeyARN(arn) == nil && len(e.keys) == maxEventKeys:
				m.Fault(codeBadValue, "an event is about %d keys at most", maxEventKeys)
			case checkKeyARN(arn) == nil:
				e.keys = append(e.keys, text)
			case checkAliasARN(arn) == nil:
				e.aliasARN = text
			}
		})
	})
}
