package build

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dermset/dermset/decisions"
	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/fault"
	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/io/arrowio"
	"github.com/dermset/dermset/io/parquetio"
	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/ledger"
	"github.com/dermset/dermset/mapping"
	"github.com/dermset/dermset/rows"
	"github.com/dermset/dermset/stages"
	"github.com/dermset/dermset/workflow/steps"
	"github.com/dermset/dermset/workflow/versions"
	"github.com/dermset/dermset/workflow/workspace"
)

// published is work/publish/answer.json: what the last build put into dist/.
type published struct {
	Folder   string `json:"folder"`
	Manifest string `json:"manifest"` // SHA-256 of its manifest
}

func (b *build) publishKey() (any, map[string]string, error) {
	in := maps.Clone(b.inputs)
	d, err := b.approved()
	if d != nil {
		b.pin(d, in)
	}
	files := in.sums()
	switch {
	case d != nil:
		files["approval"] = b.log.Sums[d.Number-1]
	case err != nil && b.logErr != nil: // publish tells: other verbs and plan need no approval
		files["approval"], err = "of a log that is not whole", nil
	}
	if b.tables != nil {
		files["tables"] = "not those of spec 10"
	}
	disguise, keyErr := b.disguised()
	if disguise != nil && keyErr == nil {
		files["key of pseudonyms"] = disguise.fingerprint()
	}
	return b.Config, files, errors.Join(err, keyErr)
}

// unpublished says why what the last build put into dist/ does not stand any more; empty where it does. A look at names
// and sizes, for verify reads every byte; where a draft would be an error, this does so too. The folder is the one of
// the key: a state that is approved since has another key.
func (b *build) unpublished(bool) (why string, err error) {
	var last published
	if workspace.ReadJSON(filepath.Join(b.Work("publish"), "answer.json"), &last) != nil {
		return "it has not run yet", nil
	}
	sum, wrong, err := releaseio.Glance(b.Dist(last.Folder))
	if err != nil || sum != last.Manifest {
		return "dist/" + last.Folder + " is not what it wrote", nil
	}
	if len(wrong) == 0 && b.approvedOnly {
		whole, err := releaseio.Verify(b.Dist(last.Folder), b.Workspace.Run.Workers)
		if err != nil {
			return "", err
		}
		wrong = whole.Differences
	}
	if len(wrong) > 0 {
		return "dist/" + last.Folder + "/" + wrong[0].Path + " is damaged", nil
	}
	return "", nil
}

// A publication is a version that is being written.
type publication struct {
	*build
	*releaseio.Version
	folder   string              // its name under dist/
	approval *decisions.Decision // nil: it is a draft
	state    decisions.Parts
	inputs   inputs            // as its manifest lists them
	pinned   map[string][]byte // those of an approved version that are not as they are today
	decision *ledger.Decision
	findings []findings.Finding
	counts   *stages.Distribution // of what was selected
	shown    *stages.Shown        // likewise, if there are pictures
	gallery  *gallery             // the pictures; nil: none are published
	disguise *disguise            // how ids and paths leave; nil: as they are
}

// publish is the second pass over the rows: it writes the version aside and lets it appear in one rename.
func (b *build) publish(dir string) error {
	decision, err := b.decided()
	if err != nil {
		return err
	}
	p := &publication{build: b, decision: decision, inputs: maps.Clone(b.inputs),
		counts: stages.NewDistribution(len(decision.Classes)),
		shown:  stages.NewShown(len(b.sources), len(decision.Classes))}
	if p.disguise, err = b.disguised(); err != nil {
		return err
	}
	if err := p.approve(); err != nil {
		return err
	}
	if p.Version, err = releaseio.Begin(b.Dist(""), p.folder); err != nil {
		return err
	}
	defer p.Abort()
	p.Besides = p.mayDiffer
	if p.gallery, err = p.hang(); err != nil {
		return err
	}
	if err := p.write(dir); err != nil {
		return err
	}
	steps.Leave(b.steps, p.findings)
	sum, _, err := workspace.HashFile(filepath.Join(b.Dist(p.folder), releaseio.ManifestName))
	if err != nil {
		return err
	}
	return steps.WriteAnswer(dir, published{Folder: p.folder, Manifest: sum})
}

// approve finds out whether the version is approved, and so where it goes and what its inputs are.
func (p *publication) approve() (err error) {
	var known bool
	if p.state, known, err = p.build.state(); err != nil {
		return err
	}
	if !known {
		return errors.New("publish: work/pictures was changed while the version was built; run again")
	}
	if p.approval, err = p.wantApproval(); err != nil {
		return err
	}
	p.folder = p.Config.VersionName()
	if p.approval != nil {
		p.pinned = p.pin(p.approval, p.inputs)
		text, head := p.log.UpTo(p.approval.Number)
		p.asOf, err = decisions.Parse(text, head, time.Now()) // findings are those of that day
		return err
	}
	p.folder = draftOf(p.folder)
	return p.unansweredSince()
}

// unansweredSince is an error where the state is approved but for pictures that the store did not answer for: what may
// pass makes no draft of an approved version.
func (b *build) unansweredSince() error {
	if !b.HasPictures() {
		return nil
	}
	n := b.notAnswered()
	for _, d := range b.approvals() {
		if n > 0 && b.butForPictures(d) {
			return fmt.Errorf("publish: the state was approved by %q on %s, and the store did not answer for %s of its "+
				"pictures, which may pass: build again when it does", d.Who, d.Day(), workspace.Thousands(n))
		}
	}
	return nil
}

// mayDiffer takes out of a manifest what is no part of the state, and so may differ between two builds of an approved
// version: the workbook's own copy, the cells that findings name, what is kept of sources, where pictures come from.
func (p *publication) mayDiffer(m *releaseio.Manifest) {
	besides := map[string]bool{"mapping/findings.csv": true}
	for _, path := range p.noParts() {
		if path != workspace.PeopleFile && path != workspace.DecisionsFile { // of which the approval says what they are
			besides[path], besides[versions.KeptInput(path)] = true, true
		}
	}
	is := func(e releaseio.Entry) bool { return besides[e.Path] }
	m.Inputs = slices.DeleteFunc(slices.Clone(m.Inputs), is)
	m.Outputs = slices.DeleteFunc(slices.Clone(m.Outputs), func(e releaseio.Entry) bool {
		return is(e) || strings.HasPrefix(e.Path, "sources/")
	})
	switch settings := m.Settings.(type) {
	case workspace.Config:
		settings.Images.Store = ""
		m.Settings = settings
	case map[string]any:
		if images, is := settings["images"].(map[string]any); is {
			images["store"] = ""
		}
	}
}

func (p *publication) write(dir string) error {
	archived := make(chan error, 1)
	go func() { archived <- fault.Contain(p.findAndArchive) }() // which has nothing to do with the pass
	err := p.passTwo()
	if err := errors.Join(err, <-archived); err != nil {
		return err
	}
	if err := p.writeTables(); err != nil {
		return err
	}
	inputs, err := p.allInputs()
	if err != nil {
		return err
	}
	for i := range inputs {
		inputs[i] = p.disguise.input(inputs[i])
	}
	if err := p.keepWayBack(dir); err != nil {
		return err
	}
	state, approval := releaseio.Draft, any(nil)
	if p.approval != nil {
		state = releaseio.Approved
		if approval, err = versions.ApprovalOf(*p.approval, p.log.Sums[p.approval.Number-1]); err != nil {
			return err
		}
	}
	_, err = p.Publish(releaseio.Manifest{
		Dataset: p.Config.Dataset, Version: p.Config.Version, State: state, StateSum: p.state.Sum(),
		Tool:     map[string]string{"name": "dermset", "version": Version, releaseio.SumsKey: releaseio.SumsName},
		Settings: p.Config, PseudonymKey: p.disguise.fingerprint(), ICD11: p.checkedAgainst(),
		Counts: countsOf(p.decision.Funnel), Approval: approval,
		Inputs: inputs, BuiltAt: time.Now().UTC().Format(time.RFC3339),
	})
	return err
}

// allInputs are what the version is made of: files, and what is known of the images.
func (p *publication) allInputs() ([]releaseio.Entry, error) {
	all := p.inputs.entries()
	pictures, err := p.learned()
	if p.HasPictures() {
		all = append(all, pictures.Known)
	}
	return all, err
}

// findAndArchive gathers the findings and puts them, and what the version is made of, into it.
func (p *publication) findAndArchive() (err error) {
	if p.findings, err = p.findAll(); err != nil {
		return err
	}
	return p.archive()
}

// passTwo zips rows and decisions, makes soft labels of the selected rows, and feeds the six large files, and what the
// distributions count, from one pass.
func (p *publication) passTwo() error {
	p.warnOfMemory()
	var files closers
	passes, err := p.passes(&files)
	if err != nil {
		return errors.Join(err, files.close())
	}
	return errors.Join(p.drain("publish", 0, onePass(passes...)), files.close())
}

// warnOfMemory says so if the tables that grow with rows may need more than the run is allowed (spec 11:
// 500 MB and 100 bytes a row).
func (p *publication) warnOfMemory() {
	rows, allowed := p.decision.Funnel.Rows, p.Workspace.Run.MemoryBytes
	if need := bytesPromised + bytesOfRow*rows; need > allowed {
		p.Log.Warn(fmt.Sprintf("the tables may need %d MB for %s rows, more than --memory allows (%d MB); the run goes on",
			need/1e6, workspace.Thousands(rows), allowed/1e6))
	}
}

// A RowTable is one of the large tables of a version: a CSV and, of the same rows, a Parquet file, or one of the two.
type RowTable struct {
	Name     string
	Rejected bool // of the rejected rows, else of the selected ones
	// makes the columns, behind stages.Keep and, for selected rows, stages.SoftLabel
	Rows    func(workspace.Source) engine.Stage
	CSV     engine.Stage // makes the CSV's columns of them; nil: there is no CSV
	CSVOnly bool
}

// specTables are the large tables of spec 10.
func specTables(c workspace.Config, m *mapping.Mapping, d *ledger.Decision,
	groupID func(string) string) []RowTable {
	hard := func(s workspace.Source) engine.Stage {
		return stages.Selected{Source: s.Name, Licence: s.Licence, CropState: s.CropState(), Pictureless: !s.HasPictures(),
			Names: m.Names, Codes: m.FinalCodes, GroupID: groupID}
	}
	rejected := func(s workspace.Source) engine.Stage { return stages.Rejected{Source: s.Name, Names: m.Names} }
	tables := []RowTable{
		{Name: "selected_unsampled", Rows: hard, CSV: stages.DropExtra{}}, softLabels(c, m, d),
		{Name: "crops", Rows: func(workspace.Source) engine.Stage { return stages.CropTable{} }},
		{Name: "rejected", Rejected: true, Rows: rejected, CSV: stages.DropExtra{}},
	}
	if c.PublishesPictures() {
		tables = append(tables, pictureTable(hard))
	}
	return tables
}

func softLabels(c workspace.Config, m *mapping.Mapping, d *ledger.Decision) RowTable {
	soft := func(workspace.Source) engine.Stage {
		return stages.Soft{Names: m.Names, Classes: d.Classes, Wide: c.Soft.Wide}
	}
	return RowTable{Name: "selected_unsampled_soft", Rows: soft,
		CSV: stages.NamedClasses{Names: m.Names, Classes: d.Classes}}
}

func (p *publication) rowTables() []RowTable {
	if p.tables != nil {
		return p.tables(p.mapping, p.decision)
	}
	return specTables(p.Config, p.mapping, p.decision, p.disguise.groupID())
}

// passes opens everything that pass two reads and writes. Each pass parts its rows into selected and rejected ones; the
// tables of either share what was made of the rows once.
func (p *publication) passes(files *closers) ([]engine.Pass, error) {
	passes := make([]engine.Pass, len(p.sources))
	var err error
	for i, source := range p.sources {
		passes[i].Name = source.Name
		if passes[i].In, err = p.decidedRows(source); err != nil {
			return nil, err
		}
	}
	var selected, rejected []RowTable
	for _, table := range p.rowTables() {
		if table.Rejected {
			rejected = append(rejected, table)
		} else {
			selected = append(selected, table)
		}
	}
	keepSelected := func(s workspace.Source) []engine.Stage {
		kept := slices.Insert(p.selectedStages(s, p.decision), 1, p.disguise.stages(s.Name)...)
		if p.gallery == nil {
			return kept
		}
		return append(kept, p.gallery.stage(s))
	}
	keepRejected := func(s workspace.Source) []engine.Stage {
		return append([]engine.Stage{stages.Keep{Source: s.Name, Rejected: true}}, p.disguise.stages(s.Name)...)
	}
	if err := p.addTables(selected, keepSelected, p.countSelected, files, passes); err != nil {
		return nil, err
	}
	return passes, p.addTables(rejected, keepRejected, nil, files, passes)
}

// countSelected are the sinks that count what is selected of a source.
func (p *publication) countSelected(source workspace.Source, kept *arrow.Schema) ([]engine.Sink, error) {
	counts, err := p.counts.Sink(kept)
	if err != nil {
		return nil, err
	}
	if !source.HasPictures() {
		return []engine.Sink{counts}, nil
	}
	shown, err := p.shown.Sink(source.Ordinal, kept)
	return []engine.Sink{counts, shown}, err
}

// decidedRows is the stream of a source's rows, with what was decided about them.
func (b *build) decidedRows(source workspace.Source) (engine.Stream, error) {
	paths, err := b.pathsOf(source.Name)
	if err != nil {
		return engine.Stream{}, err
	}
	type part struct {
		step    string
		columns []string // nil: all
	}
	parts := []part{{step: "generate"}, {step: "split"}}
	if b.HasPictures() {
		known := []string{rows.ColFlaw, rows.ColSHA256, rows.ColWidth, rows.ColHeight}
		parts = append(parts, part{"pictures", known}, part{step: "describe"}, part{step: "crops"})
	}
	whole := paths.Stream()
	for _, part := range parts {
		beside, err := b.rowsOf(part.step, source.Name)
		if err != nil {
			return engine.Stream{}, err
		}
		if whole, err = engine.Zip(whole, beside.Stream(part.columns...)); err != nil {
			return engine.Stream{}, err
		}
	}
	return whole, nil
}

// selectedStages are the stages before the tables of selected rows: Keep and those behind it.
func (b *build) selectedStages(source workspace.Source, decision *ledger.Decision) []engine.Stage {
	return []engine.Stage{stages.Keep{Source: source.Name},
		stages.SoftLabel{Given: source.Given(), ClassID: decision.ClassID}, stages.Describe{Part: b.partOf}}
}

// partOf is the part of the body that a stated site means; empty if that is not known.
func (b *build) partOf(site string) string {
	part, _ := b.sites.Part(site)
	return part
}

// addTables makes the files of tables and lets every pass feed them with the rows that keep leaves,
// and the sinks of count, if there is one.
func (p *publication) addTables(tables []RowTable, keep func(workspace.Source) []engine.Stage,
	count func(workspace.Source, *arrow.Schema) ([]engine.Sink, error),
	files *closers, passes []engine.Pass) error {
	kept, into := make([]*arrow.Schema, len(passes)), make([][]engine.Sink, len(passes))
	for i, source := range p.sources {
		var err error
		if kept[i], _, err = engine.Through(passes[i].In.Schema, keep(source)); err != nil {
			return err
		}
		if count != nil {
			if into[i], err = count(source, kept[i]); err != nil {
				return err
			}
		}
	}
	for _, table := range tables {
		sinks, err := p.tableSinks(table, kept, files)
		if err != nil {
			return err
		}
		for i, sink := range sinks {
			into[i] = append(into[i], sink)
		}
	}
	for i, source := range p.sources {
		_, all, err := engine.Through(passes[i].In.Schema, keep(source), into[i]...)
		if err != nil {
			return err
		}
		passes[i].Into = append(passes[i].Into, all)
	}
	return nil
}

// tableSinks makes a table's files and, for each source, a sink of its kept rows.
func (p *publication) tableSinks(table RowTable, kept []*arrow.Schema, files *closers) ([]engine.Sink, error) {
	made := make([]*arrow.Schema, len(kept))
	var err error
	for i, source := range p.sources {
		if made[i], _, err = table.Rows(source).Bind(kept[i]); err != nil {
			return nil, err
		}
	}
	var csv *arrowio.CSVWriter
	var parquet *parquetio.Writer
	if table.CSV != nil {
		schema, _, err := table.CSV.Bind(made[0])
		if err != nil {
			return nil, err
		}
		if csv, err = p.csvFile(files, p.file(table.Name+".csv"), schema); err != nil {
			return nil, err
		}
	}
	if !table.CSVOnly {
		if parquet, err = p.parquetFile(files, table.Name, withAllExtras(made)); err != nil {
			return nil, err
		}
	}
	sinks := make([]engine.Sink, len(kept))
	for i, source := range p.sources {
		var into []engine.Sink
		if csv != nil {
			_, intoCSV, err := engine.Through(made[i], []engine.Stage{table.CSV}, csv)
			if err != nil {
				return nil, err
			}
			into = append(into, intoCSV)
		}
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

// withAllExtras is the schema of a file over all sources: the columns they share,
// then every extra column that one of them has, bytewise.
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
	for _, name := range workspace.SortedKeys(extras) {
		fields = append(fields, extras[name])
	}
	return arrow.NewSchema(fields, nil)
}

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

// file is a name with the version's prefix. In a folder the names are those that others look for.
func (b *build) file(name string) string {
	if strings.Contains(name, "/") {
		return name
	}
	return b.Config.VersionName() + "_" + name
}

func (p *publication) csvFile(files *closers, name string, schema *arrow.Schema) (*arrowio.CSVWriter, error) {
	file, err := p.Create(name)
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

func (p *publication) parquetFile(files *closers, table string, schema *arrow.Schema) (*parquetio.Writer, error) {
	file, err := p.Create(p.file(table + ".parquet"))
	if err != nil {
		return nil, err
	}
	parquet, err := parquetio.NewWriter(file, schema,
		parquetio.Options{Workers: p.Workspace.Run.Workers, Metadata: map[string]string{
			"dermset.dataset": p.Config.Dataset, "dermset.version": p.Config.Version, "dermset.table": table,
			"dermset.tool": "dermset " + Version,
		}})
	if err != nil {
		return nil, err
	}
	files.add(func() error { return errors.Join(parquet.Close(), file.Close()) })
	return parquet, nil
}
