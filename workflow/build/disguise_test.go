package build

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/pseudonyms"
)

func newDisguise(t *testing.T) *disguise {
	t.Helper()
	key, err := pseudonyms.NewKey([]byte("sixteen bytes or more"))
	if err != nil {
		t.Fatal(err)
	}
	return &disguise{key: key, spaces: map[string]string{"s": "space"}, said: map[pseudonyms.Entry]struct{}{}}
}

// Pairs are sorted by what they are called now. One whose images change places is turned the other way.
func TestDuplicatesAreSortedAnew(t *testing.T) {
	d := newDisguise(t)
	path := filepath.Join(t.TempDir(), "duplicates.csv")
	back := map[string]string{"1": "1", "2": "2", "3": "3", "4": "4", "5": "5", "6": "8", "7": "7", "8": "6"}
	text, changed := strings.Join(duplicateColumns, ",")+"\n", 0
	want := map[[2]string]string{}
	for orientation, turned := range back {
		for _, a := range []string{"s/a", "s/b", "s/c", "s/d"} {
			b := a + orientation
			text += a + "," + b + ",near,2," + orientation + ",true,false\n"
			as, bs := d.image(a), d.image(b)
			if as < bs {
				want[[2]string{as, bs}] = orientation
			} else {
				want[[2]string{bs, as}] = turned
				changed++
			}
		}
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	rows, err := d.duplicates(path)
	if err != nil || len(rows) != 32 || changed == 0 || changed == 32 {
		t.Fatal(len(rows), changed, err)
	}
	got, last := map[[2]string]string{}, ""
	for _, row := range rows {
		if pair := row[0] + " " + row[1]; pair < last {
			t.Errorf("%s behind %s", pair, last)
		} else {
			last = pair
		}
		got[[2]string{row[0], row[1]}] = row[4]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("orientations (-want +got):\n%s", diff)
	}
}

// Where a subject does not begin with the images that it is said to be about, all of it is hashed.
func TestSubjectsThatAreNotUnderstoodAreHashed(t *testing.T) {
	d := newDisguise(t)
	for _, f := range []findings.Finding{
		{ID: "duplicate_conflict", Source: "s", Subject: "s/secret: A"},
		{ID: "duplicate_conflict", Source: "s", Subject: "s/secret: A", About: []string{"s/sec"}},
		{ID: "image_type_differs", Source: "s", Subject: "s/secret", About: []string{"s/other"}},
		{ID: "bad_value", Source: "s", Subject: "secret=x"}, {ID: "bad_value", Source: "s", Subject: "secret"},
		{ID: "id_variant", Source: "s", Subject: "secret"}, {ID: "a_new_one", Source: "s", Subject: "secret"},
		{ID: "verdict_unknown", Source: "secret.jpg", Subject: "secret.jpg and s/1", About: []string{"secret.jpg", "s/1"}},
	} {
		got := d.finding(f)
		if strings.Contains(got.Subject+got.Source, "sec") || strings.Contains(got.Subject, "ret") || got.Subject == "" {
			t.Errorf("%v leaves as %v", f, got)
		}
	}
}
