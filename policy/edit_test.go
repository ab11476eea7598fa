package policy

import (
	"encoding/json"
	"testing"
)

// appKMS is a statement that allows everything that a StatementConfig can say.
var appKMS = &StatementConfig{
	Sid:        "Use",
	Effect:     Allow,
	Principals: []Principal{ParsePrincipal("arn:aws:iam::111122223333:role/app"), ServicePrincipal("sns.amazonaws.com"), ParsePrincipal("444455556666")},
	Actions:    []string{"kms:Decrypt", "kms:GenerateDataKey*"},
	Resources:  []string{"*"},
	Conditions: []ConditionConfig{
		{"StringEquals", "kms:ViaService", []string{"s3.us-east-1.amazonaws.com", "sqs.us-east-1.amazonaws.com"}},
		{"Bool", "aws:SecureTransport", []string{"true"}},
		{"StringEquals", "kms:CallerAccount", []string{"111122223333"}},
	},
}

func TestEditString(t *testing.T) {
	tests := []struct {
		edit Edit
		want string
	}{
		{Edit{Op: AddStatement, New: appKMS}, `add a statement "Use" that allows "kms:Decrypt" and "kms:GenerateDataKey*" on "*" ` +
			`to "arn:aws:iam::111122223333:role/app", "sns.amazonaws.com" and "444455556666" ` +
			`if StringEquals kms:ViaService is "s3.us-east-1.amazonaws.com" and "sqs.us-east-1.amazonaws.com" ` +
			`and Bool aws:SecureTransport is "true" and StringEquals kms:CallerAccount is "111122223333"`},
		{Edit{Op: AddStatement, New: &StatementConfig{}}, `add a statement that denies nothing`},
		{Edit{Op: AddStatement, New: &StatementConfig{Actions: []string{"kms:*"}}}, `add a statement that denies "kms:*"`},
		{Edit{Op: AddStatement}, `add no statement`},
		{Edit{Op: RemoveStatement, Statement: 2}, `remove statement 2`},
		{Edit{Op: AddValues, Statement: 2, Element: "Action", Values: []string{"kms:Decrypt"}}, `add "kms:Decrypt" to Action of statement 2`},
		{Edit{Op: AddValues, Element: "Action"}, `add no values to Action of statement 0`},
		{Edit{Op: RemoveValues, Statement: 1, Element: "Principal", Values: []string{"a", "b", "c"}}, `remove "a", "b" and "c" from Principal of statement 1`},
		{Edit{Op: RemoveValues, Statement: 1, Element: "Principal", Under: "Service", Values: []string{"a"}}, `remove "a" from Principal.Service of statement 1`},
		{Edit{Op: RemoveValues, Element: "Principal", Under: "a b", Values: []string{"a"}}, `remove "a" from Principal."a b" of statement 0`},
		{Edit{Op: AddValues, Element: "Principal", Under: "ignored", Values: []string{"a"}}, `add "a" to Principal of statement 0`},
		{Edit{Op: ReplaceElement, Element: "Resource", As: "NotResource", Values: []string{"a\n"}}, `replace Resource of statement 0 by NotResource "a\n"`},
		{Edit{Op: ReplaceElement, Element: "Resource", As: "Resource", Values: []string{"a", "b"}}, `set Resource of statement 0 to "a" and "b"`},
		{Edit{Op: AddCondition, Operator: "StringEquals", Key: "kms:ViaService", Values: []string{"a"}}, `add condition StringEquals kms:ViaService with "a" to statement 0`},
		{Edit{Op: AddConditionValues, Operator: "StringEquals", Key: "kms:ViaService", Values: []string{"a"}}, `add "a" to condition StringEquals kms:ViaService of statement 0`},
		{Edit{Op: RemoveCondition, Operator: "x\x1b[2J", Key: "aws:RequestTag/a b"}, `remove condition "x\x1b[2J" "aws:RequestTag/a b" from statement 0`},
		{Edit{Op: RemoveCondition}, `remove condition "" "" from statement 0`},
		{Edit{Statement: 3}, `no edit`},
		{Edit{Op: 99}, `no edit`},
	}
	for _, tt := range tests {
		if got := tt.edit.String(); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
}

func TestEditOp(t *testing.T) {
	seen := map[string]bool{}
	for op := AddStatement; op <= RemoveCondition; op++ {
		text, err := op.MarshalText()
		if name := op.String(); name == "" || seen[name] || string(text) != name || err != nil {
			t.Errorf("operation %d is %q, as text %q, %v", op, name, text, err)
		}
		seen[op.String()] = true
	}
	for op, want := range map[EditOp]string{0: "", RemoveCondition + 1: "EditOp(9)"} {
		if got := op.String(); got != want {
			t.Errorf("operation %d is %q, want %q", op, got, want)
		}
		if text, err := op.MarshalText(); err == nil {
			t.Errorf("operation %d is %q as text", op, text)
		}
	}
}

func TestEditJSON(t *testing.T) {
	tests := []struct {
		edit Edit
		want string
	}{
		{Edit{Op: AddStatement, New: appKMS}, `{"op":"add-statement","new":{"Sid":"Use","Effect":"Allow",` +
			`"Principal":{"AWS":["arn:aws:iam::111122223333:role/app","444455556666"],"Service":"sns.amazonaws.com"},` +
			`"Action":["kms:Decrypt","kms:GenerateDataKey*"],"Resource":"*",` +
			`"Condition":{"StringEquals":{"kms:ViaService":["s3.us-east-1.amazonaws.com","sqs.us-east-1.amazonaws.com"],"kms:CallerAccount":"111122223333"},` +
			`"Bool":{"aws:SecureTransport":"true"}}}}`},
		{Edit{Op: AddStatement, New: &StatementConfig{Principals: []Principal{ParsePrincipal("*")}}}, `{"op":"add-statement","new":{"Effect":"Deny","Principal":{"AWS":"*"}}}`},
		{Edit{Op: RemoveStatement}, `{"op":"remove-statement","statement":0}`},
		{Edit{Op: AddValues, Statement: 2, Element: "Action", Values: []string{"kms:Decrypt"}}, `{"op":"add-values","statement":2,"element":"Action","values":["kms:Decrypt"]}`},
		{Edit{Op: RemoveValues, Element: "Principal", Under: "Service", Values: []string{"a"}},
			`{"op":"remove-values","statement":0,"element":"Principal","under":"Service","values":["a"]}`},
		{Edit{Op: ReplaceElement, Element: "Resource", As: "NotResource", Values: []string{"a"}},
			`{"op":"replace-element","statement":0,"element":"Resource","as":"NotResource","values":["a"]}`},
		{Edit{Op: RemoveCondition, Statement: 1, Operator: "Bool", Key: "a"}, `{"op":"remove-condition","statement":1,"operator":"Bool","key":"a"}`},
	}
	for _, tt := range tests {
		got, err := json.Marshal(tt.edit)
		if err != nil || string(got) != tt.want {
			t.Errorf("got  %s, %v\nwant %s", got, err, tt.want)
		}
	}
	if got, err := json.Marshal(Edit{}); err == nil {
		t.Errorf("no edit is %s", got)
	}
}
