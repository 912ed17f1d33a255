package desk

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/io/sheetio"
	"github.com/dermset/dermset/workflow/workspace"
)

const (
	// serviceAccountEnv names the file with the JSON key of the service account that reads the workbook.
	serviceAccountEnv = "DERMSET_GOOGLE_SERVICE_ACCOUNT"
)

// PullOptions say how the workbook is pulled.
type PullOptions struct {
	DryRun bool            // read the document and say what would change; write nothing
	ADC    bool            // ask with application-default credentials
	Google *sheetio.Google // nil: with the credentials of the environment
}

// Pull reads the workbook from Google Sheets and keeps it in mapping/: the XLSX that Google makes of it, and what that
// is. It returns a row per file: name, bytes, SHA-256, and whether it is new, changed or unchanged. What was pulled
// before stays unless all of the new one is there; it also stays if the document has not changed since.
func Pull(ctx context.Context, w *workspace.Workspace, options PullOptions) ([][]string, error) {
	id, ok := w.Config.Document()
	if !ok {
		return nil, workspace.Usage(fmt.Errorf("dermset.yaml: mapping.workbook: %q is in the workspace and needs no pull; "+
			"for a document of Google Sheets name gsheet: and its id", w.Config.Mapping.Workbook))
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
		w.Log.Info(fmt.Sprintf("Google does not answer yet, or the document is being changed: asking again in %s",
			d.Round(time.Second)))
		return patience.Pause(ctx, d)
	}
	defer func() { google.Patience = patience }()
	pulled, err := google.Pull(ctx, id)
	if err == nil {
		err = w.CheckExport(&pulled.Book)
	}
	if err != nil {
		return nil, err
	}
	w.Log.Info(fmt.Sprintf("%q, version %s: %d tabs", pulled.Title, pulled.Version, len(pulled.Sheets)))
	before, err := sheetio.Read(w.Path(workspace.PulledFolder)) // damaged or not there, it is pulled anew
	same := err == nil && before.Document == id && before.Version == pulled.Version
	if same {
		pulled.Files = before.Files
	}
	rows := fileRows(pulled.Files, before)
	if same || options.DryRun {
		return rows, nil
	}
	return rows, releaseio.WriteFolder(w.Path(workspace.PulledFolder), pulled.Content)
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
		rows = append(rows, []string{workspace.PulledFolder + "/" + f.Name, strconv.FormatInt(f.Bytes, 10), f.SHA256, what})
	}
	return rows
}

// credentials are those of the environment.
func credentials(ctx context.Context, adc bool) (*sheetio.Google, error) {
	if adc {
		google, err := sheetio.DefaultCredentials(ctx, nil)
		return google, workspace.Usage(err)
	}
	key := os.Getenv(serviceAccountEnv)
	if key == "" {
		return nil, workspace.Usage(fmt.Errorf("%s is not set: name the JSON key file of a service account that may read "+
			"the document, or ask for application-default credentials with --adc", serviceAccountEnv))
	}
	if looksLikeContent(key) { // not quoted, for it is the secret
		return nil, workspace.Usage(fmt.Errorf("%s holds what is no path, perhaps the key itself: put the key into a file "+
			"that you alone can read, and name that", serviceAccountEnv))
	}
	google, err := sheetio.ServiceAccount(ctx, key, nil)
	if err != nil {
		return nil, workspace.Usage(fmt.Errorf("%s: %w", serviceAccountEnv, err))
	}
	return google, nil
}

// looksLikeContent reports whether a text that should be a path is rather a file's content: JSON, several lines, or
// long as base64 makes it.
func looksLikeContent(path string) bool {
	return strings.HasPrefix(strings.TrimSpace(path), "{") || strings.ContainsAny(path, "\r\n") || len(path) > 1024
}
