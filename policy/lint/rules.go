package lint

// Pages that rules come from.
const (
	kmsGuide = "https://docs.aws.amazon.com/kms/latest/developerguide/"
	iamGuide = "https://docs.aws.amazon.com/IAM/latest/UserGuide/"
)

// rules is the table of rules, by subject: the options, the policy as a whole, whom it lets in,
// statements that do nothing, conditions.
var rules = []Rule{
	{
		ID:       optionsRule,
		Severity: Error,
		Title:    "an option of the linter means nothing",
		Explanation: "Select, Silence or Rules name a rule that does not exist or cannot be used, or Key is not the ARN of a " +
			"key. This is looked for whatever rules are selected, since a misspelt id would otherwise switch a rule " +
			"off without a word.",
		Doc:       "https://pkg.go.dev/github.com/kmsauthz/kmsauthz/policy/lint#Options",
		AppliesTo: AllPolicies,
		Check:     checkOptions,
	},
	{
		ID:       "too-large",
		Severity: Error,
		Title:    "a key policy of more than 32 KB",
		Explanation: "KMS takes key policies of up to 32 KB. Name accounts or roles instead of many sessions or users, put " +
			"conditions on aws:PrincipalArn or aws:PrincipalOrgID in the place of long lists, or let IAM policies and " +
			"grants say who may do what.",
		Doc:       kmsGuide + "resource-limits.html",
		AppliesTo: KeyPolicies,
		Check:     checkTooLarge,
	},
	{
		ID:       "duplicate-sid",
		Severity: Info,
		Title:    "two statements with the same Sid",
		Explanation: "A Sid is meant to be unique within a policy, and IAM refuses policies in which it is not. Tools that " +
			"find statements by their Sid, as the console does with those of key administrators and key users, take " +
			"the wrong one. Rename one of the two.",
		Doc:       iamGuide + "reference_policies_elements_sid.html",
		AppliesTo: AllPolicies,
		Check:     checkDuplicateSid,
	},
	{
		ID:       "no-delegation",
		Severity: Warning,
		Title:    "no statement for the key's account",
		Explanation: "A key policy gives its own account nothing by itself. IAM policies can allow something on a key only if " +
			"a statement of the key policy allows it to the account, as the first statement of the default key policy " +
			"does with kms:*. Without one they are ineffective, except that they can deny, and if the users and roles " +
			"that the key policy names are deleted, nobody can manage the key. Add such a statement, or silence this " +
			"where the key is meant to be independent of IAM policies.",
		Doc:       kmsGuide + "key-policy-default.html",
		AppliesTo: KeyPolicies,
		Check:     checkNoDelegation,
	},
	{
		ID:       "no-policy-administrator",
		Severity: Error,
		Title:    "nobody can change the key policy",
		Explanation: "No statement could allow kms:PutKeyPolicy to anyone of the key's account, or one denies it to everyone. " +
			"KMS refuses such a policy, unless the request bypasses the lockout safety check, and then only AWS " +
			"Support can help. This is judged from the key policy alone: conditions and IAM policies may keep out " +
			"those whom it seems to let in. It leaves alone policies like those of AWS managed keys, which are not " +
			"meant to be changed.",
		Doc:       "https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html",
		AppliesTo: KeyPolicies,
		Check:     checkNoPolicyAdministrator,
	},
	{
		ID:       "wildcard-principal",
		Severity: Error,
		Title:    "a key that is open to every AWS account",
		Explanation: "The principal \"*\" with Allow lets in every user and role of every AWS account, who need at most an IAM " +
			"policy of their own account. A condition has to keep strangers out: one on the account or organization " +
			"of the caller (kms:CallerAccount, aws:PrincipalOrgID), on the caller itself (aws:PrincipalArn with an " +
			"account in it), on the network (aws:SourceVpce) or on the resource for which a service calls " +
			"(aws:SourceAccount). Conditions that strangers can meet by themselves do not count: kms:ViaService, an " +
			"encryption context, tags. A statement that denies the same to strangers counts.",
		Doc:       kmsGuide + "key-policy-overview.html",
		AppliesTo: KeyPolicies,
		Check:     checkWildcardPrincipal,
	},
	{
		ID:       "wildcard-administrator",
		Severity: Warning,
		Title:    "everyone of an account or organization may change the key policy",
		Explanation: "The principal \"*\" names its callers directly, so that they need no IAM policy of the key's account. " +
			"With kms:* or another action that covers kms:PutKeyPolicy, everyone whom the condition lets in can take " +
			"the key for themselves or delete it. Name the account instead, whose IAM policies then decide, or the " +
			"administrators, or demand one by aws:PrincipalArn.",
		Doc:       kmsGuide + "key-policy-overview.html",
		AppliesTo: KeyPolicies,
		Check:     checkWildcardAdministrator,
	},
	{
		ID:       "service-without-source",
		Severity: Info,
		Title:    "a service may use the key for anybody's resources",
		Explanation: "A service that calls KMS as itself does so for the owner of a resource. Without a condition on " +
			"aws:SourceArn, aws:SourceAccount or aws:SourceOrgID, somebody of another account could make it use this " +
			"key for theirs (the confused deputy). Many of AWS's own examples have no such condition, so this is mere " +
			"information. Services that are not documented to send any of these keys to KMS are left alone, and so " +
			"are statements about the description of the key only, and those with a condition on the encryption " +
			"context, in which services name the resource.",
		Doc:       kmsGuide + "least-privilege.html",
		AppliesTo: KeyPolicies,
		Check:     checkServiceWithoutSource,
	},
	{
		ID:       "not-principal",
		Severity: Warning,
		Title:    "NotPrincipal",
		Explanation: "With Deny, NotPrincipal spares a caller only if its account, its role and the session itself are all " +
			"listed, and it always denies callers with a permissions boundary. With Allow it is not supported, and " +
			"lets in whoever is not listed. AWS advises against it. Deny to \"*\" with a condition on " +
			"aws:PrincipalArn instead.",
		Doc:       iamGuide + "reference_policies_elements_notprincipal.html",
		AppliesTo: KeyPolicies | EndpointPolicies,
		Check:     checkNotPrincipal,
	},
	{
		ID:       "unconstrained-grants",
		Severity: Info,
		Title:    "kms:CreateGrant without a condition on the grants",
		Explanation: "Who may create grants can give any principal any permission on the key that a grant can have. Services " +
			"need grants for what they do later, so that kms:GrantIsForAWSResource keeps everything working that goes " +
			"through a service. Other conditions on grants, as kms:GrantOperations or kms:GranteePrincipal, are as " +
			"good, and so is kms:ViaService. Some of AWS's own examples have no such condition, so this is mere " +
			"information. Statements that also allow kms:PutKeyPolicy are left alone, since who may change the key " +
			"policy needs no grants, and those of a key policy that let in an account or a service.",
		Doc:       kmsGuide + "conditions-kms.html#conditions-kms-grant-is-for-aws-resource",
		AppliesTo: KeyPolicies | IAMPolicies,
		Check:     checkUnconstrainedGrants,
	},
	{
		ID:       "attestation-walk-around",
		Severity: Warning,
		Title:    "a way around the attestation of an enclave",
		Explanation: "A condition on kms:RecipientAttestation demands that the request comes with the attestation document of " +
			"an enclave, but another statement allows the same action to the key's account without that. Any IAM " +
			"policy of the account can then allow the action outside of the enclave. Leave the action out of that " +
			"statement, or deny it where the attestation is missing.",
		Doc:       kmsGuide + "conditions-nitro-enclave.html",
		AppliesTo: KeyPolicies,
		Check:     checkAttestationWalkAround,
	},
	{
		ID:       "no-principal",
		Severity: Error,
		Title:    "a statement without a principal",
		Explanation: "A statement of a resource-based policy is about the callers that its Principal or NotPrincipal names. " +
			"Without either, or with an empty list, it never matches.",
		Doc:       kmsGuide + "key-policy-overview.html",
		AppliesTo: KeyPolicies | ResourceControlPolicies | EndpointPolicies,
		Check:     checkNoPrincipal,
	},
	{
		ID:       "no-action",
		Severity: Error,
		Title:    "a statement without an action",
		Explanation: "A statement is about the actions that its Action or NotAction names. Without either, or with an empty " +
			"Action, it never matches.",
		Doc:       iamGuide + "reference_policies_elements_action.html",
		AppliesTo: AllPolicies,
		Check:     checkNoAction,
	},
	{
		ID:       "no-resource",
		Severity: Error,
		Title:    "a statement without a resource",
		Explanation: "KMS accepts a key policy in which a statement has no Resource, but the statement never matches. In a key " +
			"policy the Resource \"*\" is the key that the policy belongs to.",
		Doc:       kmsGuide + "key-policy-overview.html",
		AppliesTo: AllPolicies,
		Check:     checkNoResource,
	},
	{
		ID:       "other-resource",
		Severity: Error,
		Title:    "a key policy about something else than its key",
		Explanation: "A key policy is about its own key. A statement whose Resource does not cover that key never matches: the " +
			"ARN of another key, of an alias, of a bucket, a bare key id. Resource \"*\" is this key. The ARN of " +
			"another key is found only if the options say which key the policy belongs to.",
		Doc:       kmsGuide + "key-policy-overview.html",
		AppliesTo: KeyPolicies,
		Check:     checkOtherResource,
	},
	{
		ID:       "alias-resource",
		Severity: Error,
		Title:    "the ARN of an alias where that of a key is needed",
		Explanation: "Using a key by its alias is authorized on the key, so that a statement with the ARN of an alias never " +
			"matches then. Such ARNs count only for creating, changing and deleting aliases. Name the key's ARN, or " +
			"say by kms:ResourceAliases or kms:RequestAlias which keys are meant. A statement that has ARNs of keys " +
			"as well is left alone.",
		Doc:       kmsGuide + "cmks-in-iam-policies.html",
		AppliesTo: IAMPolicies | ServiceControlPolicies | ResourceControlPolicies | EndpointPolicies,
		Check:     checkAliasResource,
	},
	{
		ID:       "unknown-action",
		Severity: Error,
		Title:    "an action that KMS does not have",
		Explanation: "An Action that is no permission of KMS, as far as this version of the library knows, never matches, " +
			"without an error from anywhere. The ReEncrypt operation needs kms:ReEncryptFrom and kms:ReEncryptTo, so " +
			"kms:ReEncrypt alone is none, and the beginning of a name needs an asterisk. In a key policy, actions of " +
			"other services do nothing either.",
		Doc:       kmsGuide + "kms-api-permissions-reference.html",
		AppliesTo: AllPolicies,
		Check:     checkUnknownAction,
	},
	{
		ID:       "wildcard-in-principal",
		Severity: Error,
		Title:    "a principal with wildcards",
		Explanation: "A principal is \"*\" or names one account, user, role, session or service; a wildcard within it matches " +
			"nothing. Name the account, and say by a condition on aws:PrincipalArn with ArnLike which of its roles " +
			"are meant; IAM policies of the account then have to allow the action as well.",
		Doc:       iamGuide + "reference_policies_elements_principal.html",
		AppliesTo: KeyPolicies | ResourceControlPolicies | EndpointPolicies,
		Check:     checkWildcardInPrincipal,
	},
	{
		ID:       "orphaned-principal",
		Severity: Warning,
		Title:    "a principal that was deleted",
		Explanation: "When a policy is saved, the ARN of a user or a role stands for its unique id. Once that user or role is " +
			"deleted the policy shows the id, AIDA... or AROA..., which nobody has any more: a new user or role of " +
			"the same name has another. Remove the id, or name the new one.",
		Doc:       iamGuide + "reference_policies_elements_principal.html",
		AppliesTo: KeyPolicies | ResourceControlPolicies | EndpointPolicies,
		Check:     checkOrphanedPrincipal,
	},
	{
		ID:       "placeholder-region",
		Severity: Error,
		Title:    "the name of a service with a placeholder for the Region",
		Explanation: "Some services have a Region in their name, as logs.us-east-1.amazonaws.com. Examples write a word such " +
			"as region in its place, and with that the principal is no service.",
		Doc:       iamGuide + "reference_policies_elements_principal.html",
		AppliesTo: KeyPolicies | ResourceControlPolicies | EndpointPolicies,
		Check:     checkPlaceholderRegion,
	},
	{
		ID:       "unmatchable-principal",
		Severity: Error,
		Title:    "a principal that nobody can be",
		Explanation: "Groups, identity providers, canonical users and ARNs that do not fit are not what KMS sees as a caller, " +
			"and the name of a service counts only under Service. Who was let in by an identity provider calls KMS as " +
			"a session of a role: name the role. Instead of a group name its users, or the account.",
		Doc:       iamGuide + "reference_policies_elements_principal.html",
		AppliesTo: KeyPolicies | ResourceControlPolicies | EndpointPolicies,
		Check:     checkUnmatchablePrincipal,
	},
	{
		ID:       "iam-only-condition-key",
		Severity: Error,
		Title:    "a condition key that counts in IAM policies only",
		Explanation: "kms:ResourceAliases and aws:ResourceTag are effective in IAM policies, which are about many keys, and " +
			"not in a key policy. A statement with such a condition never matches there.",
		Doc:       kmsGuide + "conditions-kms.html",
		AppliesTo: KeyPolicies | EndpointPolicies,
		Check:     checkIAMOnlyConditionKey,
	},
	{
		ID:       "via-service-by-source",
		Severity: Error,
		Title:    "kms:ViaService where a service calls as itself",
		Explanation: "A service calls KMS either for a caller, with the caller's permissions, and then there is " +
			"kms:ViaService; or as itself, on behalf of a resource, and then there is aws:SourceArn. One statement " +
			"that demands both, or that demands kms:ViaService of a principal that is a service, never matches. Write " +
			"one statement for the callers and one for the service.",
		Doc:       kmsGuide + "conditions-kms.html#conditions-kms-via-service",
		AppliesTo: AllPolicies,
		Check:     checkViaServiceBySource,
	},
	{
		ID:       "via-service-without-region",
		Severity: Error,
		Title:    "kms:ViaService without a Region",
		Explanation: "The values of kms:ViaService are names of services with the Region in them: s3.us-east-1.amazonaws.com. " +
			"Without it, or with a placeholder, the comparison never matches. Use StringLike and s3.*.amazonaws.com " +
			"to mean every Region.",
		Doc:       kmsGuide + "conditions-kms.html#conditions-kms-via-service",
		AppliesTo: AllPolicies,
		Check:     checkViaServiceWithoutRegion,
	},
	{
		ID:       "for-all-values-without-null",
		Severity: Warning,
		Title:    "ForAllValues in a statement that allows",
		Explanation: "ForAllValues holds if the request does not carry the condition key at all. Where it is meant to demand " +
			"something, add a Null condition with \"false\" for the key, or another condition on it that fails " +
			"without it. A condition key that has a single value needs no ForAllValues; KMS refuses that for the " +
			"encryption context. Negated operators and IfExists are left alone, and so are kms:GrantOperations with " +
			"kms:CreateGrant, which always carries it, and aws:TagKeys, which limits the tags that may be given.",
		Doc:       iamGuide + "reference_policies_condition-single-vs-multi-valued-context-keys.html",
		AppliesTo: AllPolicies,
		Check:     checkForAllValuesWithoutNull,
	},
	{
		ID:       "wildcard-in-string-equals",
		Severity: Warning,
		Title:    "a wildcard that stands for itself",
		Explanation: "StringEquals and StringNotEquals, and their forms that ignore case, compare * and ? as they are. " +
			"StringLike and StringNotLike have wildcards. Write ${*} where the character itself is meant.",
		Doc:       iamGuide + "reference_policies_elements_condition_operators.html",
		AppliesTo: AllPolicies,
		Check:     checkWildcardInStringEquals,
	},
	{
		ID:       "unknown-condition-key",
		Severity: Warning,
		Title:    "a condition key that does not exist",
		Explanation: "A condition key that no request carries is always absent: most conditions on it never hold, those with a " +
			"negated operator or IfExists always do. IAM accepts any name. Keys that belong to other services are " +
			"left alone.",
		Doc:       kmsGuide + "policy-conditions.html",
		AppliesTo: AllPolicies,
		Check:     checkUnknownConditionKey,
	},
	{
		ID:       "condition-key-never-sent",
		Severity: Warning,
		Title:    "a condition that none of the actions can meet",
		Explanation: "Each condition key of KMS comes with certain actions only: an encryption context with those that encrypt " +
			"or decrypt, kms:GrantOperations with kms:CreateGrant. A statement that demands a key that none of its " +
			"actions carries never matches. Where some of the actions carry it, this says nothing.",
		Doc:       kmsGuide + "kms-api-permissions-reference.html",
		AppliesTo: AllPolicies,
		Check:     checkConditionKeyNeverSent,
	},
	{
		ID:       "network-deny-hits-services",
		Severity: Warning,
		Title:    "a network that services are not in",
		Explanation: "A statement that denies requests from outside a network also denies what AWS services do with the key on " +
			"behalf of callers, since those requests come from the service. Spare them by aws:ViaAWSService \"false\" " +
			"and, where services call as themselves, aws:PrincipalIsAWSService \"false\". Statements about the " +
			"management of keys are left alone.",
		Doc:       kmsGuide + "conditions-aws.html",
		AppliesTo: KeyPolicies | IAMPolicies | ServiceControlPolicies | ResourceControlPolicies,
		Check:     checkNetworkDenyHitsServices,
	},
}
