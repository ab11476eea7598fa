package evaluate

import (
	"fmt"
	"testing"

	"github.com/kmsauthz/kmsauthz/grants"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// auditKeys are keys as an account has them: most delegate, each names an
// administrator and a user of its own, some share with a partner's account and some
// have grants.
func auditKeys(n int) []*Key {
	keys := make([]*Key, n)
	for i := range keys {
		own := fmt.Sprintf(`{"Sid": "Use", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app-%d"},
			"Action": ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*", "kms:DescribeKey"], "Resource": "*"},`, i)
		statements := []string{own, workStatements}
		if i%8 != 0 {
			statements = append([]string{workDelegation}, statements...)
		}
		if i%10 == 0 {
			statements = append([]string{workFar}, statements...)
		}
		var list []grants.Grant
		if i%4 == 0 {
			for j := range 10 {
				list = append(list, workGrant(fmt.Sprintf("arn:aws:iam::111122223333:role/app-%d", i+j)))
				list[j].ID = fmt.Sprint("g", j)
			}
		}
		cfg := workKey(list, statements...)
		cfg.ARN = fmt.Sprintf("arn:aws:kms:us-east-1:111122223333:key/%d", i)
		keys[i] = must(NewKey(cfg))
	}
	return keys
}

// auditCallers are roles as accounts have them: each has three of the forty
// policies that there are, every tenth is in a partner's account.
func auditCallers(n int) []*Caller {
	texts := []string{workWithoutKMS, workDecrypt, workRegions,
		`{"Effect": "Allow", "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
			"Resource": "arn:aws:kms:us-east-1:111122223333:key/%d"}`,
		`{"Effect": "Allow", "Action": ["kms:List*", "kms:Describe*", "kms:Get*"], "Resource": "*"}`,
		`{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalTag/team": "team-%d"}}}`,
		`{"Effect": "Deny", "Action": ["kms:ScheduleKeyDeletion", "kms:PutKeyPolicy"], "Resource": "*"}`,
		`{"Effect": "Allow", "Action": ["dynamodb:*", "sqs:*"], "Resource": "*"}`}
	var policies []*policy.IAMPolicy
	for i := range 40 {
		text := texts[i%len(texts)]
		if i%len(texts) == 3 || i%len(texts) == 5 {
			text = fmt.Sprintf(text, i)
		}
		policies = append(policies, must(policy.ParseIAMPolicy([]byte(`{"Version": "2012-10-17", "Statement": [`+text+`]}`), nil)))
	}
	callers := make([]*Caller, n)
	for i := range callers {
		account := home
		if i%10 == 9 {
			account = away
		}
		cfg := workCaller(fmt.Sprintf("arn:aws:iam::%s:role/app-%d", account, i))
		cfg.Tags = map[string]string{"team": fmt.Sprintf("team-%d", i%100)}
		cfg.IAMPolicies = []*policy.IAMPolicy{policies[i%40], policies[(i/40+7*i)%40], policies[(i/3+11)%40]}
		callers[i] = must(NewCaller(cfg))
	}
	return callers
}

// BenchmarkAccess asks who may do what with many keys, and who may decrypt with
// them. A pair of a key and a caller stands for 58 decisions, or for one.
func BenchmarkAccess(b *testing.B) {
	requests := must(NewRequests(workRequest(action.Decrypt)))
	for _, size := range []struct{ callers, keys int }{{1000, 10}, {10000, 100}} {
		q := AccessQuestion{Keys: auditKeys(size.keys), Callers: auditCallers(size.callers), Requests: requests}
		for _, actions := range []action.Set{action.Every(), action.SetOf(action.Decrypt)} {
			q.Actions = actions
			b.Run(fmt.Sprintf("%dx%dx%d", size.callers, size.keys, actions.Len()), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					drain(q)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(q.pairs()), "ns/pair")
			})
		}
	}
}

// drain runs through the answer to a question and counts what is allowed.
func drain(q AccessQuestion) (allowed int) {
	for entry := range q.Access() {
		allowed += entry.Allowed().Len()
	}
	return allowed
}

// BenchmarkReview asks what it does to a thousand callers that one key of ten no
// longer delegates to its account.
func BenchmarkReview(b *testing.B) {
	before := AccessQuestion{Keys: auditKeys(10), Callers: auditCallers(1000)}
	after := before
	cfg := workKey(nil, workStatements)
	cfg.ARN = before.Keys[1].ARN()
	after.Keys = append([]*Key{before.Keys[0], must(NewKey(cfg))}, before.Keys[2:]...)
	b.ReportAllocs()
	for b.Loop() {
		for range must(Review(before, after)) {
		}
	}
}
