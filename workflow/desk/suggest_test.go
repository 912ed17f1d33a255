package desk

import (
	"os"
	"strings"
	"testing"

	"github.com/dermset/dermset/workflow/workspace"
)

// Where nothing is proposed, it is said whether nothing was asked about, or nothing is like it.
func TestSuggestTellsWhatIsLikeNothing(t *testing.T) {
	w, log := reviewable(t)
	for dataset, want := range map[string]string{
		"1.jpg,acne,,,,,,,,,,\n2.jpg,zzyzx,,,,,,,,,,\n": `have no proposal: \"zzyzx\" of s`,
		"1.jpg,acne,,,,,,,,,,\n":                        "every label that was asked about has a Target Name",
	} {
		text, err := os.ReadFile(w.Path("sources/s/s_dataset.csv"))
		if err != nil {
			t.Fatal(err)
		}
		header, _, _ := strings.Cut(string(text), "\n")
		for path, text := range map[string]string{
			"sources/s/s_dataset.csv": header + "\n" + dataset,
			"mapping/workbook/s.csv":  "Source Label,Target Name,ICD-11 Code(s),Notes/Justification\nacne,Acne,ED80,\n",
		} {
			if err := os.WriteFile(w.Path(path), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		log.Reset()
		rows, err := Suggest(t.Context(), w, "", 3)
		if err != nil || len(rows) > 0 || !strings.Contains(log.String(), want) {
			t.Errorf("%q, %v, %s", rows, err, log)
		}
	}
}

// Who chose is somebody of people.yaml.
func TestApplySuggestionsByNobody(t *testing.T) {
	w, _ := reviewable(t)
	list := w.Path("list.csv")
	text := "source,tab,label,target_name,icd11_codes\ns,s,spot,Acne,ED80\n"
	if err := os.WriteFile(list, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := ApplySuggestions(w, list, "anna", true)
	if err == nil || !workspace.IsUsage(err) || !strings.Contains(err.Error(), `--as: "anna" is not in people.yaml`) {
		t.Errorf("%v", err)
	}
	if rows, err := ApplySuggestions(w, list, "ana", true); err != nil || len(rows) != 1 {
		t.Errorf("%q, %v", rows, err)
	}
}
