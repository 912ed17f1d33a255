package build_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/io/blobio/blobtest"
	"github.com/dermset/dermset/io/blobio/gateway"
	"github.com/dermset/dermset/workflow/desk"
	"github.com/dermset/dermset/workflow/versions"
	"github.com/dermset/dermset/workflow/workspace"
)

// realStore is a store at a real S3 server, whose credentials are in the environment.
func realStore(t *testing.T) (url string, store blobio.Store) {
	t.Helper()
	program, err := gateway.Find()
	if err != nil {
		t.Skip(err)
	}
	data := t.TempDir()
	if err := os.Mkdir(filepath.Join(data, "bucket"), 0o755); err != nil {
		t.Fatal(err)
	}
	g, err := gateway.Start(t.Context(), program, data)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Stop)
	blobtest.Environment(t)
	for _, kv := range g.Environment() {
		t.Setenv(kv[0], kv[1])
	}
	url = "s3://bucket/some/prefix"
	if store, err = blobio.Open(t.Context(), url, blobio.Options{}); err != nil {
		t.Fatal(err)
	}
	return url, store
}

// What source upload puts into a store, fetch brings back, byte for byte; versions go beside it.
func TestUploadedAndFetched(t *testing.T) {
	for kind, newStore := range map[string]func(*testing.T) (string, blobio.Store){"server": realStore,
		"folder": func(t *testing.T) (string, blobio.Store) {
			dir := t.TempDir()
			store, err := blobio.OpenFolder(t.Context(), dir, blobio.Options{Patience: blobtest.Fast})
			if err != nil {
				t.Fatal(err)
			}
			return dir, store
		}} {
		t.Run(kind, func(t *testing.T) {
			url, store := newStore(t)
			w, dir := newBigWorld(7, 200), filepath.Join(tempDir(t), "w")
			if err := w.write(dir); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "dermset.yaml"),
				[]byte(w.settings()+"images: {store: "+url+"}\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			var want []string
			for _, s := range w.sources {
				for _, row := range s.rows {
					key := s.name + "/" + row.path
					writePicture(t, filepath.Join(dir, "raw", filepath.FromSlash(key)), key)
					want = append(want, key)
				}
			}
			ws, err := open(dir, plainRun)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range w.sources {
				for _, dry := range []bool{true, false, false} {
					result, err := desk.UploadSource(t.Context(), ws, s.name,
						desk.UploadOptions{Raw: filepath.Join(dir, "raw"), DryRun: dry})
					if err != nil {
						t.Fatalf("%s: %v, %v", s.name, err, result.Rows)
					}
				}
			}
			listed := blobtest.Listed(t, store, "")
			for _, s := range w.sources {
				for _, table := range []string{"source.yaml", s.name + "_dataset.csv"} {
					o, is := listed[s.name+"/.dermset/"+table]
					local, err := os.ReadFile(filepath.Join(dir, "sources", s.name, table))
					if is && err == nil {
						data, err := blobtest.Load(t, store, o)
						if string(data) != string(local) || err != nil {
							t.Errorf("%s of %s: %v", table, s.name, err)
						}
					}
					if is != (err == nil) {
						t.Errorf("%s of %s: in the store %v, here %v", table, s.name, is, err)
					}
					delete(listed, o.Key)
				}
				delete(listed, s.name+"/.dermset/"+s.name+"_renaming.csv")
			}
			var got []string
			for key, o := range listed {
				got = append(got, key)
				if data, err := blobtest.Load(t, store, o); string(data) != key || err != nil {
					t.Errorf("%s holds %q, %v", key, data, err)
				}
			}
			slices.Sort(want)
			slices.Sort(got)
			withdrawn := 0
			for _, key := range want {
				if !slices.Contains(got, key) {
					withdrawn++
				}
			}
			if len(got)+withdrawn != len(want) || withdrawn > len(want)/2 {
				t.Errorf("%d of %d pictures are in the store", len(got), len(want))
			}
			fetched := fetchPictures(t, w, dir, url)
			if n, _ := strconv.Atoi(fetched.Rows[2][1]); n < 100 || len(fetched.Rows) != 3 {
				t.Errorf("%v", fetched.Rows)
			}
			name := url + "/"
			if kind == "folder" {
				name = filepath.ToSlash(url) + "/"
			}
			loggedObjects(t, dir, name)
		})
	}
}

// A version goes whole, manifest last; a finished one is never changed, a draft is replaced.
func TestUploadsAVersion(t *testing.T) {
	url, store := realStore(t)
	w, dir := newBigWorld(7, 100), filepath.Join(tempDir(t), "w")
	w.store = ""
	if err := w.write(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := buildIn(t.Context(), dir, "publish", plainRun); err != nil {
		t.Fatal(err)
	}
	ws, err := open(dir, plainRun)
	if err != nil {
		t.Fatal(err)
	}
	dist := filepath.Join(dir, "dist")
	local := func(version string) map[string]string {
		all := map[string]string{}
		err := filepath.WalkDir(filepath.Join(dist, version), func(path string, entry os.DirEntry, err error) error {
			if err == nil && !entry.IsDir() {
				data, readErr := os.ReadFile(path)
				inside, _ := filepath.Rel(dist, path)
				all[filepath.ToSlash(inside)], err = string(data), readErr
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	remote := func() map[string]string {
		all := map[string]string{}
		for key, o := range blobtest.Listed(t, store, "") {
			data, err := blobtest.Load(t, store, o)
			if err != nil {
				t.Fatal(err)
			}
			all[key] = string(data)
		}
		return all
	}
	upload := func(version string, dry bool) (workspace.Result, error) {
		return versions.Upload(t.Context(), ws, version, url, dry)
	}
	if _, err := upload(draft, true); err != nil || len(remote()) != 0 {
		t.Fatalf("a dry run: %v, %d objects", err, len(remote()))
	}
	for range 2 {
		if _, err := upload(draft, false); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(local(draft), remote()); diff != "" {
			t.Fatal(diff)
		}
	}

	// a finished version
	final := strings.TrimSuffix(draft, "-draft")
	if err := os.CopyFS(filepath.Join(dist, final), os.DirFS(filepath.Join(dist, draft))); err != nil {
		t.Fatal(err)
	}
	manifest := filepath.Join(dist, final, "manifest.json")
	text, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	seal := func(state, dataset string) { // and the line of the manifest in manifest.sha256
		t.Helper()
		changed := strings.Replace(string(text), `"state": "draft"`, `"state": "`+state+`"`, 1)
		changed = strings.Replace(changed, `"dataset": "DX"`, `"dataset": "`+dataset+`"`, 1)
		sum := sha256.Sum256([]byte(changed))
		sums, err := os.ReadFile(filepath.Join(dist, final, "manifest.sha256"))
		if err != nil {
			t.Fatal(err)
		}
		sums = append(hex.AppendEncode(nil, sum[:]), sums[2*len(sum):]...)
		if err := errors.Join(os.WriteFile(manifest, []byte(changed), 0o644),
			os.WriteFile(filepath.Join(dist, final, "manifest.sha256"), sums, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	seal("approved", "DX") // which nobody did
	if _, err := upload(final, false); err == nil || !strings.Contains(err.Error(), "is not uploaded") {
		t.Errorf("a version that is called approved, and proves nothing, goes up: %v", err)
	}
	seal("draft", "DX") // but by its name it is none
	if _, err := upload(final, false); err == nil || !strings.Contains(err.Error(), "somebody renamed the folder") {
		t.Errorf("a draft under a finished name goes up: %v", err)
	}
	before := remote()

	// files that are not as the manifest says do not go
	if err := os.WriteFile(filepath.Join(dist, draft, "quality.json"), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := upload(draft, false); err == nil || !strings.Contains(err.Error(), "quality.json: has 2 bytes") {
		t.Error(err)
	}
	if diff := cmp.Diff(before, remote()); diff != "" {
		t.Error(diff)
	}
}

// A draft takes the place of another, whose manifest goes first; under the name of a finished version it does not go at
// all.
func TestADraftTakesThePlaceOfAnother(t *testing.T) {
	store := t.TempDir()
	w, dir := newBigWorld(7, 100), filepath.Join(tempDir(t), "w")
	w.store = ""
	final := strings.TrimSuffix(draft, "-draft")
	var texts [2]map[string]string
	for i := range texts {
		w.splitSeed = i
		if err := w.write(dir); err != nil {
			t.Fatal(err)
		}
		if _, err := buildIn(t.Context(), dir, "publish", plainRun); err != nil {
			t.Fatal(err)
		}
		ws, err := open(dir, plainRun)
		if err != nil {
			t.Fatal(err)
		}
		named := filepath.Join(dir, "dist", final)
		if err := errors.Join(os.RemoveAll(named),
			os.CopyFS(named, os.DirFS(filepath.Join(dir, "dist", draft)))); err != nil {
			t.Fatal(err)
		}
		texts[i] = versionText(t, filepath.Join(dir, "dist", draft))
		for _, dry := range []bool{true, false} {
			result, err := versions.Upload(t.Context(), ws, draft, store, dry)
			last := result.Rows[len(result.Rows)-1]
			if want := map[bool]string{true: "to take away first", false: "taken away first"}[dry]; err != nil ||
				(last[0] == want) != (i == 1) || i == 1 && last[3] != draft+"/manifest.json" {
				t.Errorf("draft %d, dry run %v: %v, %v", i, dry, result.Rows, err)
			}
		}
		if diff := cmp.Diff(texts[i], versionText(t, filepath.Join(store, draft))); diff != "" {
			t.Errorf("draft %d: %s", i, diff)
		}
		_, err = versions.Upload(t.Context(), ws, final, store, false)
		if err == nil || !strings.Contains(err.Error(), "somebody renamed the folder") {
			t.Errorf("draft %d under a finished name: %v", i, err)
		}
		if _, err := os.Stat(filepath.Join(store, final)); err == nil {
			t.Errorf("draft %d under a finished name is in the store", i)
		}
	}
	if cmp.Equal(texts[0], texts[1]) {
		t.Error("both drafts are the same")
	}
}

// A store that can be used for no source ends an upload of all with one message; what is wrong with one source does
// not.
func TestUploadAllEndsWithTheStore(t *testing.T) {
	blobtest.Environment(t)
	const alone = "image_path,label,patient_id,mask_path\n1.jpg,a,,\n"
	files := map[string]string{}
	for _, name := range []string{"a", "b", "c"} {
		files["sources/"+name+"/source.yaml"], files["sources/"+name+"/"+name+"_dataset.csv"] = "title: T\n", alone
		files["sources/"+name+"/raw/1.jpg"] = name
	}
	for code, want := range map[string]string{"NoSuchBucket": "a failed, b not tried, c not tried",
		"AccessDenied": "a failed, b uploaded, c uploaded"} {
		next := blobtest.Server(t)
		url := blobtest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Query().Get("prefix"), "p/a/") {
				w.WriteHeader(http.StatusForbidden)
				fmt.Fprintf(w, "<Error><Code>%s</Code></Error>", code)
				return
			}
			next.ServeHTTP(w, r)
		}))
		files["dermset.yaml"] = "version: \"1.0\"\nimages: {store: \"s3://" + blobtest.Bucket + "/p?endpoint=" + url + "\"}\n"
		dir := t.TempDir()
		if err := writeFiles(dir, files); err != nil {
			t.Fatal(err)
		}
		w, err := open(dir, plainRun)
		if err != nil {
			t.Fatal(err)
		}
		result, err := desk.UploadAll(t.Context(), w, desk.UploadOptions{})
		var got []string
		for _, row := range result.Rows {
			if slices.Contains([]string{"failed", "not tried"}, row[1]) || row[1] == "uploaded" && row[2] == "3" {
				got = append(got, row[0]+" "+row[1])
			}
		}
		if err == nil || strings.Count(err.Error(), code) != 1 || strings.Join(got, ", ") != want {
			t.Errorf("%s: %q, %v, want %s", code, got, err, want)
		}
	}
}
