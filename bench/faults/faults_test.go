package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// child makes the test program write, rename and read a file, as a program under test.
const child = "DERMSET_FAULTS_CHILD"

func TestMain(m *testing.M) {
	shim()
	if os.Getenv(child) != "" {
		if err := writeAndRead(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func writeAndRead() error {
	if err := os.WriteFile("a", []byte("text"), 0o666); err != nil {
		return err
	}
	if err := os.Rename("a", "b"); err != nil {
		return err
	}
	_, err := os.ReadFile("b")
	return err
}

func needFilter(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("system calls are filtered on Linux alone")
	}
}

// Every call is seen, in its order, and fails when it shall; a kill comes before the call is carried out.
func TestEveryCallCanFail(t *testing.T) {
	needFilter(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	run := func(k int, f fault) (tried, tree) {
		t.Helper()
		dir := t.TempDir()
		ran, err := under(self, dir, nil, []string{child + "=1"}, patience, func(n int, _ call) fault {
			if n == k {
				return f
			}
			return fault{}
		})
		left, treeErr := readTree(dir)
		if err := errors.Join(err, treeErr); err != nil {
			t.Fatal(err)
		}
		return ran, left
	}
	whole, left := run(0, fault{})
	if diff := cmp.Diff(tree{"b": "text"}, left); whole.exit != 0 || diff != "" {
		t.Fatalf("exit %d: %s (-want +got)\n%s", whole.exit, whole.stderr, diff)
	}
	var kinds []string
	for i, c := range whole.calls {
		kinds = append(kinds, c.kind())
		failed, _ := run(i+1, c.failing(0))
		// nobody asks whether a file that was read from closes well, and sizes are only looked at beforehand
		may := c.path == "b" && (c.kind() == "close" || c.kind() == "stat")
		if failed.exit != 1 && !may {
			t.Errorf("call %d, %s of %s, fails, and the program exits %d", i+1, c.kind(), c.path, failed.exit)
		}
		if killed, left := run(i+1, fault{kill: true}); killed.exit != 128+9 || c.kind() == "rename" && left["a"] != "text" {
			t.Errorf("killed at call %d: exit %d, %q is left", i+1, killed.exit, left)
		}
	}
	said := strings.Join(kinds, " ")
	if !strings.HasPrefix(said, "make write close") || !strings.Contains(said, " rename ") ||
		!strings.Contains(said, " open ") || !strings.Contains(said, " read ") {
		t.Errorf("calls: %s", said)
	}
	if busy, _ := run(1, fault{errno: syscall.EDQUOT}); !strings.Contains(busy.stderr, "quota") {
		t.Errorf("said: %s", busy.stderr)
	}
}

// version is the tree of a version whose one output has a text.
func version(dir, text string) tree {
	return tree{dir + "/": "", dir + "/a.csv": text, dir + "/manifest.json": fmt.Sprintf(
		`{"built_at": "now", "outputs": [{"path": "a.csv", "bytes": %d, "sha256": %q}]}`, len(text), sumOf(text))}
}

func with(t tree, name, text string) tree {
	all := tree{name: text}
	for name, text := range t {
		if _, is := all[name]; !is {
			all[name] = text
		}
	}
	return all
}

func TestVerdicts(t *testing.T) {
	before, after := version("w/dist/DXv1.0-draft", "old"), version("w/dist/DXv1.0-draft", "new")
	s := &stage{scenario: &scenario{}, before: before, after: after, said: "built in 3 ms\n", exit: 3}
	for what, c := range map[string]struct {
		ran    tried
		killed bool
		got    tree
		want   string
	}{
		"as usual":          {tried{exit: 3, stderr: "built in 14 ms\n"}, false, after, same},
		"failed":            {tried{exit: 1, stderr: "error: disk\n"}, false, before, refused},
		"failed in silence": {tried{exit: 1, stderr: "built in 3 ms\n"}, false, before, wrong},
		"told":              {tried{exit: 3, stderr: "1 is lost\n"}, false, version("w/dist/DXv1.0-draft", "less"), toldOf},
		"not told":          {tried{exit: 3}, false, with(after, "w/sources/a.csv", "x"), wrong},
		"a clean exit":      {tried{exit: 0, stderr: "x"}, false, after, wrong},
		"killed":            {tried{exit: 137}, true, before, refused},
		"died":              {tried{exit: 137}, false, before, crash},
		"panic":             {tried{exit: 2, stderr: "panic: x\n"}, false, before, crash},
		"caught":            {tried{exit: 1, stderr: "this is a fault of dermset 1\n"}, false, before, crash},
		"hung":              {tried{exit: 137, hung: true}, false, before, hang},
		"mixed":             {tried{exit: 137}, true, with(before, "w/dist/DXv1.0-draft/a.csv", "new"), mix},
		"no manifest":       {tried{exit: 137}, true, tree{"w/dist/DXv1.0-draft/": ""}, mix},
		"one more":          {tried{exit: 137}, true, with(before, "w/dist/DXv1.0-draft/b", ""), mix},
		"another":           {tried{exit: 1, stderr: "x"}, false, version("w/dist/DXv1.0-draft", "other"), mix},
		"aside":             {tried{exit: 3}, false, with(after, "w/dist/.x.partial", ""), same},
	} {
		if got, why := s.judged(c.ran, c.killed, c.got); got != c.want {
			t.Errorf("%s: %s (%s), want %s", what, got, why, c.want)
		}
	}
	for what, c := range map[string]struct {
		exit int
		got  tree
		want string
	}{
		"as usual": {3, after, ""}, "exit": {1, after, unhealed}, "old": {3, before, unhealed},
		"aside": {3, with(after, "w/work/.x.partial/", ""), leftover},
	} {
		if got, why := s.healed(c.exit, "", c.got); got != c.want {
			t.Errorf("next run: %s: %s (%s), want %s", what, got, why, c.want)
		}
	}
}

// A sample of all faults; tools/faults tries the others.
func TestSampleOfFaults(t *testing.T) {
	needFilter(t)
	program := filepath.Join(t.TempDir(), "dermset")
	build := exec.Command("go", "build", "-trimpath", "-o", program, "../../cmd/dermset")
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // as ./check builds it
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	most := 20
	if testing.Short() {
		most = 10
	}
	s := settings{program: program, time: 5 * time.Minute, seed: uint64(time.Now().UnixNano()),
		harms: 3, most: most}
	results, _, err := s.run()
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	if err := report(&said, results, len(results)); err != nil || len(results) != most {
		t.Errorf("seed %d: %d results: %v\n%s", s.seed, len(results), err, &said)
	}
}
