package demo

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/dermset/dermset/demo/draw"
)

// A source of the demo: the file of its raw material, and who draws its rows and their pictures.
type source struct {
	name, raw string
	draw      func(*rand.Rand) (text string, views []view)
}

var sources = []source{
	{"clinic-atlas", "atlas.csv", atlas},
	{"gpp-batch-1", "pictures.tsv", firstBatch},
	{"gpp-batch-2", "pictures.csv", secondBatch},
	{"gpp-batch-2", "subjects.csv", subjects},
	{"hands", "hands.json", hands},
	{"readers-panel", "cases.jsonl", cases},
	{"referral-study", "derivación.csv", referrals},
}

// A view is a row's picture: its path in the source, that of its mask if it has one, and what both show.
type view struct {
	source, path, mask string
	scene              draw.Scene
	inverted           bool // the mask is dark where there is something
}

// looks are what the labels of all sources look like.
var looks = map[string]draw.Look{
	"": draw.Naevus, "BCC": draw.BasalCell, "Basalioma": draw.BasalCell, "Basal cell ca.": draw.BasalCell,
	"Melanoma": draw.Melanoma, "Nodular melanoma": draw.Nodular, "Haemangioma": draw.Haemangioma,
	"Hemangioma": draw.Haemangioma, "Seborrheic keratosis": draw.Seborrhoeic, "Seb. ker.": draw.Seborrhoeic,
	"Nevus": draw.Naevus, "Contact allergy": draw.Eczema, "Atopic eczema": draw.Eczema, "L20.9": draw.Eczema,
	"Psoriasis ": draw.Psoriasis, "Psoriasis": draw.Psoriasis, "Psoriasis NOS": draw.Psoriasis,
	"SCTID 9014002": draw.Psoriasis, "Papule": draw.Papules, "Tattoo": draw.Ink, "Scar": draw.Scar,
	"Lentigo?": draw.Lentigo, "Erythema migrans": draw.Target, "Pilomatricoma": draw.Nodule,
	"Verruca vulgaris": draw.Wart,

	"Psoriasis vulgaris": draw.Psoriasis, "Eczema": draw.Eczema, "Seborrhoeic dermatitis": draw.Greasy,
	"Tinea corporis": draw.Ring, "Acne vulgaris": draw.Acne, "Rosacea": draw.Flush,

	"Carcinoma basocelular": draw.BasalCell, "Melanoma invasivo": draw.Melanoma, "Queratosis actínica": draw.Actinic,
	"Queratosis seborreica": draw.Seborrhoeic, "Carcinoma espinocelular": draw.Squamous,

	"GPP": draw.Pustules, "generalised pustular psoriasis": draw.Pustules, "not assessable": draw.None,
	"hand": draw.None,
}

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// atlas has patients with several lesions, and lesions with several pictures. Some lesions have masks.
func atlas(r *rand.Rand) (string, []view) {
	labels := []string{"Pilomatricoma", "Nevus", "BCC", "Melanoma", "Haemangioma", "Psoriasis", "Nevus", "Lentigo?",
		"Atopic eczema", "Seborrheic keratosis", "Basalioma", "Hemangioma", "Nevus", "Psoriasis ", "Papule", "Melanoma",
		"Basal cell ca.", "Contact allergy", "Tattoo", "Lentigo?", "Nodular melanoma", "Seb. ker.", "Verruca vulgaris",
		"L20.9", "Haemangioma", "Psoriasis NOS", "Scar", "Nevus", "Erythema migrans", "Lentigo?", "SCTID 9014002",
		"Verruca vulgaris", "BCC", "", "Hemangioma", "Nevus", "Verruca vulgaris", "Melanoma"}
	tones := [...]string{1: "I", 2: "II", 3: "III", 4: "FST IV", 5: "5", 6: "VI"}
	var b strings.Builder
	b.WriteString("file,diagnosis,patient,lesion,sex,age,site,tone,quality,camera,mask\n")
	var views []view
	patient, lesion, about := 0, 2, ""
	var tone int
	for k, label := range labels {
		if lesion++; lesion > 1+patient%2 { // every other patient has two
			patient, lesion, tone = patient+1, 1, 1+(patient+1)*5%6
			about = pick(r, "m", "f", "female", "") + "," + pick(r, "34", "58.0", "60-69", "85+", "<1", "")
		}
		id, stated := fmt.Sprintf("P%03d", patient), tones[tone]
		if patient%8 == 0 {
			id = "unknown"
		}
		if patient%5 == 0 {
			stated = ""
		}
		scene := draw.Scene{Seed: r.Uint64(), Width: 320, Height: 240, Look: looks[label], Tone: tone}
		for shot := range 1 + k%2 {
			n := len(views) + 1
			v := view{path: fmt.Sprintf("atlas-%04d.jpg", n), scene: scene}
			v.scene.Place = [...]draw.Place{draw.Close, draw.Limb}[(k+shot)%2]
			v.scene.Hairs, v.scene.Ruler = n%5 == 0, n == 8 || n == 26
			quality := "good"
			switch {
			case n == 31: // the clinic says of all of them that they are no dermoscopies
				v.scene.Place, v.scene.Gel = draw.Dermoscope, true
			case n%16 == 1 && n > 1:
				quality = "unusable"
			case n == 24:
				v.mask = "masks/atlas-0024.jpg"
			case n%4 == 0:
				v.mask = fmt.Sprintf("masks/atlas-%04d.png", n)
			}
			views = append(views, v)
			fmt.Fprintf(&b, "atlas-%04d,%s,%s,L%d,%s,%s,%s,%s,%s,%s\n", n, label, id, lesion, about,
				pick(r, "face", "back", "lower leg", ""), stated, quality, pick(r, "A", "B"), v.mask)
		}
	}
	return b.String(), views
}

// cases have up to three photographs and the ranked differentials of up to three readers.
func cases(r *rand.Rand) (string, []view) {
	labels := []string{"Psoriasis vulgaris", "Eczema", "Seborrhoeic dermatitis",
		"Tinea corporis", "Acne vulgaris", "Rosacea"}
	var b strings.Builder
	var views []view
	for n := 1; n <= 18; n++ {
		readers, label := make([]string, 3), labels[n%len(labels)]
		for i := range readers {
			if i == 2 && n%3 == 0 {
				continue
			}
			first := label
			if i > 0 && r.IntN(4) == 0 {
				first = pick(r, labels...)
			}
			readers[i] = fmt.Sprintf(`[%q, %q]`, first, pick(r, labels...))
		}
		tone := 1 + n*7%6
		photos := [3]string{fmt.Sprintf("case-%03d/a.jpg", n)}
		scene := draw.Scene{Seed: r.Uint64(), Width: 320, Height: 240, Look: looks[label], Tone: tone, Place: draw.Limb}
		views = append(views, view{path: photos[0], scene: scene})
		if n%2 == 0 {
			photos[1] = fmt.Sprintf("case-%03d/b.jpg", n)
			scene.Place = draw.Close
			views = append(views, view{path: photos[1], scene: scene})
		}
		fmt.Fprintf(&b, `{"case": 900719925474%04d, "photo_1": %q, "photo_2": %q, "photo_3": "", "reader_1": %s, "reader_2": %s, "reader_3": %s, "sex": %q, "age_group": %q, "skin_type": %q}`+"\n", n, photos[0],
			photos[1], quoted(readers[0]), quoted(readers[1]), quoted(readers[2]), pick(r, "female", "male", "other", ""),
			pick(r, "18-29", "30-39", "40-49", ""),
			pick(r, "FST "+[...]string{1: "I", 2: "II", 3: "III", 4: "IV", 5: "V", 6: "VI"}[tone], ""))
	}
	return b.String(), views
}

// quoted is JSON inside a JSON text.
func quoted(json string) string { return fmt.Sprintf("%q", json) }

// pustular is a picture of one disease on the skin of a person.
func pustular(r *rand.Rand, path string, person int) view {
	return view{path: path, scene: draw.Scene{Seed: r.Uint64(), Width: 320, Height: 240, Look: draw.Pustules,
		Tone: 1 + person%6, Place: pick(r, draw.Close, draw.Limb)}}
}

func firstBatch(r *rand.Rand) (string, []view) {
	var b strings.Builder
	var views []view
	b.WriteString("picture\tsubject\n")
	for n := 1; n <= 6; n++ {
		person := 1 + r.IntN(9)
		views = append(views, pustular(r, fmt.Sprintf("batch1/%03d.jpg", n), person))
		fmt.Fprintf(&b, "batch1/%03d.jpg\tGPP-%02d\n", n, person)
	}
	return b.String(), views
}

// secondBatch has more people, and a form that somebody photographed with them.
func secondBatch(r *rand.Rand) (string, []view) {
	var b strings.Builder
	var views []view
	b.WriteString("picture;subject;finding\n")
	for n := 1; n <= 10; n++ {
		finding, person := "generalised pustular psoriasis", 1+r.IntN(12)
		v := pustular(r, fmt.Sprintf("batch2/%03d.jpg", n), person)
		switch n {
		case 5:
			finding = "not assessable"
			v.scene.Look = looks[finding]
		case 7:
			v.scene.Place = draw.Document
		}
		views = append(views, v)
		fmt.Fprintf(&b, "%s;GPP-%02d;%s\n", v.path, person, finding)
	}
	return b.String(), views
}

func subjects(r *rand.Rand) (string, []view) {
	var b strings.Builder
	b.WriteString("subject;sex;age\n")
	for n := 1; n <= 14; n++ {
		fmt.Fprintf(&b, "GPP-%02d;%s;%d\n", n, pick(r, "f", "m"), 20+r.IntN(60))
	}
	return b.String(), nil
}

// hands are whole hands and nails from near, and a picture of somebody's holiday. Their masks are dark where skin is.
func hands(r *rand.Rand) (string, []view) {
	var rows []string
	var views []view
	for n := 1; n <= 9; n++ {
		person := 1 + n%5
		v := view{path: fmt.Sprintf("hand-%02d.jpg", n), inverted: true, mask: fmt.Sprintf("masks/hand-%02d.png", n),
			scene: draw.Scene{Seed: r.Uint64(), Width: 240, Height: 320, Place: draw.Hand, Tone: person}}
		mask := fmt.Sprintf(", \"mask\": %q", v.mask)
		switch {
		case n%3 == 0:
			v.scene.Place, v.scene.Width, v.scene.Height = draw.Nail, 320, 240
		case n == 5:
			v.scene.Place, v.scene.Width, v.scene.Height, v.mask, mask = draw.Landscape, 320, 240, "", ""
		}
		views = append(views, v)
		rows = append(rows, fmt.Sprintf(`  {"name": %q, "person": "H%02d"%s}`, v.path, person, mask))
	}
	return "{\"pictures\": [\n" + strings.Join(rows, ",\n") + "\n]}\n", views
}

// referrals have weighted differentials, and cells that no column allows.
func referrals(r *rand.Rand) (string, []view) {
	labels := []string{"Carcinoma basocelular", "Melanoma invasivo", "Queratosis actínica",
		"Queratosis seborreica", "Carcinoma espinocelular"}
	var b strings.Builder
	var views []view
	people := map[int][2]string{} // sex and age
	b.WriteString("imagen,diagnóstico,paciente,diferencial,sexo,edad,fototipo,tipo\n")
	for n := 1; n <= 22; n++ {
		label, other := labels[n%len(labels)], pick(r, labels...)
		differential := ""
		if n%2 == 0 {
			differential = fmt.Sprintf("%s:0.%d;%s:0.%d", label, 5+r.IntN(5), other, 1+r.IntN(4))
		}
		sex, age := pick(r, "hombre", "mujer"), fmt.Sprint(30+r.IntN(60))
		who := 1 + n*7%19
		if is, known := people[who]; known && n != 20 { // whose id is that of somebody else
			sex, age = is[0], is[1]
		}
		people[who] = [2]string{sex, age}
		v := view{path: fmt.Sprintf("estudio/%03d.png", n), scene: draw.Scene{Seed: r.Uint64(), Width: 280, Height: 210,
			Look: looks[label], Tone: 1 + who%4}}
		kind := "clinical"
		if n%3 != 0 {
			kind, v.scene.Place, v.scene.Gel, v.scene.Hairs = "dermoscopy", draw.Dermoscope, n%4 == 1, n%4 == 2
			v.scene.Ruler = n%7 == 0
		}
		tone := pick(r, fmt.Sprint(v.scene.Tone), "")
		switch n {
		case 4:
			age = "200"
		case 8:
			sex = "x"
		case 9: // it was cut out
			v.scene.Look = draw.Scar
		case 12:
			tone = "VII"
		}
		views = append(views, v)
		fmt.Fprintf(&b, "%s,%s,Paciente-%03d,%s,%s,%s,%s,%s\n", v.path, label, who, differential, sex, age, tone, kind)
	}
	return b.String(), views
}
