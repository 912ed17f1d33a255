package demo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func read(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		inside, _ := filepath.Rel(dir, path)
		all[inside] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestMain(m *testing.M) {
	if raceEnabled {
		fmt.Println("drawing a demo takes minutes with the race detector; ./check runs this without")
		return
	}
	m.Run()
}

func TestEveryDemoIsTheSame(t *testing.T) {
	a, b := t.TempDir(), filepath.Join(t.TempDir(), "new")
	for _, dir := range []string{a, b, b} { // the last one over itself
		if err := Write(t.Context(), dir); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(read(t, a), read(t, b)); diff != "" {
		t.Error(diff)
	}
}

// The bytes are those that were written down, on any machine (GOARCH=386 too). If the pixels of draw are as they were,
// which its own test says, and these are not, rows were changed, or Go's library encodes JPEG or PNG otherwise: write
// the new sum down.
func TestTheDemoIsTheSameEverywhere(t *testing.T) {
	const want = "90ebc4d7d5928f6f"
	all, err := workspace(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.New()
	for _, inside := range slices.Sorted(maps.Keys(all)) {
		if !strings.HasPrefix(inside, "mapping/") {
			fmt.Fprintf(sum, "%s %d %s", inside, len(all[inside]), all[inside])
		}
	}
	if got := fmt.Sprintf("%x", sum.Sum(nil)[:8]); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// Who interrupts it waits for no picture, and for no file.
func TestAnInterruptEndsTheDrawing(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	_, views, _ := material()
	if drawn, _ := pictures(ctx, views); len(drawn) > 0 {
		t.Errorf("%d pictures were drawn", len(drawn))
	}
	if err := Write(ctx, t.TempDir()); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// Every label that the mapping knows has a look, and whatever happens to a picture happens to one that is there.
func TestTablesOfPicturesHoldTogether(t *testing.T) {
	tabs, err := fs.Glob(files, "files/mapping/workbook/[a-z]*.csv")
	if err != nil || len(tabs) != 6 {
		t.Fatalf("%v, %d tabs", err, len(tabs))
	}
	for _, tab := range tabs {
		text, err := files.ReadFile(tab)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows[1:] {
			if _, known := looks[row[0]]; !known {
				t.Errorf("%s: %q has no look", tab, row[0])
			}
		}
	}
	_, views, annotated := material()
	masks := map[string]bool{}
	for _, v := range views {
		masks[path.Join(v.source, v.mask)] = v.mask != ""
	}
	for id, e := range edits {
		if _, there := views[id]; !there && !masks[id] {
			t.Errorf("edits: there is no %s", id)
		}
		if _, there := views[e.of]; e.of != "" && !there {
			t.Errorf("edits: %s is of %s, which is not there", id, e.of)
		}
	}
	if len(annotated) == 0 {
		t.Error("no source is annotated")
	}
}

// One picture says how it is turned, and one where it was: what GPS says is found from the begin of EXIF.
func TestExif(t *testing.T) {
	exif := withExif([]byte("\xff\xd8rest"), place...)
	at := func(offset int) []byte { return exif[12+offset:] } // behind SOI, APP1, its length and Exif, 0, 0
	if !bytes.HasPrefix(exif, []byte("\xff\xd8\xff\xe1")) || !bytes.HasSuffix(exif, []byte("rest")) ||
		int(binary.BigEndian.Uint16(exif[4:])) != len(exif)-4-len("rest") {
		t.Fatalf("%q", exif)
	}
	model, where := at(8+2), at(8+2+12)
	if got := at(int(binary.BigEndian.Uint32(model[8:])))[:8]; string(got) != "Camera A" {
		t.Errorf("the camera is %q", got)
	}
	tags := at(int(binary.BigEndian.Uint32(where[8:])))
	if binary.BigEndian.Uint16(tags) != 4 || tags[2+8] != 'N' || tags[2+24+8] != 'E' {
		t.Errorf("GPS is %q", tags)
	}
	if got := at(int(binary.BigEndian.Uint32(tags[2+36+8:]))); len(got) != 24+len("rest") {
		t.Errorf("longitude is %q", got)
	}
	turned := withExif([]byte("\xff\xd8"), upright...)
	want := "MM\x00*\x00\x00\x00\x08" + "\x00\x01" +
		"\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00" + "\x00\x00\x00\x00"
	if string(turned[12:]) != want {
		t.Errorf("%q", turned)
	}
}

// What somebody has put into a folder is never overwritten: not beside a file of the marker's name that is theirs, nor
// one that is only a part of ours.
func TestADemoIsNotWrittenOverWork(t *testing.T) {
	for _, mine := range []map[string]string{
		{"dermset.yaml": "mine"}, {marker: "mine"}, {marker: "mine", "dermset.yaml": "mine"},
		{marker: "", "dermset.yaml": "mine"}, {marker: markerText[:20], "notes": "mine"}, {marker: markerText + "mine"},
		{marker + "/x": "mine"},
	} {
		dir := t.TempDir()
		for path, text := range mine {
			if err := write(filepath.Join(dir, path), text); err != nil {
				t.Fatal(err)
			}
		}
		if err := Write(t.Context(), dir); err == nil {
			t.Errorf("%v: no error", mine)
		}
		if diff := cmp.Diff(mine, read(t, dir)); diff != "" {
			t.Error(diff)
		}
	}
}

// Stopped at any file, in the middle of it or before, a demo goes on when it runs again, and ends the same: from
// nothing or over one that is there.
func TestADemoGoesOn(t *testing.T) {
	whole := t.TempDir()
	if err := Write(t.Context(), whole); err != nil {
		t.Fatal(err)
	}
	want := read(t, whole)
	stopped := errors.New("stopped")
	for k := 0; k < len(want); k += 23 {
		for _, part := range []int{-1, k % 8} { // bytes of the file; -1: it has not been made
			dir := whole
			if k%2 == 0 {
				dir = filepath.Join(t.TempDir(), "demo")
			}
			n := 0
			err := writeWith(t.Context(), dir, func(path, text string) error {
				if n++; n <= k {
					return write(path, text)
				}
				if part < 0 {
					return errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), stopped)
				}
				return errors.Join(write(path, text[:min(part, len(text))]), stopped)
			})
			if !errors.Is(err, stopped) && n > k {
				t.Fatal(err)
			}
			if err := Write(t.Context(), dir); err != nil {
				t.Errorf("file %d, %d bytes: %v", k, part, err)
			}
			if diff := cmp.Diff(want, read(t, dir)); diff != "" {
				t.Errorf("file %d, %d bytes: %s", k, part, diff)
			}
		}
	}
	if err := writeWith(t.Context(), whole, func(path, _ string) error {
		return errors.Join(write(path, ""), stopped)
	}); !errors.Is(err, stopped) {
		t.Fatal(err)
	}
	if err := Write(t.Context(), whole); err != nil {
		t.Errorf("stopped over one that is there: %v", err)
	}
}

// A link in a demo is not written through.
func TestADemoFollowsNoLink(t *testing.T) {
	dir, other := t.TempDir(), filepath.Join(t.TempDir(), "mine")
	if err := errors.Join(Write(t.Context(), dir), os.Remove(filepath.Join(dir, "dermset.yaml")), write(other, "mine"),
		os.Symlink(other, filepath.Join(dir, "dermset.yaml"))); err != nil {
		t.Skip("this file system has no links: ", err)
	}
	if err := Write(t.Context(), dir); err == nil {
		t.Error("no error")
	}
	if text, _ := os.ReadFile(other); string(text) != "mine" {
		t.Errorf("%q", text)
	}
}
