package workspace

import (
	"errors"
	"fmt"
)

// unbuilt are the files of spec 2 whose parts are not built yet: what people write there, and what holds instead.
var unbuilt = []struct{ path, what, instead string }{
	{"curation/duplicate_verdicts.csv", "people's verdicts on duplicates", "equal images are one group"},
}

// BodySitesFile is where people say what sites of the body mean.
const BodySitesFile = "curation/body_sites.csv"

// CheckUnbuilt refuses every file that would be ignored because its part is not built yet.
func (w *Workspace) CheckUnbuilt() error {
	var errs []error
	for _, part := range unbuilt {
		there, err := IsThere(w.Path(part.path))
		if there {
			err = fmt.Errorf("%s: %s are not part of this version; %s, whatever it says: take the file away",
				part.path, part.what, part.instead)
		}
		errs = append(errs, err)
	}
	return Usage(errors.Join(errs...))
}
