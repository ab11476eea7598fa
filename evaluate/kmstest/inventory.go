package kmstest

import (
	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/inventory"
	"github.com/kmsauthz/kmsauthz/internal/printable"
)

// Key returns what an inventory knows of a key, for [Decide] and for the parties of
// [Works], and ends the test if there is no such key or something of it is not known.
// References are those of [inventory.Inventory.Key]: "aws_kms_key.orders",
// "alias/orders", an ARN.
func Key(t TB, inv *inventory.Inventory, ref string) evaluate.KeyConfig {
	t.Helper()
	var config evaluate.KeyConfig // what is returned where Fatalf does return
	key, err := inv.Key(ref)
	if err == nil {
		config, err = key.Complete()
	}
	if err != nil {
		t.Fatalf("the key cannot be used:\n%s", printable.Lines(err.Error()))
	}
	return config
}

// Caller returns what an inventory knows of a caller, like [Key]. References are those
// of [inventory.Inventory.Caller]: "aws_iam_role.app", an ARN, the name of a service.
func Caller(t TB, inv *inventory.Inventory, ref string) evaluate.CallerConfig {
	t.Helper()
	var config evaluate.CallerConfig
	caller, err := inv.Caller(ref)
	if err == nil {
		config, err = caller.Complete()
	}
	if err != nil {
		t.Fatalf("the caller cannot be used:\n%s", printable.Lines(err.Error()))
	}
	return config
}
