package pictures

import (
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"sync"

	"github.com/dermset/dermset/images"
	"github.com/dermset/dermset/io/factio"
)

// Facts are what lookers found out about contents, a file for each looker. Its methods may be called from several
// goroutines; those that read may be called after Close too.
type Facts struct {
	of []answers // in the order of the lookers: Check's are the first
}

type answers struct {
	Looker
	store
	*starting
}

// A store keeps the facts of a looker.
type store interface {
	Has(key factio.Key) bool
	Put(key factio.Key, fields ...string) error
	Close() error
}

// ofBytes is a store of facts of one field of bytes.
type ofBytes struct{ *factio.FixedStore }

func (s ofBytes) Put(key factio.Key, fields ...string) error {
	return s.FixedStore.Put(key, []byte(fields[0]))
}

// path is where the facts of a looker are kept.
func (l *Looker) path(dir string) string {
	if l.Bytes > 0 {
		return filepath.Join(dir, l.Name+".bin")
	}
	return filepath.Join(dir, l.Name+".tsv")
}

// openStore opens the facts of a looker.
func (l *Looker) openStore(dir string) (store, error) {
	if l.Bytes > 0 {
		s, err := factio.OpenFixed(l.path(dir), l.Columns[0], l.Bytes, !l.OnDisk)
		return ofBytes{s}, err
	}
	return factio.Open(l.path(dir), l.Columns...)
}

// starting starts a looker once, for whoever of several goroutines is the first to need it.
type starting struct {
	once sync.Once
	stop func() error // nil: nothing runs
	err  error
}

func (s *starting) start(looker *Looker) error {
	s.once.Do(func() {
		if looker.Start != nil {
			s.stop, s.err = looker.Start()
		}
	})
	return s.err
}

// OpenFacts opens the facts of lookers, of which Check must be the first, in a folder. What is not there yet is made.
// Facts that lie there of other lookers, and of other versions of these, are left alone.
func OpenFacts(dir string, lookers ...Looker) (*Facts, error) {
	if len(lookers) == 0 || lookers[0].Name != Check.Name {
		panic("pictures: Check must be the first looker: the others are asked about what it could decode")
	}
	f := &Facts{}
	for _, looker := range lookers {
		store, err := looker.openStore(dir)
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		f.of = append(f.of, answers{looker, store, &starting{}})
	}
	return f, nil
}

// Close brings everything to the disk, and stops the lookers that were started.
func (f *Facts) Close() error {
	var errs []error
	for _, a := range f.of {
		errs = append(errs, a.Close())
		if a.stop != nil {
			errs = append(errs, a.stop())
		}
	}
	return errors.Join(errs...)
}

// Erase takes squares and hashes of contents, by which a picture can be recognised, out of the facts in a folder, which
// nobody else has open.
func Erase(dir string, contents [][32]byte) error {
	keys := make([]factio.Key, len(contents))
	for i, content := range contents {
		keys[i] = content
	}
	var errs []error
	for _, looker := range []Looker{Luma, Twins} {
		opened, err := looker.openStore(dir)
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
		errs = append(errs, opened.(ofBytes).Erase(keys...), opened.Close())
	}
	return errors.Join(errs...)
}

// Of is the fact of a looker that is open about a file, whose SHA-256 is known: a field for each of its columns, all
// empty if there was nothing to look at. It is not known where the looker has no question about the file.
func (f *Facts) Of(looker string, file *File) (fields []string, known bool) {
	a := f.open(looker)
	content, is := file.Content()
	if !is {
		return nil, false
	}
	key, asks := a.subject(file, content)
	if !asks {
		return nil, false
	}
	return a.text().Get(key)
}

// open are the facts of a looker, which must be open.
func (f *Facts) open(looker string) *answers {
	for i := range f.of {
		if f.of[i].Name == looker {
			return &f.of[i]
		}
	}
	panic(fmt.Sprintf("pictures: the facts of %q are not open", looker))
}

// text are facts of text, bytes those of bytes.
func (a *answers) text() *factio.Store       { return a.store.(*factio.Store) }
func (a *answers) bytes() *factio.FixedStore { return a.store.(ofBytes).FixedStore }

// Result is what Check found out about the content with a SHA-256, under limits. It is not known if nobody has
// looked, or only while the picture was over a lower limit of pixels.
func (f *Facts) Result(content [32]byte, limits images.Limits) (result images.Result, known bool) {
	fields, known := f.of[0].text().Get(content)
	if !known {
		return images.Result{}, false
	}
	result, err := checkResult(fields)
	if err != nil || !result.Stands(limits) {
		return images.Result{}, false
	}
	return result.Under(limits), true
}

// complete says whether no looker has to look at a file with a content, of which Check found out the result. Where
// there is nothing to look at, the lookers that do not know it yet learn it.
func (f *Facts) complete(file *File, content [32]byte, result images.Result) (bool, error) {
	if result.Verdict == images.TooManyPixels {
		return true, nil // until the limit allows it
	}
	for a, key := range f.lacking(file, content) {
		if Decoded(result.Verdict) {
			return false, nil
		}
		if a.Bytes > 0 {
			continue // what has none, Check tells
		}
		if err := a.Put(key, make([]string, len(a.Columns))...); err != nil {
			return false, err
		}
	}
	return true, nil
}

// lacking are the lookers behind Check that have a question about a file and do not know the answer, and the key that
// it will have.
func (f *Facts) lacking(file *File, content [32]byte) iter.Seq2[*answers, [32]byte] {
	return func(yield func(*answers, [32]byte) bool) {
		for i := range f.of[1:] {
			a := &f.of[1+i]
			key, asks := a.subject(file, content)
			if !asks {
				continue
			}
			if !a.Has(key) && !yield(a, key) {
				return
			}
		}
	}
}

// learn has the lookers that do not know a picture look at it. What rests on the clock is no fact.
func (f *Facts) learn(p *Picture, limits images.Limits) error {
	if p.ByClock {
		return nil
	}
	if _, known := f.Result(p.Content, limits); !known {
		if err := f.of[0].learn(p.Content, p); err != nil {
			return err
		}
	}
	if complete, err := f.complete(p.File, p.Content, p.Result); complete || err != nil {
		return err
	}
	for a, key := range f.lacking(p.File, p.Content) {
		if err := a.learn(key, p); err != nil {
			return err
		}
	}
	return nil
}

func (a *answers) learn(key [32]byte, p *Picture) error {
	if err := a.start(&a.Looker); err != nil {
		return err
	}
	fields, err := a.ask(p)
	if err != nil {
		return fmt.Errorf("%s: %w", p.File.Name, err)
	}
	return a.Put(key, fields...)
}

// Decoded says whether a picture with the verdict was decoded whole.
func Decoded(v images.Verdict) bool {
	return v == images.OK || v == images.TooSmall || v == images.Blank
}
