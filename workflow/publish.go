package workflow

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/io/arrowio"
	"github.com/dermset/dermset/io/parquetio"
	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/stages"
)

// published is work/publish/answer.json: what the last build put into dist/.
type published struct {
	Folder   string `json:"folder"`
	Manifest string `json:"manifest"` // SHA-256 of its manifest
}

func (b *build) publishKey() (stepKey, error) {
	inputs := b.inputs.sums()
	inputs["the decisions of split"] = b.stepHash["split"]
	return newStepKey(b.Config, inputs)
}

// folder is the version's folder under dist/. Nothing is approved yet, so every version is a draft.
func (b *build) folder() string { return b.Config.VersionName() + "-draft" }

// publish is the second pass over the rows: it writes the version aside and lets it appear in one rename.
func (b *build) publish() error {
	key, err := b.publishKey()
	if err != nil {
		return err
	}
	if err := b.findAll(); err != nil {
		return err
	}
	var last published
	if readJSON(filepath.Join(b.work("publish"), "answer.json"), &last) == nil {
		if sum, _, err := hashFile(filepath.Join(b.dist(b.folder()), releaseio.ManifestName)); err != nil || sum != last.Manifest || last.Folder != b.folder() {
			if err := os.RemoveAll(b.work("publish")); err != nil {
				return err
			}
		}
	}
	return b.step("publish", key, func(dir string) error {
		if err := b.writeVersion(); err != nil {
			return err
		}
		sum, _, err := hashFile(filepath.Join(b.dist(b.folder()), releaseio.ManifestName))
		if err != nil {
			return err
		}
		return writeJSON(filepath.Join(dir, "answer.json"), published{Folder: b.folder(), Manifest: sum})
	})
}

func (b *build) writeVersion() error {
	version, err := releaseio.Begin(b.dist(""), b.folder())
	if err != nil {
		return err
	}
	defer version.Abort()
	counts, err := b.passTwo(version)
	if err != nil {
		return err
	}
	if err := b.writeTables(version, counts); err != nil {
		return err
	}
	if err := b.archive(version); err != nil {
		return err
	}
	_, err = version.Publish(releaseio.Manifest{
		Dataset: b.Config.Dataset, Version: b.Config.Version, State: releaseio.Draft,
		Tool:     map[string]string{"name": "dermset", "version": Version},
		Settings: b.Config, Counts: countsOf(b.decided.Funnel), Approval: nil,
		Inputs: b.inputs.entries(), BuiltAt: time.Now().UTC().Format(time.RFC3339),
	})
	return err
}

// passTwo zips rows and decisions, makes soft labels, and feeds the six large files from one pass. It returns what the distributions count.
func (b *build) passTwo(version *releaseio.Version) (*stages.Distribution, error) {
	b.warnOfMemory()
	var files closers
	counts := stages.NewDistribution(len(b.decided.Classes))
	passes, err := b.secondPasses(version, &files, counts)
	if err != nil {
		return nil, errors.Join(err, files.close())
	}
	return counts, errors.Join(b.drain("publish", 0, onePass(passes...)), files.close())
}

// warnOfMemory says so if the tables that grow with rows may need more than the run is allowed (spec 11: 500 MB and 100 bytes a row).
func (b *build) warnOfMemory() {
	if need := 500_000_000 + 100*b.decided.Funnel.Rows; need > b.Run.MemoryBytes {
		b.Log.Warn(fmt.Sprintf("the tables may need %d MB for %s rows, more than --memory allows (%d MB); the run goes on", need/1e6, thousands(b.decided.Funnel.Rows), b.Run.MemoryBytes/1e6))
	}
}

// A row table is one of the large files: a CSV and a Parquet of the same rows.
type rowTable struct {
	name    string
	parquet func(Source) engine.Stage
	csv     func(Source) engine.Stage // behind the Parquet's stage where it is not of its own
	own     bool
}

func (b *build) rowTables() []rowTable {
	hard := func(s Source) engine.Stage {
		return stages.Selected{Source: s.Name, Licence: s.Licence, CropState: s.CropState(), Names: b.table.Names, Codes: b.table.FinalCodes}
	}
	soft := func(csv bool) func(Source) engine.Stage {
		return func(s Source) engine.Stage {
			return stages.Soft{Source: s.Name, Names: b.table.Names, Classes: b.decided.Classes, Wide: b.Config.Soft.Wide && !csv, CSV: csv}
		}
	}
	rejected := func(s Source) engine.Stage { return stages.Rejected{Source: s.Name, Names: b.table.Names} }
	return []rowTable{
		{name: "selected_unsampled", parquet: hard, csv: func(Source) engine.Stage { return stages.DropExtra{} }},
		{name: "selected_unsampled_soft", parquet: soft(false), csv: soft(true), own: true},
		{name: "rejected", parquet: rejected, csv: func(Source) engine.Stage { return stages.DropExtra{} }},
	}
}

// secondPasses opens everything that pass two reads and writes.
func (b *build) secondPasses(version *releaseio.Version, files *closers, counts *stages.Distribution) ([]engine.Pass, error) {
	passes := make([]engine.Pass, len(b.sources))
	for i, source := range b.sources {
		stream, err := b.decidedRows(source, files)
		if err != nil {
			return nil, err
		}
		count, err := counts.Sink(stream.Schema)
		if err != nil {
			return nil, err
		}
		passes[i] = engine.Pass{Name: source.Name, In: stream, Into: []engine.Sink{count}}
	}
	for _, table := range b.rowTables() {
		if err := b.addTable(table, version, files, passes); err != nil {
			return nil, err
		}
	}
	return passes, nil
}

// decidedRows is the stream of a source's rows, with what was decided about them and their soft labels.
func (b *build) decidedRows(source Source, files *closers) (engine.Stream, error) {
	rows, err := files.openRows(rowsPath(b.work("generate"), source.Name))
	if err != nil {
		return engine.Stream{}, err
	}
	decisions, err := files.openRows(rowsPath(b.work("split"), source.Name))
	if err != nil {
		return engine.Stream{}, err
	}
	zipped, err := engine.Zip(rows.Stream(-1), decisions.Stream(-1))
	if err != nil {
		return engine.Stream{}, err
	}
	return engine.Map(zipped, stages.SoftLabel{Given: source.Given(), ClassID: b.decided.ClassID})
}

// addTable makes a table's two files and lets every pass feed them.
func (b *build) addTable(table rowTable, version *releaseio.Version, files *closers, passes []engine.Pass) error {
	schema, err := b.tableSchema(table, passes)
	if err != nil {
		return err
	}
	parquet, err := b.parquetFile(version, files, table.name, schema)
	if err != nil {
		return err
	}
	var csv *arrowio.CSVWriter
	for i, source := range b.sources {
		in := passes[i].In.Schema
		out, _, err := table.parquet(source).Bind(in)
		if err != nil {
			return err
		}
		intoParquet, err := parquet.Sink(out)
		if err != nil {
			return err
		}
		csvIn, before := out, []engine.Stage{table.parquet(source)}
		if table.own {
			csvIn, before = in, nil
		}
		csvOut, _, err := table.csv(source).Bind(csvIn)
		if err != nil {
			return err
		}
		if csv == nil {
			if csv, err = csvFile(version, files, b.file(table.name+".csv"), csvOut); err != nil {
				return err
			}
		}
		_, intoCSV, err := engine.Through(csvIn, []engine.Stage{table.csv(source)}, csv)
		if err != nil {
			return err
		}
		inner := []engine.Sink{intoParquet}
		if len(before) > 0 {
			inner = append(inner, intoCSV)
		} else {
			passes[i].Into = append(passes[i].Into, intoCSV)
		}
		_, both, err := engine.Through(in, []engine.Stage{table.parquet(source)}, inner...)
		if err != nil {
			return err
		}
		passes[i].Into = append(passes[i].Into, both)
	}
	return nil
}

// tableSchema is the schema of a table over all sources: the columns they share, then every extra column that one of them has, bytewise.
func (b *build) tableSchema(table rowTable, passes []engine.Pass) (*arrow.Schema, error) {
	var fields []arrow.Field
	extras := map[string]arrow.Field{}
	for i, source := range b.sources {
		schema, _, err := table.parquet(source).Bind(passes[i].In.Schema)
		if err != nil {
			return nil, err
		}
		fields = fields[:0]
		for _, field := range schema.Fields() {
			if strings.HasPrefix(field.Name, stages.ExtraPrefix) {
				extras[field.Name] = field
			} else {
				fields = append(fields, field)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(extras)) {
		fields = append(fields, extras[name])
	}
	return arrow.NewSchema(fields, nil), nil
}

// file is a name with the version's prefix.
func (b *build) file(name string) string { return b.Config.VersionName() + "_" + name }

func csvFile(version *releaseio.Version, files *closers, name string, schema *arrow.Schema) (*arrowio.CSVWriter, error) {
	file, err := version.Create(name)
	if err != nil {
		return nil, err
	}
	csv, err := arrowio.NewCSVWriter(file, schema)
	if err != nil {
		return nil, err
	}
	files.add(func() error { return errors.Join(csv.Close(), file.Close()) })
	return csv, nil
}

func (b *build) parquetFile(version *releaseio.Version, files *closers, table string, schema *arrow.Schema) (*parquetio.Writer, error) {
	file, err := version.Create(b.file(table + ".parquet"))
	if err != nil {
		return nil, err
	}
	parquet, err := parquetio.NewWriter(file, schema, parquetio.Options{Workers: b.Run.Workers, Metadata: map[string]string{
		"dermset.dataset": b.Config.Dataset, "dermset.version": b.Config.Version, "dermset.table": table, "dermset.tool": "dermset " + Version,
	}})
	if err != nil {
		return nil, err
	}
	files.add(func() error { return errors.Join(parquet.Close(), file.Close()) })
	return parquet, nil
}
