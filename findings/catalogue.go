package findings

import "github.com/dermset/dermset/slips"

// An Entry describes all findings of one id.
type Entry struct {
	ID       string
	Severity Severity
	Blocks   bool // no dataset is built while there is one
	Meaning  string
	Remedy   string
}

// Meant says which finding was probably meant by an id that is none; empty if none is near.
func Meant(id string) string {
	var ids []string
	for _, entry := range Catalogue {
		ids = append(ids, entry.ID)
	}
	return slips.Meant(id, ids)
}

// Lookup finds an id in the catalogue.
func Lookup(id string) (Entry, bool) {
	for _, e := range Catalogue {
		if e.ID == id {
			return e, true
		}
	}
	return Entry{}, false
}

// Catalogue is every finding there is, those of other steps too, in the order of severity, then id. It is not to be
// changed.
var Catalogue = []Entry{
	{"bad_action", Error, true, "a row of the exclude and merge tab does not say what to do",
		"write exclude with an empty Merge into, or merge with the category to merge into"},
	{"bad_header", Error, true, "a tab lacks a column, has one twice, or is there twice",
		"give the tab its columns in the first row, each once"},
	{"blank_label", Error, false, "a row has no Source Label or Category but other cells are filled",
		"fill in the label, or empty the row; unmerge merged cells"},
	{"code_without_name", Error, false, "a label has ICD-11 codes but no Target Name",
		"fill in the Target Name, - to leave the label's images out, or remove the codes"},
	{"conflicting_action", Error, true, "a category is listed twice with different actions",
		"keep one of the rows"},
	{"conflicting_codes", Error, false, "one Target Name has different ICD-11 codes in different rows",
		"give the name the same codes everywhere, or give one of the groups another name"},
	{"conflicting_label", Error, true, "a label is listed twice in its tab with different Target Names",
		"keep one of the rows"},
	{"invalid_code", Error, false, "a cell of codes holds what is not an ICD-11 code, or none of the imported release",
		"correct the cell: one code such as 2C32, several as EA80;EK00"},
	{"merge_cycle", Error, true, "mergers lead back to where they began",
		"remove or change one of the mergers"},
	{"merge_unknown", Error, false,
		"a category to exclude or merge, or one to merge into, is no Target Name and not known",
		"correct the spelling, remove the row, or add the category to known_categories.csv"},
	{"merged_cell", Error, false,
		"a cell of a label, name, codes, question or annotator is merged with others, which a person sees filled but " +
			"which are empty",
		"unmerge the cells and fill in each row"},
	{"missing_code", Error, false, "a Target Name has no ICD-11 code",
		"add the code, or list the name in icd11.no_code"},
	{"missing_tab", Error, true, "the workbook has no tab for a source, or none of exclusions and mergers",
		"run mapping merge, which adds the tab, or name the tab in mapping.tabs"},
	{"number_cell", Error, true,
		"a cell that must be text is stored as a number, date, boolean, error or formula without a value",
		"format the cell as text and type it again"},
	{"self_review", Error, false, "one person holds two of the roles annotator, primary and secondary reviewer",
		"have another person review it"},

	{"bad_annotation", Review, false,
		"an annotation cannot be right as it stands: its picture, coordinates or class; all else of its file counts",
		"correct it at its place or in the tool and export again (docs/annotations.md), or accept that it does not count"},
	{"bad_mask", Review, false, "a mask cannot be used, or is not what masks usually are",
		"look at the mask; mend it, say mask.inverted or mask.crops in source.yaml, or accept it"},
	{"bad_prediction", Review, false, "a row of a file of predictions says what nobody may say, or of no image",
		"correct the file that describe names, and build again"},
	{"bad_value", Review, false, "a cell of a dataset CSV holds no allowed value and counts as empty",
		"correct the source's CSV or its value map"},
	{"bad_weight", Review, false, "a differential diagnosis has no weight above zero and is dropped",
		"correct the weights, or set differentials.weights to rank"},
	{"behaviour_crossed", Review, false,
		"a label, a code or a merger is malignant, in situ, uncertain or benign, and its Target Name another of these",
		"correct the name, the code or the merger; or say in the note, with its word, that both are meant, or accept it"},
	{"class_missing_in_split", Review, false, "a class is in no image of a split",
		"gather more groups, change split.ratios, or accept it"},
	{"cluster_on_class", Review, false, "a Target Name has a code with an extension, such as a side or a severity",
		"take off the extension: it belongs to a patient and not to a class of images; or accept it"},
	{"codes_changed", Review, false, "a known category has other codes than in known_categories.csv",
		"correct the codes, or known_categories.csv where the new ones are right"},
	{"consolidated_without_note", Review, false,
		"a label has several ICD-11 codes but no note says why, or Needed to Differentiate not what would tell them apart",
		"say in Notes/Justification why the diseases cannot be told apart by eye, and under Needed to Differentiate, where " +
			"the tab has it, what would tell them apart (biopsy, history, touch)"},
	{"duplicate_conflict", Review, false, "equal or nearly equal images have different diagnoses",
		"correct a label, withdraw one, say that they differ (dermset twins --conflicts has the lines), or accept it"},
	{"giant_group", Review, false, "a group of images that no split may separate is very large",
		"look for ids that mean no id (id_missing), or pictures that only look alike (dermset twins); or accept it"},
	{"id_variant", Review, false,
		"patient or lesion ids are equal but for case, zeros, spaces and the like, and count as several",
		"correct the ids at the source so that each person and lesion has one, or accept it if they are several"},
	{"image_type_differs", Review, false, "a picture looks like another image type than the source states",
		"look at the picture; correct image_type in the source's CSV, exclude the picture, or accept it"},
	{"label_names_other", Review, false, "a label means another Target Name better than its own, or names no disease",
		"map it to the name that it means, or accept it"},
	{"large_exclusion", Review, false,
		"an exclusion, the mark - or a merger moves more than 5 % of all images, or a class of more than 500",
		"look whether it is meant, and accept it"},
	{"lesion_two_labels", Review, false, "images of one lesion have different labels",
		"correct the labels at the source, or accept it"},
	{"lesion_two_patients", Review, false, "images of one lesion have different patients",
		"correct the ids, or set lesion_scope to patient"},
	{"mapped_otherwise", Review, false, "the same label has another Target Name in another tab",
		"map both alike, or accept it where the sources mean different things"},
	{"name_variant", Review, false, "a Target Name is spelled nearly as another one, or holds a space or letter that is " +
		"not what it looks like", "use one spelling"},
	{"new_category", Review, false, "a Target Name is not in known_categories.csv",
		"accept it and add it to known_categories.csv, or use a known name"},
	{"open_question", Review, false,
		"a row has a question under Consult, or a reviewer doubts it, and nobody has answered",
		"answer it on the tab Questions of a review workbook (dermset review export), or have it answered and empty the " +
			"cell under Consult"},
	{"override_unknown", Review, false,
		"a line of image_overrides.csv names no image with a verdict, so that nothing is kept for it", "correct the path " +
			"(image_path of the dataset CSV, without the source), or take the line out; a missing image cannot be kept"},
	{"parent_for_named", Review, false, "a code is a parent of the very category whose title the label or name is",
		"take the code that is named; or say in the note why the wider one is right, or accept it with a reason that names " +
			"the code"},
	{"patient_differs", Review, false, "the rows of one patient state two sexes, or ages of 20 years or more apart",
		"correct ids or facts at the source, give sources that number alike a patient_space each, or accept it"},
	{"patient_partly_missing", Review, false,
		"some rows of a source have a patient_id and some have none, so that pictures of one person may part",
		"fill in the ids at the source, or accept it if nobody without an id is in other images"},
	{"rows_shifted", Review, false, "labels that follow each other fit the Target Names one row up or down",
		"move names, codes and notes back by one row, and look at the rows around them"},
	{"title_mismatch", Review, false, "the official title of a code is unlike the Target Name and its labels",
		"correct the code, say in Notes/Justification what the title says, or accept it with a reason that names the code"},
	{"unknown_site", Review, false, "a stated site of the body is not in the vocabulary, and body_part stays empty",
		"say in curation/body_sites.csv which part it means, or none"},
	{"unmapped_label", Review, false, "a label of the dataset is not in its tab, or has no Target Name",
		"run mapping merge and fill in the Target Name, or - to leave the label's images out"},
	{"vague_without_note", Review, false, "a label is mapped to a parent category but no note says why",
		"say in Notes/Justification why nothing more exact can be told"},
	{"verdict_unknown", Review, false,
		"a line of duplicate_verdicts.csv names an image that no source has, so that it joins and parts nothing", "correct " +
			"the image_id (<source>/<image_path>), or take the line out"},
	{"withdrawn_unknown", Review, false, "a line of withdrawn.csv names no image, so that nothing is taken out",
		"correct the path (image_path of the dataset CSV, without the source) or the patient_id, or take the line out"},

	{"codes_unchecked", Info, false, "no release of ICD-11 is imported, so that no code was looked up and no title read",
		"import WHO's release file with dermset codes import (docs/codes.md)"},
	{"duplicate_label", Info, false, "a label or category is listed twice, to the same effect",
		"remove one of the rows"},
	{"excluded_with_code", Info, false, "a label that is left out has ICD-11 codes",
		"nothing, or remove the codes"},
	{"formula_cell", Info, false, "a label or Target Name begins as a formula does, and a spreadsheet runs it",
		"nothing: CSV tabs and suggestion lists hold it behind one more apostrophe, tables of a version as it is"},
	{"hidden_tab", Info, false, "a tab that is read is hidden in the spreadsheet",
		"nothing, or show the tab"},
	{"near_label", Info, false, "a label is spelled nearly as one that is mapped otherwise",
		"map it as the other one is mapped, if it means the same"},
	{"unused_tab", Info, false, "a tab looks like a source's but belongs to none; only its names and codes count",
		"name it in mapping.tabs, or remove it"},
}
