package inventory

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/internal/arn"
	"github.com/kmsauthz/kmsauthz/internal/nearest"
	"github.com/kmsauthz/kmsauthz/internal/printable"
	"github.com/kmsauthz/kmsauthz/policy"
)

// Options say how a source is read. The zero value is the default. Options that mean nothing are an
// error, an evaluate.ConfigErrors, and nothing is read then.
type Options struct {
	File string // the file in positions

	// Account and Region are those of what a source names without them: the keys and callers of
	// a plan or template that are yet to be created, a key by its id. Partition is that of the
	// Region where it is empty.
	Account, Region, Partition string

	// Parameters are those of a CloudFormation template by name, each of which the template must
	// have, and the pseudo-parameters "AWS::NotificationARNs", "AWS::StackId" and "AWS::StackName".
	// The other pseudo-parameters follow from the fields above.
	Parameters map[string]string

	MaxElement int              // the largest element in bytes, zero means 64 MiB
	Progress   func(read int64) // if not nil, told now and then how many bytes have been read
}

// optionFaults collects what is wrong with options.
type optionFaults evaluate.ConfigErrors

func (f *optionFaults) addf(field, format string, args ...any) {
	*f = append(*f, &evaluate.ConfigError{Config: "Options", Field: field, Text: printable.Sprintf(format, args...)})
}

// err returns the faults as an error, nil if there are none.
func (f optionFaults) err() error {
	if len(f) == 0 {
		return nil
	}
	return evaluate.ConfigErrors(f)
}

// check reports options that mean nothing, whatever the source is.
func (o *Options) check() error {
	var f optionFaults
	if o.Account != "" && !isAccountID(o.Account) {
		f.addf("Account", "found %q, expected an account id of 12 digits%s", o.Account, didYouMean(digits(o.Account), isAccountID))
	}
	if o.Region != "" && !arn.IsRegion(o.Region) {
		f.addf("Region", "found %q, expected a Region such as \"us-east-1\"%s", o.Region, didYouMean(withoutZone(o.Region), arn.IsRegion))
	}
	switch {
	case o.Partition == "":
	case !slices.Contains(arn.Partitions(), o.Partition):
		f.addf("Partition", "unknown partition %q%s", o.Partition, nearestOf(o.Partition, slices.Values(arn.Partitions())))
	case arn.IsRegion(o.Region) && arn.Partition(o.Region) != o.Partition:
		f.addf("Partition", "found %q, but Region %s is in partition %q", o.Partition, o.Region, arn.Partition(o.Region))
		f[len(f)-1].See = "Options.Region"
	}
	o.checkPseudoParameters(&f)
	if o.MaxElement < 0 {
		f.addf("MaxElement", "found %d, expected a number of bytes, or 0 for 64 MiB", o.MaxElement)
	}
	return f.err()
}

// pseudoParameters are those of CloudFormation, and the field that one follows from: "" where it is
// for Parameters to give.
//
// See AWS CloudFormation Template Reference, "Pseudo parameters reference".
var pseudoParameters = map[string]string{
	"AWS::AccountId": "Account", "AWS::NotificationARNs": "", "AWS::Partition": "Partition", "AWS::Region": "Region",
	"AWS::StackId": "", "AWS::StackName": "", "AWS::URLSuffix": "Partition",
}

// checkPseudoParameters checks the Parameters that are no template's own.
func (o *Options) checkPseudoParameters(f *optionFaults) {
	for _, name := range slices.Sorted(maps.Keys(o.Parameters)) {
		if !strings.HasPrefix(name, "AWS::") {
			continue
		}
		switch field, known := pseudoParameters[name]; {
		case !known:
			f.addf(parameterField(name), "no such pseudo-parameter%s", nearestOf(name, maps.Keys(pseudoParameters)))
		case field != "":
			f.addf(parameterField(name), "it follows from Options.%s, which is to be given instead", field)
		}
	}
}

// checkParameters checks that a template has the Parameters, as CloudFormation does: with one that
// is misspelt, the default would decide.
func (t *template) checkParameters() error {
	var f optionFaults
	for _, name := range slices.Sorted(maps.Keys(t.opts.Parameters)) {
		if _, known := t.parameters[name]; !known && !strings.HasPrefix(name, "AWS::") {
			f.addf(parameterField(name), "the template has no such parameter%s", nearestOf(name, maps.Keys(t.parameters)))
		}
	}
	return f.err()
}

// parameterField names an element of Parameters, for messages.
func parameterField(name string) string { return printable.Sprintf("Parameters[%q]", name) }

// nearestOf suggests the name that was probably meant, of equally near ones the first in alphabetical
// order; "" if none is near.
func nearestOf(name string, names iter.Seq[string]) string {
	near, ok := nearest.Word(name, slices.Values(slices.Sorted(names)))
	return didYouMean(near, func(string) bool { return ok })
}

// didYouMean suggests what was probably meant, "" if that makes no sense either.
func didYouMean(meant string, sensible func(string) bool) string {
	if !sensible(meant) {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", meant)
}

// digits returns an account id without the hyphens and blanks with which people write it.
func digits(account string) string { return strings.NewReplacer("-", "", " ", "").Replace(account) }

// withoutZone returns the Region of an availability zone, in lower case.
func withoutZone(region string) string {
	return strings.TrimRight(strings.ToLower(strings.TrimSpace(region)), "abcdefghijklmnopqrstuvwxyz")
}

// arn returns the ARN of something in the account and Region of the options.
func (o *Options) arn(service, resource string) policy.ARN {
	arn := policy.ARN{Partition: o.partition(), Service: service, Region: o.Region, Account: o.Account, Resource: resource}
	if service == "iam" {
		arn.Region = ""
	}
	return arn
}

// partition returns the partition of the options, or else of their Region.
func (o *Options) partition() string {
	if o.Partition != "" {
		return o.Partition
	}
	return arn.Partition(o.Region)
}
