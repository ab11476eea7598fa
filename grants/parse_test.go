package grants

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kmsauthz/kmsauthz/internal/golden"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// listed is what "aws kms list-grants" prints, with all of its fields.
const listed = `{
    "Grants": [
        {
            "KeyId": "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "GrantId": "abcde1237f76e4ba7987489ac329fbfba6ad343d6f7075dbd1ef191f0120514a",
            "Name": "",
            "CreationDate": "2024-10-26T14:41:08-07:00",
            "GranteePrincipal": "arn:aws:iam::111122223333:role/service/app",
            "RetiringPrincipal": "arn:aws:iam::444455556666:root",
            "IssuingAccount": "arn:aws:iam::111122223333:root",
            "Operations": ["Decrypt", "GenerateDataKey", "RetireGrant"],
            "Constraints": {"EncryptionContextSubset": {"aws:dynamodb:tableName": "Services"}, "SourceArn": "arn:aws:s3:::orders"}
        },
        {
            "GrantId": "g2", "Name": "by a service",
            "GranteePrincipal": "dynamodb.us-west-2.amazonaws.com",
            "RetiringServicePrincipal": "dynamodb.us-west-2.amazonaws.com",
            "IssuingAccount": "444455556666",
            "Operations": "Encrypt",
            "Constraints": {"EncryptionContextEquals": {}},
            "Token": "AQpAM2", "Status": "pending"
        },
        {"GranteeServicePrincipal": "rds.amazonaws.com", "RetiringPrincipal": null, "Operations": [], "Status": "retired", "Constraints": null},
        {"GranteePrincipal": "arn:aws:sts::111122223333:assumed-role/app/i-0abc", "Operations": ["CreateGrant"], "Constraints": {}, "Status": "active"}
    ],
    "Truncated": false
}`

// TestParseGrant reads the grants of a list one by one.
func TestParseGrant(t *testing.T) {
	all, err := Parse([]byte(listed), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range all {
		got, err := ParseGrant([]byte(listed[want.Position.Offset:endOf(listed, want.Position.Offset)]), &policy.ParseOptions{At: want.Position})
		if err != nil {
			t.Errorf("grant %d: %v", i, err)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(policy.Principal{}, action.Set{})); diff != "" {
			t.Errorf("grant %d: %s", i, diff)
		}
	}
	got, err := ParseGrant([]byte(`{"GrantId": "g"}`), &policy.ParseOptions{File: "g.json"})
	want := "g.json:1:1: field \"Operations\" is missing\ng.json:1:1: no GranteePrincipal and no GranteeServicePrincipal"
	if err == nil || err.Error() != want || got.ID != "" {
		t.Errorf("got %+v, %v, want no grant and\n%s", got, err, want)
	}
}

// endOf returns where the JSON object that starts at an offset of text ends.
func endOf(text string, start int) int {
	var object json.RawMessage
	decoder := json.NewDecoder(strings.NewReader(text[start:]))
	if err := decoder.Decode(&object); err != nil {
		panic(err)
	}
	return start + len(object)
}

func TestParse(t *testing.T) {
	at := func(offset, line, column int) policy.Position {
		return policy.Position{File: "grants.json", Offset: offset, Line: line, Column: column}
	}
	want := []Grant{
		{
			ID: "abcde1237f76e4ba7987489ac329fbfba6ad343d6f7075dbd1ef191f0120514a", KeyID: "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
			Grantee: policy.ParsePrincipal("arn:aws:iam::111122223333:role/service/app"), Retiring: policy.ParsePrincipal("arn:aws:iam::444455556666:root"),
			IssuingAccount: "111122223333", Operations: action.SetOf(action.Decrypt, action.GenerateDataKey, action.RetireGrant),
			Constraints: Constraints{EncryptionContextSubset: map[string]string{"aws:dynamodb:tableName": "Services"}, SourceARN: "arn:aws:s3:::orders"},
			Position:    at(strings.Index(listed, "{\n            \"KeyId"), 3, 9),
		},
		{
			ID: "g2", Name: "by a service", Grantee: policy.ServicePrincipal("dynamodb.us-west-2.amazonaws.com"), Retiring: policy.ServicePrincipal("dynamodb.us-west-2.amazonaws.com"),
			IssuingAccount: "444455556666", Operations: action.SetOf(action.Encrypt), Constraints: Constraints{EncryptionContextEquals: map[string]string{}},
			Token: "AQpAM2", Status: Pending, Position: at(strings.Index(listed, "{\n            \"GrantId\": \"g2\""), 14, 9),
		},
		{Grantee: policy.ServicePrincipal("rds.amazonaws.com"), Status: Retired, Position: at(strings.Index(listed, `{"GranteeService`), 23, 9)},
		{
			Grantee: policy.ParsePrincipal("arn:aws:sts::111122223333:assumed-role/app/i-0abc"), Operations: action.SetOf(action.CreateGrant),
			Position: at(strings.Index(listed, `{"GranteePrincipal": "arn:aws:sts`), 24, 9),
		},
	}
	got, err := Parse([]byte(listed), &policy.ParseOptions{File: "grants.json"})
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("(-got +want)\n%s", cmp.Diff(got, want, cmp.AllowUnexported(policy.Principal{}, action.Set{})))
	}
	// The list alone means the same.
	list := listed[strings.Index(listed, "["):strings.LastIndex(listed, ",")]
	bare, err := Parse([]byte(list), nil)
	if err != nil || len(bare) != len(want) {
		t.Fatalf("got %d grants, %v", len(bare), err)
	}
	for i := range bare {
		bare[i].Position, want[i].Position = policy.Position{}, policy.Position{}
	}
	if fmt.Sprintf("%+v", bare) != fmt.Sprintf("%+v", want) {
		t.Errorf("the bare list: %+v", bare)
	}
}

// token returns the JSON token at the start of text, without quotes.
func token(text string) string {
	switch {
	case text == "":
		return "end"
	case text[0] == '"':
		name, _, _ := strings.Cut(text[1:], `"`)
		return name
	case strings.IndexByte("[]{},:", text[0]) >= 0:
		return text[:1]
	default:
		return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",:}] ", r) })[0]
	}
}

// Each row is a document and its faults, one per line: code, path, and the
// token where it stands.
func TestParseFaults(t *testing.T) {
	const p = `"GranteePrincipal": "arn:aws:iam::111122223333:role/app"`
	const o = `"Operations": ["Decrypt"]`
	for _, row := range []struct{ doc, want string }{
		{`[{` + p + `, ` + o + `}]`, ""}, {`[]`, ""}, {`{"Grants": []}`, ""}, {`{"Grants": [], "Truncated": true, "NextMarker": "x"}`, ""},
		{`[{` + p + `, ` + o + `, "Constraint": {}, "RetiringPrincpal": "x"}]`, "unknown-member [0] @Constraint\nunknown-member [0] @RetiringPrincpal"},
		{`[{` + p + `, ` + o + `, "Anything": {"a": [1]}}]`, ""},
		{`{`, "syntax @end"}, {``, "syntax @end"}, {`[{}] x`, "syntax @x"}, {"[\n  {\"a\": tru}]", "syntax @}"}, {"[\"\xff\"]", "not-utf8 @\xff\""},
		{`{}`, "missing-member @{"}, {`{"grants": []}`, "missing-member @{"}, {`"x"`, "wrong-type @x"}, {`{"Grants": {}}`, "wrong-type Grants @{"}, {`{"Grants": null}`, "wrong-type Grants @null"},
		{`[1, "x"]`, "wrong-type [0] @1\nwrong-type [1] @x"}, {`{"Grants": [], "Grants": []}`, "duplicate-member @Grants"},
		{`[{}]`, "missing-member [0] @{\nmissing-member [0] @{"}, {`[{` + p + `}]`, "missing-member [0] @{"}, {`[{` + o + `}]`, "missing-member [0] @{"},
		{`[{"GranteePrincipal": null, ` + o + `}]`, "missing-member [0] @{"},
		{`[{` + o + `, "GranteePrincipal": "x"}]`, "bad-value [0].GranteePrincipal @x"}, {`[{` + o + `, "GranteePrincipal": "*"}]`, "bad-value [0].GranteePrincipal @*"},
		{`[{` + o + `, "GranteePrincipal": "arn:aws:iam::111122223333:role/*"}]`, "bad-value [0].GranteePrincipal @arn:aws:iam::111122223333:role/*"},
		{`[{` + o + `, "GranteePrincipal": 1}]`, "wrong-type [0].GranteePrincipal @1"},
		{`[{` + o + `, "GranteeServicePrincipal": "arn:aws:iam::111122223333:role/app"}]`, "bad-value [0].GranteeServicePrincipal @arn:aws:iam::111122223333:role/app"},
		{`[{` + o + `, ` + p + `, "RetiringServicePrincipal": "x"}]`, "bad-value [0].RetiringServicePrincipal @x"},
		{`[{` + o + `, ` + p + `, "GranteeServicePrincipal": "s3.amazonaws.com"}]`, "contradiction [0] @GranteeServicePrincipal"},
		{`[{` + o + `, ` + p + `, "RetiringPrincipal": "111122223333", "RetiringServicePrincipal": "s3.amazonaws.com"}]`, "contradiction [0] @RetiringServicePrincipal"},
		{`[{` + o + `, ` + p + `, "IssuingAccount": "arn:aws:iam::111122223333:role/app"}]`, "bad-value [0].IssuingAccount @arn:aws:iam::111122223333:role/app"},
		{`[{` + o + `, ` + p + `, "IssuingAccount": 111122223333}]`, "wrong-type [0].IssuingAccount @111122223333"},
		{`[{` + p + `, "Operations": ["Decrypt", "Decypt", "PutKeyPolicy", "ReEncrypt", 1]}]`,
			"bad-value [0].Operations[1] @Decypt\nbad-value [0].Operations[2] @PutKeyPolicy\nbad-value [0].Operations[3] @ReEncrypt\nwrong-type [0].Operations[4] @1"},
		{`[{` + p + `, "Operations": {}}]`, "wrong-type [0].Operations @{"}, {`[{` + p + `, "Operations": null}]`, "wrong-type [0].Operations @null"},
		{`[{` + p + `, ` + o + `, "Status": "done"}]`, "bad-value [0].Status @done"}, {`[{` + p + `, ` + o + `, "Status": 1}]`, "wrong-type [0].Status @1"},
		{`[{` + p + `, ` + o + `, "Status": "Active"}]`, "bad-value [0].Status @Active"}, {`[{` + p + `, ` + o + `, "Token": 1}]`, "wrong-type [0].Token @1"},
		{`[{` + p + `, ` + o + `, "Constraints": []}]`, "wrong-type [0].Constraints @["}, {`[{` + p + `, ` + o + `, "Constraints": {"EncryptionContext": {}}}]`, "unknown-member [0].Constraints @EncryptionContext"},
		{`[{` + p + `, ` + o + `, "Constraints": {"EncryptionContextEquals": {}, "EncryptionContextSubset": {}}}]`, "contradiction [0].Constraints @{"},
		{`[{` + p + `, ` + o + `, "Constraints": {"EncryptionContextEquals": {"a": 1}}}]`, "wrong-type [0].Constraints.EncryptionContextEquals.a @1"},
		{`[{` + p + `, ` + o + `, "Constraints": {"EncryptionContextSubset": 1}}]`, "wrong-type [0].Constraints.EncryptionContextSubset @1"},
		{`[{` + p + `, ` + o + `, "Constraints": {"SourceArn": 1}}]`, "wrong-type [0].Constraints.SourceArn @1"},
		{`[{` + p + `, ` + o + `, "GrantId": 1, "Name": 2, "KeyId": 3}]`, "wrong-type [0].GrantId @1\nwrong-type [0].Name @2\nwrong-type [0].KeyId @3"},
	} {
		got, err := Parse([]byte(row.doc), nil)
		var all policy.Errors
		if err != nil && !errors.As(err, &all) {
			t.Errorf("%s: not policy.Errors: %v", row.doc, err)
		}
		var list []string
		for _, e := range all {
			list = append(list, strings.Join(strings.Fields(fmt.Sprintf("%s %s @%s", e.Code, e.Path, token(row.doc[e.Offset:]))), " "))
			before := row.doc[:e.Offset]
			if e.Line != 1+strings.Count(before, "\n") || e.Column != len(before)-strings.LastIndex(before, "\n") {
				t.Errorf("%s: offset %d is not %d:%d", row.doc, e.Offset, e.Line, e.Column)
			}
		}
		if text := strings.Join(list, "\n"); text != row.want || err != nil && got != nil {
			t.Errorf("%s:\n got %s\nwant %s\n(%v)", row.doc, text, row.want, err)
		}
	}
}

func TestParseFaultTexts(t *testing.T) {
	doc := "[{\"Operations\": [\"Decypt\", \"kms:Encrypt\"],\n  \"GranteePrincipal\": \"nobody\", \"Status\": \"old\"}]"
	_, err := Parse([]byte(doc), &policy.ParseOptions{File: "g.json"})
	want := `g.json:1:18: [0].Operations[0]: unknown KMS action "Decypt" (did you mean "Decrypt"?)` + "\n" +
		`g.json:1:28: [0].Operations[1]: found "kms:Encrypt", expected the name of the operation alone, "Encrypt"` + "\n" +
		`g.json:2:23: [0].GranteePrincipal: found "nobody", expected the ARN of an account, user, role, session or federated user` + "\n" +
		`g.json:2:43: [0].Status: found "old", expected "active", "pending" or "retired"`
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

// Options: size, file, and a place inside a larger text.
func TestParseOptions(t *testing.T) {
	doc := []byte(`[{"GranteePrincipal": "arn:aws:iam::111122223333:role/app", "Operations": []}]`)
	list, err := Parse(doc, &policy.ParseOptions{At: policy.Position{File: "s.json", Offset: 100, Line: 7, Column: 5}})
	if err != nil || list[0].Position != (policy.Position{File: "s.json", Offset: 101, Line: 7, Column: 6}) {
		t.Errorf("got %+v, %v", list, err)
	}
	list, err = Parse(doc, &policy.ParseOptions{File: "named.json", At: policy.Position{File: "s.json", Offset: 100, Line: 7, Column: 5}})
	if err != nil || list[0].Position.File != "named.json" {
		t.Errorf("got %+v, %v", list, err)
	}
	if _, err = Parse(doc, &policy.ParseOptions{MaxBytes: len(doc)}); err != nil {
		t.Error(err)
	}
	var all policy.Errors
	if _, err = Parse(doc, &policy.ParseOptions{MaxBytes: len(doc) - 1}); !errors.As(err, &all) || all[0].Code != policy.CodeTooLarge {
		t.Errorf("got %v", err)
	}
	// By default more than a policy may have.
	big := append([]byte(`[]`), make([]byte, 2<<20)...)
	for i := 2; i < len(big); i++ {
		big[i] = ' '
	}
	for _, opts := range []*policy.ParseOptions{nil, {}, {File: "x"}} {
		if _, err := Parse(big, opts); err != nil {
			t.Errorf("2 MiB: %v", err)
		}
	}
	if _, err := Parse([]byte(strings.Repeat("[", 129)+strings.Repeat("]", 129)), nil); !errors.As(err, &all) || all[0].Code != policy.CodeTooDeep {
		t.Errorf("got %v", err)
	}
}

// The document may change after it was read.
func TestParseCopies(t *testing.T) {
	doc := []byte(listed)
	list, _ := Parse(doc, nil)
	before := fmt.Sprintf("%+v", list)
	for i := range doc {
		doc[i] = 'x'
	}
	if after := fmt.Sprintf("%+v", list); after != before {
		t.Errorf("got %s\nbefore %s", after, before)
	}
}

// print writes a list of grants as Parse reads it.
func print(list []Grant) []byte {
	out := make([]map[string]any, len(list))
	for i, g := range list {
		m := map[string]any{"GrantId": g.ID, "Name": g.Name, "KeyId": g.KeyID, "GranteePrincipal": g.Grantee.String(), "Token": g.Token, "Status": g.Status.String()}
		if g.Retiring != (policy.Principal{}) {
			m["RetiringPrincipal"] = g.Retiring.String()
		}
		if g.IssuingAccount != "" {
			m["IssuingAccount"] = g.IssuingAccount
		}
		operations := []string{}
		for a := range g.Operations.All() {
			operations = append(operations, a.Name())
		}
		m["Operations"] = operations
		constraints := map[string]any{"SourceArn": g.Constraints.SourceARN}
		if g.Constraints.EncryptionContextEquals != nil {
			constraints["EncryptionContextEquals"] = g.Constraints.EncryptionContextEquals
		}
		if g.Constraints.EncryptionContextSubset != nil {
			constraints["EncryptionContextSubset"] = g.Constraints.EncryptionContextSubset
		}
		m["Constraints"] = constraints
		out[i] = m
	}
	text, err := json.Marshal(map[string]any{"Grants": out})
	if err != nil {
		panic(err)
	}
	return text
}

// FuzzParse: faults stand inside the input and in its order; what is read can be
// printed and read again; each grant stands at a "{".
func FuzzParse(f *testing.F) {
	for _, seed := range []string{listed, `[]`, `{"Grants": [{}]}`, `[{"GranteePrincipal": "s3.amazonaws.com", "Operations": "Decrypt", "Constraints": {"EncryptionContextEquals": {"\u00e4": "\n"}}}]`,
		`{"Grants": [1, {"Operations": ["x"]}], "Grants": 2}`, "\n\n[{\"Status\": \"done\"}", `[{"GranteePrincipal":"111122223333","RetiringPrincipal":"AROAEXAMPLEEXAMPLE12","Operations":[]}]`} {
		f.Add([]byte(seed))
	}
	seeds, err := golden.Parts("key.grants")
	if err != nil || len(seeds) == 0 {
		f.Fatalf("%d golden lists of grants: %v", len(seeds), err)
	}
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		list, err := Parse(doc, nil)
		if err != nil {
			var all policy.Errors
			if !errors.As(err, &all) || len(all) == 0 || list != nil {
				t.Fatalf("got %v with %v", list, err)
			}
			last := 0
			for _, e := range all {
				if e.Offset < last || e.Offset > len(doc) || e.Code == "" || e.Text == "" {
					t.Fatalf("fault %+v after offset %d of %d", e, last, len(doc))
				}
				before := string(doc[:e.Offset])
				if line := 1 + strings.Count(before, "\n"); e.Line != line || e.Column != len(before)-strings.LastIndex(before, "\n") {
					t.Fatalf("offset %d is not %d:%d", e.Offset, e.Line, e.Column)
				}
				last = e.Offset
			}
			return
		}
		for i := range list {
			if at := list[i].Position; at.Offset >= len(doc) || doc[at.Offset] != '{' {
				t.Fatalf("grant %d at %+v", i, at)
			}
		}
		again, err := Parse(print(list), nil)
		if err != nil {
			t.Fatalf("%s: %v", print(list), err)
		}
		for i := range list {
			list[i].Position = policy.Position{}
		}
		for i := range again {
			again[i].Position = policy.Position{}
		}
		if got, want := fmt.Sprintf("%+v", again), fmt.Sprintf("%+v", list); got != want {
			t.Fatalf("got %s\nwant %s", got, want)
		}
	})
}
