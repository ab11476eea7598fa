package evaluate

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// requestChanges returns the changes of the request itself.
func (e Entry) requestChanges() []change {
	s := e.situation
	switch {
	case e.layer == LayerRegion:
		region := s.request.alias.Region
		if s.key != nil {
			region = s.key.arn.Region
		}
		return []change{{edit: &CallRegion{Region: region}}}
	case e.note == noteAliasNotAccepted, e.note == noteForeignKeyNeedsARN:
		return []change{{edit: &NameKeyByARN{ARN: s.key.text}}}
	default:
		return nil
	}
}

// contextChanges passes the pairs of an encryption context that a condition or a
// grant's constraint wants and the request leaves out, or spells in another case.
func (e Entry) contextChanges() []change {
	s := e.situation
	info := s.request.info
	if s.key == nil || s.key.keyType != action.Symmetric || !info.EncryptionContext || info.Category != action.CategoryCryptographic {
		return nil
	}
	given := s.request.pairs.toMap()
	wanted, whole := e.wantedPairs()
	pairs := withPairs(given, wanted)
	if pairs == nil || maps.Equal(pairs, given) || whole && len(pairs) != len(wanted) {
		return nil
	}
	return []change{{edit: &PassEncryptionContext{Pairs: pairs}}}
}

// wantedPairs returns the pairs that the entry's condition or constraint wants, and
// whether no others may be there.
func (e Entry) wantedPairs() (wanted map[string]string, whole bool) {
	wanted = map[string]string{}
	switch {
	case e.reason == ReasonConstraintNotMet:
		c := &e.situation.key.grants[e.grant-1].Constraints
		maps.Copy(wanted, c.EncryptionContextEquals)
		maps.Copy(wanted, c.EncryptionContextSubset)
		whole = c.EncryptionContextEquals != nil
	case e.reason == ReasonConditionNotMet:
		for test := range e.statement.Condition().Tests() {
			if name, value, ok := wantedPair(test); ok && !test.Holds(&e.situation.context) {
				wanted[name] = value
			}
		}
	}
	return wanted, whole
}

// withPairs returns the pairs given and those wanted. A pair whose name has another
// case than one that is wanted gives way to it, since both would make one condition
// key with two values. If that would change the value there are no such pairs: nil.
func withPairs(given, wanted map[string]string) map[string]string {
	pairs := maps.Clone(wanted)
	values := map[conditions.Key][]string{}
	for name, value := range wanted {
		key := conditions.ParseKey(encryptionContextPrefix + name)
		values[key] = append(values[key], value)
	}
	for name, value := range given {
		switch same := values[conditions.ParseKey(encryptionContextPrefix+name)]; {
		case same == nil:
			pairs[name] = value
		case !slices.Contains(same, value):
			return nil
		}
	}
	return pairs
}

// encryptionContextPrefix stands before the name of a pair in its condition key.
const encryptionContextPrefix = "kms:EncryptionContext:"

// wantedPair returns the pair of an encryption context that a test asks for by
// name and value.
func wantedPair(test *conditions.Test) (name, value string, ok bool) {
	const prefix = encryptionContextPrefix
	op := test.Operator().Info()
	if len(test.Key()) <= len(prefix) || !strings.EqualFold(test.Key()[:len(prefix)], prefix) || op.Negated || op.Type != conditions.TypeString {
		return "", "", false
	}
	for v := range test.Values() {
		return test.Key()[len(prefix):], v.Text, !strings.ContainsAny(v.Text, "*?$")
	}
	return "", "", false
}

// A stateStep is what brings a key from one state to the next on the way to
// Enabled.
type stateStep struct {
	to   KeyState
	text string
	// commands of the AWS CLI; %s is what names the key.
	commands []string
}

// stateSteps are the steps out of each state.
//
// See AWS KMS Developer Guide, "Key states of AWS KMS keys", "Canceling key
// deletion", "Enabling and disabling keys", "Importing key material" and
// "Connecting and disconnecting a custom key store".
var stateSteps = [...]stateStep{
	Disabled:               {Enabled, "enable the key", []string{"aws kms enable-key %s"}},
	PendingDeletion:        {Disabled, "cancel the deletion of the key", []string{"aws kms cancel-key-deletion %s"}},
	PendingReplicaDeletion: {Disabled, "cancel the deletion of the key", []string{"aws kms cancel-key-deletion %s"}},
	PendingImport: {Enabled, "import key material into the key", []string{
		`aws kms get-parameters-for-import %s --wrapping-algorithm RSAES_OAEP_SHA_256 --wrapping-key-spec RSA_4096`,
		`aws kms import-key-material %s --encrypted-key-material fileb://wrapped-key-material --import-token fileb://import-token --expiration-model KEY_MATERIAL_DOES_NOT_EXPIRE`,
	}},
	Unavailable: {Enabled, "connect the custom key store of the key", []string{`aws kms connect-custom-key-store --custom-key-store-id "$CUSTOM_KEY_STORE_ID"`}},
	Creating:    {Enabled, "wait until the key is created", []string{"aws kms describe-key %s --query KeyMetadata.KeyState"}},
	Updating:    {Enabled, "wait until the primary Region is changed", []string{"aws kms describe-key %s --query KeyMetadata.KeyState"}},
}

// stepsBetween returns the steps from one state to another on the way to Enabled.
func stepsBetween(from, to KeyState) []stateStep {
	var steps []stateStep
	for state := from; state != to && state != Enabled; {
		step := stateSteps[state]
		steps = append(steps, step)
		state = step.to
	}
	return steps
}

// stateChanges brings the key into the nearest state that permits the operation.
func (e Entry) stateChanges() []change {
	k, a := e.situation.key, e.situation.request.action
	state := k.state
	for state != Enabled {
		state = stateSteps[state].to
		if stateReason(a, state, k.origin) == ReasonNone {
			opens := Opens{Principals: OpensToOthers, Actions: permittedOnlyIn(state, k), Keys: OpensThisKey}
			return []change{{&ChangeKeyState{From: k.state, To: state}, opens}}
		}
	}
	return nil
}

// permittedOnlyIn returns the operations that a state permits and the key's
// present state does not.
func permittedOnlyIn(state KeyState, k *Key) action.Set {
	var set action.Set
	for a := range action.All() {
		if stateReason(a, state, k.origin) == ReasonNone && stateReason(a, k.state, k.origin) != ReasonNone {
			set = set.With(a)
		}
	}
	return set
}

// managedChanges puts a customer managed key in the place of an AWS managed key.
// Its key policy delegates to its account, as every key policy had better, and
// names the caller.
//
// See AWS KMS Developer Guide, "AWS managed keys" and "Default key policy".
func (e Entry) managedChanges() []change {
	s := e.situation
	if s.request.info.Category != action.CategoryCryptographic && s.request.action != action.CreateGrant && s.request.action != action.DescribeKey {
		return nil
	}
	statements := []policy.Edit{{Op: policy.AddStatement, New: &policy.StatementConfig{
		Sid:        "EnableIAMUserPermissions",
		Effect:     policy.Allow,
		Principals: []policy.Principal{policy.ParsePrincipal(rootARN(s.key.arn))},
		Actions:    []string{"kms:*"},
		Resources:  []string{"*"},
	}}}
	opens := Opens{Principals: OpensToAccount, Account: s.account, Actions: onKeysByPolicy, Keys: OpensOtherKeys}
	if !s.caller.isRoot() {
		statements = append(statements, policy.Edit{Op: policy.AddStatement, New: &policy.StatementConfig{
			Sid:        "Allow" + s.request.action.Name(),
			Effect:     policy.Allow,
			Principals: []policy.Principal{s.caller.principal()},
			Actions:    []string{e.action()},
			Resources:  []string{"*"},
			Conditions: s.bounds(emptyKeyPolicy),
		}})
	}
	doc, err := emptyKeyPolicy.Apply(statements...)
	if err != nil {
		return nil
	}
	p := &policy.KeyPolicy{Document: *doc}
	key, err := s.key.successor(p)
	if err != nil {
		return nil
	}
	return []change{{&UseCustomerKey{Policy: p, key: key}, opens}}
}

// successor returns a new customer managed key of the same spec and usage, account
// and Region. Its key id stands for the one that KMS will make.
func (k *Key) successor(p *policy.KeyPolicy) (*Key, error) {
	spec, err := ParseKeySpec(k.spec())
	if err != nil {
		return nil, err
	}
	arn := k.arn
	arn.Resource = "key/NEW-KEY-ID"
	next, err := NewKey(KeyConfig{ARN: arn.String(), Policy: p, Organization: k.organization, Spec: spec, Usage: usages[k.keyType]})
	if err != nil {
		return nil, err
	}
	next.rcps = k.rcps
	next.compile()
	return next, nil
}

// obstacle says in one sentence why no change mends the entry.
func (e Entry) obstacle() string {
	s := e.situation
	switch e.layer {
	case LayerRequest:
		return "KMS has no such request: " + e.Detail() + "."
	case LayerCrossAccount:
		return fmt.Sprintf("%s never works on a key of another account, whatever the policies say: a principal of account %s must make the call.", e.action(), s.account)
	case LayerKeyUsage:
		return fmt.Sprintf("The spec and usage of a key never change: %s needs another key, of type %s.", e.action(), s.request.info.KeyTypes)
	case LayerKeyState:
		if e.reason == ReasonNotPendingDeletion {
			return "There is no deletion to cancel: the key is " + s.key.state.String() + "."
		}
		return fmt.Sprintf("No change of its state gives %s to a key with origin %s.", e.action(), s.key.origin)
	}
	switch {
	case e.layer == LayerKeyPolicy && s.key.manager == AWSManaged:
		return fmt.Sprintf("Nobody can change the policy of an AWS managed key, and it does not let this caller call %s.", e.action())
	case s.request.action == action.RetireGrant && e.layer == LayerGrant:
		return "Only its retiring principal, its grantee if it has RetireGrant, and IAM policies of the account that issued it let a grant be retired; who manages the key can revoke it instead."
	case e.layer == LayerIAMPolicy && s.caller.isService():
		return "A service has no IAM policies, which alone decide operations without a key."
	case e.policy != nil && (&mender{Entry: e}).isFixed(e.policy):
		return fmt.Sprintf("Only AWS can change the policy %s: it must be detached, or replaced by one of the account's own.", e.Policy())
	}
	return fmt.Sprintf("No single change of a policy or grant mends this: %s: %s.", e.layer, e.Detail())
}
