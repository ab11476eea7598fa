package workflow

import "github.com/kmsauthz/kmsauthz/policy/action"

// Pages on operations that are several authorizations at once.
const (
	docReEncrypt     = "https://docs.aws.amazon.com/kms/latest/APIReference/API_ReEncrypt.html"
	docAliasAccess   = "https://docs.aws.amazon.com/kms/latest/developerguide/alias-access.html"
	docTagAccess     = "https://docs.aws.amazon.com/kms/latest/developerguide/tag-permissions.html"
	docMultiRegion   = "https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-auth.html"
	docPrimaryRegion = "https://docs.aws.amazon.com/kms/latest/APIReference/API_UpdatePrimaryRegion.html"
)

const aliasForm = "arn:aws:kms:REGION:ACCOUNT:alias/NAME"

// onAlias returns the alias half of an alias operation: IAM policies alone decide,
// and none of their condition keys of KMS.
func onAlias(a action.Action) Step {
	return Step{Title: "The alias", Action: a, Caller: "{Caller}", Alias: "{Resource}"}
}

// onKey returns a request by the caller on a key.
func onKey(title string, a action.Action, key Party) Step {
	return Step{Title: title, Action: a, Caller: "{Caller}", Key: key}
}

// newKey returns the requests to make a key, and to tag it.
func newKey(tagged bool) []Step {
	made := []Step{{Title: "The new key", Action: action.CreateKey, Caller: "{Caller}", Region: "{KeyRegion}"}}
	if !tagged {
		return made
	}
	return append(made, Step{
		Title: "The tags of the new key: IAM policies alone decide, and cannot name its id", Action: action.TagResource,
		Caller: "{Caller}", Key: Key, NewKey: true, Region: "{KeyRegion}", Doc: docTagAccess,
	})
}

// replication returns the requests to make a replica.
func replication(tagged bool) []Step {
	primary := onKey("The primary key, in its Region", action.ReplicateKey, SourceKey)
	primary.Context = map[string][]string{"kms:ReplicaRegion": {"{KeyRegion}"}}
	return append([]Step{primary}, newKey(tagged)...)
}

const policyAccepted = "KMS takes the key policy from the caller: evaluate.PolicyChange tells"

var (
	aliasNeeds = []Need{
		{Key, "the key that the alias belongs to", ""},
		{Caller, "who calls", ""},
		{Resource, "the alias", aliasForm},
	}
	replicaNeeds = []Need{
		{Key, "the replica as it will be: its ARN has the new Region, its tags are those in the request", ""},
		{SourceKey, "the primary key", ""},
		{Caller, "who calls", ""},
	}
	replicaOutside = []string{policyAccepted, "the Region of the replica is enabled for the account"}
)

// kmsWorkflows are operations of KMS that need several authorizations, all of
// which must pass.
var kmsWorkflows = []Workflow{
	{
		Name: ReEncrypt, Title: "ReEncrypt: a ciphertext of one key becomes one of another", Doc: docReEncrypt,
		Needs: []Need{
			{Key, "the destination key", ""},
			{SourceKey, "the source key", ""},
			{Caller, "who calls", ""},
		},
		Steps: []Step{
			{
				Title: "The source key", Action: action.ReEncryptFrom, Caller: "{Caller}", Key: SourceKey, Region: "{KeyRegion}",
				Context: map[string][]string{"kms:ReEncryptOnSameKey": {"{SameKey}"}},
			},
			{
				Title: "The destination key", Action: action.ReEncryptTo, Caller: "{Caller}", Key: Key,
				Context: map[string][]string{"kms:ReEncryptOnSameKey": {"{SameKey}"}},
			},
		},
		Notes: []string{"Both sides have the same encryption context here, and condition keys see each side's own."},
	},
	{
		Name: CreateAlias, Title: "CreateAlias", Doc: docAliasAccess,
		Needs: aliasNeeds,
		Steps: []Step{onAlias(action.CreateAlias), onKey("The key", action.CreateAlias, Key)},
	},
	{ // The state of the key that the alias leaves is none of those that forbid it (AWS KMS
		// Developer Guide, "Key states of AWS KMS keys", footnote 10).
		Name: UpdateAlias, Title: "UpdateAlias: an alias changes over to another key", Doc: docAliasAccess,
		Needs: []Need{
			{Key, "the key that the alias gets", ""},
			{SourceKey, "the key that it has", ""},
			{Caller, "who calls", ""},
			{Resource, "the alias", aliasForm},
		},
		Steps: []Step{
			onAlias(action.UpdateAlias),
			{
				Title: "The key that the alias has", Action: action.UpdateAlias, Caller: "{Caller}", Key: SourceKey,
				AnyState: true, Region: "{KeyRegion}",
			},
			onKey("The key that it gets", action.UpdateAlias, Key),
		},
		Outside: []string{"both keys have the same type and usage"},
	},
	{
		Name: DeleteAlias, Title: "DeleteAlias", Doc: docAliasAccess,
		Needs: aliasNeeds,
		Steps: []Step{onAlias(action.DeleteAlias), onKey("The key", action.DeleteAlias, Key)},
	},
	{
		Name: CreateKeyWithTags, Title: "CreateKey with tags", Doc: docTagAccess,
		Needs: []Need{
			{Key, "the key as it will be, of any id: its spec, usage, origin and tags are those in the request", ""},
			{Caller, "who calls", ""},
		},
		Steps:   newKey(true),
		Outside: []string{policyAccepted, "a multi-Region key: iam:CreateServiceLinkedRole, once"},
	},
	{
		Name: ReplicateKey, Title: "ReplicateKey", Doc: docMultiRegion,
		Needs:   replicaNeeds,
		Steps:   replication(false),
		Outside: replicaOutside,
	},
	{
		Name: ReplicateKeyWithTags, Title: "ReplicateKey with tags", Doc: docMultiRegion,
		Needs:   replicaNeeds,
		Steps:   replication(true),
		Outside: replicaOutside,
	},
	{
		Name: UpdatePrimaryRegion, Title: "UpdatePrimaryRegion: a replica becomes the primary key", Doc: docPrimaryRegion,
		Needs: []Need{
			{Key, "the replica that becomes the primary key", ""},
			{SourceKey, "the primary key", ""},
			{Caller, "who calls", ""},
		},
		Steps: []Step{
			withPrimaryRegion(onKey("The primary key, in its Region", action.UpdatePrimaryRegion, SourceKey)),
			withPrimaryRegion(onKey("The replica, in its Region", action.UpdatePrimaryRegion, Key)),
		},
	},
}

// withPrimaryRegion adds the parameter PrimaryRegion.
func withPrimaryRegion(s Step) Step {
	s.Context = map[string][]string{"kms:PrimaryRegion": {"{KeyRegion}"}}
	return s
}
