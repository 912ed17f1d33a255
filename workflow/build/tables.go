package build

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/ledger"
	"github.com/dermset/dermset/portable"
	"github.com/dermset/dermset/stages"
	"github.com/dermset/dermset/workflow/workspace"
)

// writeTables writes every small table of spec 10, quality.json among them.
func (p *publication) writeTables() error {
	tables := []workspace.Table{
		p.classTable(1, p.decision.Stage1), p.classTable(2, p.decision.Stage2), p.classTable(3, p.decision.Stage3),
		p.distribution("fitzpatrick", p.counts.Fitzpatrick), p.distribution("imagetype", p.counts.ImageType),
		summary("fitzpatrick", p.counts.Fitzpatrick), summary("imagetype", p.counts.ImageType),
		p.codeTable(), p.newCategories(), p.classFolders(),
	}
	for _, table := range tables {
		if err := p.putFile(p.file(table.Name+".csv"), table.Text()); err != nil {
			return err
		}
	}
	if err := p.duplicates(); err != nil {
		return err
	}
	quality, err := p.quality()
	if err != nil {
		return err
	}
	text, err := workspace.JSONText(quality)
	if err != nil {
		return err
	}
	return p.putFile("quality.json", text)
}

// putFile writes one file of a version.
func (p *publication) putFile(name string, text []byte) error {
	return p.writeFile(name, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

// writeFile lets write write one file of a version.
func (p *publication) writeFile(name string, write func(io.Writer) error) error {
	file, err := p.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(write(file), file.Close())
}

func (p *publication) classTable(stage int, classes []ledger.Class) workspace.Table {
	t := workspace.Table{Name: fmt.Sprintf("classes_stage%d", stage),
		Columns: []string{"target_name", "icd11_codes", "images", "sources", "patients", "groups"}}
	if stage >= 2 {
		t.Columns = append(t.Columns, "merged_from")
	}
	if stage >= 3 {
		t.Columns = append(t.Columns, "class_id", "train", "val", "test")
	}
	codes := p.mapping.Codes
	if stage >= 2 {
		codes = p.mapping.FinalCodes
	}
	for _, class := range classes {
		row := []string{p.mapping.Names[class.Name], dataset.List(codes[class.Name]), workspace.Number(class.Images),
			workspace.Number(class.Sources), workspace.Number(class.Patients), workspace.Number(class.Groups)}
		if stage >= 2 {
			from := make([]string, len(class.MergedFrom))
			for i, name := range class.MergedFrom {
				from[i] = p.mapping.Names[name]
			}
			row = append(row, dataset.List(from))
		}
		if stage >= 3 {
			row = append(row, strconv.Itoa(int(class.ClassID)), workspace.Number(class.Splits[0]),
				workspace.Number(class.Splits[1]), workspace.Number(class.Splits[2]))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// className is the name of a class id.
func (p *publication) className(id int) string { return p.mapping.Names[p.decision.Classes[id]] }

// distribution counts a value in every class, zeros and unknown included.
func (p *publication) distribution(what string, counts stages.Counts) workspace.Table {
	t := workspace.Table{Name: what + "_distribution",
		Columns: []string{"target_name", "class_id", column(what), "images", "percent"}}
	for id, class := range counts.Classes {
		total := int64(0)
		for _, images := range class {
			total += images.Total()
		}
		for i, images := range class {
			t.Rows = append(t.Rows, []string{p.className(id), strconv.Itoa(id), counts.Values[i],
				workspace.Number(images.Total()), workspace.Percent(images.Total(), total)})
		}
	}
	return t
}

// summary counts a value over all selected images.
func summary(what string, counts stages.Counts) workspace.Table {
	t := workspace.Table{Name: what + "_summary",
		Columns: []string{column(what), "images", "percent", "train", "val", "test"}}
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
		t.Rows = append(t.Rows, []string{counts.Values[i], workspace.Number(images.Total()), workspace.Percent(images.Total(),
			total), workspace.Number(images[0]), workspace.Number(images[1]), workspace.Number(images[2])})
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
func (p *publication) newCategories() workspace.Table {
	t := workspace.Table{Name: "new_categories", Columns: []string{"target_name", "icd11_codes", "images", "tabs"}}
	images := p.mappedImages(p.decision)
	known := map[string]bool{}
	for _, category := range p.categories {
		known[category.Name] = true
	}
	tabs := map[string][]string{}
	for _, row := range p.mapping.Rows {
		if !slices.Contains(tabs[row.Target], row.Tab) {
			tabs[row.Target] = append(tabs[row.Target], row.Tab)
		}
	}
	for i, name := range p.mapping.Names {
		if !known[name] {
			t.Rows = append(t.Rows,
				[]string{name, dataset.List(p.mapping.Codes[i]), workspace.Number(images[name]), dataset.List(tabs[name])})
		}
	}
	return t
}

// classNames are the names by class_id.
func (p *publication) classNames() []string {
	names := make([]string, len(p.decision.Classes))
	for id := range names {
		names[id] = p.className(id)
	}
	return names
}

// classFolders gives every class the folder its pictures go to.
func (p *publication) classFolders() workspace.Table {
	t := workspace.Table{Name: "categories", Columns: []string{"folder", "target_name", "class_id"}}
	names := p.classNames()
	for id, folder := range portable.Folders(names) {
		t.Rows = append(t.Rows, []string{folder, names[id], strconv.Itoa(id)})
	}
	return t
}
