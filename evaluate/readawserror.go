package evaluate

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// Denial says whether the text of an error speaks of a Deny statement or of a
// missing Allow.
type Denial uint8

// The kinds of denials. DenialOpen, the zero value, leaves it open.
const (
	DenialOpen     Denial = iota
	DenialImplicit        // no statement allows
	DenialExplicit        // a Deny statement matches
)

var denialNames = []string{DenialOpen: "open", DenialImplicit: "implicit", DenialExplicit: "explicit"}

// String returns the kind in lower case, such as "implicit".
func (d Denial) String() string { return spelling(denialNames, d) }

// An AWSErrorReading is what the text of an error tells of the request that was
// denied. What the text does not tell is empty.
type AWSErrorReading struct {
	Code   string // the exception as it is written, such as "AccessDeniedException" or "KMS.DisabledException"
	Caller string // an ARN or a service principal, as it is written
	Key    string // the ARN of the key or alias, as it is written; empty if the text hides it
	Policy string // the ARN of the policy that denies

	// Actions are the permissions that the text may be about: several where an
	// operation needs several, as ReEncrypt does.
	Actions []action.Action
	// Request is what is known of the request: the Action if there is but one,
	// Region, KeyID or Alias if the text names an alias, ViaService, SourceARN.
	Request RequestConfig

	// Layers are those that the text leaves possible, one of which blocks, in the
	// order of evaluation. There may be others that block and are not told.
	Layers []Layer
	Denial Denial // of the policies among Layers
	Reason Reason // where the text settles it: a state of the key, for example
}

// readingJSON is the JSON form of an AWSErrorReading.
type readingJSON struct {
	Code    string      `json:"code,omitempty"`
	Caller  string      `json:"caller,omitempty"`
	Key     string      `json:"key,omitempty"`
	Policy  string      `json:"policy,omitempty"`
	Actions []string    `json:"actions,omitempty"`
	Request requestJSON `json:"request,omitzero"`
	Layers  []Layer     `json:"layers,omitempty"`
	Denial  string      `json:"denial"`
	Reason  Reason      `json:"reason,omitzero"`
}

// requestJSON is the part of a request that a text tells, named as in a scenario.
type requestJSON struct {
	Action     string `json:"action,omitempty"`
	Region     string `json:"region,omitempty"`
	KeyID      string `json:"keyId,omitempty"`
	Alias      string `json:"alias,omitempty"`
	ViaService string `json:"viaService,omitempty"`
	SourceARN  string `json:"sourceArn,omitempty"`
}

// MarshalJSON returns the reading as one JSON object: "code", "caller", "key",
// "policy", "actions", "request" (as in a scenario), "layers", "denial" and
// "reason". What the text does not tell is left out.
func (r AWSErrorReading) MarshalJSON() ([]byte, error) {
	out := readingJSON{Code: r.Code, Caller: r.Caller, Key: r.Key, Policy: r.Policy, Layers: r.Layers, Denial: r.Denial.String(), Reason: r.Reason}
	for _, a := range r.Actions {
		out.Actions = append(out.Actions, a.String())
	}
	q := &r.Request
	out.Request = requestJSON{Region: q.Region, KeyID: q.KeyID, Alias: q.Alias, ViaService: q.ViaService, SourceARN: q.SourceARN}
	if q.Action.IsValid() {
		out.Request.Action = q.Action.String()
	}
	return json.Marshal(out)
}

// maxErrorText is the size of the longest text that ReadAWSError reads.
const maxErrorText = 64 << 10

// ReadAWSError reads the text of an error that KMS, or a service that calls KMS,
// gave to somebody: as the AWS CLI prints it, or an SDK, or in JSON or XML, with
// line breaks and quotes anywhere between its words. It knows
//
//   - "User: ... is not authorized to perform: kms:... on resource: ...", with
//     and without the cause, which names one type of policy;
//   - the same on "this resource" or "the resource associated with this
//     ciphertext", without the key. To callers of another account KMS says no
//     more than that the key does not exist, or that its side denies;
//   - "The ciphertext refers to a customer master key that does not exist, ...",
//     which may be any layer up to the session policy;
//   - key states, key usage and keys that are not found, by their messages or by
//     the name of the exception alone;
//   - failures in Amazon SNS's delivery status log, where the queue is encrypted.
//
// Where no resource-based or no identity-based policy allows, a grant would have
// allowed as well; no message tells of grants, so LayerGrant is possible in both
// cases. An explicit deny in a service control policy without an ARN leaves
// Denial open: older messages say so of a missing Allow, too. The request is
// that of the caller who is named; ViaService is set where the text names the
// operation of a service that calls KMS with its caller's identity.
//
// Any other text is an error, which says what was recognised: texts about other
// services, and errors of KMS that are no denials, such as
// InvalidCiphertextException.
func ReadAWSError(text string) (AWSErrorReading, error) {
	if len(text) > maxErrorText {
		return AWSErrorReading{}, fmt.Errorf("the text of the error has %d bytes, at most %d are read", len(text), maxErrorText)
	}
	r := errorReader{text: onOneLine(text)}
	if err := r.read(); err != nil {
		return AWSErrorReading{}, err
	}
	return r.AWSErrorReading, nil
}

// An errorReader is a reading in progress.
type errorReader struct {
	AWSErrorReading
	text      string
	code      *codeMeaning // of Code, nil if there is none
	operation string       // the API operation that failed
	service   string       // that called KMS for the caller, such as "s3"
}

func (r *errorReader) read() error {
	r.readCode()
	r.readOperation()
	r.readDelivery()
	found, err := r.readSentence()
	if err == nil && !found && !r.readPhrase() {
		err = r.readMeaning()
	}
	r.complete()
	return err
}

// readSentence reads "User: ... is not authorized to perform: kms:...".
func (r *errorReader) readSentence() (found bool, err error) {
	before, after, more := strings.Cut(r.text, unauthorized)
	for more {
		name, rest := cutWord(after)
		service, _, _ := strings.Cut(name, ":")
		if strings.EqualFold(service, "kms") {
			a, err := action.Parse(name)
			if err != nil {
				return false, err
			}
			r.Actions = []action.Action{a}
			if name := callerBefore(before); name != "" {
				r.Caller = name
			}
			return true, r.readCause(r.readResource(rest))
		}
		err = fmt.Errorf("%q is no permission of AWS KMS: the error is about another service", clip(name))
		before, after, more = strings.Cut(after, unauthorized)
	}
	return false, err
}

// callerBefore returns the caller whom a text names at its end.
func callerBefore(text string) string {
	text = strings.TrimSuffix(text, " ")
	i := strings.LastIndexByte(text, ' ') + 1
	name := strings.Trim(text[i:], quotes)
	named := strings.HasSuffix(text[:i], "User: ") || strings.HasSuffix(text[:i], "User ")
	if named || strings.HasPrefix(name, "arn:") || strings.HasSuffix(name, ".amazonaws.com") {
		return name
	}
	return ""
}

// readResource reads what follows the permission, and returns what follows the
// resource.
func (r *errorReader) readResource(text string) string {
	for _, hidden := range []string{hiddenResource, ciphertextResource} {
		if rest, ok := strings.CutPrefix(text, "on "+hidden); ok {
			return rest
		}
	}
	rest, ok := strings.CutPrefix(text, "on resource: ")
	if !ok {
		return text
	}
	name, rest := cutWord(rest)
	if name != "*" {
		r.Key = name
	}
	return rest
}

// readCause reads why the caller is not authorized.
func (r *errorReader) readCause(text string) error {
	text = strings.TrimLeft(text, " "+quotes)
	if strings.HasPrefix(text, "because the resource does not exist") {
		r.Layers = r.possible(LayerRegion, LayerCrossAccount, LayerRCP, LayerKeyPolicy, LayerGrant)
		return nil
	}
	if rest, ok := strings.CutPrefix(text, "because no "); ok {
		return r.readPolicyType(rest, DenialImplicit)
	}
	rest, ok := strings.CutPrefix(text, "with an explicit deny")
	if !ok {
		r.Layers = r.possible(authorizing...)
		return nil
	}
	r.Denial = DenialExplicit
	in, ok := strings.CutPrefix(rest, " in ")
	if !ok {
		r.Layers = r.possible(denying...)
		return nil
	}
	_, in, _ = strings.Cut(in, " ") // the article
	return r.readPolicyType(in, DenialExplicit)
}

// readPolicyType reads which type of policy denies, and which policy.
func (r *errorReader) readPolicyType(text string, d Denial) error {
	for _, t := range policyTypes {
		rest, ok := strings.CutPrefix(text, t.words)
		if !ok {
			continue
		}
		if through, ok := strings.CutPrefix(rest, " transitively through a "); ok {
			return r.readPolicyType(through, d)
		}
		if name, ok := strings.CutPrefix(rest, ": "); ok && strings.HasPrefix(name, "arn:") {
			r.Policy, _ = cutWord(name)
		}
		r.Denial, r.Layers = d, []Layer{t.layer}
		if d == DenialImplicit && (t.layer == LayerKeyPolicy || t.layer == LayerIAMPolicy) {
			r.Layers = r.possible(t.layer, LayerGrant)
		}
		switch {
		case d == DenialExplicit && t.layer == LayerSCP && r.Policy == "":
			r.Denial = DenialOpen // older messages say so of a missing Allow, too
		case d == DenialExplicit:
			r.Reason = ReasonExplicitDeny
		}
		return nil
	}
	return fmt.Errorf("%s, but not which layer denies: %q", r.recognised(), clip(text))
}

var (
	// denying are the layers that can have a Deny statement.
	denying = []Layer{LayerSCP, LayerRCP, LayerVPCEndpointPolicy, LayerKeyPolicy, LayerIAMPolicy, LayerPermissionsBoundary, LayerSessionPolicy}

	// authorizing are the layers that may stand behind any denial of access.
	authorizing = []Layer{LayerCrossAccount, LayerSCP, LayerRCP, LayerVPCEndpointPolicy, LayerKeyPolicy, LayerIAMPolicy, LayerGrant,
		LayerPermissionsBoundary, LayerSessionPolicy}

	// anywhere are those that may stand behind one that does not name the key.
	anywhere = append([]Layer{LayerRegion}, authorizing...)
)

// possible returns those of the layers that can block such a caller, action and
// key, as far as the text tells them.
func (r *errorReader) possible(layers ...Layer) []Layer {
	can := slices.DeleteFunc(slices.Clone(layers), func(l Layer) bool { return !r.canBlock(l) })
	if len(can) == 0 {
		return slices.Clone(layers) // the text knows better
	}
	return can
}

func (r *errorReader) canBlock(l Layer) bool {
	caller := policy.ParsePrincipal(r.Caller)
	isService := policy.ServicePrincipal(r.Caller).Kind() == policy.Service
	known := len(r.Actions) > 0
	var info action.Info // of all actions alike, where there are several
	if known {
		info = r.Actions[0].Info()
	}
	key, _ := policy.ParseARN(r.Key)
	onKey := !known || info.Resource != action.ResourceNone && !strings.HasPrefix(key.Resource, "alias/")
	isRoot := caller.Kind() == policy.Account
	hasPolicies := !isRoot && !(isService && onKey)
	switch l {
	case LayerCrossAccount:
		across := !isService && (key.Account == "" || key.Account != caller.Account())
		known = known || r.service != "" // whose calls all work across accounts
		return across && (!known || info.Action != 0 && info.Resource != action.ResourceNone && !info.CrossAccount)
	case LayerSCP, LayerVPCEndpointPolicy:
		return !isService
	case LayerRCP, LayerKeyPolicy:
		return onKey && info.Action != action.RetireGrant
	case LayerGrant:
		return onKey && (!known || info.Grantable)
	case LayerIAMPolicy, LayerPermissionsBoundary:
		return hasPolicies
	case LayerSessionPolicy:
		return hasPolicies && caller.Kind() != policy.User
	default:
		return true
	}
}

// complete fills in the request.
func (r *errorReader) complete() {
	if len(r.Actions) == 1 {
		r.Request.Action = r.Actions[0]
	}
	arn, err := policy.ParseARN(r.Key)
	if err != nil || arn.Service != "kms" || !isHostName(arn.Region) {
		return
	}
	r.Request.Region = arn.Region
	var f faults
	if checkARN(&f, "", r.Key, "alias/"); len(f.found) == 0 {
		if r.Request.Action.Info().Resource == action.ResourceAliasAndKey {
			r.Request.Alias = r.Key
		} else {
			r.Request.KeyID = r.Key
		}
	}
	if r.service != "" && (arn.Partition == "aws" || arn.Partition == "aws-us-gov") {
		r.Request.ViaService = r.service + "." + arn.Region + ".amazonaws.com"
	}
}

// String says in a few lines what was read, which layers are possible, and what
// to collect in order to decide the request.
func (r AWSErrorReading) String() string {
	var b strings.Builder
	b.WriteString(r.question())
	if r.Code != "" {
		b.WriteString("\n" + r.Code)
	}
	if len(r.Layers) == 0 {
		return b.String()
	}
	b.WriteString("\npossible layers: " + joined(r.Layers, Layer.String))
	if how := r.how(); how != "" {
		b.WriteString(" (" + how + ")")
	}
	b.WriteString("\nnext: collect " + joined(r.Layers, Layer.evidence))
	return b.String()
}

// how says in what way the layers deny, as far as that is known.
func (r AWSErrorReading) how() string {
	var parts []string
	switch {
	case r.Denial == DenialImplicit:
		parts = append(parts, "implicitly")
	case r.Denial == DenialExplicit:
		parts = append(parts, "explicitly")
	case r.Reason != ReasonNone:
		parts = append(parts, r.Reason.String())
	}
	if r.Policy != "" {
		parts = append(parts, "by "+r.Policy)
	}
	return strings.Join(parts, ", ")
}

// question says who asked for what, as far as that is known.
func (r AWSErrorReading) question() string {
	text := joined(r.Actions, action.Action.String)
	if text == "" {
		text = "a request"
	}
	if r.Caller != "" {
		text += " by " + r.Caller
	}
	if r.Key != "" {
		text += " on " + r.Key
	}
	return text
}

// evidence names what has to be known in order to decide whether a layer blocks.
func (l Layer) evidence() string {
	switch l {
	case LayerRequest:
		return "how the request names the key"
	case LayerRegion:
		return "the Region that is called"
	case LayerCrossAccount:
		return "the accounts of caller and key"
	case LayerSCP:
		return "the SCPs of the caller's account"
	case LayerRCP:
		return "the RCPs of the key's account"
	case LayerVPCEndpointPolicy:
		return "the VPC endpoint's policy"
	case LayerKeyPolicy:
		return "the key policy"
	case LayerIAMPolicy:
		return "the caller's IAM policies"
	case LayerGrant:
		return "the key's grants"
	case LayerPermissionsBoundary:
		return "the permissions boundary"
	case LayerSessionPolicy:
		return "the session policies"
	case LayerKeyUsage, LayerKeyState:
		return "the key's metadata"
	default:
		return ""
	}
}

// joined returns the texts of the values with commas between, each once.
func joined[T any](values []T, text func(T) string) string {
	var list []string
	for _, v := range values {
		if t := text(v); !slices.Contains(list, t) {
			list = append(list, t)
		}
	}
	return strings.Join(list, ", ")
}
