package conditions

import (
	"cmp"
	"iter"
	"strings"

	"github.com/kmsauthz/kmsauthz/internal/nearest"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// A Key is the name of a condition key, without regard to case: keys parsed
// from "kms:ViaService" and "KMS:viaservice" are equal (==). The zero Key is
// the key with the empty name, which no request carries.
//
// UNDOCUMENTED: AWS says that names of condition keys, the tag key or
// encryption context key in them included, are not case-sensitive, but not by
// which table of cases; Unicode's lower case is taken.
type Key struct {
	// row is the key's place in the registry; 0: not registered.
	row      uint8
	isMember bool // of the family that has the row
	// name is in lower case what row does not say: the whole name of an
	// unregistered key, what follows the prefix in that of a family's member.
	name string
}

// ParseKey returns the key of that name. Every text is the name of a key; Info
// tells whether KMS knows it.
func ParseKey(name string) Key {
	if row := singleRows.find(name); row != 0 {
		return Key{row: row}
	}
	lower := strings.ToLower(name)
	if row := lowerRows.find(lower); row != 0 {
		return Key{row: row}
	}
	for _, row := range familyRows {
		if strings.HasPrefix(lower, keyRows[row].prefix) {
			return Key{row: row, isMember: true, name: lower[len(keyRows[row].prefix):]}
		}
	}
	return Key{name: lower}
}

// Sibling returns another member of the key's family: the key of the family's prefix
// and name. For a key that belongs to no family it returns the zero Key.
func (k Key) Sibling(name string) Key {
	if !k.isMember {
		return Key{}
	}
	return Key{row: k.row, isMember: true, name: strings.ToLower(name)}
}

// String returns the name in AWS's spelling as far as that is known: a
// registered key's whole name, the family's part of "aws:PrincipalTag/team".
// All else is in lower case.
func (k Key) String() string {
	r := &keyRows[k.row]
	if k.isSingle() {
		return r.Name
	}
	return r.Name[:len(r.prefix)] + k.name
}

// lower returns the whole name in lower case.
func (k Key) lower() string {
	if k.isSingle() {
		return strings.ToLower(keyRows[k.row].Name)
	}
	return keyRows[k.row].prefix + k.name
}

// compare orders keys of which none is registered under its whole name.
func (k Key) compare(l Key) int {
	return cmp.Or(strings.Compare(k.name, l.name), cmp.Compare(k.row, l.row))
}

// isSingle reports whether the key is registered under its whole name.
func (k Key) isSingle() bool { return k.row != 0 && !k.isMember }

// Info returns what is known of the key, for a member of a family the
// family's row, and whether the key is registered at all.
func (k Key) Info() (KeyInfo, bool) {
	return keyRows[k.row].KeyInfo, k.row != 0
}

// Carriers returns the actions whose requests may carry the key. Nothing is known
// of a key that is not registered: any request may carry it.
func (k Key) Carriers() action.Set { return carriersOf[k.row] }

// Keys yields what is known of each registered key: those of KMS first, then
// the ones that AWS defines for all services.
func Keys() iter.Seq[KeyInfo] {
	return func(yield func(KeyInfo) bool) {
		for _, r := range keyRows[1:] {
			if !yield(r.KeyInfo) {
				return
			}
		}
	}
}

// Near returns the registered kms: or aws: key from which name, which begins so
// as well, differs in one or two letters, so that it is more likely a slip than
// a key that is new. A registered name, or one of a family, is no slip, nor is
// another service's name (sts:SourceIdentity for aws:SourceIdentity).
func Near(name string) (KeyInfo, bool) {
	const slip = 2
	if k := ParseKey(name); k.row != 0 || !isOfKMS(k.name) {
		return KeyInfo{}, false
	}
	best, bestDistance := KeyInfo{}, slip+1
	for _, r := range keyRows[1:] {
		if r.prefix != "" || !isOfKMS(r.Name) {
			continue
		}
		if d := nearest.Distance(name, r.Name, slip); d < bestDistance {
			best, bestDistance = r.KeyInfo, d
		}
	}
	return best, bestDistance <= slip
}

// isOfKMS reports whether a name is one of KMS's own or of all services.
func isOfKMS(name string) bool {
	return strings.HasPrefix(name, "kms:") || strings.HasPrefix(name, "aws:")
}

// A KeySet is a set of registered keys, in which a family counts as one. It is
// a small comparable value; the zero KeySet has no registered key.
type KeySet struct {
	words [3]uint64 // bit n: row n of the registry
}

// KeysOf returns the registered keys that a request for a may carry: the keys
// of its row in package action, and the keys that every request to AWS may
// carry. For an action that is not valid it is the latter alone.
func KeysOf(a action.Action) KeySet {
	if !a.IsValid() {
		a = 0
	}
	return keysOf[a]
}

// Has reports whether k is in the set. Nothing is known of a key that is not
// registered: it counts as a member of every set.
func (s KeySet) Has(k Key) bool { return k.row == 0 || s.has(k.row) }

// With returns the set with the keys added; a member of a family adds the
// family.
func (s KeySet) With(keys ...Key) KeySet {
	for i := range keys {
		if row := keys[i].row; row != 0 {
			s.add(row)
		}
	}
	return s
}

// Without returns the set with the keys removed; a member of a family removes
// the family.
func (s KeySet) Without(keys ...Key) KeySet {
	for _, k := range keys {
		s.words[k.row/64] &^= 1 << (k.row % 64)
	}
	return s
}

// Union returns the keys that are in s or in t.
func (s KeySet) Union(t KeySet) KeySet {
	for i := range s.words {
		s.words[i] |= t.words[i]
	}
	return s
}

func (s *KeySet) isEmpty() bool { return s.words[0]|s.words[1]|s.words[2] == 0 }

func (s *KeySet) has(row uint8) bool { return s.words[row/64]>>(row%64)&1 != 0 }

func (s *KeySet) add(row uint8) { s.words[row/64] |= 1 << (row % 64) }
