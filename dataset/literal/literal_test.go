package literal

import (
	"encoding/json"
	"io"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// plain turns a value into what encoding/json makes of it.
func (v Value) plain() any {
	switch v.Kind {
	case Bool:
		return v.Text == "true"
	case Number:
		return json.Number(v.Text)
	case String:
		return v.Text
	case Sequence:
		list := []any{}
		for _, member := range v.Members {
			list = append(list, member.plain())
		}
		return list
	case Dict:
		object := map[string]any{}
		for i, key := range v.Keys {
			object[key] = v.Members[i].plain()
		}
		return object
	}
	return nil
}

// standard decodes with encoding/json.
func standard(text string) (any, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var value any
	err := d.Decode(&value)
	if err == nil {
		if _, more := d.Token(); more != io.EOF {
			return nil, io.ErrUnexpectedEOF
		}
	}
	return value, err
}

func checkJSON(t *testing.T, text string) {
	got, err := Parse(text, false)
	want, stdErr := standard(text)
	switch {
	case err == nil && stdErr != nil:
		t.Errorf("%q is read as %v, encoding/json says %v", text, got, stdErr)
	case err == nil && !reflect.DeepEqual(got.plain(), want):
		t.Errorf("%q is read as %v, encoding/json as %v", text, got.plain(), want)
	case err != nil && stdErr == nil:
		for _, stricter := range []string{"stands twice", "surrogate", "nested deeper"} {
			if strings.Contains(err.Error(), stricter) {
				return
			}
		}
		t.Errorf("%q is refused (%v), encoding/json reads %v", text, err, want)
	}
}

func TestJSONLikeTheStandard(t *testing.T) {
	for _, text := range []string{
		"", " ", "null", "nul", "true", "truex", "false", "0", "-0", "01", "-", "1.", ".1", "1e", "1e+", "1E-5", "+1", "1e5x",
		"nan", "NaN", `"a"`, `'a'`, `"\/\b\f\u0041"`, `"\x41"`, `"\ud83d\ude00"`, `"\ud83d"`, `"\ud83d\u0041"`, "\"a\nb\"",
		"\"\t\"", `"a`, `"\`, "[]", "[1,]", "[,1]", "[1 2]", "(1)", "{}", `{"a":1,}`, `{"a":1,"a":2}`, `{a:1}`, `{"a" 1}`,
		"[[[{}]]]", "[1] 2", "\ufeff1", `{"" : {"a" : "b" } , "c" : [ "d" , "\n" ] }`,
	} {
		checkJSON(t, text)
	}
}

func FuzzJSON(f *testing.F) {
	f.Add(`[{"a": 1.5e3, "b": [null, true, "\u00e9\ud83d\ude00"]}, {}]`)
	f.Add(`{"x": {"y": "\"", "z": -0}}`)
	f.Fuzz(func(t *testing.T, text string) {
		if utf8.ValidString(text) {
			checkJSON(t, text)
		}
	})
}
