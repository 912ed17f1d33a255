package build

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/transfer"
	"github.com/dermset/dermset/workflow/workspace"
)

// nearNamed is how many names a message about near names has.
const nearNamed = 3

// tellNear says which missing pictures are there under nearly their names, by how these differ, and what to write. None
// is taken for the other: two names may be two pictures.
func (b *build) tellNear(t transfer.Tally) {
	for _, row := range bareRows(t) {
		b.Log.Warn("fetch: " + row[0] + "; " + row[4])
	}
	for _, by := range nearBy(t) {
		all := t.Near[by]
		var named []string
		for _, f := range all.First[:min(len(all.First), nearNamed)] {
			named = append(named, nearPair(f))
		}
		if more := all.Objects - int64(len(named)); more > 0 {
			named = append(named, "and "+workspace.Thousands(more)+" more")
		}
		b.Log.Warn(fmt.Sprintf("fetch: %s missing pictures are there under another name (%s): %s; %s",
			workspace.Thousands(all.Objects), by, strings.Join(named, "; "), b.nearRemedy(all.First[0])))
	}
}

// nearBy are the differences of near names, the most frequent first.
func nearBy(t transfer.Tally) []transfer.Difference {
	return slices.SortedFunc(maps.Keys(t.Near), func(x, y transfer.Difference) int {
		return cmp.Or(cmp.Compare(t.Near[y].Objects, t.Near[x].Objects), cmp.Compare(x, y))
	})
}

// bareRows has a row for each source of which the store has nothing at all.
func bareRows(t transfer.Tally) (rows [][]string) {
	bare := slices.SortedFunc(slices.Values(t.Bare), func(x, y transfer.Bare) int {
		return cmp.Compare(x.Prefix, y.Prefix)
	})
	for _, of := range bare {
		has := "which is empty"
		if len(of.There) > 0 {
			has = fmt.Sprintf("which has %+q", of.There)
		}
		remedy := "put the pictures there, or correct images.store; without pictures: pictures: none in source.yaml"
		if of.Near.Name != "" {
			remedy = fmt.Sprintf("there is %+q (other %s): rename that folder, or the source's under sources/", of.Near.Name,
				of.Near.By)
		}
		what := fmt.Sprintf("nothing is below %+q of the store, %s", of.Prefix, has)
		rows = append(rows, []string{what, "", "", "", remedy})
	}
	return rows
}

// nearRows has a row for each way in which missing pictures are there under another name.
func (b *build) nearRows(t transfer.Tally) (rows [][]string) {
	rows = bareRows(t)
	for _, by := range nearBy(t) {
		all := t.Near[by]
		rows = append(rows, []string{"of the missing: there under another name (" + string(by) + ")",
			workspace.Number(all.Objects), "", nearPair(all.First[0]), b.nearRemedy(all.First[0])})
	}
	return rows
}

func nearPair(f transfer.Failure) string {
	return quotedName(f.Path) + ", there is " + quotedName(f.Near.Name)
}

// quotedName is a name in the quotes of YAML, with escapes for what is not ASCII: what differs by its Unicode form
// alone looks the same.
func quotedName(name string) string { return fmt.Sprintf("%+q", name) }

// nearRemedy is the line to write so that a missing picture is found under the name that is there.
func (b *build) nearRemedy(f transfer.Failure) string {
	name, wanted, _ := strings.Cut(f.Path, "/")
	there := strings.TrimPrefix(f.Near.Name, name+"/")
	at := slices.IndexFunc(b.sources, func(s workspace.Source) bool { return s.Name == name })
	path := "" // of its source.yaml
	if at >= 0 && b.sources[at].HasRaw() {
		path = b.Inside(b.sources[at].Path)
	}
	if dataset.CheckPath(there) != nil {
		wanted = f.Path // the whole key, to which the object is renamed
	}
	return NearRemedy(name, path, wanted, transfer.Near{Name: there, By: f.Near.By}, "object")
}

// NearRemedy is what to write so that the picture of a source is found under the name that is there, in its source.yaml
// if that makes its dataset CSV, else there. What is there is a file or an object.
func NearRemedy(source, sourceYAML, wanted string, near transfer.Near, what string) string {
	there := near.Name
	switch {
	case dataset.CheckPath(there) != nil:
		return fmt.Sprintf("rename the %s to %s: no dataset CSV may have the path that it has", what, quotedName(wanted))
	case sourceYAML == "":
		return fmt.Sprintf("write %s in the dataset CSV of %s, or rename the %s", quotedName(there), source, what)
	}
	line := fmt.Sprintf("map: {%s: %s}, other: keep", quotedName(wanted), quotedName(there))
	if from, to, is := replacement(near.By, wanted, there); is { // which would take others away that are as they are
		line += fmt.Sprintf("; if all are called so: replace: {%s: %s}", quotedName(from), quotedName(to))
	}
	return fmt.Sprintf("write to image_path in %s (of a mask: mask_path) %s; or rename the %s", sourceYAML, line, what)
}

// replacement is what to replace in names that differ in one way, if that makes one of the other.
func replacement(by transfer.Difference, wanted, there string) (from, to string, is bool) {
	var pairs [][2]string
	switch by {
	case transfer.ByEscapes:
		pairs = [][2]string{{" ", "%20"}, {"%20", " "}, {" ", "+"}, {"+", " "}, {"+", "%20"}, {"%20", "+"}}
	case transfer.ByExtension:
		if extension := path.Ext(wanted); extension != "" && path.Ext(there) != "" {
			pairs = [][2]string{{extension, path.Ext(there)}}
		}
	}
	for _, p := range pairs {
		if strings.ReplaceAll(wanted, p[0], p[1]) == there {
			return p[0], p[1], true
		}
	}
	return "", "", false
}
