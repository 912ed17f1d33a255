package build

import (
	"bufio"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/pseudonyms"
	"github.com/dermset/dermset/rows"
	"github.com/dermset/dermset/stages"
	"github.com/dermset/dermset/workflow/workspace"
)

// wantKey is an error where a step puts pseudonyms and there is no key for them.
func (b *build) wantKey(until string) error {
	if until != "publish" || !b.Config.Privacy.Pseudonymise {
		return nil
	}
	if _, err := b.PseudonymKey(b.ctx); err != nil {
		return fmt.Errorf("privacy.pseudonymise: %w", err)
	}
	return nil
}

// keepWayBack writes what leads back from the pseudonyms of a version that is written and not yet published, for its
// owner alone. That two originals have one pseudonym is an error.
func (p *publication) keepWayBack(dir string) error {
	if p.disguise == nil {
		return nil
	}
	file, err := fileio.CreateSecret(filepath.Join(dir, filepath.Base(workspace.WayBackFile)))
	if err != nil {
		return err
	}
	return errors.Join(p.writeWayBack(file), file.Close())
}

func (p *publication) writeWayBack(file *os.File) error {
	out := bufio.NewWriterSize(file, 1<<18)
	back, err := pseudonyms.NewWayBack(out)
	if err != nil {
		return err
	}
	known, err := p.generated()
	if err != nil {
		return err
	}
	var passes []engine.Pass
	for _, source := range p.sources {
		stream, err := p.originals(source)
		if err != nil {
			return err
		}
		passes = append(passes, engine.Pass{Name: source.Name, In: stream,
			Into: []engine.Sink{p.disguise.wayBack(source.Name, back), p.disguise.idLabels(known.Labels[source.Ordinal])}})
	}
	if err := p.drain("publish: way back", 0, onePass(passes...)); err != nil {
		return err
	}
	if n := len(p.disguise.labels); n > 0 {
		p.Log.Warn(fmt.Sprintf("source labels that are equal to an id or a path, and leave as they are: %d, such as %q", n,
			slices.Min(slices.Collect(maps.Keys(p.disguise.labels)))))
	}
	for _, entry := range p.disguise.told() {
		if err := back.Add(entry); err != nil {
			return err
		}
	}
	return out.Flush()
}

// originals are the columns of a source's rows that have pseudonyms, of rejected rows too.
func (p *publication) originals(source workspace.Source) (engine.Stream, error) {
	paths, err := p.pathsOf(source.Name)
	if err != nil {
		return engine.Stream{}, err
	}
	kept, err := p.rowsOf("generate", source.Name)
	if err != nil {
		return engine.Stream{}, err
	}
	decided, err := p.rowsOf("split", source.Name)
	if err != nil {
		return engine.Stream{}, err
	}
	stream, err := engine.Zip(paths.Stream(rows.ColImagePath),
		kept.Stream(rows.ColPatient, rows.ColLesion, rows.ColMaskPath))
	if err != nil {
		return engine.Stream{}, err
	}
	if stream, err = engine.Zip(stream, decided.Stream(rows.ColGroup)); err != nil || !p.HasPictures() {
		return stream, err
	}
	pictures, err := p.rowsOf("pictures", source.Name)
	if err != nil {
		return engine.Stream{}, err
	}
	return engine.Zip(stream, pictures.Stream(rows.ColFlaw))
}

// wayBack is a sink of the originals of a source, row by row.
func (d *disguise) wayBack(source string, back *pseudonyms.WayBack) engine.Sink {
	space := d.spaces[source]
	kinds := []struct {
		column, space string
		kind          pseudonyms.Kind
	}{
		{rows.ColImagePath, source, pseudonyms.Image}, {rows.ColPatient, space, pseudonyms.Patient},
		{rows.ColLesion, space, pseudonyms.Lesion}, {rows.ColMaskPath, source, pseudonyms.Mask},
		{rows.ColGroup, "", pseudonyms.Group}, {rows.ColFlaw, source, pseudonyms.Text},
	}
	return engine.Survey[[]pseudonyms.Entry]{Name: "way back",
		OnLook: func(batch arrow.RecordBatch) (all []pseudonyms.Entry, err error) {
			columns, last := make([]func(int) string, len(kinds)), make([]string, len(kinds))
			for i, k := range kinds {
				columns[i] = textsIn(batch, k.column)
			}
			for row := range int(batch.NumRows()) {
				for i, k := range kinds {
					text := columns[i](row)
					if text == "" || text == last[i] {
						continue
					}
					last[i] = strings.Clone(text)
					all = append(all, pseudonyms.Entry{Kind: k.kind, Space: k.space, Original: last[i],
						Pseudonym: d.key.Of(k.kind, k.space, text)})
				}
			}
			return all, nil
		},
		OnTake: func(all []pseudonyms.Entry) error {
			for _, entry := range all {
				if err := back.Add(entry); err != nil {
					return err
				}
			}
			return nil
		}}
}

// textsIn are the texts of a column, whatever its type; empty where it is null, or there is no such column.
func textsIn(batch arrow.RecordBatch, name string) func(row int) string {
	at := batch.Schema().FieldIndices(name)
	if len(at) == 0 {
		return func(int) string { return "" }
	}
	switch column := batch.Column(at[0]).(type) {
	case *array.Uint64:
		return stages.GroupTexts(column).(*array.String).Value
	case *array.Dictionary:
		return stages.TextsAt(column)
	default:
		return column.(*array.String).Value
	}
}

// idLabels is a sink that notes which labels of a source are the id or path of a row: they leave as they are.
func (d *disguise) idLabels(labels map[string]int64) engine.Sink {
	wanted := map[string]struct{}{}
	for label := range labels {
		wanted[label] = struct{}{}
	}
	return engine.Survey[[]string]{Name: "labels that are ids",
		OnLook: func(batch arrow.RecordBatch) (found []string, err error) {
			for _, column := range []string{rows.ColImagePath, rows.ColPatient, rows.ColLesion, rows.ColMaskPath} {
				found = append(found, among(textsOf(batch, column), wanted)...)
			}
			return found, nil
		},
		OnTake: func(found []string) error {
			for _, label := range found {
				d.labels[label] = struct{}{}
			}
			return nil
		}}
}
