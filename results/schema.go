package results

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Name is what a form is called in the schema: mapping_suggest_apply of `mapping suggest --apply`.
func (f Form) Name() string {
	return strings.Join(strings.FieldsFunc(f.Verb, func(r rune) bool { return strings.ContainsRune(" -,", r) }), "_")
}

// An object is one of JSON, whose keys keep their order.
type object []member

type member struct {
	key   string
	value any
}

// MarshalJSON writes the keys in their order.
func (o object) MarshalJSON() ([]byte, error) {
	text := []byte("{")
	for i, m := range o {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(fmt.Appendf(text, "%q:", m.key), jsonOf(m.value)...)
	}
	return append(text, '}'), nil
}

// Schema is the JSON Schema (draft 2020-12) of forms: an entry of $defs for each, by its name. Keys that it does not
// name are allowed, as later ones may be added.
func Schema(title string, forms []Form) []byte {
	var defs object
	for _, f := range forms {
		says := fmt.Sprintf("dermset %s --format json: %s", f.Verb, f.Says)
		value := object{{"description", says}, {"type", "array"}, {"items", f.Rows.schema()}}
		if f.One != nil {
			value = append(object{{"description", says}}, f.One.schema(f.parts(forms)...)...)
		}
		defs = append(defs, member{f.Name(), value})
	}
	var indented bytes.Buffer
	whole := jsonOf(object{{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", title}, {"$defs", defs}})
	if err := json.Indent(&indented, whole, "", " "); err != nil {
		panic(err) // it was just made
	}
	return append(indented.Bytes(), '\n')
}

// parts are the arrays in an object: each has a schema of its own, or that of the form that lists the same.
func (f Form) parts(forms []Form) (parts []member) {
	for _, part := range f.Parts {
		items := part.Rows.schema()
		if like := listing(part.Rows, forms); like != nil {
			items = object{{"$ref", "#/$defs/" + like.Name() + "/items"}}
		}
		parts = append(parts, member{part.Key, object{{"description", part.Says}, {"type", "array"}, {"items", items}}})
	}
	return parts
}

// listing is the form that has these rows, if one has.
func listing(rows Columns, forms []Form) *Form {
	if i := slices.IndexFunc(forms, func(f Form) bool { return slices.Equal(f.Rows, rows) }); i >= 0 {
		return &forms[i]
	}
	return nil
}

// schema is that of an object with these keys, and parts.
func (c Columns) schema(parts ...member) object {
	var properties object
	required := []string{}
	for _, column := range c {
		required, properties = append(required, column.Key), append(properties, member{column.Key, column.schema()})
	}
	for _, part := range parts {
		required, properties = append(required, part.key), append(properties, part)
	}
	return object{{"type", "object"}, {"required", required}, {"properties", properties}}
}

func (c Column) schema() object {
	if c.Kind == KindValue { // which may be null, too
		return object{{"description", c.Says}}
	}
	kind := [...]string{"string", "integer", "number", "boolean", "string", "string", "array"}[c.Kind]
	s := object{{"description", c.Says}, {"type", kind}}
	if c.Maybe {
		s[1].value = []string{kind, "null"}
	}
	switch c.Kind {
	case KindTime:
		return append(s, member{"format", "date-time"})
	case KindDate:
		return append(s, member{"format", "date"})
	case KindList:
		return append(s, member{"items", object{{"type", "string"}}})
	}
	return s
}

// Page is what docs/json.md says of forms: for each its keys, with kind and meaning. Forms of one shape share a part.
func Page(forms []Form) string {
	var b strings.Builder
	for i, f := range forms {
		var verbs []string
		for j, other := range forms {
			if alike := f.like(other); alike && j < i {
				break
			} else if alike {
				verbs = append(verbs, other.Verb)
			}
		}
		if len(verbs) == 0 {
			continue
		}
		what := "An array"
		if f.One != nil {
			what = "An object"
		}
		fmt.Fprintf(&b, "\n### %s\n%s: %s.\n", strings.Join(verbs, ", "), what, f.Says)
		f.Rows.page(&b)
		f.One.page(&b)
		for _, part := range f.Parts {
			fmt.Fprintf(&b, "\nAnd under `%s` an array: %s", part.Key, part.Says)
			if like := listing(part.Rows, forms); like != nil {
				fmt.Fprintf(&b, "; keys as of `%s`.\n", like.Verb)
				continue
			}
			b.WriteString(".\n")
			part.Rows.page(&b)
		}
	}
	return b.String()
}

// like says whether two forms are the same, but for their verbs.
func (f Form) like(other Form) bool {
	other.Verb = f.Verb
	return reflect.DeepEqual(f, other)
}

func (c Columns) page(b *strings.Builder) {
	if len(c) == 0 {
		return
	}
	b.WriteString("\n| key | kind | meaning |\n|---|---|---|\n")
	for _, column := range c {
		kind := column.Kind.String()
		if column.Maybe {
			kind += ", or null"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", column.Key, kind, column.Says)
	}
}
