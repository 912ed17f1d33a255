package decisions

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/dermset/dermset/people"
)

// A pen signs approvals, as ssh-keygen does.
type pen struct{ ssh.Signer }

func newPen(t *testing.T) pen {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pen{signer}
}

// line is the key as people.yaml has it.
func (p pen) line() string {
	return ", ssh_key: " + strings.TrimSpace(string(ssh.MarshalAuthorizedKey(p.PublicKey())))
}

func (p pen) sign(t *testing.T, d Decision) Decision {
	t.Helper()
	sum := sha256.Sum256(Statement(d))
	signature, err := p.Sign(nil, append([]byte("SSHSIG"), ssh.Marshal(struct {
		Namespace, Reserved, Hash string
		Sum                       []byte
	}{Namespace, "", "sha256", sum[:]})...))
	if err != nil {
		t.Fatal(err)
	}
	blob := append([]byte("SSHSIG"), ssh.Marshal(struct {
		Version                   uint32
		Key                       []byte
		Namespace, Reserved, Hash string
		Signature                 []byte
	}{1, p.PublicKey().Marshal(), Namespace, "", "sha256", ssh.Marshal(signature)})...)
	a := *d.Approval
	a.Signed = "-----BEGIN SSH SIGNATURE-----\n" + base64.StdEncoding.EncodeToString(blob) +
		"\n-----END SSH SIGNATURE-----\n"
	d.Approval = &a
	return d
}

// A signature is of one statement, by the key that people name for that person on that day: nothing that it binds may
// change, no other key does, and who has a key must sign.
func TestApprovalsThatHold(t *testing.T) {
	l := walked(t)
	eve, other := newPen(t), newPen(t)
	who := func(more string) *people.People {
		t.Helper()
		p, err := people.Parse("people.yaml", []byte("- {id: eve, name: Eve, role: approver"+more+"}\n"))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	parts := Parts{"settings": sumOf(nil)}
	d := l.Next(Decision{Who: "eve", Role: Approver, Act: Approve, Why: "well",
		Approval: &Approval{Version: "DXv1.0", State: parts.Sum(), Parts: parts, Draft: "d",
			People: "- {id: eve, name: Eve, role: approver" + eve.line() + "}\n"}}, day)
	signed := eve.sign(t, d)
	const no = "does not hold"
	with := func(edit func(d *Decision, a *Approval)) Decision {
		d, a := signed, *signed.Approval
		edit(&d, &a)
		d.Approval = &a
		return d
	}
	for name, c := range map[string]struct {
		d    Decision
		who  *people.People
		want string // in the error; empty: it holds
	}{
		"signed":            {signed, who(eve.line()), ""},
		"unsigned":          {d, who(""), ""},
		"not signed":        {d, who(eve.line()), "it is not signed, and people.yaml:1 names a key"},
		"nobody's key":      {signed, who(""), "names no key of"},
		"another key":       {other.sign(t, d), who(eve.line()), "a key that was changed stays in an entry of its own"},
		"the key of before": {signed, who(", valid_to: 2026-03-30" + eve.line()), "may not decide on 2026-03-31"},
		"another state":     {with(func(_ *Decision, a *Approval) { a.State = sumOf(nil) }), who(eve.line()), no},
		"another draft":     {with(func(_ *Decision, a *Approval) { a.Draft = "e" }), who(eve.line()), no},
		"another version":   {with(func(_ *Decision, a *Approval) { a.Version = "DXv1.1" }), who(eve.line()), no},
		"other people":      {with(func(_ *Decision, a *Approval) { a.People += "\n" }), who(eve.line()), no},
		"another reason":    {with(func(d *Decision, _ *Approval) { d.Why = "ill" }), who(eve.line()), no},
		"another time":      {with(func(d *Decision, _ *Approval) { d.Time = d.Time.Add(time.Second) }), who(eve.line()), no},
		"another place":     {with(func(d *Decision, _ *Approval) { d.Prev = zeros }), who(eve.line()), no},
		"another line":      {with(func(d *Decision, _ *Approval) { d.Number++ }), who(eve.line()), no},
		"another person": {with(func(d *Decision, _ *Approval) { d.Who = "dan" }), who(eve.line()),
			`"dan" is not in people.yaml`},
	} {
		err := Holds(c.d, c.who)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
	if err := HoldsThroughout(signed, who(eve.line())); err != nil {
		t.Error(err)
	}
	if err := HoldsThroughout(eve.sign(t, with(func(_ *Decision, a *Approval) {
		a.People = "- {id: eve, name: Eve, role: dermatologist" + eve.line() + "}\n"
	})), who(eve.line())); err == nil || !strings.Contains(err.Error(), "want approver") {
		t.Errorf("an approver who was none on that day: error %v", err)
	}
}

// What is signed is written in docs/audit.md, for who checks it with ssh-keygen.
func TestStatement(t *testing.T) {
	d := Decision{Number: 3, Prev: "p", Who: "eve", Why: "a\nb", Time: day,
		Approval: &Approval{Version: "DXv1.0", State: "s", Draft: "d", People: "x"}}
	want := "dermset approval\nversion: DXv1.0\nstate_sha256: s\ndraft_manifest_sha256: d\npeople_sha256: " +
		fmt.Sprintf("%x", sha256.Sum256([]byte("x"))) + "\nperson: \"eve\"\ntime: 2026-03-31T09:00:00Z\nreason: \"a\\nb\"\n" +
		"line_before: 2 p\n"
	if got := string(Statement(d)); got != want {
		t.Errorf("signed is\n%swant\n%s", got, want)
	}
}

func TestParts(t *testing.T) {
	a, b := sumOf([]byte("a")), sumOf([]byte("b"))
	parts := Parts{"x": a, "y y": b}
	back, ok := ParseParts(parts.Text())
	if !ok || back.Sum() != parts.Sum() || len(back) != 2 {
		t.Errorf("%v is read back as %v", parts, back)
	}
	for _, text := range []string{"x\n", a + " x\n", b + "  y\n" + a + "  x\n\n", a + "  x", a + "  x\n" + a + "  x\n"} {
		if _, ok := ParseParts([]byte(text)); ok {
			t.Errorf("%q is read", text)
		}
	}
	changed := parts.Changed(Parts{"x": b, "z": a})
	if strings.Join(changed, ",") != "x,y y,z" || len(parts.Changed(parts)) > 0 {
		t.Errorf("changed are %q", changed)
	}
}

// Of a log that is not whole, approvals that it speaks of are told, but for those that it takes back.
func TestClaimedApprovals(t *testing.T) {
	l := walked(t)
	add := func(act Act, part string) {
		parts := Parts{"settings": sumOf([]byte(part))}
		d := Decision{Who: "eve", Act: act, Approval: &Approval{State: parts.Sum(), Parts: parts}}
		if _, err := l.Add(d, day); err != nil {
			t.Fatal(err)
		}
	}
	add(Approve, "1")
	add(Approve, "2")
	add(Withdraw, "1")
	text := strings.Replace(string(l.Text()), "cy", "dy", 1)
	broken, err := Parse([]byte(text), l.Head(), day)
	if err == nil || len(broken.Claimed()) != 1 {
		t.Errorf("error %v, claimed %v", err, broken.Claimed())
	}
}
