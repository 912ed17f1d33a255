package desk

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/dermset/dermset/findings"
)

// A pattern is of the whole subject, whatever bytes that has; a subject that is written like one matches itself.
func TestSubjectPatterns(t *testing.T) {
	for _, test := range []struct {
		pattern, subject string
		matches          bool
	}{
		{"", "anything\nat all", true},
		{"Wart", "Wart", true},
		{"Wart", "Warts", false},
		{"Wart", "wart", false},
		{"*art", "Wart", true},
		{"age=*", "age=200", true},
		{"age=*", "page=200", false},
		{"a*b*a", "aba", true},
		{"a*b*a", "aa", false},
		{"a*a", "a", false},
		{"*b*b", "ab", false},
		{"s/*/1.jpg", "s/a/b/1.jpg", true},
		{"*", "two\nlines", true},
		{"a+b (c)", "a+b (c)", true},
		{"a.c", "abc", false},
		{"5* (*)", "5* (*)", true},
		{`a\*`, `a\b`, true},
		{"a?c", "abc", false},
		{"*", "\xff", true},
		{"\xff*", "\xffa", true},
	} {
		a := Acceptance{Subject: test.pattern}
		if got := a.matches(test.subject); got != test.matches {
			t.Errorf("%q of %q: %v", test.pattern, test.subject, got)
		}
	}
}

// Lines are added behind those that are there, whose bytes stay; each is read back as it was meant.
func TestAppendLines(t *testing.T) {
	const line = "new_category,,Wart,ana,2026-03-31,seen"
	for name, before := range map[string]string{
		"no file":       "",
		"header":        "finding,source,subject,person,date,reason\n",
		"no last end":   "finding,source,subject,person,date,reason\n" + line,
		"CR LF":         "finding,source,subject,person,date,reason\r\n" + line + "\r\n",
		"BOM":           "\ufefffinding,source,subject,person,date,reason\n" + line + "\n",
		"other order":   "reason,finding,source,subject,person,date\nseen,new_category,,Wart,ana,2026-03-31\n",
		"other writing": "Finding,SOURCE, subject ,person,date,reason\n" + line + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "accepted_findings.csv")
			lines := [][]string{
				{"new_category", "", randomText(), "ana", "2026-04-01", "one, \"two\""},
				{"bad_value", "s", "age=200\nor so", "ana", "2026-04-01", randomText()},
			}
			text, err := appendLines([]byte(before), lines)
			if err != nil {
				t.Fatal(err)
			}
			if string(text[:len(before)]) != before {
				t.Errorf("what was there is now %q", text[:len(before)])
			}
			var want []findings.Accepted
			if before != "" {
				if err := os.WriteFile(path, []byte(before), 0o644); err != nil {
					t.Fatal(err)
				}
				if want, err = findings.ReadAccepted(path); err != nil {
					t.Fatal(err)
				}
			}
			for _, l := range lines {
				want = append(want, findings.Accepted{Finding: l[0], Source: l[1], Subject: l[2], Person: l[3], Date: l[4],
					Reason: l[5]})
			}
			if err := os.WriteFile(path, text, 0o644); err != nil {
				t.Fatal(err)
			}
			got, err := findings.ReadAccepted(path)
			if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(findings.Accepted{}, "Line")); err != nil || diff != "" {
				t.Errorf("%v (-want +got)\n%s", err, diff)
			}
		})
	}
}

// randomText is text of what CSV takes for something else, never empty.
func randomText() string {
	const parts = "a,\"'; \té\n="
	text := []rune("x")
	for range rand.IntN(12) {
		runes := []rune(parts)
		text = append(text, runes[rand.IntN(len(runes))])
	}
	return string(text)
}

// One line stands for all findings of a source and subject. A wrong code must be named; one that is not keeps all back.
func TestMeantFindings(t *testing.T) {
	all := []findings.Finding{
		findings.New("title_mismatch", "s!C2", "", "Wart", 1, ""),
		findings.New("title_mismatch", "t!C2", "", "Wart", 1, ""),
		findings.New("title_mismatch", "s!C3", "", "Acne", 1, ""),
		findings.New("new_category", "s!B2", "", "Wart", 1, ""),
	}
	for i, code := range []string{"1E80", "1E80", "ED80"} {
		all[i].Code = code
	}
	a := Acceptance{Finding: "title_mismatch", Reason: "1E80 is meant"}
	if _, err := a.meant(all); err == nil || err.Error() !=
		`title_mismatch of "Acne": --reason must name the code ED80, so that another wrong code is found again` {
		t.Error(err)
	}
	a.Subject = "W*"
	if meant, err := a.meant(all); err != nil || len(meant) != 1 || meant[0].Place != "s!C2" {
		t.Error(meant, err)
	}
}
