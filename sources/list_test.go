package sources

import (
	"context"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSummary(t *testing.T) {
	const header = "image_path,label,differentials,patient_id,lesion_id,sex,age,body_site,fitzpatrick,image_type," +
		"diagnosis_method,mask_path\n"
	summarise := func(yaml, csv string) Summary {
		t.Helper()
		s := newTrial(t, yaml, nil)
		c, err := Load(s.dir)
		if err != nil {
			t.Fatal(err)
		}
		if csv != "" {
			if err := os.WriteFile(c.Dataset(s.dir), []byte(csv), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := Summarise(context.Background(), c)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	full := summarise("title: A\ncrops: in-house\ndescription: d\n",
		header+"a,x,\"[\"\"b\"\"]\",,,m,4,,,,,\nb,x,[],,,x,0,,,,,\n")
	want := []string{"clinic", "A", "archive", "d", "yes", "yes", "partial", "partial", "yes", "2"}
	if diff := cmp.Diff(want, full.Cells()); diff != "" {
		t.Error(diff)
	}
	pending := summarise("status: pending\ncrops: pending\nkind: custom\n", "")
	want = []string{"clinic", "clinic", "custom", "", "pending", "pending", "pending", "pending", "pending", "0"}
	if diff := cmp.Diff(want, pending.Cells()); diff != "" {
		t.Error(diff)
	}
	bare := summarise("icd11: no\ncrops: wound-masks\n", header+"a,x,,,,,,,,,,\n")
	want = []string{"total", "3", "", "", "1", "2", "1", "1", "1", "3"}
	if diff := cmp.Diff(want, Totals([]Summary{full, pending, bare}).Cells()); diff != "" {
		t.Error(diff)
	}
	s := newTrial(t, "", nil)
	c, err := Load(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(c.Dataset(s.dir), []byte("label,image_path,age\nx,a,3\nx,b,\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	some, err := Summarise(context.Background(), c)
	if err != nil || some.Images != 2 || some.Age != "partial" || some.Sex != "no" || some.Differentials != "no" {
		t.Errorf("a file of three columns: %+v, %v", some, err)
	}
	if err := os.WriteFile(c.Dataset(s.dir), []byte("image_path,sex\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = Summarise(context.Background(), c)
	mustName(t, err, `column "label" is missing`)
}
