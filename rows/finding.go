package rows

// A Finding is something about rows that a person should look at; the catalogue of findings knows its
// severity and remedy by ID.
type Finding struct {
	ID      string
	Source  int   // index of the source of Row
	Row     int64 // the first row concerned, from 0 in its dataset CSV; -1: no row
	Subject string
	About   []string `json:",omitempty"` // the image_ids that Subject begins with, " and " between them
	Images  int64
	Detail  string
}
