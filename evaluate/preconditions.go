package evaluate

import (
	"github.com/kmsauthz/kmsauthz/grants"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// invalidity says what is wrong with a request, noteNone if nothing is.
func (s *situation) invalidity() note {
	r := s.request
	switch {
	case !r.action.IsValid():
		return noteNoSuchAction
	case s.caller.kind == anonymous:
		return noteAnonymous // all calls of KMS are signed
	case r.aliasARN != "" && (s.key != nil || r.info.Resource != action.ResourceAliasAndKey):
		return noteAliasDoesNotFit
	case r.usesKey() && s.key == nil:
		return noteKeyMissing
	case !r.usesKey() && (s.key != nil || r.keyID.form != noKeyID && r.action != action.ListAliases):
		return noteKeyDoesNotFit
	case s.inOtherPartition():
		return noteOtherPartition
	case r.keyID.namesAlias() && !r.info.AcceptsAlias:
		return noteAliasNotAccepted
	case s.foreign && (r.keyID.form == bareKeyID || r.keyID.form == aliasName):
		return noteForeignKeyNeedsARN
	case len(contradictions(s.key, s.caller, r)) > 0:
		return noteContradiction
	case r.action == action.RetireGrant && s.grant < 0:
		return noteNoGrant
	default:
		return noteNone
	}
}

// inOtherPartition reports whether caller and resource are in different
// partitions. A service principal is in none.
//
// See IAM User Guide, "Cross-account policy evaluation logic".
func (s *situation) inOtherPartition() bool {
	partition := s.request.alias.Partition
	if s.key != nil {
		partition = s.key.arn.Partition
	}
	return partition != "" && s.caller.partition != "" && partition != s.caller.partition
}

// wrongRegion blocks a call of another Region than the key's or alias's.
//
// See AWS KMS Developer Guide, "Multi-Region keys in AWS KMS" and "Key
// identifiers": keys and aliases are Regional resources.
func (s *situation) wrongRegion(v *verdict) bool {
	region := s.request.alias.Region
	if s.key != nil {
		region = s.key.arn.Region
	}
	if region == "" || s.request.region == "" || region == s.request.region {
		return false
	}
	return v.block(LayerRegion, ReasonWrongRegion, noteNone)
}

// notCrossAccount blocks operations that never work across accounts.
//
// See AWS KMS Developer Guide, "Allowing users in other accounts to use a KMS
// key".
func (s *situation) notCrossAccount(v *verdict) bool {
	if !s.foreign || s.request.info.CrossAccount {
		return false
	}
	return v.block(LayerCrossAccount, ReasonNotCrossAccount, noteNone)
}

// grantOf returns the index of the grant of key that RetireGrant names: by id,
// or else by its token. Where two of the tokens belong to different grants, or
// none does, there is no such grant. A retired grant is none.
func (r *Request) grantOf(key *Key) (index int, several bool) {
	if r.grantID != "" {
		if i, ok := key.byID[r.grantID]; ok {
			return i, false
		}
		return -1, false
	}
	index = -1
	for _, token := range r.tokens {
		named, ok := key.byToken[token]
		switch {
		case !ok:
		case named.several, index >= 0 && !sameGrant(&key.grants[index], &key.grants[named.index]):
			return -1, true
		case index < 0 || named.index < index:
			index = named.index
		}
	}
	return index, false
}

// sameGrant reports whether two entries of a list are one grant, given twice.
func sameGrant(a, b *grants.Grant) bool {
	return a.ID == b.ID && (a.ID != "" || a.Token == b.Token)
}
