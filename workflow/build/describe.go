package build

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/images"
	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/ledger"
	"github.com/dermset/dermset/models"
	"github.com/dermset/dermset/pictures"
	"github.com/dermset/dermset/rows"
	"github.com/dermset/dermset/stages"
	"github.com/dermset/dermset/workflow/steps"
	"github.com/dermset/dermset/workflow/workspace"
)

// described is work/describe/answer.json. The columns of rows lie beside it.
type described struct {
	Findings    []rows.Finding  `json:"findings"` // image_type_differs
	Predictions []badPrediction `json:"predictions"`
}

func (b *build) describeKey() (any, map[string]string, error) {
	files := b.drawnOn()
	for _, path := range b.asks.files() {
		files[path] = b.inputs.sum(path)
	}
	return b.Config.Describe, files, nil
}

// toneScale is the set of thresholds that makes a skin type of an angle; nil if the setting names none.
func (b *build) toneScale() *images.ToneScale {
	scales := images.ToneScales()
	at := slices.IndexFunc(scales, func(s images.ToneScale) bool { return s.Name == b.Config.Describe.SkinTone })
	if at < 0 {
		return nil
	}
	return &scales[at]
}

// describe puts what pictures show beside the rows that are alive.
func (b *build) describe(dir string) error {
	if err := b.matchAnnotations(); err != nil {
		return err
	}
	shown, err := b.seeShown()
	if err != nil {
		return err
	}
	differ := stages.NewNoted(maxAlike)
	if err := b.beside(dir, beside{
		what: "describe", columns: []string{rows.ColMaskPath, rows.ColImageType}, keep: rows.ShownFields,
		stage: func(source workspace.Source) engine.Stage {
			return stages.Beside{Stage: stages.Facts{Columns: rows.ShownFields, Of: shown.of(source)}}
		},
		note: func(source workspace.Source, made *arrow.Schema) (engine.Sink, error) {
			return differ.Sink(source.Ordinal, source.Name, stages.TypeDiffers, made)
		},
	}); err != nil {
		return err
	}
	if n := shown.lacking.Load(); n > 0 {
		return fmt.Errorf("work/facts does not have what describe found of pictures: %d; run `dermset describe`", n)
	}
	bad, err := b.badPredictions()
	if err != nil {
		return err
	}
	return steps.WriteAnswer(dir, described{Findings: differ.Findings(), Predictions: bad})
}

// shownPictures is what is known of whom and what pictures show.
type shownPictures struct {
	*knownPictures
	b       *build
	scale   *images.ToneScale
	lacking atomic.Int64 // pictures that were decoded, and of which there is no fact
}

func (b *build) seeShown() (*shownPictures, error) {
	known, err := b.seePictures()
	return &shownPictures{knownPictures: known, b: b, scale: b.toneScale()}, err
}

// of fills in rows.ShownFields of the images of a source.
func (s *shownPictures) of(source workspace.Source) func(path, mask string, values []string) bool {
	return func(path, mask string, values []string) bool {
		file := s.b.fileOf(s.blobs, source, path, mask)
		if result, known := s.result(file.SHA256); !known || !pictures.Decoded(result.Verdict) {
			return false
		}
		asks := &s.b.asks
		switch {
		case s.scale != nil && file.LacksSkinMask():
			values[2] = pictures.NoMask
		case s.scale != nil:
			s.tone(s.fields(pictures.Tone, &file), values)
		default:
			values[1], _ = s.said(asks.tone, &file)
		}
		if asks.kind.Kind == models.BuiltIn {
			s.kind(s.fields(pictures.Kind, &file), values)
		} else {
			values[3], values[4] = s.said(asks.kind, &file)
		}
		values[5], _ = s.said(asks.part, &file)
		return true
	}
}

// fields is a looker's fact, with empty fields where there is none.
func (s *shownPictures) fields(looker pictures.Looker, file *pictures.File) []string {
	fields, known := s.facts.Of(looker.Name, file)
	if !known {
		s.lacking.Add(1)
		fields = make([]string, len(looker.Columns))
	}
	return fields
}

func (s *shownPictures) tone(fact, values []string) {
	ita, abstains := fact[0], fact[3]
	values[0], values[2] = ita, abstains
	if angle, err := strconv.ParseFloat(ita, 64); err == nil && abstains == "" {
		values[1] = strconv.Itoa(s.scale.Fitzpatrick(angle))
	}
}

func (s *shownPictures) kind(fact, values []string) {
	var guess images.TypeGuess
	for i := range guess.P {
		likely, err := strconv.ParseFloat(fact[i], 64)
		if err != nil {
			return // nobody could look
		}
		guess.P[i] = likely
	}
	if kind, sure := guess.Best(); kind != "" {
		values[3], values[4] = kind, strconv.FormatFloat(sure, 'f', 4, 64)
	}
}

// A beside is a pass over the rows of every source that keeps columns beside them, cut alike.
type beside struct {
	what    string        // for progress
	columns []string      // of the rows that it reads, besides the image paths and reasons
	keep    []arrow.Field // of what the stage makes
	stage   func(workspace.Source) engine.Stage
	note    func(source workspace.Source, made *arrow.Schema) (engine.Sink, error) // looks at all that the stage makes
}

// beside runs such a pass and writes its rows files under dir.
func (b *build) beside(dir string, of beside) error {
	l, err := b.seeLedger("generate")
	if err != nil {
		return err
	}
	if err := fileio.MakeFolders(filepath.Join(dir, "rows")); err != nil {
		return err
	}
	var files rowsFiles
	err = b.eachPaths(of.what, func(source workspace.Source, paths engine.Stream) (engine.Pass, error) {
		in, err := b.besidePaths(source, paths, l, of.columns)
		if err != nil {
			return engine.Pass{}, err
		}
		stage := of.stage(source)
		made, _, err := stage.Bind(in.Schema)
		if err != nil {
			return engine.Pass{}, err
		}
		file, err := files.stored(rowsPath(dir, source.Name), made, stages.Columns(of.keep))
		if err != nil {
			return engine.Pass{}, err
		}
		note, err := of.note(source, made)
		if err != nil {
			return engine.Pass{}, err
		}
		_, all, err := engine.Through(in.Schema, []engine.Stage{stage}, file, note)
		return engine.Pass{Name: source.Name, In: in, Into: []engine.Sink{all}}, err
	})
	return errors.Join(err, files.close())
}

// besidePaths are the image paths of a source with some columns of its rows, and their reasons.
func (b *build) besidePaths(source workspace.Source, paths engine.Stream, l *ledger.Ledger,
	columns []string) (engine.Stream, error) {
	others, err := b.rowsOf("generate", source.Name)
	if err != nil {
		return engine.Stream{}, err
	}
	in, err := engine.Zip(paths, others.Stream(columns...))
	if err != nil {
		return engine.Stream{}, err
	}
	pieces, err := b.pieces(source.Name)
	if err != nil {
		return engine.Stream{}, err
	}
	return engine.Zip(in, l.Reasons(source.Ordinal, pieces))
}
