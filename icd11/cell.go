package icd11

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// quotes turns the quotes that word processors put in place of the plain ones into plain ones.
var quotes = strings.NewReplacer("“", `"`, "”", `"`, "„", `"`, "‟", `"`, "‘", `"`, "’", `"`)

// ParseCell reads the code cell of a mapping: empty, one code (2C32), several with ; or , between them (EA80;EK00), or
// a JSON array of strings (["EA80","EK00"], typographic quotes too). Spaces around a code do not count.
// Clusters stay whole.
//
// It returns the codes sorted bytewise, each once; nil for none. If anything is wrong it returns no code, and one error
// of one line that names everything that is wrong.
func ParseCell(cell string) ([]string, error) {
	codes, err := Entries(cell)
	if err != nil {
		return nil, fmt.Errorf("codes %q: %w", cell, err)
	}
	var wrong []string
	for _, code := range codes {
		if err := checkEntry(code); err != nil {
			wrong = append(wrong, err.Error())
		}
	}
	if len(wrong) > 0 {
		return nil, errors.New(strings.Join(wrong, "; "))
	}
	if len(codes) == 0 {
		return nil, nil
	}
	slices.Sort(codes)
	return slices.Compact(codes), nil
}

// Entries are the entries of a code cell in their order, without the spaces around them, whether they are codes or not.
// An error is a JSON array that cannot be read.
func Entries(cell string) ([]string, error) {
	text := strings.TrimSpace(cell)
	if text == "" {
		return nil, nil
	}
	entries := strings.Split(strings.ReplaceAll(text, ",", ";"), ";")
	if strings.HasPrefix(text, "[") {
		var err error
		if entries, err = parseArray(quotes.Replace(text)); err != nil {
			return nil, err
		}
	}
	for i, entry := range entries {
		entries[i] = strings.TrimSpace(entry)
	}
	return entries, nil
}

func checkEntry(code string) error {
	switch {
	case code == "":
		return errors.New("an entry of the list is empty: want codes with one ; between them")
	case len(strings.Fields(code)) > 1 && !block.MatchString(code):
		return fmt.Errorf("code %q holds a space: want several codes separated by ; and none with a space inside", code)
	}
	return checkCode(code)
}

func parseArray(text string) ([]string, error) {
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	var entries []any
	if err := d.Decode(&entries); err != nil {
		return nil, errors.New(`want a JSON array of strings such as ["EA80","EK00"]`)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("something follows the JSON array")
	}
	list := make([]string, len(entries))
	for i, e := range entries {
		s, ok := e.(string)
		if !ok {
			return nil, fmt.Errorf(`entry %d is not text: want a JSON array of strings such as ["EA80","EK00"]`, i+1)
		}
		list[i] = s
	}
	return list, nil
}
