// Package golden compares what tests get with golden texts, and gives them the golden
// scenarios to start fuzzing from: real policies and grants that people can read.
package golden

import (
	"os"
	"path/filepath"

	"github.com/tidwall/gjson"
)

// folder is where the scenarios are, seen from a package at the top level.
const folder = "../evaluate/scenario/testdata/*/*.json"

// Parts returns the JSON text at path in each of the scenarios that has it, in
// the order of the files' names. It is for the tests of packages at the top
// level of the module.
func Parts(path string) ([]string, error) {
	files, err := filepath.Glob(folder)
	if err != nil {
		return nil, err
	}
	var parts []string
	for _, file := range files {
		doc, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if part := gjson.GetBytes(doc, path); part.Exists() {
			parts = append(parts, part.Raw)
		}
	}
	return parts, nil
}
