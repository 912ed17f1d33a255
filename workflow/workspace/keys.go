package workspace

import (
	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/io/yamlio"
	"github.com/dermset/dermset/pictures"
)

// Keys are all keys of dermset.yaml, in its order, each with all that is said of it; the defaults are those of
// Defaults. A field of Config without a key here fails TestKeys.
func Keys() []yamlio.Key {
	defaults := map[string]string{}
	yamlio.Each(Defaults(), func(path string, value any) { defaults[path] = yamlio.Written(value) })
	all := make([]yamlio.Key, len(keys))
	for i, key := range keys {
		all[i] = key
		all[i].Default = defaults[key.Path]
	}
	return all
}

var (
	portion = yamlio.Number(0, 1)
	perCent = yamlio.Integer.Named("whole per cent from 0 to 100")
	answers = "a model's card (a path that ends in .yaml), predictions (.csv), or "
)

var keys = []yamlio.Key{
	{Path: "dataset", Is: yamlio.Text.Named("letters and digits"), Example: "DX",
		Says: "the name before the v of a version's name: DXv27.1"},
	{Path: "version", Is: yamlio.Text.Named("MAJOR.MINOR, in quotes"), Example: `"27.2"`,
		Says: "the version that is built next", Page: "versions.md"},
	{Path: "sources", Is: yamlio.Text.Named("a path inside the workspace"), Example: "sources",
		Says: "the folder that holds a folder per source", Page: "sources.md"},

	{Path: "mapping", Is: yamlio.Section, Says: "what labels mean"},
	{Path: "mapping.workbook", Is: yamlio.Text.Named("a path inside the workspace, or gsheet:ID"),
		Example: "mapping/workbook", Says: "an .xlsx file, a folder with a CSV per tab, or gsheet:ID", Page: "workbook.md"},
	{Path: "mapping.tabs", Is: yamlio.MapOf(yamlio.Text), Example: "{clinic-atlas: Atlas}",
		Says: "source: its tab, where that has another name", Page: "workbook.md"},

	{Path: "images", Is: yamlio.Section, Says: "where pictures are, and which count"},
	{Path: "images.store", Is: yamlio.Text.Named("a folder, or s3://bucket/prefix"), Example: "s3://derm/images",
		Says: "a folder or s3://bucket/prefix", More: "Empty: versions have tables alone",
		Page: "pictures.md"},
	{Path: "images.layout", Is: yamlio.OneOf(Link, Copy, None), Example: Copy, Says: "how they are published",
		More: "link: read-only links to one store of copies, and copies across file systems; copy: copies of their own; " +
			"none: not at all", Page: "folders.md"},
	{Path: "images.changed", Is: yamlio.OneOf("fail", "accept"), Example: "accept",
		Says: "what becomes of an object whose bytes changed", Page: "pictures.md"},
	{Path: "images.max_failed", Is: yamlio.Number(0, 100).Named("per cent from 0 to 100"), Example: "0.5",
		Says: "per cent of the wanted objects that may fail",
		More: "More of them, images and masks together, and fetch fails", Page: "pictures.md"},
	{Path: "images.min_side", Is: yamlio.Whole(1, 0), Example: "100",
		Says: "pixels that the shorter side needs", More: "A smaller picture is image_too_small", Page: "images.md"},
	{Path: "images.max_pixels", Is: yamlio.Whole(1, 0), Example: "100000000",
		Says: "a picture of more is not decoded", More: "It is image_too_many_pixels", Page: "images.md"},
	{Path: "images.near_group", Is: yamlio.Whole(0, mostNear), Example: "3",
		Says: "bits of 64 by which pictures of one group may differ",
		More: "They are confirmed by what they look like. At most near_report", Page: "twins.md"},
	{Path: "images.near_report", Is: yamlio.Whole(0, mostNear), Example: "8",
		Says: "bits of 64 up to which pictures are listed as near", Page: "twins.md"},

	{Path: "describe", Is: yamlio.Section, Says: "who says what pictures show, where the source does not"},
	{Path: "describe.skin_tone", Example: "delbino",
		Is:   yamlio.Either(yamlio.OneOf(SkinTones()...), yamlio.Text.Named(answers+None)),
		Says: "the skin tone: thresholds of a measured angle, or a model", Page: "describe.md"},
	{Path: "describe.image_type", Example: "models/type.yaml",
		Is:   yamlio.Either(yamlio.OneOf(BuiltIn), yamlio.Text.Named(answers+None)),
		Says: "the image type: builtin (experimental), or a model", Page: "describe.md"},
	{Path: "describe.body_part", Is: yamlio.Text.Named(answers + None), Example: "predictions/parts.csv",
		Says: "the part of the body: a model, predictions or none", Page: "describe.md"},

	{Path: "crops", Is: yamlio.Section, Says: "rectangles around what masks show"},
	{Path: "crops.margin", Is: portion, Example: "0.2",
		Says: "how far a crop grows on every side, in parts of its longer side", Page: "describe.md"},
	{Path: "crops.min_area", Is: portion, Example: "0.001",
		Says: "what is smaller on a mask, in parts of the picture, is no lesion", Page: "describe.md"},
	{Path: "crops.max_per_image", Is: yamlio.Whole(1, pictures.MostComponents), Example: "1",
		Says: "of the parts of a mask, the largest make crops", Page: "describe.md"},
	{Path: "crops.files", Is: yamlio.Truth, Example: "true", Says: "true: crops are published as pictures too",
		Page: "folders.md"},

	{Path: "select", Is: yamlio.Section, Says: "what a class needs"},
	{Path: "select.min_images", Is: yamlio.Whole(1, 0), Example: "50", Says: "images that a class needs"},
	{Path: "select.min_groups", Is: yamlio.Whole(1, 0), Example: "5",
		Says: "groups that a class needs", More: "A group is what no split may separate: split.group_by"},
	{Path: "select.duplicates", Is: yamlio.OneOf("keep", "first"), Example: "first",
		Says: "equal images of one class: keep all, or the first", Page: "twins.md"},

	{Path: "split", Is: yamlio.Section, Says: "how groups are parted into train, val and test"},
	{Path: "split.ratios", Is: yamlio.Section, Says: "whole per cents of images, which add up to 100"},
	{Path: "split.ratios.train", Is: perCent, Example: "80", Says: "per cent of images for training"},
	{Path: "split.ratios.val", Is: perCent, Example: "10", Says: "per cent for validation"},
	{Path: "split.ratios.test", Is: perCent, Example: "10", Says: "per cent for the test"},
	{Path: "split.seed", Is: yamlio.Integer, Example: "2",
		Says: "the order in which groups are taken: another seed, another split"},
	{Path: "split.group_by", Is: yamlio.ListOf(yamlio.OneOf("patient", "lesion", "duplicate")),
		Example: "[patient, lesion]", Says: "what no split may separate", Page: "twins.md"},
	{Path: "split.lock", Is: yamlio.Text.Named("a version, or nothing"), Example: "DXv27.0",
		Says: "a version below dist/ whose images keep their split", More: "Its CSV table of selected images is read",
		Page: "versions.md"},
	{Path: "split.lock_conflict", Is: yamlio.OneOf("strictest", "fail"), Example: "fail",
		Says: "a group with images of several locked splits",
		More: "strictest: test wins, then val; fail: an error"},
	{Path: "split.pin", Is: yamlio.MapOf(yamlio.OneOf(dataset.Splits[:]...)), Example: "{clinic-atlas: test}",
		Says: "source: the split of all its images"},

	{Path: "soft", Is: yamlio.Section, Says: "the table of soft labels"},
	{Path: "soft.wide", Is: yamlio.Truth, Example: "true", Says: "true: a column per class too", Page: "outputs.md"},

	{Path: "icd11", Is: yamlio.Section, Says: "codes of ICD-11"},
	{Path: "icd11.release", Is: yamlio.Text.Named("YEAR-MONTH"), Example: "2026-01",
		Says: "the release that codes are of", More: "`dermset codes import` keeps WHO's file of it in icd11/",
		Page: "codes.md"},
	{Path: "icd11.no_code", Is: yamlio.ListOf(yamlio.Text), Example: "[Healthy skin]",
		Says: "categories that need no code", Page: "codes.md"},
	{Path: "icd11.api", Is: yamlio.Text.Named("an address, or nothing"), Example: "http://localhost:8382",
		Says: "an ICD-API that `dermset codes check` asks too", Page: "codes.md"},

	{Path: "privacy", Is: yamlio.Section, Says: "what leaves with a version"},
	{Path: "privacy.pseudonymise", Is: yamlio.Truth, Example: "true",
		Says: "true: ids and paths leave as keyed hashes", Page: "privacy.md"},
}
