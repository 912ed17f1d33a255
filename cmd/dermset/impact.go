package main

import (
	"cmp"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/dermset/dermset/mapping"
	"github.com/dermset/dermset/results"
	"github.com/dermset/dermset/workflow/build"
)

func (a *app) mappingImpactCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "impact OLD [NEW]",
		Short: "What another workbook would do to the dataset, before a build",
		Long: `What the workbook NEW would do in place of OLD, judged on this workspace's datasets before a build:
labels mapped otherwise and where their images go, classes that cross the threshold, appear, vanish
or change their codes. OLD and NEW are XLSX files or folders of CSVs; NEW is the workspace's
workbook unless given. The figures are those that two builds would have. Nothing is written.`,
		Example: `  dermset mapping impact dist/DXv27.0/mapping/workbook         # what changed since the last version
  dermset mapping impact mapping/workbook.xlsx ~/edited.xlsx   # before the edited one takes its place
  dermset mapping impact old.xlsx --format csv > impact.csv`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			w, err := a.open()
			if err != nil {
				return err
			}
			newer := "" // the workspace's
			if len(args) == 2 {
				newer = args[1]
			}
			impact, err := build.Impact(cmd.Context(), w, args[0], newer)
			if err != nil {
				return err
			}
			if err := a.printImpact(impact); err != nil {
				return err
			}
			a.say("%s", impact.Summary())
			return nil
		},
	}
}

// impactForm is that of JSON and CSV, where labels and classes are rows of one table:
// change says which (docs/impact.md).
var impactForm = results.Form{
	Verb: "mapping impact", Says: "each label that goes elsewhere, and each class that changes",
	Rows: results.Columns{
		results.Text("change", "label_ or class_ and what becomes of it (docs/impact.md)"),
		results.Text("source", "of a label: its source").OrNone(),
		results.Text("subject", "the label or the class"),
		results.Text("target_before", "of a label: its Target Name before").OrNone(),
		results.Text("target_after", "of a label: its Target Name now").OrNone(),
		results.Text("class_before", "the class before").OrNone(),
		results.Text("class_after", "the class now").OrNone(),
		results.Text("rejected_before", "why the images were rejected").OrNone(),
		results.Text("rejected_after", "why they are rejected now").OrNone(),
		results.Whole("images_before", "images before"),
		results.Whole("images_after", "images now"),
		results.Whole("groups_before", "of a class: groups before").OrNone(),
		results.Whole("groups_after", "of a class: groups now").OrNone(),
		results.List("codes_before", "of a class: codes before"),
		results.List("codes_after", "of a class: codes now"),
		results.Whole("named", "of a label: differential diagnoses that name it").OrNone(),
	},
}

func (a *app) printImpact(i *build.Changes) error {
	if a.format == "table" {
		return a.printImpactTables(i)
	}
	var rows [][]string
	for _, l := range i.Labels {
		n := count(l.Images)
		rows = append(rows, []string{"label_" + l.Kind(), l.Source, l.Label, l.Before.Target, l.After.Target, l.Before.Class,
			l.After.Class, l.Before.Rejected, l.After.Rejected, n, n, "", "", "", "", count(l.Named)})
	}
	for _, c := range i.Classes {
		row := []string{"class_" + c.Kind(), "", c.Name, "", ""}
		row = append(row, className(c.Name, c.Before), className(c.Name, c.After),
			classRejected(c.Before), classRejected(c.After))
		row = append(row, count(c.Before.Images), count(c.After.Images), count(c.Before.Groups), count(c.After.Groups))
		rows = append(rows, append(row, classCodes(c.Before), classCodes(c.After), ""))
	}
	return a.giveRows(impactForm, rows)
}

func count(n int64) string { return strconv.FormatInt(n, 10) }

// className is the class's name while it has images.
func className(name string, s build.ClassState) string {
	if s.Images == 0 {
		return ""
	}
	return name
}

// classCodes is the class's codes while it has images.
func classCodes(s build.ClassState) string {
	if s.Images == 0 {
		return ""
	}
	return mapping.CodesText(s.Codes)
}

func classRejected(s build.ClassState) string {
	if s.Images == 0 || s.Selected {
		return ""
	}
	return "below_threshold"
}

// printImpactTables shows labels and classes as a table each, in words.
func (a *app) printImpactTables(i *build.Changes) error {
	if len(i.Labels) > 0 {
		if err := a.printLine("labels: where their images go"); err != nil {
			return err
		}
		rows := make([][]string, len(i.Labels))
		for n, l := range i.Labels {
			rows[n] = []string{l.Source, l.Label, l.Kind(), standing(l.Before),
				standing(l.After), count(l.Images), count(l.Named)}
		}
		columns := []string{"source", "label", "change", "before", "after", "images", "named"}
		if err := a.printTable(columns, rows); err != nil {
			return err
		}
	}
	if len(i.Classes) > 0 {
		if len(i.Labels) > 0 {
			fmt.Fprintln(a.stdout)
		}
		if err := a.printLine("classes: after exclusions and mergers"); err != nil {
			return err
		}
		rows := make([][]string, len(i.Classes))
		for n, c := range i.Classes {
			codes := cmp.Or(classCodes(c.After), classCodes(c.Before))
			if c.Recoded() {
				codes = classCodes(c.Before) + " → " + codes
			}
			rows[n] = []string{c.Name, classWords(c), arrow(c.Before.Images, c.After.Images),
				arrow(c.Before.Groups, c.After.Groups), codes}
		}
		return a.printTable([]string{"class", "change", "images", "groups", "codes"}, rows)
	}
	if len(i.Labels) == 0 {
		return a.printLine("no label and no class changes")
	}
	return nil
}

// standing says in words where the images of a label stand.
func standing(s build.LabelState) string {
	switch s.Rejected {
	case "":
		return s.Class
	case "unmapped":
		return "(unmapped)"
	case "label_excluded":
		return "(left out)"
	case "category_excluded":
		return s.Class + " (excluded)"
	case "below_threshold":
		return s.Class + " (below the threshold)"
	}
	return cmp.Or(s.Class, "("+s.Rejected+")")
}

func classWords(c build.ClassChange) string {
	below := c.After.Images > 0 && !c.After.Selected
	switch kind := c.Kind(); {
	case kind == "falls":
		return "falls below the threshold"
	case kind == "rises":
		return "rises above the threshold"
	case below:
		return kind + ", below the threshold"
	default:
		return kind
	}
}

func arrow(before, after int64) string {
	if before == after {
		return count(before)
	}
	return count(before) + " → " + count(after)
}
