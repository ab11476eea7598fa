package arn

// InstanceRole is the path of the roles as which the infrastructure of EC2 uses the
// keys of an instance's volumes. Such a role has the instance's id for a name, and so
// has its only session, in whose ARN the path stands for the role.
//
// See Amazon EBS User Guide, "Requirements for Amazon EBS encryption".
const InstanceRole = "aws:ec2-infrastructure"
