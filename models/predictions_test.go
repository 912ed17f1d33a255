package models

import (
	"strings"
	"testing"
)

func TestPredictions(t *testing.T) {
	sum := strings.Repeat("ab", 32)
	dir := write(t, map[string]string{"p.csv": "sha256,value,confidence\n" + sum + ",dermoscopy,0.75\n"})
	p, err := ReadPredictions(dir, "p.csv", ImageType)
	if err != nil {
		t.Fatal(err)
	}
	content := [32]byte{}
	for i := range content {
		content[i] = 0xab
	}
	if answer, known := p.Of(content, ""); !known || answer.Value != "dermoscopy" || answer.Confidence != 0.75 {
		t.Errorf("%+v, %v", answer, known)
	}
}
