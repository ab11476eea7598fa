package jsonedit

import (
	"bytes"
	"encoding/json"
)

// A Value is JSON that is to be written. The zero Value is nothing.
type Value struct {
	open  byte   // '[' or '{'; 0 for JSON that is written as it is
	json  string // of a Value that is not made of items
	items []Item
}

// An Item is one element of a list or one member of an object.
type Item struct {
	Name  string // of a member; elements have none
	Value Value
}

// Member returns a member of an object.
func Member(name string, v Value) Item { return Item{Name: name, Value: v} }

// Elements returns elements of a list.
func Elements(all ...Value) []Item {
	items := make([]Item, len(all))
	for i, v := range all {
		items[i].Value = v
	}
	return items
}

// String returns a JSON string. Bytes of s that are not UTF-8 become U+FFFD.
func String(s string) Value { return Value{json: quote(s)} }

// Raw returns JSON that is written as it is.
func Raw(json string) Value { return Value{json: json} }

// List returns a list.
func List(elements ...Value) Value { return Value{open: '[', items: Elements(elements...)} }

// Object returns an object.
func Object(members ...Item) Value { return Value{open: '{', items: members} }

// JSON returns the value on one line.
func (v Value) JSON() string {
	return string(new(style).append(nil, v, "", place{}))
}

// quote returns s as a JSON string. Unlike json.Marshal it leaves '<', '>' and '&' as they are,
// which HTML would need.
func quote(s string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // every string has a JSON form, and a buffer takes it
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}
