package versions

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/dermset/dermset/fault"
	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/slips"
	"github.com/dermset/dermset/workflow/workspace"
)

// UploadsFile is where the workspace keeps which versions were uploaded where: beside dermset.yaml, as work/ may be
// deleted at any time, and dist/ holds versions alone.
const UploadsFile = "uploads.jsonl"

// An uploaded is one line of the file: a version of which files have gone, or may have gone, to a place.
type uploaded struct {
	Version  string `json:"version"`
	To       string `json:"to"`
	Manifest string `json:"manifest"` // SHA-256 of what was uploaded
	Begun    string `json:"begun"`    // UTC
}

// noteUpload notes an upload before its first file goes: one that is stopped leaves files in the store, too. What is
// noted already is not noted again. Two that upload at once add a line each, at the end of the file.
func noteUpload(w *workspace.Workspace, v Version, to string) (err error) {
	known, err := readUploads(w)
	if err != nil {
		return err
	}
	sum, _, err := workspace.HashFile(filepath.Join(v.Dir, releaseio.ManifestName))
	if err != nil {
		return err
	}
	if blobio.IsFolder(to) { // from wherever one stands later
		if to, err = filepath.Abs(to); err != nil {
			return err
		}
		to = filepath.ToSlash(to) + "/"
	}
	line := uploaded{v.Name, to, sum, time.Now().UTC().Format(time.RFC3339)}
	if slices.ContainsFunc(known, func(u uploaded) bool {
		return u.Version == line.Version && u.To == line.To && u.Manifest == line.Manifest
	}) {
		return nil
	}
	text, err := json.Marshal(line)
	if err != nil {
		return err
	}
	file, err := fileio.OpenToWrite(w.Path(UploadsFile), os.O_WRONLY|os.O_APPEND)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	text = append(text, '\n')
	if info.Size() > 0 { // a line that broke off takes no other with it
		text = append([]byte{'\n'}, text...)
	}
	if _, err := file.Write(text); err != nil {
		return err
	}
	return file.Sync()
}

// readUploads are the uploads that are noted. A line that is none, which a machine that stopped may leave, is told.
func readUploads(w *workspace.Workspace) (all []uploaded, err error) {
	path := w.Path(UploadsFile)
	text, err := fileio.Read(path)
	if fault.Of(err) == fault.NotThere {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var none []string
	for i, line := range bytes.Split(text, []byte{'\n'}) {
		var u uploaded
		if len(line) == 0 {
			continue
		}
		if err := json.Unmarshal(line, &u); err != nil || u.Version == "" || u.To == "" {
			none = append(none, fmt.Sprintf("%s:%d: is no upload; where a version went may not be known", UploadsFile, i+1))
			continue
		}
		all = append(all, u)
	}
	w.WarnOf(none)
	return all, nil
}

// downloadLines are the lines that bring a version here, from each place that it is known to be at.
func downloadLines(w *workspace.Workspace, version string) string {
	var lines []string
	all, _ := readUploads(w) // what cannot be read names nothing
	for _, place := range placesOf(all, version) {
		if from, is := strings.CutSuffix(place, "/"+version+"/"); is {
			lines = append(lines, fmt.Sprintf("`dermset download %s --from %s`", version, from))
		}
	}
	if len(lines) == 0 {
		return fmt.Sprintf("`dermset download %s --from URL`", version)
	}
	return strings.Join(lines, " or ") + " (where it was uploaded to; with the options of the URL, if it had any)"
}

// Elsewhere are the versions that were uploaded and are not here, in order.
func Elsewhere(w *workspace.Workspace) (names []string) {
	here := Names(w)
	all, _ := readUploads(w)
	for _, u := range all {
		if !slices.Contains(here, u.Version) && !slices.Contains(names, u.Version) {
			names = append(names, u.Version)
		}
	}
	slices.SortFunc(names, compareNames)
	return names
}

// Absent says that a version that a setting names is not on this machine, and what to do about it.
func Absent(w *workspace.Workspace, version string) string {
	text := fmt.Sprintf("%s is not on this machine; get it: %s; or leave it empty", version, downloadLines(w, version))
	if names := Names(w); len(names) > 0 {
		text += ", or name a version that is there: " + strings.Join(names, ", ") + slips.Meant(version, names)
	}
	return text
}
