package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/kmsauthz/kmsauthz/evaluate"
)

// maxMessage is more than the longest message that is read.
const maxMessage = 1 << 20

// readMessage says what an error message of AWS tells.
func (p *program) readMessage(stdin io.Reader) {
	text := p.message
	if text == "-" {
		all, err := io.ReadAll(io.LimitReader(stdin, maxMessage))
		if err != nil {
			p.fail(err)
			return
		}
		text = string(all)
	}
	if p.redactor != nil {
		text = p.redactor.Text(text)
	}
	reading, err := evaluate.ReadAWSError(text)
	switch {
	case err != nil:
		p.fail(err)
	case p.json:
		p.print(json.Marshal(reading))
	default:
		fmt.Fprintln(p.out, reading)
	}
}
