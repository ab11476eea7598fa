package workflow

import (
	"slices"
	"time"

	"github.com/kmsauthz/kmsauthz/policy/action"
)

// docDynamoDB is the page on the keys of Amazon DynamoDB.
const docDynamoDB = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html"

var dynamoDBContext = map[string]string{"aws:dynamodb:tableName": "{ResourceID}", "aws:dynamodb:subscriberId": "{ResourceAccount}"}

var tableNeeds = []Need{
	{Key, "the table's key", ""},
	{Caller, "who asks DynamoDB", ""},
	{Resource, "the table", "arn:aws:dynamodb:REGION:ACCOUNT:table/NAME"},
}

// dynamoDBItself is the name under which DynamoDB has grants.
const dynamoDBItself = "dynamodb.{Region}.amazonaws.com"

// dynamoDBWorkflows are about tables under an AWS managed or customer managed key.
var dynamoDBWorkflows = []Workflow{
	{
		Name: DynamoDBCreateTable, Title: "A user creates an encrypted table, or gives a table this key, and DynamoDB maintains it", Doc: docDynamoDB,
		Needs: tableNeeds,
		Steps: slices.Concat(
			via("dynamodb", "{Caller}", Key, dynamoDBContext,
				ask{action.DescribeKey, "DynamoDB looks the key up"},
				ask{action.GenerateDataKey, "DynamoDB makes the table key"},
				ask{action.Encrypt, "DynamoDB encrypts under the key"},
				ask{action.Decrypt, "DynamoDB decrypts the table key"},
				ask{action.ReEncryptFrom, "DynamoDB re-encrypts the table key"},
				ask{action.ReEncryptTo, "DynamoDB re-encrypts the table key"}),
			[]Step{{
				Title:  "DynamoDB makes a grant for itself, for backups, streams and maintenance",
				Action: action.CreateGrant, Caller: "{Caller}", Key: Key, ViaService: "dynamodb.{Region}.amazonaws.com",
				Grant: &Grant{
					Grantee: dynamoDBItself,
					Operations: action.SetOf(action.DescribeKey, action.GenerateDataKey, action.Decrypt, action.Encrypt,
						action.ReEncryptFrom, action.ReEncryptTo, action.RetireGrant),
					EncryptionContextSubset: dynamoDBContext,
				},
			}},
			itself(dynamoDBItself, dynamoDBContext, "", ask{action.Decrypt, "DynamoDB decrypts the table key in the background, by the grant"})),
		Outside: []string{"dynamodb:CreateTable or dynamodb:UpdateTable for the user"},
		Notes: []string{
			"The page asks for these permissions of the user without saying what each is for.",
			"Once the grants are revoked, DynamoDB cannot maintain the table.",
			"A key named by an alias is looked up once, when the table gets it.",
		},
	},
	{
		Name: DynamoDBAccess, Title: "A user or role reads and writes an encrypted table", Doc: docDynamoDB,
		Needs:   tableNeeds,
		Steps:   via("dynamodb", "{Caller}", Key, dynamoDBContext, ask{action.Decrypt, "DynamoDB decrypts the table key"}),
		Outside: []string{"dynamodb:GetItem, dynamodb:PutItem and the like on the table"},
		Cache: Cache{
			What:  "DynamoDB keeps the table key for each caller and asks KMS again after 5 minutes without a request: for as long as it is in use, without end",
			Usual: 5 * time.Minute, Doc: docDynamoDB,
		},
	},
}
