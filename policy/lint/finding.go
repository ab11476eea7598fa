package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/internal/nearest"
	"github.com/kmsauthz/kmsauthz/policy"
)

// A Severity says how much a finding matters. The zero Severity is Info.
type Severity uint8

// The severities.
const (
	Info    Severity = iota // worth knowing, and often meant so
	Warning                 // probably not what was meant, or a risk
	Error                   // something that cannot work, or a key that is open to everybody or closed to all
)

var severities = [...]string{Info: "info", Warning: "warning", Error: "error"}

// String returns the severity in lower case: "warning".
func (s Severity) String() string {
	if int(s) < len(severities) {
		return severities[s]
	}
	return fmt.Sprintf("Severity(%d)", uint8(s))
}

// MarshalText returns what String does. What is no severity is an error.
func (s Severity) MarshalText() ([]byte, error) {
	if int(s) >= len(severities) {
		return nil, fmt.Errorf("%d is no severity", uint8(s))
	}
	return []byte(s.String()), nil
}

// UnmarshalText accepts what String returns and nothing else.
func (s *Severity) UnmarshalText(text []byte) error {
	i := slices.Index(severities[:], string(text))
	if i < 0 {
		near, ok := nearest.Word(string(text), slices.Values(severities[:]))
		return fmt.Errorf("found %s, expected info, warning or error%s", quote(string(text)), didYouMean(near, ok))
	}
	*s = Severity(i)
	return nil
}

// A Finding is one thing that a rule found in a policy.
type Finding struct {
	Rule      string          // the rule's ID
	Severity  Severity        // the rule's severity
	Position  policy.Position // where the value starts that it is about
	Path      string          // where that is in the tree: Statement[0].Action[1]; empty for the policy as a whole
	Statement int             // the index of the statement, from 0; -1 for the policy as a whole
	Sid       string          // of the statement, if it has one
	Message   string          // one sentence

	// Edits mend what was found, made one after the other by Document.Apply. They do not always
	// say all that was meant: look at them before you make them. It is empty where what to do
	// depends on what was meant, or on something that the policy does not tell. The edits of
	// several findings need not go together: make those of one, and lint the result.
	Edits []policy.Edit
}

// String returns position, severity, rule and message, in one line:
//
//	key-policy.json:14:9: warning: not-principal: ...
func (f Finding) String() string {
	return strings.Join([]string{f.Position.String(), f.Severity.String(), f.Rule, f.Message}, ": ")
}
