package columnio

import (
	"errors"
	"fmt"
)

// Rows reads the columns of the given numbers, row by row: yield gets what each of them holds, one value of a column,
// or those of a list, which may have none. The slices are there until yield returns; texts stay. An error of yield ends
// it, and comes back as it is.
func (f *File) Rows(wanted []int, yield func(row int64, cells [][]Value) error) error {
	w := &work{in: f.in}
	defer w.close()
	columns := make([]*column, len(wanted))
	for i, n := range wanted {
		if columns[i] = (&column{leaf: &f.leaves[n], packed: f.packed, work: w}); f.leaves[n].Unread != "" {
			return fmt.Errorf("column %q %s", f.leaves[n].Name, f.leaves[n].Unread)
		}
	}
	done := int64(0)
	cells := make([][]Value, len(wanted))
	for at := range f.groups {
		g := &f.groups[at]
		var errs []error
		for i, c := range columns {
			c.dictionary.drop(w)
			if err := c.open(&g.chunks[wanted[i]], g.rows); err != nil {
				errs = append(errs, fmt.Errorf("row %d: column %q %w", done+1, c.leaf.Name, err))
			}
		}
		if err := errors.Join(errs...); err != nil {
			return err
		}
		for range g.rows {
			done++
			for i, c := range columns {
				var err error
				if cells[i], err = c.row(cells[i][:0]); err != nil {
					return fmt.Errorf("row %d: column %q: %w", done, c.leaf.Name, err)
				}
			}
			if err := yield(done, cells); err != nil {
				return err
			}
		}
		for _, c := range columns {
			if err := c.close(); err != nil {
				return fmt.Errorf("row %d: column %q: %w", done, c.leaf.Name, err)
			}
		}
	}
	return nil
}
