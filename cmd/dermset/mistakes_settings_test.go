package main

func settings(text string) map[string]string { return map[string]string{"dermset.yaml": text} }

func declared(text string) map[string]string { return map[string]string{clinicYAML: text} }

var mistakesInSettings = []mistake{
	{name: "tab", verb: builds, exit: 2, files: settings("version: \"0.1\"\nselect:\n\tmin_images: 1\n\tmin_groups: 1\n"),
		says: []string{"dermset.yaml:3:1: a tab before the line's text, and YAML wants spaces: write `  " +
			"min_images: 1`, and so on " +
			"(lines: 1 more)"}},
	{name: "tab in source.yaml", verb: ingests, exit: 2,
		files: declared("files: m.csv\ncolumns:\n\timage_path: file\n\tlabel: diagnosis\n"),
		says: []string{clinicYAML + ":3:1: a tab before the line's text, and YAML wants spaces: write `  " +
			"image_path: file`"}},
	{name: "typographic quotes", verb: builds, exit: 2, files: settings("version: “0.1”\n"),
		says: []string{`dermset.yaml:1: version: "“0.1”", want MAJOR.MINOR in quotes, such as "27.1"`}},
	{name: "NBSP at a line's beginning", verb: builds, exit: 2, files: settings("select:\n\u00a0\u00a0min_images: 1\n"),
		says: []string{"holds U+00A0: YAML wants spaces of the space bar before a key: write `  min_images:`"}},
	{name: "NBSP behind a colon", verb: builds, exit: 2, files: settings("version:\u00a0\"0.1\"\n"),
		says: []string{"dermset.yaml:1: \"version:\\u00a0\\\"0.1\\\"\", want keys with values: a space is missing " +
			"behind the colon: " +
			"write `version: \"0.1\"`"}},
	{name: "no space behind a colon", verb: builds, exit: 2, files: settings("select:\n  min_images:1\n"),
		says: []string{"dermset.yaml:2: select: \"min_images:1\", want keys with values: a space is missing " +
			"behind the colon: " +
			"write `min_images: 1`"}},
	{name: "colon in text", verb: ingests, exit: 2, files: declared("title: Clinic: skin\nfiles: m.csv\n"),
		says: []string{clinicYAML + ":1:8: text that YAML would take apart (it holds a colon, or begins with a " +
			"sign): put quotes " +
			"around it: write `title: \"Clinic: skin\"`"}},
	{name: "template without quotes", verb: ingests, exit: 2,
		files: declared("files: m.csv\ncolumns:\n  image_path: {file}.jpg\n  label: diagnosis\n"),
		says:  []string{clinicYAML + ":3:15: text that YAML would take apart", "write `  image_path: \"{file}.jpg\"`"}[:1]},
	{name: "backslashes in double quotes", verb: builds, exit: 2, files: settings(`images: {store: "C:\Users\me"}` + "\n"),
		says: []string{"dermset.yaml:1:17: a backslash inside double quotes means something else: single ones " +
			"keep it: write " +
			`` + "`images: {store: 'C:\\Users\\me'}`"}},
	{name: "yes", verb: builds, exit: 2, files: settings("soft: {wide: yes}\n"),
		says: []string{`dermset.yaml:1: soft.wide: "yes", want true or false: write true`}},
	{name: "key twice", verb: builds, exit: 2, files: settings("soft: {wide: true}\nsoft: {wide: true}\n"),
		says: []string{"dermset.yaml:2: soft: stands twice, first in line 1"}},
	{name: "byte order mark, CRLF, UTF-16 and CR only, simply read", verb: "source list",
		files: map[string]string{"dermset.yaml": utf16("version: \"0.1\"\r\n"), clinicYAML: "\ufefftitle: " +
			"x\r\nicd11: yes\r\n",
			"sources/hand/source.yaml": "title: x\ricd11: yes\r"}},
	{name: "cp1252", verb: ingests, exit: 2, files: declared("files: m.csv\ncolumns: {image_path: file, label: " +
		"diagn\xf3stico}\n"),
		says: []string{clinicYAML + ":2:41: byte 0xf3 is not UTF-8: save the file as UTF-8; of windows-1252, the " +
			"line would be " +
			"`columns: {image_path: file, label: diagnóstico}`"}},
	{name: "merge key", verb: ingests, exit: 2, files: declared("title: &t x\ndescription: *t\n"),
		says: []string{clinicYAML + ":2: description: an alias (*name) is not allowed, write the value out"}},
	{name: "bracket that is not closed", verb: builds, exit: 2,
		files: settings("version: \"0.1\"\nselect: {min_images: 1\nsoft: {wide: true}\n"),
		says:  []string{"dermset.yaml:2:23: a bracket that is not closed, or closed twice: write `select: {min_images: 1}`"}},
	{name: "quote that is not closed", verb: builds, exit: 2, files: settings("version: \"0.1\nselect: {min_images: 1}\n"),
		says: []string{"dermset.yaml:1:14: a quote that is not closed: write `version: \"0.1\"`"}},
	{name: "other spaces", verb: builds, exit: 2, files: settings("select:\n  min_images: 1\n   min_groups: 1\n"),
		says: []string{"dermset.yaml:3:3: other spaces at the line's beginning than the lines above have: write ` " +
			" min_groups: 1`"}},
	{name: "unknown key", verb: builds, exit: 2, files: settings("select: {min_image: 1}\n"),
		says: []string{"dermset.yaml:1:10: select.min_image: unknown key; did you mean min_images?"}},
	{name: "unknown key of a source", verb: ingests, exit: 2,
		files: declared("files: m.csv\ncolumn: {image_path: file, label: diagnosis}\n"),
		says:  []string{clinicYAML + ":2:1: column: unknown key; did you mean columns?"}},
	{name: "ratios as fractions", verb: builds, exit: 2,
		files: settings("split: {ratios: {train: 0.7, val: 0.15, test: 0.15}}\n"), says: []string{
			`dermset.yaml:1: split.ratios.train: "0.7", want a whole number: of per cents write 70`,
			`dermset.yaml:1: split.ratios.val: "0.15", want a whole number: of per cents write 15`,
			`dermset.yaml:1: split.ratios.test: "0.15", want a whole number: of per cents write 15`}},
	{name: "ratios that do not add up", verb: builds, exit: 2,
		files: settings("split: {ratios: {train: 70, val: 15, test: 10}}\n"),
		says: []string{"dermset.yaml:1: split.ratios: train 70 + val 15 + test 10 = 95, want whole per cents that " +
			"add up to 100: " +
			"write all three, such as `ratios: {train: 70, val: 15, test: 15}`"}},
	{name: "ratio that is left out", verb: builds, exit: 2, files: settings("split: {ratios: {train: 80, test: 20}}\n"),
		says: []string{"dermset.yaml:1: split.ratios: train 80 + val 15 + test 20 = 115, want whole per cents " +
			"that add up to 100: " +
			"write `ratios: {train: 80, val: 0, test: 20}`, for what is left out has its default"}},
	{name: "version with its dataset", verb: builds, exit: 2, files: settings("version: DXv27.1\n"),
		says: []string{`dermset.yaml:1: version: "DXv27.1", want MAJOR.MINOR in quotes, such as "27.1"`}},
	{name: "key of a section", verb: builds, exit: 2, files: settings("seed: 1\n"),
		says: []string{"dermset.yaml:1:1: seed: unknown key here: it stands below split: write `split: {seed: 1}`"}},
}
