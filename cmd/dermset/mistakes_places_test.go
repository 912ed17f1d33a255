package main

import (
	"testing"
	"time"

	"github.com/dermset/dermset/io/blobio/blobtest"
	"github.com/dermset/dermset/io/releaseio"
)

// pictured has a store with the pictures that the rows name, further settings, and a file.
func pictured(more, name, text string) map[string]string {
	return map[string]string{"dermset.yaml": goodWorkspace["dermset.yaml"] + "images: {store: store}\n" + more, name: text,
		"store/hand/1.jpg": "x", "store/hand/2.jpg": "y"}
}

func stored(url string) map[string]string {
	return settings(goodWorkspace["dermset.yaml"] + "images: {store: '" + url + "'}\n")
}

// amazon has what programs of AWS look at in the environment, but for one variable.
func amazon(name, value string) func(*testing.T) {
	return func(t *testing.T) {
		blobtest.Environment(t)
		t.Setenv(name, value)
	}
}

// bucketless names a bucket that the server does not have.
func bucketless(t *testing.T) {
	blobtest.Environment(t)
	url := blobtest.Serve(t, blobtest.Server(t))
	write(t, "dermset.yaml", stored("s3://buckets/x?endpoint=" + url)["dermset.yaml"])
}

// locked is another run.
func locked(t *testing.T) {
	lock, err := releaseio.TakeLock(".dermset.lock", "build", time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { lock.Release() })
}

var mistakesOfPlaces = []mistake{
	{name: "folder of a workspace", verb: "build --workspace sources/hand", exit: 2,
		says: []string{
			"stat sources/hand/dermset.yaml: no such file or directory (the workspace is above: write --workspace .)",
		}},
	{name: "folder that is not there", verb: "build --workspace Sources", exit: 2,
		says: []string{
			"stat Sources/dermset.yaml: no such file or directory (the workspace is above: write --workspace .)",
		}},
	{name: "dermset.yml", verb: builds, exit: 2,
		files: map[string]string{"dermset.yaml": gone, "dermset.yml": ""},
		says: []string{
			"stat dermset.yaml: no such file or directory (dermset.yml is there: rename it to dermset.yaml)",
		}},
	{name: "workspace below", verb: builds, exit: 2,
		files: map[string]string{"dermset.yaml": gone, "inside/dermset.yaml": ""},
		says: []string{
			"stat dermset.yaml: no such file or directory (the workspace is below: write --workspace inside)",
		}},
	{name: "two runs", verb: builds, exit: 1,
		plant: locked,
		says: []string{
			".dermset.lock: run \"build\" of process ",
		}},
	{name: "store that is not there", verb: builds, exit: 2,
		files: settings(goodWorkspace["dermset.yaml"] + "images: {store: stores}\n"),
		says: []string{
			"dermset.yaml:4: images.store: open stores: no such file or directory; correct the folder's name, or mount " +
				"what should be there",
		}},
	{name: "store without a region", verb: builds, exit: 2,
		files: stored("s3://bucket/x"),
		plant: amazon("AWS_REGION", ""),
		says: []string{
			"dermset.yaml:4: images.store: s3://bucket/x/: no region is set; set AWS_REGION, or put ?region=NAME behind " +
				"the URL of the store (images.store, --to)",
		}},
	{name: "store without credentials", verb: builds, exit: 1,
		files: stored("s3://bucket/x?endpoint=http://127.0.0.1:9&region=eu-west-1"),
		plant: amazon("AWS_ACCESS_KEY_ID", ""),
		says: []string{
			"set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and look at the machine's clock; for a " +
				"public bucket put ?anonymous=true behind the URL of the store",
		}},
	{name: "endpoint that is no URL", verb: builds, exit: 2,
		files: stored("s3://bucket/x"),
		plant: amazon("AWS_ENDPOINT_URL", "127.0.0.1:9"),
		says: []string{
			"dermset.yaml:4: images.store: s3://bucket/x/: its endpoint (AWS_ENDPOINT_URL): want a URL such as " +
				"https://s3.example.org, without a password and a question mark",
		}},
	{name: "bucket that is not there", verb: builds, exit: 1,
		plant: bucketless,
		says: []string{
			"no_bucket: 404 Not Found, NoSuchBucket; correct the bucket's name in the URL of the store (images.store, " +
				"--to)",
		}},
	{name: "no such source", verb: "source ingest lesions", exit: 2,
		says: []string{
			"there is no source \"lesions\" under sources/; make it with `dermset source new lesions`",
		}},
	{name: "source's case", verb: "source ingest Clinic", exit: 2,
		says: []string{
			"there is no source \"Clinic\" under sources/; did you mean clinic?",
		}},
	{name: "path for a source", verb: "source ingest sources/clinic", exit: 2,
		says: []string{
			"there is no source \"sources/clinic\" under sources/; did you mean clinic?",
		}},
	{name: "folder without a source.yaml", verb: builds, exit: 2,
		files: map[string]string{"sources/new/x": ""},
		says: []string{
			"sources/new/source.yaml: the source is not declared; write this file, `dermset source new NAME` makes one " +
				"to start from",
		}},
	{name: "source that is pinned", verb: builds, exit: 2,
		files: settings(goodWorkspace["dermset.yaml"] + "split: {pin: {Hand: test}}\n"),
		says: []string{
			"dermset.yaml:4: split.pin: there is no source \"Hand\" under sources/; did you mean hand?",
		}},
}
