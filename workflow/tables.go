package workflow

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/ledger"
	"github.com/dermset/dermset/stages"
)

// A smallTable is one of the tables that do not grow with rows.
type smallTable struct {
	name    string // without the version's prefix
	columns []string
	rows    [][]string
}

// writeTables writes every small table of spec 10, quality.json among them.
func (b *build) writeTables(version *releaseio.Version, counts *stages.Distribution) error {
	tables := []smallTable{
		b.classTable(1, b.decided.Stage1), b.classTable(2, b.decided.Stage2), b.classTable(3, b.decided.Stage3),
		b.distribution("fitzpatrick", counts.Fitzpatrick), b.distribution("imagetype", counts.ImageType),
		summary("fitzpatrick", counts.Fitzpatrick), summary("imagetype", counts.ImageType),
		b.codeTable(), b.newCategories(), b.categories(),
	}
	for _, table := range tables {
		if err := putFile(version, b.file(table.name+".csv"), table.text()); err != nil {
			return err
		}
	}
	if err := b.duplicates(version); err != nil {
		return err
	}
	if err := b.emptyCrops(version); err != nil {
		return err
	}
	quality, err := b.quality()
	if err != nil {
		return err
	}
	text, err := jsonText(quality)
	if err != nil {
		return err
	}
	return putFile(version, "quality.json", text)
}

// text is the table as CSV.
func (t smallTable) text() []byte {
	text := csvio.AppendRecord(nil, t.columns...)
	for _, row := range t.rows {
		text = csvio.AppendRecord(text, row...)
	}
	return text
}

// putFile writes one file of a version.
func putFile(version *releaseio.Version, name string, text []byte) error {
	file, err := version.Create(name)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	return errors.Join(err, file.Close())
}

func (b *build) classTable(stage int, classes []ledger.Class) smallTable {
	t := smallTable{name: fmt.Sprintf("classes_stage%d", stage), columns: []string{"target_name", "icd11_codes", "images", "sources", "patients", "groups"}}
	if stage >= 2 {
		t.columns = append(t.columns, "merged_from")
	}
	if stage >= 3 {
		t.columns = append(t.columns, "class_id", "train", "val", "test")
	}
	codes := b.table.Codes
	if stage >= 2 {
		codes = b.table.FinalCodes
	}
	for _, class := range classes {
		row := []string{b.table.Names[class.Name], list(codes[class.Name]), number(class.Images), number(class.Sources), number(class.Patients), number(class.Groups)}
		if stage >= 2 {
			from := make([]string, len(class.MergedFrom))
			for i, name := range class.MergedFrom {
				from[i] = b.table.Names[name]
			}
			row = append(row, list(from))
		}
		if stage >= 3 {
			row = append(row, strconv.Itoa(int(class.ClassID)), number(class.Splits[0]), number(class.Splits[1]), number(class.Splits[2]))
		}
		t.rows = append(t.rows, row)
	}
	return t
}

// className is the name of a class id.
func (b *build) className(id int) string { return b.table.Names[b.decided.Classes[id]] }

// distribution counts a value in every class, zeros and unknown included.
func (b *build) distribution(what string, counts stages.Counts) smallTable {
	t := smallTable{name: what + "_distribution", columns: []string{"target_name", "class_id", column(what), "images", "percent"}}
	for id, class := range counts.Classes {
		total := int64(0)
		for _, images := range class {
			total += images.Total()
		}
		for i, images := range class {
			t.rows = append(t.rows, []string{b.className(id), strconv.Itoa(id), counts.Values[i], number(images.Total()), percent(images.Total(), total)})
		}
	}
	return t
}

// summary counts a value over all selected images.
func summary(what string, counts stages.Counts) smallTable {
	t := smallTable{name: what + "_summary", columns: []string{column(what), "images", "percent", "train", "val", "test"}}
	sums := make([]stages.SplitCounts, len(counts.Values))
	total := int64(0)
	for _, class := range counts.Classes {
		for i, images := range class {
			for split, n := range images {
				sums[i][split] += n
				total += n
			}
		}
	}
	for i, images := range sums {
		t.rows = append(t.rows, []string{counts.Values[i], number(images.Total()), percent(images.Total(), total), number(images[0]), number(images[1]), number(images[2])})
	}
	return t
}

// column is the column's name behind a table's.
func column(what string) string {
	if what == "imagetype" {
		return "image_type"
	}
	return what
}

// newCategories lists the mapped names that known_categories.csv does not have, with the images mapped to them.
func (b *build) newCategories() smallTable {
	t := smallTable{name: "new_categories", columns: []string{"target_name", "icd11_codes", "images", "tabs"}}
	images := b.mappedImages()
	known := map[string]bool{}
	for _, category := range b.known {
		known[category.Name] = true
	}
	tabs := map[string][]string{}
	for _, row := range b.table.Rows {
		if !slices.Contains(tabs[row.Target], row.Tab) {
			tabs[row.Target] = append(tabs[row.Target], row.Tab)
		}
	}
	for i, name := range b.table.Names {
		if !known[name] {
			t.rows = append(t.rows, []string{name, list(b.table.Codes[i]), number(images[name]), list(tabs[name])})
		}
	}
	return t
}

// categories gives every class the folder its pictures go to.
func (b *build) categories() smallTable {
	t := smallTable{name: "categories", columns: []string{"folder", "target_name", "class_id"}}
	names := make([]string, len(b.decided.Classes))
	for id := range names {
		names[id] = b.className(id)
	}
	for id, folder := range folderNames(names) {
		t.rows = append(t.rows, []string{folder, names[id], strconv.Itoa(id)})
	}
	return t
}

// emptyCrops writes the crop table with its columns and no rows: there are no pictures yet.
func (b *build) emptyCrops(version *releaseio.Version) error {
	text := &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}
	fields := []arrow.Field{{Name: "image_id", Type: arrow.BinaryTypes.String}, {Name: "crop_id", Type: arrow.BinaryTypes.String}}
	for _, name := range []string{"x", "y", "width", "height"} {
		fields = append(fields, arrow.Field{Name: name, Type: arrow.PrimitiveTypes.Int32})
	}
	fields = append(fields, arrow.Field{Name: "origin", Type: text, Nullable: true}, arrow.Field{Name: "annotator", Type: text, Nullable: true},
		arrow.Field{Name: "mask_path", Type: arrow.BinaryTypes.String, Nullable: true})
	var files closers
	_, err := b.parquetFile(version, &files, "crops", arrow.NewSchema(fields, nil))
	return errors.Join(err, files.close())
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

// list is a list cell: a JSON array, sorted bytewise.
func list(items []string) string {
	sorted := slices.Sorted(slices.Values(items))
	if sorted == nil {
		sorted = []string{}
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(sorted); err != nil {
		panic(err) // strings only
	}
	return string(bytes.TrimRight(text.Bytes(), "\n"))
}

// percent is 100 × part / total with two decimals, half away from zero; of nothing it is 0.00.
func percent(part, total int64) string {
	if total == 0 {
		return "0.00"
	}
	hundredths := (part*20000 + total) / (2 * total)
	return fmt.Sprintf("%d.%02d", hundredths/100, hundredths%100)
}
