package workflow_test

import (
	"errors"
	"math"
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/workflow"
)

// The examples of Amazon SQS Developer Guide, "Key management", Estimating costs,
// and the edges.
func TestSQSRequests(t *testing.T) {
	for _, tt := range []struct {
		name   string
		period time.Duration
		queues []workflow.SQSQueue
		want   int64
	}{
		{"one producer, one consumer", 2678400 * time.Second, []workflow.SQSQueue{{Producers: 1, Consumers: 1, DataKeyReuse: 300 * time.Second}}, 26784},
		{"the default reuse", 2678400 * time.Second, []workflow.SQSQueue{{Producers: 1, Consumers: 1}}, 26784},
		{"three and one", 2419200 * time.Second, []workflow.SQSQueue{{Producers: 3, Consumers: 1, DataKeyReuse: 24 * time.Hour}}, 196},
		{"five and two", 2419200 * time.Second, []workflow.SQSQueue{{Producers: 5, Consumers: 2, DataKeyReuse: 24 * time.Hour}}, 336},
		{"both queues", 2419200 * time.Second, []workflow.SQSQueue{
			{Producers: 3, Consumers: 1, DataKeyReuse: 24 * time.Hour}, {Producers: 5, Consumers: 2, DataKeyReuse: 24 * time.Hour}}, 532},
		{"no queue", time.Hour, nil, 0},
		{"nobody", time.Hour, []workflow.SQSQueue{{}}, 0},
		{"only consumers", time.Hour, []workflow.SQSQueue{{Consumers: 2, DataKeyReuse: time.Minute}}, 120},
		{"rounded up", 301 * time.Second, []workflow.SQSQueue{{Consumers: 1}}, 2},
		{"within one period", time.Nanosecond, []workflow.SQSQueue{{Producers: 1, DataKeyReuse: time.Minute}}, 1},
	} {
		if got, err := workflow.SQSRequests(tt.period, tt.queues...); got != tt.want || err != nil {
			t.Errorf("%s: got %d, %v, want %d", tt.name, got, err, tt.want)
		}
	}
}

func TestSQSRequestsErrors(t *testing.T) {
	for _, tt := range []struct {
		period time.Duration
		queue  workflow.SQSQueue
		want   string
	}{
		{time.Hour, workflow.SQSQueue{DataKeyReuse: 59 * time.Second}, "SQSQueue.DataKeyReuse: found 59s, expected whole seconds from 1m0s to 24h0m0s"},
		{time.Hour, workflow.SQSQueue{DataKeyReuse: 86401 * time.Second}, "SQSQueue.DataKeyReuse: found 24h0m1s, expected whole seconds from 1m0s to 24h0m0s"},
		{time.Hour, workflow.SQSQueue{DataKeyReuse: 90*time.Second + 1}, "SQSQueue.DataKeyReuse: found 1m30.000000001s, expected whole seconds from 1m0s to 24h0m0s"},
		{time.Hour, workflow.SQSQueue{DataKeyReuse: -time.Minute}, "SQSQueue.DataKeyReuse: found -1m0s, expected whole seconds from 1m0s to 24h0m0s"},
		{time.Hour, workflow.SQSQueue{Producers: -1, Consumers: -2}, "SQSQueue.Producers: found -1, expected 0 to 1000000\nSQSQueue.Consumers: found -2, expected 0 to 1000000"},
		{time.Hour, workflow.SQSQueue{Producers: 1000001, Consumers: math.MaxInt}, "SQSQueue.Producers: found 1000001, expected 0 to 1000000\nSQSQueue.Consumers: found 9223372036854775807, expected 0 to 1000000"},
		{0, workflow.SQSQueue{}, "SQSQueue.billingPeriod: found 0s, expected a period"},
		{-time.Hour, workflow.SQSQueue{}, "SQSQueue.billingPeriod: found -1h0m0s, expected a period"},
	} {
		_, err := workflow.SQSRequests(tt.period, tt.queue)
		var faults evaluate.ConfigErrors
		if !errors.As(err, &faults) || err.Error() != tt.want {
			t.Errorf("%v, %+v: got %v, want %s", tt.period, tt.queue, err, tt.want)
		}
	}
	if _, err := workflow.SQSRequests(time.Hour, make([]workflow.SQSQueue, 10001)...); err == nil {
		t.Error("10001 queues: got no error")
	}
}

// The formula, in numbers of any size.
func TestSQSRequestsFormula(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := workflow.SQSQueue{
			Producers:    rapid.IntRange(0, 1_000_000).Draw(t, "producers"),
			Consumers:    rapid.IntRange(0, 1_000_000).Draw(t, "consumers"),
			DataKeyReuse: time.Duration(rapid.IntRange(60, 86400).Draw(t, "reuse")) * time.Second,
		}
		period := time.Duration(rapid.Int64Range(1, math.MaxInt64).Draw(t, "period"))
		exact := big.NewRat(int64(period), int64(q.DataKeyReuse))
		exact.Mul(exact, new(big.Rat).SetInt64(int64(2*q.Producers+q.Consumers)))
		want, rest := new(big.Int).QuoRem(exact.Num(), exact.Denom(), new(big.Int))
		if rest.Sign() > 0 {
			want.Add(want, big.NewInt(1))
		}
		if got, err := q.Requests(period); err != nil || big.NewInt(got).Cmp(want) != 0 {
			t.Fatalf("got %d, %v, want %v", got, err, want)
		}
	})
}
