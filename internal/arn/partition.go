package arn

import "strings"

// partitions are the partitions whose Regions have names of their own.
//
// See AWS Fault Isolation Boundaries, "Partitions".
var partitions = []struct{ region, partition string }{
	{"cn-", "aws-cn"},
	{"us-gov-", "aws-us-gov"},
	{"us-iso-", "aws-iso"},
	{"us-isob-", "aws-iso-b"},
	{"eu-isoe-", "aws-iso-e"},
	{"us-isof-", "aws-iso-f"},
	{"eusc-", "aws-eusc"},
}

// Partition returns the partition that a Region is in.
func Partition(region string) string {
	for _, p := range partitions {
		if strings.HasPrefix(region, p.region) {
			return p.partition
		}
	}
	return "aws"
}

// Partitions returns the names of the partitions.
func Partitions() []string {
	names := []string{"aws"}
	for _, p := range partitions {
		names = append(names, p.partition)
	}
	return names
}

// IsRegion reports whether a word is made like the names of Regions: us-gov-east-1.
func IsRegion(word string) bool {
	words := strings.Split(word, "-")
	if len(words) < 3 {
		return false
	}
	for i, word := range words {
		set := "abcdefghijklmnopqrstuvwxyz"
		if i == len(words)-1 {
			set = "0123456789"
		}
		if word == "" || strings.Trim(word, set) != "" {
			return false
		}
	}
	return true
}
