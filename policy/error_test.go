package policy

import (
	"errors"
	"testing"

	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
)

func TestPositionString(t *testing.T) {
	tests := []struct {
		position Position
		want     string
	}{
		{Position{}, "-"},
		{Position{File: "a.json"}, "a.json"},
		{Position{File: "a.json", Offset: 200, Line: 14, Column: 9}, "a.json:14:9"},
		{Position{Line: 14, Column: 9}, "14:9"},
	}
	for _, tt := range tests {
		if got := tt.position.String(); got != tt.want {
			t.Errorf("%+v prints as %q, want %q", tt.position, got, tt.want)
		}
	}
}

func TestErrors(t *testing.T) {
	one := &Error{Position{"p.json", 9, 1, 10}, "Statement[0]", CodeBadValue, "bad"}
	two := &Error{Position{"", 20, 2, 3}, "", CodeSyntax, "worse"}
	errs := Errors{one, two}
	if got, want := errs.Error(), "p.json:1:10: Statement[0]: bad\n2:3: worse"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	var first *Error
	if !errors.As(errs, &first) || first != one {
		t.Errorf("errors.As finds %v, want the first", first)
	}
	if !errors.Is(errs, two) {
		t.Error("errors.Is does not find the second")
	}
	if got, want := (Errors{}).Error(), ""; got != want {
		t.Errorf("no errors print as %q", got)
	}
}

// The reader of JSON has no access to the codes, so it repeats some.
func TestCodesOfJSON(t *testing.T) {
	for code, same := range map[Code]jsondoc.Code{
		CodeSyntax:          jsondoc.Syntax,
		CodeNotUTF8:         jsondoc.NotUTF8,
		CodeTooLarge:        jsondoc.TooLarge,
		CodeTooDeep:         jsondoc.TooDeep,
		CodeTooManyFaults:   jsondoc.TooManyFaults,
		CodeDuplicateMember: jsondoc.DuplicateMember,
		CodeUnknownMember:   jsondoc.UnknownMember,
		CodeMissingMember:   jsondoc.MissingMember,
		CodeWrongType:       jsondoc.WrongType,
	} {
		if string(code) != string(same) {
			t.Errorf("%q is %q in package jsondoc", code, same)
		}
	}
}
