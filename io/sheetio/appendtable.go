package sheetio

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"path"
)

// growTables lets the tables of a worksheet that end with its last filled row, or are where the new rows went, end with
// the last new one, as they do when a person types below them. Rows count from 1.
func (a *appender) growTables(worksheet string, filled, lastRow int, rows [][]Cell) error {
	return a.eachTable(worksheet, func(part string, data []byte) error {
		data, err := growTable(data, filled, lastRow, rows)
		if data != nil {
			a.changed[partKey(part)] = data
		}
		return err
	})
}

// eachTable calls f for the part of each table of a worksheet.
func (a *appender) eachTable(worksheet string, f func(part string, data []byte) error) error {
	dir, base := path.Split(worksheet)
	if a.parts.files[partKey(dir+"_rels/"+base+".rels")] == nil {
		return nil
	}
	rels, err := a.parts.relations(worksheet)
	if err != nil {
		return err
	}
	for _, rel := range rels {
		if !rel.is("table") {
			continue
		}
		data, err := a.part(rel.Target)
		if err != nil {
			return err
		}
		if err := f(rel.Target, data); err != nil {
			return fmt.Errorf("%s: %w", rel.Target, err)
		}
	}
	return nil
}

// growTable is the part of a table with the new size; nil if it stays as it is. The table's filter is as large.
func growTable(data []byte, filled, lastRow int, rows [][]Cell) ([]byte, error) {
	var out bytes.Buffer
	copied := int64(0)
	d := xml.NewDecoder(bytes.NewReader(data))
	err := startTags(d, func(e xml.StartElement, at int64) error {
		if e.Name.Local != "table" && e.Name.Local != "autoFilter" {
			return nil
		}
		ref := attr(e, "ref")
		r, ok := parseRange(ref)
		place := int64(bytes.Index(data[at:d.InputOffset()], []byte(ref)))
		if !ok || place < 0 || r.ToRow+1 < filled || r.ToRow+1 >= lastRow || !hasText(rows, r.FromColumn, r.ToColumn) {
			return nil
		}
		if totals := attr(e, "totalsRowCount"); totals != "" && totals != "0" {
			return errors.New("the table ends with a row of totals, which the new rows would go below: switch it off")
		}
		out.Write(data[copied : at+place])
		r.ToRow = lastRow - 1
		out.WriteString(r.String())
		copied = at + place + int64(len(ref))
		return nil
	})
	if err != nil {
		return nil, err
	}
	if copied == 0 {
		return nil, nil
	}
	out.Write(data[copied:])
	return out.Bytes(), nil
}

// hasText reports whether any of the rows has a text in the columns.
func hasText(rows [][]Cell, from, to int) bool {
	for _, row := range rows {
		for column, c := range row {
			if from <= column && column <= to && c.Text != "" {
				return true
			}
		}
	}
	return false
}
