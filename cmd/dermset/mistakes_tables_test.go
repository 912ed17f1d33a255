package main

import (
	"strings"
	"time"
)

// dataset is the dataset CSV of the source that is written by hand.
func dataset(text string) map[string]string { return map[string]string{handCSV: text} }

// rowsOf is a dataset CSV of these rows.
func rowsOf(rows ...string) map[string]string {
	return dataset("image_path,label\n" + strings.Join(rows, "\n") + "\n")
}

const goodTab = workbookHeader + "wart,Viral wart,1E80,\nmole,Naevus,2F20,\n"

var header = []any{"Source Label", "Target Name", "ICD-11 Code(s)", "Notes/Justification"}

func tab(text string) map[string]string { return tabAs(workbookHeader + text) }

func tabAs(text string) map[string]string { return map[string]string{handTab: text} }

func withdrawn(text string) map[string]string {
	return map[string]string{"curation/withdrawn.csv": text}
}

var mistakesInDatasets = []mistake{
	{name: "none", verb: builds},
	{name: "URL, absolute and a backslash", verb: builds, exit: 1,
		files: rowsOf("https://x.org/1.jpg,wart", "/home/x/2.jpg,wart", `a\3.jpg,wart`, "./4.jpg,wart"),
		says: []string{
			"sources/hand/hand_dataset.csv:2: path \"https://x.org/1.jpg\" is a URL, want it relative to the source's " +
				"root, such as \"1.jpg\"",
			"sources/hand/hand_dataset.csv:3: path \"/home/x/2.jpg\" is absolute, want it relative to the source's root, " +
				"such as \"2.jpg\"",
			"sources/hand/hand_dataset.csv:4: path \"a\\\\3.jpg\" holds a backslash, want parts separated by /: write " +
				"\"a/3.jpg\"",
			"sources/hand/hand_dataset.csv:5: path \"./4.jpg\" has the part \".\": write \"4.jpg\"",
		}},
	{name: "duplicate path in many rows", verb: builds, exit: 1,
		files: rowsOf(strings.Split(strings.Repeat("1.jpg,wart ", 1000), " ")[:1000]...),
		says: []string{
			"sources/hand/hand_dataset.csv:3: image_path \"1.jpg\" is used by an earlier row: a picture stands in a " +
				"source once, so keep one of the rows",
			"sources/hand/hand_dataset.csv:4, 5: image_path \"1.jpg\" is used by an earlier row",
			"sources/hand/hand_dataset.csv: a path is used by an earlier row in 996 more rows",
		}},
	{name: "doubled header", verb: builds, exit: 1,
		files: dataset("image_path,label,age,age\n1.jpg,wart,,\n"),
		says: []string{
			"sources/hand/hand_dataset.csv:1:22: column \"age\" is named twice, first as column 3: rename or remove one",
		}},
	{name: "wrong column", verb: builds, exit: 1,
		files: dataset("image_path,lable\n1.jpg,wart\n"),
		says: []string{
			"sources/hand/hand_dataset.csv:1:12: column \"lable\": did you mean \"label\"? rename it; extra.lable keeps " +
				"it as a further column",
		}},
	{name: "no header", verb: builds, exit: 1,
		files: dataset("1.jpg,wart\n2.jpg,wart\n"),
		says: []string{
			"sources/hand/hand_dataset.csv:1:1: line 1 has no name of a column of a dataset, but \"1.jpg\": write the " +
				"names above it, such as `image_path,label`",
		}},
	{name: "ragged rows", verb: builds, exit: 1,
		files: dataset("image_path,label\n1.jpg,wart, plane\n" + strings.Repeat("2.jpg\n", 50)),
		says: []string{
			"hand: sources/hand/hand_dataset.csv:2:1: row has 3 fields, want 2 as in the header: put quotes around a " +
				"field that holds a comma",
			"hand: sources/hand/hand_dataset.csv:3:1: row has 1 fields, want 2 as in the header: add the missing ones, " +
				"or put quotes around a field that holds a line end",
			"hand: sources/hand/hand_dataset.csv:4:1, 5:1, 6:1, 7:1, 8:1, ",
		}},
	{name: "huge cell", verb: builds, exit: 1,
		files: rowsOf("1.jpg," + strings.Repeat("x", 2<<20)),
		says: []string{
			"hand: sources/hand/hand_dataset.csv:2:7: field is longer than 1 MiB: shorten it, or look for missing line " +
				"ends",
		}},
	{name: "semicolons", verb: builds, exit: 1,
		files: dataset("image_path;label\n1.jpg;wart\n"),
		says: []string{
			"sources/hand/hand_dataset.csv:1:1: its columns are parted by semicolons: want commas, as in " +
				"\"image_path,label\"",
		}},
	{name: "UTF-16", verb: builds, exit: 1,
		files: dataset(utf16("image_path,label\n1.jpg,wart\n")),
		says: []string{
			"sources/hand/hand_dataset.csv:1: is not UTF-8, but utf-16: save it as CSV UTF-8 with commas, and the column " +
				"names in line 1",
		}},
	{name: "cp1252", verb: builds, exit: 1,
		files: dataset("image_path,label\n1.jpg,caf\xe9\n"),
		says: []string{
			"sources/hand/hand_dataset.csv:2:10: is not UTF-8, but windows-1252 (\"café\"): save it as CSV UTF-8 with " +
				"commas, and the column names in line 1",
		}},
	{name: "semicolons and cp1252", verb: builds, exit: 1,
		files: dataset("image_path;label\n1.jpg;caf\xe9\n"),
		says: []string{
			"sources/hand/hand_dataset.csv:1: is not UTF-8, but windows-1252 (\"café\"); has fields separated by " +
				"semicolons: save it as CSV UTF-8 with commas, and the column names in line 1",
		}},
	{name: "CR only", verb: builds, exit: 1,
		files: dataset("image_path,label\r1.jpg,wart\r"),
		says: []string{
			"sources/hand/hand_dataset.csv:1: has lines that end with CR alone, as on an old Mac: save it as CSV UTF-8 " +
				"with commas, and the column names in line 1",
		}},
	{name: "lines before the header", verb: builds, exit: 1,
		files: dataset("Study of 2021,\nimage_path,label\n1.jpg,wart\n"),
		says: []string{
			"sources/hand/hand_dataset.csv:1: has its column names in line 2: save it as CSV UTF-8 with commas, and the " +
				"column names in line 1",
		}},
	{name: "byte order mark and CRLF, simply read", verb: builds,
		files: dataset("\ufeffimage_path,label\r\n1.jpg,wart\r\n")},
	{name: "sep=, simply read", verb: builds,
		files: dataset("sep=,\r\nimage_path,label\r\n1.jpg,wart\r\n")},
	{name: "workbook that is called .csv", verb: builds, exit: 1,
		files: dataset("PK\x03\x04 xl/workbook.xml"),
		says: []string{
			"sources/hand/hand_dataset.csv:1: is a workbook of Excel (.xlsx), not CSV: open it in a spreadsheet program " +
				"and save it as CSV UTF-8",
		}},
	{name: "semicolons, by another verb", verb: "source list", exit: 1,
		files: dataset("image_path;label\n1.jpg;wart\n"),
		says: []string{
			"sources/hand/hand_dataset.csv:1:1: its columns are parted by semicolons: want commas, as in " +
				"\"image_path,label\"",
		}},
	{name: "no dataset CSV", verb: builds, exit: 1,
		files: dataset(gone),
		says: []string{
			"sources/hand/hand_dataset.csv: the source has no dataset CSV yet; run `dermset source ingest hand`",
		}},
}

var mistakesInTheMapping = []mistake{
	{name: "none", verb: checks},
	{name: "trailing space", verb: checks, exit: 3,
		files: tab("wart ,Viral wart,1E80,\nmole,Naevus,2F20,\n"),
		says: []string{
			"review,unmapped_label,hand,hand,wart,1,is not in the tab,\"run mapping merge and fill in the Target Name, " +
				"or - to leave the label's images out\"",
			"info,near_label,hand!A2,hand,wart,1,\"is not in the tab, but \"\"wart \"\" is, which differs only in how it " +
				"is written; \"\"wart \"\" ends with a space; that one is mapped to \"\"Viral wart\"\"\",\"map it as the " +
				"other one is mapped, if it means the same\"",
		}},
	{name: "NBSP", verb: checks, exit: 3,
		files: tab("wart,Viral wart,1E80,\nmole\u00a0,Naevus,2F20,\n"),
		says: []string{
			"review,unmapped_label,hand,hand,mole,1,is not in the tab,\"run mapping merge and fill in the Target Name, " +
				"or - to leave the label's images out\"",
			"info,near_label,hand!A3,hand,mole,1,\"is not in the tab, but \"\"mole\\u00a0\"\" is, which differs only in " +
				"how it is written; \"\"mole\\u00a0\"\" holds U+00A0 (no-break space), which looks like a space; that one " +
				"is mapped to \"\"Naevus\"\"\",\"map it as the other one is mapped, if it means the same\"",
		}},
	{name: "zero width space", verb: checks, exit: 3,
		files: tab("wart,Viral wart,1E80,\nmo\u200ble,Naevus,2F20,\n"),
		says: []string{
			"review,unmapped_label,hand,hand,mole,1,is not in the tab,\"run mapping merge and fill in the Target Name, " +
				"or - to leave the label's images out\"",
			"info,near_label,hand!A3,hand,mole,1,\"is not in the tab, but \"\"mo\\u200ble\"\" is, which differs only in " +
				"how it is written; \"\"mo\\u200ble\"\" holds U+200B (zero width space), which cannot be seen; that one is " +
				"mapped to \"\"Naevus\"\"\",\"map it as the other one is mapped, if it means the same\"",
		}},
	{name: "look-alike", verb: checks, exit: 3,
		files: tab("w\u0430rt,Viral wart,1E80,\nmole,Naevus,2F20,\n"),
		says: []string{
			"review,unmapped_label,hand,hand,wart,1,is not in the tab,\"run mapping merge and fill in the Target Name, " +
				"or - to leave the label's images out\"",
			"info,near_label,hand!A2,hand,wart,1,\"is not in the tab, but \"\"wаrt\"\" is, which differs only in how it " +
				"is written; \"\"wаrt\"\" holds U+0430 (Cyrillic), which looks like a; that one is mapped to \"\"Viral " +
				"wart\"\"\",\"map it as the other one is mapped, if it means the same\"",
		}},
	{name: "NFC and NFD", verb: checks, exit: 3,
		files: map[string]string{handTab: workbookHeader + "caf\u00e9,Viral wart,1E80,\nmole,Naevus,2F20,\n",
			handCSV: "image_path,label\n1.jpg,cafe\u0301\n2.jpg,mole\n"},
		says: []string{
			"review,unmapped_label,hand,hand,café,1,is not in the tab,\"run mapping merge and fill in the Target Name, " +
				"or - to leave the label's images out\"",
			"info,near_label,hand!A2,hand,café,1,\"is not in the tab, but \"\"café\"\" is, which differs only in how it " +
				"is written; its é is U+0065 U+0301, that of the other U+00E9; that one is mapped to \"\"Viral " +
				"wart\"\"\",\"map it as the other one is mapped, if it means the same\"",
		}},
	{name: "capitals", verb: checks, exit: 3,
		files: tab("Wart,Viral wart,1E80,\nmole,Naevus,2F20,\n"),
		says: []string{
			"review,unmapped_label,hand,hand,wart,1,is not in the tab,\"run mapping merge and fill in the Target Name, " +
				"or - to leave the label's images out\"",
			"info,near_label,hand!A2,hand,wart,1,\"is not in the tab, but \"\"Wart\"\" is, which differs only in how it " +
				"is written: in small and capital letters; that one is mapped to \"\"Viral wart\"\"\",\"map it as the " +
				"other one is mapped, if it means the same\"",
		}},
	{name: "renamed tab", verb: checks, exit: 3,
		files: map[string]string{handTab: gone, "mapping/workbook/Study 1.csv": goodTab},
		says: []string{
			"error,missing_tab,hand,hand,hand,2,\"the workbook has no tab \"\"hand\"\", but one called \"\"Study 1\"\", " +
				"which has 2 of its 2 labels: rename it, or write `tabs: {hand: \"\"Study 1\"\"}` below mapping: in " +
				"dermset.yaml\",\"run mapping merge, which adds the tab, or name the tab in mapping.tabs\"",
			"info,unused_tab,Study 1,,Study 1,0,no source has a tab of this name,\"name it in mapping.tabs, or remove " +
				"it\"",
		}},
	{name: "tab's case", verb: checks, exit: 3,
		files: map[string]string{handTab: gone, "mapping/workbook/Hand.csv": goodTab},
		says: []string{
			"error,missing_tab,hand,hand,hand,2,\"the workbook has no tab \"\"hand\"\", but one called \"\"Hand\"\": " +
				"rename it, or write `tabs: {hand: \"\"Hand\"\"}` below mapping: in dermset.yaml\",\"run mapping merge, " +
				"which adds the tab, or name the tab in mapping.tabs\"",
			"info,unused_tab,Hand,,Hand,0,no source has a tab of this name,\"name it in mapping.tabs, or remove it\"",
		}},
	{name: "header row", verb: checks, exit: 3,
		files: tabAs("Mapping of 2021,,,\n" + goodTab),
		says: []string{
			"error,bad_header,hand,hand,hand,2,row 2 has the columns: delete the rows above it,\"give the tab its " +
				"columns in the first row, each once\"",
		}},
	{name: "header's names", verb: checks, exit: 3,
		files: tabAs("Source label,Target,ICD-11 Codes,Notes\nwart,Viral wart,1E80,\n"),
		says: []string{
			"error,bad_header,hand,hand,hand,2,\"column \"\"Target Name\"\" is missing, but one is called " +
				"\"\"Target\"\": write \"\"Target Name\"\" there; column \"\"ICD-11 Code(s)\"\" is missing, but one is " +
				"called \"\"ICD-11 Codes\"\": write \"\"ICD-11 Code(s)\"\" there; column \"\"Notes/Justification\"\" is " +
				"missing, but one is called \"\"Notes\"\": write \"\"Notes/Justification\"\" there\",\"give the tab its " +
				"columns in the first row, each once\"",
		}},
	{name: "code in small letters, O for 0", verb: checks, exit: 3,
		files: tab("wart,Viral wart,1e80,\nmole,Naevus,2F2O,\n"),
		says: []string{
			"error,invalid_code,hand!C3,hand,mole,1,\"code \"\"2F2O\"\" holds the letter O or I, which no ICD-11 code " +
				"has (the digits 0 and 1 do); did you mean \"\"2F20\"\"?\",\"correct the cell: one code such as 2C32, " +
				"several as EA80;EK00\"",
			"error,invalid_code,hand!C2,hand,wart,1,\"code \"\"1e80\"\" has lower-case letters: codes are in capitals; " +
				"did you mean \"\"1E80\"\"?\",\"correct the cell: one code such as 2C32, several as EA80;EK00\"",
		}},
	{name: "number as code in a CSV", verb: checks, exit: 3,
		files: tab("wart,Viral wart,2E+63,\nmole,Naevus,2F20,\n"),
		says: []string{
			"error,invalid_code,hand!C2,hand,wart,1,\"code \"\"2E+63\"\" is not an ICD-11 code: want four characters, " +
				"the second a letter and the third a digit, perhaps with a point and one or two more, such as 2C32 or " +
				"2C32.Z; a spreadsheet takes 2E63 for a number: write 2E63 into a cell of text\",\"correct the cell: one " +
				"code such as 2C32, several as EA80;EK00\"",
		}},
	{name: "semicolons", verb: checks, exit: 3,
		files: tabAs(strings.ReplaceAll(goodTab, ",", ";")),
		says: []string{
			"error,bad_header,hand,hand,hand,2,\"its columns are parted by semicolons: want commas, so that this line is " +
				"\"\"Source Label,Target Name,ICD-11 Code(s),Notes/Justification\"\", and in all lines below\",\"give the " +
				"tab its columns in the first row, each once\"",
		}},
	{name: "UTF-16", verb: checks, exit: 1,
		files: tabAs(utf16(goodTab)),
		says: []string{
			"mapping/workbook/hand.csv:1:1: is not UTF-8, but utf-16: save it as CSV UTF-8 with commas, and the column " +
				"names in line 1",
		}},
	{name: "cp1252", verb: checks, exit: 1,
		files: tab("caf\xe9,Viral wart,1E80,\n"),
		says: []string{
			"mapping/workbook/hand.csv:2:4: is not UTF-8, but windows-1252 (\"café\"): save it as CSV UTF-8 with commas, " +
				"and the column names in line 1",
		}},
	{name: "CR only", verb: checks, exit: 1,
		files: tabAs(strings.ReplaceAll(goodTab, "\n", "\r")),
		says: []string{
			"mapping/workbook/hand.csv:1: has lines that end with CR alone, as on an old Mac: save it as CSV UTF-8 with " +
				"commas, and the column names in line 1",
		}},
	{name: "byte order mark and CRLF, simply read", verb: checks,
		files: tabAs("\ufeff" + strings.ReplaceAll(goodTab, "\n", "\r\n"))},
	{name: "sep=, simply read", verb: checks,
		files: tabAs("sep=,\n" + goodTab)},
	{name: "ragged row", verb: checks, exit: 1,
		files: tab("wart,Viral wart,1E80,,\n"),
		says: []string{
			"mapping/workbook/hand.csv:2:1: row has 5 fields, want 4 as in the header: put quotes around a field that " +
				"holds a comma",
		}},
	{name: "huge cell", verb: checks, exit: 1,
		files: tab("wart," + strings.Repeat("x", 2<<20) + ",,\n"),
		says: []string{
			"mapping/workbook/hand.csv:2:6: field is longer than 1 MiB: shorten it, or look for missing line ends",
		}},
	{name: "number as code, date as label", verb: checks, exit: 3,
		files: settings("version: \"0.1\"\nmapping: {workbook: mapping/w.xlsx}\n"),
		plant: sheet("mapping/w.xlsx", "hand", [][]any{header, {"wart", "Viral wart", 2e63},
			{time.Date(2021, 3, 4, 0, 0, 0, 0, time.UTC), "Naevus", "2F20"}}),
		says: []string{
			"error,missing_tab,Pathologies to exclude and merge,,Pathologies to exclude and merge,0,\"the workbook has " +
				"no tab \"\"Pathologies to exclude and merge\"\"\",\"run mapping merge, which adds the tab, or name the " +
				"tab in mapping.tabs\"",
			"error,number_cell,hand!A3,hand,2021-03-04,0,\"Source Label holds a date, \"\"2021-03-04\"\", not " +
				"text\",format the cell as text and type it again",
			"error,number_cell,hand!C2,hand,wart,1,\"ICD-11 Code(s) holds a number, \"\"2E+63\"\", not text; probably " +
				"the code 2E63 was meant\",format the cell as text and type it again",
			"review,unmapped_label,hand,hand,mole,1,is not in the tab,\"run mapping merge and fill in the Target Name, " +
				"or - to leave the label's images out\"",
		}},
	{name: "merged cells", verb: checks, exit: 3,
		files: settings("version: \"0.1\"\nmapping: {workbook: mapping/w.xlsx}\n"),
		plant: sheet("mapping/w.xlsx", "hand", [][]any{header, {"wart", "Viral wart", "1E80"}, {"mole"}}, "B2:B3"),
		says: []string{
			"error,merged_cell,hand!B2,hand,wart,1,\"Target Name is in the merged cells B2:B3, of which only the first " +
				"has a value: the others count as empty\",unmerge the cells and fill in each row",
			"error,missing_tab,Pathologies to exclude and merge,,Pathologies to exclude and merge,0,\"the workbook has " +
				"no tab \"\"Pathologies to exclude and merge\"\"\",\"run mapping merge, which adds the tab, or name the " +
				"tab in mapping.tabs\"",
			"review,unmapped_label,hand!B3,hand,mole,1,has no Target Name,\"run mapping merge and fill in the Target " +
				"Name, or - to leave the label's images out\"",
		}},
	{name: "old workbook", verb: checks, exit: 1,
		files: map[string]string{"dermset.yaml": "mapping: {workbook: mapping/w.xls}\n", "mapping/w.xls": ole},
		says: []string{
			"mapping/w.xls: is an old .xls or another Office file: open it in a spreadsheet program, and save it as .xlsx",
		}},
	{name: "workbook of LibreOffice", verb: checks, exit: 1,
		files: settings("mapping: {workbook: mapping/w.ods}\n"),
		plant: zipped("mapping/w.ods", "mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
		says: []string{
			"mapping/w.ods: is a workbook of LibreOffice (.ods), and is not an XLSX file: open it in a spreadsheet " +
				"program and save it as .xlsx or as CSV UTF-8",
		}},
	{name: "workbook's name", verb: checks, exit: 2,
		files: settings("version: \"0.1\"\n"),
		says: []string{
			"dermset.yaml: mapping.workbook: there is no mapping/workbook.xlsx; mapping/workbook is there: write " +
				"`mapping: {workbook: mapping/workbook}`, or name the XLSX or the folder of CSVs, or make one with " +
				"`dermset mapping merge`",
		}},
}

var mistakesInLists = []mistake{
	{name: "tab in people.yaml", verb: "review export --role primary --to ana", exit: 2,
		files: map[string]string{"people.yaml": "- id: ana\n\tname: Ana\n"},
		says: []string{
			"people.yaml:2:1: a tab before the line's text, and YAML wants spaces: write `  name: Ana`",
		}},
	{name: "role and day of a person", verb: "review export --role primary --to ana", exit: 2,
		files: map[string]string{
			"people.yaml": "- {id: ana, name: Ana, role: data scientist, valid_from: 1.2.2024}\n"},
		says: []string{
			"people.yaml:1: [1].valid_from: \"1.2.2024\", want a day such as 2026-03-31",
			"people.yaml:1: [1]: has no role",
			"people.yaml:1:30: [1].role: \"data scientist\": want one of data_scientist, dermatologist, approver; did " +
				"you mean data_scientist?",
		}},
	{name: "keys for a list of people", verb: "review export --role primary --to ana", exit: 2,
		files: map[string]string{"people.yaml": "people:\n- {id: ana}\n"},
		says: []string{
			"people.yaml:1: is keys with values, want a list",
		}},
	{name: "people.yml", verb: "review export --role primary --to ana", exit: 2,
		files: map[string]string{"people.yml": "- {id: ana}\n"},
		says: []string{
			"there is no people.yaml, which says who may review and approve (docs/review.md shows one): rename " +
				"people.yml to people.yaml",
		}},
	{name: "semicolons in withdrawals", verb: builds, exit: 1,
		files: withdrawn("source;source_path;patient_id;person;date;reason\nhand;1.jpg;;ana;2024-01-01;x\n"),
		says: []string{
			"curation/withdrawn.csv:1: its columns are parted by semicolons: want commas, so that this line is " +
				"\"source,source_path,patient_id,person,date,reason\", and in all lines below",
		}},
	{name: "UTF-16 in withdrawals", verb: builds, exit: 1,
		files: withdrawn(utf16("source,source_path,patient_id,person,date,reason\nhand,1.jpg,,ana,2024-01-01,x\n")),
		says: []string{
			"curation/withdrawn.csv:1:1: is not UTF-8, but utf-16: save it as CSV UTF-8 with commas, and the column " +
				"names in line 1",
		}},
	{name: "cp1252 in withdrawals", verb: builds, exit: 1,
		files: withdrawn("source,source_path,patient_id,person,date,reason\nhand,1.jpg,,ana,2024-01-01,caf\xe9\n"),
		says: []string{
			"curation/withdrawn.csv:2:31: is not UTF-8, but windows-1252 (\"café\"): save it as CSV UTF-8 with commas, " +
				"and the column names in line 1",
		}},
	{name: "source's case and a day in withdrawals", verb: builds, exit: 1,
		files: withdrawn("source,source_path,patient_id,person,date,reason\nHand,1.jpg,,ana,31/12/2024,x\n"),
		says: []string{
			"curation/withdrawn.csv:2: there is no source \"Hand\" under sources/; did you mean hand?",
			"curation/withdrawn.csv:2: date \"31/12/2024\": want a date such as 2026-03-31: write 2024-12-31",
		}},
	{name: "wrong column in withdrawals", verb: builds, exit: 1,
		files: withdrawn("source,path,patient,person,date,reason\nhand,1.jpg,,ana,2024-01-01,x\n"),
		says: []string{
			"curation/withdrawn.csv:1: column \"source_path\" is missing; column \"patient_id\" is missing; unknown " +
				"columns \"path\", \"patient\": want this line to be `source,source_path,patient_id,person,date,reason`",
		}},
	{name: "withdrawals in the wrong folder", verb: builds, exit: 2,
		files: map[string]string{"withdrawn.csv": ""},
		says: []string{
			"withdrawn.csv: nobody reads it there: move it to curation/withdrawn.csv",
		}},
	{name: "withdrawals under another name", verb: builds, exit: 2,
		files: map[string]string{"curation/withdrawal.csv": ""},
		says: []string{
			"curation/withdrawal.csv: nobody reads a file of this name: is it curation/withdrawn.csv? Rename it, or take " +
				"it out of curation/",
		}},
	{name: "verdict in capitals", verb: builds, exit: 2,
		files: map[string]string{"curation/duplicate_verdicts.csv": "image_a,image_b,verdict,person,date,reason\n" +
			"hand/1.jpg,hand/2.jpg,Same,ana,2024-01-01,x\n"},
		says: []string{
			"curation/duplicate_verdicts.csv:2: verdict \"Same\", want same, different or crop-of (image_a is a part of " +
				"image_b); did you mean same?",
		}},
	{name: "part of the body that is none", verb: builds, exit: 2,
		files: map[string]string{"curation/body_sites.csv": "body_site,body_part,person,date,reason\n" +
			"arm,Upper limbs,ana,2024-01-01,x\n"},
		says: []string{
			"curation/body_sites.csv:2: body_part \"Upper limbs\" is unknown, did you mean upper limb? want one of head " +
				"and neck, head, scalp",
		}},
	{name: "finding that is none", verb: builds, exit: 1,
		files: map[string]string{"mapping/accepted_findings.csv": "finding,source,subject,person,date,reason\n" +
			"new-category,,Naevus,ana,2024-01-01,x\n"},
		says: []string{
			"mapping/accepted_findings.csv:2: finding \"new-category\" is unknown, `dermset findings` lists them; did " +
				"you mean new_category?",
		}},
	{name: "semicolons in known categories", verb: builds, exit: 1,
		files: map[string]string{"mapping/known_categories.csv": "Target Name;ICD-11 Code(s);Since version\n"},
		says: []string{
			"mapping/known_categories.csv:1: its columns are parted by semicolons: want commas, so that this line is " +
				"\"Target Name,ICD-11 Code(s),Since version\", and in all lines below",
		}},
	{name: "semicolons in predictions", verb: builds, exit: 2,
		files: pictured("describe: {image_type: p.csv}\n", "p.csv", "image_id;value;confidence\n"),
		says: []string{
			"p.csv:1: its columns are parted by semicolons: want commas, so that this line is " +
				"\"image_id,value,confidence\" or \"sha256,value,confidence\", and in all lines below",
		}},
	{name: "tab in a model card", verb: builds, exit: 2,
		files: pictured("describe: {image_type: m.yaml}\n", "m.yaml", "name: x\n\tfile: y\n"),
		says: []string{
			"m.yaml:2:1: a tab before the line's text, and YAML wants spaces: write `file: y`",
		}},
	{name: "semicolons in overrides", verb: builds, exit: 2,
		files: pictured("", "curation/image_overrides.csv", "source;source_path;person;date;reason\n"),
		says: []string{
			"curation/image_overrides.csv:1: its columns are parted by semicolons: want commas, so that this line is " +
				"\"source,source_path,person,date,reason\", and in all lines below",
		}},
	{name: "semicolons in annotations", verb: builds, exit: 2,
		files: pictured("", "annotations/a.csv", "source;source_path\n"),
		says: []string{
			"annotations/a.csv:1: its columns are parted by semicolons: want commas, so that this line is " +
				"\"source,source_path,x,y,width,height,annotator,date,note\", and in all lines below",
		}},
	{name: "semicolons in a renaming CSV", verb: ingests, exit: 1,
		files: map[string]string{"sources/clinic/clinic_renaming.csv": "Source Label;Target Name;ICD-11 Code(s);" +
			"Notes/Justification;Images\nwart;;;;1\n"},
		says: []string{
			"sources/clinic/clinic_renaming.csv:1: its columns are parted by semicolons: want commas, so that this line " +
				"is \"Source Label,Target Name,ICD-11 Code(s),Notes/Justification,Images\", and in all lines below",
		}},
}
