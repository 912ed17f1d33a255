package sources

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// edited changes the dataset CSV as a person does.
func (s *trial) edited(t *testing.T, from, to string) string {
	t.Helper()
	path := filepath.Join(s.dir, "clinic_dataset.csv")
	text, err := os.ReadFile(path)
	edited := strings.ReplaceAll(string(text), from, to)
	if err = errors.Join(err, os.WriteFile(path, []byte(edited), 0o644)); err != nil {
		t.Fatal(err)
	}
	return edited
}

func TestEditsAreNotOverwritten(t *testing.T) {
	s := newTrial(t, "files: m.csv\ncolumns: {image_path: i, label: l}\n", map[string]string{"m.csv": "i,l\na,x\n"})
	if _, err := s.ingest(t); err != nil {
		t.Fatal(err)
	}
	made, renaming := s.csv, s.ren
	record := filepath.Join(s.dir, "clinic_ingested.sha256")
	refused := func(why string) {
		t.Helper()
		before, _ := os.ReadFile(filepath.Join(s.dir, "clinic_dataset.csv"))
		c, err := Load(s.dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, dry := range []bool{true, false} {
			_, err := Ingest(context.Background(), c, Options{DryRun: dry})
			mustName(t, err, "clinic_dataset.csv", why, "--force")
		}
		if _, err = s.ingest(t); err == nil || s.csv != string(before) || s.ren != renaming {
			t.Errorf("refused, but a file changed (%v)", err)
		}
	}
	s.edited(t, ",x,", ",y,")
	refused("edited since source ingest wrote it")
	s.edited(t, ",y,", ",x,")
	if _, err := s.ingest(t); err != nil { // as it was
		t.Error(err)
	}
	if err := os.Remove(record); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ingest(t); err != nil || s.csv != made { // nobody knows who wrote it, and nothing is lost
		t.Error(err)
	}
	s.edited(t, ",x,", ",z,")
	if err := os.Remove(record); err != nil {
		t.Fatal(err)
	}
	refused("was not written by source ingest")
	c, err := Load(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Ingest(context.Background(), c, Options{Force: true}); err != nil {
		t.Error(err)
	}
	s.files(t, map[string]string{"m.csv": "i,l\na,x\nb,x\n"})
	if _, err := s.ingest(t); err != nil || len(s.rows()) != 2 { // force is remembered as any ingest is
		t.Errorf("%v, %q", err, s.rows())
	}
	if err := os.Remove(c.Dataset(s.dir)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ingest(t); err != nil { // who removes the file has it made anew
		t.Error(err)
	}
	filled := []byte(strings.ReplaceAll(s.ren, "x,,,", "x,X,EA80,sure"))
	if err := os.WriteFile(c.Renaming(s.dir), filled, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ingest(t); err != nil || !strings.Contains(s.ren, "x,X,EA80,sure,2") { // people may fill it in
		t.Errorf("%v: %s", err, s.ren)
	}
}

func TestEditsOfAScriptsCSVAreNotOverwritten(t *testing.T) {
	header := "image_path,label,differentials,patient_id,lesion_id,sex,age,body_site,fitzpatrick,image_type," +
		"diagnosis_method,mask_path\n"
	s := newTrial(t, "exec: [sh, -c, 'cp \"$DERMSET_RAW/m.csv\" \"$DERMSET_OUT\"']\n",
		map[string]string{"m.csv": header + "a,x,,,,,,,,,,\n"})
	if _, err := s.ingest(t); err != nil {
		t.Fatal(err)
	}
	edited := s.edited(t, ",x,", ",y,")
	_, err := s.ingest(t)
	mustName(t, err, "edited since source ingest wrote it")
	if s.csv != edited {
		t.Errorf("the dataset CSV is %q, want %q", s.csv, edited)
	}
	s.files(t, map[string]string{"m.csv": header + "../a,x,,,,,,,,,,\n"})
	_, err = s.ingest(t)
	mustName(t, err, `clinic_dataset.csv:2: image_path: path "../a"`, "source.yaml: exec: these places are in what sh",
		"mend the script")
}

func TestNoRow(t *testing.T) {
	const declaration = "files: m.csv\nwhere: {column: l, is: x}\ncolumns: {image_path: i, label: l}\n"
	s := newTrial(t, declaration, map[string]string{"m.csv": "i,l\na,x\n"})
	if _, err := s.ingest(t); err != nil {
		t.Fatal(err)
	}
	csv, renaming := s.csv, s.ren
	for text, why := range map[string]string{
		"i,l\na,y\nb,z\n,x\n": `by reason: where 2 (first m.csv:2: l is "y"), no_image 1 (first m.csv:4: image_path is empty)`, "i,l\n": "it has no rows",
	} {
		s.files(t, map[string]string{"m.csv": text})
		report, err := s.ingest(t)
		mustName(t, err, "source.yaml: no row of the raw material makes an image, and nothing is written; ", why)
		if !errors.Is(err, ErrNoRow) || s.csv != csv || s.ren != renaming {
			t.Errorf("%q: the old files have gone (%v)", text, err)
		}
		if report.Unused != strings.Count(text, "\n")-1 {
			t.Errorf("%q: %d rows are unused", text, report.Unused)
		}
		c, _ := Load(s.dir)
		if _, err := Ingest(context.Background(), c, Options{DryRun: true}); !errors.Is(err, ErrNoRow) {
			t.Errorf("a dry run says %v", err)
		}
	}
}

// What waits for its place may belong to a record that cannot be read just now: nobody goes on without it.
func TestARecordThatCannotBeRead(t *testing.T) {
	s := newTrial(t, "files: m.csv\ncolumns: {image_path: i, label: l}\n", map[string]string{"m.csv": "i,l\na,x\n"})
	if _, err := s.ingest(t); err != nil {
		t.Fatal(err)
	}
	record := filepath.Join(s.dir, "clinic_ingested.sha256")
	if err := errors.Join(os.Remove(record), os.Mkdir(record, 0o700)); err != nil {
		t.Fatal(err)
	}
	_, err := Load(s.dir)
	mustName(t, err, "clinic_ingested.sha256: is a folder")
}

// TestKilledAnywhere kills an ingest between any two changes of the folder. Who loads the source next finds both files
// old, or both new, and the next ingest ends as if nothing had been. So does who sweeps it, and leaves nothing aside.
func TestKilledAnywhere(t *testing.T) {
	t.Run("load", func(t *testing.T) {
		killedAnywhere(t, func(dir string) error {
			_, err := Load(dir)
			return err
		})
	})
	t.Run("sweep", func(t *testing.T) {
		killedAnywhere(t, func(dir string) error {
			if err := Sweep(dir); err != nil {
				return err
			}
			left, err := filepath.Glob(filepath.Join(dir, ".*"))
			if len(left) > 0 {
				t.Errorf("%v is left", left)
			}
			return err
		})
	})
}

func killedAnywhere(t *testing.T, meet func(dir string) error) {
	killed := errors.New("killed")
	old, next := "i,l\na,x\n", "i,l\na,y\nb,y\n"
	for _, raw := range []string{next, old} { // old again: the record does not change, only the files
		ends := 0
		for at := 0; ends < 2; at++ {
			s := newTrial(t, "files: m.csv\ncolumns: {image_path: i, label: l}\n", map[string]string{"m.csv": old})
			if _, err := s.ingest(t); err != nil {
				t.Fatal(err)
			}
			before := s.csv + s.ren
			changes := 0
			s.files(t, map[string]string{"m.csv": raw})
			err := s.killedAfter(t, func(change func() error) error {
				if changes++; changes > at {
					return killed
				}
				return change()
			})
			if ends = 0; !errors.Is(err, killed) {
				ends = 2
			}
			if act := map[string]int{next: 2, old: 3}[raw]; at <= act { // what a person edits now stays
				edited := s.edited(t, ",x,", ",z,")
				if err := meet(s.dir); err != nil || !strings.HasPrefix(s.read(), edited) {
					t.Errorf("killed after %d changes: an edit is gone (%v)", at, err)
				}
				s.edited(t, ",z,", ",x,")
			}
			if err := meet(s.dir); err != nil {
				t.Fatal(err)
			}
			now := s.read()
			if _, err := s.ingest(t); err != nil {
				t.Fatal(err)
			}
			want := before
			if after := s.csv + s.ren; at > 2 {
				want = after
			}
			if now != want {
				t.Errorf("killed after %d changes: %q, want %q", at, now, want)
			}
		}
	}
}

// killedAfter ingests as far as do lets it, and tidies nothing up.
func (s *trial) killedAfter(t *testing.T, do func(change func() error) error) error {
	t.Helper()
	c, err := Load(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(c.Raw(""))
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	o, err := newOutput(c, Options{})
	if err != nil {
		t.Fatal(err)
	}
	o.do = do
	if err := (&ingest{c: c, raw: &raw{root: root}, out: o}).run(context.Background()); err != nil {
		t.Fatal(err)
	}
	return o.publish()
}

// read is both files as they are.
func (s *trial) read() string {
	csv, _ := os.ReadFile(filepath.Join(s.dir, "clinic_dataset.csv"))
	renaming, _ := os.ReadFile(filepath.Join(s.dir, "clinic_renaming.csv"))
	return string(csv) + string(renaming)
}
