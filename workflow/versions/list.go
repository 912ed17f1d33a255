package versions

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dermset/dermset/fault"
	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/results"
	"github.com/dermset/dermset/workflow/workspace"
)

// A Listed is what stands under dist/: a version, or what is none.
type Listed struct {
	Version    string // the name of the folder
	State      string // one of the States
	ApprovedBy string // as the manifest says, which verify holds against the log; empty: nobody
	ApprovedAt string
	Images     *int64 // that are selected; nil, as below: nobody can say
	Classes    *int64
	Groups     *int64
	Bytes      *int64 // of all its files
	BuiltAt    string
	Uploaded   []Place
	Problem    string // what is wrong, and what to do; empty: nothing is
}

// A Place is where a version was uploaded to.
type Place struct {
	To    string
	Begun string
	Same  bool // what was uploaded is what is here; false: it was built anew since
}

// The states of what is listed. Final is a version of another state than these, by an earlier program.
const (
	Damaged    = "damaged"    // a version whose files are not those that its manifest lists, by name and size
	Unfinished = "unfinished" // a download that has not ended, or what is being written
	NoVersion  = "no version"
)

// ListedColumns are those of a Listed.
var ListedColumns = results.Columns{
	results.Text("version", "the name of its folder"),
	results.Text("state", "draft, approved, final (an earlier dermset's), damaged, unfinished or no version"),
	results.Text("approved_by", "who approved it, as its manifest says").OrNone(),
	results.Time("approved_at", "when").OrNone(),
	results.Whole("images", "that are selected").OrNone(),
	results.Whole("classes", "that are trained on").OrNone(),
	results.Whole("groups", "of images that stay in one split").OrNone(),
	results.Whole("bytes", "of all its files").OrNone(),
	results.Time("built_at", "when it was built").OrNone(),
	results.List("uploaded_to", "where it was uploaded to"),
	results.List("another_build_in", "those of these places that have another build of it"),
	results.Text("problem", "what is wrong, and what to do").OrNone(),
}

// Row is the Listed as cells of these columns.
func (l Listed) Row() []string {
	var places, others []string
	for _, p := range l.Uploaded {
		if places = append(places, p.To); !p.Same {
			others = append(others, p.To)
		}
	}
	number := func(n *int64) string {
		if n == nil {
			return ""
		}
		return workspace.Number(*n)
	}
	return []string{l.Version, l.State, l.ApprovedBy, l.ApprovedAt, number(l.Images), number(l.Classes), number(l.Groups),
		number(l.Bytes), l.BuiltAt, results.ListCell(places),
		results.ListCell(others), l.Problem}
}

// List tells what stands under dist/: first what is no version, then the versions, the newest last. No file is read but
// manifests, manifest.sha256 and quality.json: that all files have their bytes is Verify's to say.
func List(w *workspace.Workspace) ([]Listed, error) {
	entries, err := os.ReadDir(w.Dist(""))
	if err != nil && fault.Of(err) != fault.NotThere {
		return nil, err
	}
	uploads, err := readUploads(w)
	if err != nil {
		return nil, err
	}
	var others, all []Listed
	for _, entry := range entries {
		if l, is := otherThanVersion(entry); is {
			others = append(others, l)
		} else if l.Version != "" {
			all = append(all, listed(w, entry.Name(), uploads))
		}
	}
	slices.SortFunc(all, func(a, b Listed) int { return compareNames(a.Version, b.Version) })
	return append(others, all...), nil
}

// otherThanVersion is what an entry of dist/ is that is not called as a version. Where it is, is is false; where it is
// hidden and not ours, it has no name, either.
func otherThanVersion(entry fs.DirEntry) (l Listed, is bool) {
	name := entry.Name()
	l = Listed{Version: name, State: Unfinished, Uploaded: []Place{}}
	if version, arriving := releaseio.ArrivingName(name); arriving {
		l.Problem = fmt.Sprintf("a download that has not ended: run `dermset download %s --from URL` again, or delete "+
			"dist/%s", version, name)
		return l, true
	}
	switch {
	case fileio.IsAside(name):
		l.Problem = "is being written, or was left by a run that died: the next run that builds removes it"
	case strings.HasPrefix(name, ".") && strings.HasSuffix(name, ".replaced"):
		l.Problem = "a draft that is being replaced, or was left so by a run that died: the next run that builds puts it back"
	case strings.HasPrefix(name, "."):
		return Listed{}, false
	case !workspace.VersionForm.MatchString(name):
		l.State, l.Problem = NoVersion, "is not called as a version, such as DXv27.1 or DXv27.1-draft: no verb looks at it"
	case !entry.IsDir() && entry.Type()&fs.ModeSymlink == 0:
		l.State, l.Problem = NoVersion, "is no folder"
	default:
		return l, false
	}
	return l, true
}

// listed is what is known of the version in a folder.
func listed(w *workspace.Workspace, name string, uploads []uploaded) Listed {
	l := Listed{Version: name, Uploaded: []Place{}}
	m, sum, wrong, err := releaseio.Survey(w.Dist(name))
	if fault.Of(err) == fault.NotThere {
		l.State, l.Problem = NoVersion, "has no "+releaseio.ManifestName+": it was not written by dermset, or somebody "+
			"removed that file"
		return l
	}
	if err != nil {
		l.State, l.Problem = Damaged, err.Error()+": move it away, and build or download it again"
		return l
	}
	l.State, l.BuiltAt = m.State, m.BuiltAt
	var bytes int64
	for _, e := range m.Outputs {
		bytes += e.Bytes
	}
	l.Bytes = &bytes
	if a, is := m.Approval.(map[string]any); is {
		l.ApprovedBy, _ = a["person"].(string)
		l.ApprovedAt, _ = a["time"].(string)
	}
	err = l.count(filepath.Join(w.Dist(name), "quality.json"))
	switch n := len(wrong); {
	case n > 0:
		l.State, l.Problem = Damaged, fmt.Sprintf("%s (%d such; `dermset verify %s` lists them)", wrong[0], n, name)
	case err != nil:
		l.State, l.Problem = Damaged, err.Error()
	case !calledAs(m, name):
		l.Problem = fmt.Sprintf("its manifest is of %sv%s, %s: somebody renamed the folder", m.Dataset, m.Version, m.State)
	}
	l.Uploaded = placesFor(uploads, name, sum)
	return l
}

// count takes the figures of the version from the file that says how it turned out.
func (l *Listed) count(path string) error {
	var q struct {
		Counts struct {
			Selected int64
		}
		Classes [3]int64
		Split   struct {
			Groups map[string]int64 // no group is in two splits
		}
	}
	text, err := fileio.Read(path)
	if err == nil {
		err = json.Unmarshal(text, &q)
	}
	if err != nil {
		return err
	}
	var groups int64
	for _, n := range q.Split.Groups {
		groups += n
	}
	l.Images, l.Classes, l.Groups = &q.Counts.Selected, &q.Classes[len(q.Classes)-1], &groups
	return nil
}

// placesFor are the places that a version was uploaded to, each with its last upload.
func placesFor(uploads []uploaded, version, manifest string) []Place {
	all := []Place{}
	for _, u := range slices.Backward(uploads) {
		if u.Version == version && !slices.ContainsFunc(all, func(p Place) bool { return p.To == u.To }) {
			all = append(all, Place{u.To, u.Begun, u.Manifest == manifest})
		}
	}
	slices.Reverse(all)
	return all
}
