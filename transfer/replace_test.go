//go:build unix

package transfer

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/io/blobio/blobtest"
)

// A draft is a set whose last two files say that it is whole. Of two drafts some files are equal, some differ, and each
// has one that the other lacks.
func draft(t *testing.T, name string) (set Set, want map[string]string) {
	t.Helper()
	dir := t.TempDir()
	want = map[string]string{"src/a.csv": "a of " + name, "src/deep/b.csv": "b of " + name, "src/same.csv": "same",
		"src/only-" + name + ".csv": name}
	for key, text := range want {
		path := strings.TrimPrefix(key, "src/")
		write(t, dir, path, []byte(text))
		set.Files = append(set.Files, File{Path: path})
	}
	for _, last := range []string{"sums", "manifest"} {
		want["src/"+last] = last + " of " + name
		write(t, dir, last, []byte(last+" of "+name))
		set.Last = append(set.Last, File{Path: last})
	}
	set.Prefix, set.Replace = "src/", true
	var err error
	if set.From, err = blobio.OpenFolder(t.Context(), dir, blobio.Options{Patience: hasty}); err != nil {
		t.Fatal(err)
	}
	return set, want
}

// holds says whether a store holds all of these objects.
func holds(is, want map[string]string) bool {
	for key, text := range want {
		if is[key] != text {
			return false
		}
	}
	return true
}

// checkSet wants a store to hold the whole of the set whose manifest is there; where there is none it holds no set.
func checkSet(t *testing.T, when string, is map[string]string, sets ...map[string]string) {
	t.Helper()
	manifest, there := is["src/manifest"]
	if !there {
		return
	}
	for _, want := range sets {
		if manifest == want["src/manifest"] && holds(is, want) {
			return
		}
	}
	t.Errorf("%s: the manifest is there, and not what belongs to it: %v", when, is)
}

// A trap is a store whose calls fail from one on, to another.
type trap struct {
	store    blobio.Store
	objects  func(t testing.TB) map[string]string // without trap
	calls    atomic.Int64
	from, to atomic.Int64
}

func (p *trap) arm(from, to int64) { p.calls.Store(0); p.from.Store(from); p.to.Store(to) }

func (p *trap) sprung() bool {
	n := p.calls.Add(1)
	return p.from.Load() <= n && n < p.to.Load()
}

func trapOf(t *testing.T, kind string) *trap {
	t.Helper()
	p := &trap{}
	p.objects = func(t testing.TB) map[string]string { return objects(t, p.store) }
	switch kind {
	case "fake":
		p.store = &blobtest.Fake{Harm: func(op, key string, _ int) error {
			if p.sprung() {
				return reason(op, key, blobio.Busy)
			}
			return nil
		}}
	case "folder":
		p.store = faultyFolder(t, t.TempDir(), &blobtest.Faults{Harm: func(string, string, int64) error {
			if p.sprung() {
				return syscall.EIO
			}
			return nil
		}})
	default:
		fault := map[string]blobtest.Fault{"server, busy": blobtest.SlowDown, "server, lost": blobtest.Lost,
			"server, refuses": blobtest.Refuse}[kind]
		proxy := &blobtest.Proxy{Next: blobtest.Server(t), Harm: func(*http.Request, int) blobtest.Fault {
			if p.sprung() {
				return fault
			}
			return blobtest.None
		}}
		var err error
		if p.store, err = blobio.Open(t.Context(), serverURL(blobtest.Serve(t, proxy)),
			blobio.Options{Patience: hasty}); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

const never = 1 << 60

// Over an older draft, whatever fails and whenever the run dies: the older one is there, or none, or the new one; and
// the next run ends with the new one. What the new one lacks stays, and is told.
func TestADraftOverAnotherWhateverFails(t *testing.T) {
	old, wantOld := draft(t, "old")
	next, wantNext := draft(t, "next")
	end := maps.Clone(wantNext)
	end["src/only-old.csv"] = "old"
	for _, kind := range []string{"fake", "folder", "server, busy", "server, lost", "server, refuses"} {
		t.Run(kind, func(t *testing.T) {
			seen := map[string]int{}
			clean := trapOf(t, kind)
			for _, set := range []Set{old, next} {
				clean.arm(never, never)
				if tally, err := Upload(t.Context(), clean.store, set, usual.Options); err != nil || tally.Failures() > 0 {
					t.Fatalf("%+v, %v", tally, err)
				}
			}
			calls := clean.calls.Load()
			for k := int64(1); k <= calls; k += every(calls) {
				for _, to := range []int64{k + 1, k + 3, never} { // one, as often as it is tried, and all that follow
					p := trapOf(t, kind)
					p.arm(never, never)
					if _, err := Upload(t.Context(), p.store, old, usual.Options); err != nil {
						t.Fatal(err)
					}
					p.arm(k, to)
					tally, err := Upload(t.Context(), p.store, next, usual.Options)
					p.arm(never, never)
					is, when := p.objects(t), fmt.Sprintf("call %d to %d", k, to)
					checkSet(t, when, is, wantOld, wantNext)
					switch {
					case err == nil && tally.Failures() == 0:
						seen["new"]++
						if !cmp.Equal(is, end) {
							t.Errorf("%s: it ends well with %v", when, is)
						}
					case is["src/manifest"] == "":
						seen["none"]++
						if len(tally.Taken) == 0 {
							t.Errorf("%s: nobody says that the manifest was taken away", when)
						}
					case is["src/manifest"] == wantNext["src/manifest"]:
						seen["new, and a failure"]++
					default:
						seen["old"]++
					}
					again, err := Upload(t.Context(), p.store, next, usual.Options)
					if is := p.objects(t); err != nil || again.Failures() > 0 || !cmp.Equal(is, end) || len(again.Others) != 1 {
						t.Errorf("%s, then again: %+v, %v, %v", when, again, err, is)
					}
				}
			}
			t.Logf("%v", seen)
			if seen["old"] == 0 || seen["none"] == 0 || seen["new"] == 0 && kind != "server, refuses" && kind != "fake" {
				t.Errorf("not every end was tried: %v", seen)
			}
		})
	}
}

// At every moment of an upload that goes well, too.
func TestADraftOverAnotherAtEveryMoment(t *testing.T) {
	old, wantOld := draft(t, "old")
	next, wantNext := draft(t, "next")
	f := &blobtest.Fake{}
	if _, err := Upload(t.Context(), f, old, usual.Options); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var order []string
	moments := 0
	f.Harm = func(op, key string, _ int) error {
		mu.Lock()
		defer mu.Unlock()
		moments++
		if op == "put" || op == "remove" {
			order = append(order, op+" "+key)
		}
		checkSet(t, op+" "+key, f.All(), wantOld, wantNext)
		if _, whole := f.All()["src/manifest"]; whole && f.All()["src/sums"] == "" {
			t.Error("the manifest is there without its sums")
		}
		return nil
	}
	tally, err := Upload(t.Context(), f, next, usual.Options)
	if err != nil || tally.Had != 1 || tally.Moved != 5 || tally.Replaced != 4 || len(tally.Taken) != 2 ||
		tally.Done() != tally.Wanted {
		t.Errorf("%+v, %v", tally, err)
	}
	n := len(order)
	if diff := cmp.Diff([]string{"remove src/manifest", "remove src/sums", "put src/sums", "put src/manifest"},
		append(order[:2:2], order[n-2:]...)); diff != "" || moments < 20 {
		t.Errorf("%d moments: %s", moments, diff)
	}
	before := len(order)
	if tally, err = Upload(t.Context(), f, next, usual.Options); err != nil || tally.Had != 6 || len(tally.Taken) != 0 ||
		len(order) != before {
		t.Errorf("again: %+v, %v, %v", tally, err, order[before:])
	}
}

// A dry run says what would be taken away and replaced, and what is left over.
func TestADraftOverAnotherDry(t *testing.T) {
	old, _ := draft(t, "old")
	next, _ := draft(t, "next")
	f := &blobtest.Fake{}
	if _, err := Upload(t.Context(), f, old, usual.Options); err != nil {
		t.Fatal(err)
	}
	before := f.All()
	tally, err := Upload(t.Context(), f, next, Options{AtOnce: 2, DryRun: true})
	if err != nil || tally.Moved != 5 || tally.Replaced != 4 || tally.Had != 1 || len(tally.Taken) != 2 ||
		len(tally.Others) != 1 || tally.Others[0].Key != "src/only-old.csv" {
		t.Errorf("%+v, %v", tally, err)
	}
	if diff := cmp.Diff(before, f.All()); diff != "" {
		t.Error(diff)
	}
}

// Who may not take the older manifest away has sent nothing, and the older draft is whole; so is it where a file is
// found to be missing before.
func TestADraftThatMayNotBeReplaced(t *testing.T) {
	old, wantOld := draft(t, "old")
	next, _ := draft(t, "next")
	dir := t.TempDir()
	var made atomic.Int64 // a server answers several requests at once
	folder := faultyFolder(t, dir, &blobtest.Faults{Harm: func(op, name string, _ int64) error {
		switch {
		case op == "create":
			made.Add(1)
		case op == "remove" && name == filepath.Join("src", "manifest"):
			return syscall.EACCES
		}
		return nil
	}})
	server := &blobtest.Proxy{Next: blobtest.Server(t), Harm: func(r *http.Request, _ int) blobtest.Fault {
		switch r.Method {
		case http.MethodPut:
			made.Add(1)
		case http.MethodDelete:
			return blobtest.Refuse
		}
		return blobtest.None
	}}
	bucket, err := blobio.Open(t.Context(), serverURL(blobtest.Serve(t, server)), blobio.Options{Patience: hasty})
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]blobio.Store{"folder": folder, "server": bucket} {
		if _, err := Upload(t.Context(), s, old, usual.Options); err != nil {
			t.Fatal(err)
		}
		made.Store(0)
		tally, err := Upload(t.Context(), s, next, usual.Options)
		if blobio.ReasonOf(err) != blobio.Denied || !strings.Contains(err.Error(), "the right to delete") ||
			made.Load() != 0 ||
			tally.Moved != 0 || len(tally.Taken) != 0 {
			t.Errorf("%s: %+v, %v, %d sent", name, tally, err, made.Load())
		}
		if diff := cmp.Diff(wantOld, objects(t, s)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	f := &blobtest.Fake{}
	if _, err := Upload(t.Context(), f, old, usual.Options); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(next.From.String(), "a.csv")); err != nil {
		t.Fatal(err)
	}
	tally, err := Upload(t.Context(), f, next, usual.Options)
	if err != nil || failedFor(tally, Here, blobio.Missing) != 1 || len(tally.Taken) != 0 || !cmp.Equal(f.All(), wantOld) {
		t.Errorf("%+v, %v: %v", tally, err, f.All())
	}
}

// Of a finished set nothing is ever taken away, not where a file of it is missing either.
func TestASealedSetLosesNothing(t *testing.T) {
	set, want := draft(t, "old")
	set.Replace, set.Sealed = false, true
	f := &blobtest.Fake{}
	if _, err := Upload(t.Context(), f, set, usual.Options); err != nil {
		t.Fatal(err)
	}
	f.Drop("src/a.csv")
	f.Harm = func(op, key string, _ int) error {
		if op == "remove" {
			t.Errorf("%s is taken away", key)
		}
		return nil
	}
	if tally, err := Upload(t.Context(), f, set, usual.Options); err != nil || tally.Moved != 1 || len(tally.Taken) != 0 {
		t.Errorf("%+v, %v", tally, err)
	}
	if diff := cmp.Diff(want, f.All()); diff != "" {
		t.Error(diff)
	}
}

// Two uploads at once, one of them whole at any moment of the other, or both as it happens: what is there is one of
// them or none, or one of the two has said that it failed.
func TestTwoDraftsAtOnce(t *testing.T) {
	old, wantOld := draft(t, "old")
	one, wantOne := draft(t, "one")
	two, wantTwo := draft(t, "two")
	start := func() *blobtest.Fake {
		f := &blobtest.Fake{}
		if _, err := Upload(t.Context(), f, old, usual.Options); err != nil {
			t.Fatal(err)
		}
		return f
	}
	failed := func(tally Tally, err error) bool { return err != nil || tally.Failures() > 0 }
	lost := 0
	for k, calls := 1, 1; k <= calls; k++ {
		f := start()
		var n atomic.Int64
		f.Harm = func(string, string, int) error {
			if n.Add(1) == int64(k) {
				if tally, err := Upload(t.Context(), f, two, usual.Options); failed(tally, err) {
					t.Errorf("call %d, the one between: %+v, %v", k, tally, err)
				}
				calls = max(calls, k+1)
			}
			return nil
		}
		tally, err := Upload(t.Context(), f, one, Options{AtOnce: 1})
		checkSet(t, fmt.Sprint("call ", k), f.All(), wantOld, wantOne, wantTwo)
		if failed(tally, err) {
			lost++
		}
	}
	if lost == 0 {
		t.Error("none has noticed the other")
	}
	seed := uint64(time.Now().UnixNano())
	r, mu := rand.New(rand.NewPCG(seed, 1)), sync.Mutex{}
	rounds, both := 200, 0
	if testing.Short() || raceEnabled {
		rounds = 40
	}
	for round := range rounds {
		f := start()
		f.Harm = func(string, string, int) error {
			mu.Lock()
			d := time.Duration(r.IntN(300)) * time.Microsecond
			mu.Unlock()
			time.Sleep(d)
			return nil
		}
		var results [2]bool
		var wait sync.WaitGroup
		for i, set := range []Set{one, two} {
			wait.Go(func() { results[i] = failed(Upload(t.Context(), f, set, Options{AtOnce: 2})) })
		}
		wait.Wait()
		if results == [2]bool{} {
			both++
			checkSet(t, fmt.Sprintf("seed %d, round %d", seed, round), f.All(), wantOne, wantTwo)
		}
		f.Harm = nil
		if tally, err := Upload(t.Context(), f, one, usual.Options); failed(tally, err) || !holds(f.All(), wantOne) {
			t.Errorf("seed %d, round %d, then one alone: %+v, %v", seed, round, tally, err)
		}
	}
	t.Logf("in %d of %d rounds both ended well", both, rounds)
}

// What somebody changes or removes after it was found equal, or sent, is noticed before the manifest goes.
func TestAnObjectThatChangesDuringAnUpload(t *testing.T) {
	old, _ := draft(t, "old")
	next, _ := draft(t, "next")
	for key, at := range map[string]string{"src/same.csv": "put src/a.csv", "src/a.csv": "list src/"} {
		for _, gone := range []bool{true, false} {
			f := &blobtest.Fake{}
			if _, err := Upload(t.Context(), f, old, usual.Options); err != nil {
				t.Fatal(err)
			}
			f.Harm = func(op, asked string, n int) error {
				if op+" "+asked != at || op == "list" && n < 3 { // the last of three
					return nil
				}
				if f.Drop(key); !gone {
					f.Set(key, []byte("another"))
				}
				return nil
			}
			tally, err := Upload(t.Context(), f, next, Options{AtOnce: 1})
			if _, there := f.All()["src/manifest"]; err == nil && tally.Failures() == 0 || there {
				t.Errorf("%s, gone %v: %+v, %v", key, gone, tally, err)
			}
		}
	}
}

// What dead runs have left in a folder goes with the next upload, also where all is there; a dry run leaves it.
func TestUploadSweepsAFolder(t *testing.T) {
	_, set := folderOf(t, 3)
	dir := t.TempDir()
	s := faultyFolder(t, dir, &blobtest.Faults{})
	if _, err := Upload(t.Context(), s, set, usual.Options); err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(dir, "src", "0", ".partial-"+strings.Repeat("A", 26))
	if err := errors.Join(os.WriteFile(left, []byte("half"), 0o644),
		os.Chtimes(left, time.Time{}, time.Now().Add(-2*time.Hour))); err != nil {
		t.Fatal(err)
	}
	for _, dry := range []bool{true, false} {
		if tally, err := Upload(t.Context(), s, set, Options{AtOnce: 1, DryRun: dry}); err != nil || tally.Had != 3 ||
			len(tally.Others) != 0 {
			t.Errorf("%+v, %v", tally, err)
		}
		if _, err := os.Lstat(left); dry != (err == nil) {
			t.Errorf("dry run %v: %v", dry, err)
		}
	}
}
