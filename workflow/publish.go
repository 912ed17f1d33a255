package workflow

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/io/arrowio"
	"github.com/dermset/dermset/io/parquetio"
	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/ledger"
	"github.com/dermset/dermset/mapping"
	"github.com/dermset/dermset/rows"
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
	if b.Tables != nil {
		inputs["tables"] = "not those of spec 10"
	}
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
	if len(b.unpublished()) > 0 {
		if err := os.RemoveAll(b.work("publish")); err != nil {
			return err
		}
	}
	err = b.step("publish", key, func(dir string) error {
		if err := b.writeVersion(); err != nil {
			return err
		}
		sum, _, err := hashFile(filepath.Join(b.dist(b.folder()), releaseio.ManifestName))
		if err != nil {
			return err
		}
		return writeJSON(filepath.Join(dir, "answer.json"), published{Folder: b.folder(), Manifest: sum})
	})
	if err != nil {
		return err
	}
	return b.findAll()
}

// unpublished says why what the last build put into dist/ does not stand any more; empty where it does. A look at names and sizes: verify
// reads every byte.
func (b *build) unpublished() []string {
	var last published
	if readJSON(filepath.Join(b.work("publish"), "answer.json"), &last) != nil || last.Folder != b.folder() {
		return []string{"it has not run yet"}
	}
	dir := b.dist(last.Folder)
	sum, _, err := hashFile(filepath.Join(dir, releaseio.ManifestName))
	manifest, manifestErr := releaseio.ReadManifest(dir)
	if err != nil || manifestErr != nil || sum != last.Manifest {
		return []string{"dist/" + last.Folder + " is not what it wrote"}
	}
	for _, file := range manifest.Outputs {
		if info, err := os.Stat(filepath.Join(dir, filepath.FromSlash(file.Path))); err != nil || info.Size() != file.Bytes {
			return []string{"dist/" + last.Folder + "/" + file.Path + " is damaged"}
		}
	}
	return nil
}

func (b *build) writeVersion() error {
	version, err := releaseio.Begin(b.dist(""), b.folder())
	if err != nil {
		return err
	}
	defer version.Abort()
	archived := make(chan error, 1)
	go func() { archived <- b.findAndArchive(version) }() // which has nothing to do with the pass
	counts, err := b.passTwo(version)
	if err := errors.Join(err, <-archived); err != nil {
		return err
	}
	if err := b.writeTables(version, counts); err != nil {
		return err
	}
	_, err = version.Publish(releaseio.Manifest{
		Dataset: b.Config.Dataset, Version: b.Config.Version, State: releaseio.Draft,
		Tool:     map[string]string{"name": "dermset", "version": Version},
		Settings: b.Config, Counts: countsOf(b.decided.Funnel), Approval: nil,
		Inputs: b.allInputs(), BuiltAt: time.Now().UTC().Format(time.RFC3339),
	})
	return err
}

// allInputs are what the version is made of: files, and what is known of the images.
func (b *build) allInputs() []releaseio.Entry {
	all := b.inputs.entries()
	if b.seen != nil {
		all = append(all, b.seen.Known)
	}
	return all
}

// findAndArchive gathers the findings and puts them, and what the version is made of, into it.
func (b *build) findAndArchive(version *releaseio.Version) error {
	if err := b.findAll(); err != nil {
		return err
	}
	return b.archive(version)
}

// passTwo zips rows and decisions, makes soft labels of the selected rows, and feeds the six large files from one pass. It returns what the
// distributions count.
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

// A RowTable is one of the large tables of a version: a CSV and, of the same rows, a Parquet file.
type RowTable struct {
	Name     string
	Rejected bool                      // of the rejected rows, else of the selected ones
	Rows     func(Source) engine.Stage // makes the columns, behind stages.Keep and, for selected rows, stages.SoftLabel
	CSV      engine.Stage              // makes the CSV's columns of them
	CSVOnly  bool
}

// specTables are the large tables of spec 10.
func specTables(c Config, m *mapping.Mapping, d *ledger.Decision) []RowTable {
	hard := func(s Source) engine.Stage {
		return stages.Selected{Source: s.Name, Licence: s.Licence, CropState: s.CropState(), Names: m.Names, Codes: m.FinalCodes}
	}
	rejected := func(s Source) engine.Stage { return stages.Rejected{Source: s.Name, Names: m.Names} }
	return []RowTable{
		{Name: "selected_unsampled", Rows: hard, CSV: stages.DropExtra{}}, softLabels(c, m, d),
		{Name: "rejected", Rejected: true, Rows: rejected, CSV: stages.DropExtra{}},
	}
}

func softLabels(c Config, m *mapping.Mapping, d *ledger.Decision) RowTable {
	soft := func(Source) engine.Stage { return stages.Soft{Names: m.Names, Classes: d.Classes, Wide: c.Soft.Wide} }
	return RowTable{Name: "selected_unsampled_soft", Rows: soft, CSV: stages.NamedClasses{Names: m.Names, Classes: d.Classes}}
}

func (b *build) rowTables() []RowTable {
	if b.Tables != nil {
		return b.Tables(b.table, b.decided)
	}
	return specTables(b.Config, b.table, b.decided)
}

// secondPasses opens everything that pass two reads and writes. Each pass parts its rows into selected and rejected ones; the tables of
// either share what was made of the rows once.
func (b *build) secondPasses(version *releaseio.Version, files *closers, counts *stages.Distribution) ([]engine.Pass, error) {
	passes := make([]engine.Pass, len(b.sources))
	var err error
	for i, source := range b.sources {
		passes[i].Name = source.Name
		if passes[i].In, err = b.decidedRows(source, files); err != nil {
			return nil, err
		}
	}
	var selected, rejected []RowTable
	for _, table := range b.rowTables() {
		if table.Rejected {
			rejected = append(rejected, table)
		} else {
			selected = append(selected, table)
		}
	}
	keepRejected := func(s Source) []engine.Stage { return []engine.Stage{stages.Keep{Source: s.Name, Rejected: true}} }
	if err := b.addTables(selected, b.selected, counts.Sink, version, files, passes); err != nil {
		return nil, err
	}
	return passes, b.addTables(rejected, keepRejected, nil, version, files, passes)
}

// decidedRows is the stream of a source's rows, with what was decided about them.
func (b *build) decidedRows(source Source, files *closers) (engine.Stream, error) {
	paths, err := files.openRows(pathsPath(b.work("generate"), source.Name))
	if err != nil {
		return engine.Stream{}, err
	}
	columns, err := files.openRows(rowsPath(b.work("generate"), source.Name))
	if err != nil {
		return engine.Stream{}, err
	}
	decisions, err := files.openRows(rowsPath(b.work("split"), source.Name))
	if err != nil {
		return engine.Stream{}, err
	}
	whole, err := engine.Zip(paths.Stream(-1), columns.Stream(-1))
	if err != nil {
		return engine.Stream{}, err
	}
	if whole, err = engine.Zip(whole, decisions.Stream(-1)); err != nil || !b.hasPictures() {
		return whole, err
	}
	pictures, err := files.openRows(rowsPath(b.work("pictures"), source.Name))
	if err != nil {
		return engine.Stream{}, err
	}
	return engine.Zip(whole, pictures.Stream(-1, rows.ColFlaw, rows.ColSHA256, rows.ColWidth, rows.ColHeight))
}

// selected are the stages before the tables of selected rows.
func (b *build) selected(source Source) []engine.Stage {
	return []engine.Stage{stages.Keep{Source: source.Name}, stages.SoftLabel{Given: source.Given(), ClassID: b.decided.ClassID}}
}

// addTables makes the files of tables and lets every pass feed them with the rows that keep leaves, and the sink of count, if there is one.
func (b *build) addTables(tables []RowTable, keep func(Source) []engine.Stage, count func(*arrow.Schema) (engine.Sink, error),
	version *releaseio.Version, files *closers, passes []engine.Pass) error {
	kept, into := make([]*arrow.Schema, len(passes)), make([][]engine.Sink, len(passes))
	for i, source := range b.sources {
		var err error
		if kept[i], _, err = engine.Through(passes[i].In.Schema, keep(source)); err != nil {
			return err
		}
		if count != nil {
			sink, err := count(kept[i])
			if err != nil {
				return err
			}
			into[i] = append(into[i], sink)
		}
	}
	for _, table := range tables {
		sinks, err := b.tableSinks(table, kept, version, files)
		if err != nil {
			return err
		}
		for i, sink := range sinks {
			into[i] = append(into[i], sink)
		}
	}
	for i, source := range b.sources {
		_, all, err := engine.Through(passes[i].In.Schema, keep(source), into[i]...)
		if err != nil {
			return err
		}
		passes[i].Into = append(passes[i].Into, all)
	}
	return nil
}

// tableSinks makes a table's files and, for each source, a sink of its kept rows.
func (b *build) tableSinks(table RowTable, kept []*arrow.Schema, version *releaseio.Version, files *closers) ([]engine.Sink, error) {
	made := make([]*arrow.Schema, len(kept))
	var err error
	for i, source := range b.sources {
		if made[i], _, err = table.Rows(source).Bind(kept[i]); err != nil {
			return nil, err
		}
	}
	csvSchema, _, err := table.CSV.Bind(made[0])
	if err != nil {
		return nil, err
	}
	csv, err := csvFile(version, files, b.file(table.Name+".csv"), csvSchema)
	if err != nil {
		return nil, err
	}
	var parquet *parquetio.Writer
	if !table.CSVOnly {
		if parquet, err = b.parquetFile(version, files, table.Name, withAllExtras(made)); err != nil {
			return nil, err
		}
	}
	sinks := make([]engine.Sink, len(kept))
	for i, source := range b.sources {
		_, intoCSV, err := engine.Through(made[i], []engine.Stage{table.CSV}, csv)
		if err != nil {
			return nil, err
		}
		into := []engine.Sink{intoCSV}
		if parquet != nil {
			intoParquet, err := parquet.Sink(made[i])
			if err != nil {
				return nil, err
			}
			into = append(into, intoParquet)
		}
		if _, sinks[i], err = engine.Through(kept[i], []engine.Stage{table.Rows(source)}, into...); err != nil {
			return nil, err
		}
	}
	return sinks, nil
}

// withAllExtras is the schema of a file over all sources: the columns they share, then every extra column that one of them has, bytewise.
func withAllExtras(schemas []*arrow.Schema) *arrow.Schema {
	var fields []arrow.Field
	extras := map[string]arrow.Field{}
	for i, schema := range schemas {
		for _, field := range schema.Fields() {
			if strings.HasPrefix(field.Name, rows.ExtraPrefix) {
				extras[field.Name] = field
			} else if i == 0 {
				fields = append(fields, field)
			}
		}
	}
	for _, name := range sortedKeys(extras) {
		fields = append(fields, extras[name])
	}
	return arrow.NewSchema(fields, nil)
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
