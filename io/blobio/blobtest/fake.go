package blobtest

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/dermset/dermset/io/blobio"
)

// A Fake is a store in memory, for tests of what uses stores.
type Fake struct {
	// Harm, if not nil, is asked before every operation, with its number, from 1, among those of its kind and key: what it
	// returns is what the operation returns. It may change the store, and it may wait.
	Harm func(op, key string, n int) error

	// Untold says that it tells no ETags.
	Untold bool

	mu      sync.Mutex
	objects map[string][]byte
	seen    map[string]int
}

func (f *Fake) String() string { return "fake://store/" }

// Set puts bytes under a key, whatever is there.
func (f *Fake) Set(key string, data []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.objects == nil {
		f.objects = map[string][]byte{}
	}
	f.objects[key] = data
}

// Drop takes a key out, whatever is there.
func (f *Fake) Drop(key string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.objects, key)
}

// All are the objects that are there, by key.
func (f *Fake) All() map[string]string {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := map[string]string{}
	for key, data := range f.objects {
		all[key] = string(data)
	}
	return all
}

// Seen is how often each operation was asked for, such as "get a.jpg".
func (f *Fake) Seen() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.seen)
}

func (f *Fake) harm(ctx context.Context, op, key string) error {
	f.mu.Lock()
	if f.seen == nil {
		f.seen = map[string]int{}
	}
	f.seen[op+" "+key]++
	n := f.seen[op+" "+key]
	f.mu.Unlock()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if f.Harm == nil {
		return nil
	}
	return f.Harm(op, key, n)
}

func (f *Fake) look(op, key string) ([]byte, blobio.Object, error) {
	if key == "" || len(key) > 1024 {
		return nil, blobio.Object{}, &blobio.Error{Op: op, Key: key, Reason: blobio.BadKey}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	data, is := f.objects[key]
	if !is {
		return nil, blobio.Object{}, &blobio.Error{Op: op, Key: key, Reason: blobio.Missing}
	}
	if f.Untold {
		return data, blobio.Object{Key: key, Size: int64(len(data))}, nil
	}
	sum := md5.Sum(data)
	return data, blobio.Object{Key: key, Size: int64(len(data)), ETag: hex.EncodeToString(sum[:])}, nil
}

// List is blobio.Store's; it asks Harm once for the prefix and once, as "entry", for each key.
func (f *Fake) List(ctx context.Context, prefix string) iter.Seq2[blobio.Object, error] {
	return func(yield func(blobio.Object, error) bool) {
		if err := f.harm(ctx, "list", prefix); err != nil {
			yield(blobio.Object{}, err)
			return
		}
		f.mu.Lock()
		keys := slices.Sorted(maps.Keys(f.objects))
		f.mu.Unlock()
		for _, key := range keys {
			if !strings.HasPrefix(key, prefix) {
				continue
			}
			_, o, err := f.look("list", key)
			if harm := f.harm(ctx, "entry", key); harm != nil {
				o, err = blobio.Object{Key: key}, harm
			}
			if !yield(o, err) {
				return
			}
		}
	}
}

// Top are the names of what is directly in the store.
func (f *Fake) Top(ctx context.Context) (names []string, err error) {
	if err := f.harm(ctx, "top", ""); err != nil {
		return nil, err
	}
	for key := range f.All() {
		if folder, _, deep := strings.Cut(key, "/"); deep {
			key = folder + "/"
		}
		names = append(names, key)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// Stat is blobio.Store's.
func (f *Fake) Stat(ctx context.Context, key string) (blobio.Object, error) {
	if err := f.harm(ctx, "stat", key); err != nil {
		return blobio.Object{}, err
	}
	_, o, err := f.look("stat", key)
	return o, err
}

// Get is blobio.Store's.
func (f *Fake) Get(ctx context.Context, o blobio.Object, read func(io.Reader) error) (blobio.Receipt, error) {
	if err := f.harm(ctx, "get", o.Key); err != nil {
		return blobio.Receipt{Attempts: 1}, err
	}
	data, is, err := f.look("get", o.Key)
	if err == nil && (o.ETag != "" && is.ETag != o.ETag || o.Size >= 0 && is.Size != o.Size) {
		err = &blobio.Error{Op: "get", Key: o.Key, Reason: blobio.Changed, Err: errors.New("another is there")}
	}
	if err == nil {
		err = read(bytes.NewReader(data))
	}
	return blobio.Receipt{Object: is, Attempts: 1}, err
}

// Put is blobio.Store's. Harm may change the body.
func (f *Fake) Put(ctx context.Context, old blobio.Object, body *blobio.Body) (blobio.Object, error) {
	if err := f.harm(ctx, "put", old.Key); err != nil {
		return blobio.Object{}, err
	}
	data, err := body.Read(ctx)
	if err != nil {
		return blobio.Object{}, err
	}
	there, is, err := f.look("put", old.Key)
	switch {
	case blobio.ReasonOf(err) == blobio.BadKey:
		return blobio.Object{}, err
	case is.ETag != old.ETag && !(err == nil && bytes.Equal(there, data)):
		return blobio.Object{},
			&blobio.Error{Op: "put", Key: old.Key, Reason: blobio.Changed, Err: errors.New("another is there")}
	}
	f.Set(old.Key, data)
	_, is, err = f.look("put", old.Key)
	return is, err
}

// Remove is blobio.Store's.
func (f *Fake) Remove(ctx context.Context, o blobio.Object) error {
	if err := f.harm(ctx, "remove", o.Key); err != nil {
		return err
	}
	_, is, err := f.look("remove", o.Key)
	if err == nil && is.ETag != o.ETag {
		err = &blobio.Error{Op: "remove", Key: o.Key, Reason: blobio.Changed, Err: errors.New("another is there")}
	}
	if err == nil {
		f.Drop(o.Key)
	}
	return err
}

// Same is blobio.Store's.
func (f *Fake) Same(ctx context.Context, o blobio.Object, body *blobio.Body) (bool, error) {
	if err := f.harm(ctx, "same", o.Key); err != nil {
		return false, err
	}
	data, err := body.Read(ctx)
	if err != nil {
		return false, err
	}
	there, _, err := f.look("same", o.Key)
	return err == nil && bytes.Equal(there, data), err
}
