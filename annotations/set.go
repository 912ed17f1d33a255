package annotations

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/images"
)

// A State says what annotators said of a picture.
type State string

// The states.
const (
	None     State = ""          // nothing that counts
	Boxes    State = "boxes"     // at least one box that is not the whole picture
	Whole    State = "whole"     // the lesion is the whole picture, and nothing else was drawn
	NoLesion State = "no_lesion" // somebody looked, and there is none
)

// A Box is a lesion: in pixels of the upright picture, and inside it.
type Box struct {
	images.Box
	Whole     bool   // is the whole picture
	Annotator string // several who drew exactly this box: sorted, joined by "; "; empty: nobody says
}

// A Picture is what must be known of a picture to place boxes on it, as images.Result has it.
type Picture struct{ Width, Height, Orientation int } // of the stored pixels; EXIF's 1 to 8

// Placed is what was drawn on one picture.
type Placed struct {
	State    State
	Boxes    []Box              // by y, x, height, width
	Findings []findings.Finding // sorted
	// Assumed says that coordinates were taken for those of the upright picture where neither annotations.yaml nor a size
	// tells, although the picture is stored otherwise: one finding a source is for the caller to make (AssumedUpright).
	Assumed bool
}

// A Set is all annotations of a workspace.
type Set struct {
	files      []string
	annotators []string
	words      map[string]int32 // annotators
	pictures   []picture
	drawn      []drawn // by picture, then as read
	said       []saying
	more       map[string]int64 // findings that are only counted, by source
	sources    map[string]*names
}

// names are those that files give to pictures of one source.
type names struct {
	pictures []int32
	byPath   map[string][]int32
}

// A picture is what files call one name.
type picture struct {
	nameKey
	line, file  int32 // where it is named first
	rank        int32
	times       int32 // paths that agree so well
	path, other string
	from, to    int32 // drawn
}

type nameKey struct {
	source, name string
	kind         nameKind
}

// A nameKind says how a name is meant.
type nameKind int8

const (
	byName nameKind = iota // of a picture, with or without folders
	byStem                 // likewise, without its extension
	byPath                 // a path of the source, and nothing else
)

// drawn is one box, or what was said of the picture instead.
type drawn struct {
	extent
	picture, file, line, annotator int32
	width, height                  int32 // of the picture, as the file has it
	role                           role
	frame                          frame
	relative                       bool
	mixed                          bool // its size may be of the stored picture, and coordinates of neither
}

type saying struct {
	findings.Finding
	picture int32 // below 0: of none
}

// word numbers an annotator.
func (s *Set) word(text string) int32 {
	n, ok := s.words[text]
	if !ok {
		n = int32(len(s.annotators))
		s.words[text] = n
		s.annotators = append(s.annotators, text)
	}
	return n
}

// named is the number of a picture by the name that a file gives it.
func (f *file) named(source, name string, kind nameKind, line int) int32 {
	key := nameKey{source, name, kind}
	n, ok := f.names[key]
	if !ok {
		n = int32(len(f.set.pictures))
		f.names[key] = n
		f.set.pictures = append(f.set.pictures, picture{nameKey: key, line: int32(line), file: f.number, rank: rankNone})
		of := f.set.sources[source]
		if of == nil {
			of = &names{}
			f.set.sources[source] = of
		}
		of.pictures = append(of.pictures, n)
	}
	return n
}

// arrange sorts what was drawn by picture, and keeps the order within.
func (s *Set) arrange() {
	byPicture := func(a, b drawn) int { return cmp.Compare(a.picture, b.picture) }
	if !slices.IsSortedFunc(s.drawn, byPicture) {
		slices.SortStableFunc(s.drawn, byPicture)
	}
	for i := range s.drawn {
		p := &s.pictures[s.drawn[i].picture]
		if p.to == 0 {
			p.from = int32(i)
		}
		p.to = int32(i) + 1
	}
}

// Sources are those that have annotations, sorted: Match wants the paths of each.
func (s *Set) Sources() []string { return slices.Sorted(maps.Keys(s.sources)) }

// Match says which pictures of a source there are (image_path of its dataset CSV), once for each of Sources, before
// Findings, Key and Of are asked. Nothing is kept of a path on which nobody drew.
func (s *Set) Match(source string, paths iter.Seq[string]) {
	of := s.sources[source]
	if of == nil {
		return
	}
	m := s.matcher(of)
	for p := range paths {
		m.match(p)
	}
	of.byPath = map[string][]int32{}
	for _, n := range of.pictures {
		if p := &s.pictures[n]; p.times == 1 {
			of.byPath[p.path] = append(of.byPath[p.path], n)
		}
	}
}

// Findings are those of reading and of matching, sorted.
func (s *Set) Findings() []findings.Finding {
	var all []findings.Finding
	for _, said := range s.said {
		f := said.Finding
		about := f.Subject
		if said.picture >= 0 {
			about = s.pictures[said.picture].subject()
			f.About = []string{about}
		}
		f.Subject = faultOf(about, fileOf(f.Place), f.Detail)
		all = append(all, f)
	}
	more := maps.Clone(s.more)
	unknown := map[string]int{}
	for i := range s.pictures {
		p := &s.pictures[i]
		if p.times == 1 || p.from == p.to {
			continue
		}
		if unknown[p.source]++; unknown[p.source] > mostFindings {
			more[p.source]++
			continue
		}
		detail := fmt.Sprintf("the source has no picture %q", p.name)
		if p.times > 1 {
			detail = fmt.Sprintf("%q may be %d pictures of the source: %q, %q", p.name, p.times, p.path, p.other)
		}
		all = append(all, findings.New(badAnnotation, fmt.Sprintf("%s:%d", s.files[p.file], p.line), p.source,
			faultOf(p.subject(), s.files[p.file], detail), 1, detail).Naming(p.subject()))
	}
	for source, n := range more {
		all = append(all, findings.New(badAnnotation, "", source, fmt.Sprintf("%d more", n), n,
			fmt.Sprintf("there are %d more of these", n)))
	}
	findings.Sort(all)
	return all
}

// fileOf is a place without its line.
func fileOf(place string) string {
	at := strings.LastIndexByte(place, ':')
	if at < 0 || strings.Trim(place[at+1:], "0123456789") != "" {
		return place
	}
	return place[:at]
}

// faultOf is the subject of a finding: what it is about, the file, and what is wrong there, so that who accepts it
// accepts this fault alone. No line stands in it, because lines move when people correct others.
func faultOf(about, file, fault string) string {
	if about == "" || about == file {
		return file + ": " + fault
	}
	return about + ": " + file + ": " + fault
}

// subject is the image_id of the picture, or what comes next to one.
func (p *picture) subject() string {
	if p.times == 1 {
		return p.source + "/" + p.path
	}
	return p.source + "/" + p.name
}

// Pictures are the paths of a source's pictures on which something was drawn, sorted.
func (s *Set) Pictures(source string) []string {
	of := s.sources[source]
	if of == nil {
		return nil
	}
	var all []string
	for p, pictures := range of.byPath {
		if slices.ContainsFunc(pictures, func(n int32) bool { return s.pictures[n].from < s.pictures[n].to }) {
			all = append(all, p)
		}
	}
	slices.Sort(all)
	return all
}

// of is what was drawn on a picture, in the order of files and lines.
func (s *Set) of(source, path string) []*drawn {
	of := s.sources[source]
	if of == nil {
		return nil
	}
	var all []*drawn
	for _, n := range of.byPath[path] {
		for i := s.pictures[n].from; i < s.pictures[n].to; i++ {
			all = append(all, &s.drawn[i])
		}
	}
	slices.SortStableFunc(all, func(a, b *drawn) int {
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.line,
			b.line))
	})
	return all
}

// Key names what was drawn on a picture before its size is known: where it is equal, Of gives equal boxes and states
// for equal pictures. It is empty where nothing was drawn.
func (s *Set) Key(source, path string) string {
	var all []string
	for _, d := range s.of(source, path) {
		var b []byte
		for _, f := range [4]float64{d.x0, d.y0, d.x1, d.y1} {
			b = binary.BigEndian.AppendUint64(b, math.Float64bits(f))
		}
		b = binary.BigEndian.AppendUint32(b, uint32(d.width))
		b = binary.BigEndian.AppendUint32(b, uint32(d.height))
		all = append(all, string(append(b, byte(d.role), byte(d.frame), flag(d.relative), flag(d.mixed))))
	}
	if len(all) == 0 {
		return ""
	}
	slices.Sort(all)
	sum := sha256.Sum256([]byte(strings.Join(slices.Compact(all), "")))
	return hex.EncodeToString(sum[:])
}

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}
