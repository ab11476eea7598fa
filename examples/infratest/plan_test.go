package main

import (
	"os"
	"testing"
)

// TestPlan puts the plan under test, an expectation at a time.
func TestPlan(t *testing.T) {
	plan, err := os.Open("testdata/plan.json")
	if err != nil {
		t.Fatal(err)
	}
	defer plan.Close()
	inv, open, err := readPlan(plan, "plan.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range open {
		t.Logf("left open: %v", problem)
	}
	for _, e := range expectations {
		t.Run(e.what, func(t *testing.T) { e.test(t, inv) })
	}
}
