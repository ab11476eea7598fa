package evaluate

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/kmsauthz/kmsauthz/grants"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// KeyConfig says everything about a KMS key that bears on authorization. Only
// ARN and Policy are required; the zero value of every other field is what most
// keys have.
type KeyConfig struct {
	ARN    string // the key's ARN; the key id in it is opaque text
	Policy *policy.KeyPolicy
	Grants []grants.Grant

	State              KeyState
	Manager            KeyManager
	Origin             Origin
	Spec               KeySpec
	Usage              KeyUsage
	MultiRegion        bool
	MultiRegionKeyType MultiRegionKeyType

	Aliases []string // alias names, "alias/orders"
	Tags    map[string]string

	// Organization is that of the key's account. Where it is empty, a caller of
	// the same account supplies it.
	Organization Organization
	// ResourceControlPolicies that apply to the key's account, by level: the
	// organization's root first, then each organizational unit, then the account.
	ResourceControlPolicies [][]*policy.ResourceControlPolicy

	// Context gives condition keys of the key that the fields above leave open.
	Context map[string][]string
}

// Organization is an account's place in AWS Organizations. The zero value says
// nothing.
type Organization struct {
	ID                string // "o-a1b2c3d4e5"
	Path              string // "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/"
	ManagementAccount bool   // the account manages the organization
}

// isZero reports whether nothing is known of the organization.
func (o Organization) isZero() bool { return o == Organization{} }

// A Key is a KMS key, compiled for decisions.
//
// A Key is immutable and safe for concurrent use by multiple goroutines.
type Key struct {
	arn          policy.ARN
	text         string             // the ARN as given
	policy       []*policy.Document // the key policy, one
	grants       []grants.Grant
	grantIndexes           // of grants
	accountNames [2]string // what delegates to the key's account: its ARN and its id
	accountSet   nameSet   // of accountNames

	state   KeyState
	manager KeyManager
	origin  Origin
	keyType action.KeyType
	blocked action.Set // operations that the state does not permit

	// What tells actions apart: state and usage, the RCPs, each statement of the
	// key policy.
	splits, rcpSplits splits
	policySplits      []statementSplits

	aliases      []string
	organization Organization
	homeless     bool // its organization is not known
	rcps         [][]*policy.Document
	layers       struct {
		policy policies
		rcps   []policies // by level
	}

	context conditions.Context
}

// NewKey checks cfg and compiles it. The error is a [ConfigErrors].
func NewKey(cfg KeyConfig) (*Key, error) {
	f := &faults{config: "KeyConfig"}
	k := &Key{
		text:         cfg.ARN,
		grants:       cloneGrants(cfg.Grants),
		state:        cfg.State,
		manager:      cfg.Manager,
		origin:       cfg.Origin,
		aliases:      slices.Clone(cfg.Aliases),
		organization: cfg.Organization,
		homeless:     cfg.Organization.isZero(),
	}
	k.arn = checkARN(f, "ARN", cfg.ARN, "key/")
	readable := len(f.found) == 0 // else what follows from the ARN is not checked
	k.accountNames = [2]string{rootARN(k.arn), k.arn.Account}
	k.accountSet = nameSetOf(k.accountNames[:]...)
	if cfg.Policy == nil {
		f.addf("Policy", "missing: every KMS key has a key policy")
	}
	usage := checkKeyProperties(f, &cfg)
	k.keyType = keyType(cfg.Spec, usage)
	for i, alias := range cfg.Aliases {
		if !isAliasName(alias) {
			f.addf(fmt.Sprintf("Aliases[%d]", i), "found %q, expected an alias name such as \"alias/orders\"", alias)
		}
	}
	for i := range cfg.Grants {
		checkGrant(f, i, &cfg.Grants[i], k, readable)
	}
	checkLevels(f, "ResourceControlPolicies", cfg.ResourceControlPolicies)
	k.context = deriveKeyContext(f, &cfg, k.arn, usage)
	if err := f.err(); err != nil {
		return nil, err
	}
	k.policy = []*policy.Document{&cfg.Policy.Document}
	k.rcps = levels(cfg.ResourceControlPolicies, func(p *policy.ResourceControlPolicy) *policy.Document { return &p.Document })
	k.grantIndexes = indexGrants(k.grants)
	k.compile()
	return k, nil
}

// compile works out what decisions ask of the key's state and policies.
func (k *Key) compile() {
	k.blocked = action.Set{}
	for a := range action.All() {
		if stateReason(a, k.state, k.origin) != ReasonNone {
			k.blocked = k.blocked.With(a)
		}
	}
	k.layers.policy = policiesOf(LayerKeyPolicy, k.policy, 0)
	k.layers.rcps = byLevel(LayerRCP, k.rcps)
	k.indexSplits()
}

// ARN returns the key's ARN.
func (k *Key) ARN() string { return k.text }

// checkKeyProperties checks the closed sets of cfg and returns the key's usage.
func checkKeyProperties(f *faults, cfg *KeyConfig) KeyUsage {
	inSet(f, "State", cfg.State, keyStateNames)
	inSet(f, "Manager", cfg.Manager, keyManagerNames)
	inSet(f, "Origin", cfg.Origin, originNames)
	inSet(f, "MultiRegionKeyType", cfg.MultiRegionKeyType, multiRegionKeyTypeNames)
	if cfg.MultiRegionKeyType != MultiRegionKeyTypeUnstated && !cfg.MultiRegion {
		f.contradict("KeyConfig.MultiRegion", "MultiRegionKeyType", "found %s, but the key is no multi-Region key", cfg.MultiRegionKeyType)
	}
	if !inSet(f, "Spec", cfg.Spec, keySpecNames) || !inSet(f, "Usage", cfg.Usage, keyUsageNames) {
		return cfg.Usage
	}
	usage, err := cfg.Spec.usage(cfg.Usage)
	if err != nil {
		f.contradict("KeyConfig.Spec", "Usage", "%v", err)
	}
	return usage
}

// inSet checks that v is a member of a closed set.
func inSet[T ~uint8](f *faults, field string, v T, words []string) bool {
	if int(v) < len(words) {
		return true
	}
	f.addf(field, "found %d, expected one of the declared constants", v)
	return false
}

// cloneGrants copies grants with their constraints.
func cloneGrants(list []grants.Grant) []grants.Grant {
	list = slices.Clone(list)
	for i := range list {
		c := &list[i].Constraints
		c.EncryptionContextEquals = maps.Clone(c.EncryptionContextEquals)
		c.EncryptionContextSubset = maps.Clone(c.EncryptionContextSubset)
	}
	return list
}

// checkGrant checks what a grant says of the key that it is on.
func checkGrant(f *faults, i int, g *grants.Grant, k *Key, readable bool) {
	field := func(name string) string { return fmt.Sprintf("Grants[%d].%s", i, name) }
	if readable && g.KeyID != "" && g.KeyID != k.text && g.KeyID != k.id() {
		f.contradict("KeyConfig.ARN", field("KeyID"), "the grant is on %q, another key than %q", g.KeyID, k.text)
	}
	if g.IssuingAccount != "" && !isAccountID(g.IssuingAccount) {
		f.addf(field("IssuingAccount"), "found %q, expected an account id of 12 digits", g.IssuingAccount)
	}
}

// id returns the key id, the part of the ARN behind "key/".
func (k *Key) id() string { return strings.TrimPrefix(k.arn.Resource, "key/") }

// hasAlias reports whether name is one of the key's alias names.
func (k *Key) hasAlias(name string) bool { return slices.Contains(k.aliases, name) }

// organizationFor returns the organization of the key's account, as the key
// knows it or else as a caller of the same account does.
func (k *Key) organizationFor(c *Caller) Organization {
	if k.homeless && c.account == k.arn.Account {
		return c.organization
	}
	return k.organization
}

// checkLevels refuses nil policies.
func checkLevels[P any](f *faults, field string, levels [][]*P) {
	for i, level := range levels {
		checkPolicies(f, fmt.Sprintf("%s[%d]", field, i), level)
	}
}

// checkPolicies refuses nil policies.
func checkPolicies[P any](f *faults, field string, policies []*P) {
	for i, p := range policies {
		if p == nil {
			f.addf(fmt.Sprintf("%s[%d]", field, i), "is nil")
		}
	}
}

// checkARN checks an ARN of a key ("key/...") or alias ("alias/...").
func checkARN(f *faults, field, text, prefix string) policy.ARN {
	a, err := policy.ParseARN(text)
	switch {
	case err != nil:
		f.addf(field, "%v", err)
	case a.Service != "kms" || a.Region == "" || !isAccountID(a.Account) || !strings.HasPrefix(a.Resource, prefix) || len(a.Resource) == len(prefix):
		f.addf(field, "found %q, expected arn:PARTITION:kms:REGION:ACCOUNT:%s...", text, prefix)
	}
	return a
}

// isAccountID reports whether s is the id of an AWS account, 12 digits.
func isAccountID(s string) bool {
	if len(s) != 12 {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// isAliasName reports whether s is an alias name: "alias/" and something more.
func isAliasName(s string) bool {
	name, ok := strings.CutPrefix(s, "alias/")
	return ok && name != "" && !strings.Contains(name, ":")
}

// rootARN returns the ARN that stands for the whole account of a.
func rootARN(a policy.ARN) string {
	return "arn:" + a.Partition + ":iam::" + a.Account + ":root"
}
