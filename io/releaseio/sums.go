package releaseio

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
)

// SumsName is the file beside the manifest that `sha256sum -c` reads: a line for the manifest and one for each output.
// Versions that earlier programs published have none.
const SumsName = "manifest.sha256"

// SumsKey is the key of a manifest's tool that says that there is a SumsName beside it, so that its loss shows.
const SumsKey = "sums"

// escapes are how a name stands in a line that begins with a backslash (GNU coreutils manual, "md5sum invocation").
var (
	escapes   = strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`)
	unescapes = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\r`, "\r")
)

// sumsOf is the text of manifest.sha256, of the manifest's hash and its outputs, sorted by path.
func sumsOf(manifest string, outputs []Entry) []byte {
	var b bytes.Buffer
	for _, e := range append([]Entry{{Path: ManifestName, SHA256: manifest}}, outputs...) {
		if name := escapes.Replace(e.Path); name != e.Path {
			fmt.Fprintf(&b, "\\%s  %s\n", e.SHA256, name)
		} else {
			fmt.Fprintf(&b, "%s  %s\n", e.SHA256, name)
		}
	}
	return b.Bytes()
}

// parseSums is the hash of the manifest, and the outputs, of which sizes are not known: -1.
func parseSums(text []byte) (manifest string, outputs []Entry, err error) {
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		plain, escaped := strings.CutPrefix(line, `\`)
		sum, name, ok := strings.Cut(strings.TrimSuffix(plain, "\n"), "  ")
		if escaped {
			name = unescapes.Replace(name)
		}
		raw, err := hex.DecodeString(sum)
		if !ok || err != nil || len(raw) != 32 || !strings.HasSuffix(line, "\n") || checkPath(name) != nil {
			return "", nil, fmt.Errorf("line %d: %.200q, want a SHA-256, two spaces and a path", number, line)
		}
		if number == 1 && name == ManifestName {
			manifest = sum
		} else {
			outputs = append(outputs, Entry{Path: name, Bytes: -1, SHA256: sum})
		}
	}
	if manifest == "" {
		return "", nil, fmt.Errorf("line 1 is not of %s", ManifestName)
	}
	return manifest, outputs, nil
}
