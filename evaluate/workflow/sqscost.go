package workflow

import (
	"math/bits"
	"time"
)

// The bounds of a queue's KmsDataKeyReusePeriodSeconds, and its default.
const (
	MinDataKeyReuse     = time.Minute
	MaxDataKeyReuse     = 24 * time.Hour
	DefaultDataKeyReuse = 5 * time.Minute
)

// An SQSQueue is an encrypted queue, for the question how many requests to KMS it
// costs.
type SQSQueue struct {
	// Producers and Consumers are the numbers of IAM principals (users, roles, AWS
	// accounts) that send and that receive.
	Producers, Consumers int
	// DataKeyReuse is KmsDataKeyReusePeriodSeconds; zero is DefaultDataKeyReuse.
	DataKeyReuse time.Duration
}

// Bounds on the question, far beyond any account, that keep the numbers in 64
// bits.
const (
	maxPrincipals = 1_000_000
	maxQueues     = 10_000
)

// Requests returns how many requests to KMS the queue costs at most in a billing
// period:
//
//	R = B / D * (2 * P + C)
//
// with the billing period B, the data key reuse period D, the producers P, who
// cost two requests each, and the consumers C, rounded up. Negative numbers, a
// period that is not positive, and a reuse period that SQS does not accept are an
// [evaluate.ConfigErrors].
//
// See Amazon SQS Developer Guide, "Key management", Estimating costs.
func (q SQSQueue) Requests(billingPeriod time.Duration) (int64, error) {
	f := faults{config: "SQSQueue"}
	reuse := q.DataKeyReuse
	if reuse == 0 {
		reuse = DefaultDataKeyReuse
	}
	if q.Producers < 0 || q.Producers > maxPrincipals {
		f.addf("Producers", "found %d, expected 0 to %d", q.Producers, maxPrincipals)
	}
	if q.Consumers < 0 || q.Consumers > maxPrincipals {
		f.addf("Consumers", "found %d, expected 0 to %d", q.Consumers, maxPrincipals)
	}
	if reuse < MinDataKeyReuse || reuse > MaxDataKeyReuse || reuse%time.Second != 0 {
		f.addf("DataKeyReuse", "found %v, expected whole seconds from %v to %v", reuse, MinDataKeyReuse, MaxDataKeyReuse)
	}
	if billingPeriod <= 0 {
		f.addf("billingPeriod", "found %v, expected a period", billingPeriod)
	}
	if err := f.err(); err != nil {
		return 0, err
	}
	// The product may exceed 64 bits, the quotient cannot: B/D < 2^63/6e10.
	high, low := bits.Mul64(uint64(billingPeriod), uint64(2*q.Producers+q.Consumers))
	requests, rest := bits.Div64(high, low, uint64(reuse))
	if rest > 0 {
		requests++
	}
	return int64(requests), nil
}

// SQSRequests returns how many requests to KMS several queues, up to ten thousand,
// cost together in a billing period. See [SQSQueue.Requests].
func SQSRequests(billingPeriod time.Duration, queues ...SQSQueue) (int64, error) {
	if len(queues) > maxQueues {
		f := faults{config: "SQSRequests"}
		f.addf("queues", "found %d, expected up to %d", len(queues), maxQueues)
		return 0, f.err()
	}
	var sum int64
	for _, q := range queues {
		requests, err := q.Requests(billingPeriod)
		if err != nil {
			return 0, err
		}
		sum += requests
	}
	return sum, nil
}
