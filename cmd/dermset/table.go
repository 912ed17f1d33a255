package main

import (
	"encoding/json"
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/dermset/dermset/io/csvio"
)

// print writes a verb's result to stdout in the form that --format asks for. In JSON every row is an object, keys in column order.
func (a *app) print(columns []string, rows [][]string) error {
	switch a.format {
	case "json":
		return a.printJSON(columns, rows)
	case "csv":
		text := csvio.AppendRecord(nil, columns...)
		for _, row := range rows {
			text = csvio.AppendRecord(text, row...)
		}
		_, err := a.stdout.Write(text)
		return err
	}
	_, err := fmt.Fprintln(a.stdout, render(columns, rows).Render())
	return err
}

// printMarkdown writes a result as a Markdown table.
func (a *app) printMarkdown(columns []string, rows [][]string) error {
	_, err := fmt.Fprintln(a.stdout, render(columns, rows).RenderMarkdown())
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

func (a *app) printJSON(columns []string, rows [][]string) error {
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
