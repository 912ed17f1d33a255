package build

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/images"
	"github.com/dermset/dermset/pictures"
	"github.com/dermset/dermset/workflow/versions"
	"github.com/dermset/dermset/workflow/workspace"
	"github.com/dermset/dermset/workflow/workspace/workspacetest"
)

// picturedSmall is the small workspace with pictures, and a mask for the first of them that is not fetched.
func picturedSmall(t *testing.T) *workspace.Workspace {
	w := workspacetest.Small(t, "")
	w.Config.Images.Store = "pics"
	write(t, w.Path("pics/s/1.jpg"), shaded(t, 80, 70, 1))
	write(t, w.Path("pics/s/2.jpg"), shaded(t, 80, 70, 2))
	return w
}

func found(all []findings.Finding, id string) (subjects []string) {
	for _, f := range all {
		if f.ID == id {
			subjects = append(subjects, f.Place+" "+f.Subject+" "+f.Detail)
		}
	}
	return subjects
}

// What is wrong with predictions is told with its place: a value and a confidence that nobody may say, an image that
// there is not, two rows that contradict each other.
func TestWrongPredictionsAreTold(t *testing.T) {
	w := picturedSmall(t)
	w.Config.Describe.ImageType = "types.csv"
	write(t, w.Path("types.csv"), []byte("image_id,value,confidence\ns/1.jpg,dermoscopy,0.5\ns/2.jpg,photo,0.5\n"+
		"s/2.jpg,clinical,1.2\ns/3.jpg,clinical,1\n"))
	result, err := Run(t.Context(), w, "publish")
	if err != nil {
		t.Fatal(err)
	}
	got := found(result.Findings, "bad_prediction")
	want := []string{"types.csv:3 types.csv: s/2.jpg: value \"photo\"",
		"types.csv:4 types.csv: s/2.jpg: confidence \"1.2\" ",
		"types.csv:5 types.csv: s/3.jpg: no such image there is no such"}
	if len(got) != len(want) {
		t.Fatalf("findings %q, want %q", got, want)
	}
	for i := range want {
		if !slices.ContainsFunc(got, func(text string) bool { return strings.HasPrefix(text, want[i]) }) {
			t.Errorf("findings %q, want %q", got, want[i])
		}
	}
}

// A picture with another mask, and one more drawing, are looked at again; a change of the mapping opens none.
func TestDescribeAndCropsFollowWhatTheyLookAt(t *testing.T) {
	w := picturedSmall(t)
	if _, err := Run(t.Context(), w, "publish"); err != nil {
		t.Fatal(err)
	}
	write(t, w.Path("annotations/ours.csv"), []byte("source,source_path,x,y,width,height,annotator,date,note\n"+
		"s,1.jpg,5,6,20,30,Ana,,\ns,2.jpg,no_lesion,,,,Ana,,\ns,9.jpg,1,1,1,1,Ana,,\n"))
	result, err := Run(t.Context(), w, "publish")
	if err != nil {
		t.Fatal(err)
	}
	if got := found(result.Findings, "bad_annotation"); len(got) != 1 || !strings.Contains(got[0], "ours.csv:4") {
		t.Errorf("findings of annotations %q, want one about line 4", got)
	}
	var quality struct{ Shown shownQuality }
	text, err := os.ReadFile(filepath.Join(w.Dist("DXv27.1-draft"), "quality.json"))
	if err == nil {
		err = json.Unmarshal(text, &quality)
	}
	if all := quality.Shown.All.Crops; err != nil || all.Crops != 1 || all.Done != 2 {
		t.Errorf("crops %+v (%v), want one, and two images that are done", all, err)
	}
}

// Who accepts what is wrong with a picture's annotation or mask accepts that alone: another fault of the picture waits,
// also one of the same kind, and the acceptance holds when its line moves.
func TestAcceptedFaultsCoverNoOthers(t *testing.T) {
	w := picturedSmall(t)
	const header = "source,source_path,x,y,width,height,annotator,date,note\n"
	open := func(rows string) (open []string) {
		t.Helper()
		write(t, w.Path("annotations/ours.csv"), []byte(header+rows))
		result, err := Run(t.Context(), w, "publish")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range result.Findings {
			if f.ID == "bad_annotation" && f.Accepted == nil {
				open = append(open, f.Subject)
			}
		}
		return open
	}
	first := "s,1.jpg,5,6,-20,30,Ana,,\n"
	subject := "s/1.jpg: annotations/ours.csv: width -20 and height 30: want both above 0"
	if got := open(first); !slices.Equal(got, []string{subject}) {
		t.Fatalf("open are %q", got)
	}
	write(t, w.Path("mapping/accepted_findings.csv"), []byte("finding,source,subject,person,date,reason\n"+
		"bad_annotation,s,"+subject+",ann,2026-11-28,slip of the hand\n"))
	for what, c := range map[string]struct {
		rows string
		want []string
	}{
		"the same": {first, nil}, "its line moved": {"s,2.jpg,no_lesion,,,,Ana,,\n" + first, nil},
		"another of the picture": {first + "s,1.jpg,300,6,20,30,Ana,,\n", []string{
			"s/1.jpg: annotations/ours.csv: 300,6 20×30 lies outside the picture of 80×70 pixels"}},
		"another of its kind":    {first + "s,1.jpg,5,6,-21,30,Ana,,\n", []string{strings.Replace(subject, "20", "21", 1)}},
		"one more that is alike": {first + "s,1.jpg,9,9,-20,30,Ana,,\n", []string{subject + " (2)"}},
		"of no source": {first + "t,1.jpg,9,9,20,30,Ana,,\n", []string{
			"annotations/ours.csv: there is no source \"t\""}},
	} {
		if got := open(c.rows); !slices.Equal(got, c.want) {
			t.Errorf("%s: open are %q, want %q", what, got, c.want)
		}
	}
}

// What follows check runs again where the verdicts are others, and not because check ran.
func TestALimitThatChangesNoVerdict(t *testing.T) {
	w := picturedSmall(t)
	steps := []string{"check", "pictures", "describe", "crops", "split"}
	before := map[string]os.FileInfo{}
	for _, c := range []struct {
		side int
		ran  []string
	}{{64, steps}, {60, steps[:1]}, {75, steps}} {
		w.Config.Images.MinSide = c.side
		if _, err := Run(t.Context(), w, "split"); err != nil {
			t.Fatal(err)
		}
		var ran []string
		for _, step := range steps {
			info, err := os.Stat(filepath.Join(w.Work(step), "step.json"))
			if err != nil {
				t.Fatal(err)
			}
			if before[step] == nil || !os.SameFile(info, before[step]) || !info.ModTime().Equal(before[step].ModTime()) {
				ran = append(ran, step)
			}
			before[step] = info
		}
		if !slices.Equal(ran, c.ran) {
			t.Errorf("with min_side %d these ran: %v, want %v", c.side, ran, c.ran)
		}
	}
}

// Who was not asked does not abstain, nor is he unsure; trace says so, and tells the findings about its image alone.
func TestNobodyAskedNobodyAbstains(t *testing.T) {
	w := picturedSmall(t)
	w.Config.Describe.SkinTone, w.Config.Describe.ImageType = "none", "none"
	write(t, w.Path("annotations/ours.csv"), []byte("source,source_path,x,y,width,height,annotator,date,note\n"+
		"s,1.jpg,5,6,20,30,Ana,,\ns,1.jpg,5,6,-1,30,,,\ns,2.jpg,5,6,-2,30,,,\n"))
	if _, err := Run(t.Context(), w, "publish"); err != nil {
		t.Fatal(err)
	}
	var quality struct{ Shown shownQuality }
	text, err := os.ReadFile(filepath.Join(w.Dist("DXv27.1-draft"), "quality.json"))
	if err == nil {
		err = json.Unmarshal(text, &quality)
	}
	all := quality.Shown.All
	if err != nil || all.Tone.Asked || len(all.Tone.Abstained) > 0 || all.Type.Asked || all.Type.Only != [4]int64{} {
		t.Errorf("%+v (%v), want nobody asked, and nothing counted", all, err)
	}
	_, rows, err := versions.Trace(t.Context(), w, "", "s/1.jpg")
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, row := range rows[len(rows)-8:] {
		told = append(told, strings.Join(row, ": "))
	}
	asked := "none: the source states none, and describe.%s is none, so that nobody was asked"
	want := []string{"image type: " + fmt.Sprintf(asked, "image_type"), "skin tone: " + fmt.Sprintf(asked, "skin_tone"),
		"body part: none: the source states no site that means one part, and describe.body_part is none, so that nobody " +
			"was asked",
		"crops: 1 (done)", "crop 1: 5,6 20×30 (annotation by Ana)", "soft labels: {\"Acne\":1}", "readers: 0",
		"finding: bad_annotation: width -1 and height 30: want both above 0"}
	if !slices.Equal(told, want) {
		t.Errorf("trace tells\n%s\nwant\n%s", strings.Join(told, "\n"), strings.Join(want, "\n"))
	}
}

// What is odd about crops of a mask is told: none that is large enough, nearly all of the picture, a turned picture.
func TestOddCrops(t *testing.T) {
	r := images.Result{Width: 100, Height: 80, Orientation: 1}
	component := func(box images.Box, pixels int) pictures.Outlined {
		return pictures.Outlined{Largest: []images.Component{{Box: box, Pixels: pixels}}}
	}
	small, all := images.Box{X: 5, Y: 5, Width: 2, Height: 2}, images.Box{Width: 100, Height: 80}
	for what, c := range map[string]struct {
		found       pictures.Outlined
		orientation int
		crops       int
		want        string
	}{
		"nothing is odd": {component(small, 4), 1, 1, ""}, "no component": {pictures.Outlined{}, 3, 0, ""},
		"too small": {component(small, 4), 1, 0, "crops.min_area"}, "inverted": {component(all, 7000), 1, 1, "mask.inverted"},
		"a frame": {component(all, 2000), 1, 1, ""}, "whole": {component(all, 8000), 1, 1, ""},
		"turned over": {component(small, 4), 3, 1, "taken for upright"}, "a quarter": {component(small, 4), 6, 1, ""},
	} {
		r.Orientation = c.orientation
		odd := oddCrops(&c.found, r, "m.png", c.crops)
		if (len(odd) > 0) != (c.want != "") || len(odd) > 0 && !strings.Contains(odd[0].Detail, c.want) {
			t.Errorf("%s: %q, want %q", what, odd, c.want)
		}
	}
}
