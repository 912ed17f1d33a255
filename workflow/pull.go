package workflow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/io/sheetio"
)

const (
	// serviceAccountEnv names the file with the JSON key of the service account that reads the workbook.
	serviceAccountEnv = "DERMSET_GOOGLE_SERVICE_ACCOUNT"
	// pulledFolder is where the workbook is that was pulled last.
	pulledFolder = "mapping/gsheet"
)

var documentForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

// document is the id of the document of Google Sheets that is the workbook; ok is false if the workbook is a file or folder.
func (c *Config) document() (id string, ok bool) {
	return strings.CutPrefix(c.Mapping.Workbook, "gsheet:")
}

// workbookInside is the workbook's place in the workspace: of a document of Google Sheets, where it is pulled to.
func (w *Workspace) workbookInside() string {
	if _, ok := w.Config.document(); ok {
		return pulledFolder
	}
	return path.Clean(filepath.ToSlash(w.Config.Mapping.Workbook))
}

// PullOptions say how the workbook is pulled.
type PullOptions struct {
	DryRun bool            // read the document and say what would change; write nothing
	ADC    bool            // ask with application-default credentials
	Google *sheetio.Google // nil: with the credentials of the environment
}

// Pull reads the workbook from Google Sheets and keeps it in mapping/: the XLSX that Google makes of it, and what that is. It returns a row
// per file: name, bytes, SHA-256, and whether it is new, changed or unchanged. What was pulled before stays unless all of the new one is
// there; it also stays if the document has not changed since.
func (w *Workspace) Pull(ctx context.Context, options PullOptions) ([][]string, error) {
	id, ok := w.Config.document()
	if !ok {
		return nil, Usage(fmt.Errorf("dermset.yaml: mapping.workbook: %q is in the workspace and needs no pull; for a document of Google Sheets name gsheet: and its id", w.Config.Mapping.Workbook))
	}
	google := options.Google
	if google == nil {
		var err error
		if google, err = credentials(ctx, options.ADC); err != nil {
			return nil, err
		}
	}
	patience := google.Patience
	google.Wait = func(ctx context.Context, d time.Duration) error {
		w.Log.Info(fmt.Sprintf("Google does not answer yet, or the document is being changed: asking again in %s", d.Round(time.Second)))
		return patience.Pause(ctx, d)
	}
	defer func() { google.Patience = patience }()
	pulled, err := google.Pull(ctx, id)
	if err == nil {
		err = w.checkExport(&pulled.Book)
	}
	if err != nil {
		return nil, err
	}
	w.Log.Info(fmt.Sprintf("%q, version %s: %d tabs", pulled.Title, pulled.Version, len(pulled.Sheets)))
	before, err := sheetio.Read(w.path(pulledFolder)) // damaged or not there, it is pulled anew
	same := err == nil && before.Document == id && before.Version == pulled.Version
	if same {
		pulled.Files = before.Files
	}
	rows := fileRows(pulled.Files, before)
	if same || options.DryRun {
		return rows, nil
	}
	return rows, releaseio.WriteFolder(w.path(pulledFolder), pulled.Content)
}

// checkExport refuses tabs of sources that Google's export has, if at all, under another name.
func (w *Workspace) checkExport(book *sheetio.Book) error {
	names, err := w.SourceNames()
	if err != nil {
		return nil // Sources tells
	}
	var errs []error
	for _, name := range names {
		tab := cmp.Or(w.Config.Mapping.Tabs[name], name)
		if err := sheetio.CheckTabName(tab); err != nil && book.Sheet(tab) == nil {
			errs = append(errs, fmt.Errorf("dermset.yaml: mapping.workbook: Google exports the document without source %q: %w", name, err))
		}
	}
	return Usage(errors.Join(errs...))
}

func fileRows(files []sheetio.File, before *sheetio.Book) [][]string {
	old := map[string]string{}
	if before != nil {
		for _, f := range before.Files {
			old[f.Name] = f.SHA256
		}
	}
	var rows [][]string
	for _, f := range files {
		what := "changed"
		switch old[f.Name] {
		case "":
			what = "new"
		case f.SHA256:
			what = "unchanged"
		}
		rows = append(rows, []string{pulledFolder + "/" + f.Name, strconv.FormatInt(f.Bytes, 10), f.SHA256, what})
	}
	return rows
}

// credentials are those of the environment.
func credentials(ctx context.Context, adc bool) (*sheetio.Google, error) {
	if adc {
		google, err := sheetio.DefaultCredentials(ctx, nil)
		return google, Usage(err)
	}
	key := os.Getenv(serviceAccountEnv)
	if key == "" {
		return nil, Usage(fmt.Errorf("%s is not set: name the JSON key file of a service account that may read the document, or ask for application-default credentials with --adc", serviceAccountEnv))
	}
	if looksLikeContent(key) { // not quoted, for it is the secret
		return nil, Usage(fmt.Errorf("%s holds what is no path, perhaps the key itself: put the key into a file that you alone can read, and name that", serviceAccountEnv))
	}
	google, err := sheetio.ServiceAccount(ctx, key, nil)
	if err != nil {
		return nil, Usage(fmt.Errorf("%s: %w", serviceAccountEnv, err))
	}
	return google, nil
}

// looksLikeContent reports whether a text that should be a path is rather a file's content: JSON, several lines, or long as base64 makes it.
func looksLikeContent(path string) bool {
	return strings.HasPrefix(strings.TrimSpace(path), "{") || strings.ContainsAny(path, "\r\n") || len(path) > 1024
}

// pulledWorkbook reads the workbook that was pulled last.
func (w *Workspace) pulledWorkbook(id string) (*sheetio.Book, error) {
	book, err := sheetio.Read(w.path(pulledFolder))
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, Usage(fmt.Errorf("dermset.yaml: mapping.workbook: gsheet:%s has not been pulled yet; run `dermset mapping pull`", id))
	case err != nil:
		return nil, err
	case book.Document != id:
		return nil, Usage(fmt.Errorf("dermset.yaml: mapping.workbook: %s holds another document, %q; run `dermset mapping pull`", pulledFolder, book.Document))
	}
	if err := w.checkExport(book); err != nil {
		return nil, err
	}
	return book, nil
}
