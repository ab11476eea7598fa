package scenario_test

import (
	"strings"
	"testing"

	"github.com/kmsauthz/kmsauthz/evaluate/scenario"
	"github.com/kmsauthz/kmsauthz/policy"
)

// TestCheck compares one decision of each kind with one expectation at a time. The differences
// are given without their positions.
func TestCheck(t *testing.T) {
	denied := draft{ // iam-policy: condition-not-met, then key-state: disabled
		root:     `"name": "orders"`,
		metadata: `"KeyState": "Disabled"`,
		caller:   conditional(`"Bool": {"aws:MultiFactorAuthPresent": "true"}`),
	}
	allowed := draft{root: `"name": "orders"`}
	const sentence = "User: arn:aws:sts::111122223333:assumed-role/app/ROLE-SESSION-NAME is not authorized to perform: kms:Decrypt "
	const hidden = "on the resource associated with this ciphertext "
	const cause = "because no identity-based policy allows the kms:Decrypt action"
	const legacy = "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access."
	for _, c := range []struct {
		draft
		expect string
		want   string
	}{
		{denied, `{"name": "orders", "decision": "deny", "layer": "iam-policy", "reason": "condition-not-met", "awsError": {"code": "AccessDeniedException"}, "divergence": ""}`, ``},
		{denied, `{"decision": "deny", "layer": null, "reason": null, "via": null, "blockers": null, "awsError": null}`, ``},
		{denied, `{"alternatives": [], "blockers": [{}, {}]}`, ``},
		{denied, `{"blockers": [{"layer": "iam-policy", "policy": "#0", "statement": 0, "sid": "", "grant": ""}, {"layer": "key-state", "reason": "disabled"}]}`, ``},
		{denied, `{"decision": "allow"}`, `decision: got "deny", want "allow"`},
		{denied, `{"name": "other"}`, `name: got "orders", want "other"`},
		{denied, `{"reason": "no-allow", "layer": "scp"}`, `reason: got "condition-not-met", want "no-allow"; layer: got "iam-policy", want "scp"`},
		{denied, `{"reason": ""}`, `reason: got "condition-not-met", want ""`},
		{denied, `{"via": {"layer": "iam-policy"}}`, `via: got nothing, want {"layer": "iam-policy"}`},
		{denied, `{"awsError": {"code": "DisabledException"}}`, `awsError.code: got "AccessDeniedException", want "DisabledException"`},
		{denied, `{"awsError": {"message": "` + sentence + `on resource: arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab ` + cause + `", "variants": ["` + sentence + hidden + cause + `", "` + legacy + `"]}}`, ``},
		{denied, `{"awsError": {"variants": ["x", "` + legacy + `"]}}`, `awsError.variants[0]: got "` + sentence + hidden + cause + `", want "x"`},
		{denied, `{"awsError": {"variants": []}}`, `awsError.variants: got 2 entries ("` + sentence + hidden + cause + `", "` + legacy + `"), want 0 entries`},
		{denied, `{"divergence": "x"}`, `divergence: got nothing, want "x"`},
		{denied, `{"blockers": [{}]}`, `blockers: got 2 entries (iam-policy condition-not-met, key-state disabled), want 1 entry`},
		{denied, `{"blockers": []}`, `blockers: got 2 entries (iam-policy condition-not-met, key-state disabled), want 0 entries`},
		{denied, `{"alternatives": [{}]}`, `alternatives: got 0 entries, want 1 entry`},
		{denied, `{"blockers": [{"statement": 1}, {"statement": 0}]}`, `blockers[0].statement: got 0, want 1; blockers[1].statement: got nothing, want 0`},
		{denied, `{"blockers": [{"policy": "n", "line": 2}, {"sid": "s"}]}`, `blockers[0].policy: got "#0", want "n"; blockers[0].line: got 3, want 2; blockers[1].sid: got nothing, want "s"`},
		{allowed, `{"decision": "allow", "layer": "iam-policy", "reason": "", "via": {"statement": 0, "policy": "#0", "line": 3, "column": 112}, "blockers": []}`, ``},
		{allowed, `{"decision": "deny"}`, `decision: got "allow", want "deny"`},
		{allowed, `{"reason": "no-allow"}`, `reason: got nothing, want "no-allow"`},
		{allowed, `{"awsError": {}}`, `awsError: got nothing, want {}`},
		{allowed, `{"blockers": [{"layer": "scp"}]}`, `blockers: got 0 entries, want 1 entry`},
		{allowed, `{"via": {"detail": "x"}}`, `via.detail: got "statement 0 of #0 allows kms:Decrypt", want "x"`},
	} {
		c.draft.root += `, "expect": ` + c.expect
		s := parse(t, c.draft.String())
		if s.Expect.IsZero() {
			t.Errorf("%s: nothing is expected", c.expect)
		}
		var got []string
		for _, diff := range s.Check(s.Decide()) {
			_, text, _ := strings.Cut(diff.String(), ": ")
			got = append(got, text)
		}
		if got := strings.Join(got, "; "); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.expect, got, c.want)
		}
	}
}

func TestCheckWithoutExpectation(t *testing.T) {
	s := parse(t, draft{}.String())
	if got := s.Check(s.Decide()); got != nil || !s.Expect.IsZero() {
		t.Errorf("got %v, want nothing", got)
	}
}

// TestDifferencePositions: differences point at what is expected.
func TestDifferencePositions(t *testing.T) {
	doc := draft{root: "\"expect\": {\n  \"decision\": \"deny\",\n \"blockers\": [{\"layer\":\n\"scp\"}]}"}.String()
	s, err := scenario.Parse([]byte(doc), &policy.ParseOptions{File: "s.json", At: policy.Position{Line: 10, Column: 5}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, diff := range s.Check(s.Decide()) {
		got = append(got, diff.Position.String()+" "+diff.Path)
		if rest := doc[diff.Position.Offset:]; !strings.HasPrefix(rest, diff.Want) && diff.Path != "blockers" {
			t.Errorf("offset %d is not that of %s", diff.Position.Offset, diff.Want)
		}
	}
	if got, want := strings.Join(got, ", "), "s.json:11:15 decision, s.json:12:14 blockers"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestFaultsOfExpectations: what no decision object can have is an error.
func TestFaultsOfExpectations(t *testing.T) {
	for expect, want := range map[string]string{
		`"deny"`:                                 `expect: wrong-type: found a string, expected an object`,
		`{"decison": "deny"}`:                    `expect: unknown-member: unknown field "decison" (did you mean "decision"?)`,
		`{"decision": "Deny"}`:                   `expect.decision: bad-value: unknown decision "Deny", expected "allow" or "deny"`,
		`{"decision": ""}`:                       `expect.decision: bad-value: unknown decision "", expected "allow" or "deny"`,
		`{"decision": true}`:                     `expect.decision: wrong-type: found a boolean, expected a string`,
		`{"layer": "iam"}`:                       `expect.layer: bad-value: unknown layer "iam"`,
		`{"layer": "key_policy"}`:                `expect.layer: bad-value: unknown layer "key_policy" (did you mean "key-policy"?)`,
		`{"reason": "explicit deny"}`:            `expect.reason: bad-value: unknown reason "explicit deny" (did you mean "explicit-deny"?)`,
		`{"reason": 1}`:                          `expect.reason: wrong-type: found a number, expected a string`,
		`{"via": []}`:                            `expect.via: wrong-type: found a list, expected an object`,
		`{"via": {"reason": "no-allow"}}`:        `expect.via: unknown-member: unknown field "reason"`,
		`{"blockers": {}}`:                       `expect.blockers: wrong-type: found an object, expected a list`,
		`{"blockers": [1]}`:                      `expect.blockers[0]: wrong-type: found a number, expected an object`,
		`{"blockers": [{}, {"layers": "scp"}]}`:  `expect.blockers[1]: unknown-member: unknown field "layers" (did you mean "layer"?)`,
		`{"alternatives": [{"reason": "?"}]}`:    `expect.alternatives[0].reason: bad-value: unknown reason "?"`,
		`{"blockers": [{"statement": "0"}]}`:     `expect.blockers[0].statement: wrong-type: found a string, expected a number`,
		`{"blockers": [{"statement": -1}]}`:      `expect.blockers[0].statement: bad-value: found -1, expected a whole number`,
		`{"blockers": [{"line": 1.0}]}`:          `expect.blockers[0].line: bad-value: found 1.0, expected a whole number`,
		`{"blockers": [{"column": 4294967296}]}`: `expect.blockers[0].column: bad-value: found 4294967296, expected a whole number`,
		`{"blockers": [{"sid": 1}]}`:             `expect.blockers[0].sid: wrong-type: found a number, expected a string`,
		`{"awsError": "AccessDenied"}`:           `expect.awsError: wrong-type: found a string, expected an object`,
		`{"awsError": {"Code": "x"}}`:            `expect.awsError: unknown-member: unknown field "Code" (did you mean "code"?)`,
		`{"awsError": {"message": 1}}`:           `expect.awsError.message: wrong-type: found a number, expected a string`,
		`{"awsError": {"variants": "x"}}`:        `expect.awsError.variants: wrong-type: found a string, expected a list`,
		`{"awsError": {"variants": [1]}}`:        `expect.awsError.variants[0]: wrong-type: found a number, expected a string`,
		`{"divergence": false}`:                  `expect.divergence: wrong-type: found a boolean, expected a string`,
		`{"name": "a", "name": "b"}`:             `expect: duplicate-member: "name" is given twice`,
	} {
		if got := faultsOf(t, draft{root: `"expect": ` + expect}.String()); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", expect, got, want)
		}
	}
}

// TestExpectNothing asks which scenarios do not say what they expect.
func TestExpectNothing(t *testing.T) {
	for _, c := range []struct {
		root string
		want bool
	}{
		{``, true},
		{`, "expect": null`, true},
		{`, "expect": {}`, true},
		{`, "expect": {"decision": null, "layer": null, "via": null}`, true},
		{`, "expect": {"decision": null, "layer": "key-policy"}`, false},
		{`, "expect": {"layer": "key-policy", "decision": null}`, false},
		{`, "expect": {"reason": ""}`, false},
		{`, "expect": {"blockers": []}`, false},
		{`, "expect": {"via": {}}`, false},
	} {
		s := parse(t, draft{root: `"name": "orders"` + c.root}.String())
		if got := s.Expect.IsZero(); got != c.want {
			t.Errorf("%s: IsZero is %v, want %v", c.root, got, c.want)
		}
		if differences := s.Check(s.Decide()); c.want && len(differences) > 0 {
			t.Errorf("%s: got %v, want no differences", c.root, differences)
		}
	}
}
