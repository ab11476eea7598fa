package policy

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// Shorthands for edits of statement 0.
func newStatement(sid string) Edit {
	return Edit{Op: AddStatement, New: &StatementConfig{Sid: sid, Effect: Allow, Actions: []string{"kms:Decrypt"}}}
}
func addTo(element string, values ...string) Edit {
	return Edit{Op: AddValues, Element: element, Values: values}
}
func removeFrom(element string, values ...string) Edit {
	return Edit{Op: RemoveValues, Element: element, Values: values}
}
func removeUnder(name, element string, values ...string) Edit {
	return Edit{Op: RemoveValues, Element: element, Under: name, Values: values}
}
func replace(element, as string, values ...string) Edit {
	return Edit{Op: ReplaceElement, Element: element, As: as, Values: values}
}
func addTest(operator, key string, values ...string) Edit {
	return Edit{Op: AddCondition, Operator: operator, Key: key, Values: values}
}
func addToTest(operator, key string, values ...string) Edit {
	return Edit{Op: AddConditionValues, Operator: operator, Key: key, Values: values}
}
func removeTest(operator, key string) Edit {
	return Edit{Op: RemoveCondition, Operator: operator, Key: key}
}
func removeStatement(i int) Edit { return Edit{Op: RemoveStatement, Statement: i} }

// keyDocument reads a key policy.
func keyDocument(t rapid.TB, text string) *Document {
	t.Helper()
	p, err := ParseKeyPolicy([]byte(text), nil)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return &p.Document
}

// Edits of what stands in a statement besides its Effect, on one line and without blanks.
func TestApplyToStatement(t *testing.T) {
	tests := []struct {
		before string
		edit   Edit
		want   string
	}{
		{`"Action":"a"`, addTo("Action", "b"), `"Action":["a","b"]`},
		{`"Action":"a"`, addTo("Action", "b", "a", "c", "b"), `"Action":["a","b","c"]`},
		{`"Action":"a"`, addTo("Action", "a"), `"Action":"a"`},
		{`"Action":"a"`, addTo("Action", "A"), `"Action":["a","A"]`},
		{`"Action":["a"]`, addTo("Action", "b", "c"), `"Action":["a","b","c"]`},
		{`"Action":["a","b"]`, addTo("Action", "b", "a"), `"Action":["a","b"]`},
		{`"Action":["\u0061"]`, addTo("Action", "a"), `"Action":["\u0061"]`},
		{`"Action":"\u0061"`, addTo("Action", "b"), `"Action":["\u0061","b"]`},
		{`"Action":[]`, addTo("Action", "a"), `"Action":["a"]`},
		{`"Acti\u006fn":"a"`, addTo("Action", "b"), `"Acti\u006fn":["a","b"]`},
		{`"NotAction":"a"`, addTo("NotAction", "b"), `"NotAction":["a","b"]`},
		{`"Resource":"a"`, addTo("Resource", `b"`), `"Resource":["a","b\""]`},
		{`"NotResource":["a"]`, addTo("NotResource", "b"), `"NotResource":["a","b"]`},

		{`"Resource":"*","Condition":{}`, addTo("Action", "a", "a"), `"Action":"a","Resource":"*","Condition":{}`},
		{`"Action":"*"`, addTo("Resource", "a", "b"), `"Action":"*","Resource":["a","b"]`},
		{`"Condition":{},"Resource":"*"`, addTo("Principal", "*"), `"Principal":{"AWS":"*"},"Condition":{},"Resource":"*"`},
		{`"Action":"*"`, addTo("NotPrincipal", "sns.amazonaws.com", "111122223333", "AIDAX"),
			`"NotPrincipal":{"AWS":["111122223333","AIDAX"],"Service":"sns.amazonaws.com"},"Action":"*"`},
		{`"Principal":{"AWS":"a"}`, addTo("Principal", "b"), `"Principal":{"AWS":["a","b"]}`},
		{`"Principal":{"AWS":["a"]}`, addTo("Principal", "b", "a"), `"Principal":{"AWS":["a","b"]}`},
		{`"Principal":{"AWS":"a"}`, addTo("Principal", "sns.amazonaws.com", "sns.amazonaws.com"), `"Principal":{"AWS":"a","Service":"sns.amazonaws.com"}`},
		{`"Principal":{"AWS":"a"}`, addTo("Principal", "sns.amazonaws.com", "b"), `"Principal":{"AWS":["a","b"],"Service":"sns.amazonaws.com"}`},
		{`"Principal":{"Service":"sns.amazonaws.com"}`, addTo("Principal", "sns.amazonaws.com", "a"), `"Principal":{"Service":"sns.amazonaws.com","AWS":"a"}`},
		{`"Principal":{"Federated":"a"}`, addTo("Principal", "sns.amazonaws.com", "a"), `"Principal":{"Federated":"a","AWS":"a","Service":"sns.amazonaws.com"}`},
		{`"Principal":{"AWS":[]}`, addTo("Principal", "a"), `"Principal":{"AWS":["a"]}`},
		{`"Principal":"*"`, addTo("Principal", "*"), `"Principal":"*"`},
		{`"Principal":"*"`, addTo("Principal", "a", "*", "sns.amazonaws.com"), `"Principal":{"AWS":["*","a"],"Service":"sns.amazonaws.com"}`},

		{`"Action":["a","b","c"]`, removeFrom("Action", "b"), `"Action":["a","c"]`},
		{`"Action":["a","b","a"]`, removeFrom("Action", "a"), `"Action":["b"]`},
		{`"Action":["a","b","c"]`, removeFrom("Action", "c", "a", "c"), `"Action":["b"]`},
		{`"NotResource":["a","\u0062"]`, removeFrom("NotResource", "b"), `"NotResource":["a"]`},
		{`"Principal":{"AWS":["a","b"]}`, removeFrom("Principal", "a"), `"Principal":{"AWS":["b"]}`},
		{`"Principal":{"AWS":"a","Service":"sns.amazonaws.com"}`, removeFrom("Principal", "a"), `"Principal":{"Service":"sns.amazonaws.com"}`},
		{`"Principal":{"AWS":["a"],"Federated":["a","b"],"Service":"a"}`, removeFrom("Principal", "a"), `"Principal":{"Federated":["b"]}`},
		{`"NotPrincipal":{"AWS":["a"],"Service":["b","c"]}`, removeFrom("NotPrincipal", "a", "b"), `"NotPrincipal":{"Service":["c"]}`},
		{`"Principal":{"AWS":["a","b"],"Service":["a","b"]}`, removeUnder("AWS", "Principal", "a"), `"Principal":{"AWS":["b"],"Service":["a","b"]}`},
		{`"Principal":{"AWS":"a","Service":"a"}`, removeUnder("Service", "Principal", "a"), `"Principal":{"AWS":"a"}`},
		{`"Principal":{"AWS":"a","Service":"a"}`, removeUnder("AWS", "Principal", "a"), `"Principal":{"Service":"a"}`},
		{`"Principal":{"AWS":"a","Federated":["b","a","b"]}`, removeUnder("Federated", "Principal", "b"), `"Principal":{"AWS":"a","Federated":["a"]}`},
		{`"NotPrincipal":{"AWS":["a"],"CanonicalUser":["a","b"]}`, removeUnder("CanonicalUser", "NotPrincipal", "a", "b"), `"NotPrincipal":{"AWS":["a"]}`},
		{`"Principal":{"Ser\u0076ice":["a","b"],"AWS":"a"}`, removeUnder("Service", "Principal", "a"), `"Principal":{"Ser\u0076ice":["b"],"AWS":"a"}`},

		{`"Resource":"*"`, replace("Resource", "NotResource", "a"), `"NotResource":"a"`},
		{`"NotResource":"*"`, replace("NotResource", "Resource", "a", "b"), `"Resource":["a","b"]`},
		{`"Resource":["a","b"]`, replace("Resource", "Resource", "*"), `"Resource":"*"`},
		{`"Action":["a","b"],"Resource":"*"`, replace("Action", "NotAction", "c", "d"), `"NotAction":["c","d"],"Resource":"*"`},
		{`"\u0041ction":[]`, replace("Action", "Action", "c", "d"), `"\u0041ction":["c","d"]`},

		{`"Action":"a"`, addTest("StringEquals", "k", "x"), `"Action":"a","Condition":{"StringEquals":{"k":"x"}}`},
		{`"Condition":{},"Action":"a"`, addTest("StringEquals", "k", "x", "y"), `"Condition":{"StringEquals":{"k":["x","y"]}},"Action":"a"`},
		{`"Condition":{"StringEquals":{}}`, addTest("StringEquals", "k", "x"), `"Condition":{"StringEquals":{"k":"x"}}`},
		{`"Condition":{"StringEquals":{"j":"x"}}`, addTest("stringequals", "k", "x"), `"Condition":{"StringEquals":{"j":"x","k":"x"}}`},
		{`"Condition":{"stringequals":{"i":"x"},"StringEquals":{"j":"x"}}`, addTest("StringEquals", "k", "x"), `"Condition":{"stringequals":{"i":"x"},"StringEquals":{"j":"x","k":"x"}}`},
		{`"Condition":{"STRINGEQUALS":{"i":"x"},"stringequals":{"j":"x"}}`, addTest("StringEquals", "k", "x"), `"Condition":{"STRINGEQUALS":{"i":"x","k":"x"},"stringequals":{"j":"x"}}`},
		{`"Condition":{"StringLike":{"k":"x"}}`, addTest("StringEquals", "k", "x"), `"Condition":{"StringLike":{"k":"x"},"StringEquals":{"k":"x"}}`},
		{`"Condition":{"StringEquals":{"k":"x"}}`, addTest("ForAnyValue:StringEquals", "k", "x"), `"Condition":{"StringEquals":{"k":"x"},"ForAnyValue:StringEquals":{"k":"x"}}`},
		{`"Condi\u0074ion":{"Strin\u0067Equals":{"j":"x"}}`, addTest("StringEquals", "k", "x"), `"Condi\u0074ion":{"Strin\u0067Equals":{"j":"x","k":"x"}}`},

		{`"Condition":{"StringEquals":{"k":"x"}}`, addToTest("StringEquals", "k", "y", "x"), `"Condition":{"StringEquals":{"k":["x","y"]}}`},
		{`"Condition":{"stringequals":{"kms:viaservice":["x"]}}`, addToTest("StringEquals", "kms:ViaService", "y"), `"Condition":{"stringequals":{"kms:viaservice":["x","y"]}}`},
		{`"Condition":{"StringEquals":{"k":[]}}`, addToTest("StringEquals", "k", "x"), `"Condition":{"StringEquals":{"k":["x"]}}`},
		{`"Condition":{"Bool":{"k":true}}`, addToTest("Bool", "k", "true", "false"), `"Condition":{"Bool":{"k":[true,"false"]}}`},
		{`"Condition":{"NumericEquals":{"k":[1.0]}}`, addToTest("NumericEquals", "k", "1.0", "1"), `"Condition":{"NumericEquals":{"k":[1.0,"1"]}}`},
		{`"Condition":{"StringEquals":{"K":"x"},"stringequals":{"k":"x"}}`, addToTest("stringequals", "k", "y"), `"Condition":{"StringEquals":{"K":"x"},"stringequals":{"k":["x","y"]}}`},

		{`"Action":"a","Condition":{"StringEquals":{"k":"x"}}`, removeTest("StringEquals", "k"), `"Action":"a"`},
		{`"Condition":{"StringEquals":{"k":"x"}},"Action":"a"`, removeTest("STRINGEQUALS", "K"), `"Action":"a"`},
		{`"Condition":{"Bool":{},"StringEquals":{"k":"x"}}`, removeTest("StringEquals", "k"), `"Condition":{"Bool":{}}`},
		{`"Condition":{"StringEquals":{"j":"x","k":"x"}}`, removeTest("StringEquals", "k"), `"Condition":{"StringEquals":{"j":"x"}}`},
		{`"Condition":{"StringEquals":{"":"x","k":"x"}}`, removeTest("StringEquals", ""), `"Condition":{"StringEquals":{"k":"x"}}`},
		{`"Condition":{"StringEquals":{"k":"x","K":"y"}}`, removeTest("StringEquals", "K"), `"Condition":{"StringEquals":{"k":"x"}}`},
	}
	for _, tt := range tests {
		whole := func(elements string) string {
			return `{"Statement":[{"Effect":"Deny"},{"Effect":"Allow",` + elements + `},{"Effect":"Deny"}]}`
		}
		tt.edit.Statement = 1
		after, err := keyDocument(t, whole(tt.before)).Apply(tt.edit)
		if err != nil {
			t.Errorf("%s: %v", tt.before, err)
			continue
		}
		if got, want := after.String(), whole(tt.want); got != want {
			t.Errorf("%v:\ngot  %s\nwant %s", tt.edit, got, want)
		}
	}
}

func TestApplyToStatements(t *testing.T) {
	const added = `{"Effect":"Allow","Action":"kms:Decrypt"}`
	tests := []struct {
		before string
		edits  []Edit
		want   string
	}{
		{`[]`, []Edit{newStatement("")}, `[` + added + `]`},
		{`[{"Effect":"Deny"}]`, []Edit{newStatement("")}, `[{"Effect":"Deny"},` + added + `]`},
		{`{"Effect":"Deny"}`, []Edit{newStatement("")}, `[{"Effect":"Deny"},` + added + `]`},
		{`[]`, []Edit{newStatement("x"), newStatement("x"), newStatement("x"), newStatement("x2")},
			strings.NewReplacer(`<`, `{"Sid":"`, `>`, `","Effect":"Allow","Action":"kms:Decrypt"}`).Replace(`[<x>,<x2>,<x3>,<x22>]`)},
		{`[{"Effect":"Deny","Sid":"x2"},{"Effect":"Deny","Sid":"\u0078"},{"Effect":"Deny","Sid":""},{"Effect":"Deny"}]`, []Edit{newStatement("x"), newStatement("")},
			`[{"Effect":"Deny","Sid":"x2"},{"Effect":"Deny","Sid":"\u0078"},{"Effect":"Deny","Sid":""},{"Effect":"Deny"},` +
				`{"Sid":"x3","Effect":"Allow","Action":"kms:Decrypt"},` + added + `]`},
		{`[]`, []Edit{{Op: AddStatement, New: &StatementConfig{}}}, `[{"Effect":"Deny"}]`},
		{`[]`, []Edit{{Op: AddStatement, Statement: 7, Element: "ignored", New: &StatementConfig{Sid: "with blanks"}}}, `[{"Sid":"with blanks","Effect":"Deny"}]`},

		{`[{"Effect":"Deny","Sid":"0"},{"Effect":"Deny","Sid":"1"},{"Effect":"Deny","Sid":"2"}]`, []Edit{removeStatement(1)},
			`[{"Effect":"Deny","Sid":"0"},{"Effect":"Deny","Sid":"2"}]`},
		{`[{"Effect":"Deny","Sid":"0"},{"Effect":"Deny","Sid":"1"}]`, []Edit{removeStatement(0), removeStatement(0)}, `[]`},
		{`{"Effect":"Deny"}`, []Edit{removeStatement(0)}, `[]`},
		{`{"Effect":"Deny"}`, []Edit{removeStatement(0), newStatement("")}, `[` + added + `]`},
		{`{"Effect":"Deny"}`, []Edit{addTo("Action", "a"), addTo("Action", "b"), removeFrom("Action", "a")}, `{"Effect":"Deny","Action":["b"]}`},
		{`{"Effect":"Deny"}`, nil, `{"Effect":"Deny"}`},
	}
	for _, tt := range tests {
		for _, whole := range []string{`{"Version":"2012-10-17","Statement":%s}`, ` {"St\u0061tement":%s,"Id":"x"} `} {
			before := keyDocument(t, fmt.Sprintf(whole, tt.before))
			after, err := before.Apply(tt.edits...)
			if err != nil {
				t.Errorf("%s: %v", tt.before, err)
				continue
			}
			if got, want := after.String(), fmt.Sprintf(whole, tt.want); got != want {
				t.Errorf("%v:\ngot  %s\nwant %s", tt.edits, got, want)
			}
			if got, want := before.String(), fmt.Sprintf(whole, tt.before); got != want {
				t.Errorf("%v changed the document that it was applied to: %s", tt.edits, got)
			}
		}
	}
}

func TestApplyRefuses(t *testing.T) {
	const statement = "\n" + `{"Effect":"Allow","Action":["a","b"],"NotResource":"r","Principal":{"AWS":"p","Service":[]},` +
		`"Condition":{"Bool":{"x":"true"},"bool":{"X":"true","y":"true"},"StringLike":{"k":["1","2","3","4","5","6","7"]}}}`
	tests := []struct {
		edit Edit
		want string // "edit: " left out
	}{
		{Edit{}, `found operation 0, expected one such as add-statement`},
		{Edit{Op: 99}, `found operation 99, expected one such as add-statement`},
		{Edit{Op: AddStatement}, `found no statement in New, expected the one to add`},
		{newStatement("\xff"), `New: found "\xff", expected UTF-8`},
		{Edit{Op: AddStatement, New: &StatementConfig{Actions: []string{"a", "\xff"}}}, `New: found "\xff", expected UTF-8`},
		{Edit{Op: AddStatement, New: &StatementConfig{Resources: []string{"\xff"}}}, `New: found "\xff", expected UTF-8`},
		{Edit{Op: AddStatement, New: &StatementConfig{Principals: []Principal{ParsePrincipal("\xff")}}}, `New: found "\xff", expected UTF-8`},
		{Edit{Op: AddStatement, New: &StatementConfig{Conditions: []ConditionConfig{{"Bol", "k", []string{"true"}}}}}, `Bol k: unknown operator "Bol" (did you mean "Bool"?)`},
		{Edit{Op: AddStatement, New: &StatementConfig{Conditions: []ConditionConfig{{"Bool", "k", nil}}}}, `Bool k: found no values, expected at least one`},
		{Edit{Op: AddStatement, New: &StatementConfig{Conditions: []ConditionConfig{{"Bool", "k", []string{"x"}}}}},
			`3:43: Statement[1].Condition.Bool.k: "x" is neither true nor false`},
		{Edit{Op: AddStatement, New: &StatementConfig{Conditions: []ConditionConfig{{"Bool", "k", []string{"true"}}, {"Bool", "k", []string{"true"}}}}},
			`3:50: Statement[1].Condition.Bool: "k" is given twice`},

		{removeStatement(1), `1:14: Statement: found 1 statement, expected one with index 1`},
		{removeStatement(-1), `1:14: Statement: found 1 statement, expected one with index -1`},

		{addTo("", "x"), `Element: found "", expected one of ["Action" "NotAction" "Resource" "NotResource" "Principal" "NotPrincipal"]`},
		{addTo("Effect", "x"), `Element: found "Effect", expected one of ["Action" "NotAction" "Resource" "NotResource" "Principal" "NotPrincipal"]`},
		{addTo("action", "x"), `Element: found "action", expected one of ["Action" "NotAction" "Resource" "NotResource" "Principal" "NotPrincipal"] (did you mean "Action"?)`},
		{addTo("Action"), `found no values, expected at least one`},
		{addTo("Action", "x", "\xff"), `value: found "\xff", expected UTF-8`},
		{addTo("Resource", "x"), `2:52: Statement[0].NotResource: found NotResource, expected Resource or neither`},
		{addTo("NotPrincipal", "x"), `2:68: Statement[0].Principal: found Principal, expected NotPrincipal or neither`},

		{removeFrom("Action", "c"), `2:28: Statement[0].Action: found "a" and "b", expected "c" among the values`},
		{removeFrom("Action", "a", "A", "x"), `2:28: Statement[0].Action: found "a" and "b", expected "A" and "x" among the values`},
		{removeFrom("Action", "a", "b"), `2:28: Statement[0].Action: found no value but "a" and "b", expected one that stays (remove the statement instead)`},
		{removeFrom("NotResource", "r"), `2:52: Statement[0].NotResource: found no value but "r", expected one that stays (remove the statement instead)`},
		{removeFrom("Principal", "p"), `2:68: Statement[0].Principal: found no value but "p", expected one that stays (remove the statement instead)`},
		{removeFrom("Principal", "q"), `2:68: Statement[0].Principal: found "p", expected "q" among the values`},
		{removeFrom("Resource", "r"), `2:1: Statement[0]: found no Resource, expected one to remove "r" from`},
		{removeFrom("Resource"), `found no values, expected at least one`},
		{removeUnder("AWS", "Principal", "p"), `2:68: Statement[0].Principal: found no value but "p", expected one that stays (remove the statement instead)`},
		{removeUnder("AWS", "Principal", "q"), `2:68: Statement[0].Principal: found "p" under AWS, expected "q" among the values`},
		{removeUnder("Service", "Principal", "p"), `2:68: Statement[0].Principal: found no values under Service, expected "p" among the values`},
		{removeUnder("Federated", "Principal", "p"), `2:68: Statement[0].Principal: found no values under Federated, expected "p" among the values`},
		{removeUnder("service", "Principal", "p"), `Under: found "service", expected one of ["AWS" "Service" "Federated" "CanonicalUser"] (did you mean "Service"?)`},
		{removeUnder("AWS", "Action", "a"), `Under: found "AWS", expected none in Action`},

		{replace("Principal", "NotPrincipal", "x"), `Element: found "Principal", expected one of ["Action" "NotAction" "Resource" "NotResource"]`},
		{replace("Action", "Resource", "x"), `As: found "Resource", expected one of ["Action" "NotAction"]`},
		{replace("NotResource", "", "x"), `As: found "", expected one of ["NotResource" "Resource"]`},
		{replace("Action", "Action"), `found no values, expected at least one`},
		{replace("Resource", "NotResource", "x"), `2:1: Statement[0]: found no Resource, expected one to replace`},

		{addTest("", "k", "x"), `unknown operator ""`},
		{addTest("StringEqual", "k", "x"), `unknown operator "StringEqual" (did you mean "StringEquals"?)`},
		{addTest("StringEquals", "", "x"), `found no condition key, expected one such as kms:ViaService`},
		{addTest("StringEquals", "\xff", "x"), `condition key: found "\xff", expected UTF-8`},
		{addTest("StringEquals", "k"), `found no values, expected at least one`},
		{addTest("BOOL", "Y", "true"), `2:149: Statement[0].Condition.bool.y: found a condition bool y already, expected none (add values to it instead)`},
		{addTest("Bool", "x", "true"), `2:118: Statement[0].Condition.Bool.x: found a condition Bool x already, expected none (add values to it instead)`},
		{addTest("NumericEquals", "k", "x"), `2:227: Statement[0].Condition.NumericEquals.k: "x" is no decimal number`},

		{addToTest("Bool", "z", "true"), `2:1: Statement[0]: found no condition Bool z, expected one`},
		{addToTest("BOOL", "x", "true"), `2:105: Statement[0].Condition: found BOOL x in several spellings, expected one, or one spelled like this`},
		{removeTest("StringNotLike", "k"), `2:1: Statement[0]: found no condition StringNotLike k, expected one`},
		{removeTest("BOOL", "x"), `2:105: Statement[0].Condition: found BOOL x in several spellings, expected one, or one spelled like this`},
		{removeTest("Bool", ""), `2:1: Statement[0]: found no condition Bool "", expected one`},
		{removeTest("Bol", "x"), `unknown operator "Bol" (did you mean "Bool"?)`},
	}
	d := keyDocument(t, `{"Statement":[`+statement+`]}`)
	for _, tt := range tests {
		after, err := d.Apply(tt.edit)
		if err == nil {
			t.Errorf("%v gives %s, want %s", tt.edit, after, tt.want)
			continue
		}
		if got, want := err.Error(), tt.edit.String()+": "+tt.want; got != want || after != nil {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// What does not fit the document is of one kind, and found with errors.As.
func TestApplyErrorCode(t *testing.T) {
	_, err := keyDocument(t, `{"Statement":{"Effect":"Allow","Action":["1","2","3","4","5","6","7"]}}`).Apply(addTo("Action", "8"), removeFrom("Action", "x"))
	var e *Error
	if !errors.As(err, &e) || e.Code != CodeBadEdit || e.Path != "Statement.Action" || e.Offset != 40 {
		t.Errorf("got %+v", e)
	}
	want := `remove "x" from Action of statement 0: 1:41: Statement.Action: ` +
		`found "1", "2", "3", "4", "5" and 3 other values, expected "x" among the values`
	if err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if _, err := new(Document).Apply(newStatement("x")); !errors.As(err, &e) || e.Code != CodeSyntax {
		t.Errorf("the zero Document: got %v", err)
	}
}

// An edited document is read as the document was: by the rules of its kind, under its name and
// size limit, and at its place.
func TestApplyReadsAgain(t *testing.T) {
	opts := &ParseOptions{Name: "app", File: "app.json", At: Position{Offset: 100, Line: 5, Column: 3}, MaxBytes: 100}
	p, err := ParseIAMPolicy([]byte("{\"Statement\":[\n{\"Effect\":\"Allow\"}]}"), opts)
	if err != nil {
		t.Fatal(err)
	}
	after, err := p.Apply(newStatement("x"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := after.Statement(1).Position(), (Position{"app.json", 135, 7, 1}); got != want || after.Name() != "app" {
		t.Errorf("got statement at %+v of %q", got, after.Name())
	}
	for _, tt := range []struct {
		edit Edit
		want string
	}{
		{addTo("Principal", "*"), "app.json:6:19: Statement[0]: an IAM policy cannot have a Principal"},
		{addTo("Action", strings.Repeat("x", 60)), "app.json:5:3: the document has 107 bytes, at most 100 are read"},
		{newStatement("with blanks"), `Sid: found "with blanks", expected only ASCII letters and digits in an IAM policy`},
		{removeFrom("Action", "x"), `app.json:6:1: Statement[0]: found no Action, expected one to remove "x" from`},
	} {
		if _, err := p.Apply(tt.edit); err == nil || err.Error() != tt.edit.String()+": "+tt.want {
			t.Errorf("got  %v\nwant %s", err, tt.want)
		}
	}
}

func TestApplyConcurrently(t *testing.T) {
	d := keyDocument(t, `{"Statement":{"Effect":"Allow","Action":"a"}}`)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if after, err := d.Apply(addTo("Action", "b"), newStatement("x")); err != nil || Diff(d, after) == "" {
				t.Errorf("got %v, %v", after, err)
			}
		})
	}
	group.Wait()
}
