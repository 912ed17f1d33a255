package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/dermset/dermset/workflow/workspace"
)

// print writes a verb's result to stdout in the form that --format asks for. In JSON every row is an object,
// keys in column order.
func (a *app) print(columns []string, rows [][]string) error {
	return a.printCounts(columns, rows, "")
}

// printCounts is print of a result with a column of numbers, which JSON has as such.
func (a *app) printCounts(columns []string, rows [][]string, counts string) error {
	switch a.format {
	case "json":
		return a.printJSON(columns, rows, counts)
	case "csv":
		return workspace.WriteRows(a.stdout, columns, slices.Values(rows))
	}
	return a.printWithin(columns, rows, widthOf(a.stdout))
}

// printWithin prints a table that is at most so wide.
func (a *app) printWithin(columns []string, rows [][]string, width int) error {
	shown := allVisible(rows)
	t := render(columns, shown)
	t.SetColumnConfigs(fit(columns, shown, width))
	_, err := fmt.Fprintln(a.stdout, t.Render())
	return err
}

// maxWidth is how wide a table may be that is for no terminal, or for a wider one; leastWidth is how narrow a column
// may become for that.
const (
	maxWidth   = 160
	leastWidth = 12
)

// widthOf is how wide a table on out may be: a terminal would break longer lines anywhere.
func widthOf(out io.Writer) int {
	if isTerminal(out) {
		if columns := terminalWidth(out.(*os.File)); columns > 0 {
			return min(columns, maxWidth)
		}
	}
	return maxWidth
}

// fit wraps the widest columns so that the table is at most so wide, and puts columns of numbers to the right.
func fit(columns []string, rows [][]string, most int) []table.ColumnConfig {
	configs := make([]table.ColumnConfig, len(columns))
	total := 1
	for i, name := range columns {
		width, numbers := text.StringWidth(name), len(rows) > 0
		for _, row := range rows {
			width = max(width, text.StringWidth(row[i]))
			numbers = numbers && strings.Trim(row[i], "0123456789") == ""
		}
		configs[i] = table.ColumnConfig{Number: i + 1, WidthMax: width, WidthMaxEnforcer: text.WrapSoft}
		if numbers {
			configs[i].Align = text.AlignRight
		}
		total += width + 3
	}
	for ; total > most; total-- {
		widest := 0
		for i := range configs {
			if configs[i].WidthMax > configs[widest].WidthMax {
				widest = i
			}
		}
		if configs[widest].WidthMax <= leastWidth {
			break
		}
		configs[widest].WidthMax--
	}
	return configs
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

func (a *app) printJSON(columns []string, rows [][]string, counts string) error {
	text := []byte("[")
	for i, row := range rows {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(text, "\n  {"...)
		for j, cell := range row {
			key, err := json.Marshal(columns[j])
			if err != nil {
				return err
			}
			value, err := json.Marshal(cell)
			if columns[j] == counts {
				value = []byte(cell)
			}
			if err != nil {
				return err
			}
			if j > 0 {
				text = append(text, ", "...)
			}
			text = append(append(append(text, key...), ": "...), value...)
		}
		text = append(text, '}')
	}
	_, err := a.stdout.Write(append(text, "\n]\n"...))
	return err
}
