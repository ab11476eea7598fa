package evaluate

import (
	"strings"

	"github.com/kmsauthz/kmsauthz/internal/printable"
)

// A ConfigError is one fault of a KeyConfig, CallerConfig or RequestConfig, or of
// what else a question is put with: a value without a meaning, or one that
// contradicts another.
type ConfigError struct {
	Config string // "KeyConfig", "CallerConfig", "RequestConfig", or another type's name
	Field  string // the field as Go writes it, such as `ARN`, `Aliases[1]` or `Context["aws:PrincipalArn"]`
	Text   string // what is wrong and what was expected
	See    string // of a contradiction, the field on the other side, such as "CallerConfig.ARN"
}

// Error returns the field, what is wrong with it, and what it contradicts.
func (e *ConfigError) Error() string {
	text := e.Config + "." + printable.Short(e.Field) + ": " + e.Text
	if e.See != "" {
		text += " (see " + e.See + ")"
	}
	return text
}

// ConfigErrors are all the faults that were found, in the order of the fields.
type ConfigErrors []*ConfigError

// Error returns one line per fault.
func (e ConfigErrors) Error() string {
	lines := make([]string, len(e))
	for i, fault := range e {
		lines[i] = fault.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the faults for errors.As.
func (e ConfigErrors) Unwrap() []error {
	errs := make([]error, len(e))
	for i, fault := range e {
		errs[i] = fault
	}
	return errs
}

// faults collects the faults of one config.
type faults struct {
	config string
	found  ConfigErrors
}

func (f *faults) addf(field, format string, args ...any) {
	f.found = append(f.found, &ConfigError{Config: f.config, Field: field, Text: printable.Sprintf(format, args...)})
}

// contradict adds a fault that another field, see, is a part of.
func (f *faults) contradict(see, field, format string, args ...any) {
	f.addf(field, format, args...)
	f.found[len(f.found)-1].See = see
}

// err returns the faults as an error, nil if there are none.
func (f *faults) err() error {
	if len(f.found) == 0 {
		return nil
	}
	return f.found
}
