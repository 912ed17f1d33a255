package yamlio

import (
	"encoding/json"
	"math"
)

// An object is one of JSON.
type object = map[string]any

// Schema is a JSON Schema (draft 7, which editors know best) of a settings file. Empty says that any key may be left
// empty. It knows keys, their types and limits, and nothing of what they mean together.
func Schema(title string, keys []Key, empty bool) ([]byte, error) {
	s := schema{keys, empty, object{}}
	whole := s.section("")
	if len(s.shared) > 0 {
		whole["definitions"] = s.shared
	}
	whole["$schema"] = "http://json-schema.org/draft-07/schema#"
	whole["title"] = title
	out, err := json.MarshalIndent(whole, "", "  ")
	return append(out, '\n'), err
}

type schema struct {
	keys   []Key
	empty  bool
	shared object // what stands below keys of one's own, by their path
}

// section is an object of the keys under one.
func (s schema) section(path string) object {
	properties := object{}
	for _, key := range s.keys {
		if key.Path == "" || key.Name() == "*" || key.above() != path {
			continue
		}
		of := s.of(key.Is, key)
		of["description"] = key.Says
		if key.Default != "" {
			of["description"] = key.Says + ". Default: " + key.Default
		}
		properties[key.Name()] = of
	}
	return object{"type": "object", "properties": properties, "additionalProperties": false}
}

// scalars are what may stand where text is wanted: values are taken as they are written.
var scalars = []string{"string", "number", "boolean", "null"}

func (s schema) of(t Type, key Key) object {
	made := object{}
	switch t.form {
	case text:
		return object{"type": scalars}
	case choice:
		made["enum"] = t.values
	case whole, number:
		made["type"] = map[form]string{whole: "integer", number: "number"}[t.form]
		if !math.IsInf(t.least, -1) {
			made["minimum"] = t.least
		}
		if t.most != 0 {
			made["maximum"] = t.most
		}
	case truth:
		made["type"] = "boolean"
	case yesNo:
		made["enum"] = []any{true, false, "yes", "no", "true", "false"}
	case section:
		if t.like == "" {
			made = s.section(key.Path)
			break
		}
		if s.shared[t.like] == nil {
			s.shared[t.like] = object{} // which it may hold itself
			s.shared[t.like] = s.section(t.like)
		}
		made["$ref"] = "#/definitions/" + t.like
	case list:
		made["type"], made["items"] = "array", s.of(t.of[0], key)
	case mapping:
		made["type"], made["additionalProperties"] = "object", s.of(t.of[0], key)
	case either:
		var any []object
		for _, of := range t.of {
			any = append(any, s.of(of, key))
		}
		made["anyOf"] = any
	}
	if s.empty && t.form != either {
		made = object{"anyOf": []object{{"type": "null"}, made}}
	}
	return made
}
