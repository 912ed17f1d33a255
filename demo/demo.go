package demo

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dermset/dermset/io/fileio"
)

//go:embed files
var files embed.FS

// marker tells a demo from a workspace that somebody works in. It is whole before anything else is written.
const (
	marker     = "DEMO.txt"
	markerText = "A demo that `dermset demo` wrote. It is written again, over any change, each time that verb runs here.\n"
)

// Write writes the workspace into dir, which must be empty, not there, or an earlier demo, be it a part of one.
func Write(dir string) error { return writeWith(dir, write) }

// writeWith is Write with another way to write a file.
func writeWith(dir string, write func(path, text string) error) error {
	marked, err := mayWrite(dir)
	if err != nil {
		return err
	}
	all, err := workspace()
	if err != nil {
		return err
	}
	if !marked { // else it is whole, and stays so
		if err := write(filepath.Join(dir, marker), markerText); err != nil {
			return err
		}
	}
	for _, inside := range slices.Sorted(maps.Keys(all)) {
		if err := write(filepath.Join(dir, filepath.FromSlash(inside)), all[inside]); err != nil {
			return err
		}
	}
	return nil
}

// mayWrite refuses a folder in which somebody may work: one that holds anything, and no marker of ours. A part of the
// marker will do where nothing else is there: a demo was stopped while it wrote that.
func mayWrite(dir string) (marked bool, err error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	text, err := fileio.ReadUpTo(filepath.Join(dir, marker), 1<<12)
	marked = string(text) == markerText
	if err == nil && (marked || len(entries) == 1 && strings.HasPrefix(markerText, string(text))) {
		return marked, nil
	}
	return false, fmt.Errorf("%s holds something that is not a demo; name an empty or a new folder", dir)
}

// write writes one file, through no link: who has put one there means another file.
func write(path, text string) error {
	if err := fileio.MakeFolders(filepath.Dir(path)); err != nil {
		return err
	}
	file, err := fileio.OpenToWrite(path, os.O_WRONLY|os.O_TRUNC)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	return errors.Join(err, file.Close())
}

// workspace is every file of it, by path.
func workspace() (map[string]string, error) {
	all := map[string]string{}
	err := fs.WalkDir(files, "files", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := files.ReadFile(path)
		all[strings.TrimPrefix(path, "files/")] = string(text)
		return err
	})
	if err != nil {
		return nil, err
	}
	for name, raw := range map[string]func(*rand.Rand) string{
		"clinic-atlas/raw/atlas.csv": atlas, "readers-panel/raw/cases.jsonl": cases,
		"gpp-batch-1/raw/pictures.tsv": firstBatch, "gpp-batch-2/raw/pictures.csv": secondBatch,
		"gpp-batch-2/raw/subjects.csv": subjects, "hands/raw/hands.json": hands,
		"referral-study/raw/derivación.csv": referrals,
	} {
		all["sources/"+name] = raw(rand.New(rand.NewPCG(27, uint64(len(name)))))
	}
	return all, nil
}

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// atlas has patients with several lesions, and lesions with several pictures.
func atlas(r *rand.Rand) string {
	labels := []string{"BCC", "BCC", "BCC", "Basalioma", "Basal cell ca.", "Melanoma", "Melanoma", "Nodular melanoma",
		"Haemangioma", "Hemangioma", "Seborrheic keratosis", "Seb. ker.", "Nevus", "Nevus", "Nevus", "Contact allergy",
		"Atopic eczema", "Atopic eczema", "L20.9", "Psoriasis ", "Psoriasis", "Psoriasis NOS", "SCTID 9014002", "Papule",
		"Tattoo", "Scar", "Lentigo?", "Lentigo?", "Erythema migrans", ""}
	var b strings.Builder
	b.WriteString("file,diagnosis,patient,lesion,sex,age,site,tone,quality,camera\n")
	n := 0
	for patient := 1; patient <= 160; patient++ {
		sex, age, tone := pick(r, "m", "f", "female", ""), pick(r, "34", "58.0", "60-69", "85+", "<1", ""),
			pick(r, "II", "III", "FST IV", "5", "")
		id := fmt.Sprintf("P%03d", patient)
		if patient%40 == 0 {
			id = "unknown"
		}
		for lesion := 1 + r.IntN(3); lesion > 0; lesion-- {
			label := pick(r, labels...)
			if patient <= 5 {
				label = "Pilomatricoma"
			}
			for view := 1 + r.IntN(3); view > 0; view-- {
				n++
				fmt.Fprintf(&b, "atlas-%04d,%s,%s,L%d,%s,%s,%s,%s,%s,%s\n", n, label, id, lesion, sex, age,
					pick(r, "face", "back", "lower leg", ""), tone,
					pick(r, "good", "good", "good", "fair", "unusable"), pick(r, "A", "B"))
			}
		}
	}
	return b.String()
}

// cases have up to three photographs and the ranked differentials of up to three readers.
func cases(r *rand.Rand) string {
	labels := []string{"Psoriasis vulgaris", "Eczema", "Seborrhoeic dermatitis",
		"Tinea corporis", "Acne vulgaris", "Rosacea"}
	var b strings.Builder
	for n := 1; n <= 180; n++ {
		readers := make([]string, 3)
		for i := range readers {
			if i == 2 && n%3 == 0 {
				continue
			}
			first := labels[n%len(labels)]
			if r.IntN(4) == 0 {
				first = pick(r, labels...)
			}
			second := pick(r, labels...)
			readers[i] = fmt.Sprintf(`[%q, %q]`, first, second)
		}
		photos := [3]string{fmt.Sprintf("case-%03d/a.jpg", n)}
		if n%2 == 0 {
			photos[1] = fmt.Sprintf("case-%03d/b.jpg", n)
		}
		fmt.Fprintf(&b, `{"case": %d, "photo_1": %q, "photo_2": %q, "photo_3": "", "reader_1": %s, "reader_2": %s, "reader_3": %s, "sex": %q, "age_group": %q, "skin_type": %q}`+"\n", 9007199254740000+n, photos[0],
			photos[1], quoted(readers[0]), quoted(readers[1]), quoted(readers[2]), pick(r, "female", "male", "other", ""),
			pick(r, "18-29", "30-39", "40-49", ""), pick(r, "FST I", "FST III", "FST V", "FST VI", ""))
	}
	return b.String()
}

// quoted is JSON inside a JSON text.
func quoted(json string) string { return fmt.Sprintf("%q", json) }

func firstBatch(r *rand.Rand) string {
	var b strings.Builder
	b.WriteString("picture\tsubject\n")
	for n := 1; n <= 24; n++ {
		fmt.Fprintf(&b, "batch1/%03d.jpg\tGPP-%02d\n", n, 1+r.IntN(9))
	}
	return b.String()
}

func secondBatch(r *rand.Rand) string {
	var b strings.Builder
	b.WriteString("picture;subject;finding\n")
	for n := 1; n <= 60; n++ {
		finding := "generalised pustular psoriasis"
		if n%15 == 0 {
			finding = "not assessable"
		}
		fmt.Fprintf(&b, "batch2/%03d.jpg;GPP-%02d;%s\n", n, 1+r.IntN(20), finding)
	}
	return b.String()
}

func subjects(r *rand.Rand) string {
	var b strings.Builder
	b.WriteString("subject;sex;age\n")
	for n := 1; n <= 22; n++ {
		fmt.Fprintf(&b, "GPP-%02d;%s;%d\n", n, pick(r, "f", "m"), 20+r.IntN(60))
	}
	return b.String()
}

func hands(r *rand.Rand) string {
	var rows []string
	for n := 1; n <= 45; n++ {
		rows = append(rows, fmt.Sprintf(`  {"name": "hand-%02d.jpg", "person": "H%02d"}`, n, 1+r.IntN(15)))
	}
	return "{\"pictures\": [\n" + strings.Join(rows, ",\n") + "\n]}\n"
}

// referrals have weighted differentials, and cells that no column allows.
func referrals(r *rand.Rand) string {
	labels := []string{"Carcinoma basocelular", "Melanoma invasivo", "Queratosis actínica",
		"Queratosis seborreica", "Carcinoma espinocelular"}
	var b strings.Builder
	people := map[int][2]string{} // sex and age
	b.WriteString("imagen,diagnóstico,paciente,diferencial,sexo,edad,fototipo,tipo\n")
	for n := 1; n <= 170; n++ {
		label, other := pick(r, labels...), pick(r, labels...)
		differential := ""
		if n%2 == 0 {
			differential = fmt.Sprintf("%s:0.%d;%s:0.%d", label, 5+r.IntN(5), other, 1+r.IntN(4))
		}
		sex, age, tone := pick(r, "hombre", "mujer"), fmt.Sprint(30+r.IntN(60)), pick(r, "2", "3", "4", "")
		who := 1 + r.IntN(90)
		if is, known := people[who]; known && n != 105 { // whose id is that of somebody else
			sex, age = is[0], is[1]
		}
		people[who] = [2]string{sex, age}
		switch n {
		case 20:
			age = "200"
		case 40:
			sex = "x"
		case 60:
			tone = "VII"
		}
		fmt.Fprintf(&b, "estudio/%03d.png,%s,Paciente-%03d,%s,%s,%s,%s,%s\n",
			n, label, who, differential, sex, age, tone, pick(r, "clinical", "dermoscopy"))
	}
	return b.String()
}
