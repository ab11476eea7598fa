// Package rename gives the user-chosen words in texts of AWS (ARNs, names, ids, patterns) other
// names, so that the texts compare with each other as before: what was equal stays equal, what
// differed in case alone still does, and a pattern matches what it matched.
//
// A text is taken apart into words. AWS's own words, separators and wildcards stay; each other
// word is replaced by a pseudonym, the same one wherever it stands. Words that contain a fragment
// beside a wildcard ("prod*") are cut there, and the pieces are replaced one by one. Pseudonyms
// are codewords that can be told apart wherever they are joined, so that "prod*" becomes a pattern
// that matches the new "production" and nothing else. They are handed out in the order in which
// words appear and tell nothing of the words but which are equal, and their length where a '?'
// may count it.
//
// The texts of a document make a [Plan]: they are noted first, since a pattern may stand behind
// what it matches, then renamed. [Names] outlive it, so that several documents get the same names.
//
//	names := rename.NewNames()
//	plan := names.Plan()
//	plan.Note("role/prod*")
//	plan.Note("role/production")
//	if err := plan.Finish(); err != nil {
//		return err
//	}
//	plan.Text("role/production") // begins like plan.Text("role/prod*")
//
// Not here: what in a document is a name and what is a word of AWS by its place. Whether a
// renamed situation is decided as before must be asked of the decision: numbers, dates and values
// that take part in comparisons unknown here are the caller's to keep.
package rename
