package build

import (
	"bytes"
	_ "embed"
	"errors"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/mapping"
	"github.com/dermset/dermset/rows"
	"github.com/dermset/dermset/sssom"
	"github.com/dermset/dermset/workflow/workspace"
)

// normalisedSchema is that of a version's mapping/normalised.parquet; the CSV has the same columns.
var normalisedSchema = func() *arrow.Schema {
	field := func(name string, of arrow.DataType) arrow.Field {
		return arrow.Field{Name: name, Type: of, Nullable: true}
	}
	return arrow.NewSchema([]arrow.Field{
		field("source", rows.TypeText), field("source_label", rows.TypeText), field("target_name", rows.TypeText),
		field("icd11_codes", arrow.ListOf(rows.TypeText)), field("final_class", rows.TypeText),
		field("notes", rows.TypeText), field("needed_to_differentiate", rows.TypeText), field("consult", rows.TypeText),
		field("annotator", rows.TypeText),
	}, nil)
}()

// codesColumn is the column of lists.
const codesColumn = 3

// normalisedTexts are the cells of one row but its codes: what a label of a source became.
func (b *build) normalisedTexts(row mapping.Row) []string {
	final := ""
	if i, known := slices.BinarySearch(b.mapping.Names, row.Target); known && b.mapping.Final[i] >= 0 {
		final = b.mapping.Names[b.mapping.Final[i]]
	}
	return []string{row.Source, row.Label, row.Target, "", final, row.Notes, row.Needed, row.Consult, row.Annotator}
}

// normalised is the mapping as one table, sorted bytewise.
func (b *build) normalised(w io.Writer) error {
	var columns []string
	for _, field := range normalisedSchema.Fields() {
		columns = append(columns, field.Name)
	}
	return workspace.WriteRows(w, columns, func(yield func([]string) bool) {
		for _, row := range b.mapping.Rows {
			cells := b.normalisedTexts(row)
			cells[codesColumn] = dataset.List(row.Codes)
			if !yield(cells) {
				return
			}
		}
	})
}

// normalisedBatches are the same rows as batches; an empty cell is null.
func (b *build) normalisedBatches() iter.Seq[arrow.RecordBatch] {
	return func(yield func(arrow.RecordBatch) bool) {
		for some := range slices.Chunk(b.mapping.Rows, 8192) {
			batch := array.NewRecordBuilder(memory.DefaultAllocator, normalisedSchema)
			for _, row := range some {
				for i, text := range b.normalisedTexts(row) {
					switch to := batch.Field(i).(type) {
					case *array.ListBuilder:
						to.Append(true)
						to.ValueBuilder().(*array.StringBuilder).AppendValues(row.Codes, nil)
					case *array.StringBuilder:
						if text == "" {
							to.AppendNull()
						} else {
							to.Append(text)
						}
					}
				}
			}
			if !yield(batch.NewRecordBatch()) {
				return
			}
		}
	}
}

// writeMapping writes what the workbook says: the normalised table in both forms, exclusions and mergers, where reviews
// differ, and SSSOM.
func (p *publication) writeMapping() error {
	if err := p.writeFile("mapping/normalised.csv", p.normalised); err != nil {
		return err
	}
	if err := p.normalisedParquet(); err != nil {
		return err
	}
	if err := p.putFile("mapping/exclusions_and_mergers.csv", p.refinements().Text()); err != nil {
		return err
	}
	differ, err := p.discrepancies()
	if err == nil {
		err = p.putFile("mapping/discrepancies.csv", differ.Text())
	}
	if err != nil {
		return err
	}
	set := sssom.Set{Dataset: p.Config.Dataset, Version: p.Config.Version, Mapping: p.mapping,
		ReleaseID: p.Config.ICD11.Release, Release: p.release, Reviews: p.reviews()}
	text := set.Text()
	if err := p.putFile("mapping/mapping.sssom.tsv", text); err != nil {
		return err
	}
	return p.putFile("mapping/README.txt", p.readme(text))
}

func (p *publication) normalisedParquet() error {
	var files closers
	write := func() error {
		parquet, err := p.parquetFile(&files, "mapping/normalised", normalisedSchema)
		if err != nil {
			return err
		}
		sink, err := parquet.Sink(normalisedSchema)
		if err != nil {
			return err
		}
		for batch := range p.normalisedBatches() {
			laid, err := sink.Look(batch)
			if err == nil {
				err = sink.Take(laid)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	return errors.Join(write(), files.close())
}

// refinements are the rows of the tab of exclusions and mergers.
func (b *build) refinements() workspace.Table {
	t := workspace.Table{Columns: []string{"category", "action", "merge_into", "reason", "consult", "annotator"}}
	for _, r := range b.mapping.Refinements {
		t.Rows = append(t.Rows, []string{r.Category, r.Action(), r.Into, r.Reason, r.Consult, r.Annotator})
	}
	return t
}

// readmeText tells an auditor how to check the mapping of a version without this program.
//
//go:embed readme.txt
var readmeText string

// readme is readmeText for this version and its SSSOM file, whose head has to be skipped by lines.
func (p *publication) readme(sssom []byte) []byte {
	head := 0
	for line := range bytes.Lines(sssom) {
		if line[0] != '#' {
			break
		}
		head++
	}
	return []byte(strings.NewReplacer("VERSION", p.Config.VersionName(), "HEAD", strconv.Itoa(head)).Replace(readmeText))
}
