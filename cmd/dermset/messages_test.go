package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

// message is one line of stderr.
type message struct {
	Level, Msg, File, Remedy string
	Line                     int
	ExitCode                 int `json:"exit_code"`
}

func messagesIn(t *testing.T, text string) (all []message) {
	t.Helper()
	for line := range strings.Lines(text) {
		var m message
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		all = append(all, m)
	}
	return all
}

// Where results are JSON, messages are, those about wrong arguments too: the last one has the exit code, and nothing is
// on stdout. What is text is not given then.
func TestMessagesForPrograms(t *testing.T) {
	for _, args := range []string{
		"bild --format json", "--format=json build --nope", "build --format=json x", "build --log-format json --nope",
		"completion bash --format json", "help --format json build", "build --help --format json",
		"mapping --format json", "--format json",
		"plan --format json --log-format xx", "plan --format json --workspace nowhere",
	} {
		var out, errs bytes.Buffer
		code := run(strings.Fields(args), strings.NewReader(""), &out, &errs)
		all := messagesIn(t, errs.String())
		if n := len(all); code != exitUsage || out.Len() > 0 || n != 2 || all[0].Level != "ERROR" || all[0].ExitCode != 0 ||
			all[n-1].ExitCode != exitUsage {
			t.Errorf("%s: %d, %q, %+v", args, code, &out, all)
		}
	}
	var out, errs bytes.Buffer
	code := run([]string{"build", "--format", "json", "--log-format", "text", "--nope"}, nil, &out, &errs)
	if want := "error: unknown flag: --nope"; code != exitUsage || !strings.HasPrefix(errs.String(), want) {
		t.Errorf("%d, %q", code, &errs)
	}
}

// An error that begins with a place in a file has it as file and line too.
func TestPlacesInMessages(t *testing.T) {
	var out bytes.Buffer
	a := &app{stderr: &out, format: "json"}
	a.sayErrors(errors.New("a b/c.csv:12:3: is bad\nd.yaml:7 names nobody\nhttp://host:90/x: no\nx: 12: y\n\"q:1\": z\n"+
		"a:0: b\nhands: s/h.csv:11:1: row\ndist/V/quality.json: is missing\nopen a/b.csv: no\n"+
		"images.store: is empty\ndermset.yaml: split.lock: no\nwork"), []string{"mend it"})
	want := []message{
		{Msg: "a b/c.csv:12:3: is bad", File: "a b/c.csv", Line: 12}, {Msg: "d.yaml:7 names nobody", File: "d.yaml", Line: 7},
		{Msg: "http://host:90/x: no"}, {Msg: "x: 12: y"}, {Msg: `"q:1": z`}, {Msg: "a:0: b"},
		{Msg: "hands: s/h.csv:11:1: row", File: "s/h.csv", Line: 11},
		{Msg: "dist/V/quality.json: is missing", File: "dist/V/quality.json"}, {Msg: "open a/b.csv: no", File: "a/b.csv"},
		{Msg: "images.store: is empty"}, {Msg: "dermset.yaml: split.lock: no", File: "dermset.yaml"},
		{Msg: "work", Remedy: "mend it"},
	}
	for i, got := range messagesIn(t, out.String()) {
		if want[i].Level = "ERROR"; got != want[i] {
			t.Errorf("%+v, want %+v", got, want[i])
		}
	}
}
