package steps

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzLeft puts anything in the place of a step's step.json or answer.json: the next run ends as one from nothing.
func FuzzLeft(f *testing.F) {
	f.Add(true, []byte(`{}`))
	f.Add(true, []byte(`{"key":{"code":"x","settings":"","inputs":{"":""}},"files":{"../a":{}}}`))
	f.Add(true, []byte(`{"key":null,"files":{"answer.json":null,"answer.json/x":{"bytes":-1}}}`))
	f.Add(false, []byte(`"a="`))
	f.Add(false, []byte("[\"a\"] "))
	f.Fuzz(func(t *testing.T, state bool, text []byte) {
		b := newBench(t, abc())
		b.to("c")
		want := b.answer("c")
		name := answerFile
		if state {
			name = stateFile
		}
		if err := os.WriteFile(filepath.Join(b.w.Work("a"), name), text, 0o600); err != nil {
			t.Fatal(err)
		}
		b.planned()
		b.to("c")
		if got := b.answer("c"); got != want {
			t.Errorf("%s is left, want %s", got, want)
		}
		b.want(b.to("c"), nil)
	})
}
