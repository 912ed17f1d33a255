package versions

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/io/blobio/blobtest"
	"github.com/dermset/dermset/workflow/workspace"
	"github.com/dermset/dermset/workflow/workspace/workspacetest"
)

// A storedVersion is a draft in a store, as whoever wrote the store made it.
type storedVersion struct {
	files map[string]string             // by path; what stands in the store
	edit  func(manifest map[string]any) // of the manifest, before its sums are made
	sums  func(text string) string
}

// put puts it into a store below its name.
func (v storedVersion) put(t *testing.T, store blobio.Store, name string) {
	t.Helper()
	outputs := []any{}
	for path, text := range v.files {
		outputs = append(outputs, map[string]any{"path": path, "bytes": len(text), "sha256": sumOf(text)})
	}
	dataset, number, _ := strings.Cut(strings.TrimSuffix(name, "-draft"), "v")
	manifest := map[string]any{"dataset": dataset, "version": number, "state": "draft", "built_at": "now",
		"outputs": outputs}
	if v.edit != nil {
		v.edit(manifest)
	}
	text, err := json.Marshal(manifest)
	if err != nil {
		t.Fatal(err)
	}
	sums := sumOf(string(text)) + "  manifest.json\n"
	listed, _ := manifest["outputs"].([]any)
	for _, path := range workspace.SortedKeys(byPath(listed)) {
		sums += byPath(listed)[path] + "  " + path + "\n"
	}
	if v.sums != nil {
		sums = v.sums(sums)
	}
	for path, text := range v.files {
		blobtest.Save(t, store, name+"/"+path, []byte(text))
	}
	blobtest.Save(t, store, name+"/manifest.json", text)
	if sums != "" {
		blobtest.Save(t, store, name+"/manifest.sha256", []byte(sums))
	}
}

func byPath(outputs []any) map[string]string {
	all := map[string]string{}
	for _, o := range outputs {
		all[fmt.Sprint(o.(map[string]any)["path"])] = fmt.Sprint(o.(map[string]any)["sha256"])
	}
	return all
}

func sumOf(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }

// small are the files of a version.
var small = map[string]string{"DXv1.0_a.csv": "a\n", "images/A b/1.png": "picture", "mapping/deep/x.csv": ""}

// aDownload is a workspace, and a server with a bucket. Said is what the workspace was told.
func aDownload(t *testing.T) (
	w *workspace.Workspace, url string, store blobio.Store, p *blobtest.Proxy, said *bytes.Buffer) {
	t.Helper()
	blobtest.Environment(t)
	p = &blobtest.Proxy{Next: blobtest.Server(t)}
	server := blobtest.Serve(t, p)
	w, said = workspacetest.Small(t, ""), &bytes.Buffer{}
	w.Log = slog.New(slog.NewTextHandler(said, nil))
	w.Progress = workspace.NewProgress(said, false, w.Log)
	return w, "s3://" + blobtest.Bucket + "/v?endpoint=" + server, blobtest.Open(t, server, "v", blobio.Options{}), p, said
}

func wantNothing(t *testing.T, w *workspace.Workspace) {
	t.Helper()
	if entries, err := os.ReadDir(w.Dist("")); err == nil && len(entries) > 0 {
		t.Errorf("in dist: %v", entries)
	}
}

func TestDownloadFromAServer(t *testing.T) {
	w, url, store, p, said := aDownload(t)
	storedVersion{files: small}.put(t, store, "DXv1.0-draft")
	listed := p.Seen()["GET /"+blobtest.Bucket]
	result, err := Download(t.Context(), w, "DXv1.0-draft", url, false)
	if err != nil || len(result.Rows) != 3 {
		t.Fatalf("%v, %v", result, err)
	}
	if v, err := Verify(w, "DXv1.0-draft"); err != nil || v.Files != 3 {
		t.Errorf("%+v, %v", v, err)
	}
	if p.Seen()["GET /"+blobtest.Bucket] != listed {
		t.Error("the bucket was listed, which needs a right that is not needed")
	}
	for path, want := range map[string]os.FileMode{"images/A b/1.png": 0, "DXv1.0_a.csv": 0o200} {
		if info, err := os.Stat(filepath.Join(w.Dist("DXv1.0-draft"), path)); err != nil || info.Mode()&0o200 != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	if result, err = Download(t.Context(), w, "DXv1.0-draft", url, false); err != nil || result.Rows != nil ||
		!strings.Contains(said.String(), "is there already, and is what s3://pictures/v/DXv1.0-draft/ holds") {
		t.Errorf("%v, %v, %s", result, err, said)
	}
}

// What a store says is not believed: nothing of it is written where it contradicts itself or no folder could hold it.
func TestDownloadFromAHostileStore(t *testing.T) {
	with := func(path string) func(map[string]any) {
		return func(m map[string]any) {
			m["outputs"] = append(m["outputs"].([]any), map[string]any{"path": path, "bytes": 2, "sha256": sumOf("a\n")})
		}
	}
	set := func(key string, value any) func(map[string]any) { return func(m map[string]any) { m[key] = value } }
	for want, v := range map[string]storedVersion{
		`path "../evil": want a relative path`:          {files: small, edit: with("../evil")},
		`path "/etc/evil": want a relative path`:        {files: small, edit: with("/etc/evil")},
		`path "mapping/../../evil": want`:               {files: small, edit: with("mapping/../../evil")},
		`listed twice`:                                  {files: small, edit: with("DXv1.0_a.csv")},
		`"DXv1.0_A.CSV" are one name where upper`:       {files: small, edit: with("DXv1.0_A.CSV")},
		`"images/a B" are one name where upper`:         {files: small, edit: with("images/a B/2.png")},
		"images/A b/1.png is a file as well":            {files: small, edit: with("images/A b/1.png/x")},
		`unknown field "more"`:                          {files: small, edit: set("more", 1)},
		"is of DXv2.0, draft, and not of DXv1.0-draft":  {files: small, edit: set("version", "2.0")},
		"is of DXv1.0, approved, and not of DXv1.0-dra": {files: small, edit: set("state", "approved")},
		"manifest.sha256: line 1: \"not sums":           {files: small, sums: func(string) string { return "not sums\n" }},
		"manifest.sha256: does not list the outputs":    {files: small, sums: func(s string) string { return s[:80] }},
		"manifest.json: has SHA-256 ": {files: small,
			sums: func(s string) string { return sumOf("x") + s[64:] }},
	} {
		w, url, store, _, _ := aDownload(t)
		v.put(t, store, "DXv1.0-draft")
		_, err := Download(t.Context(), w, "DXv1.0-draft", url, false)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "nothing was downloaded") {
			t.Errorf("error %v, want %q", err, want)
		}
		wantNothing(t, w)
	}
}

// A store that sends other files, none, or more than the manifest says leaves no version; mended, the next run goes on.
func TestDownloadOfAStoreThatIsNotWhole(t *testing.T) {
	w, url, store, _, _ := aDownload(t)
	other := map[string]string{"DXv1.0_a.csv": "b\n", "images/A b/1.png": "picture and more", "mapping/deep/x.csv": ""}
	storedVersion{files: other, edit: func(m map[string]any) {
		outputs := []any{map[string]any{"path": "gone.csv", "bytes": 1, "sha256": sumOf("g")}}
		for path, text := range small {
			outputs = append(outputs, map[string]any{"path": path, "bytes": len(text), "sha256": sumOf(text)})
		}
		m["outputs"] = outputs
	}}.put(t, store, "DXv1.0-draft")
	result, err := Download(t.Context(), w, "DXv1.0-draft", url, false)
	for _, want := range []string{"DXv1.0_a.csv: changed: it has SHA-256 " + sumOf("b\n") + ", want " + sumOf("a\n"),
		"1.png: changed: it has more than 7 bytes", "gone.csv: missing: ", "upload it again, from where it is whole"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q in %v", want, err)
		}
	}
	if there, err := workspace.IsThere(w.Dist("DXv1.0-draft")); there || err != nil || len(result.Rows) != 5 {
		t.Errorf("it is there: %v, %v, %v", there, err, result.Rows)
	}
	listed, err := List(w)
	if err != nil || len(listed) != 1 || listed[0].State != Unfinished || listed[0].Version != ".DXv1.0-draft.download" {
		t.Errorf("%+v, %v", listed, err)
	}
	for path, text := range map[string]string{"DXv1.0_a.csv": "a\n", "images/A b/1.png": "picture", "gone.csv": "g"} {
		o, err := store.Stat(t.Context(), "DXv1.0-draft/"+path)
		if err == nil {
			err = store.Remove(t.Context(), o)
		}
		if err != nil && blobio.ReasonOf(err) != blobio.Missing {
			t.Fatal(err)
		}
		blobtest.Save(t, store, "DXv1.0-draft/"+path, []byte(text))
	}
	if result, err = Download(t.Context(), w, "DXv1.0-draft", url, false); err != nil || result.Rows[1][1] != "1" {
		t.Errorf("%v, %v", result.Rows, err)
	}
}

// Without a manifest the upload has not ended; a server that does not list says what it can.
func TestDownloadWithoutAManifest(t *testing.T) {
	w, url, store, p, _ := aDownload(t)
	blobtest.Save(t, store, "DXv1.0-draft/a.csv", nil)
	storedVersion{files: small}.put(t, store, "DXv1.1-draft")
	for name, want := range map[string]string{
		"DXv1.0-draft": "an upload has not ended", "DXv1.2-draft": `there are: DXv1.1-draft; did you mean DXv1.1-draft?`,
		"dist/DXv1.1-draft": "is not a version",
	} {
		if _, err := Download(t.Context(), w, name, url, false); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	p.Harm = func(r *http.Request, _ int) blobtest.Fault {
		if r.URL.Query().Has("list-type") {
			return blobtest.Refuse
		}
		return blobtest.None
	}
	if _, err := Download(t.Context(), w, "DXv1.0-draft", url, false); err == nil ||
		!strings.Contains(err.Error(), "there is no manifest.json, and the store does not say what else is there") {
		t.Errorf("%v", err)
	}
	if _, err := Download(t.Context(), w, "DXv1.1-draft", url, false); err != nil { // needs no listing
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stop")
	cancel(stop)
	if _, err := Download(ctx, w, "DXv1.0-draft", url, false); err == nil {
		t.Error("a run that was stopped ends well")
	}
}
