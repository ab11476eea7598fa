package scenario

import (
	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/tidwall/gjson"
)

// The parts of a scenario.
var (
	aName    = usedAs(useName)
	aTitle   = usedAs(useTitle)
	aService = usedAs(useService)
	aWord    = usedAs(useWord)
	identity = usedAs(useIdentity)
	sentence = usedAs(useSentence)

	anOrganization = objectOf(fields{"id": aName, "path": aName, "managementAccount": stays})

	// keyMetadata has fields of KeyMetadata besides those that are read, since their names are
	// AWS's. See AWS KMS API Reference, KeyMetadata.
	keyMetadata = objectOf(fields{
		"Arn": aName, "KeyState": stays, "KeyManager": stays, "Origin": stays, "KeySpec": stays, "CustomerMasterKeySpec": stays, "KeyUsage": stays,
		"MultiRegion": stays, "AWSAccountId": aName, "KeyId": aName, "CreationDate": number, "DeletionDate": number, "ValidTo": number,
		"Enabled": number, "Description": aTitle, "ExpirationModel": aWord, "CustomKeyStoreId": aName,
		"CloudHsmClusterId": aName, "CurrentKeyMaterialId": aName, "PendingDeletionWindowInDays": number, "EncryptionAlgorithms": aWord,
		"SigningAlgorithms": aWord, "KeyAgreementAlgorithms": aWord, "MacAlgorithms": aWord,
		"MultiRegionConfiguration": objectOf(fields{"MultiRegionKeyType": stays, "PrimaryKey": regionalKey, "ReplicaKeys": listOf(regionalKey)}),
		"XksKeyConfiguration":      objectOf(fields{"Id": aName}),
	})
	regionalKey = objectOf(fields{"Arn": aName, "Region": aName})

	theKey = objectOf(fields{
		"metadata":                metadata,
		"policy":                  aPolicy,
		"grants":                  grantsOutput,
		"aliases":                 aName,
		"tags":                    pairsOf("aws:ResourceTag/"),
		"organization":            anOrganization,
		"resourceControlPolicies": listOf(listOf(aPolicy)),
	})
	aGrant = objectOf(fields{
		"GrantId": aName, "Name": aName, "KeyId": aName, "GranteePrincipal": aService, "GranteeServicePrincipal": aService,
		"RetiringPrincipal": aService, "RetiringServicePrincipal": aService, "IssuingAccount": aName, "Operations": stays,
		"Constraints": objectOf(fields{
			"EncryptionContextEquals": pairsOf("kms:EncryptionContext:"),
			"EncryptionContextSubset": pairsOf("kms:EncryptionContext:"),
			"SourceArn":               aName,
		}),
		"Token": aTitle, "Status": stays, "CreationDate": number,
	})
	theCaller = objectOf(fields{
		"arn": usedAs(useCaller), "roleArn": identity, "userArn": identity, "uniqueId": identity, "tags": pairsOf("aws:PrincipalTag/"), "organization": anOrganization,
		"iamPolicies": listOf(aPolicy), "permissionsBoundary": aPolicy, "sessionPolicies": listOf(aPolicy), "serviceControlPolicies": listOf(listOf(aPolicy)),
	})
	theRequest = objectOf(fields{
		"action": stays, "region": aName, "keyId": aName, "alias": aName, "viaService": aService, "sourceArn": aName, "sourceAccount": aName,
		"encryptionContext": pairsOf("kms:EncryptionContext:"), "grantTokens": aTitle, "grantId": aName, "time": stays,
		"vpcEndpoint": objectOf(fields{"id": aName, "policy": aPolicy}), "context": contextKeys,
	})
	anEntry = objectOf(fields{
		"layer": stays, "reason": stays, "policy": usedAs(useReference), "statement": stays, "sid": aName, "grant": aName, "line": stays,
		"column": stays, "detail": sentence,
	})
	theExpectation = objectOf(fields{
		"name": aTitle, "decision": stays, "layer": stays, "reason": stays, "via": anEntry, "blockers": listOf(anEntry),
		"alternatives": listOf(anEntry), "awsError": objectOf(fields{"code": sentence, "message": sentence, "variants": sentence}),
		"divergence": sentence, "fixes": sentence, "unfixable": sentence, "ways": sentence, "closing": sentence, "explanation": sentence,
	})
)

// scenario walks the whole document.
func (w *walker) scenario(v gjson.Result) {
	w.members(v, fields{
		"name": aTitle, "rules": stays, "key": theKey, "caller": theCaller, "request": theRequest, "expect": theExpectation,
	}, aWord)
}

// metadata walks describe-key's whole output or its KeyMetadata.
func metadata(w *walker, v gjson.Result) {
	if memberOf(v, "KeyMetadata").Exists() {
		w.members(v, fields{"KeyMetadata": keyMetadata}, aWord)
		return
	}
	keyMetadata(w, v)
}

// grantsOutput walks list-grants' whole output or its Grants.
func grantsOutput(w *walker, v gjson.Result) {
	if v.IsArray() {
		listOf(aGrant)(w, v)
		return
	}
	w.members(v, fields{"Grants": listOf(aGrant), "Truncated": number, "NextMarker": aName, "NextToken": aName}, aWord)
}

// contextKeys walks condition keys and their values.
func contextKeys(w *walker, v gjson.Result) {
	v.ForEach(func(name, value gjson.Result) bool {
		key := conditions.ParseKey(name.Str)
		w.strings(name, site{use: useKey})
		w.strings(value, site{use: useOf(key), key: key, pair: true})
		return true
	})
}
