package releaseio

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
)

// ManifestName is the manifest's file in a version's folder. It does not list itself.
const ManifestName = "manifest.json"

// The states of versions. The next draft of a name replaces a draft; every other state is final.
const (
	Draft    = "draft"
	Approved = "approved"
)

// A Manifest says what a version is made of. Tool, Settings, ICD11, Counts and Approval are values that encoding/json
// can write; read back they are maps, lists, strings and json.Number.
type Manifest struct {
	Dataset  string `json:"dataset"`
	Version  string `json:"version"`
	State    string `json:"state"`
	StateSum string `json:"state_sha256"` // of the state that it was built from; empty in those of earlier programs
	Tool     any    `json:"tool"`
	Settings any    `json:"settings"`
	// PseudonymKey is the fingerprint of the key that made its ids and paths pseudonyms; empty: they are as they were.
	PseudonymKey string `json:"pseudonym_key,omitempty"`

	ICD11    any     `json:"icd11"` // the release that the codes were checked against; null: none
	Counts   any     `json:"counts"`
	Approval any     `json:"approval"`
	Inputs   []Entry `json:"inputs"`
	Outputs  []Entry `json:"outputs"`
	BuiltAt  string  `json:"built_at"`
}

// encode is the manifest as JSON: fields in the order of the type, the keys of everything below sorted, entries sorted
// by path, indented by two spaces, with a line end. Equal manifests have equal bytes.
func (m Manifest) encode() ([]byte, error) {
	var err error
	for _, v := range []*any{&m.Tool, &m.Settings, &m.ICD11, &m.Counts, &m.Approval} {
		if *v, err = sorted(*v); err != nil {
			return nil, fmt.Errorf("release: manifest: %w", err)
		}
	}
	outputs := byPath(m.Outputs)
	m.Inputs, m.Outputs = byPath(m.Inputs), []Entry{}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(m); err != nil {
		return nil, fmt.Errorf("release: manifest: %w", err)
	}
	const empty = "\n  \"outputs\": []" // deeper keys stand further to the right
	head, tail, _ := bytes.Cut(b.Bytes(), []byte(empty))
	text := make([]byte, 0, len(head)+len(tail)+len(outputs)*250)
	text = append(append(text, head...), empty[:len(empty)-1]...)
	return append(appendEntries(text, outputs), tail...), nil
}

// appendEntries writes the rest of a list of entries, behind its bracket, as encoding/json would. It is here because a
// version may have a million files, of which that makes several copies.
func appendEntries(b []byte, entries []Entry) []byte {
	if len(entries) == 0 {
		return append(b, ']')
	}
	for i, e := range entries {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendText(append(b, "\n    {\n      \"path\": "...), e.Path)
		b = strconv.AppendInt(append(b, ",\n      \"bytes\": "...), e.Bytes, 10)
		b = appendText(append(b, ",\n      \"sha256\": "...), e.SHA256)
		b = append(b, "\n    }"...)
	}
	return append(b, "\n  ]"...)
}

// appendText writes a text as encoding/json does without escapes for HTML.
func appendText(b []byte, text string) []byte {
	for _, c := range []byte(text) {
		if c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			var quoted bytes.Buffer
			e := json.NewEncoder(&quoted)
			e.SetEscapeHTML(false)
			_ = e.Encode(text) // a buffer takes everything
			return append(b, bytes.TrimSuffix(quoted.Bytes(), []byte("\n"))...)
		}
	}
	return append(append(append(b, '"'), text...), '"')
}

// sorted turns structs into maps, which encoding/json writes with sorted keys.
func sorted(v any) (any, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var out any
	return out, d.Decode(&out)
}

func byPath(entries []Entry) []Entry {
	entries = append([]Entry{}, entries...)
	slices.SortFunc(entries, func(a, b Entry) int { return cmp.Compare(a.Path, b.Path) })
	return entries
}

// manifestLimit bounds the bytes of a manifest that is read: about five million files.
const manifestLimit = 1 << 30

// ReadManifest reads the manifest of a version's folder, strictly: an unknown key, a path that leaves the folder or a
// path that comes twice is an error.
func ReadManifest(dir string) (Manifest, error) {
	f, err := openFolder(dir)
	if err != nil {
		return Manifest{}, err
	}
	defer f.root.Close()
	return f.manifest, f.broken
}

func decodeManifest(text []byte) (Manifest, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	d.DisallowUnknownFields()
	var m Manifest
	if err := d.Decode(&m); err != nil {
		return Manifest{}, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Manifest{}, errors.New("something after the manifest's end")
	}
	seen := map[string]bool{ManifestName: true, SumsName: true}
	for _, e := range m.Outputs {
		if err := checkPath(e.Path); err != nil {
			return Manifest{}, err
		}
		if seen[e.Path] {
			return Manifest{}, fmt.Errorf("path %q: listed twice, or the manifest itself", e.Path)
		}
		seen[e.Path] = true
	}
	return m, nil
}

// A Difference is a file, or a field of the manifest, that is not as it should be.
type Difference struct {
	Path    string // relative to the version's folder
	Problem string
}

func (d Difference) String() string { return d.Path + ": " + d.Problem }

// compareManifests lists where two manifests differ in anything but built_at: outputs by path,
// inputs and other fields as manifest.json.
func compareManifests(have, want Manifest) []Difference {
	var out []Difference
	out = append(out, compareEntries("", have.Outputs, want.Outputs)...)
	fields := []struct {
		name       string
		have, want any
	}{
		{"dataset", have.Dataset, want.Dataset}, {"version", have.Version, want.Version}, {"state", have.State, want.State},
		{"tool", have.Tool, want.Tool}, {"settings", have.Settings, want.Settings},
		{"pseudonym_key", have.PseudonymKey, want.PseudonymKey},
		{"icd11", have.ICD11, want.ICD11}, {"counts", have.Counts, want.Counts},
		{"approval", have.Approval, want.Approval}, {"state_sha256", have.StateSum, want.StateSum},
	}
	for _, f := range fields {
		a, errA := canonical(f.have)
		b, errB := canonical(f.want)
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			out = append(out, Difference{ManifestName, fmt.Sprintf("%s is %s, want %s", f.name, a, b)})
		}
	}
	for _, d := range compareEntries("input ", have.Inputs, want.Inputs) {
		out = append(out, Difference{ManifestName, d.Path + " " + d.Problem})
	}
	return out
}

func canonical(v any) ([]byte, error) {
	v, err := sorted(v)
	if err != nil {
		return nil, err
	}
	return json.Marshal(v)
}

func compareEntries(prefix string, have, want []Entry) []Difference {
	var out []Difference
	left := map[string]Entry{}
	for _, e := range have {
		left[e.Path] = e
	}
	for _, e := range byPath(want) {
		h, ok := left[e.Path]
		delete(left, e.Path)
		switch {
		case !ok:
			out = append(out, Difference{prefix + e.Path, "is not in the published version"})
		case h.Bytes != e.Bytes:
			out = append(out, Difference{prefix + e.Path, fmt.Sprintf("has %d bytes, published with %d", e.Bytes, h.Bytes)})
		case h.SHA256 != e.SHA256:
			out = append(out, Difference{prefix + e.Path, fmt.Sprintf("has SHA-256 %s, published with %s", e.SHA256, h.SHA256)})
		}
	}
	for _, e := range byPath(have) {
		if _, ok := left[e.Path]; ok {
			out = append(out, Difference{prefix + e.Path, "is in the published version only"})
		}
	}
	return out
}
