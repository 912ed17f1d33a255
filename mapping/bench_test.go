package mapping

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/dermset/dermset/io/sheetio"
)

// BenchmarkParse reads 51 tabs with 6,000 labels of 350 names that no version has had before.
func BenchmarkParse(b *testing.B) {
	book := &sheetio.Book{}
	var sources []Source
	for s := range 51 {
		tab := sheetio.Sheet{Name: fmt.Sprintf("source_%02d", s),
			Rows: [][]sheetio.Cell{cellsOf("Source Label", "Target Name", "ICD-11 Code(s)", "Notes/Justification")}}
		labels := map[string]int64{}
		for l := range 6000 / 51 {
			name := (s*7 + l*13) % 350
			label := fmt.Sprintf("Label %d of %d, recurrent", l, s)
			labels[label] = int64(l)
			tab.Rows = append(tab.Rows,
				cellsOf(label, fmt.Sprintf("Superficial disease No. %d", name), fmt.Sprintf("2C%d", 10+name%90), ""))
		}
		book.Sheets = append(book.Sheets, tab)
		sources = append(sources, Source{Name: tab.Name, Labels: labels})
	}
	b.ReportAllocs()
	for b.Loop() {
		if m, _ := Parse(book, sources, Given{}); len(m.Names) != 350 {
			b.Fatalf("%d names", len(m.Names))
		}
	}
}

// large is an XLSX of 60 tabs of 500 rows, and its sources: 30,000 labels of 350 names.
func large(b *testing.B) (xlsx []byte, sources []Source) {
	sheets := []sheetio.Sheet{{Name: refineTabXLSX, Rows: [][]sheetio.Cell{cellsOf(refineColumns...)}}}
	for s := range 60 {
		tab := sheetio.Sheet{Name: fmt.Sprintf("source_%02d", s), Rows: [][]sheetio.Cell{cellsOf(mappingColumns...)}}
		labels := map[string]int64{}
		for l := range 500 {
			name := (s*7 + l*13) % 350
			label := fmt.Sprintf("Label %d of %d, recurrent", l, s)
			labels[label] = int64(l)
			tab.Rows = append(tab.Rows, cellsOf(label, fmt.Sprintf("Superficial disease No. %d", name),
				fmt.Sprintf("2C%d", 10+name%90), "can be told apart by eye"))
		}
		sheets = append(sheets, tab)
		sources = append(sources, Source{Name: tab.Name, Labels: labels})
	}
	var out bytes.Buffer
	if err := sheetio.WriteXLSX(&out, sheets); err != nil {
		b.Fatal(err)
	}
	return out.Bytes(), sources
}

func BenchmarkReadLarge(b *testing.B) {
	xlsx, _ := large(b)
	b.ReportAllocs()
	b.SetBytes(int64(len(xlsx)))
	for b.Loop() {
		if book, err := sheetio.Open("x.xlsx", xlsx); err != nil || len(book.Sheets) != 61 {
			b.Fatal(err)
		}
	}
}

func BenchmarkCheckLarge(b *testing.B) {
	xlsx, sources := large(b)
	book, err := sheetio.Open("x.xlsx", xlsx)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if m, _ := Parse(book, sources, Given{}); len(m.Rows) != 30_000 {
			b.Fatalf("%d rows", len(m.Rows))
		}
	}
}

func cellsOf(texts ...string) []sheetio.Cell {
	var cells []sheetio.Cell
	for _, t := range texts {
		cells = append(cells, sheetio.Cell{Text: t})
	}
	return cells
}
