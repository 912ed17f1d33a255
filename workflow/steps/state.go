package steps

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zeebo/xxh3"

	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/workflow/workspace"
)

// A state is work/<step>/step.json: the key of the answer beside it, and what its files were when it was made.
type state struct {
	Key   key             `json:"key"`
	Files map[string]seal `json:"files"` // all but step.json itself
}

// A seal is how a file is known again. XXH3 tells what disks and stray hands do, at a tenth of the cost of SHA-256;
// who means to deceive can write step.json as well.
type seal struct {
	Bytes int64  `json:"bytes"`
	XXH3  string `json:"xxh3"` // of 128 bits, in hex
}

const (
	stateFile  = "step.json"
	answerFile = "answer.json"
)

// sealOf reads a file of an answer.
func sealOf(path string) (seal, error) {
	hash := xxh3.New()
	size, err := fileio.CopyTo(hash, path)
	sum := hash.Sum128().Bytes()
	return seal{size, hex.EncodeToString(sum[:])}, err
}

// isRows says whether a file holds rows. Such files are most of an answer, and are looked into only when somebody is
// about to read them.
func isRows(name string) bool { return strings.HasSuffix(name, ".arrows") }

// A damage is a file of an answer that is not what the step left there. A run makes the answer again; who only looks
// is told so.
type damage struct{ verb, file string }

func (d *damage) Error() string {
	return fmt.Sprintf("work/%s: is damaged; run `dermset build`, which makes it again", path.Join(d.verb, d.file))
}

// why is the reason for a step to run.
func (d *damage) why() []string {
	file := d.file
	if file == "." {
		file = "the folder"
	}
	return []string{file + " of its last answer is damaged"}
}

// notRun is why a step runs for the first time.
const notRun = "it has not run yet"

// last is the state of a step's answer, whatever it is worth; false where it has none.
func (r *Run) last(verb string) (last state, there bool, err error) {
	text, err := fileio.Read(filepath.Join(r.dir(verb), stateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return state{}, false, nil
	}
	if err != nil || json.Unmarshal(text, &last) != nil {
		return state{}, true, &damage{verb, stateFile}
	}
	return last, true, nil
}

// stale says why the answer of a step does not stand for a key; empty where it does, as far as is seen without looking
// into rows.
func (r *Run) stale(verb string, k key) []string {
	last, there, err := r.last(verb)
	switch {
	case !there:
		return []string{notRun}
	case err != nil:
		return []string{"its last answer cannot be read"}
	}
	if why := k.changes(last.Key); len(why) > 0 {
		return why
	}
	if d := r.outside(verb, last); d != nil {
		return d.why()
	}
	return nil
}

// outside is what is wrong with the files of an answer as far as is seen without looking into rows; nil: nothing.
func (r *Run) outside(verb string, last state) *damage {
	if name := r.unlike(verb, last); name != "" {
		return &damage{verb, name}
	}
	return r.compare(verb, last, func(name string) bool { return !isRows(name) })
}

// unlike names a file that is there and was not left there, or the other way round, or has another size.
func (r *Run) unlike(verb string, last state) string {
	there := filesIn(r.dir(verb))
	delete(there, stateFile)
	for _, name := range workspace.SortedKeys(there) {
		if seal, is := last.Files[name]; !is || seal.Bytes != there[name] {
			return name
		}
	}
	for _, name := range workspace.SortedKeys(last.Files) {
		if _, is := there[name]; !is {
			return name
		}
	}
	return ""
}

// compare reads the files of an answer that are chosen, and is the first that is not as its seal says; nil: none.
func (r *Run) compare(verb string, last state, chosen func(name string) bool) *damage {
	names := slices.DeleteFunc(workspace.SortedKeys(last.Files), func(name string) bool { return !chosen(name) })
	err := r.w.Each(len(names), func(i int) error {
		found, err := sealOf(filepath.Join(r.dir(verb), filepath.FromSlash(names[i])))
		if err != nil || found != last.Files[names[i]] {
			return &damage{verb, names[i]}
		}
		return nil
	})
	d, _ := errors.AsType[*damage](err)
	return d
}

// whole is an error unless the rows files of an answer are what the step left. They are looked into once in a run.
func (r *Run) whole(verb string) error {
	r.looking.Lock()
	defer r.looking.Unlock()
	if r.sound[verb] {
		return nil
	}
	last, _, err := r.last(verb)
	if err != nil {
		return err
	}
	if d := r.compare(verb, last, isRows); d != nil {
		return d
	}
	r.sound[verb] = true
	return nil
}

// keep makes the folder of a step with what fill writes into it, or, on any error, leaves it as it is. What a dead run
// leaves aside is swept by who takes the lock.
func (r *Run) keep(verb string, k key, fill func(aside string) error) error {
	dir := r.dir(verb)
	if err := fileio.MakeFolders(filepath.Dir(dir)); err != nil {
		return err
	}
	aside, err := fileio.MakeAside(dir)
	if err != nil {
		return err
	}
	if err = fill(aside); err == nil {
		err = r.seal(aside, k)
	}
	if err == nil {
		err = fileio.RemoveAll(dir)
	}
	if err == nil {
		err = os.Rename(aside, dir)
	}
	if err != nil {
		return errors.Join(err, fileio.RemoveAll(aside))
	}
	return nil
}

// seal writes the state of the answer in a folder that was made with a key.
func (r *Run) seal(aside string, k key) error {
	made, err := r.sealed(aside, k)
	if err != nil {
		return err
	}
	return workspace.WriteJSON(filepath.Join(aside, stateFile), made)
}

// sealed is the state of the answer in a folder that was made with a key.
func (r *Run) sealed(dir string, k key) (state, error) {
	made := state{Key: k, Files: map[string]seal{}}
	names := workspace.SortedKeys(filesIn(dir))
	seals := make([]seal, len(names))
	err := r.w.Each(len(names), func(i int) (err error) {
		seals[i], err = sealOf(filepath.Join(dir, filepath.FromSlash(names[i])))
		return err
	})
	for i, name := range names {
		made.Files[name] = seals[i]
	}
	return made, err
}

// filesIn are the files below a folder and their sizes, by path with slashes. Links are not followed. What is neither
// a file nor a folder, or cannot be looked at, has size -1, which no file has.
func filesIn(dir string) map[string]int64 {
	there := map[string]int64{}
	_ = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error { // it returns no error
		if err == nil && entry.IsDir() {
			return nil
		}
		size := int64(-1)
		if err == nil && entry.Type().IsRegular() {
			if info, err := entry.Info(); err == nil {
				size = info.Size()
			}
		}
		inside, err := filepath.Rel(dir, path)
		if err != nil {
			panic(err) // it is below dir
		}
		there[filepath.ToSlash(inside)] = size
		return nil
	})
	return there
}
