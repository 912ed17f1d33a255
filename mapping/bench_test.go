package mapping

import (
	"fmt"
	"testing"

	"github.com/dermset/dermset/io/sheetio"
)

// BenchmarkParse reads 51 tabs with 6,000 labels of 350 names that no version has had before.
func BenchmarkParse(b *testing.B) {
	book := &sheetio.Book{}
	var sources []Source
	for s := range 51 {
		tab := sheetio.Sheet{Name: fmt.Sprintf("source_%02d", s), Rows: [][]sheetio.Cell{cellsOf("Source Label", "Target Name", "ICD-11 Code(s)", "Notes/Justification")}}
		labels := map[string]int64{}
		for l := range 6000 / 51 {
			name := (s*7 + l*13) % 350
			label := fmt.Sprintf("Label %d of %d, recurrent", l, s)
			labels[label] = int64(l)
			tab.Rows = append(tab.Rows, cellsOf(label, fmt.Sprintf("Superficial disease No. %d", name), fmt.Sprintf("2C%d", 10+name%90), ""))
		}
		book.Sheets = append(book.Sheets, tab)
		sources = append(sources, Source{Name: tab.Name, Labels: labels})
	}
	b.ReportAllocs()
	for b.Loop() {
		if m, _ := Parse(book, sources, nil, nil, nil); len(m.Names) != 350 {
			b.Fatalf("%d names", len(m.Names))
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
