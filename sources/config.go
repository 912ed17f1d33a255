package sources

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/io/yamlio"
)

// A Config is a source.yaml. docs/sources.md describes every key.
type Config struct {
	Name string // the folder's name
	Dir  string // the source's folder
	Path string // of source.yaml

	Title        string // default: Name
	Kind         string // archive | custom | multiple
	Description  string
	Licence      string
	ICD11        bool     // its labels are diagnoses with an ICD-11 mapping
	Crops        string   // in-house | programmatic | wound-masks | mixed | none | pending
	Status       string   // active | pending
	Pictures     string   // store | none: none are table rows beside sources with pictures
	PatientSpace string   // where equal patient ids are the same person; default: Name
	LesionScope  string   // patient | source: what a lesion id is unique in
	Weights      string   // rank | given: what weights of differentials mean
	LabelFrom    string   // column | differentials: whether a missing label is derived
	OnTie        string   // first | reject: what becomes of a derived label that is tied
	IDMissing    []string // patient and lesion ids that mean none
	Exec         []string // the user's own script and its arguments
	Mask         Mask     // what its masks are

	files    []file
	where    []condition
	skip     []condition
	columns  map[string]*column // dataset column → how it is made
	extra    []extra
	readers  []reader // of the differentials column
	repeated string   // error | first
}

// A Mask says what the masks of a source are.
type Mask struct {
	Shows    string // lesion | skin | other: what the foreground is
	Inverted bool   // the foreground is dark, and the rest bright
	Crops    bool   // crops are made of them
}

// Pending reports whether the source's rows are counted and rejected as source_pending.
func (c *Config) Pending() bool { return c.Status == "pending" }

// HasPictures reports whether the source's rows have pictures where the workspace has a store. Those without are
// neither asked for, nor looked at, nor rejected for the lack of one.
func (c *Config) HasPictures() bool { return c.Pictures != "none" }

// CropState is the crop_state of an image that nobody annotated and that has no crop (spec 9): pending or none.
func (c *Config) CropState() string {
	switch c.Crops {
	case "in-house", "mixed", "pending":
		return "pending"
	}
	return "none"
}

// Derive reports whether a missing label is derived from the differentials.
func (c *Config) Derive() bool { return c.LabelFrom == "differentials" }

// RejectTies reports whether a derived label that is tied is none.
func (c *Config) RejectTies() bool { return c.OnTie == "reject" }

// Given reports whether the weights of differentials are probabilities, rather than only an order.
func (c *Config) Given() bool { return c.Weights == "given" }

// LesionsInSource reports whether a lesion id is unique in the source, rather than only among a patient's lesions.
func (c *Config) LesionsInSource() bool { return c.LesionScope == "source" }

// HasRaw reports whether source.yaml declares raw material. A source without it has a dataset CSV
// that was written by hand.
func (c *Config) HasRaw() bool { return len(c.files) > 0 || len(c.Exec) > 0 }

// Dataset is the path of the dataset CSV in dir.
func (c *Config) Dataset(dir string) string { return filepath.Join(dir, c.Name+"_dataset.csv") }

// Renaming is the path of the renaming CSV in dir.
func (c *Config) Renaming(dir string) string { return filepath.Join(dir, c.Name+"_renaming.csv") }

// A file is one table of the raw material: a metadata file, files of one shape one after another,
// or a walk over a folder.
type file struct {
	line      int  // in source.yaml
	short     bool // only its path stands there
	name      string
	paths     []string // below the raw folder, patterns of path.Match
	walk      string   // pattern of image paths; see compileWalk
	suffixes  []string // of a walk, in lower case
	format    string   // csv | tsv | json | jsonl | xlsx | parquet
	delimiter string   // empty: that of the format
	encoding  string   // by its textio.Name
	quotes    string   // rfc4180 | none: what a quote is in CSV and TSV
	bare      bool     // nobody said so of a TSV, whose quotes are bytes then
	comment   string   // what lines that are left out begin with
	skipLines int      // before the header
	lineEnds  string   // lf | cr
	sheet     string
	header    int    // line or row of the column names, from 1; 0: the first
	fill      string // of a sheet: down, or empty
	records   string
	join      *join
}

// A condition is true for a row, or not; reason is why a row is unused then.
type condition struct {
	line    int
	column  string
	is      []string
	not     []string
	matches *regexp.Regexp
	reason  string
	sight   sight // of is and not
}

// An extra is a further column of the dataset CSV.
type extra struct {
	name string
	from *column
}

var sourceName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// CheckName says what is wrong with a source's name.
func CheckName(name string) error {
	if !sourceName.MatchString(name) {
		return fmt.Errorf("source name %q: want letters, digits, dots, hyphens and underscores, the first a letter or digit",
			name)
	}
	return nil
}

// Load reads the source.yaml in a source's folder, whose name is the source's. Everything that is wrong comes at once,
// as *yamlio.Error values joined. Where an ingest was killed after its act, Load puts its files in place.
func Load(dir string) (*Config, error) {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "source.yaml")
	text, err := fileio.ReadUpTo(path, yamlio.MaxBytes)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf(
			"%s: the source is not declared; write this file, `dermset source new NAME` makes one to start from", path)
	case err != nil:
		return nil, err
	}
	c, err := parse(filepath.Base(absolute), dir, path, text)
	return c, errors.Join(err, c.settle(now))
}

func parse(name, dir, path string, text []byte) (*Config, error) {
	c := &Config{
		Name: name, Dir: dir, Path: path, Title: name, Kind: "archive", ICD11: true, Crops: "none", Status: "active",
		Pictures:     "store",
		PatientSpace: name, LesionScope: "patient", Weights: "rank", LabelFrom: "column", OnTie: "first",
		Mask: Mask{Shows: "lesion", Crops: true}, columns: map[string]*column{}, repeated: "error",
	}
	doc := yamlio.Parse(path, text)
	doc.Knows(yamlio.Paths(Keys()))
	if err := CheckName(name); err != nil {
		doc.Failf(0, "", "%v", err)
	}
	if root := doc.Root(); root != nil {
		c.decode(root)
		c.check(doc)
	}
	return c, doc.Err()
}

// A node is a value in source.yaml. It is read node by node, because a column may be a name or keys with values, and
// because values are taken as they are written: 010 and yes are text here.
type (
	node   = yamlio.Node
	fields = yamlio.Fields
)

var orDefault = yamlio.OrDefault

func conditionsOf(into *[]condition) func(*node) {
	return orDefault(func(n *node) { n.OneOrEach(func(n *node) { *into = append(*into, decodeCondition(n)) }) })
}

func (c *Config) decode(root *node) {
	root.Fields(fields{
		"title":       func(n *node) { n.Text(&c.Title) },
		"kind":        func(n *node) { n.OneOf(&c.Kind, "archive", "custom", "multiple") },
		"description": func(n *node) { n.Text(&c.Description) },
		"licence":     func(n *node) { n.Text(&c.Licence) },
		"icd11":       func(n *node) { n.YesNo(&c.ICD11) },
		"crops": func(n *node) {
			n.OneOf(&c.Crops, "in-house", "programmatic", "wound-masks", "mixed", "none", "pending")
		},
		"status":        func(n *node) { n.OneOf(&c.Status, "active", "pending") },
		"pictures":      func(n *node) { n.OneOf(&c.Pictures, "store", "none") },
		"patient_space": func(n *node) { n.Filled(&c.PatientSpace) },
		"lesion_scope":  func(n *node) { n.OneOf(&c.LesionScope, "patient", "source") },
		"id_missing":    orDefault(func(n *node) { n.Texts(&c.IDMissing) }),
		"differentials": orDefault(func(n *node) {
			n.Fields(fields{"weights": func(n *node) { n.OneOf(&c.Weights, "rank", "given") }})
		}),
		"label": orDefault(func(n *node) {
			n.Fields(fields{
				"from":   func(n *node) { n.OneOf(&c.LabelFrom, "column", "differentials") },
				"on_tie": func(n *node) { n.OneOf(&c.OnTie, "first", "reject") },
			})
		}),
		"mask": orDefault(func(n *node) {
			n.Fields(fields{
				"shows":    func(n *node) { n.OneOf(&c.Mask.Shows, "lesion", "skin", "other") },
				"inverted": func(n *node) { n.YesNo(&c.Mask.Inverted) },
				"crops":    func(n *node) { n.YesNo(&c.Mask.Crops) },
			})
		}),
		"exec": orDefault(func(n *node) {
			n.Texts(&c.Exec)
			if len(c.Exec) == 0 || c.Exec[0] == "" {
				n.Failf("want a command and its arguments")
			}
		}),
		"files":           orDefault(func(n *node) { n.OneOrEach(c.addFile) }),
		"where":           conditionsOf(&c.where),
		"skip":            conditionsOf(&c.skip),
		"columns":         orDefault(c.decodeColumns),
		"extra":           orDefault(c.decodeExtra),
		"repeated_images": func(n *node) { n.OneOf(&c.repeated, "error", "first") },
	})
}

// formats are the formats of metadata files by the suffix of their path.
var formats = map[string]string{
	".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl",
	".xlsx": "xlsx", ".xlsm": "xlsx", ".parquet": "parquet",
}

var imageSuffixes = []string{".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"}

func (c *Config) addFile(n *node) {
	f := file{line: n.Line(), encoding: "utf-8", lineEnds: "lf"}
	given := map[string]*node{}
	keep := func(key string, read func(*node)) func(*node) {
		return func(n *node) { given[key] = n; read(n) }
	}
	if n.IsText() {
		f.paths, f.short = []string{""}, true
		n.Filled(&f.paths[0])
	} else {
		n.Fields(fields{
			"name":      func(n *node) { n.Filled(&f.name) },
			"path":      keep("path", func(n *node) { n.OneOrMore(&f.paths) }),
			"walk":      keep("walk", func(n *node) { n.Filled(&f.walk) }),
			"suffixes":  orDefault(keep("suffixes", func(n *node) { n.Texts(&f.suffixes) })),
			"format":    keep("format", func(n *node) { n.OneOf(&f.format, "csv", "tsv", "json", "jsonl", "xlsx", "parquet") }),
			"delimiter": keep("delimiter", func(n *node) { f.delimiter = decodeDelimiter(n) }),
			"encoding":  keep("encoding", func(n *node) { f.encoding = decodeEncoding(n) }),
			"quotes":    keep("quotes", func(n *node) { n.OneOf(&f.quotes, "rfc4180", "none") }),
			"comment":   keep("comment", func(n *node) { f.comment = decodeComment(n) }),
			"skip_lines": keep("skip_lines", func(n *node) {
				if none := ""; !n.Text(&none) || none != "0" {
					n.Positive(&f.skipLines)
				}
			}),
			"line_ends": keep("line_ends", func(n *node) { n.OneOf(&f.lineEnds, "lf", "cr") }),
			"sheet":     keep("sheet", func(n *node) { n.Filled(&f.sheet) }),
			"header":    keep("header", func(n *node) { n.Positive(&f.header) }),
			"fill":      keep("fill", func(n *node) { n.OneOf(&f.fill, "down") }),
			"records":   keep("records", func(n *node) { n.Filled(&f.records) }),
			"join":      orDefault(func(n *node) { f.join = decodeJoin(n) }),
		})
	}
	checkFile(n, &f, given)
	if first := len(c.files) == 0; first != (f.join == nil) {
		if first {
			n.Failf("the first file has nothing before it to join to")
		} else {
			n.Failf("want join: how its rows find those of the files before it")
		}
	}
	c.files = append(c.files, f)
}

func checkFile(n *node, f *file, given map[string]*node) {
	for _, path := range f.paths {
		if err := dataset.CheckPath(path); err != nil {
			n.Failf("%v (paths are relative to the raw folder)", err)
		}
		if unread := unreadable(path); unread != "" {
			n.Failf("%q %s", path, unread)
		}
		if format := formatOf(path); f.format == "" {
			f.format = format
		}
	}
	switch {
	case (len(f.paths) == 0) == (f.walk == ""):
		n.Failf("want either path: of a metadata file, or walk: over images")
		return
	case f.walk != "":
		if _, err := compileWalk(f.walk); err != nil {
			given["walk"].Failf("%v", err)
		}
		f.format = "walk"
		for i, suffix := range f.suffixes {
			if f.suffixes[i] = strings.ToLower(suffix); !strings.HasPrefix(suffix, ".") {
				given["suffixes"].Failf("suffix %q does not begin with a dot", suffix)
			}
		}
		if given["suffixes"] == nil {
			f.suffixes = imageSuffixes
		}
	case f.format == "" && unreadable(f.paths[0]) != "": // it is told
	case f.format == "":
		n.Failf("format of %q is not clear from its suffix, want format: csv, tsv, json, jsonl, xlsx or parquet", f.paths[0])
	}
	if f.name == "" {
		f.name = "images"
		if f.walk == "" {
			f.name = stemOf(filepath.Base(f.paths[0]))
		}
	}
	belongs := map[string][]string{
		"suffixes": {"walk"}, "delimiter": {"csv", "tsv"}, "encoding": {"csv", "tsv", "json", "jsonl"},
		"quotes": {"csv", "tsv"}, "comment": {"csv", "tsv"}, "skip_lines": {"csv", "tsv"}, "line_ends": {"csv", "tsv"},
		"sheet": {"xlsx"}, "header": {"csv", "tsv", "xlsx"}, "fill": {"xlsx"},
		"records": {"json"}, "format": {"csv", "tsv", "json", "jsonl", "xlsx", "parquet"},
	}
	for _, key := range slices.Sorted(maps.Keys(given)) {
		if formats := belongs[key]; formats != nil && f.format != "" && !slices.Contains(formats, f.format) {
			given[key].Failf("has no meaning for a %s file, only for %s", f.format, strings.Join(formats, ", "))
		}
	}
	f.checkDialect(given)
	if f.quotes == "" {
		f.quotes = "rfc4180"
		if f.format == "tsv" { // which has no quotes (IANA, text/tab-separated-values)
			f.quotes, f.bare = "none", true
		}
	}
}

func decodeCondition(n *node) condition {
	c := condition{line: n.Line()}
	var tests int
	n.Fields(fields{
		"column": func(n *node) { n.Filled(&c.column) },
		"is":     func(n *node) { tests++; n.OneOrMore(&c.is) },
		"not":    func(n *node) { tests++; n.OneOrMore(&c.not) },
		"matches": func(n *node) {
			tests++
			c.matches = decodePattern(n)
		},
		"reason": func(n *node) { n.Filled(&c.reason) },
	})
	if c.column == "" || tests != 1 {
		n.Failf("want column: and one of is:, not:, matches:")
	}
	return c
}

// holds reports whether the condition is true for the cell.
func (c *condition) holds(cell string) bool {
	switch {
	case c.matches != nil:
		return c.matches.MatchString(cell)
	case c.not != nil:
		is := slices.Contains(c.not, cell)
		c.sight.see(cell, is)
		return !is
	}
	is := slices.Contains(c.is, cell)
	c.sight.see(cell, is)
	return is
}

// check looks at what keys mean together.
func (c *Config) check(doc *yamlio.Document) {
	if len(c.files) > 0 && len(c.Exec) > 0 {
		doc.Failf(c.files[0].line, "files", "stands beside exec:, want one of them")
	}
	if len(c.files) == 0 && doc.Err() == nil &&
		(len(c.columns) > 0 || len(c.extra) > 0 || len(c.where) > 0 || len(c.skip) > 0 || len(c.readers) > 0) {
		doc.Failf(0, "columns", "there are no files: to make columns from")
	}
	if len(c.files) > 0 && doc.Err() == nil && c.columns[dataset.ImagePath] == nil {
		doc.Failf(0, "columns.image_path", "is missing: every row is an image")
	}
	names := map[string]bool{}
	for _, f := range c.files {
		if names[f.name] {
			doc.Failf(f.line, "files", "name %q stands twice, want another name: for one of them", f.name)
		}
		names[f.name] = true
	}
	c.checkLists(doc)
}

// checkLists sees that columns made of lists go with the images of a row one by one.
func (c *Config) checkLists(doc *yamlio.Document) {
	images := c.columns[dataset.ImagePath]
	if images == nil {
		return
	}
	test := func(name string, col *column) {
		for ; col != nil; col = col.orElse {
			switch {
			case !col.isList():
			case !images.isList():
				doc.Failf(col.line, "columns."+name,
					"is a list, but image_path is not: lists go with the images of a row one by one")
			case col.split == "" && images.split == "" && len(col.sources) != len(images.sources):
				doc.Failf(col.line, "columns."+name,
					"has %d entries, image_path %d: lists go with the images of a row one by one",
					len(col.sources), len(images.sources))
			}
		}
	}
	for _, name := range dataset.Columns {
		test(name, c.columns[name])
	}
	for _, e := range c.extra {
		test("extra."+e.name, e.from)
	}
}
