package workflow

import (
	"fmt"
	"slices"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/grants"
	"github.com/kmsauthz/kmsauthz/policy"
)

// Check decides each step of the workflow, as if those before it had succeeded:
// a grant that one makes is there for the next ones, also where it may not be
// made. The error is an [evaluate.ConfigErrors]: parties that are missing or do
// not fit, or a row of the user's own that says what nobody can mean.
func (w Workflow) Check(p Parties) (Result, error) {
	if err := w.validate(); err != nil {
		return Result{}, err
	}
	if err := p.check(&w); err != nil {
		return Result{}, err
	}
	c := checker{parties: &p, key: p.Key, sourceKey: p.SourceKey}
	c.key.Grants, c.sourceKey.Grants = slices.Clone(c.key.Grants), slices.Clone(c.sourceKey.Grants)
	result := Result{workflow: w.clone()}
	for i := range result.workflow.Steps {
		outcome, err := c.decide(i+1, &result.workflow.Steps[i])
		if err != nil {
			return Result{}, err
		}
		result.outcomes = append(result.outcomes, outcome)
	}
	return result, nil
}

// A checker decides the steps of a workflow, one after the other.
type checker struct {
	parties        *Parties
	key, sourceKey evaluate.KeyConfig // with the grants that were made so far
}

// decide decides a step.
func (c *checker) decide(number int, s *Step) (Outcome, error) {
	t := c.texts(s)
	key, err := c.keyOf(s)
	if err != nil {
		return Outcome{}, err
	}
	field := fmt.Sprintf("Workflow.Steps[%d]", number-1) // where faults of a row stand
	caller, err := c.caller(t, s.Caller, field)
	if err != nil {
		return Outcome{}, err
	}
	cfg, err := c.request(t, s)
	if err != nil {
		return Outcome{}, err
	}
	request, err := evaluate.NewRequest(cfg)
	if err != nil {
		return Outcome{}, c.labelledRequest(err, field)
	}
	if err := evaluate.Check(key, caller, request); err != nil {
		return Outcome{}, err
	}
	c.grant(number, t, s, caller)
	return Outcome{
		Number: number, Step: *s, Caller: caller.ARN(), Request: cfg,
		Decision: c.parties.Rules.Decide(key, caller, request),
	}, nil
}

// config returns the key that a step is about, nil if it is about none.
func (c *checker) config(s *Step) *evaluate.KeyConfig {
	switch s.Key {
	case Key:
		return &c.key
	case SourceKey:
		return &c.sourceKey
	default:
		return nil
	}
}

// keyOf returns the key that a step is about, nil if it is about none.
func (c *checker) keyOf(s *Step) (*evaluate.Key, error) {
	given := c.config(s)
	if given == nil {
		return nil, nil
	}
	key, err := evaluate.NewKey(s.asked(*given))
	return key, labelled(err, "Parties."+string(s.Key))
}

// asked returns a key as it is when the step is asked.
func (s *Step) asked(key evaluate.KeyConfig) evaluate.KeyConfig {
	if s.NewKey {
		key.Grants, key.Policy = nil, delegating(parsed(key.ARN).Account)
	}
	if s.AnyState {
		key.State = evaluate.Enabled
	}
	return key
}

// delegating returns a key policy that leaves everything to the IAM policies of
// the account: so it is for kms:TagResource on a key that is only being made.
//
// See AWS KMS Developer Guide, "Controlling access to tags".
func delegating(account string) *policy.KeyPolicy {
	p, err := policy.ParseKeyPolicy(fmt.Appendf(nil, `{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
		"Principal": {"AWS": %q}, "Action": "kms:*", "Resource": "*"}}`, account), nil)
	if err != nil {
		return nil // which NewKey reports
	}
	return p
}

// caller returns who makes a request, from the text of Step.Caller in that field.
func (c *checker) caller(t texts, template, field string) (*evaluate.Caller, error) {
	cfg, party := c.callerConfig(t, template)
	caller, err := evaluate.NewCaller(cfg)
	if party == "" {
		return caller, labelled(err, field+".Caller")
	}
	return caller, labelled(err, "Parties."+string(party))
}

// callerConfig returns who is meant by the text of Step.Caller or Grant.Grantee,
// and which party that is. A role session that a service makes for itself has no
// policies, but its account's organization has.
func (c *checker) callerConfig(t texts, template string) (evaluate.CallerConfig, Party) {
	p := c.parties
	if template == "{Caller}" {
		return p.Caller, Caller
	}
	if session, ok := sessionOfRole(template); ok {
		if session == "" {
			return p.Role, Role
		}
		return inSession(p.Role, t.expand(session)), Role
	}
	cfg := evaluate.CallerConfig{ARN: t.expand(template)}
	account := parsed(cfg.ARN).Account
	for _, in := range []*evaluate.CallerConfig{&p.Role, &p.Caller} {
		if account != "" && parsed(in.ARN).Account == account {
			cfg.Organization, cfg.ServiceControlPolicies = in.Organization, in.ServiceControlPolicies
		}
	}
	return cfg, ""
}

// grant adds the grant that a step makes, if any, to the key.
func (c *checker) grant(number int, t texts, s *Step, by *evaluate.Caller) {
	if s.Grant == nil {
		return
	}
	key, grantee := c.config(s), c.grantee(t, s)
	g := grants.Grant{
		ID:             fmt.Sprintf("of step %d", number),
		Grantee:        policy.ParsePrincipal(grantee),
		IssuingAccount: by.Account(),
		Operations:     s.Grant.Operations,
		Constraints: grants.Constraints{
			EncryptionContextEquals: t.expandPairs(s.Grant.EncryptionContextEquals),
			EncryptionContextSubset: t.expandPairs(s.Grant.EncryptionContextSubset),
		},
	}
	if g.Grantee.Kind() == policy.NoOne {
		g.Grantee = policy.ServicePrincipal(grantee)
	}
	key.Grants = append(key.Grants, g)
}

// grantee returns the grantee of the grant that a step makes.
func (c *checker) grantee(t texts, s *Step) string {
	cfg, _ := c.callerConfig(t, s.Grant.Grantee)
	return cfg.ARN
}
