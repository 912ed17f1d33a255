package workspacetest

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/dermset/dermset/workflow/workspace"
)

// Header is that of a dataset CSV.
const Header = "image_path,label,differentials,patient_id,lesion_id,sex,age,body_site,fitzpatrick,image_type," +
	"diagnosis_method,mask_path\n"

// Small is a workspace of one source of two images, with the given lines of curation/withdrawn.csv.
func Small(t *testing.T, withdrawn string) *workspace.Workspace {
	t.Helper()
	dir := t.TempDir()
	for path, text := range map[string]string{
		"dermset.yaml":            "mapping: {workbook: mapping/workbook}\nselect: {min_images: 1, min_groups: 1}\n",
		"sources/s/source.yaml":   "title: S\n",
		"sources/s/s_dataset.csv": Header + "1.jpg,acne,,p1,,,,,,,,\n2.jpg,acne,,p2,,,,,,,,\n",
		"mapping/workbook/s.csv":  "Source Label,Target Name,ICD-11 Code(s),Notes/Justification\nacne,Acne,ED80,\n",
		"mapping/workbook/Pathologies to exclude and merge.csv": "Category,Action,Merge into,Reason\n",
		"curation/withdrawn.csv": "source,source_path,patient_id,person,date,reason\n" +
			withdrawn,
	} {
		path = filepath.Join(dir, filepath.FromSlash(path))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	log := slog.New(slog.DiscardHandler)
	w, err := workspace.Open(dir, workspace.Resources{Workers: 2, BatchBytes: 64}, log,
		workspace.NewProgress(io.Discard, false, log))
	if err != nil {
		t.Fatal(err)
	}
	return w
}
