package arn

import (
	"strings"
	"testing"
)

func TestPartition(t *testing.T) {
	for region, want := range map[string]string{
		"us-east-1": "aws", "": "aws", "cn-north-1": "aws-cn", "us-gov-west-1": "aws-us-gov", "us-iso-east-1": "aws-iso",
		"us-isob-east-1": "aws-iso-b", "eu-isoe-west-1": "aws-iso-e", "us-isof-south-1": "aws-iso-f", "eusc-de-east-1": "aws-eusc",
	} {
		if got := Partition(region); got != want {
			t.Errorf("%s: got %s, want %s", region, got, want)
		}
	}
}

func TestPartitions(t *testing.T) {
	want := "aws aws-cn aws-us-gov aws-iso aws-iso-b aws-iso-e aws-iso-f aws-eusc"
	if got := strings.Join(Partitions(), " "); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestIsRegion(t *testing.T) {
	for label, want := range map[string]bool{
		"us-east-1": true, "us-gov-west-1": true, "eusc-de-east-1": true, "us-iso-east-12": true,
		"": false, "us-east": false, "us-1": false, "us-east-": false, "US-EAST-1": false, "us--east-1": false, "us-east-1a": false, "a1-b-1": false,
	} {
		if got := IsRegion(label); got != want {
			t.Errorf("%q: got %v, want %v", label, got, want)
		}
	}
}
