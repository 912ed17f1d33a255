package main

import "slices"

// table has the mutants, by the rooms whose rules they break. A rule that comes into the project brings its row; a rule
// that moves takes it along.
var table = slices.Concat(ofDecisions, ofImages, ofImport, ofIo, ofMapping, ofPictures, ofPseudonyms, ofReading,
	ofResults, ofReview, ofRows, ofSettings, ofSources, ofVersions, ofWorkflow)
