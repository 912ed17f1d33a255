package icd11

import "fmt"

// A Secret is a text that stays out of every message: whatever prints or encodes it gets "[redacted]".
type Secret struct{ text string }

// NewSecret hides a text.
func NewSecret(text string) Secret { return Secret{text} }

// Empty says whether there is no text.
func (s Secret) Empty() bool { return s.text == "" }

const redacted = "[redacted]"

func (Secret) String() string { return redacted }

// Format makes every verb print the same, %#v and %d too.
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// MarshalText keeps the text out of JSON, YAML and structured logs.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
