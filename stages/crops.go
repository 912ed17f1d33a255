package stages

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/rows"
)

// A Crop is a rectangle in pixels of the upright picture.
type Crop struct {
	X, Y, Width, Height int32
	FromMask            bool
	Annotator           string // who drew it; empty: nobody is named
}

// A Cropped is what is known of the crops of one image.
type Cropped struct {
	State string // done | pending | none
	Crops []Crop // by crop_id
	Flaws []Note // about its mask and annotations
}

// Crops puts the crops of the images of one source beside its rows (spec 9). Of rows that are rejected it says nothing.
type Crops struct {
	Of func(path, mask string) (Cropped, error) // is called by many goroutines
}

// Name is the stage's name in errors.
func (Crops) Name() string { return "crops" }

// Bind checks that there are image paths.
func (s Crops) Bind(in *arrow.Schema) (*arrow.Schema, apply, error) {
	imagesOf, err := imagesIn(in)
	if err != nil {
		return nil, nil, err
	}
	out := arrow.NewSchema(rows.CropFields, nil)
	return out, func(batch arrow.RecordBatch) (arrow.RecordBatch, error) {
		m := imagesOf(batch)
		n := m.paths.Len()
		made := newCropColumns(n)
		for row := range n {
			path, mask, alive := m.of(row)
			if !alive {
				made.add(row, Cropped{})
				continue
			}
			cropped, err := s.Of(path, mask)
			if err != nil {
				return nil, fmt.Errorf("image %q: %w", path, err)
			}
			made.add(row, cropped)
		}
		return array.NewRecordBatch(out, made.columns(), batch.NumRows()), nil
	}, nil
}

// cropColumns are rows.CropFields being made.
type cropColumns struct {
	state     *factWords
	flaws     *rows.TextColumn
	offsets   []int32
	none      *rows.Nulls
	numbers   [4][]int32
	origin    []int32 // of cropOrigins
	annotator *factWords
}

var cropOrigins = rows.Texts([]string{"annotation", "mask"})

func newCropColumns(n int) *cropColumns {
	return &cropColumns{state: newWords(n), flaws: rows.NewText(n, 0), offsets: append(make([]int32, 0, n+1), 0),
		none: rows.NewNulls(n), annotator: newWords(0)}
}

func (c *cropColumns) add(row int, of Cropped) {
	_ = c.state.add(row, of.State) // which is never refused
	if len(of.Flaws) == 0 {
		c.flaws.AddNull()
	} else {
		text, err := json.Marshal(of.Flaws)
		if err != nil {
			panic(err) // texts only
		}
		c.flaws.Add(string(text))
	}
	if len(of.Crops) == 0 {
		c.none.Set(row)
	}
	for _, crop := range of.Crops {
		for i, number := range []int32{crop.X, crop.Y, crop.Width, crop.Height} {
			c.numbers[i] = append(c.numbers[i], number)
		}
		origin := int32(0)
		if crop.FromMask {
			origin = 1
		}
		c.origin = append(c.origin, origin)
		c.annotator.codes = append(c.annotator.codes, 0)
		_ = c.annotator.add(len(c.annotator.codes)-1, crop.Annotator)
	}
	c.offsets = append(c.offsets, int32(len(c.origin)))
}

func (c *cropColumns) columns() []arrow.Array {
	fields := make([]arrow.ArrayData, 0, 6)
	for _, numbers := range c.numbers {
		fields = append(fields, rows.FixedData(rows.TypeInt32, numbers, nil))
	}
	fields = append(fields, rows.DictColumn(c.origin, cropOrigins).Data(), c.annotator.array().Data())
	element := structData(rows.TypeCrop, len(c.origin), fields...)
	return []arrow.Array{c.state.array(), lists(rows.TypeCrops, c.offsets, element, c.none), c.flaws.Array()}
}

// CropTable makes the table of crops of one source behind Keep (spec 10): a row a crop, in the order of images.
type CropTable struct{}

// Name is the stage's name in errors.
func (CropTable) Name() string { return "crop table" }

var cropTable = arrow.NewSchema([]arrow.Field{
	{Name: OutImageID, Type: rows.TypeText}, {Name: "crop_id", Type: rows.TypeInt32},
	{Name: "x", Type: rows.TypeInt32}, {Name: "y", Type: rows.TypeInt32}, {Name: "width", Type: rows.TypeInt32},
	{Name: "height", Type: rows.TypeInt32}, {Name: "origin", Type: rows.TypeDict},
	rows.Nullable("annotator", rows.TypeDict), rows.Nullable(rows.ColMaskPath, rows.TypeText),
}, nil)

// Bind checks the columns. Rows without crops, of images that nobody fetched, make an empty table.
func (CropTable) Bind(in *arrow.Schema) (*arrow.Schema, apply, error) {
	want := []arrow.Field{{Name: OutImageID, Type: rows.TypeText}}
	looked := in.HasField(rows.ColCrops)
	if looked {
		want = append(want, rows.Nullable(rows.ColMaskPath, rows.TypeText), rows.Nullable(rows.ColCrops, rows.TypeCrops))
	}
	at, err := rows.ColumnsOf(in, want...)
	if err != nil {
		return nil, nil, err
	}
	return cropTable, func(batch arrow.RecordBatch) (arrow.RecordBatch, error) {
		if !looked {
			return array.NewRecordBatch(cropTable, nullsOf(cropTable, 0), 0), nil
		}
		return cropRows(batch.Column(at[0]), batch.Column(at[1]), batch.Column(at[2]).(*array.List)), nil
	}, nil
}

func nullsOf(schema *arrow.Schema, n int) []arrow.Array {
	columns := make([]arrow.Array, schema.NumFields())
	for i, field := range schema.Fields() {
		columns[i] = allNull(field.Type, n)
	}
	return columns
}

// cropRows are the rows of the table for images with crops.
func cropRows(ids, masks arrow.Array, crops *array.List) arrow.RecordBatch {
	var images, kept, number []int32
	for row := range crops.Len() {
		if crops.IsNull(row) {
			continue
		}
		from, to := crops.ValueOffsets(row)
		for at := from; at < to; at++ {
			images, kept, number = append(images, int32(row)), append(kept, int32(at)), append(number, int32(at-from)+1)
		}
	}
	values := crops.ListValues().(*array.Struct)
	boxes := engine.Take(array.NewRecordBatch(cropSchema, cropArrays(values), int64(values.Len())), kept)
	of := engine.Take(array.NewRecordBatch(cropImages, []arrow.Array{ids, masks}, int64(ids.Len())), images)
	fromMask := originIs(boxes.Column(4), "mask")
	mask := nullIf(of.Column(1), func(crop int) bool { return !fromMask(crop) })
	columns := slices.Concat([]arrow.Array{of.Column(0), rows.Fixed(rows.TypeInt32, number, nil)}, boxes.Columns(),
		[]arrow.Array{mask})
	return array.NewRecordBatch(cropTable, columns, int64(len(kept)))
}

// cropImages are the columns of an image that stand in the table of crops.
var cropImages = arrow.NewSchema([]arrow.Field{
	{Name: OutImageID, Type: rows.TypeText}, rows.Nullable(rows.ColMaskPath, rows.TypeText),
}, nil)

// cropSchema is rows.TypeCrop as columns.
var cropSchema = arrow.NewSchema(rows.TypeCrop.Fields(), nil)

func cropArrays(values *array.Struct) []arrow.Array {
	columns := make([]arrow.Array, values.NumField())
	for i := range columns {
		columns[i] = values.Field(i)
	}
	return columns
}

// originIs says of which crops the origin is a text.
func originIs(origin arrow.Array, text string) func(crop int) bool {
	codes, texts := rows.CodesOf(origin)
	is := make([]bool, texts.Len())
	for i := range is {
		is[i] = texts.Value(i) == text
	}
	return func(crop int) bool { return is[codes[crop]] }
}
