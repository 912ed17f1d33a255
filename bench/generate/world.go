package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// How much there is of everything.
const (
	sourceCount, nameCount, labelCount = 51, 350, 6000
	excluded, merged, mergeTargets     = 15, 40, 25
)

// A world is all that does not depend on the number of rows.
type world struct {
	names   []string
	codes   []string // of each name, with semicolons between
	sources []source
	refine  []refinement
}

// A source has labels, each of which may be mapped to a name.
type source struct {
	name      string
	upper     string // the name in upper case, which files of pictures begin with
	labels    []string
	mapped    []int // name of each label; unmapped or noDiagnosis
	byLabel   zipf
	hasPeople bool
	hasLesion bool
}

const (
	unmapped    = -1
	noDiagnosis = -2
)

// A refinement excludes a name or merges it into another one.
type refinement struct {
	name, into int // into is -1: excluded
}

var (
	adjectives = strings.Fields(
		`acral actinic acute atypical basal benign blue bullous chronic cutaneous cystic deep dermal desmoplastic diffuse
		discoid epidermal eruptive follicular giant granular halo hypertrophic infantile inflamed invasive junctional lentiginous lichenoid linear
		malignant melanocytic metastatic mucosal nodular papular pigmented plantar pustular recurrent sebaceous seborrhoeic solar squamous
		superficial systemic tuberous ulcerated verrucous viral`)
	nouns = strings.Fields(`acanthoma acne angioma carcinoma cellulitis comedo cyst dermatitis dermatofibroma eczema erythema fibroma folliculitis
		granuloma haemangioma herpes hidradenoma histiocytoma keratoacanthoma keratosis lentigo leukoderma lichen lipoma lupus lymphoma melanoma
		melasma milia morphea naevus neurofibroma onychomycosis papilloma pemphigoid pemphigus pilomatricoma pityriasis porokeratosis prurigo
		psoriasis purpura rosacea sarcoma scabies scar syringoma tinea urticaria vasculitis verruca vitiligo xanthoma`)
	suffixes = []string{"", "", "", ", NOS", " (in situ)", " of face", " of trunk", ", recurrent", " - biopsy proven",
		" grade II", " syndrome", " naïve"}
	kinds = []string{"isic", "derm", "atlas", "fitz", "clinic", "bcn", "ham", "msk"}
)

func newWorld() *world {
	r := rand.New(rand.NewPCG(27, 1))
	w := &world{}
	for len(w.names) < nameCount {
		name := adjectives[r.IntN(len(adjectives))] + " " + nouns[r.IntN(len(nouns))]
		if !slices.Contains(w.names, name) {
			w.names = append(w.names, name)
			w.codes = append(w.codes, codes(r))
		}
	}
	weights, total := make([]float64, sourceCount), 0.0
	for i := range weights {
		weights[i] = math.Pow(float64(i+1), -0.7)
		total += weights[i]
	}
	common := newZipf(nameCount, 0.9, 1)
	for s, rank := range r.Perm(sourceCount) {
		w.addSource(r, s, 8+int(weights[rank]/total*(labelCount-8*sourceCount)), common)
	}
	order := r.Perm(nameCount)
	for i, name := range order[:excluded+merged] {
		into := -1
		if i >= excluded {
			into = order[excluded+merged+i%mergeTargets]
		}
		w.refine = append(w.refine, refinement{name, into})
	}
	return w
}

// codes are one to three codes of the form of ICD-11's, sorted and distinct.
func codes(r *rand.Rand) string {
	const letters = "ABCDEFGHJKLMNPQRSTUVWXYZ" // no O, no I
	var all []string
	for range 1 + r.IntN(3) {
		all = append(all, fmt.Sprintf("%d%c%d%d.%d",
			1+r.IntN(9), letters[r.IntN(len(letters))], r.IntN(10), r.IntN(10), r.IntN(10)))
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), ";")
}

// addSource makes a source of n labels: mostly of names that are common everywhere.
func (w *world) addSource(r *rand.Rand, number, n int, common zipf) {
	s := source{name: fmt.Sprintf("%s_%02d", kinds[number%len(kinds)], number),
		hasPeople: number%4 != 3, hasLesion: number%3 != 2}
	s.upper = strings.ToUpper(s.name)
	for len(s.labels) < n {
		name := common.draw(r)
		if len(s.labels) > 0 && r.IntN(3) == 0 {
			name = r.IntN(nameCount)
		}
		label := w.names[name] + suffixes[r.IntN(len(suffixes))]
		if r.IntN(3) == 0 {
			label = strings.ToUpper(label[:1]) + label[1:]
		}
		if slices.Contains(s.labels, label) {
			label += " " + strconv.Itoa(len(s.labels))
		}
		if fate := r.IntN(100); len(s.labels) >= 3 && fate < 3 {
			name = unmapped
		} else if len(s.labels) >= 3 && fate < 10 {
			name = noDiagnosis
		}
		s.labels, s.mapped = append(s.labels, label), append(s.mapped, name)
	}
	s.byLabel = newZipf(n, 1.05, 2)
	w.sources = append(w.sources, s)
}

// sizes are the rows of each source; they add up to rows.
func (w *world) sizes(rows int) []int {
	z := newZipf(sourceCount, 1, 1)
	sizes, made := make([]int, sourceCount), 0
	for s := range sizes {
		sizes[s] = int(z.share(s) * float64(rows))
		made += sizes[s]
	}
	sizes[0] += rows - made
	return sizes
}

// A zipf draws numbers from 0 with probabilities proportional to 1/(number+1+shift)^power. It holds the sums of these.
type zipf []float64

func newZipf(n int, power, shift float64) zipf {
	z, total := make(zipf, n), 0.0
	for i := range z {
		total += math.Pow(float64(i)+1+shift, -power)
		z[i] = total
	}
	for i := range z {
		z[i] /= total
	}
	return z
}

func (z zipf) draw(r *rand.Rand) int { return min(sort.SearchFloat64s(z, r.Float64()), len(z)-1) }

func (z zipf) share(i int) float64 {
	if i == 0 {
		return z[0]
	}
	return z[i] - z[i-1]
}
