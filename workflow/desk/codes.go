package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/dermset/dermset/icd11"
	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/results"
	"github.com/dermset/dermset/workflow/build"
	"github.com/dermset/dermset/workflow/workspace"
)

// downloadPage is where WHO publishes a release.
func downloadPage(release string) string {
	return "https://icdcdn.who.int/static/releasefiles/" + release + "/SimpleTabulation-ICD-11-MMS-en.zip"
}

// ImportedColumns are those of what ImportCodes returns.
var ImportedColumns = results.Columns{
	results.Text("release", "the release of ICD-11"),
	results.Text("stamp", "what the file says of itself"),
	results.Whole("codes", "codes of categories in it"),
	results.Whole("bytes", "size of the file"),
	results.Text("sha256", "of the file"),
	results.Text("kept_as", "the file in the workspace"),
	results.Text("attribution", "what WHO asks to be said"),
}

// ImportCodes keeps a copy of the release file that dermset.yaml names, and returns what it is. Another release is an
// error. What was imported before is replaced; the same file again changes nothing.
func ImportCodes(w *workspace.Workspace, path string) ([]string, error) {
	r, err := icd11.OpenRelease(path)
	if err != nil {
		return nil, err
	}
	if want := w.Config.ICD11.Release; r.ID != want {
		return nil, workspace.Usage(fmt.Errorf("%s: is release %q of ICD-11, and dermset.yaml names %q (icd11.release): "+
			"import that one, from %s, or change the setting", path, r.ID, want, downloadPage(want)))
	}
	text, err := fileio.Read(path)
	if err != nil {
		return nil, err
	}
	if workspace.Sum(text) != r.SHA256 {
		return nil, fmt.Errorf("%s: changed while it was read; run again", path)
	}
	record := workspace.Imported{Release: r.ID, Stamp: r.Stamp, Bytes: int64(len(text)), SHA256: r.SHA256}
	if err := keepRelease(w, record, text); err != nil {
		return nil, err
	}
	codes := 0
	for _, e := range r.Entities() {
		if e.Kind == icd11.Category {
			codes++
		}
	}
	return []string{r.ID, r.Stamp, workspace.Number(int64(codes)), workspace.Number(record.Bytes), r.SHA256,
		workspace.ReleaseZip(r.ID), icd11.Attribution}, nil
}

// keepRelease puts the zip and its record into icd11/. A run that dies between the two leaves a record that does
// not fit, which is said when the release is opened.
func keepRelease(w *workspace.Workspace, record workspace.Imported, zip []byte) error {
	var last workspace.Imported
	if workspace.ReadJSON(w.Path(workspace.ReleaseRecord(record.Release)), &last) == nil && last == record {
		if sum, _, err := workspace.HashFile(w.Path(workspace.ReleaseZip(record.Release))); err == nil &&
			sum == record.SHA256 {
			w.Log.Info("codes import: " + workspace.ReleaseZip(record.Release) + " is this file already")
			return nil
		}
	}
	text, err := workspace.JSONText(record)
	if err != nil {
		return err
	}
	if err := workspace.Keep(w.Path(workspace.ReleaseZip(record.Release)), zip); err != nil {
		return err
	}
	return workspace.Keep(w.Path(workspace.ReleaseRecord(record.Release)), text)
}

// mustRelease is release, and an error that says how to get one if there is none.
func mustRelease(w *workspace.Workspace) (*icd11.Release, error) {
	r, err := w.Release()
	if r == nil && err == nil {
		err = workspace.Usage(fmt.Errorf("release %q of ICD-11 has not been imported: download %s and run `dermset codes "+
			"import` with it", w.Config.ICD11.Release, downloadPage(w.Config.ICD11.Release)))
	}
	return r, err
}

// ShowCodes tells what the release says of codes or clusters: status, title, what each lies in and what lies below it,
// and its page in WHO's browser. Of a cluster every part is shown.
func ShowCodes(w *workspace.Workspace, codes []string) ([][]string, error) {
	r, err := mustRelease(w)
	if err != nil {
		return nil, err
	}
	var rows [][]string
	for _, code := range codes {
		result := r.Check(code)
		rows = append(rows, []string{code, "status", result.Status.String()})
		if result.Why != "" {
			rows = append(rows, []string{code, "problem", result.Why})
		}
		if result.Title != "" {
			rows = append(rows, []string{code, "title", result.Title})
		}
		if parts := icd11.Parts(code); len(parts) > 1 {
			for _, part := range parts {
				rows = append(rows, showEntity(r, part)...)
			}
			continue
		}
		rows = append(rows, showEntity(r, code)...)
	}
	return rows, nil
}

// showEntity are the rows about one code, if the release has it.
func showEntity(r *icd11.Release, code string) [][]string {
	e, ok := r.Entity(code)
	if !ok {
		return nil
	}
	rows := [][]string{{code, "leaf", fmt.Sprint(e.Leaf)}}
	for _, up := range r.Parents(e) {
		rows = append(rows, []string{code, "in", up.Name()})
	}
	for _, down := range r.Children(e) {
		rows = append(rows, []string{code, "holds", down.Name()})
	}
	return append(rows, []string{code, "page", r.Link(e)})
}

// SearchCodes finds codes by the words of their titles; extension codes come last.
func SearchCodes(w *workspace.Workspace, words string) ([][]string, error) {
	r, err := mustRelease(w)
	if err != nil {
		return nil, err
	}
	var rows [][]string
	for _, e := range r.Search(words) {
		rows = append(rows, []string{e.Code, e.Title, e.Chapter, fmt.Sprint(e.Leaf)})
	}
	return rows, nil
}

// DiffCodes compares two release files: what became of the workbook's codes.
func DiffCodes(ctx context.Context, w *workspace.Workspace, older, newer string) ([][]string, error) {
	_, m, _, err := build.ReadMapping(ctx, w)
	if err != nil {
		return nil, err
	}
	names := map[string][]string{} // by code, and by the parts of clusters
	for _, u := range usedCodes(m) {
		for _, part := range icd11.Parts(u.code) {
			if !slices.Contains(names[part], u.target) {
				names[part] = append(names[part], u.target)
			}
		}
	}
	return diffReleases(older, newer, func(code string) ([]string, bool) { return names[code], len(names[code]) > 0 })
}

// DiffAllCodes compares two release files: what became of every code.
func DiffAllCodes(older, newer string) ([][]string, error) {
	return diffReleases(older, newer, func(string) ([]string, bool) { return nil, true })
}

// diffReleases lists the changes of the codes that wanted asks for, with the names that use them.
func diffReleases(older, newer string, wanted func(code string) ([]string, bool)) ([][]string, error) {
	before, err := icd11.OpenRelease(older)
	after, afterErr := icd11.OpenRelease(newer)
	if newer == older {
		afterErr = nil // which is told
	}
	if err := errors.Join(err, afterErr); err != nil {
		return nil, err
	}
	var rows [][]string
	for _, c := range icd11.Diff(before, after) {
		if names, is := wanted(c.Code); is {
			rows = append(rows, []string{c.Code, c.What, c.Before, c.After, results.ListCell(names)})
		}
	}
	return rows, nil
}
