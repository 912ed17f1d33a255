//go:build unix

package blobio_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/dermset/dermset/fault"
	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/io/blobio/blobtest"
)

// places are the ways in which a store is asked. Each wants the object a/b.jpg to be there, and a/new.jpg not to be.
var places = map[string]func(t *testing.T, s blobio.Store, o blobio.Object) error{
	"list": func(t *testing.T, s blobio.Store, _ blobio.Object) error {
		for o, err := range s.List(t.Context(), "a/") {
			if err != nil {
				return err
			}
			if o.Key != "a/b.jpg" {
				return fmt.Errorf("lists %q", o.Key)
			}
		}
		return nil
	},
	"stat": func(t *testing.T, s blobio.Store, o blobio.Object) error {
		_, err := s.Stat(t.Context(), o.Key)
		return err
	},
	"get": func(t *testing.T, s blobio.Store, o blobio.Object) error {
		data, err := blobtest.Load(t, s, o)
		if err == nil && !bytes.Equal(data, picture) {
			err = errors.New("other bytes came")
		}
		return err
	},
	"put": func(t *testing.T, s blobio.Store, _ blobio.Object) error {
		_, err := s.Put(t.Context(), blobio.Object{Key: "a/new.jpg"}, blobio.BytesBody(picture))
		return err
	},
	"replace": func(t *testing.T, s blobio.Store, o blobio.Object) error {
		_, err := s.Put(t.Context(), o, blobio.BytesBody([]byte("another")))
		return err
	},
	"same": func(t *testing.T, s blobio.Store, o blobio.Object) error {
		is, err := s.Same(t.Context(), o, blobio.BytesBody(picture))
		if err == nil && !is {
			err = errors.New("is told to be another")
		}
		return err
	},
	"body": func(t *testing.T, s blobio.Store, o blobio.Object) error {
		folder, is := s.(*blobio.Folder)
		if !is {
			return nil
		}
		body, err := folder.Body(t.Context(), o.Key)
		if err != nil {
			return err
		}
		_, err = body.Read(t.Context())
		_ = body.Close() // it was only read
		return err
	},
}

// folderWith is a folder with the object a/b.jpg behind faults.
func folderWith(t *testing.T, f *blobtest.Faults) (blobio.Store, blobio.Object) {
	t.Helper()
	dir := t.TempDir()
	o := blobtest.Save(t, openFolder(t, dir), "a/b.jpg", picture)
	s, err := blobio.OpenFolder(t.Context(), dir, blobio.Options{
		Patience: blobio.Patience{Attempts: 4, First: 1, Longest: 1}, Files: f.Files})
	if err != nil {
		t.Fatal(err)
	}
	return s, o
}

// classesOfSystem are errors of each class of the table that a disk may give.
var classesOfSystem = map[syscall.Errno]fault.Class{
	syscall.EIO: fault.MayPass, syscall.ESTALE: fault.MayPass, syscall.EMFILE: fault.MayPass,
	syscall.ENFILE: fault.MayPass, syscall.EINTR: fault.MayPass, syscall.ETIMEDOUT: fault.MayPass,
	syscall.ENOTCONN: fault.MayPass, syscall.EAGAIN: fault.MayPass, syscall.Errno(4095): fault.MayPass,
	syscall.ENOSPC: fault.OfMachine, syscall.EDQUOT: fault.OfMachine, syscall.EROFS: fault.OfMachine,
	syscall.ENOMEM: fault.OfMachine,
}

// sampled are those of short tests.
var sampled = []syscall.Errno{syscall.EIO, syscall.ENOSPC}

// mute calls need not be well: what they would have taken away stays, is no object, and is swept later.
func mute(place, op, name string) bool {
	return op == "remove" || op == "lstat" || op == "close" && place != "put" && place != "replace" ||
		op == "readdir" && place != "list"
}

// Every error of every system call in every place is what the table says, to the end of all patience, and never an
// answer: what may pass is tried again and then told as such, what is of the machine ends at once.
func TestEveryErrorOfADisk(t *testing.T) {
	tried := 0
	for place, ask := range places {
		ops := map[string]bool{}
		s, o := folderWith(t, &blobtest.Faults{Harm: func(op, _ string, _ int64) error {
			ops[op] = true
			return nil
		}})
		if err := ask(t, s, o); err != nil {
			t.Fatalf("%s: %v", place, err)
		}
		for op := range ops {
			for number, class := range classesOfSystem {
				if testing.Short() && !slices.Contains(sampled, number) {
					continue
				}
				f := &blobtest.Faults{Harm: func(is, name string, _ int64) error {
					if is == op && !mute(place, op, name) {
						return number
					}
					return nil
				}}
				s, o := folderWith(t, f)
				err := ask(t, s, o)
				if mute(place, op, "") {
					if err != nil {
						t.Errorf("%s, %s: %v", place, op, err)
					}
					continue
				}
				tried++
				failed, is := errors.AsType[*blobio.Error](err)
				if !is || fault.Of(err) != class || (failed.Attempts > 1) != (class == fault.MayPass) {
					t.Errorf("%s, %s, %v: %v (%v)", place, op, number, err, fault.Of(err))
				}
			}
		}
	}
	if tried < 20*len(sampled) {
		t.Errorf("%d tried", tried)
	}
}

// What may pass, passes: with any one call failing, all is as if none had.
func TestOneErrorOfADisk(t *testing.T) {
	tried := 0
	for place, ask := range places {
		for k := int64(1); ; k++ {
			f := &blobtest.Faults{}
			s, o := folderWith(t, f)
			f.Harm = func(_, _ string, n int64) error {
				if n == k {
					return syscall.EIO
				}
				return nil
			}
			if err := ask(t, s, o); err != nil {
				t.Errorf("%s, call %d: %v", place, k, err)
			}
			if f.Calls() < k {
				break
			}
			tried++
		}
	}
	if tried < 30 {
		t.Errorf("%d tried", tried)
	}
}

// What is denied is the file or a folder on the way, which are not the same: the one is said of the file, the other may
// pass. A folder that is shut, or a disk that is broken, is not waited for with every file.
func TestDeniedAndShut(t *testing.T) {
	for op, want := range map[string]blobio.Reason{"stat": blobio.Shut, "open": blobio.Denied, "readdir": blobio.Shut} {
		f := &blobtest.Faults{Harm: func(is, _ string, _ int64) error {
			if is == op {
				return syscall.EACCES
			}
			return nil
		}}
		s, o := folderWith(t, f)
		place := "get"
		if op == "readdir" {
			place = "list"
		}
		if err := places[place](t, s, o); blobio.ReasonOf(err) != want {
			t.Errorf("%s: %v", op, err)
		}
	}
	calls := 0
	f := &blobtest.Faults{}
	s, _ := folderWith(t, f)
	f.Harm = func(string, string, int64) error {
		calls++
		return syscall.EIO
	}
	for range 100 {
		if _, err := s.Stat(t.Context(), "a/b.jpg"); blobio.ReasonOf(err) != blobio.Disk {
			t.Fatal(err)
		}
	}
	if calls != 4+99 {
		t.Errorf("%d calls", calls)
	}
	f.Harm = nil
	if _, err := s.Stat(t.Context(), "a/b.jpg"); err != nil {
		t.Error(err)
	}
	calls, f.Harm = 0, func(string, string, int64) error { calls++; return syscall.EIO }
	if _, err := s.Stat(t.Context(), "a/b.jpg"); err == nil || calls != 4 {
		t.Errorf("%v after %d calls: it was well in between", err, calls)
	}
}

// A folder that cannot be a store says why: what is not there or no folder is a setting, what may pass is not.
func TestFoldersThatAreNoStore(t *testing.T) {
	dir := t.TempDir()
	blobtest.Save(t, openFolder(t, dir), "file", picture)
	for _, name := range []string{"none", "file", "file/x"} {
		path := filepath.Join(dir, name)
		_, err := blobio.Open(t.Context(), path, blobio.Options{})
		if blobio.ReasonOf(err) != blobio.NoFolder || fault.Of(err) != fault.OfSettings {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// answersOfServers are what a server may say, and what that is. Words count before numbers.
var answersOfServers = []struct {
	status int
	code   string
	class  fault.Class
}{
	{404, "NoSuchKey", fault.NotThere}, {404, "", fault.NotThere}, {410, "", fault.NotThere},
	{403, "AccessDenied", fault.OfObject}, {401, "", fault.OfObject}, {403, "InvalidObjectState", fault.OfObject},
	{400, "KeyTooLongError", fault.OfObject}, {400, "", fault.OfObject}, {418, "", fault.OfObject},
	{501, "NotImplemented", fault.OfObject}, {302, "", fault.OfObject},
	{400, "RequestTimeout", fault.MayPass}, {408, "", fault.MayPass}, {409, "OperationAborted", fault.MayPass},
	{425, "", fault.MayPass}, {429, "", fault.MayPass}, {403, "SlowDown", fault.MayPass},
	{500, "InternalError", fault.MayPass},
	{502, "", fault.MayPass}, {503, "SlowDown", fault.MayPass}, {503, "", fault.MayPass}, {504, "", fault.MayPass},
	{599, "", fault.MayPass}, {307, "", fault.MayPass}, {400, "Throttling", fault.MayPass},
	{403, "InvalidAccessKeyId", fault.OfSettings}, {403, "SignatureDoesNotMatch", fault.OfSettings},
	{400, "ExpiredToken", fault.OfSettings}, {403, "RequestTimeTooSkewed", fault.OfSettings},
	{404, "NoSuchBucket", fault.OfSettings}, {301, "PermanentRedirect", fault.OfSettings},
	{400, "AuthorizationHeaderMalformed", fault.OfSettings},
}

// Every answer of a server in every place is what the table says: what may pass is asked for with all patience, all
// else once.
func TestEveryAnswerOfAServer(t *testing.T) {
	for _, c := range answersOfServers {
		for place, ask := range places {
			c := c
			if place == "body" {
				continue
			}
			asked, gets := atomic.Int64{}, atomic.Int64{}
			s := openAnonymous(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Range") != "" {
					gets.Add(1) // why a HEAD was refused
				} else {
					asked.Add(1)
				}
				_, _ = io.Copy(io.Discard, r.Body)
				w.WriteHeader(c.status)
				if c.code != "" && r.Method != http.MethodHead {
					fmt.Fprintf(w, "<Error><Code>%s</Code></Error>", c.code)
				}
			}), blobio.Options{Patience: blobio.Patience{Attempts: 3, First: 1, Longest: 1}})
			err := ask(t, s, blobio.Object{Key: "a/b.jpg", ETag: "e", Size: int64(len(picture))})
			want := int64(1)
			if place == "list" && c.class == fault.NotThere {
				c.class = fault.OfObject // a server that cannot list says so of the bucket
			}
			if c.class == fault.MayPass {
				want = 3
			}
			if is := fault.Of(err); is != c.class || place != "put" && place != "replace" && asked.Load() != want {
				t.Errorf("%d %s, %s: %v (%v), asked %d times", c.status, c.code, place, err, is, asked.Load())
			}
		}
	}
}

// hostile are servers that list what no store lists.
var hostile = map[string]struct {
	page func(n int) string
	want string
}{
	"the same token": {func(n int) string { return page("same", keys(n, 3)...) }, "the same page for ever"},
	"tokens in a circle": {func(n int) string {
		return page(fmt.Sprint(n%3), keys(n%3, 3)...)
	}, "no key after"},
	"nothing new":   {func(n int) string { return page(fmt.Sprint(n), "p/a/b.jpg") }, "no key after"},
	"nothing":       {func(n int) string { return page(fmt.Sprint(n)) }, "no key after"},
	"going back":    {func(n int) string { return page(fmt.Sprint(n), keys(100-n, 3)...) }, "no key after"},
	"no token":      {func(int) string { return page("", keys(1, 3)...) }, "and not where"},
	"outside":       {func(int) string { return page("t", "q/b.jpg") }, `lists the key "q/b.jpg"`},
	"shorter":       {func(int) string { return page("t", "p") }, `lists the key "p"`},
	"nested":        {func(int) string { return strings.Repeat("<a>", 1<<20) }, "nested deeper"},
	"nested values": {func(int) string { return strings.Repeat(`<a b="/>" c='/>'>`, 1<<18) }, "nested deeper"},
	"too long": {func(int) string { return "<ListBucketResult>" + strings.Repeat("<a></a>", 3<<20) },
		"longer than any"},
}

func keys(n, count int) (all []string) {
	for i := range count {
		all = append(all, fmt.Sprintf("p/a/%04d-%d.jpg", n, i))
	}
	return all
}

// page is an answer with these keys; with an empty token it says that there is more, and not where.
func page(token string, keys ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<ListBucketResult><Name>pictures</Name><IsTruncated>true</IsTruncated>`)
	if token != "" {
		fmt.Fprintf(&b, `<NextContinuationToken>%s</NextContinuationToken>`, token)
	}
	for _, key := range keys {
		fmt.Fprintf(&b, `<Contents><Key>%s</Key><Size>3</Size></Contents>`, key)
	}
	return b.String() + `</ListBucketResult>`
}

// A server that cannot list is not listed for ever: it is told so, once, and after few pages.
func TestHostileListings(t *testing.T) {
	for name, c := range hostile {
		n := 0
		s := openAnonymous(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if n++; n > 50 { // so that the test ends
				w.WriteHeader(http.StatusForbidden)
				return
			}
			_, _ = io.WriteString(w, c.page(n))
		}), blobio.Options{Patience: blobtest.Fast})
		last := error(nil)
		for _, last = range s.List(t.Context(), "a/") {
		}
		if blobio.ReasonOf(last) != blobio.Refused || !strings.Contains(fmt.Sprint(last), c.want) || n > 5 {
			t.Errorf("%s: %v after %d pages", name, last, n)
		}
	}
}

// Keys that look like the ends of tags are counted as what they are.
func TestKeysAreNoTags(t *testing.T) {
	want := []string{}
	entries := []string{}
	for i := range 100 {
		key := fmt.Sprintf("%d &gt; /> 'x\" .jpg", i)
		entries = append(entries, entry("p/"+key))
		want = append(want, strings.ReplaceAll(key, "&gt;", ">"))
	}
	got := []string{}
	for o, err := range openAnonymous(t, listing("", entries...), blobio.Options{}).List(context.Background(), "") {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, o.Key)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
