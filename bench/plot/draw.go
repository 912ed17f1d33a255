package main

import (
	"fmt"
	"html"
	"math"
	"slices"
	"strings"
)

// The picture's measures.
const (
	width, height = 1090, 400
	panelWidth    = 330.0
	panelHeight   = 280.0
	top           = 60.0
)

// colours are those of Okabe and Ito, which most colour-blind readers tell apart.
var colours = map[string]string{"polars": "#0072B2", "duckdb": "#E69F00", "pandas": "#999999",
	"dermset": "#D55E00", "dermset all columns": "#CC79A7"}

// A panel is one plot: rows to the right, a value up, both on logarithmic axes.
type panel struct {
	left       float64
	title      string
	value      func(point) float64
	from, to   float64 // of value, powers of ten
	first, end float64 // of rows, powers of ten
}

func draw(points []point) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="system-ui, sans-serif" font-size="13">`+"\n", width, height, width, height)
	b.WriteString(`<rect width="100%" height="100%" fill="white"/>` + "\n")
	newPanel(60, "CPU time, microseconds a row", points, func(p point) float64 { return p.cpu }).draw(&b, points)
	newPanel(590, "memory at most, bytes a row", points, func(p point) float64 { return p.peak }).draw(&b, points)
	b.WriteString("</svg>\n")
	return b.String()
}

func newPanel(left float64, title string, points []point, value func(point) float64) panel {
	p := panel{left: left, title: title, value: value, from: math.Inf(1), to: math.Inf(-1),
		first: math.Inf(1), end: math.Inf(-1)}
	for _, at := range points {
		v, rows := math.Log10(value(at)), math.Log10(at.rows)
		p.from, p.to, p.first, p.end = min(p.from, v), max(p.to, v), min(p.first, rows), max(p.end, rows)
	}
	p.from, p.to = math.Floor(p.from), math.Ceil(p.to)
	return p
}

func (p panel) x(rows float64) float64 {
	return p.left + panelWidth*(math.Log10(rows)-p.first)/max(p.end-p.first, 1e-9)
}

func (p panel) y(value float64) float64 {
	return top + panelHeight*(p.to-math.Log10(value))/max(p.to-p.from, 1e-9)
}

func (p panel) draw(b *strings.Builder, points []point) {
	fmt.Fprintf(b, `<text x="%.0f" y="34" font-size="15" font-weight="600">%s</text>`+"\n",
		p.left, html.EscapeString(p.title))
	p.grid(b, points)
	lines := map[string][]point{}
	for _, at := range points {
		lines[at.program] = append(lines[at.program], at)
	}
	var names []string
	for name, line := range lines {
		slices.SortFunc(line, func(a, b point) int { return int(a.rows - b.rows) })
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		p.line(b, name, lines[name])
	}
	p.labels(b, names, lines)
}

// grid has a line for every power of ten of the value and every number of rows.
func (p panel) grid(b *strings.Builder, points []point) {
	for power := p.from; power <= p.to; power++ {
		y := p.y(math.Pow(10, power))
		fmt.Fprintf(b,
			`<path d="M%.1f %.1fH%.1f" stroke="#ddd"/><text x="%.1f" y="%.1f" text-anchor="end" fill="#555">%s</text>`+"\n",
			p.left, y, p.left+panelWidth, p.left-6, y+4, short(math.Pow(10, power)))
	}
	var sizes []float64
	for _, at := range points {
		sizes = append(sizes, at.rows)
	}
	slices.Sort(sizes)
	for _, rows := range slices.Compact(sizes) {
		fmt.Fprintf(b,
			`<path d="M%.1f %.1fV%.1f" stroke="#eee"/><text x="%.1f" y="%.1f" text-anchor="middle" fill="#555">%s</text>`+"\n",
			p.x(rows), top, top+panelHeight, p.x(rows), top+panelHeight+20, short(rows))
	}
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="middle" fill="#555">rows</text>`+"\n",
		p.left+panelWidth/2, top+panelHeight+42)
}

func (p panel) line(b *strings.Builder, name string, line []point) {
	colour, path := colours[name], "M"
	for i, at := range line {
		if i > 0 {
			path += " L"
		}
		path += fmt.Sprintf("%.1f %.1f", p.x(at.rows), p.y(p.value(at)))
		fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="3.5" fill="%s"/>`+"\n", p.x(at.rows), p.y(p.value(at)), colour)
	}
	fmt.Fprintf(b, `<path d="%s" fill="none" stroke="%s" stroke-width="2"/>`+"\n", path, colour)
}

// labels stand at the ends of lines, moved apart where they would touch;
// their ends may lie at different numbers of rows.
func (p panel) labels(b *strings.Builder, names []string, lines map[string][]point) {
	const apart = 17
	last := func(name string) float64 { line := lines[name]; return p.y(p.value(line[len(line)-1])) }
	slices.SortFunc(names, func(a, b string) int { return int(math.Copysign(1, last(a)-last(b))) })
	y := math.Inf(-1)
	for _, name := range names {
		y = max(last(name), y+apart)
		fmt.Fprintf(b, `<text x="%.1f" y="%.1f" fill="%s">%s</text>`+"\n", p.left+panelWidth+8, y+4,
			colours[name], html.EscapeString(name))
	}
}

// short writes 1000000 as 1M.
func short(n float64) string {
	switch {
	case n >= 1e6:
		return fmt.Sprintf("%gM", n/1e6)
	case n >= 1e3:
		return fmt.Sprintf("%gk", n/1e3)
	}
	return fmt.Sprintf("%g", n)
}
