package evaluate

import (
	"cmp"
	"slices"

	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// Check returns what contradicts itself when a key, a caller and a request meet,
// such as a KeyID that names another key; nil if nothing does. The error is a
// [ConfigErrors]. The key may be nil; without a caller or a request nothing meets.
//
// Decide denies such a request as one that KMS does not have; Check is for those
// who build a situation from a document and want to tell its author.
func Check(key *Key, caller *Caller, request *Request) error {
	if caller == nil || request == nil {
		return nil
	}
	if found := contradictions(key, caller, request); len(found) > 0 {
		return found
	}
	return nil
}

// contradictions returns the faults for Check.
func contradictions(k *Key, c *Caller, r *Request) ConfigErrors {
	f := faults{config: "RequestConfig"}
	if r.viaService != "" && c.isService() {
		f.contradict("CallerConfig.ARN", "ViaService", "%q calls as itself, and a service that calls on somebody's behalf calls as that caller", c.text)
	}
	if k == nil {
		return f.found
	}
	if r.keyID.form != noKeyID {
		checkKeyID(&f, k, &r.keyID)
	}
	if r.action == action.RetireGrant {
		checkRetired(&f, k, r)
	}
	if region := r.givenRegion; len(region) > 0 && region[0] != k.arn.Region {
		f.contradict("RequestConfig.Region", `Context["aws:RequestedRegion"]`, "found %s, expected the key's Region, %q, which is called", quoted(region), k.arn.Region)
	}
	f.config = "CallerConfig"
	if !k.homeless && c.account == k.arn.Account && differ(k.organization, c.organization) {
		f.contradict("KeyConfig.Organization", "Organization", "account %s cannot be in two organizations: the key's is %s, the caller's %s", c.account,
			k.organization.describe(), c.organization.describe())
	}
	return f.found
}

// checkKeyID checks that a key identifier names the key.
func checkKeyID(f *faults, k *Key, id *keyID) {
	switch id.form {
	case bareKeyID:
		if id.text != k.id() {
			f.contradict("KeyConfig.ARN", "KeyID", "%q is another key than %q", id.text, k.text)
		}
	case keyARN:
		if id.text != k.text {
			f.contradict("KeyConfig.ARN", "KeyID", "%q is another key than %q", id.text, k.text)
		}
	case aliasName, aliasARN:
		elsewhere := id.form == aliasARN && *id.arn != policy.ARN{Partition: k.arn.Partition, Service: k.arn.Service,
			Region: k.arn.Region, Account: k.arn.Account, Resource: id.alias}
		if elsewhere || !k.hasAlias(id.alias) {
			aliases := "none"
			if len(k.aliases) > 0 {
				aliases = quoted(k.aliases)
			}
			f.contradict("KeyConfig.Aliases", "KeyID", "%q is no alias of the key %q, which has %s", id.text, k.text, aliases)
		}
	}
}

// checkRetired checks what RetireGrant says of the grant that it names.
func checkRetired(f *faults, k *Key, r *Request) {
	i, several := r.grantOf(k)
	switch {
	case several && len(r.tokens) == 1:
		f.contradict("KeyConfig.Grants", "GrantTokens", "the token belongs to several grants")
	case several:
		f.contradict("KeyConfig.Grants", "GrantTokens", "the tokens belong to different grants")
	}
	if i < 0 || r.pairs == nil {
		return
	}
	c := &k.constraints[i]
	if !slices.Equal(r.pairs, c.whole) && !slices.Equal(r.pairs, c.part) {
		f.contradict("KeyConfig.Grants", "EncryptionContext", "that of RetireGrant is the constraint of grant %q, which has other pairs", k.grants[i].ID)
	}
}

// describe names an organization, for messages.
func (o Organization) describe() string { return quotedShort(cmp.Or(o.Path, o.ID)) }

// differ reports whether two descriptions of an organization contradict each
// other. What one leaves out, the other may say.
func differ(a, b Organization) bool {
	return a.ID != "" && b.ID != "" && a.ID != b.ID || a.Path != "" && b.Path != "" && a.Path != b.Path
}
