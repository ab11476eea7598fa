package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// rootStatement returns the edit that adds the statement by which the key's account decides, none
// if the account is not known.
func (p *Pass) rootStatement() []policy.Edit {
	if isZero(p.Key()) {
		return nil
	}
	return []policy.Edit{{Op: policy.AddStatement, New: &policy.StatementConfig{
		Sid:        "Enable IAM User Permissions",
		Effect:     policy.Allow,
		Principals: []policy.Principal{policy.ParsePrincipal(rootARN(p.Key().Partition, p.Key().Account))},
		Actions:    []string{"kms:*"},
		Resources:  []string{"*"},
	}}}
}

// rootARN returns the principal that stands for an account.
func rootARN(partition, account string) string {
	return policy.ARN{Partition: partition, Service: "iam", Account: account, Resource: "root"}.String()
}

func checkNoDelegation(p *Pass) {
	for s := range p.Statements() {
		if p.mayAllow(s) && s.Actions().Len() > 0 && p.delegates(s) {
			return
		}
	}
	account := "the key's account"
	if !isZero(p.Key()) {
		account = "account " + p.Key().Account
	}
	p.Report(Place{}, "no statement has "+account+" as its principal, so IAM policies cannot allow anything on the key", p.rootStatement()...)
}

func checkNoPolicyAdministrator(p *Pass) {
	if p.isOfAWSManagedKey() {
		return
	}
	allowed := false
	for s := range p.Statements() {
		isDenied := s.Effect() == policy.Deny && s.Actions().Has(action.PutKeyPolicy) && hasKind(s, policy.Anyone)
		if isDenied && !s.IsNotPrincipal() && p.coversKey(s) && isEmpty(s.Condition()) {
			p.Report(Place{Statement: s}, "this denies kms:PutKeyPolicy to everyone, so nobody can ever change the key policy")
			return
		}
		allowed = allowed || p.mayAllow(s) && s.Actions().Has(action.PutKeyPolicy) && p.namesOwn(s)
	}
	if !allowed {
		p.Report(Place{}, "no statement allows kms:PutKeyPolicy to anyone of the key's account, so nobody can ever change the key policy", p.rootStatement()...)
	}
}

// isEmpty reports whether a condition has no tests, so that it always holds.
func isEmpty(c *conditions.Condition) bool {
	for range c.Tests() {
		return false
	}
	return true
}

// namesOwn reports whether a statement has a principal that may be of the key's account, where
// kms:PutKeyPolicy has to come from.
func (p *Pass) namesOwn(s *policy.Statement) bool {
	if namesAnyone(s) {
		return true
	}
	for principal := range s.Principals() {
		switch principal.Kind() {
		case policy.Account, policy.User, policy.Role, policy.Session, policy.FederatedUser:
			if p.isOwn(principal.Account()) {
				return true
			}
		}
	}
	return false
}

// readOnly are what AWS managed keys leave to IAM policies and to services beside the use of the
// key.
var readOnly = action.Match("kms:Describe*").Union(action.Match("kms:Get*")).Union(action.Match("kms:List*")).With(action.RevokeGrant)

// isOfAWSManagedKey reports whether the policy is made like those of AWS managed keys, which
// nobody can change: all of an account may use the key through one service, and look at it.
//
// See AWS KMS Developer Guide, "AWS managed keys" and the kms:CallerAccount condition key.
func (p *Pass) isOfAWSManagedKey() bool {
	ofService, ofAccount := on("kms:ViaService"), on("kms:CallerAccount")
	isUse := false
	for s := range p.Statements() {
		switch {
		case s.Effect() == policy.Allow && hasKind(s, policy.Anyone) && anyTest(s, ofService) && anyTest(s, ofAccount):
			isUse = true
		case s.Effect() != policy.Allow || s.Actions().Intersect(readOnly) != s.Actions():
			return false
		}
	}
	return isUse
}

// inKeyPolicies are the actions that a key policy can allow.
var inKeyPolicies = actionsThat(func(info action.Info) bool { return info.KeyPolicy })

func checkWildcardPrincipal(p *Pass) {
	countable := p.deniedExcept(isReverseBound).Complement().Intersect(inKeyPolicies)
	for s := range p.Statements() {
		open := s.Actions().Intersect(countable)
		if !p.mayAllow(s) || !namesAnyone(s) || open.Len() == 0 || anyTest(s, isBound) {
			continue
		}
		var edits []policy.Edit
		if !isZero(p.Key()) {
			edits = addTest(s, "StringEquals", "kms:CallerAccount", p.Key().Account)
		}
		p.Report(Place{Statement: s, Element: "Principal"},
			fmt.Sprintf("this allows %s to everyone in every AWS account, since no condition keeps strangers out", some(open)), edits...)
	}
}

// narrows reports whether a test picks a few callers, or a way of calling, within an account.
func narrows(t *conditions.Test) bool {
	return isBound(t) && !ofAccounts(t) || requires(t) && t.Operator().Info().Name != null && ofCallers(t)
}

var (
	ofAccounts = on("kms:CallerAccount", "aws:PrincipalAccount", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths",
		"aws:SourceVpc", "aws:SourceVpce", "aws:VpceAccount", "aws:VpceOrgID", "aws:VpceOrgPaths", "aws:SourceIp",
		"aws:ResourceAccount", "aws:ResourceOrgID", "aws:ResourceOrgPaths")
	ofCallers = on("kms:ViaService", "aws:username", "aws:PrincipalTag/", "aws:SourceIdentity", "aws:PrincipalServiceName",
		"aws:PrincipalServiceNamesList")
)

func checkWildcardAdministrator(p *Pass) {
	narrowed := func(t *conditions.Test) bool { return isReverseBound(t) && !ofAccounts(t) }
	if p.deniedExcept(narrowed).Has(action.PutKeyPolicy) {
		return
	}
	for s := range p.Statements() {
		if !p.mayAllow(s) || !namesAnyone(s) || !s.Actions().Has(action.PutKeyPolicy) || anyTest(s, narrows) {
			continue
		}
		who := "everyone in the key's account"
		if !isEmpty(s.Condition()) {
			who = "everyone who meets the condition"
		}
		p.Report(Place{Statement: s, Element: "Principal"}, "this lets "+who+" change the key policy, whatever their IAM policies allow")
	}
}

// sendsNoSource are the services that are not documented to send any of those keys to KMS, by the
// beginning of their name.
//
// See Amazon CloudWatch Logs User Guide, "Encrypt log data in CloudWatch Logs using AWS KMS";
// Amazon SNS Developer Guide, "Managing Amazon SNS encryption keys and costs": EventBridge sends
// none for encrypted topics; AWS KMS Developer Guide, "How Amazon SES uses AWS KMS".
var sendsNoSource = []string{"logs.", "events.amazonaws.", "ses."}

// usesData are the actions that a service could be made to do for somebody who has no part in the
// key: all that protects data, and grants.
var usesData = cryptographic.With(action.CreateGrant)

// cryptographic are the actions that protect data with a key.
var cryptographic = actionsThat(func(info action.Info) bool {
	return info.Resource == action.ResourceKey && info.Category == action.CategoryCryptographic
})

// tellsSource reports whether a test looks at the resource for which a service calls. Services
// name it in the encryption context, too. With kms:ViaService a service gets nothing anyway.
var tellsSource = on("aws:SourceArn", "aws:SourceAccount", "aws:SourceOrgID", "aws:SourceOrgPaths",
	"kms:EncryptionContext:any", "kms:ViaService")

func checkServiceWithoutSource(p *Pass) {
	for s := range p.Statements() {
		if s.Effect() != policy.Allow || s.IsNotPrincipal() || s.Actions().Intersect(usesData).Len() == 0 || anyTest(s, tellsSource) {
			continue
		}
		var edits []policy.Edit
		if !isZero(p.Key()) && onlyServices(s) {
			edits = addTest(s, "StringEquals", "aws:SourceAccount", p.Key().Account)
		}
		for i := range s.NumPrincipals() {
			if principal := s.PrincipalAt(i); principal.Kind() == policy.Service && !sendsNone(principal.Name()) && !p.full() {
				p.Report(Place{Statement: s, Element: "Principal", Value: i + 1},
					fmt.Sprintf("%s may use the key for resources of any account, since no condition looks at aws:SourceArn, aws:SourceAccount or aws:SourceOrgID", quote(principal.Name())), edits...)
			}
		}
	}
}

// sendsNone reports whether a service sends nothing by which one could tell for whom it calls.
func sendsNone(service string) bool {
	return slices.ContainsFunc(sendsNoSource, func(prefix string) bool { return strings.HasPrefix(service, prefix) })
}

func checkNotPrincipal(p *Pass) {
	for s := range p.Statements() {
		if !s.IsNotPrincipal() {
			continue
		}
		message := "NotPrincipal spares a role only if its account and its sessions are listed too, and never one with a permissions boundary"
		if s.Effect() == policy.Allow {
			message = "NotPrincipal with Allow lets in everyone in every AWS account but those listed"
		}
		p.Report(Place{Statement: s, Element: "Principal"}, message, exceptByCondition(s)...)
	}
}

// exceptByCondition returns the edits that put in the place of a statement that denies by
// NotPrincipal one that denies by a condition on aws:PrincipalArn, none if that cannot be said.
func exceptByCondition(s *policy.Statement) []policy.Edit {
	same, ok := config(s)
	if s.Effect() == policy.Allow || !ok {
		return nil
	}
	except := policy.ConditionConfig{Operator: "ArnNotEquals", Key: "aws:PrincipalArn"}
	for principal := range s.Principals() {
		if kind := principal.Kind(); kind != policy.User && kind != policy.Role && (kind != policy.Account || principal.Partition() == "") {
			return nil
		}
		except.Values = append(except.Values, principal.String())
	}
	if len(except.Values) == 0 || hasTest(s, except.Operator, except.Key) {
		return nil
	}
	same.Principals = []policy.Principal{policy.ParsePrincipal("*")}
	same.Conditions = append(same.Conditions, except)
	return []policy.Edit{
		{Op: policy.RemoveStatement, Statement: s.Index()},
		{Op: policy.AddStatement, New: &same},
	}
}

// ofGrants are the condition keys by which an author says which grants there may be.
var ofGrants = on("kms:GrantIsForAWSResource", "kms:GrantOperations", "kms:GrantConstraintType", "kms:GrantConstraintSourceArn",
	"kms:GranteePrincipal", "kms:GranteeServicePrincipal", "kms:RetiringPrincipal", "kms:RetiringServicePrincipal",
	"kms:EncryptionContext:any", "kms:EncryptionContextKeys", "kms:ViaService", "aws:ViaAWSService",
	"aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast")

func checkUnconstrainedGrants(p *Pass) {
	for s := range p.Statements() {
		grants := s.Effect() == policy.Allow && s.Actions().Has(action.CreateGrant) && !s.Actions().Has(action.PutKeyPolicy)
		if !grants || anyTest(s, ofGrants) || p.kind == KeyPolicies && !namesUsers(s) {
			continue
		}
		p.Report(Place{Statement: s, Element: "Action"},
			"whoever may call kms:CreateGrant here can pass on every permission that a grant can have, to anyone, without any service", grantEdits(s)...)
	}
}

// namesUsers reports whether a statement of a key policy lets somebody in by itself, and not by
// leaving it to the IAM policies of an account or to a service.
func namesUsers(s *policy.Statement) bool {
	for principal := range s.Principals() {
		switch principal.Kind() {
		case policy.Anyone, policy.User, policy.Role, policy.Session, policy.FederatedUser:
			return true
		}
	}
	return s.IsNotPrincipal()
}

// aboutGrants are the actions that carry kms:GrantIsForAWSResource.
var aboutGrants = action.SetOf(action.CreateGrant, action.ListGrants, action.RevokeGrant)

// grantEdits returns the edits by which grants may only be made through services: a condition, in
// a statement of its own where the condition would get in the way of other actions. A statement
// that is added names principals, so that none says the same of a NotPrincipal.
func grantEdits(s *policy.Statement) []policy.Edit {
	const operator, key, value = "Bool", "kms:GrantIsForAWSResource", "true"
	if s.Actions().Intersect(aboutGrants) == s.Actions() && onlyKMS(s) {
		return addTest(s, operator, key, value)
	}
	grant, ok := config(s)
	name := action.CreateGrant.String()
	others := slices.DeleteFunc(slices.Clone(grant.Actions), func(pattern string) bool { return pattern == name })
	if !ok || s.IsNotPrincipal() || len(others) == len(grant.Actions) || len(others) == 0 || coverAny(others, action.CreateGrant) {
		return nil
	}
	grant.Sid, grant.Actions = "", []string{name}
	grant.Conditions = append(grant.Conditions, policy.ConditionConfig{Operator: operator, Key: key, Values: []string{value}})
	return []policy.Edit{
		{Op: policy.RemoveValues, Statement: s.Index(), Element: "Action", Values: []string{name}},
		{Op: policy.AddStatement, New: &grant},
	}
}

// coverAny reports whether a pattern of an Action covers an action.
func coverAny(patterns []string, a action.Action) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return action.Match(pattern).Has(a) })
}

// attested reports whether a test demands something of an attestation document.
func attested(t *conditions.Test) bool { return ofAttestation(t) && requires(t) }

// unattested reports whether a test about an attestation document holds where there is none.
func unattested(t *conditions.Test) bool { return ofAttestation(t) && !requires(t) }

func ofAttestation(t *conditions.Test) bool {
	const prefix = "kms:recipientattestation:"
	return strings.HasPrefix(strings.ToLower(t.Key()), prefix)
}

// attestable are the actions on keys that take an attestation document.
var attestable = carrying("kms:RecipientAttestation:ImageSha384").Intersect(cryptographic)

// carrying returns the actions that may carry a condition key.
func carrying(name string) action.Set {
	key := conditions.ParseKey(name)
	return actionsThat(func(info action.Info) bool { return conditions.KeysOf(info.Action).Has(key) })
}

func checkAttestationWalkAround(p *Pass) {
	demanded, guarded := p.attestation()
	for s := range p.Statements() {
		around := s.Actions().Intersect(demanded).Intersect(guarded.Complement())
		if !p.mayAllow(s) || around.Len() == 0 || !p.delegates(s) || !isEmpty(s.Condition()) {
			continue
		}
		p.Report(Place{Statement: s},
			fmt.Sprintf("IAM policies can allow %s by this statement without the attestation that another statement demands", some(around)), p.withoutActions(s, around)...)
	}
}

// attestation returns the actions that some statement allows only with an attestation document,
// and those that some statement denies without one.
func (p *Pass) attestation() (demanded, guarded action.Set) {
	for _, s := range p.doc.Statements() {
		switch {
		case !p.coversKey(s):
		case s.Effect() == policy.Deny && anyTest(s, unattested):
			guarded = guarded.Union(s.Actions())
		case s.Effect() == policy.Allow && anyTest(s, attested):
			demanded = demanded.Union(s.Actions().Intersect(attestable))
		}
	}
	return demanded, guarded
}

// withoutActions returns the edits that take some actions from a statement that has all of them.
func (p *Pass) withoutActions(s *policy.Statement, taken action.Set) []policy.Edit {
	if s.Actions() != action.Every() || s.IsNotAction() {
		return nil
	}
	var names []string
	for a := range taken.All() {
		names = append(names, a.String())
	}
	return []policy.Edit{{Op: policy.ReplaceElement, Statement: s.Index(), Element: "Action", As: "NotAction", Values: names}}
}
