package transfer

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/dermset/dermset/io/blobio"
)

// A body of zeros that counts what is read of it.
type counted struct{ n int }

func (c *counted) Read(p []byte) (int, error) {
	c.n += len(p)
	return len(p), nil
}

// A disk that takes no more is told at once: no body is read to its end to find it out.
func TestWriteErrorAtOnce(t *testing.T) {
	limitedTo(t, 8<<10, func(lift func()) {
		b, err := OpenBlobs(t.TempDir(), "fake://store/")
		if err != nil {
			t.Fatal(err)
		}
		body := &counted{}
		_, err = b.receive(body, make([]byte, 4<<10), arrival{})
		lift()
		if !errors.Is(err, syscall.EFBIG) || !strings.Contains(err.Error(), "mend the disk") || body.n > 16<<10 {
			t.Errorf("%v after %d bytes", err, body.n)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
}

// Nor does a download: what has come stays, nothing of the file that did not, and the next run goes on. Of a file for
// which a server sends more than is expected nothing is written that is not: else it would meet the limit.
func TestDownloadOntoAFullDisk(t *testing.T) {
	limitedTo(t, 1<<20, func(lift func()) {
		f, d := downloadOf(t, 40)
		f.Set(d.Prefix+d.Files[0].Path, make([]byte, 20<<20))
		tally, err := d.Bring(t.Context(), f, usual.Options)
		if err != nil || tally.Moved != 39 || failedFor(tally, Coming, blobio.Changed) != 1 {
			t.Errorf("more than expected: %+v, %v", tally, err)
		}
		large := bytes.Repeat([]byte("large "), 1<<18)
		f.Set("src/large", large)
		f.Set(d.Prefix+d.Files[0].Path, content(d.Prefix+d.Files[0].Path))
		d.Files = append(d.Files,
			Expected{Path: "large", Bytes: int64(len(large)), SHA256: sha256.Sum256(large), Perm: 0o666})
		_, err = d.Bring(t.Context(), f, usual.Options)
		if !errors.Is(err, syscall.EFBIG) || !strings.Contains(err.Error(), "what has come stays") {
			t.Errorf("%v", err)
		}
		kept := arrived(t, d)
		if _, there := kept["large"]; there || len(kept) < 39 {
			t.Errorf("%d files, with the large one: %v", len(kept), there)
		}
		lift()
		tally, err = d.Bring(t.Context(), f, usual.Options)
		if err != nil || tally.Had != int64(len(kept)) || tally.Had+tally.Moved != 41 {
			t.Errorf("%d were kept; %+v, %v", len(kept), tally, err)
		}
	})
}

// limitedTo runs a test in a process of its own in which no file may have more bytes: the limit would hold for what the
// test's own process writes, too. Lift ends it.
func limitedTo(t *testing.T, most uint64, test func(lift func())) {
	t.Helper()
	const limited = "DERMSET_LIMITED"
	if os.Getenv(limited) == "" {
		child := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
		child.Env = append(os.Environ(), limited+"=yes")
		said, err := child.CombinedOutput()
		if err != nil || !strings.Contains(string(said), "--- PASS: "+t.Name()) {
			t.Errorf("%v\n%s", err, said)
		}
		return
	}
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	small := before
	small.Cur = most
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &small); err != nil {
		t.Fatal(err)
	}
	lift := func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
			t.Fatal(err)
		}
	}
	defer lift()
	test(lift)
}
