package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/internal/nearest"
	"github.com/kmsauthz/kmsauthz/policy"
)

// optionsRule is the id of the rule about the options themselves.
const optionsRule = "options"

// key returns the key that the policy is for, the zero ARN if what the options have is none.
func (o *Options) key() policy.ARN {
	if id, ok := strings.CutPrefix(o.Key.Resource, "key/"); !ok || id == "" || o.Key.Service != "kms" || !o.Key.IsValid() {
		return policy.ARN{}
	}
	return o.Key
}

// selects reports whether a rule is to be looked for.
func (o *Options) selects(id string) bool {
	return len(o.Select) == 0 || id == optionsRule || slices.Contains(o.Select, id)
}

// silences reports whether a finding is to be left out.
func (o *Options) silences(p problem) bool {
	return slices.ContainsFunc(o.Silence, func(s Silence) bool {
		hasSid := p.at.Statement != nil && p.at.Statement.Sid() == s.Sid
		return s != Silence{} && (s.Rule == "" || s.Rule == p.rule.ID) && (s.Sid == "" || hasSid)
	})
}

// checkOptions reports options that mean nothing.
func checkOptions(p *Pass) {
	known := map[string]bool{}
	for _, rule := range p.rules {
		switch {
		case !isRuleID(rule.ID):
			p.Report(Place{}, fmt.Sprintf("Rules has the id %s, which is not made of lower-case words with hyphens", quote(rule.ID)))
		case known[rule.ID]:
			p.Report(Place{}, fmt.Sprintf("Rules has the id %q, which another rule has already", rule.ID))
		case rule.Check == nil || rule.AppliesTo&AllPolicies == 0:
			p.Report(Place{}, fmt.Sprintf("the rule %q checks nothing: it needs Check and AppliesTo", rule.ID))
		}
		known[rule.ID] = true
	}
	mention := func(option, id string) {
		if !known[id] {
			p.Report(Place{}, fmt.Sprintf("%s has the rule %s, which does not exist%s", option, quote(id), p.meantRule(id)))
		}
	}
	for _, id := range p.opts.Select {
		mention("Select", id)
	}
	for _, s := range p.opts.Silence {
		if s == (Silence{}) {
			p.Report(Place{}, "Silence has neither a rule nor a Sid, so it silences nothing")
		} else if s.Rule != "" {
			mention("Silence", s.Rule)
		}
	}
	if p.opts.Key != p.key {
		p.Report(Place{}, fmt.Sprintf("Key is %s, which is not the ARN of a key", quote(p.opts.Key.String())))
	}
}

// meantRule returns the rule that was probably meant, as it stands at the end of a message.
func (p *Pass) meantRule(id string) string {
	near, ok := nearest.Word(id, func(yield func(string) bool) {
		for _, rule := range p.rules {
			if !yield(rule.ID) {
				return
			}
		}
	})
	return didYouMean(near, ok)
}

// isRuleID reports whether id is made of lower-case words with hyphens between them.
func isRuleID(id string) bool {
	for word := range strings.SplitSeq(id, "-") {
		if word == "" || strings.Trim(word, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
			return false
		}
	}
	return true
}
