package evaluate

import (
	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// An actionRow is what all requests for an action have in common.
type actionRow struct {
	info     action.Info
	visible  visibleKeys
	defaults []parameterDefault
}

// visibleKeys are the condition keys that requests for an action may carry: on
// symmetric encryption keys, and on keys of other types, which do not work with an
// encryption context.
//
// See AWS KMS Developer Guide, "Encryption context".
type visibleKeys struct{ symmetric, others conditions.KeySet }

func visibleOf(keys conditions.KeySet) visibleKeys {
	return visibleKeys{keys, keys.Without(known.encryptionContextKeys, families.encryptionContext)}
}

// actionRows are those of all actions. Of action 0, which is not valid, nothing is known
// but the condition keys that every request to AWS may carry.
var actionRows = func() []actionRow {
	table := make([]actionRow, action.Every().Len()+1)
	for a := range table {
		table[a].info = action.Action(a).Info()
		table[a].visible = visibleOf(conditions.KeysOf(action.Action(a)))
	}
	for _, row := range parameterDefaults {
		for a := range row.actions.All() {
			table[a].defaults = append(table[a].defaults, row)
		}
	}
	return table
}()

// rowOf returns the row of an action.
func rowOf(a action.Action) *actionRow {
	if !a.IsValid() {
		a = 0
	}
	return &actionRows[a]
}
