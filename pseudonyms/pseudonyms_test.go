package pseudonyms

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
)

const secret = "sixteen bytes or more"

func newKey(t *testing.T, secret string) *Key {
	t.Helper()
	k, err := NewKey([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestPseudonymsAreThoseOfTheContract makes them as spec 9 says. The first one is what openssl says of
// printf 'patient\0s\0p1' | openssl dgst -sha256 -hmac 'sixteen bytes or more'.
func TestPseudonymsAreThoseOfTheContract(t *testing.T) {
	k := newKey(t, secret)
	for _, of := range []struct {
		kind            Kind
		space, original string
	}{{Patient, "s", "p1"}, {Lesion, "s", "p1"}, {Image, "a", "x/y.jpg"}, {Group, "", "00ff"}, {Mask, "ä", "\xff\x00"}} {
		mac := hmac.New(sha256.New, []byte(secret))
		fmt.Fprintf(mac, "%s\x00%s\x00%s", of.kind, of.space, of.original)
		want := hex.EncodeToString(mac.Sum(nil))[:32]
		for range 2 { // a hash is used again
			if got := k.Of(of.kind, of.space, of.original); got != want {
				t.Errorf("%v: %s, want %s", of, got, want)
			}
		}
	}
	if got := k.Of(Patient, "s", "p1"); got != "fbee99b87ec3de7f0f656b1f74c18063" {
		t.Errorf("openssl says otherwise than %s", got)
	}
	if got := k.Of(Patient, "s", ""); got != "" {
		t.Errorf("the unknown has the pseudonym %q", got)
	}
}

func TestKindsSpacesAndKeysAreToldApart(t *testing.T) {
	k, other := newKey(t, secret), newKey(t, secret+"!")
	seen := map[string]bool{}
	for _, p := range []string{k.Of(Patient, "s", "x"), k.Of(Lesion, "s", "x"), k.Of(Patient, "t", "x"),
		k.Of(Patient, "", "x"), k.Of(Patient, "s", "y"), other.Of(Patient, "s", "x")} {
		if seen[p] {
			t.Errorf("%s is there twice", p)
		}
		seen[p] = true
	}
	if k.Fingerprint() == other.Fingerprint() || len(k.Fingerprint()) != 16 {
		t.Errorf("fingerprints %s and %s", k.Fingerprint(), other.Fingerprint())
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("dermset pseudonym key"))
	if want := hex.EncodeToString(mac.Sum(nil))[:16]; k.Fingerprint() != want {
		t.Errorf("fingerprint %s, want %s", k.Fingerprint(), want)
	}
}

func TestKeysAreNotShown(t *testing.T) {
	short := "fifteen bytes.."
	if _, err := NewKey([]byte(short)); err == nil || strings.Contains(err.Error(), short) {
		t.Errorf("a key of 15 bytes: %v", err)
	}
	k := newKey(t, secret)
	text, err := json.Marshal(map[string]any{"key": k})
	if err != nil {
		t.Fatal(err)
	}
	shown := string(text) + fmt.Sprintf("%v %+v %#v %s %q %x", k, k, *k, k, k, k)
	for _, bytes := range []string{secret, hex.EncodeToString([]byte(secret)), fmt.Sprint([]byte(secret))} {
		if strings.Contains(shown, bytes) {
			t.Errorf("the key shows itself: %s", shown)
		}
	}
}

func TestManyMayUseAKey(t *testing.T) {
	k := newKey(t, secret)
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for i := range 200 {
				text := fmt.Sprint(i)
				if a, b := k.Of(Image, "s", text), newKeyOf(secret).Of(Image, "s", text); a != b {
					t.Errorf("%s: %s, want %s", text, a, b)
				}
			}
		})
	}
	wait.Wait()
}

func newKeyOf(secret string) *Key {
	k, _ := NewKey([]byte(secret))
	return k
}

func TestTheWayBackHasEachOnce(t *testing.T) {
	var out bytes.Buffer
	w, err := NewWayBack(&out)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []Entry{{Patient, "s", "b, c", "01"}, {Patient, "s", "a", "02"}, {Patient, "s", "b, c", "01"},
		{Lesion, "s", "a", "01"}} {
		if err := w.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	want := "kind,space,original,pseudonym\npatient,s,\"b, c\",01\npatient,s,a,02\nlesion,s,a,01\n"
	if out.String() != want {
		t.Errorf("the way back is\n%s, want\n%s", out.String(), want)
	}
	for _, e := range []Entry{{Patient, "s", "z", "01"}, {Patient, "t", "b, c", "01"}} {
		if err := w.Add(e); err == nil || !strings.Contains(err.Error(), "two originals") {
			t.Errorf("%v beside another of its pseudonym: %v", e, err)
		}
	}
	if out.String() != want {
		t.Errorf("what collides is written: %s", out.String())
	}
}
