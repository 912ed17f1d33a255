package people

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
)

// Signatures are those of `ssh-keygen -Y sign`: OpenSSH, PROTOCOL.sshsig.
const (
	armorBegin = "-----BEGIN SSH SIGNATURE-----\n"
	armorEnd   = "-----END SSH SIGNATURE-----\n"
	sigMagic   = "SSHSIG"
	sigVersion = 1
	// mostSignature bounds an armoured signature: RSA with 16,384 bits has under 6 KiB.
	mostSignature = 16 << 10
)

// An sshsig is a signature without its armour and magic.
type sshsig struct {
	Version   uint32
	PublicKey []byte
	Namespace string
	Reserved  []byte
	Hash      string
	Signature []byte
}

// signed is what a signature is made of, behind the magic.
type signed struct {
	Namespace string
	Reserved  []byte
	Hash      string
	Sum       []byte
}

// signatureForms are the algorithms of signatures that count, by the type of the key. RSA with SHA-1 is none of them,
// and neither are certificates: people.yaml names keys.
var signatureForms = map[string][]string{
	ssh.KeyAlgoED25519:    {ssh.KeyAlgoED25519},
	ssh.KeyAlgoECDSA256:   {ssh.KeyAlgoECDSA256},
	ssh.KeyAlgoECDSA384:   {ssh.KeyAlgoECDSA384},
	ssh.KeyAlgoECDSA521:   {ssh.KeyAlgoECDSA521},
	ssh.KeyAlgoSKED25519:  {ssh.KeyAlgoSKED25519},
	ssh.KeyAlgoSKECDSA256: {ssh.KeyAlgoSKECDSA256},
	ssh.KeyAlgoRSA:        {ssh.KeyAlgoRSASHA256, ssh.KeyAlgoRSASHA512},
}

// Verify returns the key with which an armoured SSH signature was made of a message, in a namespace. Whose key it is,
// is for the caller to find out.
func Verify(armoured []byte, namespace string, message []byte) (ssh.PublicKey, error) {
	s, err := parseSignature(armoured)
	if err != nil {
		return nil, err
	}
	if s.Namespace != namespace {
		return nil, fmt.Errorf("is a signature for %q, want %q", s.Namespace, namespace)
	}
	key, err := ssh.ParsePublicKey(s.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("its key cannot be read: %w", err)
	}
	var sum []byte
	switch s.Hash {
	case "sha256":
		h := sha256.Sum256(message)
		sum = h[:]
	case "sha512":
		h := sha512.Sum512(message)
		sum = h[:]
	default:
		return nil, fmt.Errorf("its hash is %q, want sha256 or sha512", s.Hash)
	}
	var signature ssh.Signature
	if err := ssh.Unmarshal(s.Signature, &signature); err != nil {
		return nil, errors.New("is damaged: holds no signature")
	}
	if !slices.Contains(signatureForms[key.Type()], signature.Format) {
		return nil, fmt.Errorf("is made by %q with a key of type %q, which does not count", signature.Format, key.Type())
	}
	data := append([]byte(sigMagic), ssh.Marshal(signed{s.Namespace, s.Reserved, s.Hash, sum})...)
	if err := key.Verify(data, &signature); err != nil {
		return nil, errors.New("is not a signature of this, but of something else, or it was changed")
	}
	return key, nil
}

// parseSignature takes the armour off. It reads what ssh-keygen writes, and nothing around it.
func parseSignature(armoured []byte) (s sshsig, err error) {
	damaged := errors.New("is damaged, want what ssh-keygen -Y sign writes")
	if len(armoured) > mostSignature {
		return s, damaged
	}
	text := strings.ReplaceAll(string(armoured), "\r\n", "\n")
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	text, begins := strings.CutPrefix(text, armorBegin)
	text, ends := strings.CutSuffix(text, armorEnd)
	blob, err := base64.StdEncoding.Strict().DecodeString(text) // which leaves line ends out
	if !begins || !ends || err != nil {
		return s, damaged
	}
	blob, is := bytes.CutPrefix(blob, []byte(sigMagic))
	if !is || ssh.Unmarshal(blob, &s) != nil {
		return s, damaged
	}
	if s.Version != sigVersion {
		return s, fmt.Errorf("has version %d, want %d", s.Version, sigVersion)
	}
	return s, nil
}

// SameKey reports whether two keys are one.
func SameKey(a, b ssh.PublicKey) bool { return bytes.Equal(a.Marshal(), b.Marshal()) }

// Sign has ssh-keygen sign a message with the key in a file, or with one that an agent holds whose public half the file
// is. It may ask for a passphrase on the terminal. The signature is armoured.
func Sign(ctx context.Context, keyFile, namespace string, message []byte) ([]byte, error) {
	program, err := exec.LookPath("ssh-keygen")
	if err != nil {
		return nil, fmt.Errorf("--key %s: signatures are made by ssh-keygen, which is not on this machine: install OpenSSH "+
			"8.1 or later", keyFile)
	}
	var out, said bytes.Buffer
	cmd := exec.CommandContext(ctx, program, "-Y", "sign", "-n", namespace, "-f", keyFile)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(message), &out, &said
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("--key %s: ssh-keygen: %w: %s", keyFile, err, strings.TrimSpace(said.String()))
	}
	return out.Bytes(), nil
}
