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
	if len(b.unpublished()) > 0 {
		if err := os.RemoveAll(b.work("publish")); err != nil {
			return err
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

// A rowTable is one of the large tables: a Parquet file and, of the same rows, a CSV.
type rowTable struct {
	name    string
	parquet func(Source) engine.Stage // behind decidedRows
	csv     engine.Stage              // behind that
}

func (b *build) rowTables() []rowTable {
	names := b.table.Names
	hard := func(s Source) engine.Stage {
		return stages.Selected{Source: s.Name, Licence: s.Licence, CropState: s.CropState(), Names: names, Codes: b.table.FinalCodes}
	}
	rejected := func(s Source) engine.Stage { return stages.Rejected{Source: s.Name, Names: names} }
	return []rowTable{{"selected_unsampled", hard, stages.DropExtra{}}, b.softLabels(), {"rejected", rejected, stages.DropExtra{}}}
}

func (b *build) softLabels() rowTable {
	soft := func(s Source) engine.Stage {
		return stages.Soft{Source: s.Name, Names: b.table.Names, Classes: b.decided.Classes, Wide: b.Config.Soft.Wide}
	}
	return rowTable{"selected_unsampled_soft", soft, stages.NamedClasses{Names: b.table.Names, Classes: b.decided.Classes}}
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
	schemas, err := b.tableSchemas(table, passes)
	if err != nil {
		return err
	}
	parquet, err := b.parquetFile(version, files, table.name, withAllExtras(schemas))
	if err != nil {
		return err
	}
	csvSchema, _, err := table.csv.Bind(schemas[0])
	if err != nil {
		return err
	}
	csv, err := csvFile(version, files, b.file(table.name+".csv"), csvSchema)
	if err != nil {
		return err
	}
	for i, source := range b.sources {
		intoParquet, err := parquet.Sink(schemas[i])
		if err != nil {
			return err
		}
		_, intoCSV, err := engine.Through(schemas[i], []engine.Stage{table.csv}, csv)
		if err != nil {
			return err
		}
		_, both, err := engine.Through(passes[i].In.Schema, []engine.Stage{table.parquet(source)}, intoParquet, intoCSV)
		if err != nil {
			return err
		}
		passes[i].Into = append(passes[i].Into, both)
	}
	return nil
}

// tableSchemas are the schemas of a table's Parquet rows, source by source.
func (b *build) tableSchemas(table rowTable, passes []engine.Pass) ([]*arrow.Schema, error) {
	schemas := make([]*arrow.Schema, len(passes))
	var err error
	for i, source := range b.sources {
		if schemas[i], _, err = table.parquet(source).Bind(passes[i].In.Schema); err != nil {
			return nil, err
		}
	}
	return schemas, nil
}

// withAllExtras is the schema of a file over all sources: the columns they share, then every extra column that one of them has, bytewise.
func withAllExtras(schemas []*arrow.Schema) *arrow.Schema {
	var fields []arrow.Field
	extras := map[string]arrow.Field{}
	for i, schema := range schemas {
		for _, field := range schema.Fields() {
			if strings.HasPrefix(field.Name, stages.ExtraPrefix) {
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
