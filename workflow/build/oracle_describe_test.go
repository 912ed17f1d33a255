package build_test

import (
	"math/rand/v2"
	"strings"
)

// This file is what people and models say of pictures, and the rule of spec 9 by which it meets what is stated.

// A predicted row is what models say of a picture; an empty text is nothing.
type predicted struct {
	tone, kind, sure, part string
	lines                  int // that the files have about it, if it says anything: 1, or 2 that say the same
}

// sites are stated sites and the parts of the body they mean; one of them is told in body_sites.csv.
var sites = []stated{{"", ""}, {"back", "back"}, {"Left  HAND", "hand"}, {"face", "face"}, {"the moon", ""},
	{"unknown", ""}, {"zona x", "foot"}}

const sitesFile = "body_site,body_part,person,date,reason\nzona x,foot,Ana,2026-02-03,so we say\n"

func (row *worldRow) addSayings(r *rand.Rand) {
	row.site = pick(r, sites)
	row.says = predicted{lines: 1 + r.IntN(2)}
	if chance(r, 2) {
		row.says.tone = pick(r, []string{"1", "2", "3", "4", "5", "6"})
	}
	if chance(r, 2) {
		row.says.kind, row.says.sure = pick(r, []string{"clinical", "dermoscopy", "non-dermatological"}), pick(r,
			[]string{"0.5", "0.75", "1", ""})
	}
	if chance(r, 2) {
		row.says.part = pick(r, []string{"back", "hand", "nail"})
	}
}

// predictionFiles are the files of predictions, by image_id, by the name of their setting.
func (w *world) predictionFiles() map[string]string {
	files := map[string]string{}
	for task, of := range map[string]func(predicted) (value, sure string){
		"skin_tone":  func(p predicted) (string, string) { return p.tone, "" },
		"image_type": func(p predicted) (string, string) { return p.kind, p.sure },
		"body_part":  func(p predicted) (string, string) { return p.part, "0.9" },
	} {
		c := w.newCSV(task)
		c.record("image_id", "value", "confidence")
		for _, s := range w.sources {
			for _, row := range s.rows {
				if value, sure := of(row.says); value != "" {
					for range row.says.lines {
						c.record(s.name+"/"+row.path, value, sure)
					}
				}
			}
		}
		c.record("s/nobody.jpg", "0", "1.2")
		files["models/"+task+".csv"] = c.String()
	}
	return files
}

// describe is what is known of whom and what a row's picture shows, as the outputs have it.
func (w *world) describe(v *verdict) map[string]string {
	out := map[string]string{"ita": "", "image_type_confidence": ""}
	says := predicted{}
	if w.pictured(v.source) && w.decodes(v.row.picture) {
		says = v.row.says
	}
	final := func(column, stated, estimated string) {
		switch out[column], out[column+"_origin"] = stated, "stated"; {
		case stated != "":
		case estimated != "":
			out[column], out[column+"_origin"] = estimated, "estimated"
		default:
			out[column+"_origin"] = ""
		}
	}
	final("image_type", v.row.kind.means, says.kind)
	if out["image_type_origin"] == "estimated" && says.sure != "" {
		out["image_type_confidence"] = map[string]string{"0.5": "0.5000", "0.75": "0.7500", "1": "1.0000"}[says.sure]
	}
	tone := says.tone
	if kind := out["image_type"]; strings.HasPrefix(kind, "derm") || strings.HasPrefix(kind, "non") {
		tone = ""
	}
	final("fitzpatrick", v.row.fitz.means, tone)
	final("body_part", v.row.site.means, says.part)
	return out
}
