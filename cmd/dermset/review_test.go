package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/pem"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/crypto/ssh"

	"github.com/dermset/dermset/decisions"
	"github.com/dermset/dermset/review"
	"github.com/dermset/dermset/workflow/build"
	"github.com/dermset/dermset/workflow/workspace"
)

// reviewed PRIMARY [SECONDARY] lets people review every row of the mapping as it stands, whatever stands in its way.
func reviewed(ts *testscript.TestScript, _ bool, args []string) {
	quiet := slog.New(slog.DiscardHandler)
	w, err := workspace.Open(ts.MkAbs("."), workspace.Resources{Workers: 1}, quiet,
		workspace.NewProgress(io.Discard, false, quiet))
	ts.Check(err)
	_, m, _, err := build.ReadMapping(context.Background(), w)
	ts.Check(err)
	l, err := w.Decisions()
	ts.Check(err)
	review1 := func(row decisions.Row, cells decisions.Cells, annotator string) {
		for i, who := range args {
			d := decisions.Decision{Who: who, Role: []string{decisions.Primary, decisions.Secondary}[i], Act: decisions.Review,
				Row: &row, Annotator: annotator, Before: cells, After: cells,
				State: []decisions.State{decisions.PrimaryReviewed, decisions.SecondaryReviewed}[i]}
			_, _ = l.Add(d, time.Now()) // one that was reviewed stays as it is
		}
	}
	for _, r := range m.Rows {
		if r.Target != "" {
			review1(review.RowOfLabel(r), review.CellsOfLabel(r), r.Annotator)
		}
	}
	for _, r := range m.Refinements {
		review1(review.RowOfCategory(r.Category), review.CellsOfCategory(r), r.Annotator)
	}
	ts.Check(w.SaveDecisions(l))
}

// sshkey FILE PEOPLE WORD makes a key and FILE.pub, and puts its public half in the place of a word of people.yaml.
func sshkey(ts *testscript.TestScript, _ bool, args []string) {
	public, private, err := ed25519.GenerateKey(nil)
	ts.Check(err)
	block, err := ssh.MarshalPrivateKey(private, "")
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), pem.EncodeToMemory(block), 0o600))
	key, err := ssh.NewPublicKey(public)
	ts.Check(err)
	text := ts.ReadFile(args[1])
	line := string(bytes.TrimSpace(ssh.MarshalAuthorizedKey(key)))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".pub"), []byte(line+"\n"), 0o666))
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(strings.Replace(text, args[2], line, 1)), 0o666))
}
