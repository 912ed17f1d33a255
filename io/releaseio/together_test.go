package releaseio

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// mustSay wants an error that says each of the texts.
func mustSay(t *testing.T, err error, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("error %v, want it to say %q", err, text)
		}
	}
}

// A trio is a folder with three files that change together: one is in a sub-folder, one a link to a shared folder.
type trio struct{ folder, shared string }

func newTrio(t *testing.T) trio {
	t.Helper()
	dir := t.TempDir()
	s := trio{filepath.Join(dir, "workspace"), filepath.Join(dir, "shared")}
	must(t, os.MkdirAll(filepath.Join(s.folder, "book"), 0o777))
	must(t, os.Mkdir(s.shared, 0o777))
	for _, path := range []string{"workspace/log", "workspace/book/a.csv", "shared/b.csv"} {
		must(t, os.WriteFile(filepath.Join(dir, path), []byte("old "+filepath.Base(path)), 0o640))
	}
	must(t, os.Symlink(filepath.Join("..", "..", "shared", "b.csv"), filepath.Join(s.folder, "book", "b.csv")))
	return s
}

// changes make an edition of the three.
func (s trio) changes(edition string) []Change {
	return []Change{{Path: "book/b.csv", Content: []byte(edition + " b.csv"), Linked: true},
		{Path: "book/a.csv", Content: []byte(edition + " a.csv")}, {Path: "log", Content: []byte(edition + " log")}}
}

// edition is that of the three files, which must be of one.
func (s trio) edition(t *testing.T) string {
	t.Helper()
	var all []string
	for _, path := range []string{"log", "book/a.csv", "book/b.csv"} {
		text, err := os.ReadFile(filepath.Join(s.folder, path))
		must(t, err)
		edition, ok := strings.CutSuffix(string(text), " "+filepath.Base(path))
		if !ok || len(all) > 0 && edition != all[0] {
			t.Fatalf("%s holds %q, where the others are of %q", path, text, all)
		}
		all = append(all, edition)
	}
	return all[0]
}

// clean wants nothing aside, and the link to be one.
func (s trio) clean(t *testing.T) {
	t.Helper()
	got := [][]string{names(t, s.folder), names(t, filepath.Join(s.folder, "book")), names(t, s.shared)}
	want := [][]string{{"book", "log"}, {"a.csv", "b.csv"}, {"b.csv"}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("what is there (-want +got):\n%s", d)
	}
	if info, err := os.Lstat(filepath.Join(s.folder, "book", "b.csv")); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is %v, %v", info.Mode(), err)
	}
}

func TestTogether(t *testing.T) {
	s := newTrio(t)
	must(t, Together(s.folder, s.changes("new")...))
	if got := s.edition(t); got != "new" {
		t.Errorf("edition %q", got)
	}
	s.clean(t)
	info, err := os.Stat(filepath.Join(s.folder, "log"))
	if err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	must(t, Together(s.folder, s.changes("new")...))
	if again, err := os.Stat(filepath.Join(s.folder, "log")); err != nil || !os.SameFile(info, again) {
		t.Errorf("a file that holds its content was replaced, %v", err)
	}
	must(t, Together(s.folder, Change{Path: "more", Content: []byte("x"), Before: Absent}))
	if text, err := os.ReadFile(filepath.Join(s.folder, "more")); err != nil || string(text) != "x" {
		t.Errorf("%q, %v", text, err)
	}
	must(t, Settle(filepath.Join(s.folder, "none")))
}

func TestTogetherRefuses(t *testing.T) {
	s := newTrio(t)
	was, err := hashOf(filepath.Join(s.folder, "log"))
	must(t, err)
	must(t, os.Symlink("nowhere", filepath.Join(s.folder, "dangling")))
	for _, c := range []struct {
		change Change
		want   string
	}{
		{Change{Path: "log", Before: strings.Repeat("0", 64)},
			"log: is not what it was: its SHA-256 is " + was + ", want 000"},
		{Change{Path: "log", Before: Absent}, "log: is not what it was: its SHA-256 is " + was + ", want absent"},
		{Change{Path: "none", Before: was}, "none: is not what it was: its SHA-256 is absent, want " + was},
		{Change{Path: "book/b.csv"}, "b.csv: is a link, want an ordinary file"},
		{Change{Path: "book"}, "book: is a folder, want an ordinary file"},
		{Change{Path: "dangling", Linked: true}, "nowhere"},
		{Change{Path: "../shared/b.csv"}, `path "../shared/b.csv": want a relative path`},
		{Change{Path: "none/x"}, "none"},
		{Change{Path: "book/a.csv"}, `"book/a.csv": is to be changed twice`},
	} {
		err := Together(s.folder, append(s.changes("new")[:2], c.change)...)
		mustSay(t, err, c.want)
		if got := s.edition(t); got != "old" {
			t.Errorf("%v, but the edition is %q", err, got)
		}
	}
	must(t, os.Remove(filepath.Join(s.folder, "dangling")))
	s.clean(t)
	must(t, Together(s.folder, Change{Path: "log", Content: []byte("x"), Before: was}))
}

// Killed at each change of the disk in turn, where nothing that comes later happens, the files are old or new once the
// folder is settled: by a reader, the next act, or a sweep, which leaves nothing aside.
func TestTogetherKilledAnywhere(t *testing.T) {
	killed := errors.New("killed")
	meetings := map[string]func(s trio) error{
		"settle": func(s trio) error { return Settle(s.folder) },
		"act":    func(s trio) error { return Together(s.folder, Change{Path: "more"}) },
		"sweep":  func(s trio) error { _, err := sweep(&disk{}, []string{s.folder}); return err },
	}
	for how, meet := range meetings {
		seen := map[string]int{}
		for at, done := 0, false; !done; at++ {
			s := newTrio(t)
			n := 0
			d := &disk{fault: func(op, path string) error {
				if n++; n > at {
					return killed
				}
				return nil
			}}
			done = together(d, s.folder, s.changes("new")) == nil
			for again := 0; again < 3; again++ { // and so are those who find it
				n, at := 0, again
				d := &disk{fault: func(op, path string) error {
					if n++; n > at {
						return killed
					}
					return nil
				}}
				_ = settle(d, s.folder, false)
			}
			must(t, meet(s))
			seen[s.edition(t)]++
			_ = os.Remove(filepath.Join(s.folder, "more"))
			if how == "sweep" {
				s.clean(t)
			}
			must(t, Together(s.folder, s.changes("next")...))
			if got := s.edition(t); got != "next" {
				t.Fatalf("killed at %d: then %q", at, got)
			}
			_, err := sweep(&disk{}, []string{s.folder})
			must(t, err)
			s.clean(t)
		}
		if seen["old"] < 8 || seen["new"] < 6 || len(seen) != 2 {
			t.Errorf("%s: editions %v", how, seen)
		}
	}
}

// One change of the disk fails in turn, after which it works again: there is an error, and the files are old and
// nothing is aside, or they are new once they are settled.
func TestTogetherWhereTheDiskFails(t *testing.T) {
	for at, done := 0, false; !done; at++ {
		s := newTrio(t)
		n := 0
		d := &disk{fault: func(op, path string) error {
			if n++; n == at+1 {
				return errors.New("no space")
			}
			return nil
		}}
		err := together(d, s.folder, s.changes("new"))
		if done = n <= at; !done {
			mustSay(t, err, "no space")
		}
		must(t, Settle(s.folder))
		s.edition(t)
		s.clean(t)
	}
}

// interrupted is a trio whose act was killed after its first files got in place.
func interrupted(t *testing.T, renames int) (s trio, list string, files []listed) {
	t.Helper()
	s = newTrio(t)
	acted := false
	d := &disk{fault: func(op, path string) error {
		if acted && op == "rename" {
			if renames--; renames < 0 {
				return errors.New("killed")
			}
		}
		acted = acted || op == "rename"
		return nil
	}}
	mustSay(t, together(d, s.folder, s.changes("new")), "killed")
	for _, name := range names(t, s.folder) {
		if strings.HasPrefix(name, actPrefix) {
			list = filepath.Join(s.folder, name)
		}
	}
	data, err := os.ReadFile(list)
	must(t, err)
	files, err = decodeList(data)
	must(t, err)
	return s, list, files
}

// What is not as the run left it is told, with what to do about it, and then nothing is put in place.
func TestSettleRefuses(t *testing.T) {
	write := func(text string) func(t *testing.T, path string) {
		return func(t *testing.T, path string) { must(t, os.WriteFile(path, []byte(text), 0o666)) }
	}
	remove := func(t *testing.T, path string) { must(t, os.Remove(path)) }
	waiting := func(_ trio, list string, files []listed) string {
		_, path := files[1].paths(list)
		return path
	}
	for _, c := range []struct {
		name   string
		what   func(s trio, list string, files []listed) string // what is spoilt
		spoil  func(t *testing.T, path string)
		want   string
		remedy func(t *testing.T, path string)
	}{
		{"list cut short", func(_ trio, list string, _ []listed) string { return list }, write("0123\n[{"),
			"is damaged: its SHA-256 is not the one in its first line: it lists files that change together; what each FILE " +
				"is to hold waits beside it, called .FILE.together-", nil},
		{"waiting file gone", waiting, remove, "what it is to hold, is gone: get it back from a backup, of SHA-256",
			write("new a.csv")},
		{"waiting file damaged", waiting, write("new b.csv"), "what it is to hold, is damaged: get it back from a backup",
			write("new a.csv")},
		{"changed just then", func(s trio, _ string, _ []listed) string { return filepath.Join(s.folder, "log") },
			write("mine"), "log: was to change together with others, and somebody changed it just then: move it away, run again",
			func(t *testing.T, path string) { must(t, os.Rename(path, path+".mine")) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, list, files := interrupted(t, 0)
			path := c.what(s, list, files)
			c.spoil(t, path)
			for range 2 {
				mustSay(t, Settle(s.folder), c.want)
			}
			if text, err := os.ReadFile(filepath.Join(s.shared, "b.csv")); err != nil || string(text) != "old b.csv" {
				t.Errorf("refused, but b.csv is %q, %v", text, err)
			}
			if c.remedy == nil {
				return
			}
			c.remedy(t, path)
			must(t, Settle(s.folder))
			if got := s.edition(t); got != "new" {
				t.Errorf("then %q", got)
			}
		})
	}
}

// What a person changes in a file that is in place already stays.
func TestSettleKeepsLaterChanges(t *testing.T) {
	s, _, _ := interrupted(t, 1)
	path := filepath.Join(s.shared, "b.csv")
	must(t, os.WriteFile(path, []byte("mine"), 0o666))
	must(t, Settle(s.folder))
	text, err := os.ReadFile(path)
	if err != nil || string(text) != "mine" {
		t.Errorf("%q, %v", text, err)
	}
	must(t, os.WriteFile(path, []byte("new b.csv"), 0o666))
	if got := s.edition(t); got != "new" {
		t.Errorf("the others are %q", got)
	}
	s.clean(t)
}

// A run that has not come to its act is left alone for an hour, unless we hold the lock.
func TestSettleLeavesTheLiving(t *testing.T) {
	s := newTrio(t)
	d := &disk{fault: func(op, path string) error {
		if op == "rename" {
			return errors.New("killed")
		}
		return nil
	}}
	mustSay(t, together(d, s.folder, s.changes("new")), "killed")
	before := names(t, s.folder)
	must(t, Settle(s.folder))
	if d := cmp.Diff(before, names(t, s.folder)); d != "" || len(before) != 4 {
		t.Errorf("%q: %s", before, d)
	}
	for _, name := range before {
		if strings.HasPrefix(name, actPrefix) {
			old := time.Now().Add(-61 * time.Minute)
			must(t, os.Chtimes(filepath.Join(s.folder, name), old, old))
		}
	}
	must(t, Settle(s.folder))
	s.clean(t)
}

// Many settle while one acts: nobody sees an error, and nothing that came later is undone.
func TestSettleBesideTogether(t *testing.T) {
	s := newTrio(t)
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					if err := Settle(s.folder); err != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	acts := 60
	if testing.Short() {
		acts = 15
	}
	for i := range acts {
		edition := fmt.Sprint("edition ", i%3) // contents come back
		must(t, Together(s.folder, s.changes(edition)...))
		if got := s.edition(t); got != edition {
			t.Fatalf("after act %d: %q, want %q", i, got, edition)
		}
	}
	close(stop)
	readers.Wait()
	s.clean(t)
}

// TestTogetherChild is the process that TestTogetherKill kills.
func TestTogetherChild(t *testing.T) {
	dir := os.Getenv("DERMSET_TEST_TOGETHER")
	if dir == "" {
		return // not started by another test
	}
	s := trio{folder: dir}
	fmt.Println("acting")
	for i := 0; ; i++ {
		must(t, Together(s.folder, s.changes(fmt.Sprint("edition ", i))...))
	}
}

// TestTogetherKill kills a process that acts without end, many times, while another settles.
func TestTogetherKill(t *testing.T) {
	if raceEnabled {
		t.Skip("takes minutes with the race detector; ./check runs it without")
	}
	kills := 100
	if testing.Short() {
		kills = 10
	}
	s := newTrio(t)
	found := map[string]int{}
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 1))
	for n := range kills {
		child := exec.Command(os.Args[0], "-test.run=^TestTogetherChild$")
		child.Env = append(os.Environ(), "DERMSET_TEST_TOGETHER="+s.folder)
		out, err := child.StdoutPipe()
		must(t, err)
		must(t, child.Start())
		if line, err := bufio.NewReader(out).ReadString('\n'); line != "acting\n" {
			t.Fatal(line, err)
		}
		end := time.Now().Add(time.Duration(r.Int64N(int64(20 * time.Millisecond))))
		for time.Now().Before(end) {
			if n%4 == 0 {
				must(t, Settle(s.folder))
			}
		}
		must(t, child.Process.Kill())
		_ = child.Wait() // it was killed
		for _, name := range names(t, s.folder) {
			if strings.HasPrefix(name, actPrefix) {
				found[map[bool]string{true: "begun", false: "act"}[strings.HasSuffix(name, begunSuffix)]]++
			}
		}
		must(t, Settle(s.folder))
		s.edition(t)
		_, err = sweep(&disk{}, []string{s.folder})
		must(t, err)
		s.clean(t)
	}
	t.Logf("seed %d: of %d kills %d were before the act and %d between it and its end",
		seed, kills, found["begun"], found["act"])
	if found["begun"]+found["act"] < kills/3 {
		t.Errorf("of %d kills were in the middle: %v", kills, found)
	}
}
