package sources

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// vagueIDs are texts that mostly mean that an id is not known. As an id each is one patient or lesion of all rows that
// have it.
var vagueIDs = []string{"unknown", "unk", "nan", "na", "n/a", "n.a.", "<na>", "none", "null", "nil", "missing",
	"not available", "not known", "no data", "-", "--", "?", "-1", "desconocido", "desconocida", "unbekannt", "inconnu"}

// A VagueID is such a text, as rows have it, which id_missing does not have.
type VagueID struct {
	Column string // patient_id or lesion_id
	Value  string
	Rows   int
}

// vague counts an id that may mean none.
func (o *output) vague(column, id string) {
	word := strings.TrimSpace(id)
	if word == "" || '0' <= word[len(word)-1] && word[len(word)-1] <= '9' && word != "-1" { // as most ids end
		return
	}
	if !slices.ContainsFunc(vagueIDs, func(w string) bool { return strings.EqualFold(w, word) }) {
		return
	}
	of := func(v VagueID) bool { return v.Column == column && v.Value == id }
	i := slices.IndexFunc(o.report.VagueIDs, of)
	if i < 0 {
		i = len(o.report.VagueIDs)
		o.report.VagueIDs = append(o.report.VagueIDs, VagueID{Column: column, Value: strings.Clone(id)})
	}
	o.report.VagueIDs[i].Rows++
}

// TellVague says which ids of the report may mean none, and the line that says so; empty: none does.
func (c *Config) TellVague(r *Report) string {
	if len(r.VagueIDs) == 0 {
		return ""
	}
	var told, ids []string
	for _, id := range c.IDMissing {
		ids = append(ids, strconv.Quote(id))
	}
	for _, v := range slices.SortedFunc(slices.Values(r.VagueIDs), func(a, b VagueID) int {
		return cmp.Or(cmp.Compare(b.Rows, a.Rows), cmp.Compare(b.Column, a.Column), cmp.Compare(a.Value, b.Value))
	}) {
		told = append(told, fmt.Sprintf("%s %q in %d rows", v.Column, v.Value, v.Rows))
		if id := strconv.Quote(v.Value); !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return fmt.Sprintf("%s: each is one patient or lesion; if nobody knows which, write `id_missing: [%s]` in source.yaml",
		strings.Join(told, ", "), strings.Join(ids, ", "))
}
