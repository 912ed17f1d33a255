package parquetio

import (
	"errors"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// A valueKind is the type of a column's values.
type valueKind uint8

const (
	kindText       valueKind = iota + 1 // UTF-8 text
	kindDictionary                      // UTF-8 text, dictionary-encoded
	kindInt32
	kindInt64
	kindFloat32
	kindFloat64
	kindBool
)

// physical is the Parquet type of each kind.
var physical = [...]format.Type{
	kindText: format.ByteArray, kindDictionary: format.ByteArray, kindInt32: format.Int32, kindInt64: format.Int64,
	kindFloat32: format.Float, kindFloat64: format.Double, kindBool: format.Boolean,
}

// width is the number of bytes of a value in a piece; 0 for text and codes.
var width = [...]int{kindInt32: 4, kindInt64: 8, kindFloat32: 4, kindFloat64: 8, kindBool: 1}

// A leaf is a column as Parquet counts them: a top-level column, a list's elements, or one field of a list's structs.
type leaf struct {
	path   []string
	kind   valueKind
	column int // index of the top-level field
	field  int // index of the struct's field, or -1
	list   bool
	// Definition levels. For a value at the top level, 0 is null if max is 1. In a list, a null list is 0 if nullList is
	// true, an empty list is empty, a null element is empty+1, a null field of an element that is there is max-1,
	// a value is max.
	nullList bool
	empty    uint8
	max      uint8
	elem     bool // elements may be null
}

func (l leaf) name() string { return strings.Join(l.path, ".") }

// leavesOf lists the leaves of a field. A type that cannot be written is an error that names the
// field and says what can.
func leavesOf(column int, f arrow.Field) ([]leaf, error) {
	list, ok := f.Type.(*arrow.ListType)
	if !ok {
		kind, err := kindOf(f.Name, f.Type)
		if err != nil {
			return nil, err
		}
		return []leaf{{path: []string{f.Name}, kind: kind, column: column, field: -1, max: level(f.Nullable)}}, nil
	}
	elem := list.ElemField()
	empty := level(f.Nullable)
	base := leaf{column: column, field: -1, list: true, nullList: f.Nullable, empty: empty, elem: elem.Nullable}
	path := []string{f.Name, "list", "element"}
	if st, ok := elem.Type.(*arrow.StructType); ok {
		var leaves []leaf
		for i, field := range st.Fields() {
			kind, err := kindOf(f.Name+"."+field.Name, field.Type)
			if err != nil {
				return nil, err
			}
			l := base
			l.path = append(path[:3:3], field.Name)
			l.kind, l.field, l.max = kind, i, empty+1+level(elem.Nullable)+level(field.Nullable)
			leaves = append(leaves, l)
		}
		if len(leaves) == 0 {
			return nil, fmt.Errorf("parquet: column %q: a struct without fields", f.Name)
		}
		return leaves, nil
	}
	kind, err := kindOf(f.Name, elem.Type)
	if err != nil {
		return nil, err
	}
	base.path, base.kind, base.max = path, kind, empty+1+level(elem.Nullable)
	if kind == kindText { // elements of lists repeat: always with a dictionary
		base.kind = kindDictionary
	}
	return []leaf{base}, nil
}

func level(nullable bool) uint8 {
	if nullable {
		return 1
	}
	return 0
}

func kindOf(name string, t arrow.DataType) (valueKind, error) {
	switch t := t.(type) {
	case *arrow.StringType:
		return kindText, nil
	case *arrow.Int32Type:
		return kindInt32, nil
	case *arrow.Int64Type:
		return kindInt64, nil
	case *arrow.Float32Type:
		return kindFloat32, nil
	case *arrow.Float64Type:
		return kindFloat64, nil
	case *arrow.BooleanType:
		return kindBool, nil
	case *arrow.DictionaryType:
		if t.IndexType.ID() == arrow.INT32 && t.ValueType.ID() == arrow.STRING {
			return kindDictionary, nil
		}
	}
	return 0,
		fmt.Errorf("parquet: column %q: type %s; want utf8, dictionary<int32, utf8>, int32, int64, float32, float64, bool, "+
			"or a list of one of these or of a struct of them", name, t)
}

// leavesOfSchema lists the leaves of all fields in order, with all errors, also of names that come twice.
func leavesOfSchema(schema *arrow.Schema) ([]leaf, error) {
	var leaves []leaf
	var errs []error
	seen := map[string]bool{}
	for i, f := range schema.Fields() {
		if seen[f.Name] {
			errs = append(errs, fmt.Errorf("parquet: column %q comes twice", f.Name))
		}
		seen[f.Name] = true
		l, err := leavesOf(i, f)
		errs = append(errs, err)
		leaves = append(leaves, l...)
	}
	if len(leaves) == 0 {
		errs = append(errs, errors.New("parquet: a schema without columns"))
	}
	return leaves, errors.Join(errs...)
}

// elementsOf is the file's schema: the tree of groups and leaves, depth first, root first.
func elementsOf(schema *arrow.Schema, leaves []leaf) []format.SchemaElement {
	root := format.SchemaElement{Name: "schema"}
	root.NumChildren.Set(int32(schema.NumFields()))
	elements := []format.SchemaElement{root}
	for i := 0; i < len(leaves); {
		l := leaves[i]
		f := schema.Field(l.column)
		if !l.list {
			elements = append(elements, leafElement(l.path[0], l.kind, f.Nullable))
			i++
			continue
		}
		outer := group(f.Name, 1, repetition(f.Nullable))
		outer.LogicalType.Value = &format.ListType{}
		outer.ConvertedType.Set(deprecated.List)
		elements = append(elements, outer, group("list", 1, format.Repeated))
		if l.field < 0 {
			elements = append(elements, leafElement("element", l.kind, l.elem))
			i++
			continue
		}
		fields := f.Type.(*arrow.ListType).Elem().(*arrow.StructType).Fields()
		elements = append(elements, group("element", len(fields), repetition(l.elem)))
		for _, field := range fields {
			elements = append(elements, leafElement(field.Name, leaves[i].kind, field.Nullable))
			i++
		}
	}
	return elements
}

func repetition(nullable bool) format.FieldRepetitionType {
	if nullable {
		return format.Optional
	}
	return format.Required
}

func group(name string, children int, r format.FieldRepetitionType) format.SchemaElement {
	return format.SchemaElement{Name: name, NumChildren: thrift.New(int32(children)), RepetitionType: thrift.New(r)}
}

func leafElement(name string, kind valueKind, nullable bool) format.SchemaElement {
	e := format.SchemaElement{Name: name, Type: thrift.New(physical[kind]),
		RepetitionType: thrift.New(repetition(nullable))}
	if kind == kindText || kind == kindDictionary {
		e.LogicalType.Value = &format.StringType{}
		e.ConvertedType.Set(deprecated.UTF8)
	}
	return e
}
