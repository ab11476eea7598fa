package lint

import (
	"strings"

	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// A bound says how the value of a condition key keeps out strangers.
type bound uint8

const (
	byValue   bound = iota // any value that is not a mere wildcard
	byAccount              // an ARN that names an account
	byRange                // a range of addresses that is not all of them
)

// bounds are the condition keys that tell callers, or the resource on whose behalf a service
// calls, from those of strangers. What anybody can say of a caller of their own is not among
// them: the name of a user, a tag, a service that calls on the caller's behalf, an encryption
// context, an address within a VPC.
//
// See IAM User Guide, "AWS global condition context keys", and AWS KMS Developer Guide, "AWS KMS
// condition keys".
var bounds = []struct {
	bound bound
	keys  []string
}{
	{byValue, []string{
		"kms:CallerAccount", "aws:PrincipalAccount", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:userid",
		"aws:PrincipalServiceName", "aws:PrincipalServiceNamesList",
		"aws:SourceAccount", "aws:SourceOrgID", "aws:SourceOrgPaths",
		"aws:SourceVpc", "aws:SourceVpce", "aws:VpceAccount", "aws:VpceOrgID", "aws:VpceOrgPaths", "aws:Ec2InstanceSourceVpc",
		"identitystore:UserId",
	}},
	{byAccount, []string{
		"aws:PrincipalArn", "aws:SourceArn", "aws:SourceVpcArn", "aws:ChatbotSourceArn",
		"ec2:SourceInstanceArn", "lambda:SourceFunctionArn", "codebuild:BuildArn", "codebuild:ProjectArn", "ssm:SourceInstanceArn",
	}},
	{byRange, []string{"aws:SourceIp"}},
}

// boundOf finds the bound of a condition key.
var boundOf = indexBounds()

func indexBounds() map[conditions.Key]bound {
	index := map[conditions.Key]bound{}
	for _, row := range bounds {
		for _, name := range row.keys {
			index[conditions.ParseKey(name)] = row.bound
		}
	}
	return index
}

// alwaysThere are those that every caller but a service has, so that IfExists changes nothing.
var alwaysThere = on("kms:CallerAccount", "aws:PrincipalAccount", "aws:PrincipalArn")

// isBound reports whether a test holds for nobody but callers that its author had in mind.
func isBound(t *conditions.Test) bool {
	op := t.Operator()
	holdsWithKey := requires(t) || alwaysThere(t) && op.IfExists() && op.Quantifier() == conditions.Plain && !op.Info().Negated
	return holdsWithKey && op.Info().Name != null && comparesBound(t)
}

// isReverseBound reports whether a test holds for everybody but callers that its author had in
// mind, as in a statement that denies.
func isReverseBound(t *conditions.Test) bool { return t.Operator().Info().Negated && comparesBound(t) }

// comparesBound reports whether a test compares something that tells callers from strangers with
// values that do.
func comparesBound(t *conditions.Test) bool {
	if isOwnResource(t) {
		return true
	}
	bound, ok := boundOf[t.ConditionKey()]
	if !ok {
		return false
	}
	for v := range t.Values() {
		if isOpen(v.Text, bound, t.Operator()) {
			return false
		}
	}
	return true
}

// ofResource are the keys that tell whose the key is.
var ofResource = on("aws:ResourceAccount", "aws:ResourceOrgID", "aws:ResourceOrgPaths")

// isOwnResource reports whether a test demands that caller and key belong together.
func isOwnResource(t *conditions.Test) bool {
	if !ofResource(t) {
		return false
	}
	for v := range t.Values() {
		if !strings.Contains(strings.ToLower(v.Text), "${aws:principal") {
			return false
		}
	}
	return true
}

// isOpen reports whether a value of a condition lets in strangers. A policy variable counts as if
// it did not.
func isOpen(value string, bound bound, op conditions.Operator) bool {
	if bound == byRange {
		return strings.HasSuffix(value, "/0")
	}
	if !op.Info().Wildcards || strings.Contains(value, "${") {
		return false
	}
	if bound == byAccount {
		return !namesAccount(value)
	}
	// Every organization's id begins with "o-".
	return strings.Trim(strings.TrimPrefix(value, "o-"), "*?/") == ""
}

// namesAccount reports whether a pattern of ARNs says of which account. Buckets have none in
// their ARN.
func namesAccount(pattern string) bool {
	const account, digits = 4, 12
	parts := strings.SplitN(pattern, ":", account+2)
	if len(parts) <= account {
		return false
	}
	literal := parts[account]
	if i := strings.IndexAny(literal, "*?"); i >= 0 {
		literal = literal[:i]
		return len(literal) >= digits
	}
	return true
}

// deniedExcept returns the actions that the policy denies to everybody but those whom a test picks
// that passes the filter, or whom NotPrincipal spares.
func (p *Pass) deniedExcept(is func(*conditions.Test) bool) action.Set {
	var denied action.Set
	for _, s := range p.doc.Statements() {
		if s.Effect() != policy.Deny || !p.coversKey(s) {
			continue
		}
		if hasKind(s, policy.Anyone) && anyTest(s, is) || s.IsNotPrincipal() && isEmpty(s.Condition()) {
			denied = denied.Union(s.Actions())
		}
	}
	return denied
}
