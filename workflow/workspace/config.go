package workspace

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/fault"
	"github.com/dermset/dermset/icd11"
	"github.com/dermset/dermset/images"
	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/io/yamlio"
)

// Config is dermset.yaml (spec 2). The zero value is not useful: start from Defaults.
type Config struct {
	Dataset  string         `yaml:"dataset" json:"dataset"`
	Version  string         `yaml:"version" json:"version"`
	Sources  string         `yaml:"sources" json:"sources"`
	Mapping  MappingConfig  `yaml:"mapping" json:"mapping"`
	Images   ImagesConfig   `yaml:"images" json:"images"`
	Describe DescribeConfig `yaml:"describe" json:"describe"`
	Crops    CropsConfig    `yaml:"crops" json:"crops"`
	Select   SelectConfig   `yaml:"select" json:"select"`
	Split    SplitConfig    `yaml:"split" json:"split"`
	Soft     SoftConfig     `yaml:"soft" json:"soft"`
	ICD11    ICD11Config    `yaml:"icd11" json:"icd11"`
	Privacy  PrivacyConfig  `yaml:"privacy" json:"privacy"`
}

// MappingConfig says where the workbook is, and which tab belongs to a source of another name.
type MappingConfig struct {
	Workbook string            `yaml:"workbook" json:"workbook"`
	Tabs     map[string]string `yaml:"tabs" json:"tabs"`
}

// ImagesConfig says where the pictures are and which of them count.
type ImagesConfig struct {
	Store     string  `yaml:"store" json:"store"`
	Layout    string  `yaml:"layout" json:"layout"` // how pictures are published: Link, Copy or None
	Changed   string  `yaml:"changed" json:"changed"`
	MaxFailed float64 `yaml:"max_failed" json:"max_failed"`
	MinSide   int     `yaml:"min_side" json:"min_side"`
	MaxPixels int64   `yaml:"max_pixels" json:"max_pixels"`
	// bits in which the hashes of two pictures may differ that are one group, or are reported
	NearGroup  int `yaml:"near_group" json:"near_group"`
	NearReport int `yaml:"near_report" json:"near_report"`
}

// DescribeConfig says who says what pictures show: a name of what is built in, the path of a model's card (.yaml) or of
// predictions (.csv), or none.
type DescribeConfig struct {
	SkinTone  string `yaml:"skin_tone" json:"skin_tone"`
	ImageType string `yaml:"image_type" json:"image_type"`
	BodyPart  string `yaml:"body_part" json:"body_part"`
}

// CropsConfig is how rectangles are made of the components of a mask (spec 9).
type CropsConfig struct {
	Margin      float64 `yaml:"margin" json:"margin"`     // of a rectangle's own longer side, on every side
	MinArea     float64 `yaml:"min_area" json:"min_area"` // of the picture's pixels
	MaxPerImage int     `yaml:"max_per_image" json:"max_per_image"`
	Files       bool    `yaml:"files" json:"files"` // they are published as pictures too
}

// SelectConfig is the threshold of a class, and what becomes of equal pictures.
type SelectConfig struct {
	MinImages  int    `yaml:"min_images" json:"min_images"`
	MinGroups  int    `yaml:"min_groups" json:"min_groups"`
	Duplicates string `yaml:"duplicates" json:"duplicates"`
}

// SplitConfig says how groups are parted. Ratios are whole per cents of train, val, test.
type SplitConfig struct {
	Ratios       Ratios            `yaml:"ratios" json:"ratios"`
	Seed         int64             `yaml:"seed" json:"seed"`
	GroupBy      []string          `yaml:"group_by" json:"group_by"`
	Lock         string            `yaml:"lock" json:"lock"`
	LockConflict string            `yaml:"lock_conflict" json:"lock_conflict"`
	Pin          map[string]string `yaml:"pin" json:"pin"`
}

// Ratios are whole per cents that add up to 100.
type Ratios struct {
	Train int `yaml:"train" json:"train"`
	Val   int `yaml:"val" json:"val"`
	Test  int `yaml:"test" json:"test"`
}

// SoftConfig says whether the soft-label Parquet also has a column per class.
type SoftConfig struct {
	Wide bool `yaml:"wide" json:"wide"`
}

// ICD11Config pins the release; NoCode names the categories that need no code.
type ICD11Config struct {
	Release string   `yaml:"release" json:"release"`
	NoCode  []string `yaml:"no_code" json:"no_code"`
	API     string   `yaml:"api" json:"api"`
}

// PrivacyConfig says whether ids and paths leave as keyed hashes (spec 9).
type PrivacyConfig struct {
	Pseudonymise bool `yaml:"pseudonymise" json:"pseudonymise"`
}

// Defaults are the settings of an empty dermset.yaml (spec 2).
func Defaults() Config {
	return Config{
		Dataset: "DX", Version: "27.1", Sources: "sources",
		Mapping: MappingConfig{Workbook: "mapping/workbook.xlsx", Tabs: map[string]string{}},
		Images: ImagesConfig{Layout: Link, Changed: "fail", MaxFailed: 1, MinSide: 64, MaxPixels: 200_000_000,
			NearGroup: 4, NearReport: 6},
		Describe: DescribeConfig{SkinTone: "groh2022", ImageType: BuiltIn, BodyPart: None},
		Crops:    CropsConfig{Margin: 0.1, MinArea: 0.0005, MaxPerImage: 10},
		Select:   SelectConfig{MinImages: 20, MinGroups: 3, Duplicates: "keep"},
		Split: SplitConfig{Ratios: Ratios{70, 15, 15}, Seed: 1, GroupBy: []string{"patient", "lesion", "duplicate"},
			LockConflict: "strictest", Pin: map[string]string{}},
		ICD11: ICD11Config{Release: "2025-01", NoCode: []string{"Non-specific lesion", "Non-specific finding"}},
	}
}

// VersionName is the version's folder and file prefix, such as DXv27.1.
func (c *Config) VersionName() string { return c.Dataset + "v" + c.Version }

// ReadConfig reads and checks a dermset.yaml. The error joins everything wrong with it, each with its line.
func ReadConfig(path string) (Config, error) {
	config := Defaults()
	data, err := fileio.Read(path)
	switch fault.Of(err) {
	case fault.NotThere:
		return config, Usage(fmt.Errorf("%w (%s)", err, noWorkspace(filepath.Dir(path))))
	case fault.MayPass, fault.OfMachine:
		return config, err
	}
	if err != nil {
		return config, Usage(err)
	}
	doc, err := yamlio.Decode(filepath.Base(path), data, &config, notBuilt)
	if doc != nil {
		config.check(settings{doc})
		err = doc.Err()
	}
	return config, Usage(err)
}

// notBuilt are the keys of spec 2 whose parts are not built yet, with the values that mean off. Until then such a key
// is off where it is left out, and refused with any other value: nothing is accepted and ignored.
var notBuilt = map[string][]string{
	"report.thumbnails": {"false"},
}

var (
	datasetName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*$`)
	versionForm = regexp.MustCompile(`^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)$`)
	releaseForm = regexp.MustCompile(`^20[0-9]{2}-(0[1-9]|1[0-2])$`)
)

// check refuses every setting that a build could not follow.
func (c *Config) check(k settings) {
	k.want("dataset", datasetName.MatchString(c.Dataset), "%q, want letters and digits such as DX", c.Dataset)
	k.want("version", versionForm.MatchString(c.Version), "%q, want MAJOR.MINOR in quotes, such as \"27.1\"", c.Version)
	k.inside("sources", c.Sources)
	if id, ok := c.Document(); ok {
		k.want("mapping.workbook", documentForm.MatchString(id),
			"%q, want gsheet: and the id of the document, which in its address stands between /d/ and /edit", c.Mapping.Workbook)
	} else {
		k.inside("mapping.workbook", c.Mapping.Workbook)
		k.want("mapping.workbook", filepath.Clean(c.Mapping.Workbook) != "mapping",
			"%q: that folder holds other tables too; put the tabs into one of their own, such as mapping/workbook",
			c.Mapping.Workbook)
	}
	c.checkTypes(k)
	c.checkPictures(k)
	c.checkDescribe(k)
	c.checkSplit(k)
	k.want("icd11.release", releaseForm.MatchString(c.ICD11.Release),
		"%q, want a release such as \"2025-01\"", c.ICD11.Release)
	if api := c.ICD11.API; api != "" {
		err := icd11.CheckAddress(api)
		k.want("icd11.api", err == nil, "%v", err)
	}
}

// checkTypes holds each value against what the table of keys says of it.
func (c *Config) checkTypes(k settings) {
	types := map[string]yamlio.Type{}
	for _, key := range keys {
		types[key.Path] = key.Is
	}
	yamlio.Each(*c, func(path string, value any) {
		for _, wrong := range types[path].Refuse(value) {
			k.Mistyped(path, "%s", wrong)
		}
	})
}

// mostNear is the largest distance that twins are searched up to; pictures that differ in more than a quarter of their
// hashes' bits have nothing to do with each other.
const mostNear = 16

func (c *Config) checkPictures(k settings) {
	if c.Images.Store != "" {
		err := blobio.Check(c.Images.Store)
		k.want("images.store", err == nil, "%v", err)
	}
	k.want("crops.files", !c.Crops.Files || c.Images.Layout != None,
		"true, and images.layout is none: crops are published with the pictures, so want link or copy there")
	written := "images.near_report"
	if c.Images.NearReport == Defaults().Images.NearReport {
		written = "images.near_group"
	}
	k.want(written, c.Images.NearGroup <= c.Images.NearReport,
		"near_group %d is above near_report %d: what is not reported joins no groups", c.Images.NearGroup,
		c.Images.NearReport)
}

// How pictures are published, besides None: as links to one store of copies, or as copies of their own.
const (
	Link = "link"
	Copy = "copy"
)

// PublishesPictures says whether versions have pictures.
func (c *Config) PublishesPictures() bool { return c.Images.Store != "" && c.Images.Layout != None }

// The values of settings of describe that ask nobody, and the weights that are built in.
const (
	None    = "none"
	BuiltIn = "builtin"
)

// SkinTones are the sets of thresholds that make a Fitzpatrick type of an angle, the default first.
func SkinTones() []string {
	var names []string
	for _, scale := range images.ToneScales() {
		names = append(names, scale.Name)
	}
	return names
}

func (c *Config) checkDescribe(k settings) {
	for _, of := range []struct {
		key, value string
		built      []string
	}{
		{"describe.skin_tone", c.Describe.SkinTone, SkinTones()},
		{"describe.image_type", c.Describe.ImageType, []string{BuiltIn}},
		{"describe.body_part", c.Describe.BodyPart, nil},
	} {
		names := append(of.built, None)
		switch filepath.Ext(of.value) {
		case ".yaml", ".yml", ".csv":
			k.inside(of.key, of.value)
		default:
			k.want(of.key, slices.Contains(names, of.value), "%q, want %s, a model's card (a path that ends in .yaml) or "+
				"predictions (.csv)", of.value, strings.Join(names, ", "))
		}
	}
}

func (c *Config) checkSplit(k settings) {
	r := c.Split.Ratios
	k.want("split.ratios", r.Train >= 0 && r.Val >= 0 && r.Test >= 0,
		"train %d, val %d, test %d: want none below 0", r.Train, r.Val, r.Test)
	k.want("split.ratios", r.Train+r.Val+r.Test == 100,
		"train %d + val %d + test %d = %d, want whole per cents that add up to 100%s",
		r.Train, r.Val, r.Test, r.Train+r.Val+r.Test, k.leftOut(r))
	k.want("split.lock", c.Split.Lock == "" || VersionForm.MatchString(c.Split.Lock),
		"%q, want the name of a folder under dist, such as DXv27.0", c.Split.Lock)
	for _, source := range SortedKeys(c.Split.Pin) {
		for _, wrong := range yamlio.OneOf(dataset.Splits[:]...).Refuse(c.Split.Pin[source]) {
			k.Mistyped("split.pin."+source, "%s", wrong)
		}
	}
}

// leftOut says of ratios that do not add up what to write: where some are not in the file, their default counts.
func (k settings) leftOut(r Ratios) string {
	given, sum := map[string]int{}, 0
	for name, ratio := range map[string]int{"train": r.Train, "val": r.Val, "test": r.Test} {
		if k.Line("split.ratios."+name) > 0 {
			given[name] = ratio
			sum += ratio
		}
	}
	if len(given) == 3 || sum != 100 {
		return ": write all three, such as `ratios: {train: 70, val: 15, test: 15}`"
	}
	return fmt.Sprintf(": write `ratios: {train: %d, val: %d, test: %d}`, for what is left out has its default",
		given["train"], given["val"], given["test"])
}

// settings are a dermset.yaml that may be refused.
type settings struct{ *yamlio.Document }

func (k settings) want(key string, ok bool, format string, args ...any) {
	if !ok {
		k.Refuse(key, format, args...)
	}
}

// inside wants a path that stays in the workspace.
func (k settings) inside(key, path string) {
	k.want(key, filepath.IsLocal(path), "%q, want a path inside the workspace", path)
}
