package main

import (
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/inventory"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// A key is a key that is asked about.
type key struct {
	*evaluate.Key
	Config evaluate.KeyConfig
	all    action.Set // what anybody could do with it, if all policies allowed everything
}

// An access is what one caller may do with one key by one layer, or what it may do conditionally.
type access struct {
	By      string // the layer that allows it, or "conditional"
	If      string // what stands in the way of a plain call; "" if nothing does
	Actions action.Set
	blocker evaluate.Entry // of a conditional access, if it has one
}

// gather compiles the keys and lists the callers: all users and roles that there are, the root
// users of the keys' accounts, and whom the keys' policies and grants name.
func (p *program) gather() {
	seen := map[string]bool{}
	for c := range p.inv.Callers() {
		p.addCaller(c, seen)
	}
	for k := range p.inv.Keys() {
		built, err := k.Compile()
		if err != nil {
			p.noteUnknown(err)
			continue
		}
		p.keys = append(p.keys, &key{Key: built, Config: k.Config(), all: p.supported(k.Config())})
	}
	if len(p.keys) == 0 {
		p.note("no file has a key of which all is known")
	}
	for _, k := range p.keys {
		p.addNamed(k, rootOf(k.Config.ARN), "", seen)
	}
	for _, k := range p.keys {
		for _, s := range k.Config.Policy.Statements() {
			if s.Effect() == policy.Deny || s.IsNotPrincipal() {
				continue
			}
			for principal := range s.Principals() {
				p.addNamed(k, principal, "its policy", seen)
			}
		}
		for _, g := range k.Config.Grants {
			p.addNamed(k, g.Grantee, "grant "+g.ID, seen)
		}
	}
	for _, e := range p.inv.Missing() {
		p.note("%v", e)
	}
}

// rootOf returns the root user of the account of a key.
func rootOf(keyARN string) policy.Principal {
	arn, _ := policy.ParseARN(keyARN) // a key has one
	return policy.ParsePrincipal("arn:" + arn.Partition + ":iam::" + arn.Account + ":root")
}

// addCaller adds a caller, once.
func (p *program) addCaller(c *inventory.Caller, seen map[string]bool) {
	if seen[c.ARN()] {
		return
	}
	seen[c.ARN()] = true
	if built, err := c.Compile(); err != nil {
		p.noteUnknown(err)
	} else {
		p.question.Callers = append(p.question.Callers, built)
	}
}

// addNamed adds whom a key's policy or grant names, or notes that nothing is known of it. An
// account stands for its root user.
func (p *program) addNamed(k *key, named policy.Principal, by string, seen map[string]bool) {
	home := rootOf(k.Config.ARN)
	switch {
	case named.Kind() == policy.NoOne || named.Kind() == policy.Anyone && k.Config.Manager == evaluate.AWSManaged:
		return
	case named.Kind() == policy.Anyone:
		p.note("%s: %s names everyone (*), of whom only those are listed whom the files have", k.ARN(), by)
		return
	case named.Kind() == policy.Account && named.Account() == home.Account():
		named = home
	case named.Kind() == policy.Account:
		p.note("%s: %s names account %s, of which those are listed whom the files have", k.ARN(), by, named.Account())
		return
	}
	c, err := p.inv.Caller(named.String())
	if err != nil {
		p.note("%s: %s names %s, which is in no file", k.ARN(), by, named)
		return
	}
	p.addCaller(c, seen)
}

// noteUnknown notes why a key or a caller is left out.
func (p *program) noteUnknown(err error) {
	var unknown *inventory.UnknownError
	if !errors.As(err, &unknown) {
		p.note("left out: %v", err)
		return
	}
	for _, e := range unknown.Unknown {
		p.note("%s is left out: %v", unknown.Name, e)
	}
}

// openPolicy allows everybody everything.
var openPolicy = []byte(`{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}}`)

// supported returns what the key itself permits: its type, state and origin.
func (p *program) supported(config evaluate.KeyConfig) action.Set {
	open, err := policy.ParseKeyPolicy(openPolicy, nil)
	config.Policy, config.Grants, config.ResourceControlPolicies = open, nil, nil
	k, keyErr := evaluate.NewKey(config)
	root, callerErr := evaluate.NewCaller(evaluate.CallerConfig{ARN: rootOf(config.ARN).String()})
	if errors.Join(err, keyErr, callerErr) != nil {
		return p.question.Actions
	}
	sweep := evaluate.DecideAll(k, root, p.question.Requests)
	return sweep.Allowed().Intersect(p.question.Actions)
}

// ask asks about all callers with some keys, and visits each pair in turn.
func (p *program) ask(keys []*key, before int, visit func(i int, caller *evaluate.Caller, list []access) error) error {
	q, told := p.question, time.Time{}
	for _, k := range keys {
		q.Keys = append(q.Keys, k.Key)
	}
	q.Progress = func(done, _ int64) {
		if p.progress && time.Since(told) > time.Second/10 {
			told = time.Now()
			fmt.Fprintf(p.errOut, "whocan: %d%%\n", (int64(before)*int64(len(q.Callers))+done)*100/(int64(len(p.keys))*int64(len(q.Callers))))
		}
	}
	i := 0
	for a := range q.Access() {
		if err := visit(i%len(keys), a.Caller, p.accesses(a, len(keys[i%len(keys)].Config.Grants) > 0)); err != nil {
			return err
		}
		i++
	}
	return nil
}

// accesses puts together what a caller may do with a key, which may have grants: by layer, then
// conditionally.
func (p *program) accesses(a evaluate.Access, granted bool) []access {
	var allowed, conditional []access
	for act := range p.question.Actions.All() {
		only := action.SetOf(act)
		if a.Allowed().Has(act) {
			allowed = add(allowed, access{By: a.Layer(act).String(), Actions: only})
			continue
		}
		d := p.question.Rules.Decide(a.Key, a.Caller, p.question.Requests.For(act))
		if why, blocker := condition(d, act, granted); why != "" {
			conditional = add(conditional, access{By: "conditional", If: why, Actions: only, blocker: blocker})
		}
	}
	return append(allowed, conditional...)
}

// add adds an access to those that differ in their actions alone.
func add(list []access, a access) []access {
	for i := range list {
		if list[i].By == a.By && list[i].If == a.If {
			list[i].Actions = list[i].Actions.Union(a.Actions)
			return list
		}
	}
	return append(list, a)
}

// condition says what else would have to be the case for a denied request to be allowed: of the
// call, of the key's state or of the rules. It is "" if that would not help. Most denials are told
// by their reason, without looking any closer; without grants there is one path only, and the rules
// do not differ.
func condition(d evaluate.Decision, a action.Action, granted bool) (why string, blocker evaluate.Entry) {
	switch d.Reason() {
	case evaluate.ReasonConditionNotMet, evaluate.ReasonConstraintNotMet, evaluate.ReasonExplicitDeny, evaluate.ReasonAWSManagedKey,
		evaluate.ReasonDisabled, evaluate.ReasonPendingDeletion, evaluate.ReasonPendingReplicaDeletion, evaluate.ReasonPendingImport,
		evaluate.ReasonUnavailable, evaluate.ReasonCreating, evaluate.ReasonUpdating:
		why, blocker = circumstances(d.Blockers(), a)
	}
	if why == "" && granted {
		why, blocker = circumstances(d.Alternatives(), a)
	}
	if why == "" && granted {
		why = d.Divergence()
	}
	return why, blocker
}

// circumstances says what stands in the way, and names the first of it; "" if it is more than
// circumstances.
func circumstances(blockers iter.Seq[evaluate.Entry], a action.Action) (why string, first evaluate.Entry) {
	var all []string
	for e := range blockers {
		waits := e.Layer() == evaluate.LayerKeyState && a.Info().Category == action.CategoryCryptographic
		if !e.Conditional() && !waits {
			return "", first
		}
		if len(all) == 0 {
			first = e
		}
		all = append(all, strings.TrimSuffix(e.Detail(), " "+a.String()))
	}
	return strings.Join(all, "; and "), first
}
