package build

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/io/arrowio"
	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/ledger"
	"github.com/dermset/dermset/mapping"
	"github.com/dermset/dermset/rows"
	"github.com/dermset/dermset/sources"
	"github.com/dermset/dermset/stages"
	"github.com/dermset/dermset/workflow/steps"
	"github.com/dermset/dermset/workflow/workspace"
)

// datasetColumns are the columns of a dataset CSV, which of them repeat few values, and which a file may lack:
// dataset.Header says more.
var datasetColumns = func() (columns []arrowio.Column) {
	for _, name := range dataset.Columns {
		one := arrowio.Column{Name: name, Optional: name != dataset.ImagePath}
		switch name {
		case dataset.Label, dataset.SexColumn, dataset.AgeColumn, dataset.BodySite, dataset.FitzpatrickType,
			dataset.ImageTypeColumn, dataset.MethodColumn:
			one.Dictionary = true
		}
		columns = append(columns, one)
	}
	return columns
}()

// generated is what pass one learned about the rows: work/generate/answer.json.
// The rows themselves and the ledger lie beside it.
type generated struct {
	Ledger     []ledger.Source      `json:"ledger"`
	Labels     []map[string]int64   `json:"labels"`      // per source: label → rows that name it
	More       []stages.OtherLabels `json:"more"`        // per source: further labels, that no tab has
	Named      []int64              `json:"named"`       // per source: rows that name any label
	BadValues  [][]stages.BadValue  `json:"bad_values"`  // per source
	BadWeights []stages.BadWeights  `json:"bad_weights"` // per source
	Sites      []stages.Sites       `json:"sites"`       // per source
	Findings   []rows.Finding       `json:"findings"`
	Idle       []int                `json:"idle"` // lines of withdrawn.csv that name no image
}

func (b *build) generateKey() (any, map[string]string, error) {
	files := map[string]string{"mapping": b.mappingHash(), workspace.WithdrawnFile: b.inputs.sum(workspace.WithdrawnFile)}
	for _, source := range b.sources {
		files[b.Inside(source.CSV)] = source.SHA256
		files[b.Inside(source.Path)] = b.inputs.sum(b.Inside(source.Path))
	}
	return b.Config.Split.GroupBy, files, nil
}

// surveys are the sinks that pass one asks about one source.
type surveys struct {
	withdrawals *withdrawalCheck // of all sources

	paths   *pathCheck
	labels  *stages.Labels
	bad     *stages.BadValues
	weights *stages.BadWeights
	sites   *stages.Sites
}

// firstFiles are what pass one keeps of the rows: image paths, and all else.
type firstFiles struct{ rows, paths rowsFiles }

// generate is the first pass over the rows: read, normalise, join; keep the rows,
// the group tables and what the surveys found.
func (b *build) generate(dir string) error {
	if err := errors.Join(fileio.MakeFolders(filepath.Join(dir, "rows")),
		fileio.MakeFolders(filepath.Join(dir, "paths"))); err != nil {
		return err
	}
	groups := ledger.NewGroups(ledger.GroupOptions{Patient: b.groupsBy("patient"), Lesion: b.groupsBy("lesion"),
		Names: b.mapping.Names, MaxFindings: maxAlike})
	var files firstFiles
	passes, asked, err := b.firstPasses(dir, groups, &files)
	if err == nil {
		err = b.drain("generate", b.csvBytes(), onePass(passes...))
	}
	for i := 0; i < len(asked) && err == nil; i++ {
		err = asked[i].paths.err(b.ctx, b.sources[i].CSV)
	}
	if err := errors.Join(err, files.rows.close(), files.paths.close()); err != nil {
		return b.everyError(err)
	}
	if err := b.unchanged(); err != nil {
		return err
	}
	return b.keepGenerated(dir, groups, asked)
}

// firstPasses opens all sources and makes their passes: all sinks are there before the first batch is taken.
func (b *build) firstPasses(dir string, groups *ledger.Groups, files *firstFiles) ([]engine.Pass, []surveys, error) {
	streams, err := b.openSources()
	if err != nil {
		return nil, nil, err
	}
	seen, withdrawals := newPathSet(), &withdrawalCheck{workspace.Sets{}, workspace.Sets{}}
	labels := stages.NewLabelTable()
	passes, asked := make([]engine.Pass, len(b.sources)), make([]surveys, len(b.sources))
	for i, source := range b.sources {
		asked[i] = surveys{withdrawals, newPathCheck(b.Inside(source.CSV), source.Bytes, b.batchBytes, seen),
			labels.Source(b.mapping.Labels[source.Name], mostUnmapped), stages.NewBadValues(), &stages.BadWeights{},
			&stages.Sites{}}
		if passes[i], err = b.firstPass(source, streams[i], groups, asked[i], dir, files); err != nil {
			return nil, nil, err
		}
	}
	return passes, asked, nil
}

// everyError reads all sources again after the pass over them failed, each to its end, so that what is wrong with any
// of them comes at once. If the sources are not what failed, it is err.
func (b *build) everyError(err error) error {
	var errs []error
	seen := newPathSet()
	for _, source := range b.sources {
		stream, headerErr := b.readDataset(source)
		if headerErr != nil {
			errs = append(errs, b.whereMade(source, headerErr))
			continue
		}
		paths := newPathCheck(b.Inside(source.CSV), source.Bytes, b.batchBytes, seen)
		rowsErr := engine.Drain(b.ctx, b.quiet(),
			onePass(engine.Pass{Name: source.Name, In: stream, Into: []engine.Sink{paths}}))
		if rowsErr == nil {
			rowsErr = paths.err(b.ctx, source.CSV)
		}
		errs = append(errs, b.whereMade(source, rowsErr))
	}
	if all := errors.Join(errs...); all != nil {
		return all
	}
	return err
}

// whereMade says beside what is wrong with a dataset CSV where it can be mended, if a person did not write the file.
func (b *build) whereMade(source workspace.Source, err error) error {
	err = csvio.Explain(source.CSV, dataset.Columns, err)
	if err == nil || !source.HasRaw() || b.ctx.Err() != nil {
		return err
	}
	return errors.Join(err, fmt.Errorf("%s: source ingest makes this file: do not edit it, mend %s or the raw material "+
		"and run `dermset source ingest %s`", b.Inside(source.CSV), b.Inside(source.Path), source.Name))
}

// unchanged is an error for every dataset CSV that was written to since it was hashed:
// the manifest would name what was not read.
func (b *build) unchanged() error {
	var errs []error
	for _, source := range b.sources {
		if !workspace.Modified(source.CSV).Equal(source.Changed) {
			errs = append(errs, fmt.Errorf("%s: changed while it was read; run again", b.Inside(source.CSV)))
		}
	}
	return errors.Join(errs...)
}

// firstPass is the pass over one source's dataset CSV.
func (b *build) firstPass(source workspace.Source, raw engine.Stream, groups *ledger.Groups, asked surveys, dir string,
	files *firstFiles) (engine.Pass, error) {
	joined, err := stages.Joined(raw.Schema)
	if err != nil {
		return engine.Pass{}, err
	}
	rows, err := files.rows.stored(rowsPath(dir, source.Name), joined, stages.RowColumns{})
	if err != nil {
		return engine.Pass{}, err
	}
	paths, err := files.paths.stored(pathsPath(dir, source.Name), joined, stages.ImagePaths{})
	if err != nil {
		return engine.Pass{}, err
	}
	bad, err := asked.bad.Sink(joined)
	if err != nil {
		return engine.Pass{}, err
	}
	sites, err := asked.sites.Sink(joined)
	if err != nil {
		return engine.Pass{}, err
	}
	after := []engine.Sink{rows, paths, bad, sites, asked.withdrawals.sink(source, b.withdrawn, joined)}
	if source.Given() {
		weights, err := asked.weights.Sink(joined)
		if err != nil {
			return engine.Pass{}, err
		}
		after = append(after, weights)
	}
	sink, err := b.joinedSink(source, raw.Schema, joined, groups, asked.labels, after...)
	return engine.Pass{Name: source.Name, In: raw, Into: []engine.Sink{asked.paths, sink}}, err
}

// joinedSink takes a source's rows into labels and, behind the join, into groups and into others.
func (b *build) joinedSink(source workspace.Source, raw, joined *arrow.Schema, groups *ledger.Groups,
	labels *stages.Labels, others ...engine.Sink) (engine.Sink, error) {
	normal, counts, err := labelSink(source, raw, labels)
	if err != nil {
		return nil, err
	}
	inGroups, err := groups.Sink(ledger.GroupSource{Name: source.Name, Space: source.PatientSpace,
		LesionScopeSource: source.LesionsInSource()}, joined)
	if err != nil {
		return nil, err
	}
	_, behindJoin, err := engine.Through(normal, []engine.Stage{b.join(source)}, append(others, inGroups)...)
	if err != nil {
		return nil, err
	}
	_, behindNormalise, err := engine.Through(raw, []engine.Stage{normalise(source)}, counts, behindJoin)
	return behindNormalise, err
}

func normalise(source workspace.Source) engine.Stage {
	return stages.Normalise{IDMissing: source.IDMissing}
}

// labelSink counts the labels of normalised rows, whose schema comes with it.
func labelSink(source workspace.Source, raw *arrow.Schema, labels *stages.Labels) (*arrow.Schema, engine.Sink, error) {
	normal, _, err := normalise(source).Bind(raw)
	if err != nil {
		return nil, nil, err
	}
	sink, err := labels.Sink(normal)
	return normal, sink, err
}

func (b *build) join(source workspace.Source) stages.Join {
	return stages.Join{
		Names: b.mapping.Names, Labels: b.mapping.Labels[source.Name], Final: b.mapping.Final,
		Pending:        source.Pending(),
		WithdrawnPaths: b.withdrawn.Paths[source.Name], WithdrawnPatients: b.withdrawn.Patients[source.PatientSpace],
		Derive: source.Derive(), RejectTies: source.RejectTies(), Given: source.Given(),
	}
}

// keepGenerated writes the ledger and answer.json, after the group ids, which need one more look at the image paths.
func (b *build) keepGenerated(dir string, groups *ledger.Groups, asked []surveys) error {
	ids := groups.IDFindings()
	l, findings := groups.Ledger()
	if err := b.recall(ids, dir); err != nil {
		return err
	}
	findings = append(findings, ids.All()...)
	if err := b.identify(l, dir, "generate: group ids"); err != nil {
		return err
	}
	answer := &generated{Ledger: l.Sources, Findings: append(findings, l.GiantGroups()...)}
	answer.Idle = asked[0].withdrawals.idle(b.withdrawn)
	for _, a := range asked {
		labels, more := a.labels.Counts()
		answer.Labels, answer.More = append(answer.Labels, labels), append(answer.More, more)
		answer.Named = append(answer.Named, a.labels.Rows())
		answer.BadValues = append(answer.BadValues, a.bad.Values())
		answer.BadWeights = append(answer.BadWeights, *a.weights)
		answer.Sites = append(answer.Sites, a.sites.Sorted())
	}
	steps.Leave(b.steps, l)
	steps.Leave(b.steps, answer) // of many findings: to read it back would take a while
	return errors.Join(steps.WriteAnswer(dir, answer), b.keepLedger(dir, l))
}

// identify gives the groups of a ledger their ids, which needs one more look at the image paths under dir.
func (b *build) identify(l *ledger.Ledger, dir, what string) error {
	return b.pathsIn(dir, what, func(source workspace.Source, stream engine.Stream) (engine.Pass, error) {
		sink, err := l.Identify(source.Ordinal, stream.Schema)
		return engine.Pass{Name: source.Name, In: stream, Into: []engine.Sink{sink}}, err
	})
}

// recall lets the findings about ids see the ids that they name, in the rows files under dir.
func (b *build) recall(ids *ledger.IDFindings, dir string) error {
	return b.drain("generate: ids", 0, func(yield func(engine.Pass, error) bool) {
		for _, source := range b.sources {
			if !ids.Wants(source.Ordinal) {
				continue
			}
			kept, err := arrowio.OpenRows(rowsPath(dir, source.Name))
			if err != nil {
				yield(engine.Pass{}, err)
				return
			}
			stream := kept.Stream(rows.ColPatient, rows.ColLesion)
			sink, err := ids.Recall(source.Ordinal, stream.Schema)
			if !yield(engine.Pass{Name: source.Name, In: stream, Into: []engine.Sink{sink}}, err) || err != nil {
				return
			}
		}
	})
}

// labelCounts looks at the labels alone, for a mapping that cannot be joined yet: those of the mapping, and of others
// at most so many of a source.
func (b *build) labelCounts(most int) (counted, error) {
	streams, err := b.openSources()
	if err != nil {
		return counted{}, err
	}
	table, labels := stages.NewLabelTable(), make([]*stages.Labels, len(streams))
	passes := func(yield func(engine.Pass, error) bool) {
		for i, raw := range streams {
			labels[i] = table.Source(b.mapping.Labels[b.sources[i].Name], most)
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
		labels, more := l.Counts()
		counts.labels, counts.more = append(counts.labels, labels), append(counts.more, more)
		counts.rows = append(counts.rows, l.Rows())
	}
	return counts, nil
}

func (b *build) groupsBy(what string) bool { return slices.Contains(b.Config.Split.GroupBy, what) }

// mostUnmapped is how many labels of a source that its tab does not have are told one by one.
const mostUnmapped = 10_000

// LabelCounts are the labels that a source's dataset CSV names, with the rows that name each. That there are more of
// them than memory is promised for is an error.
func LabelCounts(ctx context.Context, w *workspace.Workspace, config *sources.Config) (map[string]int64, error) {
	path := config.Dataset(config.Dir)
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	b := newBuild(ctx, w)
	b.sources = []workspace.Source{{Config: config, CSV: path, Bytes: info.Size()}}
	b.mapping = &mapping.Mapping{}
	counts, err := b.labelCounts(math.MaxInt)
	if err != nil {
		return nil, err
	}
	if more := counts.more[0].Labels; more > 0 {
		return nil, fmt.Errorf("%s: has %d labels, more than a workbook holds: look whether the column label holds "+
			"something else, or run source ingest, which lists them", b.Inside(path), int64(len(counts.labels[0]))+more)
	}
	return counts.labels[0], nil
}
