package sources

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/dataset/literal"
)

// entries appends what the cells of a row say by this reader. cell gives a raw column's cell.
func (r *reader) entries(into []dataset.Entry, cell func(column string) string) ([]dataset.Entry, error) {
	start := len(into)
	var err error
	switch {
	case len(r.columns) > 0:
		for _, name := range r.columns {
			if label := cell(name); label != "" {
				into = append(into, dataset.Entry{Label: label})
			}
		}
	case r.labels != "":
		into, err = r.parallel(into, cell(r.labels), cell(r.weights))
	case r.format == "delimited":
		into, err = r.delimited(into, cell(r.column))
	default:
		into, err = r.literal(into, cell(r.column))
	}
	if err != nil {
		return into[:start], err
	}
	for i := range into[start:] {
		if e := &into[start+i]; e.Reader == "" {
			e.Reader = r.reader
		}
	}
	return into, nil
}

// delimited reads labels with a separator between them. Blanks around a label belong to the separator. A weight is what
// follows the last weight separator.
func (r *reader) delimited(into []dataset.Entry, text string) ([]dataset.Entry, error) {
	for _, item := range r.items(text) {
		entry := dataset.Entry{Label: item}
		if r.weightSep != "" {
			if at := strings.LastIndex(item, r.weightSep); at >= 0 {
				weight, has, err := parseWeight(strings.TrimSpace(item[at+len(r.weightSep):]))
				if err != nil {
					return into, err
				}
				entry = dataset.Entry{Label: strings.TrimSpace(item[:at]), Weight: weight, HasWeight: has}
			}
		}
		if entry.Label == "" {
			return into, errors.New("a label is empty")
		}
		into = append(into, entry)
	}
	return into, nil
}

// items splits delimited text; one separator at the end is allowed.
func (r *reader) items(text string) []string {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	items := strings.Split(text, r.separator)
	if last := len(items) - 1; strings.TrimSpace(items[last]) == "" {
		items = items[:last]
	}
	for i, item := range items {
		items[i] = strings.TrimSpace(item)
	}
	return items
}

// parseWeight reads a decimal number; one too large is infinite, so that the build can name it as a bad weight. What
// programs write where there is none (NaN, inf, -Infinity) is no weight, as it is in JSON.
func parseWeight(text string) (weight float64, has bool, err error) {
	switch strings.ToLower(strings.TrimLeft(text, "+-")) {
	case "nan", "inf", "infinity":
		return 0, false, nil
	}
	if number, err := literal.Parse(text, true); err != nil || number.Kind != literal.Number {
		return 0, false, fmt.Errorf("weight %q is not a number", text)
	}
	weight, _ = strconv.ParseFloat(text, 64) // the only error left is the range
	return weight, true, nil
}

// literal reads a list of labels, of objects or of pairs, or a dict from label to weight.
func (r *reader) literal(into []dataset.Entry, text string) ([]dataset.Entry, error) {
	value, none, err := r.parse(text)
	if err != nil || none {
		return into, err
	}
	switch value.Kind {
	case literal.Dict:
		for i, label := range value.Keys {
			entry, err := weighted(label, value.Members[i])
			if err != nil {
				return into, err
			}
			into = append(into, entry)
		}
	case literal.Sequence:
		for _, member := range value.Members {
			if member.Kind == literal.None { // no label at this place, as an empty one of columns:
				continue
			}
			entry, err := entryOf(member)
			if err != nil {
				return into, err
			}
			into = append(into, entry)
		}
	default:
		return into, errors.New("want a list, or labels with their weights")
	}
	return into, nil
}

// parse reads a cell of the reader's format; an empty cell and null are none.
func (r *reader) parse(text string) (value literal.Value, none bool, err error) {
	if strings.TrimSpace(text) == "" {
		return literal.Value{}, true, nil
	}
	s := literal.Scanner{Text: text, Python: r.format == "python", NaN: r.format != "python"}
	if value, err = s.Value(); err == nil {
		err = s.End()
	}
	if err != nil {
		err = fmt.Errorf("byte %d: %w", s.At+1, err)
	}
	return value, value.Kind == literal.None, err
}

func entryOf(member literal.Value) (dataset.Entry, error) {
	switch {
	case member.Kind == literal.String:
		return labelled(member.Text)
	case member.Kind == literal.Sequence && len(member.Members) == 2 && member.Members[0].Kind == literal.String:
		return weighted(member.Members[0].Text, member.Members[1])
	case member.Kind != literal.Dict:
		return dataset.Entry{}, errors.New("an entry is not a label in quotes")
	}
	entry := dataset.Entry{}
	for i, key := range member.Keys {
		value := member.Members[i]
		var err error
		switch {
		case key == "label" && value.Kind == literal.String:
			entry.Label = value.Text
		case key == "reader" && value.Kind == literal.String:
			entry.Reader = value.Text
		case key == "reader" && value.Kind == literal.None:
		case key == "weight":
			entry.Weight, entry.HasWeight, err = weightOf(value)
		default:
			err = fmt.Errorf("key %q: want label and reader as text, weight as a number", key)
		}
		if err != nil {
			return entry, err
		}
	}
	_, err := labelled(entry.Label)
	return entry, err
}

func labelled(label string) (dataset.Entry, error) {
	if label == "" {
		return dataset.Entry{}, errors.New("a label is empty")
	}
	return dataset.Entry{Label: label}, nil
}

func weighted(label string, weight literal.Value) (dataset.Entry, error) {
	entry, err := labelled(label)
	if err == nil {
		entry.Weight, entry.HasWeight, err = weightOf(weight)
	}
	return entry, err
}

func weightOf(value literal.Value) (weight float64, has bool, err error) {
	switch value.Kind {
	case literal.None:
		return 0, false, nil
	case literal.Number:
		return parseWeight(value.Text)
	}
	return 0, false, errors.New("a weight is not a number")
}

// parallel reads two lists of one length. A place whose label is null is left out; weights without any label are not.
func (r *reader) parallel(into []dataset.Entry, labels, weights string) ([]dataset.Entry, error) {
	names, none, err := r.texts(labels, literal.String)
	if err != nil {
		return into, err
	}
	numbers, _, err := r.texts(weights, literal.Number)
	if err != nil {
		return into, err
	}
	if len(names) != len(numbers) {
		return into, fmt.Errorf("%d labels, but %d weights", len(names), len(numbers))
	}
	if !slices.Contains(none, false) && slices.ContainsFunc(numbers, func(n string) bool { return n != "" }) {
		return into, errors.New("weights, but no label")
	}
	for i, name := range names {
		if none[i] {
			continue
		}
		entry, err := labelled(name)
		if err != nil {
			return into, err
		}
		if numbers[i] != "" {
			if entry.Weight, entry.HasWeight, err = parseWeight(numbers[i]); err != nil {
				return into, err
			}
		}
		into = append(into, entry)
	}
	return into, nil
}

// texts reads a list of values of one kind, and tells which are null; their text is empty.
func (r *reader) texts(text string, kind literal.Kind) (texts []string, null []bool, err error) {
	if r.format == "delimited" {
		texts = r.items(text)
		return texts, make([]bool, len(texts)), nil
	}
	value, none, err := r.parse(text)
	if err != nil || none {
		return nil, nil, err
	}
	if value.Kind != literal.Sequence {
		return nil, nil, errors.New("want a list")
	}
	texts, null = make([]string, len(value.Members)), make([]bool, len(value.Members))
	for i, member := range value.Members {
		switch member.Kind {
		case kind:
			texts[i] = member.Text
		case literal.None:
			null[i] = true
		default:
			return nil, nil, fmt.Errorf("entry %d of a list is of another kind, want labels as text, weights as numbers", i+1)
		}
	}
	return texts, null, nil
}
