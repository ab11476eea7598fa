package lint

import "strings"

// Names of services, as principals and as values of kms:ViaService, may have a Region in them:
// logs.us-east-1.amazonaws.com. People copy them with a word in its place.

// placeholders are the words that stand in the place of a Region, without what is not a letter.
var placeholders = map[string]bool{
	"region": true, "awsregion": true, "yourregion": true, "myregion": true, "theregion": true,
	"regionname": true, "regioncode": true, "regionid": true,
}

// placeholder returns where in a service's name something stands in the place of the Region, and
// whether there is such a thing.
func placeholder(name string) (start, end int, ok bool) {
	length := strings.Index(name, ".amazonaws.")
	if length < 0 || strings.HasPrefix(name, "arn:") {
		return 0, 0, false
	}
	at := 0
	for label := range strings.SplitSeq(name[:length], ".") {
		if strings.ContainsAny(label, "<>{}[]$*") || placeholders[letters(label)] {
			if !ok {
				start, ok = at, true
			}
			end = at + len(label)
		}
		at += len(label) + len(".")
	}
	return start, end, ok
}

// hasPlaceholder reports whether a name has a placeholder for the Region.
func hasPlaceholder(name string) bool {
	_, _, ok := placeholder(name)
	return ok
}

// withRegion returns a name with the Region in the place of its placeholder, "" if one is missing.
func withRegion(name, region string) string {
	start, end, ok := placeholder(name)
	if !ok || region == "" {
		return ""
	}
	return name[:start] + region + name[end:]
}

// letters returns the ASCII letters of a text in lower case.
func letters(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z':
			return r
		case 'A' <= r && r <= 'Z':
			return r + 'a' - 'A'
		}
		return -1
	}, text)
}
