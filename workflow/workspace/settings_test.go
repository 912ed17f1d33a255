package workspace_test

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/workflow/workspace"
)

// codeText is text in a page that stands for itself.
var codeText = regexp.MustCompile("`([^`]+)`")

// tableOf are the first two cells of the rows of the first table below a heading of docs/settings.md.
func tableOf(t *testing.T, heading string) [][2]string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "settings.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, below, found := strings.Cut(string(page), heading)
	_, below, table := strings.Cut(below, "\n|---|")
	if !found || !table {
		t.Fatalf("docs/settings.md has no table below %q", heading)
	}
	var rows [][2]string
	for _, line := range strings.Split(below, "\n")[1:] {
		cells := strings.Split(line, "|")
		if len(cells) < 3 {
			break
		}
		rows = append(rows, [2]string{cells[1], cells[2]})
	}
	return rows
}

func inCode(cell string) (texts []string) {
	for _, match := range codeText.FindAllStringSubmatch(cell, -1) {
		texts = append(texts, match[1])
	}
	return texts
}

// The page of settings has every key that is refused until its part is built, with the value that means off.
func TestSettingsPageOfWhatIsNotBuilt(t *testing.T) {
	got := map[string]string{}
	for _, row := range tableOf(t, "## Not built yet") {
		off := strings.Join(inCode(row[1]), " or ")
		for _, key := range inCode(row[0]) {
			got[key] = off
		}
	}
	if diff := cmp.Diff(notBuilt, got); diff != "" {
		t.Errorf("keys and what means off (-settings +page):\n%s", diff)
	}
}

// Settings that other pages name are settings.
func TestSettingsInDocs(t *testing.T) {
	var known, sections []string
	for _, key := range leaves(reflect.TypeFor[workspace.Config](), "") {
		known = append(known, key.path)
	}
	for key := range notBuilt {
		known = append(known, key)
	}
	for _, key := range known {
		for at, r := range key {
			if r == '.' {
				known, sections = append(known, key[:at]), append(sections, key[:at])
			}
		}
	}
	pages, err := filepath.Glob(filepath.Join("..", "..", "docs", "*.md"))
	if err != nil || len(pages) < 10 {
		t.Fatal(pages, err)
	}
	named := regexp.MustCompile(`^([a-z0-9]+)(\.[a-z_0-9]+)+`)
	for _, path := range append(pages, filepath.Join("..", "..", "README.md")) {
		page, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range inCode(string(page)) {
			key := named.FindString(text)
			section, _, _ := strings.Cut(key, ".")
			if key != "" && slices.Contains(sections, section) && !slices.Contains(known, key) {
				t.Errorf("%s names the setting %s, which is none", path, key)
			}
		}
	}
}
