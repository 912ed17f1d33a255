package main

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

var sample = [][]string{
	{"program", "rows", "wall_s", "cpu_s", "peak_bytes"},
	{"polars", "100000", "0.5", "0.6", "250000000"}, {"polars", "1000000", "2", "3.9", "1080000000"},
	{"polars", "10000000", "30", "59", "9300000000"},
	{"dermset", "100000", "0.4", "0.5", "160000000"}, {"dermset", "1000000", "1.5", "2.6", "310000000"},
	{"dermset", "30000000", "70", "80", "1200000000"},
}

func TestPicture(t *testing.T) {
	points, err := parse(sample)
	if err != nil {
		t.Fatal(err)
	}
	svg := draw(points)
	for decoder := xml.NewDecoder(strings.NewReader(svg)); ; {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if got, want := strings.Count(svg, "<circle"), 2*len(points); got != want {
		t.Errorf("%d points are drawn, want %d", got, want)
	}
	if svg != draw(points) {
		t.Error("the same points give another picture")
	}
}

func TestBrokenRecords(t *testing.T) {
	for _, records := range [][][]string{{sample[0], {"polars", "1"}}, {sample[0], {"polars", "x", "1", "1", "1"}}} {
		if _, err := parse(records); err == nil || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("error %v", err)
		}
	}
}
