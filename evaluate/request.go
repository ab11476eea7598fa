package evaluate

import (
	"slices"
	"strings"
	"time"

	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/kmsauthz/kmsauthz/grants"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// RequestConfig says what is asked of KMS. Only Action is required. The key and
// the caller are not part of it: Decide brings the three together.
type RequestConfig struct {
	// Action is the permission that is needed. An action that is not valid
	// makes a request that KMS does not have, which Decide denies.
	Action action.Action
	Region string // the Region that is called; empty: the key's or the alias's own
	// KeyID is how the caller names the key: its ARN or id, or the name or ARN
	// of one of its aliases. Empty: by its ARN.
	KeyID string
	// Alias is the ARN of an alias. It makes the request the alias half of
	// CreateAlias, UpdateAlias or DeleteAlias, which is decided without a key.
	Alias string

	// ViaService is the AWS service that calls on the caller's behalf, in the
	// form of kms:ViaService: "s3.us-east-1.amazonaws.com".
	ViaService    string
	SourceARN     string // the resource for which an AWS service calls as itself
	SourceAccount string // its account; empty: the account in SourceARN, if any

	EncryptionContext map[string]string // for CreateGrant, the pairs of the new grant's constraint
	GrantTokens       []string
	GrantID           string // the grant that RetireGrant or RevokeGrant is about

	Time        time.Time // zero: not known
	VPCEndpoint *VPCEndpoint

	// Context gives all other condition keys, such as
	// aws:MultiFactorAuthPresent, and operation parameters under their
	// condition keys, such as kms:GrantOperations.
	Context map[string][]string
}

// VPCEndpoint is the interface endpoint that a call goes through.
type VPCEndpoint struct {
	ID     string                 // "vpce-0abc..."; empty: not known
	Policy *policy.EndpointPolicy // nil: not given, so that it does not decide
}

// A Request is what a caller asks of KMS, compiled for decisions.
//
// A Request is immutable and safe for concurrent use by multiple goroutines.
type Request struct {
	action action.Action
	only   action.Set // the action alone
	info   *action.Info

	region      string
	givenRegion []string // aws:RequestedRegion, given instead of region
	keyID       keyID
	alias       *policy.ARN // without parts if there is none
	aliasARN    string

	viaService string
	pairs      pairList // of the encryption context
	tokens     []string
	grantID    string
	child      *childGrant // nil if the request is not CreateGrant
	endpoint   *policies   // that of the VPC endpoint; nil if there is none

	context conditions.Context
	visible *visibleKeys

	// The memory of context and of most pairs.
	facts facts
	room  [1]pair
}

// noARN is that of a request without an alias.
var noARN policy.ARN

// keyID is a key identifier in one of its four forms.
type keyID struct {
	text  string
	form  keyIDForm
	alias string      // the alias name in an alias name or alias ARN
	arn   *policy.ARN // of an alias ARN
}

type keyIDForm uint8

const (
	noKeyID keyIDForm = iota
	bareKeyID
	keyARN
	aliasName
	aliasARN
)

// namesAlias reports whether an alias stands for the key.
func (id *keyID) namesAlias() bool { return id.form == aliasName || id.form == aliasARN }

// NewRequest checks cfg and compiles it. The error is a [ConfigErrors].
func NewRequest(cfg RequestConfig) (*Request, error) {
	f := &faults{config: "RequestConfig"}
	row := rowOf(cfg.Action)
	r := &Request{
		action:     cfg.Action,
		only:       action.Set{}.With(cfg.Action),
		info:       &row.info,
		region:     cfg.Region,
		keyID:      readKeyID(f, cfg.KeyID),
		aliasARN:   cfg.Alias,
		viaService: cfg.ViaService,
		alias:      &noARN,
		tokens:     slices.Clone(cfg.GrantTokens),
		grantID:    cfg.GrantID,
		visible:    &row.visible,
	}
	r.pairs = appendPairs(r.room[:0], cfg.EncryptionContext)
	if cfg.Alias != "" {
		alias := checkARN(f, "Alias", cfg.Alias, "alias/")
		r.alias = &alias
		r.visible = &aliasKeys
		if r.region == "" {
			r.region = r.alias.Region
		}
	}
	if cfg.VPCEndpoint != nil && cfg.VPCEndpoint.Policy != nil {
		layer := policiesOf(LayerVPCEndpointPolicy, []*policy.Document{&cfg.VPCEndpoint.Policy.Document}, 0)
		r.endpoint = &layer
	}
	checkRequestTexts(f, &cfg)
	r.context = r.facts.deriveRequestContext(f, &cfg, r)
	if cfg.Action == action.CreateGrant {
		r.child = r.readChild()
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	return r, nil
}

// Action returns the permission that is asked for.
func (r *Request) Action() action.Action { return r.action }

// endpointPolicy returns the policy of the VPC endpoint, or none.
func (r *Request) endpointPolicy() []*policy.Document {
	if r.endpoint == nil {
		return nil
	}
	return r.endpoint.docs
}

// usesKey reports whether the request is about a key.
func (r *Request) usesKey() bool {
	return r.aliasARN == "" && r.info.Resource != action.ResourceNone
}

// A childGrant is the grant that CreateGrant is to make, as far as its condition
// keys tell.
type childGrant struct {
	operations action.Set
	unknown    bool // an operation is none of KMS
	equals     bool // the pairs are its EncryptionContextEquals, else its EncryptionContextSubset
	pairs      map[string]string
	sourceARN  string
}

// within reports whether the operations of the new grant are among those of the
// grant under which it is made.
func (c *childGrant) within(parent action.Set) bool {
	return !c.unknown && c.operations.Intersect(parent) == c.operations
}

// beyond says which operations of the new grant are not among those of the grant
// under which it is made.
func (c *childGrant) beyond(parent action.Set) string {
	if more := c.operations.Intersect(parent.Complement()); more.Len() > 0 {
		return more.String()
	}
	return "an operation that KMS does not have"
}

// readChild reads the grant to be made from the condition keys of CreateGrant.
// An encryption context without kms:GrantConstraintType is taken as the laxer
// type, EncryptionContextSubset.
func (r *Request) readChild() *childGrant {
	c := &childGrant{pairs: r.pairs.toMap()}
	for _, name := range r.context.Lookup(known.grantOperations) {
		a, err := action.Parse("kms:" + name)
		c.operations, c.unknown = c.operations.With(a), c.unknown || err != nil
	}
	c.equals = slices.Contains(r.context.Lookup(known.grantConstraintType), "EncryptionContextEquals")
	for _, arn := range r.context.Lookup(known.grantConstraintSourceARN) {
		c.sourceARN = arn
	}
	return c
}

// constraints returns the constraints of the new grant, without the pairs if the
// key does not work with an encryption context.
func (c *childGrant) constraints(hasEncryptionContext bool) grants.Constraints {
	var pairs map[string]string
	if hasEncryptionContext {
		pairs = c.pairs
	}
	switch {
	case !c.equals:
		return grants.Constraints{EncryptionContextSubset: pairs, SourceARN: c.sourceARN}
	case pairs == nil:
		pairs = noPairs
	}
	return grants.Constraints{EncryptionContextEquals: pairs, SourceARN: c.sourceARN}
}

// noPairs is an encryption context that is there and empty.
var noPairs = map[string]string{}

// readKeyID reads a key identifier.
//
// See AWS KMS Developer Guide, "Key identifiers (KeyId)".
func readKeyID(f *faults, text string) keyID {
	id := keyID{text: text}
	switch {
	case text == "":
		return id
	case strings.HasPrefix(text, "alias/"):
		id.form, id.alias = aliasName, text
		if !isAliasName(text) {
			f.addf("KeyID", "found %q, expected an alias name such as \"alias/orders\"", text)
		}
	case strings.Contains(text, ":alias/"):
		arn := checkARN(f, "KeyID", text, "alias/")
		id.form, id.arn, id.alias = aliasARN, &arn, arn.Resource
	case strings.HasPrefix(text, "arn:"):
		checkARN(f, "KeyID", text, "key/")
		id.form = keyARN
	default:
		id.form = bareKeyID
	}
	return id
}

// checkRequestTexts checks the fields that are texts of a known form.
func checkRequestTexts(f *faults, cfg *RequestConfig) {
	if cfg.Region != "" && !isHostName(cfg.Region) {
		f.addf("Region", "found %q, expected a Region such as \"us-east-1\"", cfg.Region)
	}
	if cfg.ViaService != "" && (!isHostName(cfg.ViaService) || !strings.Contains(cfg.ViaService, ".")) {
		f.addf("ViaService", "found %q, expected a service as kms:ViaService names it, such as \"s3.us-east-1.amazonaws.com\"", cfg.ViaService)
	}
	if cfg.ViaService != "" && cfg.VPCEndpoint != nil {
		f.contradict("RequestConfig.VPCEndpoint", "ViaService", "a service that calls on the caller's behalf does not go through the caller's endpoint")
	}
	if cfg.SourceARN != "" {
		if _, err := policy.ParseARN(cfg.SourceARN); err != nil {
			f.addf("SourceARN", "%v", err)
		}
	}
	if cfg.SourceAccount != "" && !isAccountID(cfg.SourceAccount) {
		f.addf("SourceAccount", "found %q, expected an account id of 12 digits", cfg.SourceAccount)
	}
}

// isHostName reports whether s has only characters of host names and Regions.
func isHostName(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '-', c == '.':
		default:
			return false
		}
	}
	return s != "" && s[0] != '.' && s[len(s)-1] != '.'
}
