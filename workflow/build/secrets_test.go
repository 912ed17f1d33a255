package build_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dermset/dermset/decisions"
	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/io/columnio"
	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/workflow/build"
	"github.com/dermset/dermset/workflow/versions"
)

// secrets are random words, each at least 14 characters, that stand wherever an id, a path or a file name may stand.
type secrets struct {
	r     *rand.Rand
	words map[string]string // word → where it stands
}

func (s *secrets) word(where string) string {
	const letters = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
	var b strings.Builder
	for range 14 {
		b.WriteByte(letters[s.r.IntN(len(letters))])
	}
	s.words[b.String()] = where
	return b.String()
}

// newSecretWorld has secrets in the place of every id, path, further cell and bad value of a world with pictures.
func newSecretWorld(s *secrets, seed uint64, rows int) *world {
	w := newPicturedWorld(seed, rows)
	w.minImages, w.minGroups, w.withdrawn, w.pin = 1, 1, nil, map[string]string{}
	w.nearGroup, w.nearMost, w.first = 4, 6, true
	known := map[string]string{"": ""}
	as := func(where, text string) string { // equal ids stay equal, and alike ones alike
		key := where + strings.ToLower(strings.TrimSpace(text))
		if _, is := known[key]; !is && text != "" {
			known[key] = "é " + s.word(where) + ` "x"`
		}
		if text != strings.ToLower(text) {
			return strings.ToUpper(known[key])
		}
		return known[key]
	}
	crowd := s.word("patient")
	for n, source := range w.sources {
		source.idMissing, source.extra = nil, []string{"note"}
		for i := range source.rows {
			row := &source.rows[i]
			folder := s.word("folder")
			row.path = fmt.Sprintf("%s/ü %s.jpg", folder, s.word("file name"))
			s.words[hex.EncodeToString([]byte(folder))[:14]] = "mask path" // see maskPath
			row.patient, row.lesion = as("patient", row.patient), as("lesion", row.lesion)
			row.extra = []string{s.word("extra")}
			if n == 3 && i > 4 { // a giant group
				row.patient = crowd
			}
			if i%9 == 0 { // columns that moved
				for _, cell := range []*stated{&row.sex, &row.age, &row.fitz, &row.kind, &row.method, &row.site} {
					*cell = stated{s.word("bad value"), ""}
				}
			}
			if i%17 == 0 {
				row.differentials, row.entries = `{"label": "`+s.word("bad differentials")+`"`, nil
			}
		}
		first := source.rows[0]
		w.withdrawn = append(w.withdrawn, [3]string{source.name, source.rows[1].path, ""},
			[3]string{source.name, "", first.patient}, [3]string{source.name, s.word("withdrawn path"), ""},
			[3]string{source.name, "", s.word("withdrawn patient")})
	}
	w.withdrawn = slices.DeleteFunc(w.withdrawn, func(line [3]string) bool { return line[1] == "" && line[2] == "" })
	id := func(source, row int) string { return w.sources[source].name + "/" + w.sources[source].rows[row].path }
	w.verdicts = []twinVerdict{{id(0, 5), id(1, 6), "same"}, {id(0, 7), id(0, 8), "different"},
		{id(1, 9), "s/" + s.word("verdict"), "same"}, {s.word("verdict on nothing") + ".jpg", id(2, 9), "crop-of"}}
	return w
}

// writeSecretFiles adds to a workspace what the world does not: exporters' annotations whose files are called as the
// pictures are, curation of what is not there, and predictions about it.
func writeSecretFiles(t *testing.T, s *secrets, w *world, dir string) {
	t.Helper()
	coco, voc, via := w.sources[0], w.sources[1], w.sources[2]
	files := map[string]string{}
	folder := func(source *worldSource, format string) string {
		files["annotations/"+source.name+"/annotations.yaml"] = "format: " + format + "\npixels: upright\n"
		return "annotations/" + source.name + "/" + s.word("annotations folder") + "/"
	}
	at, unknown := folder(coco, "coco"), s.word("coco picture")+".jpg"
	files[at+s.word("coco file")+".json"] = fmt.Sprintf(`{"images": [{"id": 1, "file_name": %q, "width": 1, "height": 1},
		{"id": 2, "file_name": %q, "width": 80, "height": 60}], "categories": [{"id": 1, "name": "naevus"}],
		"annotations": [{"id": 7, "image_id": 1, "category_id": 1, "bbox": [12, 8, 3000, 26]},
		{"id": 8, "image_id": 2, "category_id": 1, "bbox": [12, 8, 30, 26]}]}`, coco.rows[3].path, unknown)
	at = folder(voc, "voc")
	for _, row := range voc.rows[2:5] {
		name := filepath.Base(row.path)
		files[at+strings.TrimSuffix(name, ".jpg")+".xml"] = fmt.Sprintf(`<annotation><filename>%s</filename>
			<size><width>1</width><height>1</height></size><object><name>x</name><bndbox><xmin>1</xmin><ymin>1</ymin>
			<xmax>7000</xmax><ymax>9</ymax></bndbox></object></annotation>`, name)
	}
	files[at+s.word("annotations of no format")+".doc"] = "?"
	at = folder(via, "via")
	files[at+s.word("via file")+".csv"] = "filename,file_size,file_attributes,region_count,region_id," +
		"region_shape_attributes,region_attributes\n" + s.word("via picture") + `.jpg,1,"{}",1,0,"{""name"":""rect"",` +
		`""x"":1,""y"":1,""width"":5,""height"":5}","{}"` + "\n"
	for path, line := range map[string]string{
		"curation/image_overrides.csv": coco.name + "," + s.word("override") + ",me,2026-02-03,as " +
			s.word("reason of an override"),
		"curation/duplicate_verdicts.csv": fmt.Sprintf("%s/%s,%[1]s/%[3]s,same,me,2026-02-03,as %[2]s", coco.name,
			s.word("pair"), s.word("pair")),
		"models/image_type.csv": "s/" + s.word("prediction") + ",clinical,0.5",
		"models/skin_tone.csv":  "s/" + s.word("bad prediction") + ",7,",
	} {
		text, err := os.ReadFile(filepath.Join(dir, path))
		if err != nil {
			t.Fatal(err)
		}
		files[path] = strings.TrimRight(string(text), "\r\n") + "\n" + line + "\n"
	}
	renaming := "sources/" + coco.name + "/" + coco.name + "_renaming.csv"
	files[renaming] = "{\"" + s.word(renaming) + "\": 1}\n"
	files["curation/of "+s.word("file below curation")+".txt"] = "see " + s.word("text below curation")
	files["people.yaml"] = approvePeople
	if err := writeFiles(dir, files); err != nil {
		t.Fatal(err)
	}
}

// acceptAll accepts every finding of the version that may be accepted, with a reason that names what it is about where
// it is about an image or an id, and two that no finding needs.
func acceptAll(t *testing.T, s *secrets, dir, source string) {
	t.Helper()
	_, rows, err := readCSV(filepath.Join(dir, "dist", draft, "mapping", "findings.csv"))
	if err != nil {
		t.Fatal(err)
	}
	c := newCSV(rand.New(rand.NewPCG(1, 1)))
	c.record("finding", "source", "subject", "person", "date", "reason")
	for _, row := range rows {
		reason := "it is meant"
		for word := range s.words {
			if strings.Contains(row["subject"], word) {
				reason = "see " + row["subject"]
			}
		}
		c.record(row["finding"], row["source"], row["subject"], "me", "2026-02-03", reason)
	}
	for i, id := range []string{"bad_mask", "id_variant", "duplicate_conflict", "withdrawn_unknown", "bad_value",
		"giant_group", "patient_differs", "lesion_two_labels", "override_unknown", "verdict_unknown", "unknown_site",
		"bad_prediction", "image_type_differs", "bad_annotation"} {
		subject := s.word("needless acceptance")
		if i%2 == 0 {
			subject = source + "/" + subject + ": it"
		}
		c.record(id, source, subject, "me", "2026-02-03", s.word("its reason"))
	}
	if err := writeFiles(dir, map[string]string{"mapping/accepted_findings.csv": c.String()}); err != nil {
		t.Fatal(err)
	}
}

var (
	escapedRune = regexp.MustCompile(`\\u([0-9a-fA-F]{4})`)
	entity      = regexp.MustCompile(`&#x?[0-9a-fA-F]+;`)
)

// readings are what a text may say: as it stands, percent-decoded, without JSON's escapes, without HTML's; all small.
func readings(text []byte) (all []string) {
	raw := string(text)
	percent, _ := url.PathUnescape(strings.ReplaceAll(raw, "%", "%25"))
	decoded := regexp.MustCompile(`%[0-9a-fA-F]{2}`).ReplaceAllStringFunc(percent, func(p string) string {
		n, _ := strconv.ParseUint(p[1:], 16, 8)
		return string([]byte{byte(n)})
	})
	unescaped := escapedRune.ReplaceAllStringFunc(raw, func(e string) string {
		var text string
		_ = json.Unmarshal([]byte(`"`+e+`"`), &text)
		return text
	})
	unescaped = strings.NewReplacer(`\"`, `"`, `\\`, `\`, `\/`, `/`).Replace(unescaped)
	for _, text := range []string{raw, decoded, unescaped, entity.ReplaceAllString(raw, "")} {
		all = append(all, strings.ToLower(text))
	}
	return all
}

// contents are the texts in a file: its bytes, the cells of Parquet, the members of a ZIP.
func contents(t *testing.T, name string, data []byte) (all [][]byte) {
	all = append(all, data)
	if strings.HasSuffix(name, ".parquet") {
		file, err := columnio.Open(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		var cells bytes.Buffer
		var wanted []int
		for i, column := range file.Columns() {
			cells.WriteString(column.Name + "\n")
			wanted = append(wanted, i)
		}
		if err := file.Rows(wanted, func(_ int64, row [][]columnio.Value) error {
			for _, values := range row {
				for _, value := range values {
					cells.WriteString(value.Text + "\n")
				}
			}
			return nil
		}); err != nil {
			t.Fatal(name, err)
		}
		all = append(all, cells.Bytes())
	}
	if members, err := zip.NewReader(bytes.NewReader(data), int64(len(data))); err == nil {
		for _, member := range members.File {
			in, err := member.Open()
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(in)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, []byte(member.Name), text)
		}
	}
	return all
}

// found says in which files of a version which secrets stand, by where they stood in the workspace.
func (s *secrets) found(t *testing.T, dist string) map[string][]string {
	t.Helper()
	small := map[string]string{}
	for word, where := range s.words {
		small[strings.ToLower(word)] = where
	}
	all := map[string][]string{}
	err := filepath.WalkDir(dist, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, texts := strings.TrimPrefix(path, dist), [][]byte{[]byte(strings.TrimPrefix(path, dist))}
		if entry.Type().IsRegular() {
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			texts = append(texts, contents(t, name, data)...)
		}
		for _, text := range texts {
			for _, reading := range readings(text) {
				for at := 0; at+14 <= len(reading); at++ { // every window, for there are thousands of words
					if where, is := small[reading[at:at+14]]; is && !slices.Contains(all[where], name) {
						all[where] = append(all[where], name)
					}
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// No id, path or file name of a workspace is in any byte of a version with pseudonyms: of all files and their names,
// Parquet decoded. The same search finds each kind in the version without.
func TestNoOriginalLeaves(t *testing.T) {
	t.Setenv("DERMSET_PSEUDONYM_KEY", firstKey)
	s := &secrets{pcg(1, 77), map[string]string{}}
	dir, w := filepath.Join(tempDir(t), "w"), newSecretWorld(s, 21, bigRows(600, 300))
	if err := w.write(dir); err != nil {
		t.Fatal(err)
	}
	writeSecretFiles(t, s, w, dir)
	publish := func() {
		t.Helper()
		if _, err := buildIn(context.Background(), dir, "publish", plainRun); err != nil {
			t.Fatal(err)
		}
	}
	publish()
	acceptAll(t, s, dir, w.sources[0].name)
	publish()
	wantEveryKind(t, dir)
	plain := s.found(t, filepath.Join(dir, "dist", draft))
	for word, where := range s.words {
		if len(plain[where]) == 0 {
			t.Errorf("the search does not find %s (%s) in the version without pseudonyms", where, word)
		}
	}
	if err := os.Rename(filepath.Join(dir, "dist", draft), filepath.Join(dir, "dist", "DXv0.9-draft")); err != nil {
		t.Fatal(err)
	}
	w.pseudonymise = true
	if err := writeFiles(dir, map[string]string{"dermset.yaml": w.settings(),
		"uploads.jsonl": `{"to": "` + s.word("uploads") + "\"}\n"}); err != nil {
		t.Fatal(err)
	}
	publish()
	for where, files := range s.found(t, filepath.Join(dir, "dist", draft)) {
		t.Errorf("%s leaves in %v", where, files)
	}
	wantAcceptances(t, dir)

	for range 2 { // the second time it is as it was published
		approveAsItIs(t, dir)
		publish()
	}
	for where, files := range s.found(t, filepath.Join(dir, "dist", "DXv1.0")) {
		t.Errorf("%s leaves approved in %v", where, files)
	}
	ws, err := open(dir, plainRun)
	if err != nil {
		t.Fatal(err)
	}
	verified, err := versions.Verify(ws, "DXv1.0")
	if err != nil || verified.Approved == nil {
		t.Errorf("verify: %v, %v", verified, err)
	}
	for _, name := range []string{"decisions.jsonl", "decisions.head", "people.yaml", "approval.txt", "state.sha256",
		"curation/duplicate_verdicts.csv", "curation/image_overrides.csv", "curation/body_sites.csv", "normalised.parquet",
		"mapping.sssom.tsv", "README.txt"} {
		if _, err := os.Stat(filepath.Join(dir, "dist", "DXv1.0", "mapping", name)); err != nil {
			t.Error(err)
		}
	}
}

// approveAsItIs approves the draft of a workspace, whatever its findings are, with reviews of all its rows, unless that
// is done.
func approveAsItIs(t *testing.T, dir string) {
	t.Helper()
	b := &approveBench{&stepBench{t, dir}}
	b.reviewAll()
	w := b.open()
	manifest, err := releaseio.ReadManifest(w.Dist(draft))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(w.Dist(draft + "/" + versions.StateFile))
	if err != nil {
		t.Fatal(err)
	}
	parts, ok := decisions.ParseParts(text)
	log, err := w.Decisions()
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	if len(log.Approvals()) > 0 {
		return
	}
	if _, err := log.Add(decisions.Decision{Who: "eve", Role: decisions.Approver, Act: decisions.Approve,
		Why: "all is well", Approval: &decisions.Approval{Version: "DXv1.0", State: manifest.StateSum, Parts: parts,
			Draft: manifest.StateSum, People: approvePeople}}, time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := w.SaveDecisions(log); err != nil {
		t.Fatal(err)
	}
}

// wantAcceptances wants the acceptance of each accepted finding in the archive, under the subject that the finding has
// there, and the version to be as its manifest says.
func wantAcceptances(t *testing.T, dir string) {
	t.Helper()
	read := func(name string) []map[string]string {
		_, rows, err := readCSV(filepath.Join(dir, "dist", draft, "mapping", name))
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	type acceptance struct{ finding, source, subject, reason string }
	kept, n := map[acceptance]bool{}, 0
	for _, row := range read("accepted_findings.csv") {
		kept[acceptance{row["finding"], row["source"], row["subject"], row["reason"]}] = true
	}
	for _, row := range read("findings.csv") {
		if row["accepted_by"] == "" {
			continue
		}
		if n++; !kept[acceptance{row["finding"], row["source"], row["subject"], row["accepted_because"]}] {
			t.Errorf("the archive has no acceptance of %v", row)
		}
	}
	if n < 50 {
		t.Errorf("%d findings are accepted", n)
	}
	w, err := open(dir, plainRun)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := versions.Verify(w, draft); err != nil {
		t.Errorf("verify: %v", err)
	}
}

// wantEveryKind wants each finding that may name an image, an id or a path, and each reason of images, in the version.
func wantEveryKind(t *testing.T, dir string) {
	t.Helper()
	_, rows, err := readCSV(filepath.Join(dir, "dist", draft, "mapping", "findings.csv"))
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, row := range rows {
		there[row["finding"]] = true
	}
	for _, entry := range findings.Catalogue {
		if !slices.Contains(build.WithoutIDs, entry.ID) && !there[entry.ID] {
			t.Errorf("no finding %s, which may name an id", entry.ID)
		}
	}
	for _, id := range build.WithoutIDs {
		if _, is := findings.Lookup(id); !is {
			t.Errorf("%s is no finding", id)
		}
	}
	_, rows, err = readCSV(filepath.Join(dir, "dist", draft, "DXv1.0_rejected.csv"))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		there[row["reason"]] = there[row["reason"]] || row["detail"] != ""
	}
	for _, reason := range []string{"duplicate_of", "image_missing", "image_not_fetched", "image_corrupt"} {
		if !there[reason] {
			t.Errorf("no row is rejected as %s with a detail", reason)
		}
	}
}
