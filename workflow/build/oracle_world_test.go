package build_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// A world is a small random workspace, before it is written to disk. The oracle reads it as it stands here,
// never through dermset.
type world struct {
	seed                 uint64
	sources              []*worldSource // by name
	tabs                 []worldTab
	refine               [][2]string // category, category to merge into; empty: exclude
	withdrawn            [][3]string // source, source_path, patient_id
	known                []string
	minImages, minGroups int
	ratios               [3]int
	splitSeed            int
	groupBy              []string
	pin                  map[string]string
	store                string // a folder of the workspace; empty: tables only
	minSide, maxPixels   int    // of pictures
	first                bool   // select.duplicates
	nearGroup, nearMost  int    // images.near_group, near_report
	layout               string // of published pictures
	cropFiles            bool
	verdicts             []twinVerdict
	margin, minArea      float64
	mostCrops            int
	pseudonymise         bool
}

type worldTab struct {
	name string
	rows []mapRow
}

type mapRow struct {
	label, target string
	codes         []string
	form          int // how the cell of codes is written
}

type worldSource struct {
	name, tab, space, licence, crops string
	shows                            string // mask.shows
	inverted, noCrops                bool   // masks
	pending, lesionsInSource         bool
	pictureless                      bool // pictures: none
	given, derive, rejectTies        bool
	idMissing                        []string
	rows                             []worldRow
	extra                            []string // names of further columns
}

type worldRow struct {
	path, label, patient, lesion string
	sex, age, fitz, kind, method stated
	entries                      []entry
	differentials                string // the cell
	extra                        []string
	picture                      content // in the store
	kept                         bool    // in spite of its verdict
	site                         stated
	says                         predicted // by somebody's own models
	mask                         worldMask
	drawn                        []drawing
}

// A stated cell, and what spec 4 says it means.
type stated struct{ cell, means string }

type entry struct {
	label, reader string
	weight        string // as JSON; empty: none
	value         float64
}

var (
	worldNames = []string{"s", "s-1", "s.1", "s1", "S", "a_b", "zeta", "0"}
	labelPool  = []string{"BCC", "BCC ", "bcc", "two\nlines", "says \"so\"", "comma, label", "crlf\r\nlabel", "Ärzte", "-",
		" leading", "<b>&amp;", "=1+1", "null", "0", "\ttab", "nobody maps me", "a\\b", "\u2028sep"}
	targetPool = []string{"Basal cell carcinoma", "basal cell carcinoma", "Melanoma", "Eczema", "A & B <x>", "Zoster",
		"Psoriasis", "Ünique", `quo"ted`, "Nine, with comma"}
	codePool = []string{"2C32", "2C30", "EA80", "EK00", "EA90", "2F20", "ED80", "EA81"}
	sexes    = []stated{{"", ""}, {"male", "male"}, {"f", "female"}, {"M", "male"},
		{"other", "other"}, {"x", ""}, {"Female", "female"}}
	ages = []stated{{"", ""}, {"34", "34"}, {"58.0", "58"}, {"40-49", "44.5"}, {"85+", "85"}, {"<1", "0"}, {"200", ""},
		{"-3", ""}, {"120", "120"}, {"old", ""}, {"0.1", "0.1"}}
	fitzes = []stated{{"", ""}, {"1", "1"}, {"II", "2"}, {"FST III", "3"}, {"4", "4"}, {"VI", "6"},
		{"VII", ""}, {"0", ""}, {"V", "5"}}
	kinds = []stated{{"", ""}, {"clinical", "clinical"}, {"dermoscopy", "dermoscopy"},
		{"non-dermatological", "non-dermatological"}, {"photo", ""}}
	methods = []stated{{"", ""}, {"histopathology", "histopathology"}, {"consensus", "consensus"}, {"single", "single"},
		{"unknown", "unknown"}, {"guess", ""}}
	badLists = []string{"{not json", `"BCC"`, `[1]`, "null", `[""]`, `{"label":"BCC"}`, `["BCC",{"label":"bcc"}]`,
		`["BCC"] x`, `[{"label":"BCC","weight":"1"}]`,
		`[{"label":"BCC","size":1}]`, `[{"weight":1}]`}
)

func pick[T any](r *rand.Rand, of []T) T { return of[r.IntN(len(of))] }

// chance is true once in n.
func chance(r *rand.Rand, n int) bool { return r.IntN(n) == 0 }

func newWorld(seed uint64) *world {
	r := rand.New(rand.NewPCG(seed, 27))
	w := &world{seed: seed, minImages: 1 + r.IntN(4), minGroups: 1 + r.IntN(3),
		splitSeed: r.IntN(100), pin: map[string]string{}}
	w.ratios = pick(r, [][3]int{{70, 15, 15}, {70, 15, 15}, {100, 0, 0}, {0, 50, 50}, {34, 33, 33}, {98, 1, 1},
		{80, 20, 0}, {1, 1, 98}, {50, 0, 50}})
	w.groupBy = pick(r, [][]string{{"patient", "lesion", "duplicate"}, {"patient", "lesion", "duplicate"}, {"patient"},
		{"lesion"}, {}, {"duplicate", "lesion", "patient"}})
	names := slices.Clone(worldNames)
	r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	names = names[:1+r.IntN(4)]
	slices.Sort(names)
	labels := slices.Clone(labelPool)
	r.Shuffle(len(labels), func(i, j int) { labels[i], labels[j] = labels[j], labels[i] })
	labels = labels[:2+r.IntN(7)]
	targets := slices.Clone(targetPool)
	r.Shuffle(len(targets), func(i, j int) { targets[i], targets[j] = targets[j], targets[i] })
	targets = targets[:1+r.IntN(6)]
	for _, name := range names {
		w.sources = append(w.sources, newSource(r, name, labels))
		if chance(r, 3) {
			w.pin[name] = pick(r, splitNames)
		}
	}
	w.addTabs(r, labels, targets)
	w.addRefinements(r, targets)
	for _, target := range targets {
		if chance(r, 2) {
			w.known = append(w.known, target)
		}
	}
	for range r.IntN(4) {
		source := pick(r, w.sources)
		switch {
		case chance(r, 2):
			w.withdrawn = append(w.withdrawn, [3]string{source.name, "", pick(r, patientPool)})
		case len(source.rows) > 0:
			w.withdrawn = append(w.withdrawn, [3]string{source.name, pick(r, source.rows).path, ""})
		}
	}
	if chance(r, 2) {
		w.addPictures(r, 1+r.IntN(80), 2+r.IntN(9))
	}
	w.addVerdicts(pcg(seed, 34))
	return w
}

var (
	splitNames  = []string{"train", "val", "test"}
	patientPool = []string{"p1", "p2", "p3", "p4", "p5", "P1", "p1 ", "unknown", "0", "Päivi, \"P\"",
		"p01", "p1.0", "ｐ1", "Pa\u0308ivi, \"P\"", "p10"}
)

func newSource(r *rand.Rand, name string, labels []string) *worldSource {
	s := &worldSource{name: name, tab: name, space: name, crops: pick(r, []string{"none", "pending", "mixed"}),
		licence: pick(r, []string{"", "CC BY 4.0"})}
	s.pending, s.lesionsInSource = chance(r, 10), chance(r, 3)
	s.given, s.derive, s.rejectTies = chance(r, 3), chance(r, 2), chance(r, 2)
	if chance(r, 2) {
		s.space = pick(r, []string{"shared", "shared", "s", "zeta"})
	}
	if chance(r, 8) {
		s.tab = pick(r, []string{"Common tab", "s"})
	}
	if chance(r, 3) {
		s.idMissing = []string{"unknown", "0"}
	}
	for i := range r.IntN(3) {
		s.extra = append(s.extra, fmt.Sprintf("%c extra %d", 'z'-i, i))
	}
	rows := r.IntN(41)
	if chance(r, 8) {
		rows = 0
	}
	crowd := 1 + r.IntN(len(patientPool))
	for i := range rows {
		s.rows = append(s.rows, s.newRow(r, i, labels, crowd))
	}
	r.Shuffle(len(s.rows), func(i, j int) { s.rows[i], s.rows[j] = s.rows[j], s.rows[i] })
	return s
}

func (s *worldSource) newRow(r *rand.Rand, i int, labels []string, crowd int) worldRow {
	row := worldRow{
		path:  fmt.Sprintf(pick(r, []string{"%d.jpg", "dir/%03d.png", "a,b/%d.jpg", "ü %d", "x-%d", "\"%d\"", "=%d"}), i),
		label: pick(r, labels), sex: pick(r, sexes), age: pick(r, ages), fitz: pick(r, fitzes),
		kind: pick(r, kinds), method: pick(r, methods),
	}
	if chance(r, 4) {
		row.label = ""
	}
	if chance(r, 2) {
		row.patient = patientPool[r.IntN(crowd)]
	}
	if chance(r, 2) {
		row.lesion = pick(r, []string{"L1", "L2", "L3", "p1", "unknown", "0", "l1", "L1\u00a0", "0.0"})
	}
	switch {
	case chance(r, 12):
		row.differentials = pick(r, badLists)
	case chance(r, 15):
		row.differentials = "[]"
	case chance(r, 2):
		row.entries = newEntries(r, labels)
		row.differentials = entriesText(r, row.entries)
	}
	for range s.extra {
		row.extra = append(row.extra, pick(r, []string{"", "x", "1,5", "line\nend"}))
	}
	return row
}

func newEntries(r *rand.Rand, labels []string) []entry {
	weights := []struct {
		text  string
		value float64
	}{{"5", 5}, {"1", 1}, {"1.0", 1}, {"0.5", .5}, {"0.1", .1}, {"3e-1", .3}, {"0.2", .2}, {"2", 2}}
	bad := []struct {
		text  string
		value float64
	}{{"0", 0}, {"-1", -1}, {"1e400", inf}, {"-1e400", -inf}, {"-0.0", 0}}
	readers := pick(r, [][]string{{""}, {""}, {"r1", "r2"}, {"r1", "r2", "", "R1"}})
	weighted := r.IntN(3) // 0 none, 1 all, 2 some
	var all []entry
	for range 1 + r.IntN(6) {
		e := entry{label: pick(r, labels), reader: pick(r, readers)}
		if weighted == 1 || weighted == 2 && chance(r, 2) {
			w := pick(r, weights)
			if chance(r, 8) {
				w = pick(r, bad)
			}
			e.weight, e.value = w.text, w.value
		}
		all = append(all, e)
	}
	return all
}

// entriesText writes the entries as JSON, as a list of labels where that says all.
func entriesText(r *rand.Rand, entries []entry) string {
	plain := chance(r, 3)
	for _, e := range entries {
		plain = plain || e.weight == "" && e.reader == ""
	}
	for _, e := range entries {
		plain = plain && e.weight == "" && e.reader == ""
	}
	space := pick(r, []string{"", " ", "\n"})
	var parts []string
	for _, e := range entries {
		if plain {
			parts = append(parts, jsonString(r, e.label))
			continue
		}
		fields := []string{`"label":` + space + jsonString(r, e.label)}
		if e.weight != "" {
			fields = append(fields, `"weight":`+e.weight)
		}
		if e.reader != "" || chance(r, 10) {
			fields = append(fields, `"reader":`+jsonString(r, e.reader))
		}
		r.Shuffle(len(fields), func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
		parts = append(parts, "{"+strings.Join(fields, ","+space)+"}")
	}
	return "[" + space + strings.Join(parts, ","+space) + "]" + space
}

// jsonString is text as JSON, with more escapes than needed now and then.
func jsonString(r *rand.Rand, text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range text {
		switch {
		case c == '"' || c == '\\':
			b.WriteString(`\` + string(c))
		case c == '\n':
			b.WriteString(`\n`)
		case c < ' ' || c < 0x10000 && chance(r, 30):
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			b.WriteRune(c)
		}
	}
	return b.String() + `"`
}

// addTabs maps labels in a tab for every source, now and then in one tab for two of them,
// or in one that belongs to none.
func (w *world) addTabs(r *rand.Rand, labels, targets []string) {
	names := map[string]bool{}
	for _, s := range w.sources {
		if !(s.pending && s.tab == s.name && chance(r, 2)) {
			names[s.tab] = true
		}
	}
	for _, s := range w.sources { // only a pending source may lack its tab
		if !s.pending {
			names[s.tab] = true
		}
	}
	if chance(r, 4) {
		names["nobody's"] = true
	}
	for _, name := range sortedNames(names) {
		tab := worldTab{name: name}
		for _, label := range labels {
			if label == "nobody maps me" || chance(r, 8) {
				continue
			}
			row := mapRow{label: label, target: pick(r, targets), form: r.IntN(4)}
			switch {
			case chance(r, 10):
				row.target = "-"
			case chance(r, 12):
				row.target = ""
			}
			for range r.IntN(3) {
				row.codes = append(row.codes, pick(r, codePool))
			}
			tab.rows = append(tab.rows, row)
			if chance(r, 10) {
				row.codes = []string{pick(r, codePool)}
				tab.rows = append(tab.rows, row)
			}
		}
		r.Shuffle(len(tab.rows), func(i, j int) { tab.rows[i], tab.rows[j] = tab.rows[j], tab.rows[i] })
		w.tabs = append(w.tabs, tab)
	}
}

// addRefinements adds mergers that never lead back, and exclusions.
func (w *world) addRefinements(r *rand.Rand, targets []string) {
	order := append(slices.Clone(targets), "Merged into only", "Never mapped")
	r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	for i, category := range order {
		switch {
		case chance(r, 9):
			w.refine = append(w.refine, [2]string{category, ""})
		case chance(r, 3) && i+1 < len(order):
			w.refine = append(w.refine, [2]string{category, order[i+1+r.IntN(len(order)-i-1)]})
		}
	}
	r.Shuffle(len(w.refine), func(i, j int) { w.refine[i], w.refine[j] = w.refine[j], w.refine[i] })
}
