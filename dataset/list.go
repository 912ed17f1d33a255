package dataset

import (
	"bytes"
	"encoding/json"
	"slices"
)

// List is a cell that is a list (spec 10): a JSON array of texts, sorted bytewise.
func List(items []string) string {
	sorted := slices.Sorted(slices.Values(items))
	if sorted == nil {
		sorted = []string{}
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(sorted); err != nil {
		panic(err) // strings only
	}
	return string(bytes.TrimRight(text.Bytes(), "\n"))
}
