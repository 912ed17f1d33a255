package sources

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/io/fileio"
)

// scriptGrace is how long a script may take to end once it is told to.
const scriptGrace = 10 * time.Second

// runScript runs the user's script in the source's folder and takes in the dataset CSV that it writes to DERMSET_OUT.
// What the script prints goes to messages.
func runScript(ctx context.Context, c *Config, raw string, messages io.Writer, o *output) error {
	raw, err := filepath.Abs(raw)
	if err != nil {
		return err
	}
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		return err
	}
	temp, err := os.MkdirTemp(o.temp, asidePrefix+"*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	if temp, err = filepath.Abs(temp); err != nil {
		return err
	}
	path := filepath.Join(temp, c.Name+"_dataset.csv")
	command := c.Exec[0]
	if strings.ContainsRune(command, '/') && !filepath.IsAbs(command) {
		command = filepath.Join(dir, command)
	}
	script := exec.CommandContext(ctx, command, c.Exec[1:]...)
	script.Dir = dir
	script.Env = append(publicEnviron(), "DERMSET_RAW="+raw, "DERMSET_OUT="+path)
	script.Stdout, script.Stderr = messages, messages
	script.WaitDelay = scriptGrace
	if err := script.Run(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("%s: exec: %s: %w", c.Path, strings.Join(c.Exec, " "), err)
	}
	file, err := fileio.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s: exec: %s wrote no file where DERMSET_OUT says", c.Path, strings.Join(c.Exec, " "))
	}
	if err != nil {
		return err
	}
	defer file.Close()
	err = o.take(ctx, file, filepath.Base(path))
	if wrong := errors.Join(err, o.wrong()); wrong != nil && ctx.Err() == nil {
		return errors.Join(wrong, fmt.Errorf("%s: exec: these places are in what %s wrote to DERMSET_OUT: mend the script",
			c.Path, strings.Join(c.Exec, " ")))
	}
	return err
}

// secretPrefix begins the names of variables that hold the key of pseudonyms, or the command that prints it.
const secretPrefix = "DERMSET_PSEUDONYM_"

// publicEnviron is the environment without secrets that no script of a source needs.
func publicEnviron() []string {
	return slices.DeleteFunc(os.Environ(), func(variable string) bool { return strings.HasPrefix(variable, secretPrefix) })
}

// take reads a dataset CSV row by row into the output.
func (o *output) take(ctx context.Context, in io.ReadSeeker, name string) error {
	count := File{Table: "exec", Path: name}
	var from []int // the column of the file for each of the dataset's columns and the further ones
	var cells []string
	var entries []dataset.Entry
	table := csvTable{in: in, path: name}
	header := func(header []csvio.HeaderCell) error {
		at, further, err := dataset.Header(name, header)
		from = append(at, further...)
		var extras []string
		for _, i := range further {
			extras = append(extras, header[i].Name)
		}
		o.header(extras)
		return err
	}
	err := table.scan(header, func(r *csvRow) bool {
		count.Rows++
		o.number++
		where := place{name, r.line}
		cells = cells[:0]
		for _, column := range from {
			cells = append(cells, r.cell(column))
		}
		stated := cells[differentialsAt]
		var err error
		if entries, err = dataset.ParseDifferentials(stated, entries[:0]); err != nil {
			entries = entries[:0]
			o.bad(BadValue{name, r.line, dataset.Differentials, stated})
		}
		if sex := cells[sexAt]; sex != "" {
			o.sexes.see(where, sex, sex)
		}
		if o.differs = ""; o.add(where, cells, entries) {
			count.Used++
		} else {
			o.unused(Unused{name, r.line, "repeated_image", "a row before names its image" + o.unlike()})
		}
		return ctx.Err() == nil
	})
	o.report.Files = append(o.report.Files, count)
	if err := errors.Join(err, ctx.Err()); err != nil {
		return err
	}
	return o.place(func(see func(place) bool) error {
		if _, err := in.Seek(0, io.SeekStart); err != nil {
			return err
		}
		return table.scan(header, func(r *csvRow) bool { return see(place{name, r.line}) })
	})
}
