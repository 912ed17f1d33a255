package transfer

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// A body of zeros that counts what is read of it.
type counted struct{ n int }

func (c *counted) Read(p []byte) (int, error) {
	c.n += len(p)
	return len(p), nil
}

// A disk that takes no more is told at once: no body is read to its end to find it out. That is tried in a process of
// its own: the limit would hold for what the test's own process writes, too.
func TestWriteErrorAtOnce(t *testing.T) {
	const limited = "DERMSET_LIMITED"
	if os.Getenv(limited) == "" {
		child := exec.Command(os.Args[0], "-test.run=^TestWriteErrorAtOnce$", "-test.v")
		child.Env = append(os.Environ(), limited+"=yes")
		said, err := child.CombinedOutput()
		if err != nil || !strings.Contains(string(said), "--- PASS: TestWriteErrorAtOnce") {
			t.Errorf("%v\n%s", err, said)
		}
		return
	}
	b, err := OpenBlobs(t.TempDir(), "fake://store/")
	if err != nil {
		t.Fatal(err)
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	small := limit
	small.Cur = 8 << 10
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &small); err != nil {
		t.Fatal(err)
	}
	body := &counted{}
	_, err = b.receive(body, make([]byte, 4<<10), arrival{})
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(err, syscall.EFBIG) || !strings.Contains(err.Error(), "mend the disk") || body.n > 16<<10 {
		t.Errorf("%v after %d bytes", err, body.n)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}
