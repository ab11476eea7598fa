package inventory_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/inventory"
)

// TestOptions: options that mean nothing are refused, all of them at once, before anything is read.
func TestOptions(t *testing.T) {
	const (
		template = `{"Parameters": {"Env": {"Type": "String", "Default": "dev"}, "Unit": {"Type": "String"}}, "Resources": {"K": {"Type": "AWS::KMS::Key"}}}`
		yaml     = `{"TemplateBody": "Resources: {}"}`
	)
	parameters := func(name string) inventory.Options {
		return inventory.Options{Account: account, Region: region, Parameters: map[string]string{name: "x"}}
	}
	for _, c := range []struct {
		doc  string
		opts inventory.Options
		want string
	}{
		{template, inventory.Options{Account: account, Region: region}, ""},
		{template, inventory.Options{Account: account, Region: "us-gov-east-1", Partition: "aws-us-gov"}, ""},
		{template, inventory.Options{Account: "1111", Region: region}, `Options.Account: found "1111", expected an account id of 12 digits`},
		{template, inventory.Options{Account: "1111-2222-3333", Region: region},
			`Options.Account: found "1111-2222-3333", expected an account id of 12 digits (did you mean "111122223333"?)`},
		{template, inventory.Options{Account: "arn:aws:iam::111122223333:root", Region: region},
			`Options.Account: found "arn:aws:iam::111122223333:root", expected an account id of 12 digits`},
		{template, inventory.Options{Account: account, Region: "Ireland"}, `Options.Region: found "Ireland", expected a Region such as "us-east-1"`},
		{template, inventory.Options{Account: account, Region: "us-east-1a"}, `Options.Region: found "us-east-1a", expected a Region such as "us-east-1" (did you mean "us-east-1"?)`},
		{template, inventory.Options{Account: account, Region: "EU-West-1"}, `Options.Region: found "EU-West-1", expected a Region such as "us-east-1" (did you mean "eu-west-1"?)`},
		{template, inventory.Options{Account: account, Partition: "aws-c"}, `Options.Partition: unknown partition "aws-c" (did you mean "aws-cn"?)`},
		{template, inventory.Options{Account: account, Region: region, Partition: "aws-cn"},
			`Options.Partition: found "aws-cn", but Region us-east-1 is in partition "aws" (see Options.Region)`},
		{template, inventory.Options{Account: account, Region: region, MaxElement: -1}, `Options.MaxElement: found -1, expected a number of bytes, or 0 for 64 MiB`},
		{template, inventory.Options{Account: "x", Region: "y", Partition: "z"}, `Options.Account: found "x", expected an account id of 12 digits
Options.Region: found "y", expected a Region such as "us-east-1"
Options.Partition: unknown partition "z"`},
		{template, parameters("Env"), ""},
		{template, parameters("AWS::StackName"), ""},
		{template, parameters("env"), `Options.Parameters["env"]: the template has no such parameter (did you mean "Env"?)`},
		{template, parameters("Stage"), `Options.Parameters["Stage"]: the template has no such parameter`},
		{template, parameters("AWS::Stackname"), `Options.Parameters["AWS::Stackname"]: no such pseudo-parameter (did you mean "AWS::StackName"?)`},
		{template, parameters("AWS::AccountId"), `Options.Parameters["AWS::AccountId"]: it follows from Options.Account, which is to be given instead`},
		{template, parameters("AWS::URLSuffix"), `Options.Parameters["AWS::URLSuffix"]: it follows from Options.Partition, which is to be given instead`},
		{yaml, parameters("env"), ""}, // whose problem is another one
	} {
		var inv inventory.Inventory
		report, err := addStack(&inv, c.doc, c.opts)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("got %s\nwant %s", got, c.want)
		}
		var faults evaluate.ConfigErrors
		if c.want != "" && (!errors.As(err, &faults) || report.Elements() != 0) {
			t.Errorf("%s: got %T, %+v", c.want, err, report)
		}
		for k := range inv.Keys() {
			if c.want != "" {
				t.Errorf("%s: has key %s", c.want, k.ARN())
			}
		}
	}
}

// TestOptionsOfAnySource: every way to read a source looks at the options first.
func TestOptionsOfAnySource(t *testing.T) {
	const want = `Options.Account: found "12", expected an account id of 12 digits`
	opts := inventory.Options{Account: "12", Region: region}
	var inv inventory.Inventory
	for name, read := range map[string]func() (inventory.Report, error){
		"plan":   func() (inventory.Report, error) { return inv.AddTerraform(strings.NewReader("{}"), opts) },
		"policy": func() (inventory.Report, error) { return inv.AddKeyPolicy(strings.NewReader("{}"), ordersID, opts) },
		"tags":   func() (inventory.Report, error) { return inv.AddResourceTags(strings.NewReader("{}"), ordersID, opts) },
		"any":    func() (inventory.Report, error) { return inv.Add(strings.NewReader("{}"), "", opts) },
		"events": func() (inventory.Report, error) {
			return inventory.ReadEvents(strings.NewReader("{}"), opts, func(*inventory.Event) error { return nil })
		},
	} {
		if _, err := read(); err == nil || err.Error() != want {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
