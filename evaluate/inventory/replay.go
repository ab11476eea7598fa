package inventory

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/policy"
)

// An Agreement says whether the policies explain AWS's answer.
type Agreement uint8

// The agreements. The zero value says nothing.
const (
	Undetermined Agreement = iota // the answer does not tell whether the request was authorized
	Explained                     // the policies lead to the same answer
	Different                     // the policies lead to another answer
)

var agreementNames = [...]string{Undetermined: "undetermined", Explained: "explained", Different: "different"}

// String returns the agreement in one word.
func (a Agreement) String() string {
	if int(a) < len(agreementNames) {
		return agreementNames[a]
	}
	return fmt.Sprintf("Agreement(%d)", uint8(a))
}

// A Replay is an event that has been decided again.
type Replay struct {
	Event     *Event
	Decisions []evaluate.Decision // of the event's authorizations, in their order
}

// Decision returns the decision that answers the caller: the first denial, or else the last of
// those that allow.
func (r *Replay) Decision() (d evaluate.Decision) {
	for _, d = range r.Decisions {
		if !d.Allowed() {
			break
		}
	}
	return d
}

// Agreement returns whether the policies explain AWS's answer.
func (r *Replay) Agreement() Agreement {
	recorded, determined := r.Event.Outcome.denial()
	answer, _ := r.Decision().AWSError()
	switch {
	case !determined:
		return Undetermined
	case recorded == answer.Code:
		return Explained
	}
	return Different
}

// String returns AWS's answer and the decision in one line:
//
//	different: AWS answered AccessDeniedException, the policies say allow: key-policy: ...
func (r *Replay) String() string {
	answer := r.Event.Outcome.ErrorCode
	if answer == "" {
		answer = "with success"
	}
	return fmt.Sprintf("%v: AWS answered %s, the policies say %v", r.Agreement(), answer, r.Decision())
}

// denial returns the error code by which AWS denied a request, "" if it was authorized, in the
// form of Decision.AWSErrorCode. An error that has nothing to do with authorization determines
// nothing: it may come before or after it.
//
// UNDOCUMENTED: which errors come before authorization; that KMSInvalidStateException is about the
// key store, and not about the key, where its message names one.
func (o *Outcome) denial() (code string, determined bool) {
	if o.ErrorCode == "KMSInvalidStateException" && strings.Contains(o.ErrorMessage, "key store") {
		return "", false
	}
	switch o.ErrorCode {
	case "", "DryRunOperationException":
		return "", true
	case "AccessDenied", "AccessDeniedException":
		return "AccessDeniedException", true
	case "DisabledException", "KMSInvalidStateException", "InvalidKeyUsageException", "UnsupportedOperationException":
		return o.ErrorCode, true
	}
	return "", false
}

// Replay decides an event again, with the keys and policies of the inventory. The error says what
// of it is not known: the event itself, its key or its caller (ErrNotFound if the inventory does
// not have one).
func (inv *Inventory) Replay(rules evaluate.Rules, e *Event) (*Replay, error) {
	if e == nil {
		return nil, errors.New("there is no event")
	}
	if len(e.Unknown) > 0 {
		return nil, &UnknownError{Name: strings.TrimSpace(e.Name + " " + e.ID), Unknown: slices.Clone(e.Unknown)}
	}
	if len(e.Authorizations) == 0 {
		return nil, errors.New("the event has no authorizations")
	}
	c, err := inv.callerOf(&e.Caller)
	if err != nil {
		return nil, err
	}
	caller, err := c.Compile()
	if err != nil {
		return nil, err
	}
	replay := &Replay{Event: e}
	for i := range e.Authorizations {
		d, err := inv.decideAgain(rules, caller, &e.Authorizations[i])
		if err != nil {
			return nil, err
		}
		replay.Decisions = append(replay.Decisions, d)
	}
	return replay, nil
}

// decideAgain decides one authorization of an event. An alias by which the key was called was one
// of the key's then, whether or not it is now.
func (inv *Inventory) decideAgain(rules evaluate.Rules, caller *evaluate.Caller, a *Authorization) (evaluate.Decision, error) {
	var none evaluate.Decision
	var key *evaluate.Key
	if a.Key != "" {
		k, err := inv.Key(a.Key)
		if err != nil {
			return none, err
		}
		if name := aliasName(a.Request.KeyID); name != "" && !slices.Contains(k.config.Aliases, name) {
			k = k.withAlias(name)
		}
		if key, err = k.Compile(); err != nil {
			return none, err
		}
	}
	return decide(rules, key, caller, a.Request)
}

// aliasName returns the alias name in an alias name or ARN, "" for other key identifiers.
func aliasName(keyID string) string {
	arn, err := policy.ParseARN(keyID)
	if err == nil {
		keyID = arn.Resource
	}
	if !strings.HasPrefix(keyID, "alias/") {
		return ""
	}
	return keyID
}

// callerOf returns the caller of an event, with the policies that the inventory has of it.
func (inv *Inventory) callerOf(c *evaluate.CallerConfig) (*Caller, error) {
	if c.ARN == "" {
		return inv.Caller(c.UniqueID)
	}
	found, err := inv.policiesOf(c)
	if err != nil {
		return nil, err
	}
	found.config.ARN, found.config.RoleARN, found.config.UserARN = c.ARN, c.RoleARN, c.UserARN
	if c.UniqueID != "" {
		found.config.UniqueID = c.UniqueID
	}
	return found, nil
}

// policiesOf looks up whose policies a caller has: a federated user those of its parent.
func (inv *Inventory) policiesOf(c *evaluate.CallerConfig) (*Caller, error) {
	if policy.ParsePrincipal(c.ARN).Kind() == policy.FederatedUser && c.UserARN != "" {
		return inv.Caller(c.UserARN)
	}
	return inv.Caller(c.ARN)
}
