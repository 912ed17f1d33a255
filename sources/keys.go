package sources

import (
	"slices"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/io/yamlio"
)

// Keys are all keys of source.yaml, in the order in which they are shown, each with all that is said of it. NAME is the
// source's name. A key that the parser takes and that is not here fails TestKeys.
func Keys() []yamlio.Key {
	return slices.Concat(keysOfSource, keysOfFiles, keysOfRows, keysOfColumns())
}

var keysOfSource = []yamlio.Key{
	{Says: "What the source is"},
	{Path: "title", Is: yamlio.Text, Default: "NAME", Example: "Clinic atlas", Says: "how people call it"},
	{Path: "kind", Is: yamlio.OneOf("archive", "custom", "multiple"), Default: "archive", Example: "custom",
		Says: "where it comes from", More: "custom: gathered for us, such as a clinical study"},
	{Path: "description", Is: yamlio.Text, Default: `""`, Example: "Photographs of one clinic", Says: "what it is"},
	{Path: "licence", Is: yamlio.Text, Default: `""`, Example: "CC BY 4.0", Says: "under which it may be used"},
	{Path: "icd11", Is: yamlio.YesNo, Default: "yes", Example: "no",
		Says: "its labels are diagnoses with an ICD-11 mapping"},
	{Path: "crops", Is: yamlio.OneOf("in-house", "programmatic", "wound-masks", "mixed", "none", "pending"),
		Default: "none", Example: "pending", Says: "where crops come from",
		More: "in-house, mixed, pending: an image without a crop is pending, which blocks nothing", Page: "describe.md"},
	{Path: "status", Is: yamlio.OneOf("active", "pending"), Default: "active", Example: "pending",
		Says: "pending: rows are counted, and not used yet", More: "They are rejected as source_pending"},
	{Path: "pictures", Is: yamlio.OneOf("store", "none"), Default: "store", Example: "none",
		Says: "none: its rows have no pictures beside sources that do", More: "Without a store no source has",
		Page: "pictures.md"},
	{Path: "patient_space", Is: yamlio.Text, Default: "NAME", Example: "hospital",
		Says: "sources of the same space share their patients' ids"},
	{Path: "lesion_scope", Is: yamlio.OneOf("patient", "source"), Default: "patient", Example: "source",
		Says: "what a lesion id is unique in"},
	{Path: "id_missing", Is: yamlio.ListOf(yamlio.Text), Default: "[]", Example: `[unknown, "0"]`,
		Says: "patient and lesion ids that mean none"},
	{Path: "repeated_images", Is: yamlio.OneOf("error", "first"), Default: "error", Example: "first",
		Says: "what becomes of an image that is there twice"},
	{Path: "mask", Is: yamlio.Section, Says: "what its masks are", Page: "describe.md"},
	{Path: "mask.shows", Is: yamlio.OneOf("lesion", "skin", "other"), Default: "lesion", Example: "skin",
		Says: "what the foreground is", More: "skin: hands, gestures; the tone is measured inside"},
	{Path: "mask.inverted", Is: yamlio.YesNo, Default: "no", Example: "yes", Says: "the foreground is dark"},
	{Path: "mask.crops", Is: yamlio.YesNo, Default: "yes", Example: "no", Says: "crops are made of them"},
	{Path: "differentials", Is: yamlio.Section, Says: "of all differential diagnoses"},
	{Path: "differentials.weights", Is: yamlio.OneOf("rank", "given"), Default: "rank", Example: "given",
		Says: "rank: weights only give an order; given: they are shares"},
	{Path: "label", Is: yamlio.Section, Says: "where labels come from"},
	{Path: "label.from", Is: yamlio.OneOf("column", "differentials"), Default: "column", Example: "differentials",
		Says: "differentials: a missing label is derived of them"},
	{Path: "label.on_tie", Is: yamlio.OneOf("first", "reject"), Default: "first", Example: "reject",
		Says: "when two diagnoses are equally high"},
}

var keysOfFiles = []yamlio.Key{
	{Says: "Where rows come from: files, a walk over images, or a script"},
	{Path: "files", Is: yamlio.Either(yamlio.Text.Named("a path"), yamlio.Section, yamlio.ListOf(
		yamlio.Either(yamlio.Text, yamlio.Section))).Named("a path, keys with values, or a list of such"),
		Example: "metadata.csv", Says: "tables, the first with a row per image; others are joined"},
	{Path: "files.path", Is: yamlio.OrList(yamlio.Text), Example: "metadata.csv",
		Says: "below the raw folder",
		More: "A list, or a pattern with *, ? or [a-z], reads files of the same columns in turn; a file that has just " +
			"this name is that file"},
	{Path: "files.name", Is: yamlio.Text, Absent: "the file's name without suffix; of a walk images",
		Example: "study",
		Says:    "how its columns are told from other files': name.column"},
	{Path: "files.format", Is: yamlio.OneOf("csv", "tsv", "json", "jsonl", "xlsx", "parquet"), Absent: "by the suffix",
		Example: "csv", Says: "how the file is written"},
	{Path: "files.delimiter", Is: yamlio.Text.Named("characters, or tab"), Default: `","`, Example: `";"`,
		Says: "of csv and tsv: what parts the cells", More: "As it stands there: || or \\t|\\t in quotes; of tsv it is tab"},
	{Path: "files.quotes", Is: yamlio.OneOf("rfc4180", "none"), Default: "rfc4180", Example: "none",
		Says: "of csv and tsv: what a quote is",
		More: "rfc4180: a field may stand in quotes; none: they are bytes, as by default in tsv"},
	{Path: "files.encoding", Is: yamlio.Text.Named("utf-8, or the name of another encoding"), Default: "utf-8",
		Example: "windows-1252", Says: "of text files", Page: "sources.md"},
	{Path: "files.header", Is: yamlio.Whole(1, 0), Default: "1", Example: "3",
		Says: "of csv, tsv, xlsx: the line of the column names", More: "What stands before it is not read"},
	{Path: "files.skip_lines", Is: yamlio.Whole(0, 0), Default: "0", Example: "2",
		Says: "of csv and tsv: lines before the column names", More: "2 says what header: 3 does"},
	{Path: "files.comment", Is: yamlio.Text, Absent: "there are none", Example: `"#"`,
		Says: "of csv and tsv: what lines that are left out begin with", More: "Before the column names and after"},
	{Path: "files.line_ends", Is: yamlio.OneOf("lf", "cr"), Default: "lf", Example: "cr",
		Says: "of csv and tsv: cr, as on an old Mac", More: "lf is CR LF too"},
	{Path: "files.sheet", Is: yamlio.Text, Absent: "the only visible one", Example: "Patients",
		Says: "of xlsx: the sheet's name"},
	{Path: "files.fill", Is: yamlio.OneOf("down"), Example: "down",
		Says: "of xlsx: merged cells have their value in every row", More: "Without it they are errors"},
	{Path: "files.records", Is: yamlio.Text, Example: "data.images",
		Says: "of json: the keys that lead to the records, with dots",
		More: "$file: each object that stands by itself is a record"},
	{Path: "files.join", Is: yamlio.Section, Says: "of all but the first: how rows find those before them"},
	{Path: "files.join.on", Is: yamlio.Either(yamlio.Text,
		yamlio.ListOf(yamlio.Either(yamlio.Text, yamlio.Section)),
		yamlio.MapOf(cells)).
		Named("a column, a list of such, or {column before: column of this file}"), Example: "patient_id",
		Says: "the key: a column of both, or how it is made",
		More: "A key is made as a column is: column, template, stem, replace, matches, to, map, other"},
	{Path: "files.join.on.before", Is: cells, Example: "case",
		Says: "of an entry of a list: the key in the files before"},
	{Path: "files.join.on.this", Is: cells, Example: "Case",
		Says: "of an entry of a list: the key in this file"},
	{Path: "files.join.type", Is: yamlio.OneOf("left", "inner"), Default: "left", Example: "inner",
		Says: "rows without a partner are kept (left), or unused (inner)"},
	{Path: "files.join.ignore_case", Is: yamlio.YesNo, Default: "no", Example: "yes",
		Says: "keys that differ only in case are equal"},
	{Path: "files.walk", Is: yamlio.Text.Named("a pattern of paths"), Example: `"{diagnosis}/{stem}.{suffix}"`,
		Says: "instead of path: a row for every image that matches", More: "What stands in braces is a column"},
	{Path: "files.suffixes", Is: yamlio.ListOf(yamlio.Text), Absent: "those of all image formats",
		Example: "[.jpg, .png]", Says: "of a walk: what images end in, in either case"},
	{Path: "exec", Is: yamlio.ListOf(yamlio.Text), Example: "[python3, make.py]",
		Says: "instead of files: a script of your own, and its arguments"},
}

var keysOfRows = []yamlio.Key{
	{Says: "Rows that are left out, which are listed with the reason"},
	{Path: "where", Is: conditions, Says: "rows are kept for which all of these hold"},
	{Path: "where.column", Is: yamlio.Text, Example: "modality", Says: "the raw column that is looked at"},
	{Path: "where.is", Is: yamlio.OrList(yamlio.Text), Example: "[clinical, dermoscopy]",
		Says: "holds of these values; want one of is, not, matches"},
	{Path: "where.not", Is: yamlio.OrList(yamlio.Text), Example: "histology", Says: "holds of all other values"},
	{Path: "where.matches", Is: yamlio.Text.Named("a regular expression"), Example: "'^derm'",
		Says: "holds of what it matches"},
	{Path: "where.reason", Is: yamlio.Text, Example: "no photograph", Says: "what is listed with the row"},
	{Path: "skip", Is: conditions, Says: "rows are left out for which one of these holds"},
	{Path: "skip.column", Is: yamlio.Text, Example: "quality", Says: "as in where"},
	{Path: "skip.is", Is: yamlio.OrList(yamlio.Text), Example: "bad", Says: "as in where"},
	{Path: "skip.not", Is: yamlio.OrList(yamlio.Text), Example: "[good, fair]", Says: "as in where"},
	{Path: "skip.matches", Is: yamlio.Text.Named("a regular expression"), Example: "'(?i)test'", Says: "as in where"},
	{Path: "skip.reason", Is: yamlio.Text, Example: "bad quality", Says: "as in where"},
}

var conditions = yamlio.OrList(yamlio.Section).Named("keys with values, or a list of such")

// cells are how a column is made: of a raw column, of text with raw columns in braces, or of keys.
var cells = yamlio.Either(yamlio.Text, yamlio.Like("columns.*")).Named("a raw column, a template, or keys")

// examples are what columns are mostly made of.
var examples = []struct{ column, example, says string }{
	{dataset.ImagePath, `"{image_id}.jpg"`, "the image, below the source's root in the store; there must be one"},
	{dataset.Label, "diagnosis", "the diagnosis, byte for byte"},
	{dataset.PatientID, "patient", "who it is, byte for byte"},
	{dataset.LesionID, "lesion", "which lesion it is, byte for byte"},
	{dataset.SexColumn, `{column: sex, map: {unknown: ""}, other: keep}`, "male, female or other"},
	{dataset.AgeColumn, "age", "years, from 0 to 120"},
	{dataset.BodySite, "site", "the part of the body, as stated"},
	{dataset.FitzpatrickType, "skin_type", "the skin type, from 1 to 6"},
	{dataset.ImageTypeColumn, "{constant: clinical}", "clinical, dermoscopy or non-dermatological"},
	{dataset.MethodColumn, "{column: proof, map: {histo: histopathology}, other: empty}",
		"histopathology, consensus, single or unknown"},
	{dataset.MaskPath, `{template: "masks/{image_id}.png", missing: empty}`, "the mask, as image_path"},
}

func keysOfColumns() []yamlio.Key {
	keys := []yamlio.Key{
		{Says: "How cells are made; what is not named stays empty"},
		{Path: "columns", Is: yamlio.Section, Says: "the dataset's own columns", Page: "sources.md"},
	}
	for _, of := range examples {
		keys = append(keys, yamlio.Key{Path: "columns." + of.column, Is: cells, Example: of.example, Says: of.says})
	}
	return slices.Concat(keys, keysOfDifferentials, []yamlio.Key{
		{Path: "extra", Is: yamlio.Either(yamlio.ListOf(yamlio.Text), yamlio.MapOf(cells)).
			Named("list of raw columns, or names of your own, each as a column"), Default: "[]", Example: "[visit, camera]",
			Says: "further columns to keep, as extra.NAME in Parquet"},
	}, keysOfCells)
}

var keysOfDifferentials = []yamlio.Key{
	{Path: "columns.differentials", Is: yamlio.Either(yamlio.Text, yamlio.Section, yamlio.ListOf(
		yamlio.Either(yamlio.Text, yamlio.Section))).Named("a raw column, keys with values, or a list with one per reader"),
		Example: "ddx", Says: "what else it may be: a list of labels, with weights or without"},
	{Path: "columns.differentials.reader", Is: yamlio.Text, Default: `""`, Example: "ana", Says: "who read the image"},
	{Path: "columns.differentials.column", Is: yamlio.Text, Example: "ddx",
		Says: "the raw column that has all entries; want one origin"},
	{Path: "columns.differentials.columns", Is: yamlio.ListOf(yamlio.Text), Example: "[first, second, third]",
		Says: "raw columns with a label each, in order"},
	{Path: "columns.differentials.labels", Is: yamlio.Text, Example: "names",
		Says: "the raw column with a list of labels"},
	{Path: "columns.differentials.weights", Is: yamlio.Text, Example: "confidences",
		Says: "beside labels: the raw column with as many weights"},
	{Path: "columns.differentials.one_hot", Is: yamlio.Like("columns.*.one_hot"), Example: "{columns: [MEL, NV]}",
		Says: "columns that are set or not; each set one is an entry"},
	{Path: "columns.differentials.probabilities", Example: "[MEL, NV]",
		Is:   yamlio.Either(yamlio.ListOf(yamlio.Text), yamlio.MapOf(yamlio.Text)),
		Says: "columns that hold the weight of their label"},
	{Path: "columns.differentials.format", Is: yamlio.OneOf("json", "python", "delimited"), Default: "json",
		Example: "python", Says: "how a cell holds them"},
	{Path: "columns.differentials.separator", Is: yamlio.Text, Default: `";"`, Example: `"|"`,
		Says: "of delimited: what parts the entries"},
	{Path: "columns.differentials.weight_separator", Is: yamlio.Text, Example: `":"`,
		Says: "of delimited: what parts label and weight"},
}

// keysOfCells are what stands below any column instead of a raw column's name.
var keysOfCells = []yamlio.Key{
	{Says: "How a column is made otherwise than of one raw column"},
	{Path: "columns.*", Is: yamlio.Section, Example: `{column: image, split: ";"}`,
		Says: "any of columns and extra: want one of column, columns, template, templates, constant, constants, one_hot"},
	{Path: "columns.*.column", Is: yamlio.Text, Example: "diagnosis", Says: "a raw column"},
	{Path: "columns.*.columns", Is: yamlio.ListOf(yamlio.Text), Example: "[image_1, image_2]",
		Says: "one for each image of the row"},
	{Path: "columns.*.template", Is: yamlio.Text, Example: `"{id}.jpg"`, Says: "text with raw columns in braces",
		More: "With an empty column it is empty; {{ is a brace"},
	{Path: "columns.*.templates", Is: yamlio.ListOf(yamlio.Text), Example: `["a/{id}.jpg", "b/{id}.jpg"]`,
		Says: "one for each image of the row"},
	{Path: "columns.*.constant", Is: yamlio.Text, Example: "clinical", Says: "the same in every row"},
	{Path: "columns.*.constants", Is: yamlio.ListOf(yamlio.Text), Example: "[clinical, dermoscopy]",
		Says: "one for each image of the row"},
	{Path: "columns.*.one_hot", Is: yamlio.Section, Example: "{columns: {MEL: Melanoma, NV: Naevus}}",
		Says: "which of several columns is set"},
	{Path: "columns.*.one_hot.columns", Is: yamlio.Either(yamlio.ListOf(yamlio.Text), yamlio.MapOf(yamlio.Text)),
		Example: "{MEL: Melanoma, NV: Naevus}", Says: "raw column: the value; of a list they are the same"},
	{Path: "columns.*.one_hot.none", Is: yamlio.Text, Default: `""`, Example: "Naevus",
		Says: "the value if no column is set"},
	{Path: "columns.*.one_hot.marks", Is: yamlio.OrList(yamlio.Text), Absent: "1, 1.0, true, yes", Example: "[X, sí]",
		Says: "what a set column holds"},
	{Path: "columns.*.one_hot.unset", Is: yamlio.OrList(yamlio.Text), Absent: "0, 0.0, false, no",
		Example: "[\"-\", n/a]", Says: "what a column that is not set may hold, beside nothing"},
	{Path: "columns.*.one_hot.several", Is: yamlio.OneOf("reject", "first", "join"), Default: "reject",
		Example: "join", Says: "what two set columns of different values make"},
	{Path: "columns.*.one_hot.separator", Is: yamlio.Text, Default: `"; "`, Example: `" + "`, Says: "of join"},
	{Path: "columns.*.split", Is: yamlio.Text.Named("a separator, json or python"), Example: `";"`,
		Says: "one cell with a list for the images of the row"},
	{Path: "columns.*.stem", Is: yamlio.YesNo, Default: "no", Example: "yes",
		Says: "only the file's name, without folder and suffix"},
	{Path: "columns.*.replace", Is: yamlio.MapOf(yamlio.Text), Example: `{"\\": "/"}`, Says: "text: what stands for it"},
	{Path: "columns.*.matches", Is: yamlio.Text.Named("a regular expression"), Example: "'^(.*)_[0-9]+$'",
		Says: "what the text must match; what the parentheses hold counts"},
	{Path: "columns.*.to", Is: yamlio.Text, Example: `"{1}"`, Says: "text made of what is in the parentheses"},
	{Path: "columns.*.map", Is: yamlio.MapOf(yamlio.Text), Example: "{H: male, M: female}", Says: "raw value: the value"},
	{Path: "columns.*.other", Is: yamlio.OneOf("keep", "empty", "reject"), Example: "reject",
		Says: "what becomes of a value that map or matches does not fit"},
	{Path: "columns.*.else", Is: cells, Example: "other_column", Says: "what fills a cell that is empty"},
	{Path: "columns.*.missing", Is: yamlio.OneOf("keep", "empty", "error"), Default: "keep", Example: "empty",
		Says: "of mask_path: what becomes of a mask that is not there"},
}
