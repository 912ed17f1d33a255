package gateway

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"
)

// howToBuild is what to type in a checkout of dermset to have the program.
const howToBuild = "(cd tools && go build -o ../work/bin/versitygw github.com/versity/versitygw/cmd/versitygw)"

// Find is the path of the program: the one that DERMSET_VERSITYGW names, work/bin/versitygw in the current folder or
// one above it, or the one on the PATH.
func Find() (string, error) {
	if path := os.Getenv("DERMSET_VERSITYGW"); path != "" {
		return path, nil
	}
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; ; dir = filepath.Dir(dir) {
		path := filepath.Join(dir, "work", "bin", "versitygw")
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path, nil
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	path, err := exec.LookPath("versitygw")
	if err != nil {
		return "", fmt.Errorf(
			"versitygw is not built; in a checkout of dermset run %s, or name another program in DERMSET_VERSITYGW", howToBuild)
	}
	return path, nil
}

// A Gateway is a server that runs.
type Gateway struct {
	URL                  string // of the server
	AccessKey, SecretKey string // made for this run
	stop                 context.CancelFunc
	ended                chan struct{}
	said                 output
}

// Start runs the program on a free port of the loopback interface; folders below dir are buckets.
// It returns when the server answers.
func Start(ctx context.Context, program, dir string) (*Gateway, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	g := &Gateway{URL: "http://" + address, AccessKey: "dermset-" + rand.Text()[:8], SecretKey: rand.Text(),
		stop: stop, ended: make(chan struct{})}
	cmd := exec.CommandContext(ctx, program, "--quiet", "--keep-alive", "--port", address, "posix", dir)
	cmd.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+g.AccessKey, "ROOT_SECRET_KEY="+g.SecretKey)
	cmd.Stdout, cmd.Stderr = &g.said, &g.said
	if err := cmd.Start(); err != nil {
		stop()
		return nil, fmt.Errorf("%s: %w", program, err)
	}
	go func() {
		_ = cmd.Wait() // it is killed
		close(g.ended)
	}()
	if err := g.await(ctx); err != nil {
		g.Stop()
		return nil, fmt.Errorf("%s: %w", program, err)
	}
	return g, nil
}

// freeAddress is one that nothing listens on now.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// await waits until the server answers, at most ten seconds.
func (g *Gateway) await(ctx context.Context) error {
	for range 200 {
		resp, err := http.Get(g.URL)
		if err == nil {
			return resp.Body.Close()
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-g.ended:
			return fmt.Errorf("ended at once: %s", g.said.text())
		case <-time.After(50 * time.Millisecond):
		}
	}
	return errors.New("does not answer")
}

// Stop ends the server and waits for that.
func (g *Gateway) Stop() {
	g.stop()
	<-g.ended
}

// Environment is what programs of AWS must have in their environment to use the server.
func (g *Gateway) Environment() [][2]string {
	return [][2]string{
		{"AWS_ENDPOINT_URL", g.URL}, {"AWS_REGION", "us-east-1"},
		{"AWS_ACCESS_KEY_ID", g.AccessKey}, {"AWS_SECRET_ACCESS_KEY", g.SecretKey},
	}
}

// An output keeps the end of what the server says.
type output struct {
	mu   sync.Mutex
	last bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.last.Len() > 64<<10 {
		o.last.Reset()
	}
	return o.last.Write(p)
}

func (o *output) text() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.last.String()
}
