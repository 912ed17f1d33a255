package sssom

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/dermset/dermset/icd11"
)

// Prefixes of identifiers. None of them is one that the registries of prefixes know: there icd11 means WHO's
// foundation, whose entities have numbers and no codes.
const (
	labelPrefix   = "label"
	sourcePrefix  = "source"
	personPrefix  = "person"
	codePrefix    = "icd11mms"
	releasePrefix = "icd11release"

	noTerm = "sssom:NoTermFound"

	// ours is where identifiers are that nobody else gives. They are names: nothing answers there. (A URN would do, but
	// readers of SSSOM take urn: in the head for a prefix that is not declared.)
	ours = "https://github.com/dermset/dermset/id/"

	// who is where releases of ICD-11 are. Below a release and its linearization mms the ICD-API knows codes and clusters
	// as codeinfo/CODE.
	who = "http://id.who.int/icd/release/11/"
)

// own is where the identifiers of a dataset are.
func (s Set) own() string { return ours + escape(s.Dataset) + "/" }

// prefixes are what the prefixes stand for.
func (s Set) prefixes() map[string]string {
	return map[string]string{
		labelPrefix: s.own() + "label/", sourcePrefix: s.own() + "source/", personPrefix: s.own() + "person/",
		codePrefix: who + escape(s.ReleaseID) + "/mms/codeinfo/", releasePrefix: who,
	}
}

// writeHead writes what holds of all records, as YAML behind #, slots in the order of the schema's class MappingSet.
func (s Set) writeHead(out *bytes.Buffer, records []record, shared []string) {
	line := func(key, value string) { fmt.Fprintf(out, "#%s: %s\n", key, scalar(value)) }
	line("sssom_version", "1.1")
	out.WriteString("#curie_map:\n")
	prefixes := s.prefixes()
	for _, prefix := range slices.Sorted(used(records, shared)) {
		line("  "+prefix, prefixes[prefix])
	}
	line("mapping_set_id", s.own()+"mapping/"+escape(s.Version))
	line("mapping_set_version", s.Version)
	line("mapping_set_title", "Source labels of "+s.Dataset+" and their ICD-11 codes")
	line("license", "https://w3id.org/sssom/license/unspecified")
	common := func(name string) {
		for i, value := range shared {
			if slots[i].name == name && value != "" {
				line(name, value)
			}
		}
	}
	common("subject_source")
	common("object_type")
	line("object_source", releasePrefix+":"+escape(s.ReleaseID)+"/mms")
	line("object_source_version", s.ReleaseID)
	common("mapping_date")
	if s.Release != nil {
		line("comment", "Titles: "+icd11.Attribution)
	}
}

// used yields the prefixes of ours that stand in the file: a canonical file declares no other.
func used(records []record, shared []string) func(yield func(string) bool) {
	known := []string{labelPrefix, sourcePrefix, personPrefix, codePrefix}
	found := map[string]bool{releasePrefix: true}
	for _, r := range append(slices.Clone(records), shared) {
		for i, cell := range r {
			prefix, _, is := strings.Cut(cell, ":")
			if is && isReference(slots[i].name) && slices.Contains(known, prefix) {
				found[prefix] = true
			}
		}
	}
	return func(yield func(string) bool) {
		for prefix := range found {
			if !yield(prefix) {
				return
			}
		}
	}
}

// isReference reports whether a slot holds identifiers.
func isReference(name string) bool { return strings.HasSuffix(name, "_id") || name == "subject_source" }

// plain is a text that YAML takes for itself: no number, date or boolean, and no mark that means something.
var plain = regexp.MustCompile(`^[A-Za-z][\w./-]*(:[\w%./~:-]*[\w%/~-]|( [\w(),.-]+)*)$`)

// words are what YAML takes for something else.
var words = regexp.MustCompile(`(?i)^(true|false|yes|no|on|off|y|n|null)$`)

// scalar writes a value in YAML: as it is where that can be, else in double quotes, as JSON does.
func scalar(value string) string {
	if plain.MatchString(value) && !words.MatchString(value) {
		return value
	}
	quoted, err := json.Marshal(text(value))
	if err != nil {
		panic(err) // of a string there is none
	}
	return string(quoted)
}

// people are the identifiers of persons, those that are known, each once.
func people(ids ...string) string {
	var all []string
	for _, id := range ids {
		if reference := personPrefix + ":" + escape(id); id != "" && !slices.Contains(all, reference) {
			all = append(all, reference)
		}
	}
	return strings.Join(all, "|")
}

// escape percent-encodes every byte but the unreserved ones of RFC 3986, so that nothing in an identifier means
// anything: neither in an address nor, as | and \ do, in a cell.
func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~", c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
