package bodysites

import (
	"bytes"
	_ "embed"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/dermset/dermset/io/csvio"
)

// A Part is a part of the body. Every picture of it is one of its parent too.
type Part struct {
	Name    string // as body_part says it
	Parent  string // empty: of none
	Meaning string
}

// A Vocabulary knows parts of the body, and which texts mean them. Its methods may be called from several goroutines.
type Vocabulary struct {
	parts   []Part
	parents map[string]string // of each part
	sites   map[string]string // key of a text → part; empty where the text says nothing about a part
}

//go:embed parts.csv
var partsCSV []byte

//go:embed sites.csv
var sitesCSV []byte

// Builtin is the vocabulary that dermset has.
func Builtin() *Vocabulary { return builtin() }

var builtin = sync.OnceValue(func() *Vocabulary {
	v := &Vocabulary{parents: map[string]string{}, sites: map[string]string{}}
	for _, r := range embedded("parts.csv", partsCSV) {
		v.parts = append(v.parts, Part{r.Fields[0], r.Fields[1], r.Fields[2]})
		v.parents[r.Fields[0]] = r.Fields[1]
		v.sites[textOf(r.Fields[0]).key()] = r.Fields[0]
	}
	for _, r := range embedded("sites.csv", sitesCSV) {
		v.sites[textOf(r.Fields[0]).key()] = r.Fields[1]
	}
	return v
})

func embedded(name string, data []byte) []csvio.Record {
	table, err := csvio.Read(bytes.NewReader(data), name)
	if err != nil {
		panic(err) // the file is part of the program
	}
	return table.Records
}

// Parts are all parts in the order of parts.csv: parents before what belongs to them.
func (v *Vocabulary) Parts() []Part { return slices.Clone(v.parts) }

// Has says whether there is a part of exactly this name.
func (v *Vocabulary) Has(part string) bool {
	_, has := v.parents[part]
	return has
}

// With is the vocabulary with what people say of sites, which goes before what it says itself.
func (v *Vocabulary) With(curated Curated) *Vocabulary {
	more := *v
	more.sites = maps.Clone(v.sites)
	for _, site := range curated {
		more.sites[textOf(site.Site).key()] = site.Part
	}
	return &more
}

// Part is the part that a site means. It is empty where nothing is stated, where the text is known to say nothing about
// a part (unknown, other), and where it names several sites that no part holds together; then known is true. Of a text
// that is not known it is empty, and known is false.
func (v *Vocabulary) Part(site string) (part string, known bool) {
	t := textOf(site)
	if t.blank {
		return "", true
	}
	if part, known := v.sites[t.key()]; known {
		return part, true
	}
	for i, piece := range t.pieces {
		if i > 0 && len(without(piece, positions)) == 0 {
			continue // trunk, anterior
		}
		of, known := v.piece(piece)
		if !known {
			return "", false
		}
		if i == 0 {
			part = of
		} else {
			part = v.together(part, of)
		}
	}
	return part, len(t.pieces) > 0
}

// piece is the part of one site of a text: as it stands, else without what says where in the part.
func (v *Vocabulary) piece(words []string) (part string, known bool) {
	if part, known = v.sites[join(words)]; known {
		return part, true
	}
	part, known = v.sites[join(without(words, positions))]
	return part, known && part != "" // the "upper other" is nothing that anybody said
}

// together is the smallest part that holds both; empty if none does.
func (v *Vocabulary) together(a, b string) string {
	holds := map[string]bool{}
	for ; a != ""; a = v.parents[a] {
		holds[a] = true
	}
	for b != "" && !holds[b] {
		b = v.parents[b]
	}
	return b
}

// names are the names of all parts, for a message.
func (v *Vocabulary) names() string {
	names := make([]string, len(v.parts))
	for i, part := range v.parts {
		names[i] = part.Name
	}
	return strings.Join(names, ", ")
}
