package build

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/models"
	"github.com/dermset/dermset/pictures"
	"github.com/dermset/dermset/workflow/workspace"
)

// askedModels are who is asked whom and what pictures show, by task.
type askedModels struct {
	tone, kind, part *models.Model
}

// askNobody is what holds before the settings were read.
func askNobody() askedModels {
	return askedModels{tone: &models.Model{}, kind: &models.Model{}, part: &models.Model{}}
}

// openModels reads what the settings of describe name. What is wrong with any of them comes at once.
func (b *build) openModels() error {
	d := b.Config.Describe
	var errs [3]error
	b.asks.tone, errs[0] = models.Open(b.Path(""), models.SkinTone, d.SkinTone, workspace.SkinTones()...)
	b.asks.kind, errs[1] = models.Open(b.Path(""), models.ImageType, d.ImageType, workspace.BuiltIn)
	b.asks.part, errs[2] = models.Open(b.Path(""), models.BodyPart, d.BodyPart)
	if err := errors.Join(errs[:]...); err != nil || b.HasPictures() {
		return workspace.Usage(err)
	}
	if files := b.asks.files(); len(files) > 0 {
		b.Log.Warn(strings.Join(files, ", ") + ": nobody is asked: dermset.yaml names no images.store")
	}
	return nil
}

func (a *askedModels) all() []*models.Model { return []*models.Model{a.tone, a.kind, a.part} }

// files are the files of models and predictions in the workspace.
func (a *askedModels) files() (files []string) {
	for _, m := range a.all() {
		files = append(files, m.Files...)
	}
	return files
}

// lookers are those whose facts the settings want. Check's are always wanted, and the first.
func (b *build) lookers() []pictures.Looker {
	lookers := []pictures.Looker{pictures.Check, pictures.Outline, pictures.Twins, pictures.Luma}
	if b.asks.tone.Kind == models.BuiltIn {
		lookers = append(lookers, pictures.Tone)
	}
	if b.asks.kind.Kind == models.BuiltIn {
		lookers = append(lookers, pictures.Kind)
	}
	for _, m := range b.asks.all() {
		if m.Kind == models.Network {
			lookers = append(lookers, networkLooker(m))
		}
	}
	return lookers
}

// networkLooker asks a model file about each picture. The file is loaded when the first picture is to be looked at.
func networkLooker(m *models.Model) pictures.Looker {
	var run models.Runner
	return pictures.Looker{
		Name: networkName(m), Columns: []string{"value", "confidence", "flaw"},
		Start: func() (stop func() error, err error) {
			if run, err = m.Card.Start(); err != nil {
				return nil, err
			}
			return run.Close, nil
		},
		Look: func(p *pictures.Picture) []string {
			answers, err := run.Run([][]float32{m.Card.Prepare(p.Stored, p.Orientation)})
			if err != nil {
				panic(err) // it ran before: the library is broken
			}
			return []string{answers[0].Value, confidenceText(answers[0]), answers[0].Flaw}
		},
	}
}

// networkName is what the facts of a model are kept under.
func networkName(m *models.Model) string { return string(m.Task) + "-" + m.Card.ID() }

// confidenceText is the confidence of an answer that has a value.
func confidenceText(a models.Answer) string {
	if a.Value == "" || !a.HasConfidence {
		return ""
	}
	return strconv.FormatFloat(float64(a.Confidence), 'f', 4, 32)
}

// said is what a model says of an image: a value, empty where it abstains, and how sure it is.
func (s *shownPictures) said(m *models.Model, file *pictures.File) (value, sure string) {
	switch m.Kind {
	case models.Network:
		fields := s.fields(pictures.Looker{Name: networkName(m), Columns: make([]string, 3)}, file)
		return fields[0], fields[1]
	case models.Table:
		content, _ := file.Content() // of a blob: the log has no others
		answer, _ := m.Predictions.Of(content, file.Name)
		return answer.Value, confidenceText(answer)
	}
	return "", ""
}

// A badPrediction is a row of a file of predictions that counts for nothing.
type badPrediction struct {
	File    string `json:"file"`
	Line    int    `json:"line"` // 0: of the whole file
	Subject string `json:"subject"`
	Fault   string `json:"fault"` // may be empty: the subject says it
	Detail  string `json:"detail"`
}

// badPredictions are what is wrong with the files of predictions, after all images have been asked about.
func (b *build) badPredictions() (all []badPrediction, err error) {
	for _, m := range b.asks.all() {
		if m.Kind != models.Table {
			continue
		}
		for _, bad := range m.Predictions.Bad {
			all = append(all, badPrediction{m.Name, bad.Line, bad.Subject, bad.Fault, bad.Detail})
		}
		if more := m.Predictions.MoreBad; more > 0 {
			all = append(all, badPrediction{File: m.Name, Subject: fmt.Sprintf("%d more", more),
				Detail: fmt.Sprintf("%d more rows are bad", more)})
		}
		unknown, err := b.unknownPredictions(m)
		if err != nil {
			return nil, err
		}
		all = append(all, unknown...)
	}
	return all, nil
}

// unknownPredictions are rows about images that there are not. A content that nobody fetched may be that of an image
// whose row is rejected: of contents it is only said how many are not known.
func (b *build) unknownPredictions(m *models.Model) (all []badPrediction, err error) {
	if !m.Predictions.ByContent {
		for _, source := range b.sources {
			if err := b.eachImage(source, func(path string) {
				m.Predictions.Of([32]byte{}, source.Name+"/"+path)
			}); err != nil {
				return nil, err
			}
		}
	}
	some, unknown, err := m.Predictions.Unasked(maxAlike)
	if err != nil {
		return nil, err
	}
	if m.Predictions.ByContent {
		if unknown > 0 {
			all = append(all, badPrediction{File: m.Name, Subject: fmt.Sprintf("%d unknown", unknown),
				Detail: fmt.Sprintf("%d of %d rows are about pictures that were not fetched, or are of rows that the mapping "+
					"rejects", unknown, m.Predictions.Len())})
		}
		return all, nil
	}
	for _, bad := range some {
		all = append(all, badPrediction{m.Name, bad.Line, bad.Subject, bad.Fault, bad.Detail})
	}
	if more := unknown - len(some); more > 0 {
		all = append(all, badPrediction{File: m.Name, Subject: fmt.Sprintf("%d more without image", more),
			Detail: fmt.Sprintf("%d more rows are about images that there are not", more)})
	}
	return all, nil
}

// findings are what a person is told of them.
func predictionFindings(bad []badPrediction) (all []findings.Finding) {
	for _, p := range bad {
		place := p.File
		if p.Line > 0 {
			place += ":" + strconv.Itoa(p.Line)
		}
		subject := p.File + ": " + p.Subject
		if p.Fault != "" {
			subject += ": " + p.Fault
		}
		all = append(all, findings.New("bad_prediction", place, "", subject, 1, p.Detail))
	}
	return all
}
