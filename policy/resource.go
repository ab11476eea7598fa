package policy

import (
	"strings"

	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/kmsauthz/kmsauthz/internal/wildcard"
)

// variablesVersion is the policy version from which on ${...} is a policy variable.
//
// See IAM User Guide, "IAM JSON policy elements: Version".
const variablesVersion = "2012-10-17"

// arnColons is the number of colons that stand before an ARN's resource.
const arnColons = 5

// A resourcePattern is one string of a Resource or NotResource element, compiled.
type resourcePattern struct {
	pattern  wildcard.Matcher     // the text, if there is no policy variable that counts
	template *conditions.Template // else the text
}

// newResourcePattern compiles text. Its '*' and '?' match any characters, colons included; an
// ARN that leaves out its last parts has any text there.
//
// UNDOCUMENTED: the IAM User Guide matches wildcards "within a segment" but lets a '*' at its
// end run on, and does not say how an ARN with missing parts is read.
func newResourcePattern(text string, variables bool) resourcePattern {
	colons, resource := arnShape(text)
	if strings.HasPrefix(text, "arn:") && colons < arnColons {
		text += ":*"
	}
	if !variables || !strings.Contains(text[resource:], "${") {
		return resourcePattern{pattern: wildcard.Compile(text).Prepare()}
	}
	template := conditions.NewTemplate(text[resource:], true, true).After(text[:resource])
	return resourcePattern{template: &template}
}

// arnShape counts the colons of text up to the fifth, those within ${...} left out, and returns
// the offset at which the resource starts, after the fifth.
func arnShape(text string) (colons, resource int) {
	last := strings.LastIndexByte(text, '}') // what begins behind it has no end
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == ':':
			if colons++; colons == arnColons {
				return colons, i + 1
			}
		case i < last && strings.HasPrefix(text[i:], "${"):
			i += strings.IndexByte(text[i:], '}')
		}
	}
	return colons, len(text)
}

// match reports whether the pattern covers the resource. One with a variable that the request
// does not resolve covers nothing.
func (p *resourcePattern) match(resource string, ctx *conditions.Context) bool {
	if p.template != nil {
		matched, _ := p.template.Match(resource, ctx)
		return matched
	}
	return p.pattern.Match(resource)
}

// MatchesResource reports whether the statement's Resource covers a resource, or its
// NotResource does not: the ARN of a key or an alias, or "*" for an operation that has no
// resource. The context resolves policy variables. A statement with neither element covers
// nothing.
//
// A variable that cannot be resolved keeps its pattern from covering anything, so in
// NotResource it spares nothing.
func (s *Statement) MatchesResource(arn string, ctx *conditions.Context) bool {
	return s.everyResource || s.matchesResource(arn, ctx)
}

func (s *Statement) matchesResource(arn string, ctx *conditions.Context) bool {
	if s.resourceForm == absent {
		return false
	}
	for i := range s.resourcePatterns {
		if s.resourcePatterns[i].match(arn, ctx) {
			return s.resourceForm == plain
		}
	}
	return s.resourceForm == negated
}
