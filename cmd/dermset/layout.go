package main

import (
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

const (
	// maxWidth is how wide a table may be that is for no terminal, or for a wider one.
	maxWidth = 160
	// leastWidth is how narrow a column may become where words are broken for it.
	leastWidth = 12
	// longestWord is how long a word is that no column may break.
	longestWord = 28
	// blocksBelow is the width under which long cells stand in a block a row: beside others they would be columns of
	// single words. A cell is long above longCell, and a row tall above tallRow lines.
	blocksBelow, longCell, tallRow = 100, 40, 6
)

// A room is what a table may take: a terminal of so many columns, or, with none, whatever it needs: it is wrapped to
// what is wanted, where that is possible.
type room struct{ columns, wanted int }

func (r room) most() int {
	if r.columns > 0 {
		return min(r.columns, maxWidth)
	}
	return r.wanted
}

// lay is a table for the room: in frames, or without where it fits only so; where columns cannot stand beside each
// other, a block a row, or without the columns that tell least, which are named below. Columns without a cell go first.
func (r room) lay(columns []string, rows [][]string) string {
	if r.columns == 0 {
		widths, fits := fit(columns, rows, framed, r.most(), longestWord)
		if !fits {
			widths, _ = fit(columns, rows, framed, r.most(), leastWidth)
		}
		return draw(columns, rows, framed, widths)
	}
	all := columns
	drawn, fits := r.table(columns, rows)
	for empty := emptyColumn(rows); !fits && empty >= 0; empty = emptyColumn(rows) {
		columns, rows = withoutAt(columns, rows, empty)
		drawn, fits = r.table(columns, rows)
	}
	if len(columns) > 2 && r.columns < blocksBelow && longest(rows) > longCell && (!fits || r.tall(columns, rows)) {
		return blocks(columns, rows, r.columns)
	}
	for !fits && len(columns) > 2 {
		columns, rows = withoutAt(columns, rows, leastTelling(rows))
		drawn, fits = r.table(columns, rows)
	}
	if !fits {
		widths, _ := fit(columns, rows, framed, r.columns, 1)
		drawn = draw(columns, rows, framed, widths)
	}
	if len(columns) < len(all) {
		left := slices.DeleteFunc(slices.Clone(all), func(name string) bool { return slices.Contains(columns, name) })
		said := "columns left out for lack of room: " + strings.Join(left, ", ") + "; --format csv has all"
		drawn += "\n" + strings.Join(wrap(said, r.columns), "\n")
	}
	return drawn
}

// A frame is what stands around cells: how much of it a column has, and a table besides.
type frame struct{ column, table int }

var framed, open = frame{3, 1}, frame{2, -2}

// table is a table of all columns on a terminal, if it has room for them.
func (r room) table(columns []string, rows [][]string) (drawn string, fits bool) {
	for _, f := range []frame{framed, open} {
		for _, most := range []int{r.most(), r.columns} {
			if widths, fits := fit(columns, rows, f, most, longestWord); fits {
				return draw(columns, rows, f, widths), true
			}
		}
	}
	return "", false
}

// tall says whether a table has a row of many lines.
func (r room) tall(columns []string, rows [][]string) bool {
	widths, _ := fit(columns, rows, framed, r.most(), longestWord)
	for _, row := range rows {
		for i, cell := range row {
			if text.StringWidth(cell) > widths[i]*tallRow/2 && len(wrap(cell, widths[i])) > tallRow {
				return true
			}
		}
	}
	return false
}

// fit gives the columns widths that add up, with their frame, to most at most: the widest are wrapped, but no word of
// up to unbroken is broken for it. It says whether that is possible.
func fit(columns []string, rows [][]string, f frame, most, unbroken int) (widths []int, fits bool) {
	widths, least := make([]int, len(columns)), make([]int, len(columns))
	total := f.table
	for i, name := range columns {
		widths[i] = text.StringWidth(name)
		for _, word := range pieces(strings.ReplaceAll(name, "_", "/")) {
			least[i] = max(least[i], text.StringWidth(word))
		}
		for _, row := range rows {
			widths[i] = max(widths[i], text.StringWidth(row[i]))
			for _, word := range pieces(row[i]) {
				least[i] = max(least[i], text.StringWidth(word))
			}
		}
		least[i] = min(widths[i], least[i], unbroken)
		total += widths[i] + f.column
	}
	for ; total > most; total-- {
		widest := -1
		for i := range widths {
			if widths[i] > least[i] && (widest < 0 || widths[i] > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			return widths, false
		}
		widths[widest]--
	}
	return widths, true
}

// draw renders a table whose columns have these widths; columns of numbers stand to the right.
func draw(columns []string, rows [][]string, f frame, widths []int) string {
	configs, heads := make([]table.ColumnConfig, len(columns)), slices.Clone(columns)
	for i, name := range columns {
		if text.StringWidth(name) > widths[i] { // broken into its words
			heads[i] = strings.ReplaceAll(name, "_", " ")
		}
		numbers := len(rows) > 0
		for _, row := range rows {
			numbers = numbers && strings.Trim(row[i], "0123456789") == ""
		}
		configs[i] = table.ColumnConfig{Number: i + 1, WidthMax: widths[i],
			WidthMaxEnforcer: func(cell string, most int) string { return strings.Join(wrap(cell, most), "\n") }}
		if numbers {
			configs[i].Align = text.AlignRight
		}
	}
	t := render(heads, rows)
	t.SetColumnConfigs(configs)
	if f == framed {
		return t.Render()
	}
	style := t.Style()
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	style.Options.DrawBorder, style.Options.SeparateColumns = false, false
	lines := strings.Split(t.Render(), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
		if strings.Trim(line, "─") == "" {
			lines[i] = strings.TrimSuffix(line, "──")
		}
	}
	return strings.Join(lines, "\n")
}

// blocks shows each row as lines of its own, `name: cell`, where a cell is not empty; lines that are wrapped hang
// below their cell.
func blocks(columns []string, rows [][]string, width int) string {
	names := 0
	for _, name := range columns {
		names = max(names, text.StringWidth(name)+2)
	}
	if names > width/2 {
		names = 2
	}
	var all strings.Builder
	for i, row := range rows {
		if i > 0 {
			all.WriteString("\n")
		}
		for j, cell := range row {
			if cell == "" {
				continue
			}
			name := text.Pad(columns[j]+": ", names, ' ')
			for _, line := range hang(name+cell, width, names) {
				all.WriteString(line + "\n")
			}
		}
	}
	return strings.TrimSuffix(all.String(), "\n")
}

// leastTelling is the column that tells rows apart least: the one with the fewest different cells, and of several the
// last. The first column, which names the rows, stays.
func leastTelling(rows [][]string) int {
	least, fewest := len(rows[0])-1, len(rows)+1
	for i := len(rows[0]) - 1; i > 0; i-- {
		cells := map[string]bool{}
		for _, row := range rows {
			cells[row[i]] = true
		}
		if len(cells) < fewest {
			least, fewest = i, len(cells)
		}
	}
	return least
}

// emptyColumn is the last column without a cell, -1 if there is none; the first column stays.
func emptyColumn(rows [][]string) int {
	for i := len(rows[0]) - 1; i > 0; i-- {
		if !slices.ContainsFunc(rows, func(row []string) bool { return row[i] != "" }) {
			return i
		}
	}
	return -1
}

// withoutAt leaves one column out.
func withoutAt(columns []string, rows [][]string, at int) ([]string, [][]string) {
	cut := func(cells []string) []string { return slices.Concat(cells[:at], cells[at+1:]) }
	left := make([][]string, len(rows))
	for i, row := range rows {
		left[i] = cut(row)
	}
	return cut(columns), left
}

func longest(rows [][]string) (most int) {
	for _, row := range rows {
		for _, cell := range row {
			most = max(most, text.StringWidth(cell))
		}
	}
	return most
}
