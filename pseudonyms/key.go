package pseudonyms

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"
	"sync"
)

// A Kind is what an original is. Equal texts of two kinds have two pseudonyms.
type Kind string

// The kinds of originals, and what spaces they are told apart by.
const (
	Patient Kind = "patient" // patient_id; the patient space
	Lesion  Kind = "lesion"  // lesion_id; the patient space
	Image   Kind = "image"   // image_path of a dataset CSV; the source
	Mask    Kind = "mask"    // mask_path; the source
	Group   Kind = "group"   // group_id; none
	File    Kind = "file"    // a file of the workspace whose name may be a picture's; none
	Text    Kind = "text"    // what people or programs say of images and ids, which it may name; the source
)

// LeastKey is how many bytes a key has at least.
const LeastKey = 16

// digits are how many hex digits of a hash leave, fingerprintDigits those that tell keys apart.
const (
	digits            = 32
	fingerprintDigits = 16
)

// fingerprinted is what a key's fingerprint is the hash of. No original is hashed as this text: it holds no NUL.
const fingerprinted = "dermset pseudonym key"

// A Key makes pseudonyms. Printed in whatever way, it does not show its bytes. Many goroutines may use it.
type Key struct {
	macs        *sync.Pool
	fingerprint string
}

// NewKey is the key of these bytes, of which too few are an error that does not show them.
func NewKey(secret []byte) (*Key, error) {
	if len(secret) < LeastKey {
		return nil, fmt.Errorf("a key has at least %d bytes, and this one has %d", LeastKey, len(secret))
	}
	k := &Key{macs: &sync.Pool{New: func() any { return hmac.New(sha256.New, secret) }}}
	k.fingerprint = k.sum([]byte(fingerprinted), fingerprintDigits)
	return k, nil
}

// Fingerprint tells keys apart and says nothing else of them: the first 16 hex digits of HMAC-SHA-256(key, a fixed
// text).
func (k *Key) Fingerprint() string { return k.fingerprint }

// String is its fingerprint.
func (k *Key) String() string { return "key " + k.fingerprint }

// Of is the pseudonym of an original: the first 32 hex digits of HMAC-SHA-256(key, kind NUL space NUL original).
// What is empty is unknown, and stays so.
func (k *Key) Of(kind Kind, space, original string) string {
	if original == "" {
		return ""
	}
	message := make([]byte, 0, len(kind)+len(space)+len(original)+2)
	message = append(append(append(message, kind...), 0), space...)
	return k.sum(append(append(message, 0), original...), digits)
}

// ImageID is what leaves in the place of an image_id: the source, a slash and the pseudonym of the path. Sources are
// those that there are, with their patient spaces. An id of none of them, which people may name, leaves as a text, and
// known is false.
func (k *Key) ImageID(id string, sources map[string]string) (pseudonym string, known bool) {
	source, path, _ := strings.Cut(id, "/")
	if _, known = sources[source]; !known {
		return k.Of(Text, "", id), false
	}
	return source + "/" + k.Of(Image, source, path), true
}

func (k *Key) sum(message []byte, digits int) string {
	mac := k.macs.Get().(hash.Hash)
	defer k.macs.Put(mac)
	mac.Reset()
	mac.Write(message)
	return hex.EncodeToString(mac.Sum(nil))[:digits]
}
