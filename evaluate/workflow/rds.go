package workflow

import (
	"slices"

	"github.com/kmsauthz/kmsauthz/policy/action"
)

// Pages on Amazon RDS.
const (
	docRDSKeys = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.Keys.html"
	docRDSCopy = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_CopySnapshot.html"
)

// UNDOCUMENTED: what RDS asks by its grants.
const (
	rdsNote     = "The page names kms:CreateGrant and kms:DescribeKey as what the user needs. RDS goes on by grants, whose grantees and encryption contexts are not documented."
	rdsDenyNote = "A Deny on everybody must spare the account that owns the database, or RDS fails even if the user is spared."
)

// inRDS returns what a user needs on a key for RDS to use it.
func inRDS(key Party, whose string) []Step {
	return via("rds", "{Caller}", key, nil,
		ask{action.DescribeKey, "RDS looks up " + whose},
		ask{action.CreateGrant, "RDS makes a grant on " + whose})
}

// rdsWorkflows are about encrypted databases and snapshots.
var rdsWorkflows = []Workflow{
	{
		Name: RDSCreate, Title: "A user creates an encrypted database", Doc: docRDSKeys,
		Needs: []Need{
			{Key, "the database's key", ""},
			{Caller, "who asks RDS", ""},
		},
		Steps:   inRDS(Key, "the database's key"),
		Outside: []string{"rds:CreateDBInstance or rds:CreateDBCluster for the user"},
		Notes:   []string{rdsNote, rdsDenyNote},
	},
	{
		Name: RDSRestoreSnapshot, Title: "A user restores a database from an encrypted snapshot, which may be shared by another account", Doc: docRDSKeys,
		Needs: []Need{
			{Key, "the snapshot's key, which the database gets too", ""},
			{Caller, "who asks RDS", ""},
		},
		Steps:   inRDS(Key, "the snapshot's key"),
		Outside: []string{"rds:RestoreDBInstanceFromDBSnapshot for the user", "a snapshot of another account is shared with the user's"},
		Notes:   []string{rdsNote, rdsDenyNote},
	},
	{
		Name: RDSCopySnapshot, Title: "A user copies an encrypted DB snapshot, within a Region or to another, under another key", Doc: docRDSCopy,
		Needs: []Need{
			{Key, "the key of the copy, in its Region", ""},
			{SourceKey, "the key of the snapshot", ""},
			{Caller, "who asks RDS", ""},
		},
		Steps:   slices.Concat(inRDS(SourceKey, "the snapshot's key"), inRDS(Key, "the copy's key")),
		Outside: []string{"rds:CopyDBSnapshot for the user", "a snapshot of another account is shared with the user's"},
		Notes:   []string{rdsNote, rdsDenyNote},
	},
}
