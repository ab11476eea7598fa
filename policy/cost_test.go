package policy

import (
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// parseCost returns how often and how many bytes reading a document allocates.
func parseCost(doc []byte) (allocs, bytes float64) {
	const runs = 3
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range runs {
		_, _ = ParseKeyPolicy(doc, nil)
	}
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / runs, float64(after.TotalAlloc-before.TotalAlloc) / runs
}

// A policy of 16 times the length costs 16 times as much to read, in whatever way it is long;
// something is left for buffers that have just grown.
func TestParsingIsLinear(t *testing.T) {
	many := func(before, item, behind string) func(n int) []byte {
		return func(n int) []byte {
			items := make([]string, n)
			for i := range items {
				items[i] = strings.ReplaceAll(item, "#", strconv.Itoa(i))
			}
			return []byte(before + strings.Join(items, ",") + behind)
		}
	}
	statementWith := func(before, item, behind string) func(n int) []byte {
		return many(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny",`+before, item, behind+`}]}`)
	}
	for name, policy := range map[string]func(n int) []byte{
		"realistic":         func(n int) []byte { return realisticPolicy(n / 100) },
		"statements":        many(`{"Statement":[`, `{"Effect":"Deny"}`, `]}`),
		"actions":           statementWith(`"Action":[`, `"kms:De*"`, `]`),
		"resources":         statementWith(`"Resource":[`, `"arn:aws:kms:*:#:key/${aws:username}"`, `]`),
		"principals":        statementWith(`"Principal":{"AWS":[`, `"arn:aws:iam::111122223333:role/#"`, `]}`),
		"keys":              statementWith(`"Condition":{"StringLike":{`, `"aws:PrincipalTag/#":"a*"`, `}}`),
		"values":            statementWith(`"Condition":{"StringLike":{"aws:username":[`, `"a#*"`, `]}}`),
		"variables":         statementWith(`"Condition":{"StringLike":{"aws:username":[`, `"${aws:userid}#*"`, `]}}`),
		"variables in one":  statementWith(`"Condition":{"StringLike":{"aws:username":"`, `${aws:userid}#*`, `"}}`),
		"numbers":           statementWith(`"Condition":{"NumericEquals":{"aws:EpochTime":[`, `#.5`, `]}}`),
		"escapes":           statementWith(`"Sid":"`, `\u0041\n`, `"`),
		"unknown elements":  statementWith(``, `"Actoin#":1`, ``),
		"unknown operators": statementWith(`"Condition":{`, `"StringEqual#":{}`, `}`),
		"unreadable values": statementWith(`"Condition":{"IpAddress":{"aws:SourceIp":[`, `"10.0.0.#/33"`, `]}}`),
		"repeated elements": statementWith(``, `"Sid":""`, ``),
	} {
		const n, times = 100, 16
		allocs, bytes := parseCost(policy(n))
		moreAllocs, moreBytes := parseCost(policy(n * times))
		if limit := 1.25 * times; moreAllocs > limit*allocs || moreBytes > limit*bytes {
			t.Errorf("%s: %.0f allocations and %.0f bytes for %d, %.0f and %.0f for %d", name, allocs, bytes, n, moreAllocs, moreBytes, n*times)
		}
	}
}
