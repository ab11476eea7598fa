package printable

import (
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
)

// maxShort is how many bytes of a text are worth showing in a message.
const maxShort = 200

// Short cuts a text that is longer.
func Short(text string) string { return Cut(text, maxShort) }

// Cut cuts a text that has more than so many bytes.
func Cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "") + "..."
}

// Sprintf is fmt.Sprintf, but %q quotes no more of a text than Short leaves.
func Sprintf(format string, args ...any) string {
	return fmt.Sprintf(format, quotedShort(args)...)
}

// Errorf is fmt.Errorf, but %q quotes no more of a text than Short leaves.
func Errorf(format string, args ...any) error {
	return fmt.Errorf(format, quotedShort(args)...)
}

// quotedShort returns arguments that are printed so. Errors stay what they are, for %w.
func quotedShort(args []any) []any {
	out := make([]any, len(args))
	for i, arg := range args {
		out[i] = arg
		if _, isError := arg.(error); !isError {
			out[i] = argument{arg}
		}
	}
	return out
}

// An argument is a value to be printed.
type argument struct{ value any }

// Format prints the value as package fmt does, unless it is a text to be quoted.
func (a argument) Format(f fmt.State, verb rune) {
	_, isStringer := a.value.(fmt.Stringer)
	if verb == 'q' && (isStringer || reflect.ValueOf(a.value).Kind() == reflect.String) {
		io.WriteString(f, strconv.Quote(Short(fmt.Sprint(a.value))))
		return
	}
	fmt.Fprintf(f, fmt.FormatString(f, verb), a.value)
}
