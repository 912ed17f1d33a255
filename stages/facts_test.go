package stages

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dermset/dermset/engine/enginetest"
	"github.com/dermset/dermset/rows"
)

var pathSchema = arrow.NewSchema([]arrow.Field{{Name: rows.ColImagePath, Type: rows.TypeText}}, nil)

// known is a Facts of columns "name=type" and of images whose facts are listed by path.
func known(facts map[string][]string, columns ...arrow.Field) Facts {
	return Facts{Columns: columns, Of: func(path, _ string, values []string) bool {
		texts, is := facts[path]
		copy(values, texts)
		return is
	}}
}

func TestFacts(t *testing.T) {
	s := known(map[string][]string{
		"ok":      {"ok", "", "ab01", "600", "0.25"},
		"cut":     {"truncated", "ends early", "01", "-7", "1e-3"},
		"missing": {"missing"},
	}, append(slices.Clone(rows.PictureFields[:4]), rows.Nullable("sharpness", rows.TypeFloat32))...)
	ok := row{"verdict": "ok", "sha256": "ab01", "width": 600, "sharpness": float32(0.25)}
	cut := row{"verdict": "truncated", "flaw": "ends early", "sha256": "01", "width": -7, "sharpness": float32(1e-3)}
	enginetest.Run(t, s, pathSchema,
		[]row{{"image_path": "ok"}, {"image_path": "cut"}, {"image_path": "missing"},
			{"image_path": "never"}, {"image_path": "cut"}},
		[]row{ok, cut, {"verdict": "missing"}, {}, cut})

	withReasons := arrow.NewSchema(append(pathSchema.Fields(),
		arrow.Field{Name: rows.ColReason, Type: rows.TypeUint8}), nil)
	enginetest.Run(t, s, withReasons,
		[]row{
			{"image_path": "cut", "reason": uint8(rows.Alive)}, {"image_path": "cut", "reason": uint8(rows.Unmapped)},
			{"image_path": "ok", "reason": uint8(rows.LabelExcluded)}, {"image_path": "ok", "reason": uint8(rows.Alive)},
		},
		[]row{cut, {}, {}, ok})
}

// What Of leaves behind for an image that is not known, or for the image before, is told of nobody.
func TestFactsBeginEmpty(t *testing.T) {
	s := known(nil, rows.Nullable("a", rows.TypeText), rows.Nullable("b", rows.TypeDict))
	s.Of = func(path, _ string, values []string) bool {
		if !slices.Equal(values, []string{"", ""}) {
			t.Errorf("of %s: %q is there already", path, values)
		}
		values[0] = path
		if path == "1" {
			values[1] = "b"
		}
		return path != "2"
	}
	batches := enginetest.Batches(t,
		enginetest.Stream(t, pathSchema, []row{{"image_path": "1"}, {"image_path": "2"}, {"image_path": "3"}}, 0))
	_, apply, err := s.Bind(pathSchema)
	if err != nil {
		t.Fatal(err)
	}
	got := must(apply(batches[0]))
	if diff := enginetest.Diff(t, got.Schema(), []row{{"a": "1", "b": "b"}, {}, {"a": "3"}},
		enginetest.Rows(got)); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
}

func TestFactsThatAreNone(t *testing.T) {
	const verdicts = "ok, missing, not_fetched, empty, not_an_image, unsupported_format, truncated, corrupt, too_small, " +
		"too_many_pixels, blank"
	for _, c := range []struct{ column, text, want string }{
		{"verdict", "ugly", `image "p": verdict: verdict "ugly", want one of ` + verdicts},
		{"width", "6oo", `image "p": width: "6oo", want a whole number from -2147483648 to 2147483647`},
		{"width", "2147483648", `image "p": width: "2147483648", want a whole number from -2147483648 to 2147483647`},
		{"height", "1.0", `image "p": height: "1.0", want a whole number from -2147483648 to 2147483647`},
		{"ita", "1,5", `image "p": ita: "1,5", want a finite number`},
		{"ita", "NaN", `image "p": ita: "NaN", want a finite number`},
		{"ita", "1e39", `image "p": ita: "1e39", want a finite number`},
		{"flaw", "any text", ""},
	} {
		fields := append(slices.Clone(rows.PictureFields), rows.Nullable("ita", rows.TypeFloat32))
		values := make([]string, len(fields))
		values[slices.IndexFunc(fields, func(f arrow.Field) bool { return f.Name == c.column })] = c.text
		_, apply, err := known(map[string][]string{"p": values}, fields...).Bind(pathSchema)
		if err != nil {
			t.Fatal(err)
		}
		_, err = apply(enginetest.Batch(t, pathSchema, []row{{"image_path": "p"}}))
		if got := fmt.Sprint(err); c.want != "" && got != c.want || c.want == "" && err != nil {
			t.Errorf("%s %q: error %v, want %s", c.column, c.text, err, c.want)
		}
	}
}

func TestFactsOfOtherTypes(t *testing.T) {
	s := known(nil, rows.Nullable("a", rows.TypeText), rows.Nullable("a", rows.TypeText),
		rows.Nullable("b", rows.TypeUint8), arrow.Field{Name: "c", Type: rows.TypeText})
	_, _, err := s.Bind(pathSchema)
	for _, want := range []string{`column "a" is asked for twice`,
		`column "b" is uint8, want utf8`, `column "c" must be nullable`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	if _, _, err := (Facts{}).Bind(rawSchema()); err != nil {
		t.Error(err)
	}
	if _, _, err := (Facts{}).Bind(arrow.NewSchema(nil, nil)); err == nil ||
		!strings.Contains(err.Error(), `column "image_path" stands 0 times`) {
		t.Errorf("error %v", err)
	}
}

// BenchmarkFacts zips what is known of pictures.
func BenchmarkFacts(b *testing.B) {
	var in []row
	for i := range benchRows {
		in = append(in, row{"image_path": fmt.Sprintf("images/%06d.jpg", i)})
	}
	sum := strings.Repeat("0123456789abcdef", 4)
	s := Facts{Columns: rows.PictureFields, Of: func(_, _ string, values []string) bool {
		values[0], values[2], values[3], values[4] = "ok", sum, "600", "450"
		return true
	}}
	_, f := chain(b, pathSchema, s)
	benchApply(b, enginetest.Batch(b, pathSchema, in), f)
}
