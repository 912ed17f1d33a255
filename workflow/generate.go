package workflow

import (
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/io/arrowio"
	"github.com/dermset/dermset/ledger"
	"github.com/dermset/dermset/rows"
	"github.com/dermset/dermset/stages"
)

// datasetColumns are the columns of a dataset CSV and which of them repeat few values.
var datasetColumns = []arrowio.Column{
	{Name: dataset.ImagePath}, {Name: dataset.Label, Dictionary: true}, {Name: dataset.Differentials},
	{Name: dataset.PatientID}, {Name: dataset.LesionID},
	{Name: dataset.SexColumn, Dictionary: true}, {Name: dataset.AgeColumn, Dictionary: true}, {Name: dataset.BodySite, Dictionary: true},
	{Name: dataset.FitzpatrickType, Dictionary: true}, {Name: dataset.ImageTypeColumn, Dictionary: true},
	{Name: dataset.MethodColumn, Dictionary: true}, {Name: dataset.MaskPath},
}

// generated is what pass one learned about the rows: work/generate/answer.json. The rows themselves and the ledger lie beside it.
type generated struct {
	Ledger     []ledger.Source     `json:"ledger"`
	Labels     []map[string]int64  `json:"labels"`      // per source: label → rows that name it
	Named      []int64             `json:"named"`       // per source: rows that name any label
	BadValues  [][]stages.BadValue `json:"bad_values"`  // per source
	BadWeights []stages.BadWeights `json:"bad_weights"` // per source
	Findings   []rows.Finding      `json:"findings"`
	Idle       []int               `json:"idle"` // lines of withdrawn.csv that name no image
}

func (b *build) generateKey() (stepKey, error) {
	files := map[string]string{"mapping": b.mappingHash(), "curation/withdrawn.csv": b.inputs.sum("curation/withdrawn.csv")}
	for _, source := range b.sources {
		files[b.inside(source.CSV)] = source.SHA256
		files[b.inside(source.Path)] = b.inputs.sum(b.inside(source.Path))
	}
	return newStepKey(b.Config.Split.GroupBy, files)
}

// generate is the first pass over the rows: read, normalise, join; keep the rows, the group tables and what the surveys found.
func (b *build) generate() error {
	key, err := b.generateKey()
	if err != nil {
		return err
	}
	if err := b.step("generate", key, b.passOne); err != nil {
		return err
	}
	b.stepHash["generate"] = key.hash()
	if b.answer != nil { // the step ran
		return b.dropCutOtherwise()
	}
	b.answer = &generated{}
	return readJSON(filepath.Join(b.work("generate"), "answer.json"), b.answer)
}

// dropCutOtherwise removes the answers of later steps whose rows are cut into other pieces than those of generate. Their keys may stand all the
// same: how rows are cut is no part of an answer, but rows are zipped piece by piece.
func (b *build) dropCutOtherwise() error {
	for _, step := range []string{"pictures", "split"} {
		for _, source := range b.sources {
			cut, err := b.pieces("generate", source.Name)
			if err != nil {
				return err
			}
			if later, err := b.pieces(step, source.Name); err == nil && slices.Equal(later, cut) {
				continue
			}
			if err := os.RemoveAll(b.work(step)); err != nil {
				return err
			}
			break
		}
	}
	return nil
}

// surveys are the sinks that pass one asks about one source.
type surveys struct {
	withdrawals *withdrawalCheck // of all sources

	paths   *pathCheck
	labels  *stages.Labels
	bad     *stages.BadValues
	weights *stages.BadWeights
}

// passOne writes the answer of generate into dir.
func (b *build) passOne(dir string) error {
	if err := errors.Join(os.MkdirAll(filepath.Join(dir, "rows"), 0o755), os.MkdirAll(filepath.Join(dir, "paths"), 0o755)); err != nil {
		return err
	}
	groups := ledger.NewGroups(ledger.GroupOptions{Patient: b.groupsBy("patient"), Lesion: b.groupsBy("lesion"), Names: b.table.Names, MaxFindings: maxAlike})
	var files closers
	passes, asked, err := b.firstPasses(dir, groups, &files)
	if err == nil {
		err = b.drain("generate", b.csvBytes(), onePass(passes...))
	}
	for i := 0; i < len(asked) && err == nil; i++ {
		err = asked[i].paths.err(b.ctx, b.sources[i].CSV)
	}
	if err := errors.Join(err, files.close()); err != nil {
		return b.everyError(err)
	}
	if err := b.unchanged(); err != nil {
		return err
	}
	return b.keepAnswer(dir, groups, asked)
}

// firstPasses opens all sources and makes their passes: all sinks are there before the first batch is taken.
func (b *build) firstPasses(dir string, groups *ledger.Groups, files *closers) ([]engine.Pass, []surveys, error) {
	streams, err := b.openSources()
	if err != nil {
		return nil, nil, err
	}
	seen, withdrawals := newPathSet(), &withdrawalCheck{map[string]map[string]struct{}{}, map[string]map[string]struct{}{}}
	passes, asked := make([]engine.Pass, len(b.sources)), make([]surveys, len(b.sources))
	for i, source := range b.sources {
		asked[i] = surveys{withdrawals, newPathCheck(b.inside(source.CSV), source.Bytes, b.Run.BatchBytes, seen), stages.NewLabels(), stages.NewBadValues(), &stages.BadWeights{}}
		if passes[i], err = b.firstPass(source, streams[i], groups, asked[i], dir, files); err != nil {
			return nil, nil, err
		}
	}
	return passes, asked, nil
}

// everyError reads all sources again after the pass over them failed, each to its end, so that what is wrong with any of them comes at once.
// If the sources are not what failed, it is err.
func (b *build) everyError(err error) error {
	var errs []error
	seen := newPathSet()
	for _, source := range b.sources {
		stream, headerErr := arrowio.ReadCSV(source.CSV, datasetColumns, b.Run.BatchBytes)
		if headerErr != nil {
			errs = append(errs, headerErr)
			continue
		}
		paths := newPathCheck(b.inside(source.CSV), source.Bytes, b.Run.BatchBytes, seen)
		rowsErr := engine.Drain(b.ctx, b.quiet(), onePass(engine.Pass{Name: source.Name, In: stream, Into: []engine.Sink{paths}}))
		errs = append(errs, rowsErr)
		if rowsErr == nil {
			errs = append(errs, paths.err(b.ctx, source.CSV))
		}
	}
	if all := errors.Join(errs...); all != nil {
		return all
	}
	return err
}

// unchanged is an error for every dataset CSV that was written to since it was hashed: the manifest would name what was not read.
func (b *build) unchanged() error {
	var errs []error
	for _, source := range b.sources {
		if !modified(source.CSV).Equal(source.changed) {
			errs = append(errs, fmt.Errorf("%s: changed while it was read; run again", b.inside(source.CSV)))
		}
	}
	return errors.Join(errs...)
}

// firstPass is the pass over one source's dataset CSV.
func (b *build) firstPass(source Source, raw engine.Stream, groups *ledger.Groups, asked surveys, dir string, files *closers) (engine.Pass, error) {
	normal, labels, err := labelSink(source, raw.Schema, asked.labels)
	if err != nil {
		return engine.Pass{}, err
	}
	joined, err := stages.Joined(raw.Schema)
	if err != nil {
		return engine.Pass{}, err
	}
	rows, err := files.stored(rowsPath(dir, source.Name), joined, stages.RowColumns{})
	if err != nil {
		return engine.Pass{}, err
	}
	paths, err := files.stored(pathsPath(dir, source.Name), joined, stages.ImagePaths{})
	if err != nil {
		return engine.Pass{}, err
	}
	inGroups, err := groupSink(source, groups, joined)
	if err != nil {
		return engine.Pass{}, err
	}
	bad, err := asked.bad.Sink(joined)
	if err != nil {
		return engine.Pass{}, err
	}
	after := []engine.Sink{rows, paths, inGroups, bad, asked.withdrawals.sink(source, b.withdrawn, joined)}
	if source.Given() {
		weights, err := asked.weights.Sink(joined)
		if err != nil {
			return engine.Pass{}, err
		}
		after = append(after, weights)
	}
	_, behindJoin, err := engine.Through(normal, []engine.Stage{b.join(source)}, after...)
	if err != nil {
		return engine.Pass{}, err
	}
	_, behindNormalise, err := engine.Through(raw.Schema, []engine.Stage{normalise(source)}, labels, behindJoin)
	if err != nil {
		return engine.Pass{}, err
	}
	return engine.Pass{Name: source.Name, In: raw, Into: []engine.Sink{asked.paths, behindNormalise}}, nil
}

// groupSink takes a source's rows behind the join into the groups.
func groupSink(source Source, groups *ledger.Groups, joined *arrow.Schema) (engine.Sink, error) {
	return groups.Sink(ledger.GroupSource{Name: source.Name, Space: source.PatientSpace, LesionScopeSource: source.LesionsInSource()}, joined)
}

func normalise(source Source) engine.Stage { return stages.Normalise{IDMissing: source.IDMissing} }

// labelSink counts the labels of normalised rows, whose schema comes with it.
func labelSink(source Source, raw *arrow.Schema, labels *stages.Labels) (*arrow.Schema, engine.Sink, error) {
	normal, _, err := normalise(source).Bind(raw)
	if err != nil {
		return nil, nil, err
	}
	sink, err := labels.Sink(normal)
	return normal, sink, err
}

func (b *build) join(source Source) stages.Join {
	return stages.Join{
		Names: b.table.Names, Labels: b.table.Labels[source.Name], Final: b.table.Final,
		Pending:        source.Pending(),
		WithdrawnPaths: b.withdrawn.paths[source.Name], WithdrawnPatients: b.withdrawn.patients[source.PatientSpace],
		Derive: source.Derive(), RejectTies: source.RejectTies(), Given: source.Given(),
	}
}

// keepAnswer writes the ledger and answer.json, after the group ids, which need one more look at the image paths.
func (b *build) keepAnswer(dir string, groups *ledger.Groups, asked []surveys) error {
	ledger, findings := groups.Ledger()
	if err := b.identify(ledger, dir, "generate: group ids"); err != nil {
		return err
	}
	answer := &generated{Ledger: ledger.Sources, Findings: append(findings, ledger.GiantGroups()...)}
	answer.Idle = asked[0].withdrawals.idle(b.withdrawn)
	for _, a := range asked {
		answer.Labels, answer.Named = append(answer.Labels, a.labels.Counts()), append(answer.Named, a.labels.Rows())
		answer.BadValues = append(answer.BadValues, a.bad.Values())
		answer.BadWeights = append(answer.BadWeights, *a.weights)
	}
	b.answer, b.ledger, b.ledgerOf = answer, ledger, "generate"
	return errors.Join(writeJSON(filepath.Join(dir, "answer.json"), answer), b.keepLedger(dir, ledger))
}

// identify gives the groups of a ledger their ids, which needs one more look at the image paths under dir.
func (b *build) identify(ledger *ledger.Ledger, dir, what string) error {
	return b.pathsOf(dir, what, func(source Source, stream engine.Stream) (engine.Pass, error) {
		sink, err := ledger.Identify(source.Ordinal, stream.Schema)
		return engine.Pass{Name: source.Name, In: stream, Into: []engine.Sink{sink}}, err
	})
}

// keepLedger writes a ledger into dir, for takeLedger.
func (b *build) keepLedger(dir string, ledger *ledger.Ledger) error {
	return b.each(2, func(i int) error {
		if i == 0 {
			return b.keepStream(filepath.Join(dir, "ledger.arrows"), ledger.RowStream())
		}
		return b.keepStream(filepath.Join(dir, "groups.arrows"), ledger.GroupStream())
	})
}

// labelCounts looks at the labels alone, for a mapping that cannot be joined yet.
func (b *build) labelCounts() (counted, error) {
	streams, err := b.openSources()
	if err != nil {
		return counted{}, err
	}
	labels := make([]*stages.Labels, len(streams))
	passes := func(yield func(engine.Pass, error) bool) {
		for i, raw := range streams {
			labels[i] = stages.NewLabels()
			_, count, err := labelSink(b.sources[i], raw.Schema, labels[i])
			if err != nil {
				yield(engine.Pass{}, err)
				return
			}
			_, sink, err := engine.Through(raw.Schema, []engine.Stage{normalise(b.sources[i])}, count)
			if !yield(engine.Pass{Name: b.sources[i].Name, In: raw, Into: []engine.Sink{sink}}, err) || err != nil {
				return
			}
		}
	}
	if err := b.drain("labels", b.csvBytes(), passes); err != nil {
		return counted{}, err
	}
	var counts counted
	for _, l := range labels {
		counts.labels, counts.rows = append(counts.labels, l.Counts()), append(counts.rows, l.Rows())
	}
	return counts, nil
}

// openSources makes a stream of every dataset CSV and checks all headers, so that everything wrong with them comes at once.
func (b *build) openSources() ([]engine.Stream, error) {
	streams := make([]engine.Stream, len(b.sources))
	errs := make([]error, len(b.sources))
	for i, source := range b.sources {
		streams[i], errs[i] = arrowio.ReadCSV(source.CSV, datasetColumns, b.Run.BatchBytes)
	}
	return streams, errors.Join(errs...)
}

func (b *build) csvBytes() int64 {
	var total int64
	for _, source := range b.sources {
		total += source.Bytes
	}
	return total
}

// drain runs passes with progress under a name.
func (b *build) drain(what string, total int64, passes iter.Seq2[engine.Pass, error]) error {
	b.Progress.begin(what, "rows", total)
	if err := engine.Drain(b.ctx, b.Run, passes); err != nil {
		return err
	}
	b.Progress.end()
	return nil
}

// pathsOf runs a pass over the image paths of every source under dir.
func (b *build) pathsOf(dir, what string, pass func(Source, engine.Stream) (engine.Pass, error)) error {
	var files closers
	err := b.drain(what, 0, func(yield func(engine.Pass, error) bool) {
		for _, source := range b.sources {
			paths, err := files.openRows(pathsPath(dir, source.Name))
			if err != nil {
				yield(engine.Pass{}, err)
				return
			}
			p, err := pass(source, paths.Stream(-1))
			if !yield(p, err) || err != nil {
				return
			}
		}
	})
	return errors.Join(err, files.close())
}

// keepStream writes a stream into a rows file.
func (b *build) keepStream(path string, stream engine.Stream) error {
	var files closers
	rows, err := files.rowsFile(path, stream.Schema)
	if err == nil {
		err = engine.Drain(b.ctx, b.quiet(), onePass(engine.Pass{Name: filepath.Base(path), In: stream, Into: []engine.Sink{rows}}))
	}
	return errors.Join(err, files.close())
}

// quiet are the run's settings without progress, for the small tables beside the rows.
func (b *build) quiet() engine.Settings {
	s := b.Run
	s.Watch = nil
	return s
}

func onePass(passes ...engine.Pass) iter.Seq2[engine.Pass, error] {
	return func(yield func(engine.Pass, error) bool) {
		for _, pass := range passes {
			if !yield(pass, nil) {
				return
			}
		}
	}
}

func pathsPath(dir, source string) string { return filepath.Join(dir, "paths", source+".arrows") }

func rowsPath(dir, source string) string { return filepath.Join(dir, "rows", source+".arrows") }

// closers are open files; close closes them in the order they were opened, all of them, whatever fails.
type closers []func() error

func (c *closers) add(close func() error) { *c = append(*c, close) }

func (c *closers) close() error {
	var errs []error
	for _, close := range *c {
		errs = append(errs, close())
	}
	*c = nil
	return errors.Join(errs...)
}

// rowsFile makes a rows file of batches of the schema.
func (c *closers) rowsFile(path string, schema *arrow.Schema) (*arrowio.RowsWriter, error) {
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	rows := arrowio.NewRowsWriter(file, schema)
	c.add(func() error { return errors.Join(rows.Close(), file.Close()) })
	return rows, nil
}

// stored makes a rows file of what is stored of joined rows.
func (c *closers) stored(path string, joined *arrow.Schema, what engine.Stage) (engine.Sink, error) {
	schema, _, err := what.Bind(joined)
	if err != nil {
		return nil, err
	}
	rows, err := c.rowsFile(path, schema)
	if err != nil {
		return nil, err
	}
	_, sink, err := engine.Through(joined, []engine.Stage{what}, rows)
	return sink, err
}

// openRows opens a rows file.
func (c *closers) openRows(path string) (*arrowio.Rows, error) {
	rows, err := arrowio.OpenRows(path)
	if err != nil {
		return nil, fmt.Errorf("%w (delete work/ and run again)", err)
	}
	c.add(rows.Close)
	return rows, nil
}

func (b *build) groupsBy(what string) bool { return slices.Contains(b.Config.Split.GroupBy, what) }
