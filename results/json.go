package results

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"
)

// JSON is a result as JSON: an array of rows, or an object with the cells one and the rows of each part.
func (f Form) JSON(one []string, rows ...[][]string) ([]byte, error) {
	if f.One == nil {
		text, err := appendRows(nil, f.Rows, rows[0], "")
		return append(text, '\n'), err
	}
	text := []byte("{")
	for i, column := range f.One {
		value, err := column.value(one[i])
		if err != nil {
			return nil, err
		}
		text = fmt.Appendf(text, "\n  %q: %s,", column.Key, value)
	}
	for i, part := range f.Parts {
		var err error
		if text, err = appendRows(fmt.Appendf(text, "\n  %q: ", part.Key), part.Rows, rows[i], "  "); err != nil {
			return nil, err
		}
		text = append(text, ',')
	}
	return append(text[:len(text)-1], "\n}\n"...), nil
}

// Table is a result as one table: its rows, those of the object's first part, or the object's cells if it has none.
func (f Form) Table(one []string, rows ...[][]string) (Columns, [][]string) {
	switch {
	case f.One == nil:
		return f.Rows, rows[0]
	case len(f.Parts) > 0:
		return f.Parts[0].Rows, rows[0]
	}
	return f.One, [][]string{one}
}

// EscapedRows are rows with their cells escaped, as a CSV has them.
func EscapedRows(rows [][]string) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		var escaped []string
		for _, row := range rows {
			escaped = escaped[:0]
			for _, cell := range row {
				escaped = append(escaped, Escaped(cell))
			}
			if !yield(escaped) {
				return
			}
		}
	}
}

// Readable are rows as people read them: a list has semicolons between its items.
func (c Columns) Readable(rows [][]string) [][]string {
	if !slices.ContainsFunc(c, func(column Column) bool { return column.Kind == KindList }) {
		return rows
	}
	readable := make([][]string, len(rows))
	for i, row := range rows {
		readable[i] = slices.Clone(row)
		for j, column := range c {
			if items, err := Items(row[j]); column.Kind == KindList && err == nil {
				readable[i][j] = strings.Join(items, "; ")
			}
		}
	}
	return readable
}

// Pairs are the keys and cells of an object that are not empty, as people read them.
func (c Columns) Pairs(one []string) (pairs [][]string) {
	for i, column := range c {
		if one[i] != "" {
			pairs = append(pairs, []string{strings.ReplaceAll(column.Key, "_", " "), one[i]})
		}
	}
	return pairs
}

// appendRows appends an array with a line for each row.
func appendRows(text []byte, columns Columns, rows [][]string, indent string) ([]byte, error) {
	text = append(text, '[')
	for i, row := range rows {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(append(append(text, '\n'), indent...), "  {"...)
		for j, column := range columns {
			value, err := column.value(row[j])
			if err != nil {
				return nil, fmt.Errorf("row %d: %w", i+1, err)
			}
			if j > 0 {
				text = append(text, ", "...)
			}
			text = append(fmt.Appendf(text, "%q: ", column.Key), value...)
		}
		text = append(text, '}')
	}
	if len(rows) > 0 {
		text = append(append(text, '\n'), indent...)
	}
	return append(text, ']'), nil
}

// value is a cell as JSON.
func (c Column) value(cell string) ([]byte, error) {
	if cell == "" && (c.Maybe || c.Kind != KindText && c.Kind != KindYesNo && c.Kind != KindList) {
		return []byte("null"), nil
	}
	text, is := "", false
	switch c.Kind {
	case KindWhole:
		n, err := strconv.ParseInt(cell, 10, 64)
		text, is = strconv.FormatInt(n, 10), err == nil
	case KindNumber:
		text, is = cell, json.Valid([]byte(cell)) && strings.Trim(cell, "+-.0123456789eE") == ""
	case KindYesNo:
		yes := cell == "yes" || cell == "true"
		text, is = strconv.FormatBool(yes), yes || cell == "no" || cell == "false" || cell == ""
	case KindTime:
		_, err := time.Parse(time.RFC3339, cell)
		return []byte(strconv.Quote(cell)), c.wrong(cell, err == nil)
	case KindDate:
		_, err := time.Parse(time.DateOnly, cell)
		return []byte(strconv.Quote(cell)), c.wrong(cell, err == nil)
	case KindList:
		items, err := Items(cell)
		if err != nil {
			return nil, c.wrong(cell, false)
		}
		return jsonOf(items), nil
	case KindValue:
		return jsonOf(valueOf(cell)), nil
	default:
		return jsonOf(Escaped(cell)), nil
	}
	return []byte(text), c.wrong(cell, is)
}

// words are the kinds as messages and docs/json.md have them.
var words = [...]string{"text", "whole number", "number", "yes or no", "time", "date", "list of texts", "value"}

func (k Kind) String() string { return words[k] }

func (c Column) wrong(cell string, right bool) error {
	if right {
		return nil
	}
	return fmt.Errorf("%s: %q is no %s: this is a fault of dermset or of the file that it was read from", c.Key,
		cell, c.Kind)
}

// Items are the texts of a cell that holds a list.
func Items(cell string) ([]string, error) {
	items := []string{}
	if strings.HasPrefix(cell, "[") {
		return items, json.Unmarshal([]byte(cell), &items)
	}
	for item := range strings.SplitSeq(cell, ";") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, Escaped(item))
		}
	}
	return items, nil
}

// valueOf is the value that a cell is as JSON; one that is none is a text. Numbers keep their digits.
func valueOf(cell string) any {
	if json.Valid([]byte(cell)) {
		return json.RawMessage(cell)
	}
	return Escaped(cell)
}

// ValueCell is a value as a cell of KindValue: a text, a number, yes or no, a list, or an object.
func ValueCell(value any) string { return string(jsonOf(value)) }

// ListCell is a list of texts as a cell.
func ListCell(items []string) string {
	if len(items) == 0 {
		return ""
	}
	escaped := make([]string, len(items))
	for i, item := range items {
		escaped[i] = Escaped(item)
	}
	return string(jsonOf(escaped))
}

// jsonOf is json.Marshal, but < > & stay as they are: no result is HTML.
func jsonOf(value any) []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(err) // texts always encode
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
