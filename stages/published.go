package stages

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/rows"
)

// A Shot is a selected row as those see it who publish its picture.
type Shot struct {
	Path    string // its image_path
	ClassID int32
	SHA256  string // of its picture; empty: it has none
	Crops   []Crop // by crop_id
}

// ShotFields are the columns that tell of shots.
var ShotFields = []arrow.Field{
	rows.Nullable(rows.ColImagePath, rows.TypeText), rows.Nullable(rows.ColClassID, rows.TypeInt32),
	rows.Nullable(rows.ColSHA256, rows.TypeText), rows.Nullable(rows.ColCrops, rows.TypeCrops),
}

// Shots gives the rows of batches of selected rows, one after another.
func Shots(in *arrow.Schema) (func(batch arrow.RecordBatch, each func(row int, s Shot) error) error, error) {
	at, err := rows.ColumnsOf(in, ShotFields...)
	if err != nil {
		return nil, err
	}
	return func(batch arrow.RecordBatch, each func(int, Shot) error) error {
		paths, sums := batch.Column(at[0]).(*array.String), batch.Column(at[2]).(*array.String)
		classes, crops := batch.Column(at[1]).(*array.Int32), batch.Column(at[3]).(*array.List)
		for i := range int(batch.NumRows()) {
			if classes.IsNull(i) {
				return fmt.Errorf("image %q has no class", paths.Value(i))
			}
			s := Shot{Path: paths.Value(i), ClassID: classes.Value(i), Crops: cropsAt(crops, i)}
			if sums.IsValid(i) {
				s.SHA256 = sums.Value(i)
			}
			if err := each(i, s); err != nil {
				return fmt.Errorf("image %q: %w", s.Path, err)
			}
		}
		return nil
	}, nil
}

// cropsAt are the rectangles of a row.
func cropsAt(crops *array.List, row int) (all []Crop) {
	if crops.IsNull(row) {
		return nil
	}
	values, sides := crops.ListValues().(*array.Struct), [4][]int32{}
	for i := range sides {
		sides[i] = values.Field(i).(*array.Int32).Int32Values()
	}
	from, to := crops.ValueOffsets(row)
	for at := from; at < to; at++ {
		all = append(all, Crop{X: sides[0][at], Y: sides[1][at], Width: sides[2][at], Height: sides[3][at]})
	}
	return all
}

// Published publishes the pictures of selected rows and puts beside each where its own is.
type Published struct {
	// Of publishes a picture; path and sum are empty where there is none to publish. It is called by many goroutines.
	Of func(Shot) (path, sum string, err error)
}

// Name is the stage's name in errors.
func (Published) Name() string { return "published" }

// Bind checks the columns.
func (p Published) Bind(in *arrow.Schema) (*arrow.Schema, apply, error) {
	shots, err := Shots(in)
	if err != nil {
		return nil, nil, err
	}
	out := arrow.NewSchema(slices.Concat(in.Fields(), []arrow.Field{
		rows.Nullable(rows.ColPublishedPath, rows.TypeText), rows.Nullable(rows.ColPublishedSum, rows.TypeText)}), nil)
	return out, func(batch arrow.RecordBatch) (arrow.RecordBatch, error) {
		n := int(batch.NumRows())
		paths, sums := &factTexts{rows.NewText(n, 0), n}, &factTexts{rows.NewText(n, 0), n}
		if err := shots(batch, func(row int, s Shot) error {
			path, sum, err := p.Of(s)
			_, _ = paths.add(row, path), sums.add(row, sum) // which are never refused
			return err
		}); err != nil {
			return nil, err
		}
		columns := slices.Concat(batch.Columns(), []arrow.Array{paths.array(), sums.array()})
		return array.NewRecordBatch(out, columns, int64(n)), nil
	}, nil
}

// publishedPaths are where the pictures of a batch are; all null where none are published.
func publishedPaths(batch arrow.RecordBatch) arrow.Array {
	if at := batch.Schema().FieldIndices(rows.ColPublishedPath); len(at) > 0 {
		return batch.Column(at[0])
	}
	return allNull(rows.TypeText, int(batch.NumRows()))
}

// PictureFolder makes of the rows of Selected what loaders of image folders read beside the pictures: of those that
// have one, its file's name below Folder and its label, then the columns of the hard-label table.
type PictureFolder struct{ Folder string }

// Name is the stage's name in errors.
func (PictureFolder) Name() string { return "picture folder" }

// Bind checks the columns.
func (f PictureFolder) Bind(in *arrow.Schema) (*arrow.Schema, apply, error) {
	at, err := rows.ColumnsOf(in, rows.Nullable(rows.ColImagePath, rows.TypeText),
		rows.Nullable(OutTarget, rows.TypeDict))
	if err != nil {
		return nil, nil, err
	}
	rest, choose := columnsWhere(in, func(name string) bool {
		return name != rows.ColImagePath && !strings.HasPrefix(name, rows.ExtraPrefix)
	})
	out := arrow.NewSchema(slices.Concat([]arrow.Field{{Name: "file_name", Type: rows.TypeText},
		rows.Nullable("label", rows.TypeDict)}, rest.Fields()), nil)
	return out, func(batch arrow.RecordBatch) (arrow.RecordBatch, error) {
		paths := batch.Column(at[0]).(*array.String)
		var with []int32
		names := rows.NewText(paths.Len(), len(paths.ValueBytes()))
		for i := range paths.Len() {
			if paths.IsValid(i) {
				with = append(with, int32(i))
				names.Add(strings.TrimPrefix(paths.Value(i), path.Clean(f.Folder)+"/"))
			}
		}
		batch = engine.Take(batch, with)
		others, err := choose(batch)
		if err != nil {
			return nil, err
		}
		columns := slices.Concat([]arrow.Array{names.Array(), batch.Column(at[1])}, others.Columns())
		return array.NewRecordBatch(out, columns, int64(len(with))), nil
	}, nil
}
