package workflow

import (
	"errors"
	"maps"
	"slices"
	"strconv"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// request returns a step's request to KMS.
func (c *checker) request(t texts, s *Step) (evaluate.RequestConfig, error) {
	cfg := evaluate.RequestConfig{
		Action:            s.Action,
		Region:            t.region,
		Alias:             t.expand(s.Alias),
		ViaService:        t.expand(s.ViaService),
		SourceARN:         t.expand(s.SourceARN),
		EncryptionContext: t.expandPairs(s.EncryptionContext),
		Context:           t.expandValues(s.Context),
	}
	if cfg.SourceARN != "" {
		cfg.SourceAccount = c.parties.account(Source)
	}
	set := func(key string, values ...string) { cfg.Context[key] = values }
	switch {
	case s.Grant != nil:
		cfg.EncryptionContext = c.describeGrant(t, s, set)
	case !carriesContext(s.Action):
		cfg.EncryptionContext = nil
	}
	f := faults{config: "Parties"}
	if s.Action == action.CreateKey {
		describeNewKey(&f, &c.parties.Key, set)
	}
	if s.Action == action.CreateKey || s.NewKey {
		describeTags(c.parties.Key.Tags, set)
	}
	c.addGiven(&f, s, &cfg)
	return cfg, f.err()
}

// addGiven adds what the user gives for requests of this caller.
func (c *checker) addGiven(f *faults, s *Step, cfg *evaluate.RequestConfig) {
	own := s.Caller == "{Caller}"
	if (own || s.Caller == "{Role}") && carriesContext(s.Action) && len(c.parties.EncryptionContext) > 0 {
		pairs := maps.Clone(c.parties.EncryptionContext)
		for name, value := range cfg.EncryptionContext {
			if _, replaced := pairs[name]; !replaced {
				pairs[name] = value
			}
		}
		cfg.EncryptionContext = pairs
	}
	for _, key := range slices.Sorted(maps.Keys(c.parties.Context)) {
		if !own {
			break
		}
		if _, taken := cfg.Context[key]; taken {
			f.addf(contextField(key), "follows from the workflow")
			continue
		}
		cfg.Context[key] = slices.Clone(c.parties.Context[key])
	}
}

// carriesContext reports whether a request has an encryption context of its own.
// CreateGrant has that of the new grant's constraint.
func carriesContext(a action.Action) bool {
	return a.Info().EncryptionContext && a != action.CreateGrant
}

// labelledRequest says of the faults of a request whether they come from the
// Context that the user gives or from the row.
func (c *checker) labelledRequest(err error, field string) error {
	var found evaluate.ConfigErrors
	if !errors.As(err, &found) {
		return err
	}
	f := faults{}
	for _, fault := range found {
		f.config = field
		for key := range c.parties.Context {
			if fault.Field == contextField(key) {
				f.config = "Parties"
			}
		}
		f.addf(fault.Field, "%s", fault.Text)
	}
	return f.err()
}

// contextField names an element of a Context, for messages.
func contextField(key string) string { return "Context[" + strconv.Quote(key) + "]" }

// describeGrant sets the condition keys that tell of the grant that CreateGrant
// makes, and returns the pairs of its constraint.
//
// See AWS KMS Developer Guide, "AWS KMS condition keys".
func (c *checker) describeGrant(t texts, s *Step, set func(key string, values ...string)) map[string]string {
	g := s.Grant
	var names []string
	for a := range g.Operations.All() {
		names = append(names, a.Name())
	}
	set("kms:GrantOperations", names...)
	set("kms:GranteePrincipal", c.grantee(t, s))
	switch {
	case g.EncryptionContextEquals != nil:
		set("kms:GrantConstraintType", "EncryptionContextEquals")
		return t.expandPairs(g.EncryptionContextEquals)
	case g.EncryptionContextSubset != nil:
		set("kms:GrantConstraintType", "EncryptionContextSubset")
		return t.expandPairs(g.EncryptionContextSubset)
	default:
		return nil
	}
}

// describeNewKey sets the condition keys that tell of the key that CreateKey
// makes. KeyUsage must be given for all but symmetric encryption keys (AWS KMS API
// Reference, "CreateKey").
func describeNewKey(f *faults, cfg *evaluate.KeyConfig, set func(key string, values ...string)) {
	if cfg.Spec != evaluate.SymmetricDefault && cfg.Usage == evaluate.UsageOfSpec {
		f.addf("Key.Usage", "missing: CreateKey needs it for a key of spec %s", cfg.Spec)
	}
	set("kms:KeySpec", cfg.Spec.String())
	if usage := cfg.Usage.String(); usage != "" {
		set("kms:KeyUsage", usage)
	}
	set("kms:KeyOrigin", cfg.Origin.String())
	set("kms:MultiRegion", strconv.FormatBool(cfg.MultiRegion))
	if kind := cfg.MultiRegionKeyType.String(); kind != "" {
		set("kms:MultiRegionKeyType", kind)
	}
}

// describeTags sets the condition keys of the tags that a new key gets.
func describeTags(tags map[string]string, set func(key string, values ...string)) {
	for name, value := range tags {
		set("aws:RequestTag/"+name, value)
	}
	if len(tags) > 0 {
		set("aws:TagKeys", slices.Sorted(maps.Keys(tags))...)
	}
}
