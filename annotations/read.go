package annotations

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/io/fileio"
)

// formats are the formats of exporters by name: the files that hold annotations, and what reads one.
var formats = map[string]format{
	"coco":         {[]string{".json"}, (*file).coco},
	"voc":          {[]string{".xml"}, (*file).voc},
	"yolo":         {[]string{".txt"}, (*file).yolo},
	"label_studio": {[]string{".json"}, (*file).labelStudio},
	"cvat":         {[]string{".xml"}, (*file).cvat},
	"via":          {[]string{".json", ".csv"}, (*file).via},
}

type format struct {
	extensions []string
	read       func(*file) error
}

const (
	mostFindings = 10_000     // of one source are listed, others are only counted
	mostErrors   = 100        // files that are wrong likewise
	mostDetail   = 1000       // bytes of what a finding says
	mostDrawn    = 20_000_000 // boxes in a workspace: about 1.3 GB
	mostName     = 4096       // bytes of a picture's name
)

// A reader reads a folder.
type reader struct {
	set     *Set
	folder  string
	sources map[string]bool
	names   map[nameKey]int32 // of pictures
	said    map[string]int    // findings by source
	errs    []error
	wrong   int // files; errs has the first ones
}

// A file is being read.
type file struct {
	*reader
	source string
	*settings
	classes []string // of YOLO
	boxed   bool     // YOLO: keypoints follow each box
	path    string   // on disk
	place   string   // in findings
	number  int32    // in Set.files
}

// Read reads the folder annotations/ for the sources there are. A folder that is not there holds nothing. The error
// joins all that is wrong with files.
func Read(folder string, sources []string) (*Set, error) {
	r := &reader{set: &Set{words: map[string]int32{"": 0}, annotators: []string{""}, sources: map[string]*names{},
		more: map[string]int64{}},
		folder: folder, sources: map[string]bool{}, names: map[nameKey]int32{}, said: map[string]int{}}
	for _, name := range sources {
		r.sources[name] = true
	}
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return r.set, nil
	}
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		r.entry(entry)
	}
	if more := r.wrong - len(r.errs); more > 0 {
		r.errs = append(r.errs, fmt.Errorf("annotations: and %d more files are wrong", more))
	}
	if len(r.errs) > 0 {
		return nil, errors.Join(r.errs...)
	}
	r.set.arrange()
	return r.set, nil
}

func (r *reader) fail(err error) {
	if err == nil {
		return
	}
	if r.wrong++; r.wrong <= mostErrors {
		r.errs = append(r.errs, err)
	}
}

// entry reads what stands in the folder itself.
func (r *reader) entry(entry fs.DirEntry) {
	name := entry.Name()
	switch at := filepath.Join(r.folder, name); {
	case strings.HasPrefix(name, "."):
	case entry.IsDir() && r.sources[name]:
		r.exports(name, at)
	case entry.IsDir():
		r.say(name, "", "annotations/"+name, -1, "there is no source %q: what is in the folder is not read", name)
	case strings.EqualFold(path.Ext(name), ".csv"):
		r.fail(r.open("", nativeSettings(), at).native())
	default:
		r.say("", "", "annotations/"+name, -1, "is not read: want .csv files, and a folder for each source")
	}
}

// open makes a file known, whose findings it names.
func (r *reader) open(source string, c *settings, at string) *file {
	f := &file{reader: r, source: source, settings: c, path: at, place: r.placeOf(at), number: int32(len(r.set.files))}
	r.set.files = append(r.set.files, f.place)
	return f
}

func (r *reader) placeOf(at string) string {
	inside, err := filepath.Rel(r.folder, at)
	if err != nil {
		inside = filepath.Base(at)
	}
	return path.Join("annotations", filepath.ToSlash(inside))
}

// exports reads the folder of a source.
func (r *reader) exports(source, folder string) {
	at := filepath.Join(folder, settingsName)
	c, err := readSettings(at, r.placeOf(at))
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%s: is not there: it says what the files beside it are (docs/annotations.md)", r.placeOf(at))
	}
	if err != nil {
		r.fail(err)
		return
	}
	found := &exported{}
	r.fail(filepath.WalkDir(folder, func(at string, entry fs.DirEntry, err error) error {
		name := entry.Name()
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (strings.HasPrefix(name, ".") || name == "__MACOSX"):
			return fs.SkipDir
		case !entry.IsDir() && !strings.HasPrefix(name, ".") && at != filepath.Join(folder, settingsName):
			r.sort(found, source, c.format, at)
		}
		return nil
	}))
	classes, boxed, err := r.classLists(found.classes)
	r.fail(err)
	for _, at := range found.annotations {
		f := r.open(source, c, at)
		f.classes, f.boxed = classes, boxed
		r.fail(formats[c.format].read(f))
	}
}

// exported are the files of a source: those with annotations, and those that name classes.
type exported struct{ annotations, classes []string }

func (r *reader) sort(found *exported, source, format, at string) {
	name := filepath.Base(at)
	switch extensions := formats[format].extensions; {
	case format == "yolo" && isClassList(name):
		found.classes = append(found.classes, at)
	case slices.Contains(extensions, strings.ToLower(path.Ext(name))):
		found.annotations = append(found.annotations, at)
	case !beside(name):
		r.say(source, "", r.placeOf(at), -1, "is not read: format %s is read from %s files", format,
			strings.Join(extensions, " and "))
	}
}

// beside says whether a file is known to lie beside annotations in exports: pictures, and what describes the export.
func beside(name string) bool {
	name = strings.ToLower(name)
	return isPicture(name) || strings.HasPrefix(name, "readme") ||
		slices.Contains([]string{".md", ".pdf", ".cache", ".data", ".names", ".yaml", ".yml"}, path.Ext(name)) ||
		name == "notes.json" || name == "thumbs.db"
}

// isPicture says whether a name ends as those of pictures do.
func isPicture(name string) bool {
	return slices.Contains([]string{".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".gif", ".webp", ".tif",
		".tiff", ".bmp", ".dib", ".heic", ".avif"}, strings.ToLower(path.Ext(name)))
}

// say notes a finding. Picture is one of the set, or below 0: then the finding is about the subject.
func (r *reader) say(source, subject, place string, picture int32, format string, args ...any) {
	if r.said[source]++; r.said[source] > mostFindings {
		r.set.more[source]++
		return
	}
	detail := fmt.Sprintf(format, args...)
	if len(detail) > mostDetail {
		detail = strings.ToValidUTF8(detail[:mostDetail], "") + "…"
	}
	f := findings.New(badAnnotation, place, source, subject, 1, detail)
	r.set.said = append(r.set.said, saying{f, picture})
}

// badAnnotation is the id of all findings of this room.
const badAnnotation = "bad_annotation"

// bad notes a finding about a line, and the picture, if that is known.
func (f *file) bad(line int, picture int32, format string, args ...any) {
	f.say(f.source, f.place, f.place+":"+strconv.Itoa(line), picture, format, args...)
}

// A region is something that a file says of a picture.
type region struct {
	line      int
	picture   int32
	name      string // of the region, as its file has it; for findings
	classes   []string
	annotator string
	extent
	relative bool
	size     size   // of the picture, as the file has it
	mixed    bool   // see drawn
	problem  string // why there is no extent
	tag      bool   // is about the whole picture: only what its classes say counts
}

// round makes it an ellipse, whose radii must be above zero.
func (g *region) round(cx, cy, rx, ry, radians float64) {
	if g.extent = ellipse(cx, cy, rx, ry, radians); !(rx > 0 && ry > 0) {
		g.problem = "its radius is not above 0"
	}
}

// add keeps a region, or says why not.
func (f *file) add(g region) {
	is, problem := f.roleOf(g.classes)
	if g.tag && (problem != "" || is == lesion) || is == ignored {
		return
	}
	if problem == "" && is == lesion {
		if problem = g.problem; problem == "" {
			problem = g.extent.problem(g.relative)
		}
	}
	if problem == "" && len(f.set.drawn) >= mostDrawn {
		problem = fmt.Sprintf("there are more than %d boxes", mostDrawn)
	}
	if problem != "" {
		f.bad(g.line, g.picture, "%s", strings.TrimPrefix(g.name+": "+problem, ": "))
		return
	}
	if is != lesion {
		g.extent = extent{}
	}
	if f.annotator != "" {
		g.annotator = f.annotator
	}
	f.set.drawn = append(f.set.drawn, drawn{extent: g.extent, picture: g.picture, file: f.number, line: int32(g.line),
		annotator: f.set.word(g.annotator), width: side(g.size.width), height: side(g.size.height), role: is, frame: f.frame,
		relative: g.relative, mixed: g.mixed})
}

func side(n int) int32 { return int32(min(max(n, 0), math.MaxInt32)) }

// quoted lists texts.
func quoted(texts []string) string {
	var all []string
	for i, text := range texts {
		if i == 12 {
			all = append(all, "…")
			break
		}
		if len(text) > 100 {
			text = strings.ToValidUTF8(text[:100], "") + "…"
		}
		all = append(all, strconv.Quote(text))
	}
	return strings.Join(all, ", ")
}

// decimal writes a number shortly.
func decimal(f float64) string { return strconv.FormatFloat(f, 'g', 6, 64) }

// openFile is fileio.Open, with the place of the file in its error.
func (f *file) openFile() (*os.File, error) {
	in, err := fileio.Open(f.path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.place, err)
	}
	return in, nil
}
