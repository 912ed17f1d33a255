package people

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

// keys are one of each kind that signs without hardware.
func keys(t testing.TB) map[string]crypto.Signer {
	t.Helper()
	all := map[string]crypto.Signer{}
	add := func(name string, key crypto.Signer, err error) {
		if err != nil {
			t.Fatal(err)
		}
		all[name] = key
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	add("ed25519", ed, err)
	for name, curve := range map[string]elliptic.Curve{"256": elliptic.P256(), "384": elliptic.P384(),
		"521": elliptic.P521()} {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		add("ecdsa "+name, key, err)
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	add("rsa", key, err)
	return all
}

// form is what a signature is made of by hand: PROTOCOL.sshsig, for what ssh-keygen would never write.
type form struct {
	namespace, inside, hash, algorithm string
	version                            uint32
	reserved                           []byte
}

// sign signs a message as PROTOCOL.sshsig says, but for what the form says otherwise.
func sign(t testing.TB, key crypto.Signer, f form, message string) string {
	t.Helper()
	signer, err := ssh.NewSignerFromSigner(key)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(message))
	data := append([]byte(sigMagic), ssh.Marshal(signed{f.inside, f.reserved, f.hash, sum[:]})...)
	var signature *ssh.Signature
	if f.algorithm != "" {
		signature, err = signer.(ssh.AlgorithmSigner).SignWithAlgorithm(rand.Reader, data, f.algorithm)
	} else {
		signature, err = signer.Sign(rand.Reader, data)
	}
	if err != nil {
		t.Fatal(err)
	}
	blob := append([]byte(sigMagic), ssh.Marshal(sshsig{f.version, signer.PublicKey().Marshal(), f.namespace, f.reserved,
		f.hash, ssh.Marshal(signature)})...)
	return armorBegin + base64.StdEncoding.EncodeToString(blob) + "\n" + armorEnd
}

var usual = form{namespace: "dermset", inside: "dermset", hash: "sha256", version: 1}

// A signature holds for its message in its namespace and no other, by the key that made it; what OpenSSH itself would
// refuse is refused.
func TestSignatures(t *testing.T) {
	all := keys(t)
	key := all["ed25519"]
	good := sign(t, key, usual, "yes")
	public, err := ssh.NewPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	got, err := Verify([]byte(good), "dermset", []byte("yes"))
	if err != nil || !SameKey(got, public) {
		t.Fatalf("key %v, error %v", got, err)
	}
	change := func(f form, edit func(*form)) form { edit(&f); return f }
	for name, c := range map[string]struct{ armoured, message, namespace, want string }{
		"another message":   {good, "no", "dermset", "of something else"},
		"another namespace": {good, "yes", "git", `is a signature for "dermset"`},
		"made for another namespace": {sign(t, key, change(usual, func(f *form) { f.inside = "git" }), "yes"), "yes",
			"dermset", "of something else"},
		"another version": {sign(t, key, change(usual, func(f *form) { f.version = 2 }), "yes"), "yes", "dermset",
			"has version 2"},
		"another hash": {sign(t, key, change(usual, func(f *form) { f.hash = "md5" }), "yes"), "yes", "dermset",
			`its hash is "md5"`},
		"the hash of another": {sign(t, key, change(usual, func(f *form) { f.hash = "sha512" }), "yes"), "yes", "dermset",
			"of something else"},
		"rsa with sha-1": {sign(t, all["rsa"], change(usual, func(f *form) { f.algorithm = ssh.KeyAlgoRSA }), "yes"), "yes",
			"dermset", `"ssh-rsa" with a key of type "ssh-rsa", which does not count`},
		"no armour":         {strings.TrimPrefix(good, armorBegin), "yes", "dermset", "is damaged"},
		"no end":            {strings.TrimSuffix(good, armorEnd), "yes", "dermset", "is damaged"},
		"something before":  {"x\n" + good, "yes", "dermset", "is damaged"},
		"something behind":  {good + "x\n", "yes", "dermset", "is damaged"},
		"two":               {good + good, "yes", "dermset", "is damaged"},
		"too long":          {armorBegin + strings.Repeat("A", mostSignature) + armorEnd, "yes", "dermset", "is damaged"},
		"nothing":           {"", "yes", "dermset", "is damaged"},
		"of nothing":        {armorBegin + armorEnd, "yes", "dermset", "is damaged"},
		"other magic":       {strings.Replace(good, "U1NIU0lH", "U1NIU0lI", 1), "yes", "dermset", "is damaged"},
		"a byte of the key": {flip(t, good, 40), "yes", "dermset", ""},
	} {
		_, err := Verify([]byte(c.armoured), c.namespace, []byte(c.message))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
	for i := range decoded(t, good) { // no byte of it is free
		if key, err := Verify([]byte(flip(t, good, i)), "dermset", []byte("yes")); err == nil {
			t.Errorf("byte %d was changed, and it is a signature of %v", i, key)
		}
	}
}

func decoded(t testing.TB, armoured string) []byte {
	t.Helper()
	blob, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(strings.TrimPrefix(armoured, armorBegin), armorEnd))
	if err != nil {
		t.Fatal(err)
	}
	return blob
}

func flip(t testing.TB, armoured string, at int) string {
	t.Helper()
	blob := decoded(t, armoured)
	blob[at] ^= 1
	return armorBegin + base64.StdEncoding.EncodeToString(blob) + "\n" + armorEnd
}

// What ssh-keygen signs we verify, and what we take it verifies too, for every kind of key.
func TestAsOpenSSHDoes(t *testing.T) {
	program, err := exec.LookPath("ssh-keygen")
	if err != nil {
		t.Skip("wants ssh-keygen to compare with")
	}
	for name, key := range keys(t) {
		dir := t.TempDir()
		file := filepath.Join(dir, "key")
		block, err := ssh.MarshalPrivateKey(key, "")
		if err != nil {
			t.Fatal(err)
		}
		public, err := ssh.NewPublicKey(key.Public())
		if err != nil {
			t.Fatal(err)
		}
		line := "ana " + string(ssh.MarshalAuthorizedKey(public))
		for path, text := range map[string][]byte{file: pem.EncodeToMemory(block),
			filepath.Join(dir, "allowed"): []byte(line)} {
			if err := os.WriteFile(path, text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		armoured, err := Sign(t.Context(), file, "dermset", []byte("yes\n"))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Verify(armoured, "dermset", []byte("yes\n")); err != nil || !SameKey(got, public) {
			t.Errorf("%s: key %v, error %v", name, got, err)
		}
		f := usual
		if name == "rsa" {
			f.algorithm = ssh.KeyAlgoRSASHA512
		}
		ours := sign(t, key, f, "yes\n")
		if _, err := Verify([]byte(ours), "dermset", []byte("yes\n")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, signature := range []string{string(armoured), ours} {
			if err := os.WriteFile(filepath.Join(dir, "sig"), []byte(signature), 0o600); err != nil {
				t.Fatal(err)
			}
			for message, want := range map[string]bool{"yes\n": true, "no\n": false} {
				cmd := exec.Command(program, "-Y", "verify", "-n", "dermset", "-f", filepath.Join(dir, "allowed"), "-I", "ana",
					"-s", filepath.Join(dir, "sig"))
				cmd.Stdin = strings.NewReader(message)
				out, err := cmd.CombinedOutput()
				_, ours := Verify([]byte(signature), "dermset", []byte(message))
				if (err == nil) != want || (ours == nil) != want {
					t.Errorf("%s, %q: ssh-keygen says %v %s, we %v", name, message, err, out, ours)
				}
			}
		}
	}
}

func TestNoKeyToSignWith(t *testing.T) {
	if _, err := exec.LookPath("ssh-keygen"); err == nil {
		if _, err := Sign(t.Context(), filepath.Join(t.TempDir(), "none"), "dermset", nil); err == nil ||
			!strings.Contains(err.Error(), "none") {
			t.Errorf("error %v", err)
		}
	}
	t.Setenv("PATH", t.TempDir())
	_, err := Sign(t.Context(), "key", "dermset", nil)
	if err == nil || !strings.Contains(err.Error(), "install OpenSSH") {
		t.Errorf("error %v", err)
	}
}

// No text makes the parser panic, or is a signature of what was never signed.
func FuzzVerify(f *testing.F) {
	good := sign(f, keys(f)["ed25519"], usual, "yes")
	f.Add(good)
	f.Add(flip(f, good, 60))
	f.Add(armorBegin + armorEnd)
	f.Fuzz(func(t *testing.T, armoured string) {
		if _, err := Verify([]byte(armoured), "dermset", []byte("never signed")); err == nil {
			t.Errorf("%q is a signature", armoured)
		}
	})
}
