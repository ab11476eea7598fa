package workflow

import (
	"slices"

	"github.com/kmsauthz/kmsauthz/policy/action"
)

// Pages on Amazon EBS, EC2 and EC2 Auto Scaling.
const (
	docEBS             = "https://docs.aws.amazon.com/ebs/latest/userguide/how-ebs-encryption-works.html"
	docEBSRequirements = "https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption-requirements.html"
	docEBSCopy         = "https://docs.aws.amazon.com/ebs/latest/userguide/ebs-copy-snapshot.html"
	docEC2Logged       = "https://docs.aws.amazon.com/kms/latest/developerguide/ct-ec2two.html"
	docAutoScalingKeys = "https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html"
)

const (
	volumeForm   = "arn:aws:ec2:REGION:ACCOUNT:volume/ID"
	instanceForm = "arn:aws:ec2:REGION:ACCOUNT:instance/ID"
	snapshotForm = "arn:aws:ec2:REGION::snapshot/ID"
)

// The sessions by which an instance uses its volumes: of a role that has no
// policies.
const (
	callersInstance = "arn:{Partition}:sts::{CallerAccount}:assumed-role/aws:ec2-infrastructure/{SourceID}"
	rolesInstance   = "arn:{Partition}:sts::{RoleAccount}:assumed-role/aws:ec2-infrastructure/{SourceID}"
)

var (
	ebsContext       = map[string]string{"aws:ebs:id": "{ResourceID}"}
	ebsSourceContext = map[string]string{"aws:ebs:id": "{SourceID}"}
)

var (
	attachNeeds = []Need{
		{Key, "the volume's key", ""},
		{Caller, "who asks EC2", ""},
		{Resource, "the volume", volumeForm},
		{Source, "the instance", instanceForm},
	}
	volumeNeeds = []Need{
		{Key, "the volume's key", ""},
		{Caller, "who asks EC2", ""},
		{Resource, "the volume that is made", volumeForm},
	}
	ebsCache = Cache{
		What: "a volume that is attached goes on working until it is detached or its instance stops, whatever becomes of the key",
		Doc:  docEBS,
	}
)

// attaching returns what is asked when a volume is attached: a grant for the
// instance, and its use.
func attaching(caller, instance string) []Step {
	return []Step{
		{
			Title:  "EC2 makes a grant for the instance",
			Action: action.CreateGrant, Caller: caller, Key: Key, ViaService: "ec2.{Region}.amazonaws.com", Doc: docEBSRequirements,
			Grant: &Grant{Grantee: instance, Operations: action.SetOf(action.Decrypt), EncryptionContextSubset: ebsContext},
		},
		{
			Title:  "The instance decrypts the volume's data key, by the grant",
			Action: action.Decrypt, Caller: instance, Key: Key, EncryptionContext: ebsContext, Doc: docEC2Logged,
		},
	}
}

// ec2Workflows are about encrypted volumes and snapshots.
var ec2Workflows = []Workflow{
	{
		Name: EBSCreateVolume, Title: "A user creates an encrypted volume, empty or from an encrypted snapshot", Doc: docEBS,
		Needs: volumeNeeds,
		Steps: via("ec2", "{Caller}", Key, ebsContext,
			ask{action.DescribeKey, "EC2 looks the key up"},
			ask{action.GenerateDataKeyWithoutPlaintext, "EC2 makes a data key for the volume"}),
		Outside: []string{"ec2:CreateVolume for the user"},
		Notes:   []string{"A snapshot that another account shares, or that has another key, needs access to its key as well: see " + string(EBSCopySnapshot) + "."},
	},
	{
		Name: EBSCreateVolumeUnencryptedSnapshot, Title: "A user creates an encrypted volume from an unencrypted snapshot", Doc: docEBS,
		Needs: volumeNeeds,
		Steps: via("ec2", "{Caller}", Key, ebsContext,
			ask{action.DescribeKey, "EC2 looks the key up"},
			ask{action.CreateGrant, "EC2 makes a grant in order to encrypt the volume"},
			ask{action.GenerateDataKeyWithoutPlaintext, "EC2 makes a data key for the volume"},
			ask{action.Decrypt, "EC2 decrypts the data key in order to encrypt the volume"}),
		Outside: []string{"ec2:CreateVolume for the user"},
		// UNDOCUMENTED: the grant that is made here.
		Notes: []string{"Who gets the grant is not documented: a condition on kms:GranteePrincipal or kms:GrantOperations fails here."},
	},
	{
		Name: EBSAttachVolume, Title: "A user attaches an encrypted volume to an instance", Doc: docEBS,
		Needs:   attachNeeds,
		Steps:   attaching("{Caller}", callersInstance),
		Outside: []string{"ec2:AttachVolume for the user on volume and instance"},
		Cache:   ebsCache,
	},
	{
		Name: EBSCopySnapshot, Title: "A user copies an encrypted EBS snapshot, within a Region or to another, under another key", Doc: docEBSCopy,
		Needs: []Need{
			{Key, "the key of the copy, in its Region", ""},
			{SourceKey, "the key of the snapshot", ""},
			{Caller, "who asks EC2", ""},
			{Resource, "the copy", snapshotForm},
			{Source, "the snapshot", snapshotForm},
		},
		Steps: slices.Concat(
			via("ec2", "{Caller}", SourceKey, ebsSourceContext,
				ask{action.DescribeKey, "EC2 looks the snapshot's key up"},
				ask{action.CreateGrant, "EC2 makes a grant on the snapshot's key"},
				ask{action.ReEncryptFrom, "EC2 re-encrypts the snapshot's data key"},
				ask{action.Decrypt, "EC2 decrypts the snapshot's data key"},
				ask{action.GenerateDataKey, "EC2 makes a data key under the snapshot's key"},
				ask{action.GenerateDataKeyWithoutPlaintext, "EC2 makes a data key under the snapshot's key"}),
			via("ec2", "{Caller}", Key, ebsContext,
				ask{action.DescribeKey, "EC2 looks the copy's key up"},
				ask{action.CreateGrant, "EC2 makes a grant on the copy's key"},
				ask{action.ReEncryptTo, "EC2 re-encrypts the data key under the copy's key"},
				ask{action.Decrypt, "EC2 decrypts the copy's data key"},
				ask{action.GenerateDataKey, "EC2 makes a data key for the copy"},
				ask{action.GenerateDataKeyWithoutPlaintext, "EC2 makes a data key for the copy"})),
		Outside: []string{"ec2:CopySnapshot for the user", "a snapshot of another account is shared with the user's"},
		Notes: []string{
			"The page asks for these permissions on both keys, without saying what each is for. Who gets the grants is not documented.",
			"A copy without permission fails later and silently: \"Given key ID is not accessible\".",
		},
	},
	{
		Name: EC2RunEncryptedAMI, Title: "A user runs an instance from an AMI with encrypted snapshots", Doc: docEBSRequirements,
		Needs: []Need{
			{Key, "the key of the AMI's snapshots and of the volumes", ""},
			{Caller, "who asks EC2", ""},
			{Resource, "a volume of the instance", volumeForm},
			{Source, "the instance", instanceForm},
		},
		Steps: slices.Concat(
			via("ec2", "{Caller}", Key, ebsContext,
				ask{action.DescribeKey, "EC2 looks the key up"},
				ask{action.GenerateDataKeyWithoutPlaintext, "EC2 makes a data key for the volume"},
				ask{action.Decrypt, "EC2 decrypts the snapshot's data key"},
				ask{action.ReEncryptFrom, "EC2 re-encrypts the snapshot's data key"},
				ask{action.ReEncryptTo, "EC2 re-encrypts the data key for the volume"}),
			attaching("{Caller}", callersInstance)),
		Outside: []string{"ec2:RunInstances for the user", "an AMI of another account is shared with the user's"},
		Notes: []string{
			"The page names these permissions, as kms:ReEncrypt the last two, without saying when EC2 uses which.",
			"Where the snapshots have another key, that key needs the same permissions.",
		},
		Cache: ebsCache,
	},
	{
		Name: EC2StopStart, Title: "A user stops an instance with an encrypted volume and starts it again", Doc: docEBSRequirements,
		Needs:   attachNeeds,
		Steps:   attaching("{Caller}", callersInstance),
		Outside: []string{"ec2:StopInstances and ec2:StartInstances for the user"},
		Notes:   []string{"Stopping asks nothing of KMS. Starting attaches the volumes anew, with a grant that whoever starts the instance must be able to make."},
		Cache:   ebsCache,
	},
	{
		Name: AutoScaling, Title: "An Auto Scaling group launches an instance whose volumes have a key of its own account", Doc: docAutoScalingKeys,
		Needs: []Need{
			{Key, "the key of the volumes", ""},
			{Role, "the service-linked role of the group, AWSServiceRoleForAutoScaling", ""},
			{Resource, "a volume of the instance", volumeForm},
			{Source, "the instance", instanceForm},
		},
		SameAccount: [2]Party{Role, Key},
		Steps: slices.Concat(
			via("ec2", "{Role}", Key, ebsContext, scalingAsks...),
			attaching("{Role}", rolesInstance)),
		Outside: []string{"the service-linked role exists before the key policy names it"},
		Notes:   []string{scalingNote},
		Cache:   ebsCache,
	},
	{
		Name: AutoScalingOtherAccount, Title: "An Auto Scaling group launches an instance whose volumes have a key of another account", Doc: docAutoScalingKeys,
		Needs: []Need{
			{Key, "the key of the volumes", ""},
			{Caller, "who makes the grant, in the group's account", ""},
			{Role, "the service-linked role of the group, AWSServiceRoleForAutoScaling", ""},
			{Resource, "a volume of the instance", volumeForm},
			{Source, "the instance", instanceForm},
		},
		OtherAccount: [2]Party{Role, Key},
		Steps: slices.Concat(
			[]Step{{
				Title:  "A user of the group's account makes a grant for the service-linked role",
				Action: action.CreateGrant, Caller: "{Caller}", Key: Key,
				Grant: &Grant{
					Grantee: "{Role}",
					Operations: action.SetOf(action.Encrypt, action.Decrypt, action.ReEncryptFrom, action.ReEncryptTo, action.GenerateDataKey,
						action.GenerateDataKeyWithoutPlaintext, action.DescribeKey, action.CreateGrant),
				},
			}},
			via("ec2", "{Role}", Key, ebsContext, scalingAsks...),
			attaching("{Role}", rolesInstance)),
		Outside: []string{"the AMI is shared with the group's account"},
		Notes:   []string{scalingNote},
		Cache:   ebsCache,
	},
}

// scalingAsks are what the service-linked role needs before the volume is
// attached.
var scalingAsks = []ask{
	{action.DescribeKey, "EC2 looks the key up for the service-linked role"},
	{action.GenerateDataKeyWithoutPlaintext, "EC2 makes a data key for the volume"},
	{action.GenerateDataKey, "EC2 makes a data key for the volume"},
	{action.Encrypt, "EC2 encrypts a data key for the volume"},
	{action.Decrypt, "EC2 decrypts the snapshot's data key"},
	{action.ReEncryptFrom, "EC2 re-encrypts the snapshot's data key"},
	{action.ReEncryptTo, "EC2 re-encrypts the data key for the volume"},
}

// UNDOCUMENTED: through which service the service-linked role calls.
const scalingNote = "The page names these permissions without saying what each is for. That EC2 makes the role's requests, so that kms:ViaService and " +
	"kms:GrantIsForAWSResource are set, follows from the key policy that the page shows."
