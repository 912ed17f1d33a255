package main

import (
	"github.com/dermset/dermset/mapping"
	"github.com/dermset/dermset/pictures"
	"github.com/dermset/dermset/results"
	"github.com/dermset/dermset/sources"
	"github.com/dermset/dermset/workflow/build"
	"github.com/dermset/dermset/workflow/desk"
	"github.com/dermset/dermset/workflow/versions"
	"github.com/dermset/dermset/workflow/workspace"
)

// forms are what all verbs give in JSON and CSV, in the order of help; docs/json.md and docs/json.schema.json are made
// of them, and a test holds every verb to them. A verb whose flags change what it gives has a form for each.
var forms = []results.Form{
	initForm, demoForm, settingsForm,
	sourceNewForm, ingestForm, sourceUploadForm, uploadAllForm, sourceListForm,
	acceptForm, mappingCheckForm, mappingDiffForm, impactForm, mergeForm, pullForm, suggestForm, applyForm,
	codesImportForm, codesCheckForm, codesShowForm, codesSearchForm, codesDiffForm, findingsForm,
	reviewExportForm, reviewImportForm, reviewSampleForm, reviewStatusForm,
	approveForm, withdrawApprovalForm, logForm, logVerifyForm,
	buildForm, planForm, generateForm, fetchForm, checkForm, checkEachForm, describeForm, cropsForm, cropSheetForm,
	twinsForm, splitForm, softForm, publishForm,
	traceForm, candidatesForm, versionsForm, diffForm, diffRowsForm, verifyForm, classesForm, withdrawnForm,
	withdrawnInForm,
	doctorForm, uploadForm, downloadForm, versionForm,
}

// initForm and those below are the forms of verbs whose rows are made in rooms below. Set up and sources:
var (
	initForm = results.Form{
		Verb: "init", Says: "the workspace that was made",
		One:   results.Columns{results.Text("path", "its folder")},
		Parts: []results.Part{{Key: "files", Says: "what was written", Rows: pathColumn}},
	}
	pathColumn    = results.Columns{results.Text("path", "a file")}
	demoForm      = stepForm("demo", "stages", "the way of the rows", build.StageColumns)
	sourceNewForm = results.Form{
		Verb: "source new", Says: "the declaration that was written",
		One: results.Columns{results.Text("path", "the file")},
	}
	ingestForm = results.Form{
		Verb: "source ingest", Says: "each source that was ingested, where others failed, too", Rows: desk.IngestColumns,
	}
	sourceUploadForm = transferForm("source upload", workspace.ObjectColumns)
	uploadAllForm    = transferForm("source upload --all", desk.UploadAllColumns)
	sourceListForm   = results.Form{
		Verb: "source list", Says: "each source", Rows: sources.SummaryColumns,
	}
)

// Mapping and codes.
var (
	acceptForm = results.Form{
		Verb: "mapping accept", Says: "each finding that was accepted", Rows: desk.AcceptColumns,
	}
	mappingCheckForm = results.Form{
		Verb: "mapping check", Says: "each finding, as a version's mapping/findings.csv has it", Rows: build.FindingColumns,
	}
	mappingDiffForm = results.Form{
		Verb: "mapping diff", Says: "each row of the workbook that differs", Rows: versions.MappingDiffColumns,
	}
	mergeForm = results.Form{
		Verb: "mapping merge", Says: "each label that was added, or that no source has any more",
		Rows: results.Columns{
			results.Text("tab", "a tab of the workbook"),
			results.Text("label", "the label; none of a new tab").OrNone(),
			results.Text("what", "added, new tab, or no source has it any more"),
		},
	}
	pullForm = results.Form{
		Verb: "mapping pull", Says: "each file that was pulled",
		Rows: results.Columns{
			results.Text("file", "its path in the workspace"),
			results.Whole("bytes", "its size"),
			results.Text("sha256", "of its bytes"),
			results.Text("what", "new, changed or unchanged"),
		},
	}
	suggestForm = results.Form{
		Verb: "mapping suggest", Says: "what each unmapped label may mean", Rows: mapping.SuggestionColumns,
	}
	applyForm = results.Form{
		Verb: "mapping suggest --apply", Says: "what became of each line of the list",
		Rows: results.Columns{
			results.Text("tab", "a tab of the workbook"),
			results.Text("label", "the label"),
			results.Text("target_name", "what it is to be"),
			results.List("icd11_codes", "its codes"),
			results.Text("what", "which cells were filled, or why none was"),
		},
	}
	codesImportForm = results.Form{
		Verb: "codes import", Says: "the release that was imported", One: desk.ImportedColumns,
	}
	codesCheckForm = results.Form{
		Verb: "codes check", Says: "each code of the workbook", Rows: desk.CodeColumns,
	}
	codesShowForm = results.Form{
		Verb: "codes show", Says: "what the release says of codes, a row for each thing",
		Rows: results.Columns{
			results.Text("icd11_code", "the code that was asked for, or a part of the cluster"),
			results.Text("what", "status, problem, title, leaf, in, holds or page"),
			results.Text("value", "what it says"),
		},
	}
	codesSearchForm = results.Form{
		Verb: "codes search", Says: "each code that was found",
		Rows: results.Columns{
			results.Text("icd11_code", "the code"),
			results.Text("title", "its title"),
			results.Text("chapter", "its chapter"),
			results.YesNo("leaf", "nothing is below it"),
		},
	}
	codesDiffForm = results.Form{
		Verb: "codes diff", Says: "each code that differs between two releases",
		Rows: results.Columns{
			results.Text("icd11_code", "the code"),
			results.Text("change", "gone, reused, retitled, moved, leaf, parent or new (docs/codes.md)"),
			results.Text("before", "in the older release").OrNone(),
			results.Text("after", "in the newer one").OrNone(),
			results.List("target_names", "names of the workbook that have the code"),
		},
	}
	findingsForm = results.Form{
		Verb: "findings", Says: "each finding that there can be",
		Rows: results.Columns{
			results.Text("finding", "its id"),
			results.Text("severity", "error, review or info"),
			results.YesNo("blocks", "whether a build stops for it"),
			results.Text("meaning", "what it says"),
			results.Text("remedy", "what to do"),
		},
	}
)

// Review.
var (
	reviewExportForm = results.Form{
		Verb: "review export", Says: "each tab of the review workbook", Rows: desk.ReviewColumns,
	}
	reviewImportForm = results.Form{
		Verb: "review import", Says: "what became of each row", Rows: desk.ImportColumns,
	}
	reviewSampleForm = results.Form{
		Verb: "review sample", Says: "each tab of the review workbook", Rows: desk.ReviewColumns,
	}
	approveForm = results.Form{
		Verb: "approve", Says: "what was approved", One: build.ApprovedColumns,
	}
	withdrawApprovalForm = results.Form{
		Verb: "withdraw-approval", Says: "which approval was taken back", One: build.TakenBackColumns,
	}
	logForm       = results.Form{Verb: "log", Says: "each decision, oldest first", Rows: build.LogColumns}
	logVerifyForm = results.Form{Verb: "log --verify", Says: "what was checked", Rows: build.LogCheckColumns}
)

// Builds. What a step gives says how it ended and counts its findings.
var (
	buildForm     = stepForm("build", "stages", "the way of the rows", build.StageColumns)
	generateForm  = stepForm("generate", "stages", "nothing: nobody has counted yet", build.StageColumns)
	splitForm     = stepForm("split", "stages", "the way of the rows", build.StageColumns)
	softForm      = stepForm("soft", "stages", "the way of the rows", build.StageColumns)
	publishForm   = stepForm("publish", "stages", "the way of the rows", build.StageColumns)
	describeForm  = stepForm("describe", "found", "what pictures show, source by source", build.ShownColumns)
	cropsForm     = stepForm("crops", "found", "the crops, source by source", build.ShownColumns)
	cropSheetForm = stepForm("crops --sheet", "pages", "the page that was written", build.PageColumns)
	twinsForm     = stepForm("twins", "pairs", "images that show the same, the worst first", build.TwinColumns)
	fetchForm     = transferForm("fetch", workspace.ObjectColumns, blockingPart)
	checkForm     = results.Form{
		Verb: "check", Says: "each verdict and warning that there is", Rows: pictures.TallyColumns,
	}
	checkEachForm = results.Form{
		Verb: "check --each", Says: "each picture",
		Rows: results.Columns{
			results.Text("image", "its image_id, or its path in the folder"),
			results.Text("verdict", "ok, or what is wrong with it (docs/images.md)"),
			results.List("warnings", "what is odd about it"),
			results.YesNo("kept", "curation/image_overrides.csv keeps it all the same"),
			results.Text("format", "of the file").OrNone(),
			results.Whole("width", "of the upright picture, in pixels").OrNone(),
			results.Whole("height", "of the upright picture, in pixels").OrNone(),
			results.Text("detail", "why it has the verdict").OrNone(),
		},
	}
	planForm = results.Form{
		Verb: "plan", Says: "each step",
		Rows: results.Columns{
			results.Text("step", "its verb, or mapping or approval"),
			results.Text("does", "what it does"),
			results.Text("runs", "yes, no or perhaps"),
			results.Text("because", "why"),
		},
	}
)

// stepForm is the form of a verb that runs steps: how they ended, the version, findings, and rows of its own.
func stepForm(verb, key, says string, rows results.Columns) results.Form {
	return results.Form{
		Verb: verb, Says: "how the run ended, and what it made",
		One: results.Columns{
			results.Text("ends", "done; waiting: done, and findings wait for a person; blocked: findings stopped it"),
			results.Text("version", "the version that was published; none but by build, publish and demo").OrNone(),
			results.Text("path", "its folder").OrNone(),
			results.Whole("errors", "findings of severity error"),
			results.Whole("reviews", "findings of severity review"),
			results.Whole("infos", "findings of severity info"),
			results.Whole("waiting", "errors and reviews that nobody has accepted"),
		},
		Parts: []results.Part{
			{Key: key, Says: says, Rows: rows},
			blockingPart,
		},
	}
}

var blockingPart = results.Part{Key: "blocking", Says: "the findings that stopped it; a CSV has them alone",
	Rows: build.FindingColumns}

// transferForm is the form of a verb that brings objects from a store or to one.
func transferForm(verb string, objects results.Columns, more ...results.Part) results.Form {
	ends := "done, or failed: not all of them went"
	if len(more) > 0 {
		ends += "; blocked: findings stopped it"
	}
	return results.Form{
		Verb: verb, Says: "what became of the objects",
		One: results.Columns{
			results.Text("ends", ends),
			results.YesNo("dry_run", "nothing was moved"),
		},
		Parts: append([]results.Part{{Key: "objects", Says: "objects by what became of them", Rows: objects}}, more...),
	}
}

// Looking, models and stores.
var (
	traceForm = results.Form{
		Verb: "trace", Says: "what is known of an image", One: versions.TracedColumns,
		Parts: []results.Part{{Key: "way", Says: "all that is known, in the order of its way, as people read it",
			Rows: results.Columns{results.Text("what", "a question"), results.Text("value", "its answer").OrNone()}}},
	}
	candidatesForm = results.Form{
		Verb: "trace, of several", Says: "the images that may be meant, where several are; the exit code is 2",
		Rows: versions.CandidateColumns,
	}
	versionsForm = results.Form{
		Verb: "versions", Says: "each version under dist/, and what stands there and is none", Rows: versions.ListedColumns,
	}
	diffForm = results.Form{
		Verb: "diff", Says: "each way that images went, and each cause", Rows: versions.WayColumns,
	}
	diffRowsForm = results.Form{
		Verb: "diff --rows", Says: "each image that moved, as the CSV has without --rows", Rows: versions.ImageColumns,
	}
	verifyForm = results.Form{
		Verb: "verify", Says: "a version that is as its manifest says",
		One: results.Columns{
			results.Text("version", "its name"),
			results.Text("path", "its folder"),
			results.Whole("files", "that are as the manifest says"),
			results.YesNo("sealed", "and the manifest is as manifest.sha256 says; an earlier dermset wrote none"),
			results.YesNo("approved", "and somebody approved it"),
			results.Text("approved_by", "who").OrNone(),
			results.Time("approved_at", "when").OrNone(),
			results.Text("key", "fingerprint of the key that signed it; none: unsigned").OrNone(),
		},
	}
	classesForm = results.Form{
		Verb: "classes", Says: "the classes of a version that are trained on",
		Rows: results.Columns{
			results.Whole("class_id", "number of the class, from 0"),
			results.Text("target_name", "its name"),
			results.List("icd11_codes", "its codes"),
			results.Whole("images", "images of it"),
			results.Whole("groups", "groups of images that stay in one split: a patient's, a lesion's, of twins"),
			results.Whole("train", "images in train"),
			results.Whole("val", "images in val"),
			results.Whole("test", "images in test"),
		},
	}
	withdrawnForm = results.Form{
		Verb: "withdrawn", Says: "each line of curation/withdrawn.csv", Rows: versions.WithdrawnColumns,
	}
	withdrawnInForm = results.Form{
		Verb: "withdrawn --in-versions", Says: "each file that holds what is withdrawn", Rows: versions.WithdrawnInColumns,
	}
	doctorForm = results.Form{
		Verb: "models doctor", Says: "what the model says of each picture",
		Rows: results.Columns{
			results.Text("image", "its path in the folder"),
			results.Text("value", "what it would say").OrNone(),
			results.Number("confidence", "of that").OrNone(),
			results.List("likeliest", "the likeliest values, each with its confidence"),
			results.Text("problem", "what is wrong with the answer").OrNone(),
		},
	}
	uploadForm   = transferForm("upload", workspace.ObjectColumns)
	downloadForm = transferForm("download", workspace.ObjectColumns)
	versionForm  = results.Form{
		Verb: "version", Says: "the version of dermset",
		One: results.Columns{
			results.Text("version", "of dermset"),
			results.Text("go", "of Go, which it was built with"),
			results.Text("platform", "system and processor that it was built for"),
		},
	}
)
