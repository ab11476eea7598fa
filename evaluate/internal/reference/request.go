package reference

import (
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/policy/action"
)

// noSuchRequest is rule 1: whether KMS has no such request, or what is said of
// it contradicts itself.
func (s *situation) noSuchRequest() bool {
	switch {
	case !s.request.Action.IsValid():
		return true
	case s.who.kind == anonymous: // all calls of KMS are signed
		return true
	case s.who.partition != "" && s.at.partition != "" && s.who.partition != s.at.partition:
		return true
	case !s.resourceFits(), s.key != nil && !s.identifierFits():
		return true
	case s.request.Action == action.RetireGrant && s.grant == nil:
		return true
	case s.who.kind == service && s.request.ViaService != "":
		return true // a service calls as itself or on behalf of someone
	}
	return s.twoOrganizations()
}

// resourceFits compares what was named with the action's resource: a key, an
// alias for one half of an alias operation, or nothing.
func (s *situation) resourceFits() bool {
	key, alias := s.key != nil, s.request.Alias != ""
	switch s.info.Resource {
	case action.ResourceNone:
		return !key && !alias
	case action.ResourceAliasAndKey:
		return key != alias
	}
	return key && !alias
}

// identifierFits checks KeyID, which names the key by its ARN or id or by one
// of its aliases' names or ARNs. A key of another account cannot be named by
// id or alias name, which KMS looks up in the caller's account (AWS KMS API
// Reference, KeyId of each operation).
func (s *situation) identifierFits() bool {
	given := s.request.KeyID
	if given == "" || given == s.key.ARN {
		return true
	}
	if s.acrossAccounts() && !strings.HasPrefix(given, "arn:") {
		return false
	}
	if given == strings.TrimPrefix(s.at.resource, "key/") {
		return true
	}
	alias, ok := s.requestAlias()
	return ok && s.info.AcceptsAlias && slices.Contains(s.key.Aliases, alias)
}

// requestAlias returns the name of the alias by which the request names the key.
func (s *situation) requestAlias() (string, bool) {
	given := s.request.KeyID
	if a, ok := splitARN(given); ok && a.service == "kms" && a.partition == s.at.partition && a.region == s.at.region && a.account == s.at.account {
		given = a.resource
	}
	return given, strings.HasPrefix(given, "alias/")
}

// twoOrganizations reports whether key and caller give their common account two
// different places.
func (s *situation) twoOrganizations() bool {
	if s.key == nil || s.who.account != s.at.account {
		return false
	}
	ours, theirs := s.key.Organization, s.caller.Organization
	differ := func(a, b string) bool { return a != "" && b != "" && a != b }
	return differ(ours.ID, theirs.ID) || differ(ours.Path, theirs.Path)
}

// wrongRegion is rule 2: keys and aliases belong to one Region, and only that
// Region's endpoint has them (AWS KMS Developer Guide, "Multi-Region keys in
// AWS KMS").
func (s *situation) wrongRegion() bool {
	return s.at.region != "" && s.request.Region != "" && s.request.Region != s.at.region
}
