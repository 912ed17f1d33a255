package models

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/dermset/dermset/images"
	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/io/yamlio"
	"github.com/dermset/dermset/slips"
)

// A Card is a Statement about a model file, and where both lie.
type Card struct {
	Statement
	dir, name string // the folder that everything lies in, and the card's path there
	doc       *yamlio.Document
}

// A Statement says what a model file is, how it wants to be asked, and what its outputs mean; docs/models.md has its
// keys.
type Statement struct {
	Title     string   `yaml:"title"`
	Version   string   `yaml:"version"`
	Licence   string   `yaml:"licence"`
	Task      Task     `yaml:"task"`
	File      string   `yaml:"file"`   // path from the card's folder
	SHA256    string   `yaml:"sha256"` // of the model file, in lower-case hex
	Input     Input    `yaml:"input"`
	Resize    Resize   `yaml:"resize"`
	Classes   []string `yaml:"classes"` // what each output means: a value of the task, or empty for none of them
	Output    string   `yaml:"output"`  // logits or probabilities
	Threshold float64  `yaml:"threshold"`
}

// An Input is the tensor that a model takes: of each pixel and channel (value/Scale − Mean)/Deviation, in float32.
type Input struct {
	Size      []int     `yaml:"size"`     // width, height
	Layout    string    `yaml:"layout"`   // nchw or nhwc
	Channels  string    `yaml:"channels"` // rgb or bgr
	Scale     float64   `yaml:"scale"`
	Mean      []float64 `yaml:"mean"`      // a number for each channel, in the order of Channels
	Deviation []float64 `yaml:"deviation"` // likewise
}

// A Resize is how a picture comes to the size of the input.
type Resize struct {
	Mode    string `yaml:"mode"`    // stretch, cover or contain
	Filter  string `yaml:"filter"`  // bilinear or bicubic
	Shorter int    `yaml:"shorter"` // of cover: pixels of the shorter side before the middle is cut out
	Pad     []int  `yaml:"pad"`     // of contain: red, green and blue of what is around
}

// mostModelBytes is how large a model file may be: what ONNX's own format holds.
const mostModelBytes = 2 << 30

// mostSide is the longest side that an input may have.
const mostSide = 4096

// ReadCard reads the card of that name in a folder, and checks that its model file, which lies in the folder too, has
// the content that the card names. What is wrong with the card comes all at once, with its line.
func ReadCard(dir, name string) (*Card, error) {
	file, err := inside(dir, name)
	if err != nil {
		return nil, err
	}
	data, err := fileio.ReadUpTo(file, yamlio.MaxBytes)
	if err != nil {
		return nil, err
	}
	c, doc, err := parseCard(name, data)
	if err != nil {
		return nil, err
	}
	c.dir = dir
	if c.File != "" {
		if err := c.checkFile(); err != nil {
			doc.Refuse("file", "%v", err)
		}
	}
	if err := doc.Err(); err != nil {
		return nil, err
	}
	return c, nil
}

// parseCard reads a card without its model file. What is wrong with it is noted in the document; text that is no YAML
// is an error.
func parseCard(name string, data []byte) (*Card, *yamlio.Document, error) {
	c := &Card{name: name, Statement: Statement{Output: "logits",
		Input: Input{Layout: "nchw", Channels: "rgb", Scale: 255}, Resize: Resize{Mode: "stretch", Filter: "bilinear"}}}
	doc, err := yamlio.Decode(name, data, &c.Statement, nil)
	if doc == nil {
		return nil, nil, err
	}
	c.doc = doc
	c.check(doc) // which notes its own beside what Decode found
	return c, doc, nil
}

var hexSum = regexp.MustCompile(`^[0-9a-f]{64}$`)

// check refuses what no card may say, and fills in what it need not.
func (c *Card) check(doc *yamlio.Document) {
	for _, key := range [][2]string{{"title", c.Title}, {"version", c.Version}, {"licence", c.Licence}, {"file", c.File}} {
		if key[1] == "" {
			doc.Refuse(key[0], "is missing")
		}
	}
	if !hexSum.MatchString(c.SHA256) {
		doc.Refuse("sha256", "%q: want 64 lower-case hex digits, those of the model file", c.SHA256)
	}
	oneOf(doc, "task", string(c.Task), string(ImageType), string(BodyPart), string(SkinTone))
	oneOf(doc, "output", c.Output, "logits", "probabilities")
	if !(c.Threshold >= 0 && c.Threshold <= 1) {
		doc.Refuse("threshold", "%v: want a number from 0 to 1", c.Threshold)
	}
	c.checkClasses(doc)
	c.Input.check(doc)
	c.Resize.check(doc, c.Input.Size)
}

func oneOf(doc *yamlio.Document, key, is string, allowed ...string) {
	if !slices.Contains(allowed, is) {
		doc.Mistyped(key, "%q: want one of %s%s", is, strings.Join(allowed, ", "), slips.Meant(is, allowed))
	}
}

func (c *Card) checkClasses(doc *yamlio.Document) {
	if len(c.Classes) == 0 {
		doc.Refuse("classes", "is missing: want what each output of the model means, in order")
	}
	if !slices.Contains(Tasks, c.Task) {
		return
	}
	some := false
	for i, class := range c.Classes {
		if class == "" {
			continue
		}
		value, ok := c.Task.value(class)
		if !ok {
			doc.Refuse("classes", "entry %d is %q: %s, or an empty text for none of them", i+1, class, c.Task.want())
		}
		c.Classes[i], some = value, true
	}
	if len(c.Classes) > 0 && !some {
		doc.Refuse("classes", "no output means anything")
	}
}

func (in *Input) check(doc *yamlio.Document) {
	if len(in.Size) != 2 || !slices.Equal(in.Size, []int{clamp(in.Size[0]), clamp(in.Size[1])}) {
		doc.Refuse("input.size", "%s: want width and height, from 1 to %d pixels", yamlio.Written(in.Size), mostSide)
		in.Size = []int{1, 1}
	}
	oneOf(doc, "input.layout", in.Layout, "nchw", "nhwc")
	oneOf(doc, "input.channels", in.Channels, "rgb", "bgr")
	if !positive(in.Scale) {
		doc.Refuse("input.scale", "%v: want a number above 0, that pixels from 0 to 255 are divided by", in.Scale)
	}
	if len(in.Mean) == 0 {
		in.Mean = []float64{0, 0, 0}
	}
	if len(in.Deviation) == 0 {
		in.Deviation = []float64{1, 1, 1}
	}
	if len(in.Mean) != 3 || slices.ContainsFunc(in.Mean, func(v float64) bool { return !finite(v) }) {
		doc.Refuse("input.mean", "%s: want three numbers", yamlio.Written(in.Mean))
	}
	if len(in.Deviation) != 3 || slices.ContainsFunc(in.Deviation, func(v float64) bool { return !positive(v) }) {
		doc.Refuse("input.deviation", "%s: want three numbers above 0", yamlio.Written(in.Deviation))
	}
}

func (r *Resize) check(doc *yamlio.Document, size []int) {
	oneOf(doc, "resize.mode", r.Mode, "stretch", "cover", "contain")
	oneOf(doc, "resize.filter", r.Filter, "bilinear", "bicubic")
	if r.Shorter != 0 && r.Mode != "cover" {
		doc.Refuse("resize.shorter", "is for the mode cover alone")
	} else if r.Shorter != 0 && (r.Shorter < max(size[0], size[1]) || r.Shorter > mostSide) {
		doc.Refuse("resize.shorter", "%d: want pixels from %d, the longer side of the input, to %d",
			r.Shorter, max(size[0], size[1]), mostSide)
	}
	if len(r.Pad) > 0 && r.Mode != "contain" {
		doc.Refuse("resize.pad", "is for the mode contain alone")
	}
	if len(r.Pad) == 0 {
		r.Pad = []int{0, 0, 0}
	}
	if len(r.Pad) != 3 || slices.Min(r.Pad) < 0 || slices.Max(r.Pad) > 255 {
		doc.Refuse("resize.pad", "%s: want red, green and blue from 0 to 255", yamlio.Written(r.Pad))
	}
}

func clamp(side int) int { return min(max(side, 1), mostSide) }

func finite(v float64) bool { return !math.IsNaN(v) && math.Abs(v) <= math.MaxFloat32 }

func positive(v float64) bool { return finite(v) && float32(v) > 0 }

// modelPath is where the model file lies in dir.
func (c *Card) modelPath() string {
	if path.IsAbs(c.File) || filepath.IsAbs(c.File) {
		return c.File // which is inside of nothing
	}
	return path.Join(path.Dir(c.name), c.File)
}

// checkFile holds the model file against the card.
func (c *Card) checkFile() error {
	file, err := inside(c.dir, c.modelPath())
	if err != nil || !hexSum.MatchString(c.SHA256) { // then there is nothing to hold its content against
		return err
	}
	sum, size, err := fileio.Hash(file, io.Discard)
	if err == nil && sum != c.SHA256 {
		err = fmt.Errorf("%s: has the SHA-256 %s, not the one that the card names", c.File, sum)
	}
	if err == nil && size > mostModelBytes {
		err = fmt.Errorf("%s: has %d bytes, at most %d are read", c.File, size, mostModelBytes)
	}
	return err
}

// wrong is an error about the model file that a key of the card is to blame for: it names the card's line.
func (c *Card) wrong(key string, err error) error {
	place := c.name
	if c.doc != nil {
		place = c.doc.Place(key)
	}
	return fmt.Errorf("%s: %s: %s %w", place, key, c.File, err)
}

// ID names everything that answers depend on, our decoders too: facts of a card are kept under it. Title, version and
// licence may be corrected without a picture being asked about again.
func (c *Card) ID() string {
	asked := struct {
		Preparing string
		Statement
	}{images.Decoder + "/" + preparing, c.Statement}
	asked.Title, asked.Version, asked.Licence, asked.File = "", "", "", ""
	data, err := json.Marshal(asked)
	if err != nil {
		panic(err) // numbers were checked to be finite
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8])
}
