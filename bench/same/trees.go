package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// compareTrees compares every file below two folders, byte by byte, but for what a manifest may say otherwise.
func compareTrees(old, now string) (files int, differences []string, err error) {
	was, err := tree(old)
	if err != nil {
		return 0, nil, err
	}
	is, err := tree(now)
	if err != nil {
		return 0, nil, err
	}
	for _, path := range was {
		if _, found := slices.BinarySearch(is, path); !found {
			differences = append(differences, path+": is missing now")
			continue
		}
		d, err := compareFiles(filepath.Join(old, path), filepath.Join(now, path))
		if err != nil {
			return 0, nil, err
		}
		if d != "" {
			differences = append(differences, path+": "+d)
		}
		files++
	}
	for _, path := range is {
		if _, found := slices.BinarySearch(was, path); !found {
			differences = append(differences, path+": was not there before")
		}
	}
	return files, differences, nil
}

// tree lists the files and empty folders below a folder, sorted; none if the folder is not there.
func tree(root string) (paths []string, err error) {
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case path == root && errors.Is(err, fs.ErrNotExist):
			return fs.SkipAll
		case err != nil:
			return err
		case entry.IsDir():
			return nil
		case !entry.Type().IsRegular():
			return fmt.Errorf("%s: is no regular file", path)
		}
		inside, err := filepath.Rel(root, path)
		paths = append(paths, inside)
		return err
	})
	slices.Sort(paths)
	return paths, err
}

func compareFiles(old, now string) (string, error) {
	was, err := os.ReadFile(old)
	if err != nil {
		return "", err
	}
	is, err := os.ReadFile(now)
	if err != nil {
		return "", err
	}
	if bytes.Equal(was, is) {
		return "", nil
	}
	switch filepath.Base(old) {
	case "manifest.json":
		if was, err = comparable(was); err != nil {
			return "", fmt.Errorf("%s: %w", old, err)
		}
		if is, err = comparable(is); err != nil {
			return "", fmt.Errorf("%s: %w", now, err)
		}
	case "manifest.sha256":
		was, is = withoutManifest(was), withoutManifest(is)
	}
	return difference(was, is), nil
}

// unbuilt are the settings of parts that are not built yet: whether a manifest lists them says nothing.
var unbuilt = [][]string{{"images", "near_group"}, {"images", "near_report"}, {"images", "layout"}, {"describe"},
	{"crops"}, {"privacy"}, {"report"}}

// comparable is a manifest as indented JSON without what may differ: the tool, the time, settings of parts that are not
// built yet, and of the version that split.lock names which of its tables was read.
func comparable(text []byte) ([]byte, error) {
	var m map[string]any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&m); err != nil {
		return nil, err
	}
	delete(m, "tool")
	delete(m, "built_at")
	settings, _ := m["settings"].(map[string]any)
	for _, key := range unbuilt {
		part := settings
		for _, name := range key[:len(key)-1] {
			part, _ = part[name].(map[string]any)
		}
		delete(part, key[len(key)-1])
	}
	split, _ := settings["split"].(map[string]any)
	lock, _ := split["lock"].(string)
	inputs, _ := m["inputs"].([]any)
	for _, each := range inputs {
		input, _ := each.(map[string]any)
		path, _ := input["path"].(string)
		table := strings.TrimSuffix(strings.TrimSuffix(path, ".parquet"), ".csv")
		if lock != "" && strings.HasPrefix(path, "dist/"+lock+"/") && strings.HasSuffix(table, "selected_unsampled") {
			input["path"] = table
			delete(input, "bytes")
			delete(input, "sha256")
		}
	}
	return json.MarshalIndent(m, "", " ")
}

// withoutManifest is a list of checksums without the manifest's own line.
func withoutManifest(text []byte) []byte {
	lines := bytes.SplitAfter(text, []byte("\n"))
	return bytes.Join(slices.DeleteFunc(lines, func(line []byte) bool {
		return bytes.HasSuffix(bytes.TrimSpace(line), []byte("manifest.json"))
	}), nil)
}
