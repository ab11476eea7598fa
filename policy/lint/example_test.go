package lint_test

import (
	"fmt"

	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/lint"
)

const keyPolicy = `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "Account",
      "Effect": "Allow",
      "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
      "Action": "kms:*",
      "Resource": "*"
    },
    {
      "Sid": "App",
      "Effect": "Allow",
      "Principal": {"AWS": "arn:aws:iam::111122223333:role/app-*"},
      "Action": ["kms:Decrypt", "kms:ReEncrypt"],
      "Resource": "*"
    }
  ]
}`

func ExampleKeyPolicy() {
	p, err := policy.ParseKeyPolicy([]byte(keyPolicy), &policy.ParseOptions{File: "key-policy.json"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range lint.KeyPolicy(p, nil) {
		fmt.Println(f)
	}
	// Output:
	// key-policy.json:14:28: error: wildcard-in-principal: "arn:aws:iam::111122223333:role/app-*" names nobody, since a principal takes no wildcards
	// key-policy.json:15:33: error: unknown-action: KMS has no action "kms:ReEncrypt" (did you mean "kms:ReEncrypt*"?)
}

// A finding may come with edits that mend it.
func ExampleFinding() {
	p, err := policy.ParseKeyPolicy([]byte(keyPolicy), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	found := lint.KeyPolicy(p, &lint.Options{Select: []string{"unknown-action"}})
	mended, err := p.Apply(found[0].Edits...)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(policy.Diff(&p.Document, mended))
	// Output:
	// --- key policy
	// +++ key policy
	// @@ -12,7 +12,7 @@
	//        "Sid": "App",
	//        "Effect": "Allow",
	//        "Principal": {"AWS": "arn:aws:iam::111122223333:role/app-*"},
	// -      "Action": ["kms:Decrypt", "kms:ReEncrypt"],
	// +      "Action": ["kms:Decrypt", "kms:ReEncrypt*"],
	//        "Resource": "*"
	//      }
	//    ]
}

// A rule of one's own stands beside those of the package, and what is meant to be stays silent.
func ExampleOptions() {
	p, err := policy.ParseKeyPolicy([]byte(keyPolicy), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	tagged := lint.Rule{
		ID:        "sid-without-ticket",
		Severity:  lint.Warning,
		AppliesTo: lint.AllPolicies,
		Check: func(p *lint.Pass) {
			for s := range p.Statements() {
				if len(s.Sid()) < len("App1234") {
					p.Report(lint.Place{Statement: s, Element: "Sid"}, "the Sid should name a ticket")
				}
			}
		},
	}
	for _, f := range lint.KeyPolicy(p, &lint.Options{
		Rules:   []lint.Rule{tagged},
		Silence: []lint.Silence{{Rule: "wildcard-in-principal"}, {Rule: "unknown-action", Sid: "App"}},
	}) {
		fmt.Println(f)
	}
	// Output:
	// 12:14: warning: sid-without-ticket: the Sid should name a ticket
}
