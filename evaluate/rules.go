package evaluate

// Rules name each point of KMS authorization on which sources differ. The zero
// value is this project's own specification.
//
// Two rules carry it. Dual authorization: the key policy must let the caller
// in, by naming it or by delegating to its account, and where it delegates an
// IAM policy must allow as well; across accounts both sides always. A grant is a
// way in beside these two.
// Grant-requires-delegation: a grant counts only where the key policy delegates
// the operation to the key's own account.
type Rules struct {
	// GrantsStandAlone sets grant-requires-delegation aside: a grant counts
	// whatever the key policy delegates, as AWS documents it (AWS KMS Developer
	// Guide, "Grants in AWS KMS" and "Determining access to AWS KMS keys").
	// Grants on AWS managed keys stand alone under all rules.
	GrantsStandAlone bool
	// DirectAllowRequiresIAM demands an Allow in an IAM policy even of an IAM
	// user, a role or a session of them that the key policy of its own account
	// names. Service principals, the root user and AWS managed keys are not
	// concerned.
	DirectAllowRequiresIAM bool
}

// DefaultRules returns the project's own specification, the zero Rules.
func DefaultRules() Rules { return Rules{} }

// AWSRules returns the rules of AWS's documentation.
func AWSRules() Rules { return Rules{GrantsStandAlone: true} }

// StrictRules returns the rules under which both locks must open, always.
func StrictRules() Rules { return Rules{DirectAllowRequiresIAM: true} }
