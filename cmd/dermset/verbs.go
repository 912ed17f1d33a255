package main

import "github.com/spf13/cobra"

// A group is verbs that are used at the same time, as help lists them.
type group struct {
	title string
	verbs []*cobra.Command
}

// verbs are all verbs. A verb is a file with its command, which calls one function of a room below,
// and a place in this table.
func (a *app) verbs(root *cobra.Command) []group {
	return []group{
		{"Set up", []*cobra.Command{a.initCommand(), a.demoCommand(), a.settingsCommand()}},
		{"Sources", []*cobra.Command{a.sourceCommand()}},
		{"Mapping", []*cobra.Command{a.mappingCommand(), a.codesCommand(), a.findingsCommand()}},
		{"Review", []*cobra.Command{
			a.reviewCommand(), a.approveCommand(), a.withdrawApprovalCommand(), a.logCommand(),
		}},
		{"Build", []*cobra.Command{
			a.buildCommand(), a.planCommand(),
			a.stepCommand("generate", "  dermset generate\n  dermset generate --workers 8 --memory 16GiB"),
			a.fetchCommand(), a.checkCommand(),
			a.stepCommand("describe", "  dermset describe                # what pictures show, in work/describe"),
			a.cropsCommand(), a.twinsCommand(),
			a.stepCommand("split",
				"  dermset split --format json     # classes, rejected rows and splits, before anything is published"),
			a.stepCommand("soft", "  dermset soft                    # soft labels in work/soft, to look at"),
			a.stepCommand("publish", "  dermset publish                 # the version's folder under dist/"),
		}},
		{"Look", []*cobra.Command{
			a.versionsCommand(), a.traceCommand(), a.diffCommand(), a.verifyCommand(), a.classesCommand(),
			a.withdrawnCommand(),
		}},
		{"Models", []*cobra.Command{a.modelsCommand()}},
		{"Publish", []*cobra.Command{a.uploadCommand(), a.downloadCommand()}},
		{"About dermset", []*cobra.Command{a.versionCommand(), a.completionCommand(root)}},
	}
}
