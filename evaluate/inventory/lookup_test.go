package inventory_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/inventory"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// TestKeyReferences has keys that share an id, an alias name or a part of one.
func TestKeyReferences(t *testing.T) {
	const east, west = "arn:aws:kms:us-east-1:111122223333:key/mrk-1", "arn:aws:kms:us-west-2:111122223333:key/mrk-1"
	var inv inventory.Inventory
	for _, c := range []struct {
		add adder
		doc string
	}{
		{addMetadata, `{"Arn": "` + east + `"} {"Arn": "` + west + `"}`},
		{addAliases, `[{"AliasArn": "arn:aws:kms:us-east-1:111122223333:alias/a", "TargetKeyId": "mrk-1"}, {"AliasArn": "arn:aws:kms:us-west-2:111122223333:alias/a", "TargetKeyId": "mrk-1"},
			{"AliasArn": "arn:aws:kms:us-west-2:111122223333:alias/b", "TargetKeyId": "mrk-1"}, {"AliasArn": "arn:aws:kms:us-west-2:111122223333:alias/none"}]`},
		{addPolicy(east), `{"Statement": []}`},
		{addTags("mrk-1"), `{"Tags": [{"TagKey": "a", "TagValue": "b"}]}`},
		{addPolicy("lonely"), `{"Statement": []}`},
	} {
		if report, err := c.add(&inv, c.doc, inventory.Options{File: "f"}); told(report, err) != "" {
			t.Fatal(told(report, err))
		}
	}
	for ref, want := range map[string]string{
		east: east,
		"arn:aws:kms:us-west-2:111122223333:alias/a": west,
		"alias/b":    west,
		"mrk-1":      `ambiguous: "mrk-1" may be ` + east + " or " + west,
		"alias/a":    `ambiguous: "alias/a" may be ` + east + " or " + west,
		"alias/none": `key "alias/none" is not in the inventory`,
		"alias/c":    `key "alias/c" is not in the inventory (did you mean "alias/a"?)`,
		"mrk-2":      `key "mrk-2" is not in the inventory`,
		"lonely":     `key "lonely" is not in the inventory`,
		"":           `key "" is not in the inventory`,
		"arn:aws:kms:eu-west-1:111122223333:key/mrk-2":  `key "arn:aws:kms:eu-west-1:111122223333:key/mrk-2" is not in the inventory`,
		"arn:aws:kms:eu-west-1:111122223333:key/lonely": "arn:aws:kms:eu-west-1:111122223333:key/lonely",
		"arn:aws:sqs:eu-west-1:111122223333:lonely":     `key "arn:aws:sqs:eu-west-1:111122223333:lonely" is not in the inventory`,
	} {
		k, err := inv.Key(ref)
		got := fmt.Sprint(err)
		if err == nil {
			got = k.ARN()
		} else if !errors.Is(err, inventory.ErrNotFound) && !errors.Is(err, inventory.ErrAmbiguous) {
			t.Errorf("%s: got %T", ref, err)
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", ref, got, want)
		}
	}
	// What is said of an id that two keys share is said of neither.
	const shared = `f:1:1: document: is of key id "mrk-1", which ` + east + ` and ` + west + ` share`
	if got := mustKey(t, &inv, east).Unknown().Error(); got != shared {
		t.Errorf("got %s", got)
	}
	const lonely = `f:1:1: document: no source has the ARN of key "lonely"`
	if got := inv.Missing().Error(); !strings.Contains(got, lonely) || !strings.Contains(got, shared) {
		t.Errorf("got %s", got)
	}
	var all []string
	for k := range inv.Keys() {
		all = append(all, k.ARN())
		break
	}
	if !slices.Equal(all, []string{east}) {
		t.Errorf("got %q", all)
	}
}

// TestLookupsInParallel looks the same things up from several goroutines, for the race detector,
// and changes what it gets.
func TestLookupsInParallel(t *testing.T) {
	var inv inventory.Inventory
	for _, output := range kmsOutputs {
		mustAdd(t, &inv, output.file, output.add, inventory.Options{})
	}
	mustAdd(t, &inv, "authorization/account.json", addDetails, inventory.Options{})
	want := rendered(&inv)
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for range 20 {
				k, err := inv.Key("alias/orders")
				if err != nil {
					t.Error(err)
					return
				}
				c := k.Config()
				c.Aliases[0], c.Grants[0].ID = "changed", "changed"
				c.Tags["changed"] = "changed"
				decide(&inv, "alias/orders", "AIDAEXAMPLEADA", evaluate.RequestConfig{Action: action.Decrypt})
				for caller := range inv.Callers() {
					if tags := caller.Config().Tags; tags != nil {
						tags["changed"] = "changed"
					}
				}
			}
		})
	}
	wait.Wait()
	if got := rendered(&inv); got != want {
		t.Errorf("the inventory has changed:\n%s", got)
	}
}

// TestNotFoundError: what is not there can be told without reading the text.
func TestNotFoundError(t *testing.T) {
	var inv inventory.Inventory
	const role = "arn:aws:iam::111122223333:role/x"
	_, keyErr := inv.Key(orders)
	_, callerErr := inv.Caller(role)
	_, replayErr := inv.Replay(evaluate.DefaultRules(), &inventory.Event{
		Caller:         evaluate.CallerConfig{ARN: "arn:aws:iam::111122223333:root"},
		Authorizations: []inventory.Authorization{{Key: orders}},
	})
	for _, c := range []struct {
		err       error
		what, ref string
	}{
		{keyErr, "key", orders},
		{callerErr, "caller", role},
		{replayErr, "key", orders},
		{&inventory.NotFoundError{What: "key", Ref: "k"}, "key", "k"},
	} {
		var missing *inventory.NotFoundError
		if !errors.As(c.err, &missing) || missing.What != c.what || missing.Ref != c.ref || !errors.Is(c.err, inventory.ErrNotFound) {
			t.Errorf("got %v, want that %s %q is not there", c.err, c.what, c.ref)
		}
		if got, want := c.err.Error(), fmt.Sprintf("%s %q is not in the inventory", c.what, c.ref); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestComplete: a config is handed out for decisions if all of it is known.
func TestComplete(t *testing.T) {
	var inv inventory.Inventory
	mustAdd(t, &inv, "awscli/describe-key.json", addMetadata, inventory.Options{})
	if report, err := addDetails(&inv, `{"UserDetailList": [{"Arn": "arn:aws:iam::111122223333:user/u", "GroupList": ["g"]}]}`, inventory.Options{}); told(report, err) != "" {
		t.Fatal(told(report, err))
	}
	user := "arn:aws:iam::111122223333:user/u"
	var unknown *inventory.UnknownError
	if c, err := mustKey(t, &inv, orders).Complete(); !errors.As(err, &unknown) || c.ARN != "" {
		t.Errorf("a key without a policy: got %+v, %v", c, err)
	}
	if c, err := mustCaller(t, &inv, user).Complete(); !errors.As(err, &unknown) || c.ARN != "" {
		t.Errorf("a user of an unknown group: got %+v, %v", c, err)
	}
	mustAdd(t, &inv, "awscli/get-key-policy.json", addPolicy(orders), inventory.Options{})
	if report, err := addDetails(&inv, `{"GroupDetailList": [{"Arn": "arn:aws:iam::111122223333:group/g"}]}`, inventory.Options{}); told(report, err) != "" {
		t.Fatal(told(report, err))
	}
	if c, err := mustKey(t, &inv, orders).Complete(); err != nil || c.ARN != orders || c.Policy == nil {
		t.Errorf("got %+v, %v", c, err)
	}
	if c, err := mustCaller(t, &inv, user).Complete(); err != nil || c.ARN != user {
		t.Errorf("got %+v, %v", c, err)
	}
}
