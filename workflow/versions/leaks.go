package versions

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"
	"strconv"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/packed"
	"github.com/dermset/dermset/workflow/workspace"
)

// LeakRules say which images belong together (spec 8.5).
type LeakRules struct {
	Patient, Lesion, Duplicate bool                  // split.group_by
	Within                     int                   // images.near_group
	Sources                    map[string]LeakSource // by name
	Verdicts                   []workspace.Verdict   // what people say of pairs of images, all of which are there
}

// A LeakSource is what a source says of its ids.
type LeakSource struct {
	Space   string // of patients
	Lesions bool   // lesion ids are the source's own: lesion_scope is source
}

// Leaks is what the leak check found.
type Leaks struct {
	Groups int64    // of images that belong together and stand in different splits
	First  []string // two images of each of the first ones, in words
	// LeftOut counts what crosses splits because the settings leave it out: patients and lesions with images in several,
	// and pairs of images by method, or by verdict. What the settings hold together has no entry.
	LeftOut map[string]int64
}

// maxLeaks is how many leaks are told in words.
const maxLeaks = 20

// Leaks reads the tables of a version once more and looks whether images that belong together stand in different
// splits. It shares nothing with what made the groups: it knows what is written, and joins what that names. For each id
// of a patient or lesion, content and image that stands in a pair it takes about 30 bytes.
func (v Version) Leaks(ctx context.Context, rules LeakRules) (Leaks, error) {
	c := &leakCheck{LeakRules: rules, apart: map[string]bool{}}
	for _, said := range rules.Verdicts {
		if said.Different {
			c.apart[said.A], c.apart[said.B] = true, true
		} else {
			c.pair(said.A, said.B, "verdict", rules.Duplicate)
		}
	}
	err := v.Each(ctx, "duplicates", []string{"image_a", "image_b", "method", "distance"}, func(cells []string) error {
		distance, err := strconv.Atoi(cells[3])
		c.pair(cells[0], cells[1], cells[2], rules.Duplicate && distance <= rules.Within)
		return err
	})
	if err == nil {
		err = c.each(ctx, v, c.join)
	}
	if err != nil {
		return Leaks{}, err
	}
	found := c.judge()
	if found.Groups > 0 {
		err = c.each(ctx, v, c.tell)
		found.First = c.told
	}
	return found, err
}

// A leakCheck joins nodes: patients, lesions, contents, and images that stand in pairs.
type leakCheck struct {
	LeakRules
	numbers [kindsOfNodes]packed.Numbers // of the nodes, by what names them
	nodes   []leakNode
	pairs   []leakPair
	apart   map[string]bool // images that people say differ from another: only pairs join them to equal ones

	leaking map[int32]*leak // by root
	told    []string
}

// A leakNode is whatever several images can have in common.
type leakNode struct {
	parent int32
	splits uint8 // of its images, a bit each; of a root, of all that is joined
	kind   uint8
}

// The kinds of nodes.
const (
	ofPatient = iota
	ofLesion
	ofContent
	ofImage
	kindsOfNodes
)

// A leakPair is two images that show the same, by their nodes.
type leakPair struct {
	a, b int32
	how  string
	held bool // the settings hold it together
}

// A leak is one image of a group that stands in several splits.
type leak struct {
	id, split string
	nodes     []int32
	done      bool
}

func (c *leakCheck) pair(a, b, how string, held bool) {
	c.pairs = append(c.pairs, leakPair{c.node(ofImage, []byte(a)), c.node(ofImage, []byte(b)), how, held})
}

// node is the number of what a key names.
func (c *leakCheck) node(kind uint8, key []byte) int32 {
	number, isNew := c.numbers[kind].Put(key, uint32(len(c.nodes)))
	if isNew {
		c.nodes = append(c.nodes, leakNode{parent: int32(number), kind: kind})
	}
	return int32(number)
}

// holds says whether the settings hold together what a kind of nodes has in common.
func (c *leakCheck) holds(kind uint8) bool {
	return [kindsOfNodes]bool{c.Patient, c.Lesion, c.Duplicate, true}[kind]
}

// each gives every selected image with its nodes.
func (c *leakCheck) each(ctx context.Context, v Version, see func(id []byte, split int, nodes []int32) error) error {
	var cells [6][]byte // used again
	var nodes []int32
	var key []byte
	columns := []string{"source", "image_id", "patient_id", "lesion_id", "sha256", "split"}
	return v.eachRow(ctx, "selected_unsampled", columns, func(row csvio.Row) error {
		for i := range cells {
			cells[i] = row.Append(cells[i][:0], i)
		}
		id, patient, lesion, sum := cells[1], cells[2], cells[3], cells[4]
		split := slices.IndexFunc(dataset.Splits[:], func(name string) bool { return name == string(cells[5]) })
		if split < 0 {
			return fmt.Errorf("%s: split %q", id, cells[5])
		}
		source := c.Sources[string(cells[0])]
		nodes, key = nodes[:0], append(append(key[:0], source.Space...), 0)
		space := len(key)
		key = append(binary.AppendUvarint(key, uint64(len(patient))), patient...)
		if len(patient) > 0 {
			nodes = append(nodes, c.node(ofPatient, key))
		}
		if source.Lesions {
			key = append(key[:space], 0)
		}
		if len(lesion) > 0 {
			nodes = append(nodes, c.node(ofLesion, append(key, lesion...)))
		}
		if len(sum) > 0 && c.Duplicate && !c.apart[string(id)] {
			nodes = append(nodes, c.node(ofContent, sum))
		}
		if number, named := c.numbers[ofImage].Get(id); named {
			nodes = append(nodes, int32(number))
		}
		return see(id, split, nodes)
	})
}

// join joins the nodes of an image.
func (c *leakCheck) join(_ []byte, split int, nodes []int32) error {
	first := int32(-1)
	for _, node := range nodes {
		c.nodes[node].splits |= 1 << split
		switch {
		case !c.holds(c.nodes[node].kind):
		case first < 0:
			first = node
		default:
			c.unite(first, node)
		}
	}
	return nil
}

func (c *leakCheck) root(node int32) int32 {
	for c.nodes[node].parent != node {
		c.nodes[node].parent = c.nodes[c.nodes[node].parent].parent
		node = c.nodes[node].parent
	}
	return node
}

func (c *leakCheck) unite(a, b int32) {
	a, b = c.root(a), c.root(b)
	c.nodes[max(a, b)].parent = min(a, b)
}

// judge counts what crosses splits.
func (c *leakCheck) judge() Leaks {
	found := Leaks{LeftOut: map[string]int64{}}
	crosses := func(splits uint8) bool { return bits.OnesCount8(splits) > 1 }
	for kind, name := range []string{"patient", "lesion"} {
		if !c.holds(uint8(kind)) {
			found.LeftOut[name] = 0
		}
	}
	for _, node := range c.nodes {
		if !c.holds(node.kind) && crosses(node.splits) {
			found.LeftOut[[]string{"patient", "lesion"}[node.kind]]++
		}
	}
	for _, p := range c.pairs {
		if p.held {
			c.unite(p.a, p.b)
			continue
		}
		n := int64(0)
		if a, b := c.nodes[p.a].splits, c.nodes[p.b].splits; a != 0 && b != 0 && crosses(a|b) {
			n = 1
		}
		found.LeftOut[p.how] += n
	}
	c.leaking = map[int32]*leak{}
	for i := range c.nodes {
		if root := c.root(int32(i)); c.holds(c.nodes[i].kind) {
			if c.nodes[root].splits |= c.nodes[i].splits; crosses(c.nodes[root].splits) {
				c.leaking[root] = nil
			}
		}
	}
	found.Groups = int64(len(c.leaking))
	return found
}

// tell says of the first groups that leak which two images do.
func (c *leakCheck) tell(id []byte, split int, nodes []int32) error {
	for _, node := range nodes {
		root := c.root(node)
		first, leaks := c.leaking[root]
		if !leaks || !c.holds(c.nodes[node].kind) {
			continue
		}
		name := dataset.Splits[split]
		switch {
		case first == nil:
			c.leaking[root] = &leak{id: string(id), split: name, nodes: slices.Clone(nodes)}
		case first.split != name && !first.done && len(c.told) < maxLeaks:
			first.done = true
			c.told = append(c.told, fmt.Sprintf("%s is in %s and %s in %s: %s", first.id, first.split, id, name,
				cmp.Or(c.shared(first.nodes, nodes), "they belong together through other images")))
		}
		return nil
	}
	return nil
}

// shared says what two images have in common.
func (c *leakCheck) shared(as, bs []int32) string {
	for _, node := range as {
		if kind := c.nodes[node].kind; slices.Contains(bs, node) && c.holds(kind) {
			return "they have the same " + [kindsOfNodes]string{"patient", "lesion", "content", "image"}[kind]
		}
	}
	for _, p := range c.pairs {
		if p.held && (slices.Contains(as, p.a) && slices.Contains(bs, p.b) ||
			slices.Contains(as, p.b) && slices.Contains(bs, p.a)) {
			return "they show the same (" + p.how + ")"
		}
	}
	return ""
}
