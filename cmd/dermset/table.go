package main

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/dermset/dermset/results"
	"github.com/dermset/dermset/workflow/workspace"
)

// give writes a verb's result to stdout in the form that --format asks for: see [results.Form]. A CSV and a table have
// the rows, or those of an object's first part; of an object without parts a CSV has one line, and a table one for each
// key.
func (a *app) give(f results.Form, one []string, rows ...[][]string) error {
	a.quiet()
	if a.format == "json" {
		text, err := f.JSON(one, rows...)
		if err != nil {
			return fmt.Errorf("%s: %w", f.Verb, err)
		}
		_, err = a.stdout.Write(text)
		return err
	}
	columns, cells := f.Table(one, rows...)
	switch {
	case a.format == "csv":
		return workspace.WriteRows(a.stdout, columns.Keys(), results.EscapedRows(cells))
	case f.One != nil && len(f.Parts) == 0:
		return a.printTable([]string{"what", "value"}, f.One.Pairs(one))
	}
	return a.printTable(columns.Keys(), columns.Readable(cells))
}

// giveRows is give of a verb that lists.
func (a *app) giveRows(f results.Form, rows [][]string) error { return a.give(f, nil, rows) }

// printTable prints a table for people, as there is room for it.
func (a *app) printTable(columns []string, rows [][]string) error {
	return a.printWithin(maxWidth, columns, rows)
}

// printWithin is printTable of what is at most so wide elsewhere than on a terminal.
func (a *app) printWithin(most int, columns []string, rows [][]string) error {
	a.quiet()
	if len(rows) == 0 {
		return a.printLine(cmp.Or(noRows[a.verb], "nothing to show"))
	}
	_, err := fmt.Fprintln(a.stdout, roomOn(a.stdout, most).lay(columns, allVisible(rows)))
	return err
}

// noRows is what a verb says in place of a table without rows.
var noRows = map[string]string{
	"source ingest":   "nothing to ingest: no source.yaml declares raw material (files: or exec:)",
	"mapping suggest": "nothing to suggest",
	"mapping merge":   "nothing to add: the workbook has every label of the sources",
	"codes check":     "no code to check: the workbook has none",
	"codes search":    "no title holds all these words",
	"codes diff":      "no code differs",
	"review import":   "nothing to take: no row of the workbook is filled in",
	"log":             "nothing has been decided yet",
	"check":           "no picture to look at",
	"twins":           "no images show the same",
	"diff":            "no image moved",
	"classes":         "no class is trained on: `dermset build` says which are nearest to the threshold",
	"withdrawn":       "nothing is withdrawn: curation/withdrawn.csv has no line",
	"models doctor":   "the folder has no picture",
}

// printLine prints a sentence of a result, wrapped on a terminal.
func (a *app) printLine(line string) error {
	a.quiet()
	_, err := fmt.Fprintln(a.stdout, onTerminal(a.stdout, line))
	return err
}

// printPath prints the path of a file that was written, as it is, to be copied.
func (a *app) printPath(path string) error {
	a.quiet()
	_, err := fmt.Fprintln(a.stdout, safe(path))
	return err
}

// visible is a cell as a terminal may show it: control characters, and spaces at an end,
// are written so that they can be seen and do nothing.
func visible(cell string) string {
	if strings.TrimSpace(cell) != cell ||
		strings.ContainsFunc(cell, func(r rune) bool { return !unicode.IsPrint(r) || r == utf8.RuneError }) {
		return strconv.Quote(cell)
	}
	return cell
}

func allVisible(rows [][]string) [][]string {
	shown := make([][]string, len(rows))
	for i, row := range rows {
		shown[i] = make([]string, len(row))
		for j, cell := range row {
			shown[i][j] = visible(cell)
		}
	}
	return shown
}

// printMarkdown writes a result as a Markdown table.
func (a *app) printMarkdown(columns []string, rows [][]string) error {
	a.quiet()
	_, err := fmt.Fprintln(a.stdout, render(columns, allVisible(rows)).RenderMarkdown())
	return err
}

func render(columns []string, rows [][]string) table.Writer {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	t.AppendHeader(cells(columns))
	for _, row := range rows {
		t.AppendRow(cells(row))
	}
	return t
}

func cells(texts []string) table.Row {
	row := make(table.Row, len(texts))
	for i, text := range texts {
		row[i] = text
	}
	return row
}
