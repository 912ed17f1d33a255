package sources

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/packed"
)

// masks are the files that the template of mask_path matches.
type masks struct {
	match  *regexp.Regexp
	folder string
	paths  packed.Numbers // path → number, bytewise
	has    []bool         // an image has the mask of that number
}

// maskAt is the index of mask_path in dataset.Columns.
var maskAt = slices.Index(dataset.Columns, dataset.MaskPath)

func (g *ingest) loadMasks(errs *errorList) {
	col := g.c.columns[dataset.MaskPath]
	if col == nil || col.missing == "keep" || len(col.sources) != 1 {
		return
	}
	g.masks = &masks{}
	g.masks.match, g.masks.folder = compileMask(col.paths())
	errs.add(g.masks.each(g.raw, func(name string) {
		g.masks.paths.Put([]byte(name), uint32(len(g.masks.has)))
		g.masks.has = append(g.masks.has, false)
	}))
}

// each calls see for every mask, bytewise.
func (m *masks) each(r *raw, see func(name string)) error {
	return r.eachFile(m.folder, func(name string, link bool) bool {
		if !link && m.match.MatchString(name) && !leftBySystem(name) {
			see(name)
		}
		return true
	})
}

// pairMask looks whether the mask of the row in g.cells is there.
func (g *ingest) pairMask() {
	mask := g.cells[maskAt]
	if g.masks == nil {
		return
	}
	if number, there := g.masks.paths.Get([]byte(mask)); there {
		g.masks.has[number] = true
		return
	}
	if dataset.CheckPath(mask) == nil && !g.masks.match.MatchString(mask) { // replace, map or else: made another path
		there, err := g.raw.has(mask)
		if err != nil {
			g.out.fail(g.rows[0].place(), fmt.Errorf("mask %s: %w", g.raw.path(mask), withoutPath(err)))
		}
		if there || err != nil {
			return
		}
	}
	if g.c.columns[dataset.MaskPath].missing == "error" {
		g.out.fail(g.rows[0].place(), fmt.Errorf("mask %s of image %q is not there (missing: empty lets it be)",
			g.raw.path(mask), g.cells[0]))
		return
	}
	g.cells[maskAt] = ""
}

// accountMasks lists the masks that no image has.
func (g *ingest) accountMasks() error {
	if g.masks == nil {
		return nil
	}
	count := File{Table: "masks", Rows: len(g.masks.has)}
	for _, has := range g.masks.has {
		if has {
			count.Used++
		}
	}
	g.out.report.Files = append(g.out.report.Files, count)
	if count.Used == count.Rows {
		return nil
	}
	return g.masks.each(g.raw, func(name string) {
		if number, known := g.masks.paths.Get([]byte(name)); known && !g.masks.has[number] {
			g.out.unused(Unused{File: name, Reason: "mask_without_image", Detail: "no image has this mask"})
		}
	})
}
