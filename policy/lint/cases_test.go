package lint

import "strings"

var ruleCases = []ruleCase{
	// The policy as a whole.
	{"too-large", found, key, unknown, ofSize(32<<10 + 1),
		`the policy has 32769 bytes, and KMS takes no more than 32768`},
	{"too-large", clean, key, unknown, `ROOT`, ""},
	{"too-large", nearMiss, key, unknown, ofSize(32 << 10), ""},
	{"too-large", nearMiss, iam, unknown, `{Allow, @does "kms:Decrypt", @here}` + strings.Repeat(" ", 40<<10), ""},

	{"duplicate-sid", found, key, unknown, `{"Sid":"Use", Allow, @app, @does "kms:Decrypt", @here}, {"Sid":"Use", Deny, @app, @does "kms:Encrypt", @here}, {"Sid":"Use", Deny, @app, @does "kms:Sign", @here}`,
		`Statement[1].Sid: statement 0 has the Sid "Use" already
Statement[2].Sid: statement 0 has the Sid "Use" already`},
	{"duplicate-sid", found, iam, unknown, `{"Sid":"a", Allow, @does "kms:Decrypt", @here}, {Allow, @does "s3:*", @here}, {"Sid":"a", Allow, @does "s3:*", @here}`,
		`Statement[2].Sid: statement 0 has the Sid "a" already`},
	{"duplicate-sid", clean, key, unknown, `{"Sid":"Use", Allow, @app, @does "kms:Decrypt", @here}, {"Sid":"Other", Deny, @app, @does "kms:Encrypt", @here}`, ""},
	{"duplicate-sid", nearMiss, key, unknown, `{"Sid":"", Allow, @app, @does "kms:Decrypt", @here}, {"Sid":"", Deny, @app, @does "kms:Encrypt", @here}, {Deny, @app, @does "kms:Sign", @here}, ROOT, {"Sid":"use", Deny, @app, @does "kms:Sign", @here}, {"Sid":"Use", Deny, @app, @does "kms:Sign", @here}`, ""},

	{"no-delegation", found, key, known, `{Allow, @app, @does "kms:*", @here}`,
		`no statement has account 111122223333 as its principal, so IAM policies cannot allow anything on the key
  add-statement {"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}`},
	{"no-delegation", found, key, unknown, `{Allow, @app, @does "kms:*", @here}`,
		`no statement has the key's account as its principal, so IAM policies cannot allow anything on the key`},
	{"no-delegation", found, key, known, `{Allow, @aws "444455556666"}, @does "kms:*", @here}`,
		`no statement has account 111122223333 as its principal, so IAM policies cannot allow anything on the key
  add-statement {"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}`},
	{"no-delegation", found, key, known, `{Deny, @aws "111122223333"}, @does "kms:Encrypt", @here}`,
		`no statement has account 111122223333 as its principal, so IAM policies cannot allow anything on the key
  add-statement {"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}`},
	{"no-delegation", found, key, known, `{Allow, @aws "111122223333"}, @does "kms:*", "Resource":"arn:aws:s3:::bucket"}`,
		`no statement has account 111122223333 as its principal, so IAM policies cannot allow anything on the key
  add-statement {"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}`},
	{"no-delegation", found, key, known, `{Allow, @aws "111122223333"}, @does "kms:*", @here, @if {"StringEquals":{"aws:ResourceTag/a":"b"}}}`,
		`no statement has account 111122223333 as its principal, so IAM policies cannot allow anything on the key
  add-statement {"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}`},
	{"no-delegation", found, key, known, `{Allow, @aws "111122223333"}, @does "s3:*", @here}`,
		`no statement has account 111122223333 as its principal, so IAM policies cannot allow anything on the key
  add-statement {"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}`},
	{"no-delegation", found, key, known, `{Allow, @aws "arn:aws:iam::111122223333:user/root"}, @does "kms:*", @here}`,
		`no statement has account 111122223333 as its principal, so IAM policies cannot allow anything on the key
  add-statement {"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}`},
	{"no-delegation", found, key, known, `{Allow, "NotPrincipal":{"AWS":"111122223333"}, @does "kms:*", @here}`,
		`no statement has account 111122223333 as its principal, so IAM policies cannot allow anything on the key
  add-statement {"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}`},
	{"no-delegation", found, key, known, ``,
		`no statement has account 111122223333 as its principal, so IAM policies cannot allow anything on the key
  add-statement {"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}`},
	{"no-delegation", clean, key, known, `ROOT`, ""},
	{"no-delegation", nearMiss, key, known, `{Allow, @aws ["arn:aws:iam::444455556666:root","111122223333"]}, @does ["kms:Describe*"], @here, @if {"Bool":{"aws:SecureTransport":"true"}}}`, ""},
	{"no-delegation", nearMiss, key, unknown, `{Allow, @aws "444455556666"}, @does "kms:*", @here}`, ""},
	{"no-delegation", nearMiss, key, known, `{Allow, @aws "111122223333"}, "NotAction":"kms:ScheduleKeyDeletion", "Resource":"arn:aws:kms:*:111122223333:key/*"}`, ""},

	{"no-policy-administrator", found, key, known, `{Allow, @app, @does ["kms:Decrypt","kms:Create*"], @here}`,
		`no statement allows kms:PutKeyPolicy to anyone of the key's account, so nobody can ever change the key policy
  add-statement {"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}`},
	{"no-policy-administrator", found, key, unknown, `{Allow, @sns, @does "kms:*", @here}`,
		`no statement allows kms:PutKeyPolicy to anyone of the key's account, so nobody can ever change the key policy`},
	{"no-policy-administrator", found, key, known, `{Allow, @aws "444455556666"}, @does "kms:*", @here}`,
		`no statement allows kms:PutKeyPolicy to anyone of the key's account, so nobody can ever change the key policy
  add-statement {"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}`},
	{"no-policy-administrator", found, key, known, `{Allow, @aws "AIDAEXAMPLE"}, @does "kms:*", @here}`,
		`no statement allows kms:PutKeyPolicy to anyone of the key's account, so nobody can ever change the key policy
  add-statement {"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}`},
	{"no-policy-administrator", found, key, known, `ROOT, {Deny, @any, @does "kms:Put*", @here}`,
		`Statement[1]: this denies kms:PutKeyPolicy to everyone, so nobody can ever change the key policy`},
	{"no-policy-administrator", found, key, known, `ROOT, {Deny, @any, @does "kms:Put*", @here, @if {"Bool":{}}}`,
		`Statement[1]: this denies kms:PutKeyPolicy to everyone, so nobody can ever change the key policy`},
	{"no-policy-administrator", found, key, unknown, `{Allow, @app, @does "kms:*", "Resource":"1234abcd-12ab-34cd-56ef-1234567890ab"}`,
		`no statement allows kms:PutKeyPolicy to anyone of the key's account, so nobody can ever change the key policy`},
	{"no-policy-administrator", found, key, unknown, `{Allow, @any, @does ["kms:Encrypt","kms:Decrypt"], @here, @if {"StringEquals":{"kms:CallerAccount":"111122223333"}}}`,
		`no statement allows kms:PutKeyPolicy to anyone of the key's account, so nobody can ever change the key policy`},
	{"no-policy-administrator", found, key, unknown, `{Allow, @any, @does "kms:Decrypt", @here, @if {"StringEquals":{"kms:CallerAccount":"111122223333","kms:ViaService":"s3.us-east-1.amazonaws.com"}}}, {Allow, @app, @does "kms:Decrypt", @here}`,
		`no statement allows kms:PutKeyPolicy to anyone of the key's account, so nobody can ever change the key policy`},
	{"no-policy-administrator", clean, key, known, `ROOT`, ""},
	{"no-policy-administrator", nearMiss, key, known, `{Allow, @aws "arn:aws:iam::111122223333:user/alice"}, @does "kms:Put*", @here, @if {"Bool":{"aws:MultiFactorAuthPresent":"true"}}}`, ""},
	{"no-policy-administrator", nearMiss, key, known, `ROOT, {Deny, @any, @does "kms:PutKeyPolicy", @here, @if {"Bool":{"aws:MultiFactorAuthPresent":"false"}}}`, ""},
	{"no-policy-administrator", nearMiss, key, known, `ROOT, {Deny, @app, @does "kms:PutKeyPolicy", @here}, {Deny, "NotPrincipal":"*", @does "kms:*", @here}, {Deny, @any, @does "kms:*", "Resource":"arn:aws:kms:us-east-1:111122223333:key/other"}`, ""},
	{"no-policy-administrator", nearMiss, key, unknown, `{Allow, @any, @does "kms:Decrypt", @here, @if {"StringEquals":{"kms:CallerAccount":"111122223333","kms:ViaService":"s3.us-east-1.amazonaws.com"}}}, {Allow, @aws "111122223333"}, @does ["kms:Describe*","kms:Get*","kms:List*","kms:RevokeGrant"], @here}`, ""},

	// Whom the policy lets in.
	{"wildcard-principal", found, key, known, `ROOT, {Allow, @any, @does "kms:Decrypt", @here}`,
		`Statement[1].Principal: this allows kms:Decrypt to everyone in every AWS account, since no condition keeps strangers out
  add-condition 1 StringEquals kms:CallerAccount 111122223333`},
	{"wildcard-principal", found, key, unknown, `ROOT, {Allow, @aws ["arn:aws:iam::111122223333:role/app","*"]}, @does "kms:*", @here}`,
		`Statement[1].Principal: this allows kms:* to everyone in every AWS account, since no condition keeps strangers out`},
	{"wildcard-principal", found, key, known, `ROOT, {Allow, "NotPrincipal":{"AWS":"444455556666"}, @does "kms:Decrypt", @here}`,
		`Statement[1].NotPrincipal: this allows kms:Decrypt to everyone in every AWS account, since no condition keeps strangers out
  add-condition 1 StringEquals kms:CallerAccount 111122223333`},
	{"wildcard-principal", found, key, known, `ROOT, {Allow, @any, @does "kms:Decrypt", @here, @if {"StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com","kms:EncryptionContext:a":"b","aws:PrincipalTag/team":"a"}}}`,
		`Statement[1].Principal: this allows kms:Decrypt to everyone in every AWS account, since no condition keeps strangers out
  add-condition 1 StringEquals kms:CallerAccount 111122223333`},
	{"wildcard-principal", found, key, known, `ROOT, {Allow, @any, @does "kms:Decrypt", @here, @if {"StringLike":{"aws:PrincipalOrgID":"o-*"}}}`,
		`Statement[1].Principal: this allows kms:Decrypt to everyone in every AWS account, since no condition keeps strangers out
  add-condition 1 StringEquals kms:CallerAccount 111122223333`},
	{"wildcard-principal", found, key, known, `ROOT, {Allow, @any, @does "kms:Decrypt", @here, @if {"ArnLike":{"aws:PrincipalArn":["arn:aws:iam::111122223333:role/a","arn:aws:iam::*:role/b"]}}}`,
		`Statement[1].Principal: this allows kms:Decrypt to everyone in every AWS account, since no condition keeps strangers out
  add-condition 1 StringEquals kms:CallerAccount 111122223333`},
	{"wildcard-principal", found, key, known, `ROOT, {Allow, @any, @does "kms:Decrypt", @here, @if {"StringNotEquals":{"aws:PrincipalAccount":"444455556666"}}}`,
		`Statement[1].Principal: this allows kms:Decrypt to everyone in every AWS account, since no condition keeps strangers out
  add-condition 1 StringEquals kms:CallerAccount 111122223333`},
	{"wildcard-principal", found, key, known, `ROOT, {Allow, @any, @does "kms:Decrypt", @here, @if {"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-example"}}}`,
		`Statement[1].Principal: this allows kms:Decrypt to everyone in every AWS account, since no condition keeps strangers out
  add-condition 1 StringEquals kms:CallerAccount 111122223333`},
	{"wildcard-principal", found, key, known, `ROOT, {Allow, @any, @does "kms:Decrypt", @here, @if {"Null":{"aws:PrincipalOrgID":"false"}, "IpAddress":{"aws:SourceIp":["192.0.2.0/24","0.0.0.0/0"]}}}`,
		`Statement[1].Principal: this allows kms:Decrypt to everyone in every AWS account, since no condition keeps strangers out
  add-condition 1 StringEquals kms:CallerAccount 111122223333`},
	{"wildcard-principal", found, key, known, `ROOT, {Allow, @any, @does ["kms:Decrypt","kms:Encrypt"], @here}, {Deny, @any, @does "kms:Decrypt", @here, @if {"StringNotEquals":{"aws:PrincipalOrgID":"o-example"}}}`,
		`Statement[1].Principal: this allows kms:Encrypt to everyone in every AWS account, since no condition keeps strangers out
  add-condition 1 StringEquals kms:CallerAccount 111122223333`},
	{"wildcard-principal", found, key, unknown, `ROOT, {Allow, @any, @does "kms:Decrypt", @here}, {Deny, @app, @does "kms:Decrypt", @here, @if {"StringNotEquals":{"aws:PrincipalOrgID":"o-example"}}}`,
		`Statement[1].Principal: this allows kms:Decrypt to everyone in every AWS account, since no condition keeps strangers out`},
	{"wildcard-principal", clean, key, known, `ROOT, {Allow, @app, @does "kms:Decrypt", @here}`, ""},
	{"wildcard-principal", nearMiss, key, known, `ROOT, {Allow, @any, @does "kms:Decrypt", @here, @if {"StringEquals":{"kms:CallerAccount":"111122223333"}}}`, ""},
	{"wildcard-principal", nearMiss, key, known, `ROOT, {Allow, @any, @does "kms:Decrypt", @here, @if {"StringEquals":{"AWS:principalorgid":"o-example"}}}`, ""},
	{"wildcard-principal", nearMiss, key, known, `ROOT, {Allow, @any, @does "kms:Decrypt", @here, @if {"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-example/r-ab12/*"}}}`, ""},
	{"wildcard-principal", nearMiss, key, known, `ROOT, {Allow, @any, @does "kms:Decrypt", @here, @if {"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/app-*"}}}`, ""},
	{"wildcard-principal", nearMiss, key, known, `ROOT, {Allow, @any, @does "kms:Decrypt", @here, @if {"StringLike":{"aws:PrincipalArn":"arn:aws:iam::${aws:ResourceAccount}:role/*"}}}`, ""},
	{"wildcard-principal", nearMiss, key, known, `ROOT, {Allow, @any, @does "kms:Decrypt", @here, @if {"StringEquals":{"aws:ResourceAccount":"${aws:PrincipalAccount}"}}}`, ""},
	{"wildcard-principal", nearMiss, key, known, `ROOT, {Allow, @any, @does "kms:Decrypt", @here, @if {"StringEqualsIfExists":{"kms:CallerAccount":"111122223333"}}}`, ""},
	{"wildcard-principal", nearMiss, key, known, `ROOT, {Allow, @any, @does "kms:Decrypt", @here, @if {"StringLike":{"aws:userid":"AROAEXAMPLE:*"}}}`, ""},
	{"wildcard-principal", nearMiss, key, known, `ROOT, {Allow, @any, @does "kms:Decrypt", @here, @if {"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}}`, ""},
	{"wildcard-principal", nearMiss, key, known, `ROOT, {Allow, @any, @does "kms:Decrypt", @here, @if {"ArnLike":{"aws:SourceArn":"arn:aws:s3:::bucket"}}}`, ""},
	{"wildcard-principal", nearMiss, key, known, `ROOT, {Allow, @any, @does "kms:Decrypt", @here}, {Deny, @any, @does "kms:*", @here, @if {"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-example"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}}`, ""},
	{"wildcard-principal", nearMiss, key, known, `ROOT, {Allow, @any, @does "kms:Decrypt", @here}, {Deny, "NotPrincipal":{"AWS":["111122223333"]}, @does "kms:*", @here}`, ""},
	{"wildcard-principal", nearMiss, key, known, `ROOT, {Allow, @any, @does ["kms:CreateKey","s3:GetObject"], @here}, {Deny, @any, @does "kms:Decrypt", @here}, {Allow, @any, @does "kms:Decrypt", "Resource":"arn:aws:kms:us-east-1:111122223333:alias/a"}`, ""},
	{"wildcard-principal", nearMiss, key, known, `ROOT, {Allow, @any, @does "kms:Decrypt", @here, @if {"StringEquals":{"aws:ResourceTag/a":"b"}}}`, ""},

	{"wildcard-administrator", found, key, known, `ROOT, {Allow, @any, @does "kms:*", @here}`,
		`Statement[1].Principal: this lets everyone in the key's account change the key policy, whatever their IAM policies allow`},
	{"wildcard-administrator", found, key, known, `ROOT, {Allow, @any, @does "kms:Put*", @here, @if {"StringEquals":{"kms:CallerAccount":"111122223333"}}}`,
		`Statement[1].Principal: this lets everyone who meets the condition change the key policy, whatever their IAM policies allow`},
	{"wildcard-administrator", found, key, known, `ROOT, {Allow, "NotPrincipal":{"AWS":"444455556666"}, "NotAction":"kms:Decrypt", @here, @if {"StringEquals":{"aws:PrincipalOrgID":"o-example"}}}`,
		`Statement[1].NotPrincipal: this lets everyone who meets the condition change the key policy, whatever their IAM policies allow`},
	{"wildcard-administrator", found, key, known, `ROOT, {Allow, @any, @does "kms:*", @here, @if {"Null":{"aws:PrincipalTag/admin":"false"}}}`,
		`Statement[1].Principal: this lets everyone who meets the condition change the key policy, whatever their IAM policies allow`},
	{"wildcard-administrator", clean, key, known, `ROOT`, ""},
	{"wildcard-administrator", nearMiss, key, known, `ROOT, {Allow, @any, @does ["kms:Create*","kms:Decrypt"], @here, @if {"StringEquals":{"kms:CallerAccount":"111122223333"}}}`, ""},
	{"wildcard-administrator", nearMiss, key, known, `ROOT, {Allow, @any, @does "kms:*", @here, @if {"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Admin_*"}}}`, ""},
	{"wildcard-administrator", nearMiss, key, known, `ROOT, {Allow, @any, @does "kms:*", @here, @if {"StringEquals":{"kms:CallerAccount":"111122223333","kms:ViaService":"ec2.us-east-1.amazonaws.com"}}}`, ""},
	{"wildcard-administrator", nearMiss, key, known, `ROOT, {Allow, @any, @does "kms:*", @here, @if {"StringEquals":{"kms:CallerAccount":"111122223333","aws:PrincipalTag/role":"admin"}}}`, ""},
	{"wildcard-administrator", nearMiss, key, known, `ROOT, {Deny, @any, @does "kms:*", @here, @if {"StringNotEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/admin"}}}, {Allow, @any, @does "kms:*", @here}`, ""},
	{"wildcard-administrator", nearMiss, key, known, `ROOT, {Deny, @any, @does "kms:*", @here, @if {"StringNotEquals":{"kms:CallerAccount":"111122223333"}}}, {Allow, @app, @does "kms:*", @here}`, ""},
	{"wildcard-administrator", found, key, known, `ROOT, {Deny, @any, @does "kms:*", @here, @if {"StringNotEquals":{"kms:CallerAccount":"111122223333"}}}, {Allow, @any, @does "kms:*", @here}`,
		`Statement[2].Principal: this lets everyone in the key's account change the key policy, whatever their IAM policies allow`},

	{"service-without-source", found, key, known, `ROOT, {Allow, @sns, @does ["kms:GenerateDataKey*","kms:Decrypt"], @here}`,
		`Statement[1].Principal.Service: "sns.amazonaws.com" may use the key for resources of any account, since no condition looks at aws:SourceArn, aws:SourceAccount or aws:SourceOrgID
  add-condition 1 StringEquals aws:SourceAccount 111122223333`},
	{"service-without-source", found, key, unknown, `ROOT, {Allow, @service ["logs.us-east-1.amazonaws.com","s3.amazonaws.com","cloudwatch.amazonaws.com"]}, @does "kms:*", @here, @if {"Bool":{"aws:SecureTransport":"true"}}}`,
		`Statement[1].Principal.Service[1]: "s3.amazonaws.com" may use the key for resources of any account, since no condition looks at aws:SourceArn, aws:SourceAccount or aws:SourceOrgID
Statement[1].Principal.Service[2]: "cloudwatch.amazonaws.com" may use the key for resources of any account, since no condition looks at aws:SourceArn, aws:SourceAccount or aws:SourceOrgID`},
	{"service-without-source", found, key, known, `ROOT, {Allow, "Principal":{"AWS":"arn:aws:iam::111122223333:role/app","Service":"sns.amazonaws.com"}, @does "kms:CreateGrant", @here}`,
		`Statement[1].Principal.Service: "sns.amazonaws.com" may use the key for resources of any account, since no condition looks at aws:SourceArn, aws:SourceAccount or aws:SourceOrgID`},
	{"service-without-source", clean, key, known, `ROOT, {Allow, @sns, @does "kms:Decrypt", @here, @if {"ArnLike":{"aws:SourceArn":"arn:aws:sns:us-east-1:111122223333:*"}}}`, ""},
	{"service-without-source", nearMiss, key, known, `ROOT, {Allow, @sns, @does "kms:Decrypt", @here, @if {"StringEquals":{"aws:SourceOrgID":"o-example"}}}, {Deny, @sns, @does "kms:Decrypt", @here}`, ""},
	{"service-without-source", nearMiss, key, known, `ROOT, {Allow, @service ["logs.us-east-1.amazonaws.com","events.amazonaws.com","ses.amazonaws.com"]}, @does ["kms:Decrypt","kms:GenerateDataKey*"], @here}`, ""},
	{"service-without-source", nearMiss, key, known, `ROOT, {Allow, @service "cloudtrail.amazonaws.com"}, @does "kms:DescribeKey", @here}`, ""},
	{"service-without-source", nearMiss, key, known, `ROOT, {Allow, @service "cloudtrail.amazonaws.com"}, @does "kms:GenerateDataKey*", @here, @if {"StringLike":{"kms:EncryptionContext:aws:cloudtrail:arn":"arn:aws:cloudtrail:*:111122223333:trail/*"}}}`, ""},

	{"not-principal", found, key, known, `ROOT, {"Sid":"Only app", Deny, "NotPrincipal":{"AWS":["arn:aws:iam::111122223333:root","arn:aws:iam::111122223333:role/app"]}, @does "kms:Decrypt", @here, @if {"Bool":{"aws:SecureTransport":"true"}}}`,
		`Statement[1].NotPrincipal: NotPrincipal spares a role only if its account and its sessions are listed too, and never one with a permissions boundary
  remove-statement 1
  add-statement {"Sid":"Only app","Effect":"Deny","Principal":{"AWS":"*"},"Action":"kms:Decrypt","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"},"ArnNotEquals":{"aws:PrincipalArn":["arn:aws:iam::111122223333:root","arn:aws:iam::111122223333:role/app"]}}}`},
	{"not-principal", found, key, known, `ROOT, {Allow, "NotPrincipal":{"AWS":"444455556666"}, @does "kms:Decrypt", @here}`,
		`Statement[1].NotPrincipal: NotPrincipal with Allow lets in everyone in every AWS account but those listed`},
	{"not-principal", found, vpce, unknown, `{Deny, "NotPrincipal":{"AWS":"444455556666"}, @does "kms:Decrypt", @here}`,
		`Statement[0].NotPrincipal: NotPrincipal spares a role only if its account and its sessions are listed too, and never one with a permissions boundary`},
	{"not-principal", found, key, known, `ROOT, {Deny, "NotPrincipal":{"AWS":"arn:aws:iam::111122223333:role/app"}, "NotAction":"kms:Decrypt", @here}, {Deny, "NotPrincipal":{"AWS":"arn:aws:iam::111122223333:role/app"}, @does "kms:Decrypt", @here, @if {"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/b"}}}`,
		`Statement[1].NotPrincipal: NotPrincipal spares a role only if its account and its sessions are listed too, and never one with a permissions boundary
Statement[2].NotPrincipal: NotPrincipal spares a role only if its account and its sessions are listed too, and never one with a permissions boundary`},
	{"not-principal", clean, key, known, `ROOT`, ""},
	{"not-principal", nearMiss, key, known, `ROOT, {Deny, @any, "NotAction":"kms:Decrypt", @here, @if {"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/app"}}}`, ""},
	{"not-principal", nearMiss, vpce, unknown, `{Allow, @any, @does "s3:*", @here}, {Deny, "NotPrincipal":{"AWS":"444455556666"}, @does "s3:*", @here}`, ""},

	{"unconstrained-grants", found, key, known, `ROOT, {Allow, @app, @does "kms:CreateGrant", @here}`,
		`Statement[1].Action: whoever may call kms:CreateGrant here can pass on every permission that a grant can have, to anyone, without any service
  add-condition 1 Bool kms:GrantIsForAWSResource true`},
	{"unconstrained-grants", found, key, known, `ROOT, {Allow, @app, @does ["kms:Decrypt","kms:CreateGrant"], @here, @if {"Bool":{"aws:SecureTransport":true}}}`,
		`Statement[1].Action: whoever may call kms:CreateGrant here can pass on every permission that a grant can have, to anyone, without any service
  remove-values 1 Action kms:CreateGrant
  add-statement {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/app"},"Action":"kms:CreateGrant","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true","kms:GrantIsForAWSResource":"true"}}}`},
	{"unconstrained-grants", found, key, known, `ROOT, {Allow, @app, @does ["kms:CreateGrant","kms:Create*"], @here}, {Allow, @app, @does "kms:CreateG*", @here}`,
		`Statement[1].Action: whoever may call kms:CreateGrant here can pass on every permission that a grant can have, to anyone, without any service
Statement[2].Action: whoever may call kms:CreateGrant here can pass on every permission that a grant can have, to anyone, without any service
  add-condition 2 Bool kms:GrantIsForAWSResource true`},
	{"unconstrained-grants", found, key, known, `ROOT, {Allow, @any, @does ["kms:CreateGrant","kms:Decrypt"], @here, @if {"StringEquals":{"kms:CallerAccount":"111122223333"}}}`,
		`Statement[1].Action: whoever may call kms:CreateGrant here can pass on every permission that a grant can have, to anyone, without any service
  remove-values 1 Action kms:CreateGrant
  add-statement {"Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:CreateGrant","Resource":"*","Condition":{"StringEquals":{"kms:CallerAccount":"111122223333"},"Bool":{"kms:GrantIsForAWSResource":"true"}}}`},
	{"unconstrained-grants", found, key, known, `ROOT, {Allow, "NotPrincipal":{"AWS":"arn:aws:iam::111122223333:role/app"}, @does ["kms:CreateGrant","kms:Decrypt"], @here}`,
		`Statement[1].Action: whoever may call kms:CreateGrant here can pass on every permission that a grant can have, to anyone, without any service`},
	{"unconstrained-grants", found, iam, unknown, `{"Sid":"Use", Allow, @does ["kms:CreateGrant","kms:ListGrants"], "Resource":"arn:aws:kms:us-east-1:111122223333:key/*"}`,
		`Statement[0].Action: whoever may call kms:CreateGrant here can pass on every permission that a grant can have, to anyone, without any service
  add-condition 0 Bool kms:GrantIsForAWSResource true`},
	{"unconstrained-grants", found, iam, unknown, `{"Sid":"Use", Allow, @does ["kms:CreateGrant","s3:GetObject"], @here}`,
		`Statement[0].Action: whoever may call kms:CreateGrant here can pass on every permission that a grant can have, to anyone, without any service
  remove-values 0 Action kms:CreateGrant
  add-statement {"Effect":"Allow","Action":"kms:CreateGrant","Resource":"*","Condition":{"Bool":{"kms:GrantIsForAWSResource":"true"}}}`},
	{"unconstrained-grants", found, iam, unknown, `{Allow, "NotAction":["iam:*","kms:PutKeyPolicy"], @here}`,
		`Statement[0].NotAction: whoever may call kms:CreateGrant here can pass on every permission that a grant can have, to anyone, without any service`},
	{"unconstrained-grants", clean, key, known, `ROOT, {Allow, @app, @does ["kms:CreateGrant","kms:ListGrants","kms:RevokeGrant"], @here, @if {"Bool":{"kms:GrantIsForAWSResource":"true"}}}`, ""},
	{"unconstrained-grants", nearMiss, key, known, `ROOT, {Allow, @app, @does ["kms:Create*","kms:Put*"], @here}`, ""},
	{"unconstrained-grants", nearMiss, key, known, `ROOT, {Allow, @aws "444455556666"}, @does "kms:CreateGrant", @here}, {Allow, @sns, @does "kms:CreateGrant", @here}, {Deny, @app, @does "kms:CreateGrant", @here}`, ""},
	{"unconstrained-grants", nearMiss, key, known, `ROOT, {Allow, @app, @does ["kms:CreateGrant","kms:DescribeKey"], @here, @if {"ForAllValues:StringEquals":{"kms:GrantOperations":["Encrypt"]}}}`, ""},
	{"unconstrained-grants", nearMiss, key, known, `ROOT, {Allow, @app, @does ["kms:CreateGrant","kms:DescribeKey"], @here, @if {"StringEquals":{"kms:GrantConstraintType":"EncryptionContextSubset"}}}`, ""},
	{"unconstrained-grants", nearMiss, key, known, `ROOT, {Allow, @app, @does ["kms:CreateGrant","kms:DescribeKey"], @here, @if {"StringNotLike":{"kms:GranteePrincipal":"arn:aws:iam::444455556666:*"}}}`, ""},
	{"unconstrained-grants", nearMiss, key, known, `ROOT, {Allow, @app, @does ["kms:CreateGrant","kms:DescribeKey"], @here, @if {"StringLike":{"kms:ViaService":"rds.*.amazonaws.com"}}}`, ""},
	{"unconstrained-grants", nearMiss, iam, unknown, `{Allow, @does "kms:*", @here}, {Allow, @does "*", @here}, {Allow, @does "kms:CreateKey", @here}`, ""},

	{"attestation-walk-around", found, key, known, `ROOT, {Allow, @app, @does ["kms:Decrypt","kms:GenerateRandom"], @here, @if {"StringEqualsIgnoreCase":{"kms:RecipientAttestation:ImageSha384":"abc"}}}`,
		`Statement[0]: IAM policies can allow kms:Decrypt by this statement without the attestation that another statement demands
  replace-element 0 Action NotAction kms:Decrypt`},
	{"attestation-walk-around", found, key, unknown, `{Allow, @aws "111122223333"}, @does ["kms:Decrypt","kms:DescribeKey"], @here}, {Allow, @app, @does ["kms:Decrypt","kms:GenerateRandom"], @here, @if {"StringEqualsIgnoreCase":{"kms:RecipientAttestation:PCR1":"abc"}}}`,
		`Statement[0]: IAM policies can allow kms:Decrypt by this statement without the attestation that another statement demands`},
	{"attestation-walk-around", found, key, known, `ROOT, {Allow, @app, @does ["kms:Decrypt","kms:GenerateRandom"], @here, @if {"StringEqualsIgnoreCase":{"kms:RecipientAttestation:ImageSha384":"abc"}}}, {Deny, @any, @does "kms:Decrypt", @here, @if {"StringEquals":{"kms:RecipientAttestation:PCR0":"000"}}}`,
		`Statement[0]: IAM policies can allow kms:Decrypt by this statement without the attestation that another statement demands
  replace-element 0 Action NotAction kms:Decrypt`},
	{"attestation-walk-around", clean, key, known, `{Allow, @aws "111122223333"}, "NotAction":"kms:Decrypt", @here}, {Allow, @app, @does ["kms:Decrypt","kms:GenerateRandom"], @here, @if {"StringEqualsIgnoreCase":{"kms:RecipientAttestation:ImageSha384":"abc"}}}`, ""},
	{"attestation-walk-around", nearMiss, key, known, `ROOT, {Allow, @app, @does ["kms:Decrypt","kms:GenerateRandom"], @here, @if {"StringEqualsIgnoreCase":{"kms:RecipientAttestation:ImageSha384":"abc"}}}, {Deny, @any, @does "kms:Decrypt", @here, @if {"StringNotEqualsIgnoreCase":{"kms:RecipientAttestation:ImageSha384":"abc"}}}`, ""},
	{"attestation-walk-around", nearMiss, key, known, `ROOT, {Allow, @app, @does ["kms:Decrypt","kms:GenerateRandom"], @here, @if {"StringEqualsIgnoreCase":{"kms:RecipientAttestation:ImageSha384":"abc"}}}, {Deny, @any, @does "kms:Decrypt", @here, @if {"Null":{"kms:RecipientAttestation:ImageSha384":"true"}}}`, ""},
	{"attestation-walk-around", nearMiss, key, known, `{Allow, @aws "111122223333"}, @does "kms:*", @here, @if {"StringLike":{"kms:ViaService":"s3.*.amazonaws.com"}}}, {Allow, @aws "444455556666"}, @does "kms:*", @here}, {Allow, @app, @does ["kms:Decrypt","kms:GenerateRandom"], @here, @if {"StringEqualsIgnoreCase":{"kms:RecipientAttestation:ImageSha384":"abc"}}}`, ""},
	{"attestation-walk-around", nearMiss, key, known, `ROOT, {Allow, @app, @does "kms:Encrypt", @here, @if {"StringEqualsIgnoreCase":{"kms:RecipientAttestation:ImageSha384":"abc"}}}, {Allow, @app, @does "kms:Decrypt", @here, @if {"StringEqualsIgnoreCaseIfExists":{"kms:RecipientAttestation:ImageSha384":"abc"}}}`, ""},

	// Statements that do nothing.
	{"no-principal", found, key, known, `ROOT, {Deny, @does "kms:Decrypt", @here}`,
		`Statement[1]: a statement without a principal is about nobody
  remove-statement 1`},
	{"no-principal", found, rcp, unknown, `{Deny, @aws []}, @does "kms:Decrypt", @here}`,
		`Statement[0].Principal: a statement without a principal is about nobody
  remove-statement 0`},
	{"no-principal", found, vpce, unknown, `{Allow, @does "*", @here}`,
		`Statement[0]: a statement without a principal is about nobody
  remove-statement 0`},
	{"no-principal", clean, key, known, `ROOT`, ""},
	{"no-principal", nearMiss, iam, unknown, `{Allow, @does "kms:Decrypt", @here}`, ""},
	{"no-principal", nearMiss, key, known, `ROOT, {Deny, "NotPrincipal":{"AWS":[]}, @does "kms:Decrypt", @here}, {Deny, @aws "AIDAEXAMPLE"}, @does "kms:Decrypt", @here}`, ""},

	{"no-action", found, key, known, `ROOT, {Allow, @app, @here}`,
		`Statement[1]: a statement without an action is about nothing
  remove-statement 1`},
	{"no-action", found, iam, unknown, `{Allow, @does [], @here}`,
		`Statement[0].Action: a statement without an action is about nothing
  remove-statement 0`},
	{"no-action", clean, key, known, `ROOT`, ""},
	{"no-action", nearMiss, scp, unknown, `{Allow, "NotAction":[], @here}, {Deny, @does "kms:", @here}`, ""},

	{"no-resource", found, key, known, `ROOT, {Allow, @app, @does "kms:Decrypt"}`,
		`Statement[1]: a statement without a resource is about no key; in a key policy "*" is the key itself
  add-values 1 Resource *`},
	{"no-resource", found, key, known, `ROOT, {Allow, @app, @does "kms:Decrypt", "Resource":[]}`,
		`Statement[1].Resource: a statement without a resource is about no key; in a key policy "*" is the key itself
  add-values 1 Resource *`},
	{"no-resource", found, iam, unknown, `{Allow, @does "kms:Decrypt"}`,
		`Statement[0]: a statement without a resource is about no key
  remove-statement 0`},
	{"no-resource", clean, key, known, `ROOT`, ""},
	{"no-resource", nearMiss, iam, unknown, `{Allow, @does "kms:Decrypt", "NotResource":[]}, {Allow, @does "kms:Decrypt", "Resource":""}`, ""},

	{"other-resource", found, key, unknown, `ROOT, {Allow, @app, @does "kms:Decrypt", "Resource":"arn:aws:kms:us-east-1:111122223333:alias/app"}`,
		`Statement[1].Resource: the statement never matches, since its Resource does not cover this key; "*" does
  replace-element 1 Resource Resource *`},
	{"other-resource", found, key, unknown, `ROOT, {Allow, @app, @does "kms:Decrypt", "Resource":["arn:aws:s3:::bucket/*","1234abcd-12ab-34cd-56ef-1234567890ab","arn:aws:sqs*"]}`,
		`Statement[1].Resource: the statement never matches, since its Resource does not cover this key; "*" does
  replace-element 1 Resource Resource *`},
	{"other-resource", found, key, known, `ROOT, {Allow, @app, @does "kms:Decrypt", "Resource":"arn:aws:kms:us-east-1:111122223333:key/0000abcd-12ab-34cd-56ef-1234567890ab"}`,
		`Statement[1].Resource: the statement never matches, since its Resource does not cover this key; "*" does
  replace-element 1 Resource Resource *`},
	{"other-resource", found, key, known, `ROOT, {Allow, @app, @does "kms:Decrypt", "NotResource":"arn:aws:kms:us-east-1:111122223333:key/1234*"}`,
		`Statement[1].NotResource: the statement never matches, since its NotResource leaves out this key
  remove-statement 1`},
	{"other-resource", found, key, unknown, `ROOT, {Allow, @app, @does "kms:Decrypt", "NotResource":"*"}, {Allow, @app, @does "kms:Decrypt", "Resource":"arn:aws:k"}`,
		`Statement[1].NotResource: the statement never matches, since its NotResource leaves out this key
  remove-statement 1
Statement[2].Resource: the statement never matches, since its Resource does not cover this key; "*" does
  replace-element 2 Resource Resource *`},
	{"other-resource", clean, key, known, `ROOT`, ""},
	{"other-resource", nearMiss, key, known, `ROOT, {Allow, @app, @does "kms:Decrypt", "Resource":["arn:aws:s3:::bucket","arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"]}, {Allow, @app, @does "kms:Decrypt", "NotResource":"arn:aws:s3:::bucket"}`, ""},
	{"other-resource", nearMiss, key, unknown, `ROOT, {Allow, @app, @does "kms:Decrypt", "Resource":"arn:aws:kms:us-east-1:111122223333:key/any"}, {Allow, @app, @does "kms:Decrypt", "Resource":"arn:aws:kms"}, {Allow, @app, @does "kms:Decrypt", "Resource":"arn:aws:kms:*:key/1"}, {Allow, @app, @does "kms:Decrypt", "Resource":"arn:*"}, {Allow, @app, @does "kms:Decrypt", "Resource":"arn:aws:kms:us-east-1:111122223333:k*"}`, ""},
	{"other-resource", nearMiss, key, known, `ROOT, {Allow, @app, @does "kms:Decrypt", "Resource":"arn:aws:kms:us-east-1:111122223333:key/${aws:PrincipalTag/key}"}, {Allow, @app, @does "kms:Decrypt"}`, ""},

	{"alias-resource", found, iam, unknown, `{Allow, @does ["kms:Decrypt","kms:GenerateDataKey"], "Resource":"arn:aws:kms:us-east-1:111122223333:alias/app"}`,
		`Statement[0].Resource: the ARN of an alias never covers kms:Decrypt and kms:GenerateDataKey, for which the key's own ARN counts
  replace-element 0 Resource Resource arn:aws:kms:us-east-1:111122223333:key/*
  add-condition 0 ForAnyValue:StringEquals kms:ResourceAliases alias/app`},
	{"alias-resource", found, iam, unknown, `{Allow, @does "kms:Decrypt", "Resource":["arn:aws:s3:::bucket","arn:aws:kms:*:*:alias/app-*"]}, {Allow, @does "kms:Decrypt", "Resource":"arn:aws:kms:us-east-1:111122223333:alias/app-*"}`,
		`Statement[0].Resource[1]: the ARN of an alias never covers kms:Decrypt, for which the key's own ARN counts
Statement[1].Resource: the ARN of an alias never covers kms:Decrypt, for which the key's own ARN counts
  replace-element 1 Resource Resource arn:aws:kms:us-east-1:111122223333:key/*
  add-condition 1 ForAnyValue:StringLike kms:ResourceAliases alias/app-*`},
	{"alias-resource", found, scp, unknown, `{Deny, @does "kms:*", "Resource":"arn:aws:kms:*:*:alias/aws/*"}`,
		`Statement[0].Resource: the ARN of an alias never covers kms:Decrypt, kms:Encrypt, kms:GenerateDataKey and 41 more actions, for which the key's own ARN counts`},
	{"alias-resource", found, iam, unknown, `{Allow, @does "kms:Decrypt", "Resource":"arn:aws:kms:us-east-1:111122223333:alias/app", @if {"ForAnyValue:StringEquals":{"kms:ResourceAliases":"alias/other"}}}`,
		`Statement[0].Resource: the ARN of an alias never covers kms:Decrypt, for which the key's own ARN counts`},
	{"alias-resource", clean, iam, unknown, `{Allow, @does "kms:Decrypt", "Resource":"arn:aws:kms:us-east-1:111122223333:key/*", @if {"ForAnyValue:StringEquals":{"kms:ResourceAliases":"alias/app"}}}`, ""},
	{"alias-resource", nearMiss, iam, unknown, `{Allow, @does ["kms:CreateAlias","kms:DeleteAlias"], "Resource":"arn:aws:kms:us-east-1:111122223333:alias/app"}`, ""},
	{"alias-resource", nearMiss, iam, unknown, `{Allow, @does "kms:*", "Resource":["arn:aws:kms:us-east-1:111122223333:alias/app","arn:aws:kms:us-east-1:111122223333:key/*"]}, {Allow, @does "kms:Decrypt", "NotResource":"arn:aws:kms:us-east-1:111122223333:alias/app"}, {Allow, @does "kms:ListKeys", "Resource":"arn:aws:kms:us-east-1:111122223333:alias/app"}`, ""},

	{"unknown-action", found, key, known, `ROOT, {Allow, @app, @does ["kms:ReEncrypt","kms:Describe","kms:List","kms:Decript"], @here}`,
		`Statement[1].Action[0]: KMS has no action "kms:ReEncrypt" (did you mean "kms:ReEncrypt*"?)
  add-values 1 Action kms:ReEncrypt*
  remove-values 1 Action kms:ReEncrypt
Statement[1].Action[1]: KMS has no action "kms:Describe" (did you mean "kms:DescribeKey"?)
  add-values 1 Action kms:DescribeKey
  remove-values 1 Action kms:Describe
Statement[1].Action[2]: KMS has no action "kms:List" (did you mean "kms:List*"?)
  add-values 1 Action kms:List*
  remove-values 1 Action kms:List
Statement[1].Action[3]: KMS has no action "kms:Decript" (did you mean "kms:Decrypt"?)
  add-values 1 Action kms:Decrypt
  remove-values 1 Action kms:Decript`},
	{"unknown-action", found, key, known, `ROOT, {Allow, @app, @does [" kms: Decrypt","Encrypt","kma:Sign","s3:GetObject","kms:Get*,Put*","kms:","kms:Ge","kms:Frobnicate"], @here}`,
		`Statement[1].Action[0]: KMS has no action " kms: Decrypt" (did you mean "kms:Decrypt"?)
  add-values 1 Action kms:Decrypt
  remove-values 1 Action  kms: Decrypt
Statement[1].Action[1]: KMS has no action "Encrypt" (did you mean "kms:Encrypt"?)
  add-values 1 Action kms:Encrypt
  remove-values 1 Action Encrypt
Statement[1].Action[2]: KMS has no action "kma:Sign" (did you mean "kms:Sign"?)
  add-values 1 Action kms:Sign
  remove-values 1 Action kma:Sign
Statement[1].Action[3]: "s3:GetObject" is no action of KMS, so a key policy does nothing with it
Statement[1].Action[4]: KMS has no action "kms:Get*,Put*"
Statement[1].Action[5]: KMS has no action "kms:"
Statement[1].Action[6]: KMS has no action "kms:Ge"
Statement[1].Action[7]: KMS has no action "kms:Frobnicate"`},
	{"unknown-action", found, iam, unknown, `{Allow, @does ["kms:DecryptData","s3:GetObject"], @here}, {Deny, "NotAction":"kms:reencrypt", @here}`,
		`Statement[0].Action[0]: KMS has no action "kms:DecryptData"
Statement[1].NotAction: KMS has no action "kms:reencrypt" (did you mean "kms:reencrypt*"?)
  add-values 1 NotAction kms:reencrypt*
  remove-values 1 NotAction kms:reencrypt`},
	{"unknown-action", clean, key, known, `ROOT, {Allow, @app, @does ["kms:ReEncrypt*","kms:Describe*"], @here}`, ""},
	{"unknown-action", nearMiss, key, known, `ROOT, {Allow, @app, @does ["KMS:decrypt","kms:?escribeKey","*"], @here}`, ""},
	{"unknown-action", nearMiss, iam, unknown, `{Allow, @does ["s3:Decript","kmss:Decrypt","*"], @here}`, ""},

	{"wildcard-in-principal", found, key, known, `ROOT, {Allow, @aws "arn:aws:iam::111122223333:role/app-*"}, @does "kms:Decrypt", @here}`,
		`Statement[1].Principal.AWS: "arn:aws:iam::111122223333:role/app-*" names nobody, since a principal takes no wildcards
  add-values 1 Principal arn:aws:iam::111122223333:root
  remove-values 1 Principal arn:aws:iam::111122223333:role/app-*
  add-condition 1 ArnLike aws:PrincipalArn arn:aws:iam::111122223333:role/app-*`},
	{"wildcard-in-principal", found, key, known, `ROOT, {Allow, @aws ["arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/*","arn:aws:iam::*:root"]}, @does "kms:Decrypt", @here}`,
		`Statement[1].Principal.AWS[0]: "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/*" names nobody, since a principal takes no wildcards
Statement[1].Principal.AWS[1]: "arn:aws:iam::*:root" names nobody, since a principal takes no wildcards`},
	{"wildcard-in-principal", found, key, known, `ROOT, {Allow, @service "*"}, @does "kms:Decrypt", @here}, {Allow, @aws "arn:aws:sts::111122223333:assumed-role/app/*"}, @does "kms:Decrypt", @here}, {Allow, @aws "arn:aws:iam::111122223333:user/?"}, @does "kms:Decrypt", @here, @if {"arnlike":{"aws:PrincipalARN":"arn:aws:iam::111122223333:user/*"}}}`,
		`Statement[1].Principal.Service: "*" names nobody, since a principal takes no wildcards
Statement[2].Principal.AWS: "arn:aws:sts::111122223333:assumed-role/app/*" names nobody, since a principal takes no wildcards
Statement[3].Principal.AWS: "arn:aws:iam::111122223333:user/?" names nobody, since a principal takes no wildcards`},
	{"wildcard-in-principal", clean, key, known, `ROOT, {Allow, @any, @does "kms:Decrypt", @here, @if {"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/app-*"}}}`, ""},
	{"wildcard-in-principal", nearMiss, vpce, unknown, `{Allow, @aws ["*","arn:aws:iam::111122223333:role/app"]}, @does "*", @here}`, ""},

	{"orphaned-principal", found, key, known, `ROOT, {Allow, @aws ["AIDAEXAMPLE","arn:aws:iam::111122223333:role/app"]}, @does "kms:Decrypt", @here}, {Allow, @aws "AROAEXAMPLE"}, @does "kms:Decrypt", @here}`,
		`Statement[1].Principal.AWS[0]: "AIDAEXAMPLE" is the id of a user or role that was deleted, and a new one of the same name has another
  remove-values 1 Principal AWS AIDAEXAMPLE
Statement[2].Principal.AWS: "AROAEXAMPLE" is the id of a user or role that was deleted, and a new one of the same name has another
  remove-statement 2`},
	{"orphaned-principal", found, key, known, `ROOT, {Deny, "NotPrincipal":{"AWS":"AROAEXAMPLE"}, @does "kms:Decrypt", @here}`,
		`Statement[1].NotPrincipal.AWS: "AROAEXAMPLE" is the id of a user or role that was deleted, and a new one of the same name has another`},
	{"orphaned-principal", clean, key, known, `ROOT`, ""},
	{"orphaned-principal", nearMiss, key, known, `ROOT, {Allow, @aws ["aidaexample","AIDA","AGPAEXAMPLE"]}, @does "kms:Decrypt", @here, @if {"StringLike":{"aws:userid":"AROAEXAMPLE:*"}}}`, ""},

	{"placeholder-region", found, key, known, `ROOT, {Allow, @service ["logs.region.amazonaws.com","logs.<your-region>.amazonaws.com","logs.${AWS::Region}.amazonaws.com"]}, @does "kms:Decrypt", @here}`,
		`Statement[1].Principal.Service[0]: "logs.region.amazonaws.com" is not the name of a service, but has a placeholder for the Region
  add-values 1 Principal logs.us-east-1.amazonaws.com
  remove-values 1 Principal logs.region.amazonaws.com
Statement[1].Principal.Service[1]: "logs.<your-region>.amazonaws.com" is not the name of a service, but has a placeholder for the Region
  add-values 1 Principal logs.us-east-1.amazonaws.com
  remove-values 1 Principal logs.<your-region>.amazonaws.com
Statement[1].Principal.Service[2]: "logs.${AWS::Region}.amazonaws.com" is not the name of a service, but has a placeholder for the Region
  add-values 1 Principal logs.us-east-1.amazonaws.com
  remove-values 1 Principal logs.${AWS::Region}.amazonaws.com`},
	{"placeholder-region", found, key, unknown, `ROOT, {Allow, @service "logs.REGION.amazonaws.com"}, @does "kms:Decrypt", @here}, {Deny, "NotPrincipal":{"Service":"logs.*.amazonaws.com.cn"}, @does "kms:Decrypt", @here}`,
		`Statement[1].Principal.Service: "logs.REGION.amazonaws.com" is not the name of a service, but has a placeholder for the Region
Statement[2].NotPrincipal.Service: "logs.*.amazonaws.com.cn" is not the name of a service, but has a placeholder for the Region`},
	{"placeholder-region", found, key, known, `ROOT, {Allow, @service "logs.${data.aws_region.current.name}.amazonaws.com"}, @does "kms:Decrypt", @here}`,
		`Statement[1].Principal.Service: "logs.${data.aws_region.current.name}.amazonaws.com" is not the name of a service, but has a placeholder for the Region
  add-values 1 Principal logs.us-east-1.amazonaws.com
  remove-values 1 Principal logs.${data.aws_region.current.name}.amazonaws.com`},
	{"placeholder-region", clean, key, known, `ROOT, {Allow, @service "logs.us-east-1.amazonaws.com"}, @does "kms:Decrypt", @here}`, ""},
	{"placeholder-region", nearMiss, key, known, `ROOT, {Allow, @service ["arc-region-switch.amazonaws.com","delivery.logs.amazonaws.com","region"]}, @does "kms:Decrypt", @here}, {Allow, @aws "arn:aws:iam::111122223333:role/region.amazonaws.com"}, @does "kms:Decrypt", @here}`, ""},

	{"unmatchable-principal", found, key, known, `ROOT, {Allow, @aws ["arn:aws:iam::111122223333:group/admins","sns.amazonaws.com","arn:aws:iam::ACCOUNT:root"]}, @does "kms:Decrypt", @here}`,
		`Statement[1].Principal.AWS[0]: no caller of KMS can be "arn:aws:iam::111122223333:group/admins"
  remove-values 1 Principal AWS arn:aws:iam::111122223333:group/admins
Statement[1].Principal.AWS[1]: no caller of KMS can be "sns.amazonaws.com"; a service stands under "Service"
  remove-values 1 Principal AWS sns.amazonaws.com
Statement[1].Principal.AWS[2]: no caller of KMS can be "arn:aws:iam::ACCOUNT:root"
  remove-values 1 Principal AWS arn:aws:iam::ACCOUNT:root`},
	{"unmatchable-principal", found, key, known, `ROOT, {Allow, "Principal":{"AWS":["111122223333","sns.amazonaws.com"],"Service":"sns.amazonaws.com"}, @does "kms:Decrypt", @here}`,
		`Statement[1].Principal.AWS[1]: no caller of KMS can be "sns.amazonaws.com"; a service stands under "Service"
  remove-values 1 Principal AWS sns.amazonaws.com`},
	{"unmatchable-principal", found, key, known, `ROOT, {Allow, "Principal":{"AWS":"arn:aws:iam::111122223333:role/app","Service":"arn:aws:iam::111122223333:role/app"}, @does "kms:Decrypt", @here}`,
		`Statement[1].Principal.Service: no caller of KMS can be "arn:aws:iam::111122223333:role/app"
  remove-values 1 Principal Service arn:aws:iam::111122223333:role/app`},
	{"unmatchable-principal", found, key, known, `ROOT, {Deny, "NotPrincipal":{"AWS":["111122223333"],"Federated":"111122223333"}, @does "kms:Decrypt", @here}`,
		`Statement[1].NotPrincipal.Federated: no caller of KMS can be "111122223333"
  remove-values 1 NotPrincipal Federated 111122223333`},
	{"unmatchable-principal", found, key, known, `ROOT, {Deny, "NotPrincipal":{"AWS":["x","x"]}, @does "kms:Decrypt", @here}`,
		`Statement[1].NotPrincipal.AWS[0]: no caller of KMS can be "x"
Statement[1].NotPrincipal.AWS[1]: no caller of KMS can be "x"`},
	{"unmatchable-principal", found, key, known, `ROOT, {Allow, "Principal":{"Federated":"arn:aws:iam::111122223333:saml-provider/corp"}, @does "kms:Decrypt", @here}, {Deny, "NotPrincipal":{"CanonicalUser":"79a59d"}, @does "kms:Decrypt", @here}`,
		`Statement[1].Principal.Federated: no caller of KMS can be "arn:aws:iam::111122223333:saml-provider/corp"
  remove-statement 1
Statement[2].NotPrincipal.CanonicalUser: no caller of KMS can be "79a59d"`},
	{"unmatchable-principal", clean, key, known, `ROOT`, ""},
	{"unmatchable-principal", nearMiss, key, known, `ROOT, {Allow, @aws ["arn:aws:iam::111122223333:role/app-*","AIDAEXAMPLE","arn:aws-cn:iam::111122223333:user/a/b","arn:aws:sts::111122223333:federated-user/a"]}, @does "kms:Decrypt", @here}, {Allow, @service "no-such-service.amazonaws.com"}, @does "kms:Decrypt", @here}`, ""},

	// Conditions.
	{"iam-only-condition-key", found, key, known, `ROOT, {Allow, @app, @does "kms:Decrypt", @here, @if {"StringEquals":{"aws:SourceVpc":"vpc-1","AWS:resourcetag/team":"a"},"ForAnyValue:StringEquals":{"kms:ResourceAliases":"alias/app"}}}`,
		`Statement[1].Condition.StringEquals.AWS:resourcetag/team: the statement never matches, since aws:ResourceTag/team counts in IAM policies only
  remove-statement 1
Statement[1].Condition.ForAnyValue:StringEquals.kms:ResourceAliases: the statement never matches, since kms:ResourceAliases counts in IAM policies only
  remove-statement 1`},
	{"iam-only-condition-key", found, vpce, unknown, `{Deny, @any, @does "kms:Decrypt", @here, @if {"Null":{"aws:ResourceTag/team":"true"}}}`,
		`Statement[0].Condition.Null.aws:ResourceTag/team: the statement never matches, since aws:ResourceTag/team counts in IAM policies only
  remove-statement 0`},
	{"iam-only-condition-key", clean, key, known, `ROOT, {Allow, @app, @does "kms:Decrypt", @here, @if {"StringEquals":{"kms:RequestAlias":"alias/app"}}}`, ""},
	{"iam-only-condition-key", nearMiss, iam, unknown, `{Allow, @does "kms:Decrypt", @here, @if {"StringEquals":{"aws:ResourceTag/team":"a"},"ForAnyValue:StringEquals":{"kms:ResourceAliases":"alias/app"}}}`, ""},
	{"iam-only-condition-key", nearMiss, key, known, `ROOT, {Allow, @app, @does "kms:TagResource", @here, @if {"StringEquals":{"aws:RequestTag/team":"a","aws:PrincipalTag/team":"a"}}}`, ""},

	{"via-service-by-source", found, key, known, `ROOT, {Allow, @sns, @does "kms:Decrypt", @here, @if {"StringEquals":{"kms:ViaService":"sqs.us-east-1.amazonaws.com"},"ArnLike":{"aws:SourceArn":"arn:aws:sns:us-east-1:111122223333:topic"}}}`,
		`Statement[1].Condition.StringEquals.kms:ViaService: the statement never matches, since a service sends kms:ViaService for a caller, and aws:SourceArn only when it calls as itself
  remove-condition 1 StringEquals kms:ViaService`},
	{"via-service-by-source", found, key, known, `ROOT, {Allow, @app, @does "kms:Decrypt", @here, @if {"StringLike":{"aws:SourceAccount":"111122223333","kms:ViaService":"sqs.*.amazonaws.com"},"ForAnyValue:StringEquals":{"aws:CalledVia":"sqs.amazonaws.com"},"Null":{"aws:SourceArn":"false"}}}`,
		`Statement[1].Condition.StringLike.kms:ViaService: the statement never matches, since a service sends kms:ViaService for a caller, and aws:SourceAccount only when it calls as itself
  remove-condition 1 StringLike aws:SourceAccount
  remove-condition 1 Null aws:SourceArn`},
	{"via-service-by-source", found, key, known, `ROOT, {Allow, @any, @does "kms:Decrypt", @here, @if {"StringEquals":{"kms:ViaService":"sqs.us-east-1.amazonaws.com","aws:SourceOrgID":"o-example"}}}`,
		`Statement[1].Condition.StringEquals.kms:ViaService: the statement never matches, since a service sends kms:ViaService for a caller, and aws:SourceOrgID only when it calls as itself`},
	{"via-service-by-source", found, key, known, `ROOT, {Allow, @sns, @does "kms:Decrypt", @here, @if {"StringEquals":{"kms:ViaService":"sns.us-east-1.amazonaws.com"}}}`,
		`Statement[1].Condition.StringEquals.kms:ViaService: the statement never matches, since a service sends kms:ViaService for a caller, and not when it calls as itself, as this principal does
  remove-condition 1 StringEquals kms:ViaService`},
	{"via-service-by-source", found, iam, unknown, `{Allow, @does "kms:Decrypt", @here, @if {"StringEquals":{"kms:ViaService":"sqs.us-east-1.amazonaws.com","aws:SourceAccount":"111122223333"}}}`,
		`Statement[0].Condition.StringEquals.kms:ViaService: the statement never matches, since a service sends kms:ViaService for a caller, and aws:SourceAccount only when it calls as itself`},
	{"via-service-by-source", clean, key, known, `ROOT, {Allow, @app, @does "kms:Decrypt", @here, @if {"StringEquals":{"kms:ViaService":"sqs.us-east-1.amazonaws.com"}}}, {Allow, @sns, @does "kms:Decrypt", @here, @if {"StringEquals":{"aws:SourceAccount":"111122223333"}}}`, ""},
	{"via-service-by-source", nearMiss, key, known, `ROOT, {Allow, @any, @does "kms:Decrypt", @here, @if {"StringEqualsIfExists":{"kms:ViaService":"sqs.us-east-1.amazonaws.com"},"StringEquals":{"aws:SourceAccount":"111122223333"}}}`, ""},
	{"via-service-by-source", nearMiss, key, known, `ROOT, {Deny, @any, @does "kms:Decrypt", @here, @if {"StringNotEquals":{"kms:ViaService":"sqs.us-east-1.amazonaws.com"},"StringEquals":{"aws:SourceAccount":"111122223333"}}}, {Allow, "Principal":{"AWS":"arn:aws:iam::111122223333:role/app","Service":"sns.amazonaws.com"}, @does "kms:Decrypt", @here, @if {"StringEquals":{"kms:ViaService":"sqs.us-east-1.amazonaws.com"}}}`, ""},

	{"via-service-without-region", found, key, known, `ROOT, {Allow, @app, @does "kms:Decrypt", @here, @if {"StringEquals":{"kms:ViaService":["s3.us-east-1.amazonaws.com","sqs.amazonaws.com","s3.region.amazonaws.com"]}}}`,
		`Statement[1].Condition.StringEquals.kms:ViaService[1]: kms:ViaService is never "sqs.amazonaws.com", since its values have a Region in them, as s3.us-east-1.amazonaws.com
  remove-condition 1 StringEquals kms:ViaService
  add-condition 1 StringEquals kms:ViaService s3.us-east-1.amazonaws.com sqs.us-east-1.amazonaws.com`},
	{"via-service-without-region", found, iam, unknown, `{Allow, @does "kms:Decrypt", @here, @if {"StringLike":{"KMS:viaservice":"ec2.amazonaws.com.cn"}}}, {Deny, @does "kms:Decrypt", @here, @if {"StringNotEquals":{"kms:ViaService":"ec2"}}}`,
		`Statement[0].Condition.StringLike.KMS:viaservice: kms:ViaService is never "ec2.amazonaws.com.cn", since its values have a Region in them, as s3.us-east-1.amazonaws.com
Statement[1].Condition.StringNotEquals.kms:ViaService: kms:ViaService is never "ec2", since its values have a Region in them, as s3.us-east-1.amazonaws.com`},
	{"via-service-without-region", found, key, known, `ROOT, {Allow, @app, @does "kms:Decrypt", @here, @if {"StringEquals":{"kms:ViaService":["a.b.amazonaws.com","s3.amazonaws.com"]}}}, {Allow, @app, @does "kms:Decrypt", @here, @if {"StringEquals":{"kms:ViaService":"s3.amazonaws.com"},"stringequals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}}}`,
		`Statement[1].Condition.StringEquals.kms:ViaService[0]: kms:ViaService is never "a.b.amazonaws.com", since its values have a Region in them, as s3.us-east-1.amazonaws.com
Statement[2].Condition.StringEquals.kms:ViaService: kms:ViaService is never "s3.amazonaws.com", since its values have a Region in them, as s3.us-east-1.amazonaws.com`},
	{"via-service-without-region", clean, key, known, `ROOT, {Allow, @app, @does "kms:Decrypt", @here, @if {"StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}}}`, ""},
	{"via-service-without-region", nearMiss, key, known, `ROOT, {Allow, @app, @does "kms:Decrypt", @here, @if {"StringLike":{"kms:ViaService":["s3.*.amazonaws.com","s3*.amazonaws.com","s3.${aws:RequestedRegion}.amazonaws.com","rds.us-gov-west-1.amazonaws.com","s3.cn-north-1.amazonaws.com.cn","s3.us-iso-east-1.c2s.ic.gov"]},"Null":{"kms:ViaService":"false"},"StringEquals":{"aws:PrincipalServiceName":"s3.amazonaws.com"}}}`, ""},

	{"for-all-values-without-null", found, key, known, `ROOT, {Allow, @app, @does "kms:Decrypt", @here, @if {"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":["a","b"]}}}`,
		`Statement[1].Condition.ForAllValues:StringEquals.kms:EncryptionContextKeys: ForAllValues:StringEquals also holds for a request without kms:EncryptionContextKeys, which the statement thereby allows
  add-condition 1 Null kms:EncryptionContextKeys false`},
	{"for-all-values-without-null", found, key, known, `ROOT, {Allow, @app, @does "kms:Decrypt", @here, @if {"ForAllValues:StringLike":{"kms:GrantOperations":"Encrypt","aws:PrincipalTag/a":"b"}}}`,
		`Statement[1].Condition.ForAllValues:StringLike.kms:GrantOperations: ForAllValues:StringLike also holds for a request without kms:GrantOperations, which the statement thereby allows
  add-condition 1 Null kms:GrantOperations false
Statement[1].Condition.ForAllValues:StringLike.aws:PrincipalTag/a: ForAllValues:StringLike also holds for a request without aws:PrincipalTag/a, which the statement thereby allows
  remove-condition 1 ForAllValues:StringLike aws:PrincipalTag/a
  add-condition 1 StringLike aws:PrincipalTag/a b`},
	{"for-all-values-without-null", found, iam, unknown, `{Allow, @does "kms:EnableKey", @here, @if {"ForAllValues:StringLike":{"kms:ResourceAliases":"alias/*test*"},"Null":{"kms:ResourceAliases":"true"}}}, {Allow, @does ["kms:TagResource","kms:Decrypt"], @here, @if {"ForAllValues:StringEquals":{"aws:TagKeys":"team"},"StringEquals":{"kms:RequestAlias":"alias/b"},"forallvalues:stringequals":{"kms:RequestAlias":"alias/a"}}}`,
		`Statement[0].Condition.ForAllValues:StringLike.kms:ResourceAliases: ForAllValues:StringLike also holds for a request without kms:ResourceAliases, which the statement thereby allows
Statement[1].Condition.ForAllValues:StringEquals.aws:TagKeys: ForAllValues:StringEquals also holds for a request without aws:TagKeys, which the statement thereby allows
  add-condition 1 Null aws:TagKeys false`},
	{"for-all-values-without-null", clean, key, known, `ROOT, {Allow, @app, @does "kms:Decrypt", @here, @if {"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":["a"]},"Null":{"kms:EncryptionContextKeys":"false"}}}`, ""},
	{"for-all-values-without-null", nearMiss, key, known, `ROOT, {Allow, @app, @does "kms:Decrypt", @here, @if {"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":["a"]},"StringEquals":{"kms:EncryptionContext:a":"b"}}}`, ""},
	{"for-all-values-without-null", nearMiss, key, known, `ROOT, {Allow, @app, @does "kms:Decrypt", @here, @if {"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":["a"]},"ForAnyValue:StringEquals":{"kms:EncryptionContextKeys":"a"}}}`, ""},
	{"for-all-values-without-null", nearMiss, key, known, `ROOT, {Allow, @app, @does "kms:Decrypt", @here, @if {"ForAllValues:StringNotEquals":{"kms:EncryptionContextKeys":["a"]}}}`, ""},
	{"for-all-values-without-null", nearMiss, key, known, `ROOT, {Allow, @app, @does "kms:Decrypt", @here, @if {"ForAllValues:StringEqualsIfExists":{"kms:EncryptionContextKeys":["a"]}}}`, ""},
	{"for-all-values-without-null", nearMiss, iam, unknown, `{Allow, @does "kms:CreateGrant", @here, @if {"ForAllValues:StringEquals":{"kms:GrantOperations":["Encrypt"]}}}, {Allow, @does ["kms:TagResource","kms:CreateKey"], @here, @if {"ForAllValues:StringEquals":{"aws:TagKeys":["team"]}}}, {Deny, @does "kms:EnableKey", @here, @if {"ForAllValues:StringEquals":{"kms:ResourceAliases":"alias/a"}}}, {Allow, @does "s3:*", @here, @if {"ForAllValues:StringEquals":{"aws:TagKeys":["team"]}}}`, ""},

	{"wildcard-in-string-equals", found, key, known, `ROOT, {Allow, @app, @does "kms:Decrypt", @here, @if {"StringEquals":{"kms:RequestAlias":["alias/a","alias/b-*"],"aws:userid":"AROAEXAMPLE:?"}}}`,
		`Statement[1].Condition.StringEquals.kms:RequestAlias[1]: "*" in StringEquals stands for itself, since only StringLike and StringNotLike have wildcards
  remove-condition 1 StringEquals kms:RequestAlias
  add-condition 1 StringLike kms:RequestAlias alias/a alias/b-*
Statement[1].Condition.StringEquals.aws:userid: "?" in StringEquals stands for itself, since only StringLike and StringNotLike have wildcards
  remove-condition 1 StringEquals aws:userid
  add-condition 1 StringLike aws:userid AROAEXAMPLE:?`},
	{"wildcard-in-string-equals", found, iam, unknown, `{Deny, @does "kms:Decrypt", @here, @if {"StringNotEqualsIfExists":{"kms:ViaService":"s3.*.amazonaws.com"},"ForAnyValue:StringEquals":{"aws:CalledVia":"*.amazonaws.com"},"StringEqualsIgnoreCase":{"aws:username":"a*"},"stringequals":{"aws:PrincipalOrgID":"*"}}}`,
		`Statement[0].Condition.StringNotEqualsIfExists.kms:ViaService: "*" in StringNotEqualsIfExists stands for itself, since only StringLike and StringNotLike have wildcards
  remove-condition 0 StringNotEqualsIfExists kms:ViaService
  add-condition 0 StringNotLikeIfExists kms:ViaService s3.*.amazonaws.com
Statement[0].Condition.ForAnyValue:StringEquals.aws:CalledVia: "*" in ForAnyValue:StringEquals stands for itself, since only StringLike and StringNotLike have wildcards
  remove-condition 0 ForAnyValue:StringEquals aws:CalledVia
  add-condition 0 ForAnyValue:StringLike aws:CalledVia *.amazonaws.com
Statement[0].Condition.StringEqualsIgnoreCase.aws:username: "*" in StringEqualsIgnoreCase stands for itself, since only StringLike and StringNotLike have wildcards
Statement[0].Condition.stringequals.aws:PrincipalOrgID: "*" in stringequals stands for itself, since only StringLike and StringNotLike have wildcards`},
	{"wildcard-in-string-equals", found, key, known, `ROOT, {Allow, @app, @does "kms:Decrypt", @here, @if {"StringEquals":{"kms:RequestAlias":"alias/b-*"},"StringLike":{"kms:RequestAlias":"alias/*"}}}`,
		`Statement[1].Condition.StringEquals.kms:RequestAlias: "*" in StringEquals stands for itself, since only StringLike and StringNotLike have wildcards`},
	{"wildcard-in-string-equals", clean, key, known, `ROOT, {Allow, @app, @does "kms:Decrypt", @here, @if {"StringLike":{"kms:RequestAlias":"alias/b-*"}}}`, ""},
	{"wildcard-in-string-equals", nearMiss, key, known, `ROOT, {Allow, @app, @does "kms:Decrypt", @here, @if {"StringEquals":{"kms:EncryptionContext:a":["b${*}","$a","${aws:PrincipalTag/x, '*'}"]},"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/*"}}}`, ""},
	{"wildcard-in-string-equals", nearMiss, iam, unknown, `{Allow, @does "s3:*", @here, @if {"StringEquals":{"s3:prefix":"a/*"}}}`, ""},

	{"unknown-condition-key", found, key, known, `ROOT, {Allow, @app, @does "kms:Decrypt", @here, @if {"StringEquals":{"kms:ViaServce":"s3.us-east-1.amazonaws.com","SourceAccount":"111122223333","kms:EncrytionContext:a:b":"c","aws:PrincipleTag/team":"a","kms:Frobnicate":"x","Frob":"x"}}}`,
		`Statement[1].Condition.StringEquals.kms:ViaServce: no request to KMS has the condition key "kms:ViaServce" (did you mean "kms:ViaService"?)
  remove-condition 1 StringEquals kms:ViaServce
  add-condition 1 StringEquals kms:ViaService s3.us-east-1.amazonaws.com
Statement[1].Condition.StringEquals.SourceAccount: no request to KMS has the condition key "SourceAccount" (did you mean "aws:SourceAccount"?)
  remove-condition 1 StringEquals SourceAccount
  add-condition 1 StringEquals aws:SourceAccount 111122223333
Statement[1].Condition.StringEquals.kms:EncrytionContext:a:b: no request to KMS has the condition key "kms:EncrytionContext:a:b" (did you mean "kms:EncryptionContext:a:b"?)
  remove-condition 1 StringEquals kms:EncrytionContext:a:b
  add-condition 1 StringEquals kms:EncryptionContext:a:b c
Statement[1].Condition.StringEquals.aws:PrincipleTag/team: no request to KMS has the condition key "aws:PrincipleTag/team" (did you mean "aws:PrincipalTag/team"?)
  remove-condition 1 StringEquals aws:PrincipleTag/team
  add-condition 1 StringEquals aws:PrincipalTag/team a
Statement[1].Condition.StringEquals.kms:Frobnicate: no request to KMS has the condition key "kms:Frobnicate"
Statement[1].Condition.StringEquals.Frob: no request to KMS has the condition key "Frob"`},
	{"unknown-condition-key", found, iam, unknown, `{Allow, @does ["kms:Decrypt","s3:GetObject"], @here, @if {"StringEquals":{"aws:PrincipalOrg":"o-example"},"Bool":{"kms:EncryptionContext":true}}}`,
		`Statement[0].Condition.StringEquals.aws:PrincipalOrg: no request to KMS has the condition key "aws:PrincipalOrg" (did you mean "aws:PrincipalOrgID"?)
  remove-condition 0 StringEquals aws:PrincipalOrg
  add-condition 0 StringEquals aws:PrincipalOrgID o-example
Statement[0].Condition.Bool.kms:EncryptionContext: no request to KMS has the condition key "kms:EncryptionContext"`},
	{"unknown-condition-key", found, key, known, `ROOT, {Allow, @app, @does "kms:Decrypt", @here, @if {"StringEquals":{"aws:PrincipalOrgIDs":"o-example","aws:PrincipalOrgID":"o-example"}}}`,
		`Statement[1].Condition.StringEquals.aws:PrincipalOrgIDs: no request to KMS has the condition key "aws:PrincipalOrgIDs" (did you mean "aws:PrincipalOrgID"?)`},
	{"unknown-condition-key", clean, key, known, `ROOT, {Allow, @app, @does "kms:Decrypt", @here, @if {"StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}}}`, ""},
	{"unknown-condition-key", nearMiss, key, known, `ROOT, {Allow, @app, @does "kms:Decrypt", @here, @if {"StringEquals":{"KMS:VIASERVICE":"s3.us-east-1.amazonaws.com","kms:EncryptionContext:kms:ViaServce":"a","aws:PrincipalTag/Frob":"a","lambda:SourceFunctionArn":"a","saml:sub":"a","sts:SourceIdentity":"a"}}}`, ""},
	{"unknown-condition-key", nearMiss, iam, unknown, `{Allow, @does "s3:*", @here, @if {"StringEquals":{"aws:Frob":"x"}}}`, ""},

	{"condition-key-never-sent", found, key, known, `ROOT, {Allow, @app, @does "kms:DescribeKey", @here, @if {"StringEquals":{"kms:EncryptionContext:a":"b"}}}`,
		`Statement[1].Condition.StringEquals.kms:EncryptionContext:a: the statement never matches, since kms:EncryptionContext:a never comes with kms:DescribeKey
  remove-statement 1`},
	{"condition-key-never-sent", found, key, known, `ROOT, {Deny, @app, @does ["kms:Encrypt","kms:Decrypt"], @here, @if {"Bool":{"kms:GrantIsForAWSResource":"false"}}}`,
		`Statement[1].Condition.Bool.kms:GrantIsForAWSResource: the statement never matches, since kms:GrantIsForAWSResource never comes with kms:Decrypt and kms:Encrypt
  remove-statement 1`},
	{"condition-key-never-sent", found, key, known, `ROOT, {Allow, @app, @does "kms:DescribeKey", @here, @if {"StringEquals":{"kms:EncryptionContext:a\nb":"c"}}}`,
		`Statement[1].Condition.StringEquals.kms:EncryptionContext:a\nb: the statement never matches, since "kms:EncryptionContext:a\nb" never comes with kms:DescribeKey
  remove-statement 1`},
	{"condition-key-never-sent", found, iam, unknown, `{Allow, @does "kms:ListKeys", @here, @if {"StringEquals":{"aws:ResourceTag/team":"a"}}}`,
		`Statement[0].Condition.StringEquals.aws:ResourceTag/team: the statement never matches, since aws:ResourceTag/team never comes with kms:ListKeys
  remove-statement 0`},
	{"condition-key-never-sent", clean, key, known, `ROOT, {Allow, @app, @does "kms:Decrypt", @here, @if {"StringEquals":{"kms:EncryptionContext:a":"b"}}}`, ""},
	{"condition-key-never-sent", nearMiss, key, known, `ROOT, {Allow, @app, @does ["kms:Describe*","kms:Decrypt"], @here, @if {"StringEquals":{"kms:EncryptionContext:a":"b","aws:PrincipalArn":"a"}}}, {Deny, @app, @does "kms:DescribeKey", @here, @if {"StringNotEquals":{"kms:EncryptionContext:a":"b"},"StringEqualsIfExists":{"kms:EncryptionContext:a":"b"}}}`, ""},
	{"condition-key-never-sent", nearMiss, iam, unknown, `{Allow, @does ["kms:ListKeys","rds:CreateDBInstance"], @here, @if {"StringEquals":{"aws:ResourceTag/team":"a"}}}, {Allow, @does "kms:ListKeys", @here, @if {"StringEquals":{"kms:Frob":"a"}}}`, ""},

	{"network-deny-hits-services", found, key, known, `ROOT, {Deny, @any, @does "kms:*", @here, @if {"StringNotEquals":{"aws:SourceVpce":"vpce-1"}}}`,
		`Statement[1]: this also denies what AWS services do with the key, since no condition on aws:ViaAWSService spares them
  add-condition 1 BoolIfExists aws:ViaAWSService false`},
	{"network-deny-hits-services", found, key, known, `ROOT, {Allow, @sns, @does "kms:Decrypt", @here}, {Deny, @any, @does "kms:Decrypt", @here, @if {"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"}}}`,
		`Statement[2]: this also denies what AWS services do with the key, since no condition on aws:ViaAWSService or aws:PrincipalIsAWSService spares them
  add-condition 2 BoolIfExists aws:ViaAWSService false
  add-condition 2 BoolIfExists aws:PrincipalIsAWSService false`},
	{"network-deny-hits-services", found, key, known, `ROOT, {Allow, @sns, @does "kms:Decrypt", @here}, {Deny, @app, @does "kms:Decrypt", @here, @if {"Null":{"aws:SourceVpc":"true"}}}`,
		`Statement[2]: this also denies what AWS services do with the key, since no condition on aws:ViaAWSService spares them
  add-condition 2 BoolIfExists aws:ViaAWSService false`},
	{"network-deny-hits-services", found, iam, unknown, `{Deny, @does "*", @here, @if {"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"}}}`,
		`Statement[0]: this also denies what AWS services do with the key, since no condition on aws:ViaAWSService spares them
  add-condition 0 BoolIfExists aws:ViaAWSService false`},
	{"network-deny-hits-services", found, rcp, unknown, `{Deny, @any, @does "kms:*", @here, @if {"StringNotEqualsIfExists":{"aws:VpceOrgID":"o-example"},"BoolIfExists":{"aws:ViaAWSService":"false"}}}`,
		`Statement[0]: this also denies what AWS services do with the key, since no condition on aws:PrincipalIsAWSService spares them
  add-condition 0 BoolIfExists aws:PrincipalIsAWSService false`},
	{"network-deny-hits-services", clean, key, known, `ROOT, {Deny, @any, @does "kms:*", @here, @if {"StringNotEquals":{"aws:SourceVpce":"vpce-1"},"Bool":{"aws:ViaAWSService":"false"}}}`, ""},
	{"network-deny-hits-services", nearMiss, key, known, `ROOT, {Deny, @any, @does ["kms:PutKeyPolicy","kms:ScheduleKeyDeletion"], @here, @if {"StringNotEquals":{"aws:SourceVpce":"vpce-1"}}}, {Allow, @app, @does "kms:Decrypt", @here, @if {"StringEquals":{"aws:SourceVpce":"vpce-1"}}}, {Deny, @any, @does "kms:*", @here, @if {"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}}, {Deny, @any, @does "kms:*", @here, @if {"Null":{"aws:SourceVpce":"false"}}}`, ""},
	{"network-deny-hits-services", nearMiss, key, known, `ROOT, {Deny, @any, @does "kms:*", @here, @if {"StringNotEquals":{"aws:SourceVpce":"vpce-1"},"Null":{"kms:ViaService":"true"}}}`, ""},
	{"network-deny-hits-services", nearMiss, scp, unknown, `{Deny, @does "s3:*", @here, @if {"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"}}}`, ""},
}

// ofSize returns a statement that makes a policy of so many bytes.
func ofSize(n int) string {
	c := ruleCase{statements: `{Allow, @app, @does "kms:Decrypt", @here}`}
	return c.statements + strings.Repeat(" ", n-len(c.text()))
}
