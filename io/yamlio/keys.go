package yamlio

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/dermset/dermset/slips"
)

// A Key is one key of a settings file, and all that is said of it: pages, commented files, schemas and refusals are
// made of it. A Key without a path is a heading above those that follow.
type Key struct {
	Path    string // dotted; a key of one's own is *, such as files.join.on, extra.*
	Is      Type
	Default string // as it would be written; empty: there is none
	Absent  string // what holds without it, where that is no value
	Says    string // in one line
	More    string // in further sentences
	Example string // a value as it would be written
	Page    string // the page of docs/ that has more
}

// Name is the last part of the path.
func (k Key) Name() string { return k.Path[strings.LastIndexByte(k.Path, '.')+1:] }

// above is the path of the key that this one stands under; empty at the top.
func (k Key) above() string { return k.Path[:max(strings.LastIndexByte(k.Path, '.'), 0)] }

// Paths are the paths of all keys.
func Paths(keys []Key) (paths []string) {
	for _, key := range keys {
		if key.Path != "" {
			paths = append(paths, key.Path)
		}
	}
	return paths
}

// A Type is what values a key may have.
type Type struct {
	form        form
	words       string   // in a reader's words, where the form does not say it all
	values      []string // of a choice
	least, most float64  // of numbers; most is 0 if there is none
	like        string   // of a section: the key whose keys it has
	of          []Type   // of what lists and mappings consist, or one of what it is
}

type form int8

const (
	text form = iota
	choice
	whole
	number
	truth   // true, false
	yesNo   // yes, no, true, false
	section // the keys that the table has below it
	list
	mapping
	either
)

// Text is text; Section is keys of its own; Integer is a whole number. Truth is what Decode takes as yes or no, and
// YesNo what a Node does.
var (
	Text    = Type{form: text}
	Section = Type{form: section}
	Integer = Type{form: whole, least: math.Inf(-1)}
	Truth   = Type{form: truth}
	YesNo   = Type{form: yesNo, values: []string{"yes", "no"}}
)

// Like is a section that has the keys of another one.
func Like(path string) Type { return Type{form: section, like: path} }

// Named is a type in other words, such as text that is a path.
func (t Type) Named(words string) Type {
	t.words = words
	return t
}

// OneOf is one of a few words.
func OneOf(values ...string) Type { return Type{form: choice, values: values} }

// Whole is a whole number of at least as much, and of at most as much where most is not 0.
func Whole(least, most int) Type {
	return Type{form: whole, least: float64(least), most: float64(most)}
}

// Number is a number between two.
func Number(least, most float64) Type { return Type{form: number, least: least, most: most} }

// ListOf is a list of a type.
func ListOf(of Type) Type { return Type{form: list, of: []Type{of}} }

// MapOf is keys of one's own with a value each.
func MapOf(of Type) Type { return Type{form: mapping, of: []Type{of}} }

// OrList is one value, or a list of such.
func OrList(of Type) Type { return Either(of, ListOf(of)) }

// Either is one of several types.
func Either(of ...Type) Type { return Type{form: either, of: of} }

// Values are those of a choice.
func (t Type) Values() []string { return t.values }

// String is the type in a reader's words.
func (t Type) String() string {
	if t.words != "" {
		return t.words
	}
	switch t.form {
	case choice:
		return "one of " + strings.Join(t.values, ", ")
	case whole:
		return "whole number" + t.limits()
	case number:
		return "number" + t.limits()
	case truth:
		return "true or false"
	case yesNo:
		return "yes or no"
	case section:
		return "keys with values"
	case list:
		return "list of " + strings.TrimPrefix(t.of[0].plural(), "a ")
	case mapping:
		return "names of your own, each with " + t.of[0].String()
	case either:
		var words []string
		for _, of := range t.of {
			words = append(words, of.String())
		}
		return strings.Join(words, ", or ")
	}
	return "text"
}

func (t Type) plural() string {
	switch words := t.String(); {
	case words == "text":
		return "texts"
	case t.form == choice:
		return strings.TrimPrefix(words, "one of ")
	default:
		return words
	}
}

func (t Type) limits() string {
	switch {
	case math.IsInf(t.least, -1):
		return ""
	case t.most == 0:
		return fmt.Sprintf(", %v or more", t.least)
	}
	return fmt.Sprintf(" from %s to %s", plain(t.least), plain(t.most))
}

func plain(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// Refuse is what is wrong with the value of a struct's field, each with what is wanted.
func (t Type) Refuse(value any) (wrong []string) {
	v := reflect.ValueOf(value)
	switch t.form {
	case choice:
		if !slices.Contains(t.values, v.String()) {
			wrong = append(wrong, fmt.Sprintf("%q, want %s%s", v, t, slips.Meant(v.String(), t.values)))
		}
	case whole:
		if n := float64(v.Int()); n < t.least || t.most != 0 && n > t.most {
			wrong = append(wrong, fmt.Sprintf("%d, want a %s", v.Int(), t))
		}
	case number:
		if n := v.Float(); !(n >= t.least && n <= t.most) {
			wrong = append(wrong, fmt.Sprintf("%v, want a %s", n, t))
		}
	case list:
		for i := range v.Len() {
			wrong = append(wrong, t.of[0].Refuse(v.Index(i).Interface())...)
		}
	}
	return wrong
}

// Each calls do for each key of a struct that holds no others, in order, with its value.
func Each(of any, do func(path string, value any)) { eachOf(reflect.ValueOf(of), "", do) }

func eachOf(v reflect.Value, prefix string, do func(string, any)) {
	for i := range v.NumField() {
		path := prefix + v.Type().Field(i).Tag.Get("yaml")
		if field := v.Field(i); field.Kind() == reflect.Struct {
			eachOf(field, path+".", do)
		} else {
			do(path, field.Interface())
		}
	}
}

// Written is a value as it would be written in one line.
func Written(value any) string {
	var node yaml.Node
	if given, is := value.(*yaml.Node); is {
		node = *given
	} else if err := node.Encode(value); err != nil {
		panic(err) // what was read can be written
	}
	node.Style |= yaml.FlowStyle
	out, err := yaml.Marshal(&node)
	if err != nil {
		panic(err)
	}
	return strings.TrimSuffix(string(out), "\n")
}

// Plain is a value as a text, number, yes or no, list or map: what reading it from a file gives.
func Plain(value any) (plain any) {
	if err := yaml.Unmarshal([]byte(Written(value)), &plain); err != nil {
		panic(err) // what was written can be read
	}
	return plain
}
