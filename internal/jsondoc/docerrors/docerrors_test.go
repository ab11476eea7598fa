package docerrors_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
	"github.com/kmsauthz/kmsauthz/internal/jsondoc/docerrors"
	"github.com/kmsauthz/kmsauthz/policy"
)

// readKey reads {"policy": document or string that holds one, "name": string}.
func readKey(text string) error {
	doc := jsondoc.Read([]byte(text), jsondoc.Options{At: jsondoc.Place{File: "key.json"}})
	shape := jsondoc.Shape{Noun: "field", Names: []string{"policy", "name"}, Required: []string{"policy"}}
	doc.Root().Fields(&shape, func(m jsondoc.Member) {
		switch {
		case m.Name == "name":
			m.Text()
		case m.Kind() == jsondoc.String:
			inner, _ := m.Text()
			_, err := policy.ParseKeyPolicy([]byte(inner), nil)
			docerrors.Add(m.Value, err)
		default:
			_, err := policy.ParseKeyPolicy([]byte(m.Raw()), &policy.ParseOptions{At: policy.Position(m.Place())})
			docerrors.Add(m.Value, err)
		}
	})
	return docerrors.Of(doc)
}

func Example() {
	fmt.Println(readKey(`{"policy": {"Version": "2012-10-17", "Statement": []}, "name": "app"}`))
	fmt.Println(readKey(`{
  "name": 1,
  "policy": {"Version": "2012", "Statement": [
    {"Effect": "allow"}
  ]}
}`))
	fmt.Println(readKey(`{"name": "app", "policy": "{\"Statement\":\n[1]}"}`))
	// Output:
	// <nil>
	// key.json:2:11: name: found a number, expected a string
	// key.json:3:25: policy.Version: found "2012", expected "2008-10-17" or "2012-10-17"
	// key.json:4:16: policy.Statement[0].Effect: found "allow", expected "Allow" or "Deny"
	// 2:2: policy.Statement[0]: found a number, expected an object
}

func TestOfIsNilWithoutFaults(t *testing.T) {
	if err := docerrors.Of(jsondoc.Read([]byte("{}"), jsondoc.Options{})); err != nil {
		t.Errorf("got %v (%T), want nil", err, err)
	}
}

func TestOfKeepsEveryField(t *testing.T) {
	err := readKey(`{"nme": "app"}`)
	var errs policy.Errors
	if !errors.As(err, &errs) || len(errs) != 2 {
		t.Fatalf("got %v, want two policy.Errors", err)
	}
	want := policy.Error{
		Position: policy.Position{File: "key.json", Offset: 1, Line: 1, Column: 2},
		Code:     policy.CodeUnknownMember,
		Text:     `unknown field "nme" (did you mean "name"?)`,
	}
	if got := *errs[1]; got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestAddOfAnotherError(t *testing.T) {
	doc := jsondoc.Read([]byte(`["x"]`), jsondoc.Options{})
	doc.Root().Elements(func(v jsondoc.Value) {
		docerrors.Add(v, nil)
		docerrors.Add(v, errors.New("no good"))
	})
	var errs policy.Errors
	if err := docerrors.Of(doc); !errors.As(err, &errs) || len(errs) != 1 {
		t.Fatalf("got %v, want one error", err)
	}
	if got, want := errs[0].Error(), "1:2: [0]: no good"; got != want || errs[0].Code != policy.CodeBadValue {
		t.Errorf("got %q with code %s, want %q", got, errs[0].Code, want)
	}
}
