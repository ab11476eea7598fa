package policy

import (
	"fmt"
	"strings"
	"testing"
)

// Documents as people write them, with what an edit makes of them.
func TestApplyToPeoplesDocuments(t *testing.T) {
	add := Edit{Op: AddStatement, New: &StatementConfig{
		Sid:        "Use",
		Effect:     Allow,
		Principals: []Principal{ParsePrincipal("111122223333"), ServicePrincipal("sns.amazonaws.com"), ServicePrincipal("sqs.amazonaws.com")},
		Actions:    []string{"kms:Decrypt", "kms:Encrypt"},
		Resources:  []string{"*"},
		Conditions: []ConditionConfig{{"StringEquals", "kms:ViaService", []string{"a"}}},
	}}
	tests := []struct {
		name, before string
		edit         Edit
		want         string
	}{
		{"console", `{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {
                "AWS": "444455556666"
            },
            "Action": "kms:*",
            "Resource": "*"
        }
    ]
}
`, add, `{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {
                "AWS": "444455556666"
            },
            "Action": "kms:*",
            "Resource": "*"
        },
        {
            "Sid": "Use",
            "Effect": "Allow",
            "Principal": {
                "AWS": "111122223333",
                "Service": [
                    "sns.amazonaws.com",
                    "sqs.amazonaws.com"
                ]
            },
            "Action": [
                "kms:Decrypt",
                "kms:Encrypt"
            ],
            "Resource": "*",
            "Condition": {
                "StringEquals": {
                    "kms:ViaService": "a"
                }
            }
        }
    ]
}
`},
		{"by hand", `{
  "Version":"2012-10-17",
  "Statement": [{
    "Effect": "Allow",
    "Principal": {"AWS": "444455556666"},
    "Action": "kms:*",
    "Resource": "*"
  }]
}`, add, `{
  "Version":"2012-10-17",
  "Statement": [{
    "Effect": "Allow",
    "Principal": {"AWS": "444455556666"},
    "Action": "kms:*",
    "Resource": "*"
  }, {
    "Sid": "Use",
    "Effect": "Allow",
    "Principal": {"AWS": "111122223333", "Service": ["sns.amazonaws.com", "sqs.amazonaws.com"]},
    "Action": ["kms:Decrypt", "kms:Encrypt"],
    "Resource": "*",
    "Condition": {"StringEquals": {"kms:ViaService": "a"}}
  }]
}`},
		{"statements on a line each, in a larger text", `{"Version": "2012-10-17", "Statement": [
          {"Effect": "Allow", "Action": "kms:*"},
          {"Effect": "Deny", "Action": ["kms:*"]}
        ]
      }`, add, `{"Version": "2012-10-17", "Statement": [
          {"Effect": "Allow", "Action": "kms:*"},
          {"Effect": "Deny", "Action": ["kms:*"]},
          {"Sid": "Use", "Effect": "Allow", "Principal": {"AWS": "111122223333", "Service": ["sns.amazonaws.com", "sqs.amazonaws.com"]}, ` +
			`"Action": ["kms:Decrypt", "kms:Encrypt"], "Resource": "*", "Condition": {"StringEquals": {"kms:ViaService": "a"}}}
        ]
      }`},
		{"no statement", `{
	"Statement": []
}`, Edit{Op: AddStatement, New: &StatementConfig{Actions: []string{"kms:Decrypt", "kms:Encrypt"}}}, `{
	"Statement": [
		{
			"Effect": "Deny",
			"Action": [
				"kms:Decrypt",
				"kms:Encrypt"
			]
		}
	]
}`},
		{"single statement", `{
	"Statement": {
		"Effect": "Allow",
		"Action": ["a", "b"]
	}
}`, newStatement("x"), `{
	"Statement": [{
		"Effect": "Allow",
		"Action": ["a", "b"]
	}, {
		"Sid": "x",
		"Effect": "Allow",
		"Action": "kms:Decrypt"
	}]
}`},
		{"test joins a block", `{
  "Statement": [
    {
      "Effect": "Allow",
      "Condition": {
        "StringEquals": {
          "k": "a"
        }
      }
    }
  ]
}`, addTest("stringequals", "j", "a", "b"), `{
  "Statement": [
    {
      "Effect": "Allow",
      "Condition": {
        "StringEquals": {
          "k": "a",
          "j": [
            "a",
            "b"
          ]
        }
      }
    }
  ]
}`},
		{"test leaves nothing behind", `{
  "Statement": [
    {
      "Effect": "Allow",
      "Condition": {
        "StringEquals": {
          "k": "a"
        }
      },
      "Action": "a"
    }
  ]
}`, removeTest("StringEquals", "k"), `{
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "a"
    }
  ]
}`},
		{"lines with several values", `{
  "Statement": {
    "Action": ["a", "b", "c",
               "d"],
    "Effect": "Allow", "Resource": "*"
  }
}`, removeFrom("Action", "b", "d"), `{
  "Statement": {
    "Action": ["a", "c"],
    "Effect": "Allow", "Resource": "*"
  }
}`},
		{"element in its place", `{
  "Statement": {
    "Action": "a",
    "Effect": "Allow", "Resource": "*"
  }
}`, addTo("Principal", "*"), `{
  "Statement": {
    "Action": "a",
    "Effect": "Allow", "Principal": {
      "AWS": "*"
    }, "Resource": "*"
  }
}`},
	}
	for _, tt := range tests {
		for name, newline := range map[string]string{"LF": "\n", "CRLF": "\r\n"} {
			t.Run(tt.name+" "+name, func(t *testing.T) {
				lines := func(text string) string { return strings.ReplaceAll(text, "\n", newline) }
				after := checkEdit(t, keyDocument(t, lines(tt.before)), tt.edit)
				if got, want := after.String(), lines(tt.want); got != want {
					t.Errorf("got\n%s\nwant\n%s", got, want)
				}
			})
		}
	}
}

// Many statements, on one line and over lines, many values and many keys.
func TestApplyToLargeDocuments(t *testing.T) {
	repeat := func(n int, item func(i int) string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(item(i) + ",")
		}
		return b.String()
	}
	for name, doc := range map[string]string{
		"statements": `{"Statement":[` + repeat(10_000, func(i int) string { return fmt.Sprintf(`{"Effect":"Deny","Sid":"x%d"}`, i) }) + `{"Effect":"Allow","Action":"a"}]}`,
		"lines":      "{\"Statement\":[" + repeat(10_000, func(int) string { return "{\n\"Effect\":\n\"Deny\"}" }) + `{"Effect":"Allow","Action":"a"}]}`,
		"values":     `{"Statement":{"Effect":"Allow","Action":[` + repeat(45_000, func(i int) string { return fmt.Sprintf(`"%d"`, i) }) + `"a"]}}`,
		"keys":       `{"Statement":{"Effect":"Allow","Action":"a","Condition":{"StringEquals":{` + repeat(25_000, func(i int) string { return fmt.Sprintf(`"k%d":[]`, i) }) + `"k":"a"}}}}`,
	} {
		d := keyDocument(t, doc)
		last := d.Len() - 1
		values := make([]string, 10_000)
		for i := range values {
			values[i] = fmt.Sprint("v", i)
		}
		edits := []Edit{newStatement("x"), addTo("Action", values...), removeFrom("Action", values...), addTest("Bool", "k", "true"), removeTest("Bool", "K")}
		for i := range edits {
			edits[i].Statement = last
		}
		after, err := d.Apply(edits...)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got, want := after.Len(), last+2; got != want {
			t.Errorf("%s: %d statements, want %d", name, got, want)
		}
		if Diff(d, after) == "" {
			t.Errorf("%s: no difference", name)
		}
	}
}
