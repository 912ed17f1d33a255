package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/icd11"
	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/io/sheetio"
	"github.com/dermset/dermset/mapping"
	"github.com/dermset/dermset/results"
	"github.com/dermset/dermset/workflow/build"
	"github.com/dermset/dermset/workflow/workspace"
)

// CodeColumns are the columns of CheckCodes.
var CodeColumns = results.Columns{
	results.Text("icd11_code", "a code or cluster of the workbook").OrNone(),
	results.Text("target_name", "who has it").OrNone(),
	results.Text("status", "what the code is: valid, unknown and so on (docs/codes.md)"),
	results.YesNo("leaf", "nothing is below it").OrNone(),
	results.Text("title", "its official title").OrNone(),
	results.Text("description", "WHO's, where the ICD-API was asked").OrNone(),
	results.Text("used_at", "where in the workbook"),
	results.Text("checked_with", "release, API or both").OrNone(),
	results.Text("problem", "what is wrong with it").OrNone(),
}

// CheckCodes looks every code of the workbook up: in the imported release, and with the ICD-API where dermset.yaml
// names one. It returns a row for each Target Name and code, with CodeColumns, and how many of them have a problem. A
// code that the two know differently is one. The entries of cells whose codes cannot be read are rows too.
func CheckCodes(ctx context.Context, w *workspace.Workspace) (rows [][]string, problems int, err error) {
	release, releaseErr := w.Release()
	client, clientErr := icdClient(w)
	book, m, findings, err := build.ReadMapping(ctx, w)
	if err := errors.Join(releaseErr, clientErr, err); err != nil {
		return nil, 0, err
	}
	if release == nil && client == nil {
		_, err := mustRelease(w)
		return nil, 0, err
	}
	used := append(usedCodes(m), unreadCodes(book, m, findings)...)
	answers, err := askAPI(ctx, w, client, used)
	if err != nil {
		return nil, 0, err
	}
	known := workspace.CheckedCodes{API: w.Config.ICD11.API, Release: w.Config.ICD11.Release,
		Codes: map[string]workspace.CheckedCode{}}
	for _, u := range used {
		v := verdictOn(u.code, release, answers)
		v.Why = cmp.Or(u.problem, v.Why)
		rows = append(rows, []string{u.code, u.target, v.Status.String(), v.leaf(), v.Title,
			v.description, u.places(), v.with, v.Why})
		if v.Why != "" {
			problems++
		} else if client != nil {
			known.Codes[u.code] = workspace.CheckedCode{Title: v.Title, Description: v.description}
		}
	}
	if client != nil {
		err = keepChecked(w, known)
	}
	return rows, problems, err
}

// unreadCodes are the entries of the cells that should hold codes and do not, each with the cell as its place. Of
// several entries each is looked up; else what is known of the cell says more.
func unreadCodes(book *sheetio.Book, m *mapping.Mapping, findings []findings.Finding) []usedCode {
	targets := map[string]string{}
	for _, row := range m.Rows {
		targets[fmt.Sprint(row.Tab, "!", row.Line)] = row.Target
	}
	var all []usedCode
	for _, f := range findings {
		if f.ID != "invalid_code" && !(f.ID == "number_cell" && strings.HasPrefix(f.Detail, "ICD-11 Code(s)")) {
			continue
		}
		tab, row, cell := cellAt(book, f.Place)
		target := targets[fmt.Sprint(tab, "!", row)]
		entries, err := icd11.Entries(cell.Text)
		if err != nil || len(entries) == 0 || cell.Kind != sheetio.Text {
			all = append(all, usedCode{target: target, cell: f.Place, problem: f.Detail})
			continue
		}
		for _, code := range entries {
			u := usedCode{target: target, code: code, cell: f.Place}
			if len(entries) == 1 {
				u.problem = f.Detail
			}
			all = append(all, u)
		}
	}
	return all
}

// cellAt finds a cell of the workbook by its place, tab!C7.
func cellAt(book *sheetio.Book, place string) (tab string, row int, cell sheetio.Cell) {
	at := strings.LastIndex(place, "!")
	tab = place[:max(at, 0)]
	row, _ = strconv.Atoi(strings.TrimLeft(place[at+1:], "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
	sheet := book.Sheet(tab)
	if sheet == nil || row < 1 || row > len(sheet.Rows) {
		return tab, row, cell
	}
	for column := range sheet.Rows[row-1] {
		if sheetio.CellName(row-1, column) == place[at+1:] {
			return tab, row, sheet.Cell(row-1, column)
		}
	}
	return tab, row, cell
}

// A verdict is what release and API say of a code together.
type verdict struct {
	icd11.Result
	description string
	with        string // what knew the code or could have: release, API or both
}

func (v verdict) leaf() string {
	if v.Status != icd11.Valid {
		return ""
	}
	return fmt.Sprint(v.Leaf)
}

// verdictOn puts together what the release (if it is not nil) and the API (if it was asked) say of a code. The
// release's word is shown.
func verdictOn(code string, release *icd11.Release, answers map[string]icd11.Answer) verdict {
	answer, asked := answers[code]
	if release == nil {
		v := verdict{answer.Result, answer.Description, "API"}
		if v.Why == "" && answer.Uncombined {
			v.Why = uncombined
		}
		return v
	}
	v := verdict{release.Check(code), answer.Description, "release"}
	if !asked {
		return v
	}
	v.with = "release, API"
	switch {
	case v.Status != answer.Status:
		v.Why = fmt.Sprintf("the imported release says %s, the API says %s (%s)",
			v.Status, answer.Status, cmp.Or(answer.Why, v.Why))
	case v.Status == icd11.Valid && !icd11.SameTitle(v.Title, answer.Title):
		v.Why = fmt.Sprintf("the imported release has the title %q, the API %q", v.Title, answer.Title)
	case v.Status == icd11.Valid && answer.Uncombined:
		v.Why = uncombined
	}
	return v
}

const uncombined = "the API knows these codes, but not their combination"

// askAPI asks about each code once, in bytewise order. Without a client there are no answers.
func askAPI(ctx context.Context, w *workspace.Workspace, client *icd11.Client,
	used []usedCode) (map[string]icd11.Answer, error) {
	answers := map[string]icd11.Answer{}
	if client == nil {
		return answers, nil
	}
	for _, u := range used {
		answers[u.code] = icd11.Answer{}
	}
	defer w.Progress.Begin("codes check: "+w.Config.ICD11.API, "codes", int64(len(answers)))()
	for _, code := range workspace.SortedKeys(answers) {
		answer, err := client.Check(ctx, code)
		if err != nil {
			return nil, err
		}
		answers[code] = answer
		w.Progress.Add("", 1, 1)
	}
	w.Progress.End()
	return answers, nil
}

// The environment says who asks the API. The token's address is WHO's for WHO's API, and none for any other.
const (
	envClientID     = "DERMSET_ICD_CLIENT_ID"
	envClientSecret = "DERMSET_ICD_CLIENT_SECRET"
	envTokenURL     = "DERMSET_ICD_TOKEN_URL"
)

// icdClient is a client of the API that dermset.yaml names; nil if it names none.
func icdClient(w *workspace.Workspace) (*icd11.Client, error) {
	api := w.Config.ICD11.API
	if api == "" {
		return nil, nil
	}
	tokens := os.Getenv(envTokenURL)
	if u, err := url.Parse(api); tokens == "" && err == nil && u.Hostname() == "id.who.int" {
		tokens = icd11.TokenURL
	}
	client, err := icd11.NewClient(icd11.ClientOptions{
		Base: api, Release: w.Config.ICD11.Release, TokenURL: tokens,
		ID: icd11.NewSecret(os.Getenv(envClientID)), Secret: icd11.NewSecret(os.Getenv(envClientSecret)),
		Cache: codeCache{w.Work("icd11/cache")},
	})
	return client, workspace.Usage(err)
}

// A codeCache keeps answers of the API as files. A file appears whole or not at all.
type codeCache struct{ dir string }

func (c codeCache) path(name string) string { return filepath.Join(c.dir, filepath.FromSlash(name)) }

func (c codeCache) Load(name string) ([]byte, bool) {
	data, err := fileio.Read(c.path(name))
	return data, err == nil
}

func (c codeCache) Store(name string, data []byte) error {
	return workspace.Keep(c.path(name), data)
}

func keepChecked(w *workspace.Workspace, known workspace.CheckedCodes) error {
	text, err := workspace.JSONText(known)
	if err != nil {
		return err
	}
	return workspace.Keep(w.Path(workspace.CheckedFile(known.Release)), text)
}

// A usedCode is one code of one Target Name, with the rows of the workbook that give it: tab → lines. An entry of a
// cell that could not be read has that cell instead, and what is wrong with it.
type usedCode struct {
	target, code string
	rows         map[string][]int

	cell, problem string
}

// usedCodes are the codes of the workbook, by target and code, both bytewise.
func usedCodes(m *mapping.Mapping) []usedCode {
	at := map[[2]string]int{}
	var used []usedCode
	for _, row := range m.Rows {
		for _, code := range row.Codes {
			key := [2]string{row.Target, code}
			i, known := at[key]
			if !known {
				i = len(used)
				at[key], used = i, append(used, usedCode{target: row.Target, code: code, rows: map[string][]int{}})
			}
			used[i].rows[row.Tab] = append(used[i].rows[row.Tab], row.Line)
		}
	}
	slices.SortFunc(used, func(a, b usedCode) int {
		return cmp.Or(strings.Compare(a.target, b.target), strings.Compare(a.code, b.code))
	})
	return used
}

// maxPlaces is how many tabs a list of places names, and how many rows of each.
const maxPlaces = 3

// places names rows of the workbook: atlas row 3, 5; clinic row 2; or the cell: atlas!C7.
func (u usedCode) places() string {
	if u.cell != "" {
		return u.cell
	}
	var tabs []string
	for _, tab := range workspace.SortedKeys(u.rows) {
		if len(tabs) == maxPlaces {
			tabs = append(tabs, fmt.Sprintf("and %d more tabs", len(u.rows)-maxPlaces))
			break
		}
		lines := slices.Sorted(slices.Values(u.rows[tab]))
		var some []string
		for _, line := range lines[:min(maxPlaces, len(lines))] {
			some = append(some, workspace.Number(int64(line)))
		}
		if more := len(lines) - len(some); more > 0 {
			some = append(some, fmt.Sprintf("%d more", more))
		}
		tabs = append(tabs, tab+" row "+strings.Join(some, ", "))
	}
	return strings.Join(tabs, "; ")
}
