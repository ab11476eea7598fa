package evaluate

import (
	"fmt"
	"slices"

	"github.com/kmsauthz/kmsauthz/internal/nearest"
	"github.com/kmsauthz/kmsauthz/internal/printable"
)

// A Layer is a place where a request can be blocked, or what allowed it. The
// constants stand in the order of evaluation, which is the order of
// [Decision.Blockers] too.
type Layer uint8

// The layers. LayerNone, the zero value, is no layer.
const (
	LayerNone                Layer = iota
	LayerRequest                   // KMS has no such request
	LayerRegion                    // the key is not in the Region that was called
	LayerCrossAccount              // the operation never works across accounts
	LayerSCP                       // a service control policy of the caller's account
	LayerRCP                       // a resource control policy of the key's account
	LayerVPCEndpointPolicy         // the policy of the VPC endpoint that the call went through
	LayerKeyPolicy                 // the key policy
	LayerIAMPolicy                 // the caller's identity-based policies
	LayerGrant                     // a grant that names the caller
	LayerPermissionsBoundary       // the caller's permissions boundary
	LayerSessionPolicy             // the policy passed when the session was made
	LayerKeyUsage                  // the key's spec or usage does not support the operation
	LayerKeyState                  // the key's state does not permit the operation
)

var layerNames = []string{
	LayerNone:                "",
	LayerRequest:             "request",
	LayerRegion:              "region",
	LayerCrossAccount:        "cross-account",
	LayerSCP:                 "scp",
	LayerRCP:                 "rcp",
	LayerVPCEndpointPolicy:   "vpc-endpoint-policy",
	LayerKeyPolicy:           "key-policy",
	LayerIAMPolicy:           "iam-policy",
	LayerGrant:               "grant",
	LayerPermissionsBoundary: "permissions-boundary",
	LayerSessionPolicy:       "session-policy",
	LayerKeyUsage:            "key-usage",
	LayerKeyState:            "key-state",
}

// String returns the layer's name, such as "key-policy", or "" for LayerNone.
func (l Layer) String() string { return spelling(layerNames, l) }

// MarshalText returns the layer's name.
func (l Layer) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText accepts the name of a layer and nothing else.
func (l *Layer) UnmarshalText(text []byte) (err error) {
	*l, err = ParseLayer(string(text))
	return err
}

// ParseLayer returns the layer of that name. The error of an unknown name says
// which one is nearest.
func ParseLayer(name string) (Layer, error) {
	return parseWord[Layer]("layer", layerNames, name)
}

// A Reason says why a layer blocks.
type Reason uint8

// The reasons. ReasonNone, the zero value, is no reason.
const (
	ReasonNone                    Reason = iota
	ReasonExplicitDeny                   // a Deny statement matches
	ReasonNoDelegation                   // no Allow statement of the key policy names the caller or its account
	ReasonPrincipalNotNamed              // no Allow statement names the caller of another account, or the service
	ReasonActionNotAllowed               // the caller or its account is named, but not with this action
	ReasonNoAllow                        // no Allow statement has the action, or no policy is attached
	ReasonResourceNotMatched             // caller and action match, the resource does not
	ReasonConditionNotMet                // caller, action and resource match, a condition fails
	ReasonGrantRequiresDelegation        // a grant would allow, but the key policy does not delegate
	ReasonAWSManagedKey                  // the fixed policy of an AWS managed key does not allow
	ReasonGrantNotEffective              // the grant is too new and its token is missing, or it is retired
	ReasonConstraintNotMet               // the request does not satisfy the grant's constraint
	ReasonOperationNotGranted            // the caller's grant does not have this operation
	ReasonWrongRegion                    // the key is in another Region
	ReasonNotCrossAccount                // the key is in another account
	ReasonDisabled                       // the key is disabled
	ReasonPendingDeletion                // the key is scheduled for deletion
	ReasonPendingReplicaDeletion         // the primary key waits for the deletion of its replicas
	ReasonPendingImport                  // the key has no key material yet
	ReasonUnavailable                    // the key's custom key store is disconnected
	ReasonCreating                       // the replica key is being created
	ReasonUpdating                       // the primary Region is being changed
	ReasonNotPendingDeletion             // there is no deletion to cancel
	ReasonUnsupportedOperation           // no key of this origin has the operation
	ReasonInvalidKeyUsage                // no key of this spec and usage has the operation
	ReasonInvalidRequest                 // KMS has no such request
)

var reasonNames = []string{
	ReasonNone:                    "",
	ReasonExplicitDeny:            "explicit-deny",
	ReasonNoDelegation:            "no-delegation",
	ReasonPrincipalNotNamed:       "principal-not-named",
	ReasonActionNotAllowed:        "action-not-allowed",
	ReasonNoAllow:                 "no-allow",
	ReasonResourceNotMatched:      "resource-not-matched",
	ReasonConditionNotMet:         "condition-not-met",
	ReasonGrantRequiresDelegation: "grant-requires-delegation",
	ReasonAWSManagedKey:           "aws-managed-key",
	ReasonGrantNotEffective:       "grant-not-effective",
	ReasonConstraintNotMet:        "constraint-not-met",
	ReasonOperationNotGranted:     "operation-not-granted",
	ReasonWrongRegion:             "wrong-region",
	ReasonNotCrossAccount:         "not-cross-account",
	ReasonDisabled:                "disabled",
	ReasonPendingDeletion:         "pending-deletion",
	ReasonPendingReplicaDeletion:  "pending-replica-deletion",
	ReasonPendingImport:           "pending-import",
	ReasonUnavailable:             "unavailable",
	ReasonCreating:                "creating",
	ReasonUpdating:                "updating",
	ReasonNotPendingDeletion:      "not-pending-deletion",
	ReasonUnsupportedOperation:    "unsupported-operation",
	ReasonInvalidKeyUsage:         "invalid-key-usage",
	ReasonInvalidRequest:          "invalid-request",
}

// String returns the reason's name, such as "no-delegation", or "" for
// ReasonNone.
func (r Reason) String() string { return spelling(reasonNames, r) }

// MarshalText returns the reason's name.
func (r Reason) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText accepts the name of a reason and nothing else.
func (r *Reason) UnmarshalText(text []byte) (err error) {
	*r, err = ParseReason(string(text))
	return err
}

// ParseReason returns the reason of that name. The error of an unknown name
// says which one is nearest.
func ParseReason(name string) (Reason, error) {
	return parseWord[Reason]("reason", reasonNames, name)
}

// spelling returns the word for v in the table of a closed set.
func spelling[T ~uint8](words []string, v T) string {
	if int(v) < len(words) {
		return words[v]
	}
	return fmt.Sprintf("%T(%d)", v, v)
}

// parseWord returns the member of a closed set that is spelled word, exactly.
func parseWord[T ~uint8](what string, words []string, word string) (T, error) {
	if i := slices.Index(words, word); i >= 0 && word != "" {
		return T(i), nil
	}
	if near, ok := nearest.Word(word, slices.Values(words)); ok && near != "" {
		return 0, printable.Errorf("unknown %s %q (did you mean %q?)", what, word, near)
	}
	return 0, printable.Errorf("unknown %s %q", what, word)
}
