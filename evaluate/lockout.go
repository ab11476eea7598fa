package evaluate

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/kmsauthz/kmsauthz/internal/printable"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// MaxKeyPolicyBytes is the largest key policy that KMS takes.
//
// See AWS KMS Developer Guide, "Resource quotas", Key policy document size.
const MaxKeyPolicyBytes = 32768

// A PolicyChange is a request that gives a key a key policy: CreateKey,
// PutKeyPolicy or ReplicateKey, which KMS checks alike.
type PolicyChange struct {
	// Key is the key with the policy that it is to have: of CreateKey the new
	// key, of ReplicateKey the replica. Of a key yet to be made any id will do.
	Key    *Key
	Caller *Caller
	// BypassPolicyLockoutSafetyCheck is the parameter of that name.
	BypassPolicyLockoutSafetyCheck bool
	// Context gives condition keys of the request, such as
	// aws:MultiFactorAuthPresent, as [RequestConfig.Context] does.
	Context map[string][]string
}

// A RefusalCode names a reason for which KMS refuses a key policy. Codes are
// stable, texts are not.
type RefusalCode string

// The reasons for refusing a key policy.
const (
	RefusedTooLarge         RefusalCode = "too-large"                   // more than MaxKeyPolicyBytes
	RefusedCharacter        RefusalCode = "character-not-permitted"     // a character that key policies cannot have
	RefusedNoPrincipal      RefusalCode = "missing-principal"           // a statement without Principal and NotPrincipal
	RefusedPrincipal        RefusalCode = "invalid-principal"           // a principal that cannot exist
	RefusedConditionKey     RefusalCode = "condition-key-not-permitted" // a condition key that only IAM policies may use
	RefusedOverlyPermissive RefusalCode = "overly-permissive-condition" // ForAllValues on a key that has one value
	RefusedLockout          RefusalCode = "lockout"                     // the caller could not change the policy any more
)

// A PolicyRefusal is one reason for which KMS refuses a key policy.
type PolicyRefusal struct {
	Code      RefusalCode
	Position  policy.Position // of the statement; zero if it is about the whole policy
	Statement int             // its index; -1 if it is about the whole policy
	Text      string          // what is wrong, with its witness
	Error     AWSError        // what KMS answers
}

// String returns the position, what is wrong and what KMS answers, in one line.
func (r PolicyRefusal) String() string {
	return printable.Line(r.Position.String() + ": " + r.Text + " (" + r.Error.Code + ": " + r.Error.Message + ")")
}

// The messages of KMS. Those for a lockout, for invalid principals and for
// condition keys are as KMS was seen to answer; that for ForAllValues is in AWS KMS
// Developer Guide, "AWS KMS condition keys", Using condition keys with set operators.
const (
	messageLockout           = "The new key policy will not allow you to update the key policy in the future."
	messageInvalidPrincipals = "Policy contains a statement with one or more invalid principals."
	messageConditionKeys     = "These condition keys are not permitted in a key policy: aws:ResourceTag, kms:ResourceTag, kms:ResourceAliases"
	messageOverlyPermissive  = "OverlyPermissiveCondition: Using the ForAllValues set operator with a single-valued condition key " +
		"matches requests without the specified %[1]s or with an unspecified %[1]s. To fix, remove ForAllValues."
)

// Refusals returns why KMS would refuse the key policy, nil if it would take it:
// first what concerns the whole document, then statement by statement, last the
// lockout safety check. An error is a change that has no meaning: a [ConfigErrors].
//
// The safety check asks whether the caller could call PutKeyPolicy on the key
// under the new policy. UNDOCUMENTED: AWS's pages disagree on whether the caller
// needs kms:PutKeyPolicy in an IAM policy where the key policy delegates
// ("Creating keys" says no, "Customer managed policies" says yes); callers
// without it report the error, so it is needed here. The check sees the condition
// keys of the present request. Key usage and key state have no part in it.
//
// Not checked: whether the caller may make the request at all, and whether the
// principals exist, without which KMS refuses them as well.
//
// See AWS KMS API Reference, "CreateKey", "PutKeyPolicy" and "ReplicateKey", the
// Policy parameter; AWS KMS Developer Guide, "Default key policy".
func (c PolicyChange) Refusals() ([]PolicyRefusal, error) {
	later, err := c.laterChange()
	if err != nil {
		return nil, err
	}
	doc := c.Key.policy[0]
	refusals := refusedDocument(doc)
	for _, st := range doc.Statements() {
		refusals = append(refusals, refusedStatement(st, c.Key.arn.Partition)...)
	}
	if c.BypassPolicyLockoutSafetyCheck {
		return refusals, nil
	}
	for e := range Decide(c.Key, c.Caller, later).Blockers() {
		if e.Layer() == LayerKeyUsage || e.Layer() == LayerKeyState {
			break
		}
		return append(refusals, PolicyRefusal{
			Code: RefusedLockout, Statement: -1, Error: malformed(messageLockout),
			Text: fmt.Sprintf("%s could not call kms:PutKeyPolicy: %v: %v: %s", c.Caller.text, e.Layer(), e.Reason(), e.Detail()),
		}), nil
	}
	return refusals, nil
}

// laterChange returns the request for PutKeyPolicy that must be possible after
// the change.
func (c PolicyChange) laterChange() (*Request, error) {
	f := faults{config: "PolicyChange"}
	if c.Key == nil {
		f.addf("Key", "missing")
	}
	if c.Caller == nil {
		f.addf("Caller", "missing")
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	later, err := NewRequest(RequestConfig{Action: action.PutKeyPolicy, Context: c.Context})
	if err != nil {
		return nil, err
	}
	return later, Check(c.Key, c.Caller, later)
}

// malformed is the error for a policy that KMS cannot store.
func malformed(message string) AWSError {
	return AWSError{Code: "MalformedPolicyDocumentException", Message: message}
}

// refusedDocument checks the document as a whole.
//
// UNDOCUMENTED: that a policy that is too large gives LimitExceededException, as
// exceeded quotas do, and the text of it.
func refusedDocument(doc *policy.Document) []PolicyRefusal {
	text, err := doc.MarshalJSON()
	if err != nil || len(text) <= MaxKeyPolicyBytes {
		return nil
	}
	what := fmt.Sprintf("the key policy has %d bytes, KMS takes %d", len(text), MaxKeyPolicyBytes)
	return []PolicyRefusal{{Code: RefusedTooLarge, Statement: -1, Text: what, Error: AWSError{Code: "LimitExceededException", Message: what}}}
}

// refusedStatement checks what a statement says, for a key of this partition.
//
// UNDOCUMENTED: the messages for characters and for a missing principal, and that
// the exception is the same as for other malformed policies.
func refusedStatement(st *policy.Statement, partition string) []PolicyRefusal {
	var refusals []PolicyRefusal
	refuse := func(code RefusalCode, text, message string) {
		refusals = append(refusals, PolicyRefusal{Code: code, Position: st.Position(), Statement: st.Index(), Text: text, Error: malformed(message)})
	}
	if r, found := foreignCharacter(st); found {
		text := fmt.Sprintf("the character %q is not permitted in a key policy", r)
		refuse(RefusedCharacter, text, text)
	}
	if !st.HasPrincipal() {
		const text = "the statement has no Principal"
		refuse(RefusedNoPrincipal, text, text)
	}
	for p := range st.Principals() {
		if why := invalidPrincipal(p, partition); why != "" {
			refuse(RefusedPrincipal, quotedShort(p.String())+" "+why, messageInvalidPrincipals)
		}
	}
	for test := range st.Condition().Tests() {
		switch info, _ := test.ConditionKey().Info(); {
		case onlyForIAM(test.ConditionKey()):
			refuse(RefusedConditionKey, "only IAM policies may use "+quotedShort(test.Key()), messageConditionKeys)
		case test.Operator().Quantifier() == conditions.ForAllValues && singleValued[info.Name] != "":
			refuse(RefusedOverlyPermissive, quotedShort(test.Key())+" has one value, for which ForAllValues is not permitted",
				fmt.Sprintf(messageOverlyPermissive, singleValued[info.Name]))
		}
	}
	return refusals
}

// onlyForIAM reports whether KMS refuses a condition key in key policies.
// kms:ResourceTag is no documented key, but KMS's message names it.
func onlyForIAM(key conditions.Key) bool {
	info, known := key.Info()
	return known && !info.KeyPolicy || strings.HasPrefix(key.String(), "kms:resourcetag/")
}

// singleValued are the families of condition keys under which KMS refuses
// ForAllValues, and what its message calls their members.
//
// See AWS KMS Developer Guide, "AWS KMS condition keys", Using condition keys with
// set operators.
var singleValued = map[string]string{
	"kms:EncryptionContext:${EncryptionContextKey}": "encryption context",
	"aws:RequestTag/${TagKey}":                      "tag",
}

// foreignCharacter returns the first character of a statement that a key policy
// cannot have: all but tab, line feed, carriage return, the printable characters
// of ASCII and Latin-1.
//
// See AWS KMS API Reference, "PutKeyPolicy", the Policy parameter.
func foreignCharacter(st *policy.Statement) (rune, bool) {
	text, err := st.MarshalJSON()
	if err != nil {
		return utf8.RuneError, true
	}
	for _, r := range string(text) {
		switch {
		case r == '\t', r == '\n', r == '\r', ' ' <= r && r <= '~', '\u00a0' <= r && r <= '\u00ff':
		default:
			return r, true
		}
	}
	return 0, false
}

// invalidPrincipal says why a principal cannot be in the policy of a key of this
// partition, "" if it can.
//
// See IAM User Guide, "AWS JSON policy elements: Principal". UNDOCUMENTED: that
// KMS refuses every unique id, which is what a policy shows of a user or role
// that was deleted, and a service under another domain.
func invalidPrincipal(p policy.Principal, partition string) string {
	switch {
	case p.Kind() == policy.NoOne && strings.ContainsAny(p.String(), "*?"):
		return "has a wildcard: a principal is named in full, or all are by \"*\""
	case p.Kind() == policy.NoOne:
		return "is no account, user, role, session or service"
	case p.Kind() == policy.UniqueID:
		return "is what is left of a user or role that was deleted"
	case p.Kind() == policy.Service && !isServiceName(p.String(), partition):
		return "is no AWS service"
	case p.Partition() != "" && p.Partition() != partition:
		return fmt.Sprintf("is not in the key's partition, %q", partition)
	default:
		return ""
	}
}

// isServiceName reports whether a service principal has the domain of AWS
// services. Of partitions other than the three public ones the domains are not
// known here.
func isServiceName(name, partition string) bool {
	switch partition {
	case "aws", "aws-us-gov":
		return strings.HasSuffix(name, ".amazonaws.com")
	case "aws-cn":
		return strings.HasSuffix(name, ".amazonaws.com") || strings.HasSuffix(name, ".amazonaws.com.cn")
	default:
		return true
	}
}
