package workspace

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/dermset/dermset/pseudonyms"
)

// Where the key of pseudonyms comes from: its bytes, or a command that prints them.
const (
	KeyVariable        = "DERMSET_PSEUDONYM_KEY"
	KeyCommandVariable = "DERMSET_PSEUDONYM_KEY_COMMAND"
)

// WayBackFile is where the way back of the version that was published last lies below work/.
const WayBackFile = "publish/pseudonyms.csv"

// ErrNoKey says that no key is given.
var ErrNoKey = errors.New("no key is given: set " + KeyVariable + ", or " + KeyCommandVariable +
	" to a command that prints it (docs/privacy.md)")

// PseudonymKey is the key that the environment gives, which is asked once; none is ErrNoKey. A command is parted at
// white space, and no shell sees it; what it prints is the key, without one line end behind it. No error holds a byte
// of the key or of what a command prints.
func (w *Workspace) PseudonymKey(ctx context.Context) (*pseudonyms.Key, error) {
	w.key.once.Do(func() { w.key.key, w.key.err = readKey(ctx) })
	return w.key.key, w.key.err
}

// askedKey is what the environment said of a key.
type askedKey struct {
	once sync.Once
	key  *pseudonyms.Key
	err  error
}

func readKey(ctx context.Context) (*pseudonyms.Key, error) {
	secret, given := os.LookupEnv(KeyVariable)
	command, asked := os.LookupEnv(KeyCommandVariable)
	bytes, from := []byte(secret), KeyVariable
	switch {
	case given && asked:
		return nil, Usage(fmt.Errorf("%s and %s are both set: unset one of them", KeyVariable, KeyCommandVariable))
	case !given && !asked:
		return nil, Usage(ErrNoKey)
	case asked:
		var err error
		if bytes, err = printedKey(ctx, strings.Fields(command)); err != nil {
			return nil, err
		}
		from = KeyCommandVariable
	}
	key, err := pseudonyms.NewKey(bytes)
	if err != nil {
		return nil, Usage(fmt.Errorf("%s: %w", from, err))
	}
	return key, nil
}

// printedKey is what a command prints.
func printedKey(ctx context.Context, words []string) ([]byte, error) {
	if len(words) == 0 {
		return nil, Usage(fmt.Errorf("%s: names no command", KeyCommandVariable))
	}
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if exit, is := errors.AsType[*exec.ExitError](err); is {
		exit.Stderr = nil // it may hold what should not be told
		return nil, Usage(fmt.Errorf("%s: %s: %w: run the command by hand to see why", KeyCommandVariable, words[0], exit))
	}
	if err != nil {
		return nil, Usage(fmt.Errorf("%s: %w (the command is parted at white space and no shell runs it)",
			KeyCommandVariable, err))
	}
	if line, ended := bytes.CutSuffix(out, []byte("\n")); ended {
		out = bytes.TrimSuffix(line, []byte("\r"))
	}
	return out, nil
}
