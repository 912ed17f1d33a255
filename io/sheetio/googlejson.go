package sheetio

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// maxMerged is how many merged cells a workbook may have.
const maxMerged = 100_000

// A googleTab is a tab of a document while its answers are read.
type googleTab struct {
	Name   string
	Hidden bool
	id     int64
	merged []Range
	grid   grid
}

func (t *googleTab) sheet() Sheet {
	return Sheet{Name: t.Name, Hidden: t.Hidden, Rows: t.grid.rows, Merged: t.merged}
}

// last is the name of the cell below and right of which all are empty; ok is false if the tab is.
func (t *googleTab) last() (name string, ok bool) {
	columns := 0
	for _, row := range t.grid.rows {
		columns = max(columns, len(row))
	}
	return CellName(len(t.grid.rows)-1, columns-1), columns > 0
}

// An answer is JSON that is read piece by piece, so that limits hold before memory is taken.
type answer struct{ *json.Decoder }

// read reads a whole answer with f, which is given its top.
func read(data []byte, f func(a answer) error) error {
	if !utf8.Valid(data) {
		return notUnderstood("it is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := f(answer{d}); err != nil {
		return err
	}
	if d.More() {
		return notUnderstood("it goes on behind its end")
	}
	return nil
}

// notUnderstood is the error of an answer that is not of the API's shape. It may come from a document that moves.
func notUnderstood(why string) error {
	return &refusal{text: fmt.Sprintf("the answer of Google Sheets is not understood: %s: pull again, and check that no proxy answers in its place", why), moved: true}
}

// object calls f for each key of the object that comes next. F must read the value.
func (a answer) object(f func(key string) error) error {
	return a.inside('{', func(int) error {
		key, err := a.Token()
		if err != nil {
			return notUnderstood(err.Error())
		}
		return f(key.(string)) // the decoder lets nothing else be a key
	})
}

// array calls f for each item of the array that comes next. F must read the item.
func (a answer) array(f func(i int) error) error { return a.inside('[', f) }

// items calls f for each item of the array that stands under key in the object that comes next. F must read the item.
func (a answer) items(key string, f func(i int) error) error {
	return a.object(func(k string) error {
		if k != key {
			return a.skip()
		}
		return a.array(f)
	})
}

func (a answer) inside(open json.Delim, f func(i int) error) error {
	switch token, err := a.Token(); {
	case err != nil:
		return notUnderstood(err.Error())
	case token != open:
		return notUnderstood(fmt.Sprintf("at byte %d a %s is missing", a.InputOffset(), open))
	}
	for i := 0; a.More(); i++ {
		if err := f(i); err != nil {
			return err
		}
	}
	if _, err := a.Token(); err != nil {
		return notUnderstood(err.Error())
	}
	return nil
}

// into reads a small value into v.
func (a answer) into(v any) error {
	if err := a.Decode(v); err != nil {
		return notUnderstood(err.Error())
	}
	return nil
}

func (a answer) skip() error { return a.into(&json.RawMessage{}) }

// decodeTabs reads the list of tabs, in their order. Tabs that are no tables (charts, connected data) are left out.
func decodeTabs(data []byte) ([]*googleTab, error) {
	type place struct {
		tab   *googleTab
		index int
	}
	var places []place
	seen, merged := map[string]bool{}, 0
	err := read(data, func(a answer) error {
		return a.items("sheets", func(i int) error {
			if i == MaxSheets {
				return fmt.Errorf("%w: %d tabs are allowed", errTooLarge, MaxSheets)
			}
			t := &googleTab{}
			kind, index, err := t.decode(a, &merged)
			if err != nil || kind != "GRID" {
				return err
			}
			if seen[t.Name] {
				return notUnderstood(fmt.Sprintf("tab %q is there twice", t.Name))
			}
			seen[t.Name] = true
			places = append(places, place{t, index})
			return nil
		})
	})
	slices.SortStableFunc(places, func(a, b place) int { return a.index - b.index })
	tabs := make([]*googleTab, len(places))
	for i, p := range places {
		tabs[i] = p.tab
	}
	return tabs, err
}

// decode reads what the list says of one tab. Numbers that are 0 may be left out of an answer.
func (t *googleTab) decode(a answer, merged *int) (kind string, index int, err error) {
	err = a.object(func(key string) error {
		switch key {
		case "properties":
			var p struct {
				SheetID          int64
				Title, SheetType string
				Index            int
				Hidden           bool
			}
			err := a.into(&p)
			t.Name, t.Hidden, t.id, kind, index = p.Title, p.Hidden, p.SheetID, p.SheetType, p.Index
			return err
		case "merges":
			return a.array(func(int) error {
				var m struct{ StartRowIndex, EndRowIndex, StartColumnIndex, EndColumnIndex int }
				if err := a.into(&m); err != nil {
					return err
				}
				if *merged++; *merged > maxMerged {
					return fmt.Errorf("%w: %d merged cells are allowed", errTooLarge, maxMerged)
				}
				t.merged = append(t.merged, Range{m.StartRowIndex, m.StartColumnIndex, m.EndRowIndex - 1, m.EndColumnIndex - 1})
				return nil
			})
		}
		return a.skip()
	})
	return kind, index, err
}

// decodeValues reads the values of the tabs, which come in the order they were asked for.
func decodeValues(data []byte, tabs []*googleTab, cells *int) error {
	n := 0
	err := read(data, func(a answer) error {
		return a.items("valueRanges", func(int) error {
			if n++; n > len(tabs) {
				return notUnderstood("it has values of more tabs than were asked for")
			}
			tabs[n-1].grid = grid{left: cells}
			return tabs[n-1].decodeValues(a)
		})
	})
	if err == nil && n < len(tabs) {
		return notUnderstood(fmt.Sprintf("it has values of %d tabs, want %d", n, len(tabs)))
	}
	return err
}

func (t *googleTab) decodeValues(a answer) error {
	return a.object(func(key string) error {
		switch key {
		case "range":
			var text string
			if err := a.into(&text); err != nil {
				return err
			}
			if name := tabOf(text); name != t.Name {
				return notUnderstood(fmt.Sprintf("it has values of tab %q where those of %q were asked for", name, t.Name))
			}
			return nil
		case "values":
			return a.array(func(row int) error {
				return a.array(func(column int) error {
					cell, err := a.cell()
					if err == nil && cell != (Cell{}) {
						err = t.grid.put(row, column, cell)
					}
					if err != nil {
						return fmt.Errorf("tab %q: %w", t.Name, err)
					}
					return nil
				})
			})
		}
		return a.skip()
	})
}

// tabOf is the tab of a range such as Sheet!A1:Z9. A name is in quotes where it needs them, and those inside it are doubled then.
func tabOf(text string) string {
	if i := strings.LastIndexByte(text, '!'); i >= 0 {
		text = text[:i]
	}
	if len(text) >= 2 && text[0] == '\'' && text[len(text)-1] == '\'' {
		text = strings.ReplaceAll(text[1:len(text)-1], "''", "'")
	}
	return text
}

// cell reads one value. Only its JSON type is known so far: text may yet be an error, a number a date.
func (a answer) cell() (Cell, error) {
	token, err := a.Token()
	if err != nil {
		return Cell{}, notUnderstood(err.Error())
	}
	switch v := token.(type) {
	case nil:
		return Cell{}, nil
	case string:
		return Cell{v, Text}, nil
	case bool:
		return Cell{strings.ToUpper(strconv.FormatBool(v)), Bool}, nil
	case json.Number:
		f, err := v.Float64()
		if err != nil {
			return Cell{}, notUnderstood(fmt.Sprintf("value %q is no number", v))
		}
		return Cell{storedNumber(f), Number}, nil
	}
	return Cell{}, notUnderstood("a value is neither text, number nor boolean")
}

// storedNumber writes a number as spreadsheets store it in an XLSX: 2E+63, 0.5, 46082.
func storedNumber(f float64) string {
	if size := math.Abs(f); size != 0 && (size < 1e-4 || size >= 1e17) {
		return strconv.FormatFloat(f, 'E', -1, 64)
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// A googleCell is what the values do not tell of a cell.
type googleCell struct {
	UserEnteredValue struct{ FormulaValue string }
	EffectiveValue   struct{ ErrorValue struct{ Type string } }
	EffectiveFormat  struct{ NumberFormat struct{ Type string } }
}

type cellPlace struct{ row, column int }

// decodeCells reads which values are dates and errors, and which formulas have no value yet. It wants cells of each tab that has values.
func decodeCells(data []byte, tabs []*googleTab) error {
	told := map[int64]bool{}
	err := read(data, func(a answer) error {
		return a.items("sheets", func(int) error {
			id, odd, err := decodeOdd(a)
			told[id] = true
			for _, t := range tabs {
				if err == nil && t.id == id {
					t.settle(odd)
				}
			}
			return err
		})
	})
	for _, t := range tabs {
		if err == nil && len(t.grid.rows) > 0 && !told[t.id] {
			err = notUnderstood(fmt.Sprintf("it has no cells of tab %q", t.Name))
		}
	}
	return err
}

// decodeOdd reads of one tab the cells that are not plain values.
func decodeOdd(a answer) (id int64, odd map[cellPlace]googleCell, err error) {
	odd = map[cellPlace]googleCell{}
	err = a.object(func(key string) error {
		switch key {
		case "properties":
			var p struct{ SheetID int64 }
			err := a.into(&p)
			id = p.SheetID
			return err
		case "data":
			return a.array(func(int) error {
				return a.items("rowData", func(row int) error {
					return a.items("values", func(column int) error {
						var c googleCell
						err := a.into(&c)
						if c.EffectiveValue.ErrorValue.Type != "" || isDateType(c.EffectiveFormat.NumberFormat.Type) {
							odd[cellPlace{row, column}] = c
						}
						return err
					})
				})
			})
		}
		return a.skip()
	})
	return id, odd, err
}

func isDateType(format string) bool {
	return format == "DATE" || format == "TIME" || format == "DATE_TIME"
}

// settle makes values what their cells say they are.
func (t *googleTab) settle(odd map[cellPlace]googleCell) {
	for at, c := range odd {
		if at.row < len(t.grid.rows) && at.column < len(t.grid.rows[at.row]) { // others are formatted, but empty
			c.settle(&t.grid.rows[at.row][at.column])
		}
	}
}

func (c googleCell) settle(cell *Cell) {
	switch kind := c.EffectiveValue.ErrorValue.Type; {
	case kind == "LOADING":
		*cell = Cell{c.UserEnteredValue.FormulaValue, FormulaWithoutValue}
	case kind != "":
		cell.Kind = Failed
	case cell.Kind == Number:
		if serial, err := strconv.ParseFloat(cell.Text, 64); err == nil {
			if text, ok := googleDate(serial); ok {
				*cell = Cell{text, Date}
			}
		}
	}
}

// googleDate writes a serial day number as dateText does. Google counts days from 1899-12-30 throughout; an XLSX has one too many from
// March 1900, which is where the two agree.
func googleDate(serial float64) (string, bool) {
	if serial < 1 || serial >= 61 {
		return dateText(serial, false)
	}
	first := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	day, part := math.Modf(serial)
	return formatDay(first.AddDate(0, 0, int(day)), part), true
}
