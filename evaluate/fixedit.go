package evaluate

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/kmsauthz/kmsauthz/grants"
	"github.com/kmsauthz/kmsauthz/policy"
)

// An Edit is one change of a situation: a [*PolicyEdit], [*NewGrant],
// [*RevokeGrant], [*PassGrantToken], [*AwaitGrant], [*PassEncryptionContext],
// [*CallRegion], [*NameKeyByARN], [*ChangeKeyState] or [*UseCustomerKey].
//
// As JSON an edit is an object with "kind" (the type's name in words with
// hyphens, such as "policy" and "new-grant"), "text" and what its fields say.
type Edit interface {
	// String says what to do, in the imperative, in one line.
	String() string
	// apply returns the situation with the change made.
	apply(parts) parts
}

// parts are the three that meet in a decision.
type parts struct {
	key     *Key
	caller  *Caller
	request *Request
}

// A PolicyEdit changes one policy document, or makes it.
type PolicyEdit struct {
	Layer   Layer
	Policy  string           // the policy's name, as Entry.Policy gives it
	Number  int              // the policy's place among those of its layer, from 0
	Before  *policy.Document // nil for a policy that is to be made
	After   *policy.Document
	Changes []policy.Edit // what leads from Before, or from a policy without statements, to After
}

// Diff returns the change as a unified diff of the policy's text.
func (e *PolicyEdit) Diff() string {
	if e.Before == nil {
		return policy.Diff(new(policy.Document), e.After)
	}
	return policy.Diff(e.Before, e.After)
}

// String says what to do.
func (e *PolicyEdit) String() string {
	texts := make([]string, len(e.Changes))
	for i, c := range e.Changes {
		texts[i] = c.String()
	}
	where := "in " + e.what() + ", "
	if e.Before == nil {
		where = "make " + e.what() + " and "
	}
	return where + strings.Join(texts, " and ")
}

// what names the policy: "the key policy", "the IAM policy app-kms".
func (e *PolicyEdit) what() string {
	switch e.Layer {
	case LayerKeyPolicy:
		return "the key policy"
	case LayerSCP:
		return "the service control policy " + e.Policy
	case LayerRCP:
		return "the resource control policy " + e.Policy
	case LayerVPCEndpointPolicy:
		return "the VPC endpoint's policy"
	case LayerPermissionsBoundary:
		return "the permissions boundary " + e.Policy
	case LayerSessionPolicy:
		return "the session policy " + e.Policy
	default:
		return "the IAM policy " + e.Policy
	}
}

func (e *PolicyEdit) apply(p parts) parts { return p.withDocument(e.Layer, e.Number, e.After) }

// MarshalJSON returns the edit with its diff and the complete document.
func (e *PolicyEdit) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Kind     string           `json:"kind"`
		Text     string           `json:"text"`
		Layer    Layer            `json:"layer"`
		Policy   string           `json:"policy"`
		Changes  []policy.Edit    `json:"changes"`
		Diff     string           `json:"diff"`
		Document *policy.Document `json:"document"`
	}{"policy", e.String(), e.Layer, e.Policy, e.Changes, e.Diff(), e.After})
}

// A NewGrant makes a grant on the key.
type NewGrant struct {
	Grant grants.Grant
}

// String says what to do.
func (e *NewGrant) String() string {
	text := fmt.Sprintf("make a grant of %s to %s", e.Grant.Operations, e.Grant.Grantee)
	c := &e.Grant.Constraints
	if len(c.EncryptionContextSubset) > 0 {
		text += " for this encryption context"
	}
	if c.SourceARN != "" {
		text += " for " + c.SourceARN
	}
	return text
}

func (e *NewGrant) apply(p parts) parts {
	return p.withGrants(func(list []grants.Grant) []grants.Grant { return append(list, e.Grant) })
}

// MarshalJSON returns the edit with the grant's fields in AWS's words.
func (e *NewGrant) MarshalJSON() ([]byte, error) {
	type constraints struct {
		Subset    map[string]string `json:"EncryptionContextSubset,omitempty"`
		SourceARN string            `json:"SourceArn,omitempty"`
	}
	var operations []string
	for a := range e.Grant.Operations.All() {
		operations = append(operations, a.Name())
	}
	return json.Marshal(struct {
		Kind        string      `json:"kind"`
		Text        string      `json:"text"`
		Grantee     string      `json:"granteePrincipal"`
		Operations  []string    `json:"operations"`
		Constraints constraints `json:"constraints,omitzero"`
	}{"new-grant", e.String(), e.Grant.Grantee.String(), operations,
		constraints{e.Grant.Constraints.EncryptionContextSubset, e.Grant.Constraints.SourceARN}})
}

// A RevokeGrant takes a grant back.
type RevokeGrant struct {
	Grant string // its id

	index int
}

// String says what to do.
func (e *RevokeGrant) String() string { return "revoke grant " + e.Grant }

func (e *RevokeGrant) apply(p parts) parts {
	return p.withGrants(func(list []grants.Grant) []grants.Grant {
		list[e.index].Status = grants.Retired
		return list
	})
}

// MarshalJSON returns the edit with the grant's id.
func (e *RevokeGrant) MarshalJSON() ([]byte, error) { return grantEdit("revoke-grant", e, e.Grant) }

// A PassGrantToken passes the token of a grant that KMS may not know everywhere
// yet.
type PassGrantToken struct {
	Grant string // the grant's id
	Token string
}

// String says what to do.
func (e *PassGrantToken) String() string { return "pass the grant token of grant " + e.Grant }

func (e *PassGrantToken) apply(p parts) parts {
	return p.withRequest(func(r *Request) { r.tokens = append(r.tokens[:len(r.tokens):len(r.tokens)], e.Token) })
}

// MarshalJSON returns the edit with the grant's id.
func (e *PassGrantToken) MarshalJSON() ([]byte, error) {
	return grantEdit("pass-grant-token", e, e.Grant)
}

// An AwaitGrant waits until KMS knows a new grant everywhere.
type AwaitGrant struct {
	Grant string // its id

	index int
}

// String says what to do.
func (e *AwaitGrant) String() string {
	return "wait until grant " + e.Grant + " has spread, some seconds to five minutes, or pass the token that CreateGrant returned"
}

func (e *AwaitGrant) apply(p parts) parts {
	return p.withGrants(func(list []grants.Grant) []grants.Grant {
		list[e.index].Status = grants.Active
		return list
	})
}

// MarshalJSON returns the edit with the grant's id.
func (e *AwaitGrant) MarshalJSON() ([]byte, error) { return grantEdit("await-grant", e, e.Grant) }

// grantEdit returns the JSON of an edit that concerns one grant.
func grantEdit(kind string, e Edit, id string) ([]byte, error) {
	return json.Marshal(struct {
		Kind  string `json:"kind"`
		Text  string `json:"text"`
		Grant string `json:"grant"`
	}{kind, e.String(), id})
}

// A PassEncryptionContext passes another encryption context. Data that is
// encrypted already has its own: to decrypt it there is no choice.
//
// See AWS KMS Developer Guide, "Encryption context".
type PassEncryptionContext struct {
	Pairs map[string]string // the whole encryption context
}

// String says what to do.
func (e *PassEncryptionContext) String() string {
	return "pass the encryption context " + pairsText(e.Pairs) + ", which must be that of the data"
}

// pairsText writes pairs as JSON.
func pairsText(pairs map[string]string) string {
	text, _ := json.Marshal(pairs) // texts always have a JSON form
	return string(text)
}

func (e *PassEncryptionContext) apply(p parts) parts {
	return p.withRequest(func(r *Request) {
		r.pairs = pairsOf(e.Pairs)
		others := map[string][]string{}
		for name, value := range e.Pairs {
			others[encryptionContextPrefix+name] = []string{value}
		}
		if len(e.Pairs) > 0 {
			others["kms:EncryptionContextKeys"] = slices.Sorted(maps.Keys(e.Pairs))
		}
		r.context = replaced(r.context, isOfEncryptionContext, others)
	})
}

// isOfEncryptionContext reports whether a condition key follows from the
// encryption context.
func isOfEncryptionContext(key conditions.Key) bool {
	info, _ := key.Info()
	return settled[info.Name].field == "EncryptionContext"
}

// MarshalJSON returns the edit with the pairs.
func (e *PassEncryptionContext) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Kind  string            `json:"kind"`
		Text  string            `json:"text"`
		Pairs map[string]string `json:"encryptionContext"`
	}{"pass-encryption-context", e.String(), e.Pairs})
}

// A CallRegion calls KMS in another Region.
type CallRegion struct {
	Region string
}

// String says what to do.
func (e *CallRegion) String() string { return "call KMS in " + e.Region + ", the Region of the key" }

func (e *CallRegion) apply(p parts) parts {
	return p.withRequest(func(r *Request) {
		r.region, r.givenRegion = e.Region, nil
		r.context = replaced(r.context, is(known.requestedRegion), map[string][]string{"aws:RequestedRegion": {e.Region}})
	})
}

// MarshalJSON returns the edit with the Region.
func (e *CallRegion) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Kind   string `json:"kind"`
		Text   string `json:"text"`
		Region string `json:"region"`
	}{"call-region", e.String(), e.Region})
}

// A NameKeyByARN names the key in the request by its ARN rather than by its id or
// an alias.
type NameKeyByARN struct {
	ARN string
}

// String says what to do.
func (e *NameKeyByARN) String() string { return "name the key by its ARN, " + e.ARN }

func (e *NameKeyByARN) apply(p parts) parts { return p.withRequest((*Request).nameKeyByARN) }

// nameKeyByARN forgets how the request named the key.
func (r *Request) nameKeyByARN() {
	r.keyID = keyID{}
	r.context = replaced(r.context, is(known.requestAlias), nil)
}

// MarshalJSON returns the edit with the ARN.
func (e *NameKeyByARN) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Kind string `json:"kind"`
		Text string `json:"text"`
		ARN  string `json:"arn"`
	}{"name-key-by-arn", e.String(), e.ARN})
}

// A ChangeKeyState brings the key into another state.
type ChangeKeyState struct {
	From, To KeyState
}

// String says what to do.
func (e *ChangeKeyState) String() string {
	var texts []string
	for _, step := range stepsBetween(e.From, e.To) {
		texts = append(texts, step.text)
	}
	return strings.Join(texts, ", then ")
}

func (e *ChangeKeyState) apply(p parts) parts { return p.withKey(func(k *Key) { k.state = e.To }) }

// MarshalJSON returns the edit with both states.
func (e *ChangeKeyState) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Kind string `json:"kind"`
		Text string `json:"text"`
		From string `json:"from"`
		To   string `json:"to"`
	}{"change-key-state", e.String(), e.From.String(), e.To.String()})
}

// A UseCustomerKey uses a new customer managed key in the place of an AWS managed
// key, whose policy nobody can change.
type UseCustomerKey struct {
	Policy *policy.KeyPolicy // of the new key

	key *Key
}

// String says what to do.
func (e *UseCustomerKey) String() string {
	return "use a customer managed key in the place of the AWS managed key, with a key policy that lets in its account and this caller"
}

func (e *UseCustomerKey) apply(p parts) parts {
	p.key = e.key
	return p.withRequest((*Request).nameKeyByARN)
}

// MarshalJSON returns the edit with the policy of the new key.
func (e *UseCustomerKey) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Kind   string            `json:"kind"`
		Text   string            `json:"text"`
		Policy *policy.KeyPolicy `json:"policy"`
	}{"use-customer-key", e.String(), e.Policy})
}
