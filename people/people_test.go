package people

import (
	"strings"
	"testing"
)

const some = `- {id: ana, name: Ana Ruiz, role: data_scientist, valid_from: 2026-01-01, valid_to: 2026-06-30}
- {id: ana, name: Ana Ruiz, role: approver, valid_from: 2026-07-01}
- {id: cy, name: Cy Tran, role: dermatologist, ssh_key: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHUHLSkZCtX4h3ONGIJGEHUkiTs8fJjvqWkz3eQ4rnBM cy@home"}
`

func TestRead(t *testing.T) {
	p, err := Parse("people.yaml", []byte(some))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		id   string
		role Role
		day  string
		want string // in the error; empty: none
	}{
		{"ana", DataScientist, "2026-01-01", ""},
		{"ana", DataScientist, "2026-06-30", ""},
		{"ana", DataScientist, "2026-07-01", "is approver"},
		{"ana", Approver, "2026-07-01", ""},
		{"ana", DataScientist, "2025-12-31", "may not decide on 2025-12-31"},
		{"Ana ", DataScientist, "2026-01-01", `but "ana" is`},
		{"cy", Dermatologist, "1999-01-01", ""},
		{"cy", Approver, "2026-01-01", "is dermatologist"},
		{"dan", Approver, "2026-01-01", "is not in people.yaml"},
	} {
		_, err := p.Holds(c.id, c.role, c.day)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s as %s on %s: error %v, want %q", c.id, c.role, c.day, err, c.want)
		}
	}
}

func TestMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"- {id: ana, name: A, role: boss}":               `"boss": want one of`,
		"- {name: A, role: approver}":                    "has no id",
		"- {id: ana, role: approver}":                    "has no name",
		"- {id: ana, name: A}":                           "has no role",
		"- {id: ana, name: A, role: approver, since: x}": "unknown key, want one of",
		"- {id: ana, name: A, role: approver, valid_form: x}": "people.yaml:1:38: [1].valid_form: unknown key; did you " +
			"mean valid_from?",
		"- {id: ana, name: A, role: aprover}":                                                "did you mean approver?",
		"- {id: ana, name: A, role: approver, valid_from: 31.3.2026}":                        "want a day",
		"- {id: ana, name: A, role: approver, valid_from: 2026-02-01, valid_to: 2026-01-01}": "is before",
		"- {id: ana, name: A, role: approver}\n- {id: ANA, name: B, role: approver}":         "want one spelling",
		"- {id: ana, name: A, role: approver}\n- {id: ana, name: B, role: dermatologist}":    "periods that do not meet",
		"- {id: ana, name: A, role: approver, ssh_key: secret}":                              "not a public key",
		"- {id: ' ana', name: A, role: approver}":                                            "begins or ends with a space",
		"people:\n- {id: ana, name: A, role: approver}":                                      "want a list",
	} {
		_, err := Parse("people.yaml", []byte(text))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "people.yaml:") {
			t.Errorf("%s:\n%v, want %q", text, err, want)
		}
	}
}

func TestSame(t *testing.T) {
	for _, other := range []string{"Ana", "ANA ", "ａｎａ"} {
		if !Same("ana", other) {
			t.Errorf("%q is somebody else than ana", other)
		}
	}
	if Same("ana", "anna") {
		t.Error("anna is ana")
	}
}
