package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// Nothing that others wrote moves the cursor, reorders a line or forges one of another level; no URL says a password.
func TestMessagesAreSafe(t *testing.T) {
	for given, want := range map[string]string{
		"plain, ü, 木, é, line\nand\ttab":          "plain, ü, 木, é, line\nand\ttab",
		"\x1b[2Jgone":                             `\x1b[2Jgone`,
		"over\rwritten\b\a\x00\x7f":               `over\rwritten\b\a\x00\x7f`,
		"eight bits \u009b31m":                    `eight bits \u009b31m`,
		"\u202egpj.exe\u202c \u2066x\u2069\u200f": `\u202egpj.exe\u202c \u2066x\u2069\u200f`,
		"lines\u2028of\u2029Unicode":              `lines\u2028of\u2029Unicode`,
		"zero\u200bwidth\ufeff":                   `zero\u200bwidth\ufeff`,
		"not UTF-8 \xff\xfe":                      `not UTF-8 \xff\xfe`,
		"https://ann:se/cret@host/x":              "https://ann:se/cret@host/x", // no URL: a slash ends the host
		"at s3+http://ann:s%2Fcret@host/x?y=z@w":  "at s3+http://…@host/x?y=z@w",
		`Get "https://ann:p@ss@host": refused`:    `Get "https://…@host": refused`,
		"mail ann@host, http://host/@x":           "mail ann@host, http://host/@x",
	} {
		if got := safe(given); got != want {
			t.Errorf("%q is told as %q, want %q", given, got, want)
		}
		for _, format := range []string{"text", "json"} {
			var out bytes.Buffer
			a := &app{stderr: &out, logFormat: format}
			a.say("%s", given)
			a.sayErrors(errors.New(given), nil)
			for _, bad := range []string{"\x1b", "\r", "\u009b", "\u202e", "\u2028", "\xff", "s%2Fcret", "p@ss"} {
				if strings.Contains(out.String(), bad) {
					t.Errorf("%s of %q holds %q: %q", format, given, bad, out.String())
				}
			}
		}
	}
}
