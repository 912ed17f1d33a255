package build_test

import (
	"os"
	"strings"
	"testing"
)

// An exclusion that stood in the version of split.lock is no news; without a lock there is none before.
func TestLargeExclusionsBefore(t *testing.T) {
	b := newLockBench(t)
	found := func(version, split, refine string) bool {
		b.write(version, split)
		path := b.path("mapping/workbook/Pathologies to exclude and merge.csv")
		if err := os.WriteFile(path, []byte("Category,Action,Merge into,Reason\n"+refine), 0o600); err != nil {
			t.Fatal(err)
		}
		b.publish()
		text, err := os.ReadFile(b.path("dist/DXv" + version + "-draft/mapping/findings.csv"))
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(string(text), "large_exclusion")
	}
	if found("1.0", "", "") {
		t.Error("nothing is excluded")
	}
	if !found("1.1", "split: {lock: DXv1.0-draft}", "Odd,exclude,,x\n") {
		t.Error("an exclusion that is new is not found")
	}
	if found("1.2", "split: {lock: DXv1.1-draft}", "Odd,exclude,,x\n") {
		t.Error("an exclusion that stood is found")
	}
	if !found("1.3", "split: {lock: DXv1.1-draft}", "Odd,merge,Even,x\n") {
		t.Error("a merger in the place of an exclusion is not found")
	}
	old := b.path("dist/DXv1.1-draft/mapping/normalised.csv")
	merged := "source,source_label,target_name,icd11_codes,final_class,notes\na,odd,Odd,,Even,\n"
	if err := os.WriteFile(old, []byte(merged), 0o600); err != nil {
		t.Fatal(err)
	}
	if found("1.3", "split: {lock: DXv1.1-draft}", "Odd,merge,Even,x\n") {
		t.Error("the findings are those of a mapping that another one has taken the place of")
	}
	if !found("1.4", "", "Odd,exclude,,x\n") {
		t.Error("without a lock nothing stood before")
	}
}
