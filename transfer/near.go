package transfer

import (
	"context"
	"hash/maphash"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/dermset/dermset/io/blobio"
)

// A Difference is how two names differ that people, systems and programs take for one.
type Difference string

// Differences, in the order in which they are looked for. A name may have several, with "and" between them.
const (
	BySlashes   Difference = "slashes"      // doubled, leading or backward ones, and ./
	ByEscapes   Difference = "escapes"      // %20 and the like, + for a blank
	ByBlanks    Difference = "blanks"       // around a part of the path, or before the extension
	ByForm      Difference = "Unicode form" // é as one character or as e with an accent (NFC, NFD)
	ByCase      Difference = "case"
	ByExtension Difference = "extension" // another one, in another case, or none
)

// likeness makes texts that differ so alike.
var likeness = []struct {
	by   Difference
	made func(string) string
}{
	{BySlashes, plainSlashes}, {ByEscapes, plainEscapes}, {ByBlanks, plainBlanks}, {ByForm, norm.NFC.String},
	{ByCase, plainCase}, {ByExtension, withoutExtension},
}

func plainSlashes(name string) string {
	if !strings.Contains(name, `\`) && path.Clean(name) == name && !strings.HasPrefix(name, "/") {
		return name
	}
	parts := strings.FieldsFunc(name, func(c rune) bool { return c == '/' || c == '\\' })
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "." }), "/")
}

func plainEscapes(name string) string {
	if !strings.ContainsAny(name, "%+") {
		return name
	}
	if plain, err := url.QueryUnescape(name); err == nil {
		return plain
	}
	return name // a per cent sign that is one
}

func plainBlanks(name string) string {
	if strings.IndexFunc(name, unicode.IsSpace) < 0 {
		return name
	}
	parts := strings.Split(name, "/")
	for i, part := range parts {
		extension := path.Ext(part)
		parts[i] = strings.TrimSpace(strings.TrimSpace(strings.TrimSuffix(part, extension)) + strings.TrimSpace(extension))
	}
	return strings.Join(parts, "/")
}

func plainCase(name string) string {
	for i := range len(name) {
		if name[i] >= 0x80 {
			return cases.Fold().String(name)
		}
	}
	return strings.ToLower(name)
}

// extensions are those of pictures. What else stands behind a dot may be a part of the name.
var extensions = []string{".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"}

func withoutExtension(name string) string {
	extension := path.Ext(name)
	if len(extension) == len(path.Base(name)) || !slices.Contains(extensions, strings.ToLower(extension)) {
		return name
	}
	return strings.TrimSuffix(name, extension)
}

// fold is equal for names that differ in any of these ways.
func fold(name string) string {
	for _, l := range likeness {
		name = l.made(name)
	}
	return name
}

// differ is how two names of one fold differ: in as few ways as tell it.
func differ(a, b string) (by Difference, ways int) {
	without := func(left []int) bool {
		x, y := a, b
		for i, l := range likeness {
			if slices.Contains(left, i) {
				x, y = l.made(x), l.made(y)
			}
		}
		return x == y
	}
	left := []int{0, 1, 2, 3, 4, 5}
	for i := range likeness { // what is left out first says least
		i = (i + len(likeness) - 2) % len(likeness) // case, then extension, for the case of an extension is its own
		if fewer := slices.DeleteFunc(slices.Clone(left), func(j int) bool { return j == i }); without(fewer) {
			left = fewer
		}
	}
	var names []string
	for _, i := range left {
		names = append(names, string(likeness[i].by))
	}
	return Difference(strings.Join(names, " and ")), len(left)
}

// A Near is a name that is there, and how it differs from one that is not.
type Near struct {
	Name string
	By   Difference
}

// nearNames are names that are there below a prefix, as far as they are nearly those of objects that are wanted there:
// never more than mostAlike for each of these.
type nearNames struct {
	keys  []string // wanted
	seed  maphash.Seed
	folds []uint64               // of the keys, sorted; nil: not made yet
	there map[uint64][]alikeName // by fold
	whole bool                   // all names that are there were noted
	some  bool                   // there is one
	once  sync.Once              // for those that are looked for late
}

type alikeName struct {
	name   string
	wanted bool // it is itself one of the keys
}

// mostAlike is how many names of one fold are kept.
const mostAlike = 4

func newNearNames(keys []string) *nearNames {
	return &nearNames{keys: keys, seed: maphash.MakeSeed(), there: map[uint64][]alikeName{}}
}

func (n *nearNames) hash(name string) uint64 { return maphash.String(n.seed, fold(name)) }

// note keeps a name that is there, if it is like one that is wanted.
func (n *nearNames) note(name string, wanted bool) {
	if n.folds == nil {
		n.folds = make([]uint64, 0, len(n.keys))
		for _, key := range n.keys {
			n.folds = append(n.folds, n.hash(key))
		}
		slices.Sort(n.folds)
	}
	hash := n.hash(name)
	if _, is := slices.BinarySearch(n.folds, hash); is && len(n.there[hash]) < mostAlike {
		n.there[hash] = append(n.there[hash], alikeName{strings.Clone(name), wanted})
	}
}

// noteWanted keeps those of the keys that are there and are like one that is missing: both may mean the same.
func (n *nearNames) noteWanted(missing map[string]bool) {
	folds := map[uint64]bool{}
	for key := range missing {
		folds[n.hash(key)] = true
	}
	for _, key := range n.keys {
		if missing[key] {
			continue
		}
		if hash := n.hash(key); folds[hash] && len(n.there[hash]) < mostAlike {
			n.there[hash] = append(n.there[hash], alikeName{key, true})
		}
	}
}

// of is the name that is nearest to a key, the first by its bytes of several; empty: there is none. Known is false
// where nobody could look at all names. Others says of names that are not among the keys whether they are wanted all
// the same.
func (n *nearNames) of(key string, others func(name string) bool) (near Near, known bool) {
	if !n.whole {
		return Near{}, false
	}
	least := len(likeness) + 1
	whole := fold(key)
	for _, is := range n.there[n.hash(key)] {
		// what is wanted in another format is another picture, such as an image beside its mask
		other := !strings.EqualFold(path.Ext(key), path.Ext(is.name)) && (is.wanted || others(is.name))
		if is.name == key || other || fold(is.name) != whole {
			continue
		}
		if by, ways := differ(key, is.name); ways < least || ways == least && is.name < near.Name {
			near, least = Near{is.name, by}, ways
		}
	}
	return near, true
}

// look lists what is below a prefix, once, for few keys, and then calls done. A store that cannot list to the end tells
// nothing.
func (n *nearNames) look(ctx context.Context, store blobio.Store, prefix string, done func()) {
	n.once.Do(func() {
		defer done()
		looked := 0
		for o, err := range list(ctx, store, prefix) {
			if looked++; o.Key == "" || tooManyStrangers(prefix, looked) != nil {
				return
			}
			n.some = true
			if err == nil {
				n.note(o.Key, slices.Contains(n.keys, o.Key))
			}
		}
		n.whole = true
	})
}

// NearNames are the names below a prefix of a store that are nearly those of keys, which are not there. Others says
// whether a name is wanted for another reason.
func NearNames(ctx context.Context, store blobio.Store, prefix string, keys []string,
	others func(name string) bool) map[string]Near {
	names := newNearNames(keys)
	names.look(ctx, store, prefix, func() {})
	found := map[string]Near{}
	for _, key := range keys {
		if near, _ := names.of(key, others); near.Name != "" {
			found[key] = near
		}
	}
	return found
}

// A Bare prefix is one below which a store has nothing at all.
type Bare struct {
	Prefix string
	Near   Near     // a folder of the store that is nearly named so
	There  []string // the first names of what the store has instead, folders with a slash
}

// noteBare notes a prefix below which there is nothing, with what there is in its place.
func (f *fetch) noteBare(ctx context.Context, prefix string, names *nearNames) {
	store, is := f.store.(interface {
		Top(ctx context.Context) ([]string, error)
	})
	if !is || !names.whole || names.some || len(names.keys) == 0 {
		return
	}
	there, err := store.Top(ctx)
	if err != nil {
		return
	}
	bare := Bare{Prefix: prefix, There: there[:min(len(there), mostAlike)]}
	least := len(likeness) + 1
	for _, name := range there {
		if fold(name) == fold(prefix) && strings.HasSuffix(name, "/") {
			if by, ways := differ(prefix, name); ways < least {
				bare.Near, least = Near{name, by}, ways
			}
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tally.Bare = append(f.tally.Bare, bare)
}
