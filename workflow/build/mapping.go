package build

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/dermset/dermset/fault"
	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/io/sheetio"
	"github.com/dermset/dermset/mapping"
	"github.com/dermset/dermset/stages"
	"github.com/dermset/dermset/workflow/versions"
	"github.com/dermset/dermset/workflow/workspace"
)

// counted is what is known of the rows when the findings of the mapping are made. The zero value: nothing yet.
type counted struct {
	labels []map[string]int64   // per source: label → rows that name it
	more   []stages.OtherLabels // per source: further labels
	rows   []int64              // per source: rows that name any
	images map[string]int64     // Target Name → rows mapped to it; nil before the join
	before *mapping.Before      // what the version of split.lock left out and merged; nil without one
}

// parseMapping makes the mapping and the findings of the workbook. As long as no row is counted, findings are asked
// only whether they block a build, which no title of the release and no meaning does: then both are left out, for to
// compare them takes longer than all else.
func (b *build) parseMapping(c counted) (*mapping.Mapping, []findings.Finding) {
	given := mapping.Given{Known: b.categories, NoCode: b.Config.ICD11.NoCode, Images: c.images,
		Before: c.before, Answered: b.answered()}
	if given.OnlyBlocking = c.labels == nil; !given.OnlyBlocking {
		given.Release = b.release
	}
	named := make([]mapping.Source, len(b.sources))
	for i, source := range b.sources {
		named[i] = mapping.Source{Name: source.Name, Tab: b.Config.Mapping.Tabs[source.Name], Pending: source.Pending()}
		if c.labels != nil {
			named[i].Labels, named[i].Rows = c.labels[i], c.rows[i]
			named[i].MoreLabels, named[i].MoreRows = c.more[i].Labels, c.more[i].Rows
		}
	}
	return mapping.Parse(b.book, named, given)
}

// before is what the version that split.lock names left out and merged. A version that is not on this machine, and one
// that holds no mapping, tell nothing.
func (b *build) before() (*mapping.Before, error) {
	if b.Config.Split.Lock == "" {
		return nil, nil
	}
	old := &mapping.Before{Excluded: map[[2]string]bool{}, Finals: map[string]string{}}
	columns := []string{"source", "source_label", "target_name", "final_class"} // earlier versions lack some others
	err := csvio.EachRow(b.ctx, b.beforeFile(), columns, func(r csvio.Row) bool {
		switch target := r.Cell(2); target {
		case mapping.Excludes:
			old.Excluded[[2]string{r.Cell(0), r.Cell(1)}] = true
		default:
			old.Finals[target] = r.Cell(3)
		}
		return true
	})
	if fault.Of(err) == fault.NotThere {
		return nil, nil
	}
	return old, err
}

func (b *build) beforeFile() string {
	return filepath.Join(b.Dist(b.Config.Split.Lock), "mapping", "normalised.csv")
}

// mappingHash names what the join reads of the mapping: the same for any order of the workbook's rows.
func (b *build) mappingHash() string {
	hash := sha256.New()
	text := func(s string) {
		hash.Write(binary.AppendUvarint(nil, uint64(len(s))))
		_, _ = io.WriteString(hash, s) // a hash takes everything
	}
	number := func(n int32) { hash.Write(binary.LittleEndian.AppendUint32(nil, uint32(n))) }
	number(int32(len(b.mapping.Names)))
	for i, name := range b.mapping.Names {
		text(name)
		number(b.mapping.Final[i])
	}
	for _, source := range workspace.SortedKeys(b.mapping.Labels) {
		labels := b.mapping.Labels[source]
		text(source)
		number(int32(len(labels)))
		for _, label := range workspace.SortedKeys(labels) {
			text(label)
			number(labels[label])
		}
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// WorkbookTable is the mapping of the workspace's workbook as it is now. Findings that block a build are one error.
func WorkbookTable(ctx context.Context, w *workspace.Workspace) (*versions.MappingTable, error) {
	book, m, found, err := ReadMapping(ctx, w)
	if err != nil {
		return nil, err
	}
	var errs []error
	for _, f := range blockers(found) {
		errs = append(errs, blocked(book, f))
	}
	return versions.MappingTableOf(m), workspace.Usage(errors.Join(errs...))
}

// blocked says what keeps a workbook from being used.
func blocked(book *sheetio.Book, f findings.Finding) error {
	return fmt.Errorf("%s: %s: %s %q: %s: %s", book.Path, f.Place, f.ID, f.Subject, f.Detail, f.Remedy)
}

// ReadMapping reads the workbook and what it says, without hashing or counting the rows of any source:
// findings that need rows are missing.
func ReadMapping(ctx context.Context,
	w *workspace.Workspace) (*sheetio.Book, *mapping.Mapping, []findings.Finding, error) {
	names, err := w.SourceNames()
	if err != nil {
		return nil, nil, nil, err
	}
	b := newBuild(ctx, w)
	configs, err := w.Declarations(names)
	for i, config := range configs {
		b.sources = append(b.sources, workspace.Source{Config: config, Ordinal: i})
	}
	var bookErr error
	b.book, bookErr = w.Workbook()
	if err := errors.Join(err, bookErr); err != nil {
		return nil, nil, nil, err
	}
	m, findings := b.parseMapping(counted{})
	return b.book, m, findings, nil
}
