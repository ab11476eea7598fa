package scenario

import (
	"strings"

	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/tidwall/gjson"
)

// aPolicy walks a policy: a document, a string that holds one, either of them with a name, or what
// get-key-policy prints.
func aPolicy(w *walker, v gjson.Result) {
	switch {
	case v.Type == gjson.String:
		inner := walker{editor: editor{text: v.Str}, visit: w.visit}
		document(&inner, gjson.Parse(v.Str))
		if text := inner.finish(); text != v.Str {
			w.replace(v, text)
		}
	case v.IsObject():
		document(w, v)
	}
}

// document walks the elements of a policy document, and what may stand around one.
func document(w *walker, v gjson.Result) {
	if strings.TrimSpace(v.Raw) == "" {
		return
	}
	w.members(v, documentFields(), aName)
}

// documentFields is a function because what stands around a policy holds a policy.
func documentFields() fields {
	return fields{
		"Version": stays, "Id": aName, "Statement": listOf(statement),
		"name": aName, "policy": aPolicy,
		"Policy": aPolicy, "PolicyName": policyName,
	}
}

// policyName walks what get-key-policy calls the policy, which is always "default".
func policyName(w *walker, v gjson.Result) {
	if v.Str != "default" {
		aName(w, v)
	}
}

var statement = objectOf(fields{
	"Sid": aName, "Effect": stays, "Action": stays, "NotAction": stays, "Resource": aName, "NotResource": aName,
	"Principal": principals, "NotPrincipal": principals, "Condition": condition,
})

var principals = objectOf(fields{"AWS": aName, "Service": aService, "Federated": aService, "CanonicalUser": aName})

// condition walks operators, under each the keys, under each the values.
func condition(w *walker, v gjson.Result) {
	v.ForEach(func(operator, tests gjson.Result) bool {
		op, err := conditions.ParseOperator(operator.Str)
		if err != nil {
			w.strings(operator, site{use: useName})
		}
		tests.ForEach(func(name, values gjson.Result) bool {
			key := conditions.ParseKey(name.Str)
			w.strings(name, site{use: useKey})
			w.strings(values, site{use: useBy(op, key), key: key})
			return true
		})
		return true
	})
}

// useBy returns what an operator uses the values of a condition key for.
func useBy(op conditions.Operator, key conditions.Key) use {
	switch op.Info().Type {
	case conditions.TypeNumeric, conditions.TypeDate:
		return useMeasure
	case conditions.TypeBinary:
		return useBinary
	case conditions.TypeBool, conditions.TypeIPAddress:
		return useName
	}
	return useOf(key)
}

// useOf returns what the values of a condition key are used for.
func useOf(key conditions.Key) use {
	info, _ := key.Info()
	return usesOfKeys[info.Name]
}

// usesOfKeys are the condition keys whose values are not names that somebody chose, by their uses.
var usesOfKeys = func() map[string]use {
	uses := make(map[string]use)
	for info := range conditions.Keys() {
		if info.Type == conditions.TypeNumeric || info.Type == conditions.TypeDate {
			uses[info.Name] = useMeasure
		}
	}
	for _, name := range []string{
		"kms:ViaService", "kms:GranteeServicePrincipal", "kms:RetiringServicePrincipal", "kms:GranteePrincipal", "kms:RetiringPrincipal",
		"aws:PrincipalServiceName", "aws:PrincipalServiceNamesList", "aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast",
		"aws:CalledViaAWSMCP", "glue:RoleAssumedBy", "glue:CredentialIssuingService",
	} {
		uses[name] = useService
	}
	for _, name := range []string{
		"kms:CustomerMasterKeySpec", "kms:CustomerMasterKeyUsage", "kms:DataKeyPairSpec", "kms:EncryptionAlgorithm", "kms:ExpirationModel",
		"kms:GrantConstraintType", "kms:GrantOperations", "kms:KeyAgreementAlgorithm", "kms:KeyOrigin", "kms:KeySpec", "kms:KeyUsage",
		"kms:MacAlgorithm", "kms:MessageType", "kms:MultiRegionKeyType", "kms:PrimaryRegion", "kms:ReplicaRegion", "kms:SigningAlgorithm",
		"kms:WrappingAlgorithm", "kms:WrappingKeySpec", "aws:PrincipalType", "aws:RequestedRegion",
	} {
		uses[name] = useWord
	}
	return uses
}()
