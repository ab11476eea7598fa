package lint

import (
	"strings"
	"testing"

	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// Which resources a pattern could cover, by what stands before its first wildcard.
func TestCouldBe(t *testing.T) {
	tests := []struct {
		pattern    string
		key, alias bool
	}{
		{"*", true, false},
		{"", false, false},
		{"arn", false, false},
		{"ar*", true, false},
		{"arn:aws:kms:us-east-1:111122223333:key/1234", true, false},
		{"arn:aws:kms:us-east-1:111122223333:k*", true, false},
		{"arn:aws:kms:us-east-1:111122223333:a*", false, false},
		{"arn:aws:kms:us-east-1:111122223333:alias/app", false, true},
		{"arn:aws:kms:*:*:alias/app", false, true},
		{"arn:aws:kms:us-east-1:111122223333:", false, false},
		{"arn:aws:kms:us-east-1:111122223333", true, false},
		{"arn:aws:kms", true, false},
		{"arn:aws:k", false, false},
		{"arn:aws:k?s:us-east-1:111122223333:key/1", true, false},
		{"arn:aws:s3:::bucket", false, false},
		{"arn:aws:s3*", false, false},
		{"arn:aws:kms:us-east-1:111122223333:${aws:PrincipalTag/key}", true, false},
		{"iam:aws:kms:us-east-1:111122223333:key/1234", false, false},
		{"key/1234", false, false},
	}
	for _, tt := range tests {
		if key, alias := couldBeKey(tt.pattern), isAlias(tt.pattern); key != tt.key || alias != tt.alias {
			t.Errorf("%q: got key %v, alias %v, want %v, %v", tt.pattern, key, alias, tt.key, tt.alias)
		}
	}
}

func TestNamesAccount(t *testing.T) {
	for pattern, want := range map[string]bool{
		"arn:aws:iam::111122223333:role/app": true,
		"arn:aws:iam::111122223333:*":        true,
		"arn:aws:iam::111122223333*":         true,
		"arn:aws:s3:::bucket":                true,
		"arn:aws:iam::*:role/app":            false,
		"arn:aws:iam::1111*:role/app":        false,
		"arn:aws:iam::11112222333?:role/app": false,
		"arn:aws:iam:":                       false,
		"*":                                  false,
		"":                                   false,
	} {
		if got := namesAccount(pattern); got != want {
			t.Errorf("%q: got %v, want %v", pattern, got, want)
		}
	}
}

func TestRegions(t *testing.T) {
	for name, want := range map[string]string{
		"logs.region.amazonaws.com":                 "logs.eu-west-1.amazonaws.com",
		"logs.<region>.amazonaws.com.cn":            "logs.eu-west-1.amazonaws.com.cn",
		"logs.${data.aws_region.r.a}.amazonaws.com": "logs.eu-west-1.amazonaws.com",
		"a.{x}.b.[y].amazonaws.com":                 "a.eu-west-1.amazonaws.com",
		"region.amazonaws.com":                      "eu-west-1.amazonaws.com",
		"logs.us-east-1.amazonaws.com":              "",
		"logs.region.example.com":                   "",
		"arn:aws:iam::1:role/region.amazonaws.com":  "",
	} {
		if got := withRegion(name, "eu-west-1"); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
		if got := withRegion(name, ""); got != "" {
			t.Errorf("%q without a Region: got %q", name, got)
		}
	}
}

func TestQuote(t *testing.T) {
	for text, want := range map[string]string{
		"a\n\x1b[2J":                  `"a\n\x1b[2J"`,
		strings.Repeat("a", 100):      `"` + strings.Repeat("a", 100) + `"`,
		strings.Repeat("a", 101):      `"` + strings.Repeat("a", 100) + `"...`,
		strings.Repeat("a", 99) + "é": `"` + strings.Repeat("a", 99) + `"...`,
	} {
		if got := quote(text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

func TestSomeActions(t *testing.T) {
	for want, actions := range map[string]action.Set{
		"":                                      {},
		"kms:*":                                 action.Every(),
		"kms:Decrypt":                           action.SetOf(action.Decrypt),
		"kms:Decrypt and kms:Sign":              action.SetOf(action.Decrypt, action.Sign),
		"kms:Decrypt, kms:Encrypt and kms:Sign": action.SetOf(action.Decrypt, action.Encrypt, action.Sign),
		"kms:Decrypt, kms:Encrypt, kms:Sign and 2 more actions": action.SetOf(action.Decrypt, action.Encrypt, action.Sign, action.Verify, action.PutKeyPolicy),
	} {
		if got := some(actions); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// Which tests can hold only if the request carries the condition key: those that do not hold
// without it.
func TestRequires(t *testing.T) {
	for info := range conditions.Operators() {
		value := map[conditions.Type]string{conditions.TypeNumeric: "1", conditions.TypeDate: "2026-01-02", conditions.TypeBool: "true",
			conditions.TypeBinary: "YQ==", conditions.TypeIPAddress: "192.0.2.1"}[info.Type]
		for _, prefix := range []string{"", "ForAllValues:", "ForAnyValue:"} {
			for _, suffix := range []string{"", "IfExists"} {
				for _, value := range []string{value, "true", "false"} {
					op, err := conditions.ParseOperator(prefix + info.Name + suffix)
					if err != nil {
						continue // Null takes neither
					}
					test, faults := conditions.NewTest(op, "aws:SourceAccount", []conditions.Value{{Text: value}}, conditions.TestOptions{})
					if len(faults) > 0 {
						continue // no value for this operator
					}
					if got, want := requires(&test), !test.Holds(&conditions.Context{}); got != want {
						t.Errorf("%v: got %v, want %v", &test, got, want)
					}
				}
			}
		}
	}
}

// The services that are said to send no source are named by the beginnings of real names.
func TestServicesWithoutSource(t *testing.T) {
	for name, want := range map[string]bool{
		"logs.us-east-1.amazonaws.com": true, "logs.amazonaws.com": true, "events.amazonaws.com": true, "ses.amazonaws.com": true,
		"events.rds.amazonaws.com": false, "delivery.logs.amazonaws.com": false, "sns.amazonaws.com": false, "session.amazonaws.com": false,
	} {
		if got := sendsNone(name); got != want {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
	for _, prefix := range sendsNoSource {
		if policy.ServicePrincipal(prefix+"amazonaws.com").Kind() != policy.Service {
			t.Errorf("%q begins no name of a service", prefix)
		}
	}
}
