package blobio

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// pauses are those between the attempts of what never succeeds.
func pauses(t *testing.T, p Patience) (all []time.Duration) {
	t.Helper()
	var last time.Time
	attempts, err := persist(t.Context(), Options{Patience: p.orDefaults()}, func() error {
		if !last.IsZero() {
			all = append(all, time.Since(last))
		}
		last = time.Now()
		return &Error{Reason: Busy}
	})
	if attempts != len(all)+1 || ReasonOf(err) != Busy {
		t.Errorf("%d attempts with %d pauses, %v", attempts, len(all), err)
	}
	return all
}

// Pauses double up to the longest, and are shortened by up to a half, each time by another part.
func TestPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := pauses(t, Patience{})
		want := []time.Duration{100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000}
		if len(all) != len(want) {
			t.Fatalf("%v", all)
		}
		for i, pause := range all {
			if most := want[i] * time.Millisecond; pause < most/2 || pause > most {
				t.Errorf("pause %d is %s, want %s to %s", i, pause, most/2, most)
			}
		}
		if again := pauses(t, Patience{}); slices.Equal(all, again) {
			t.Errorf("%v, twice", all)
		}
	})
}

// Who waits is let go when the run ends, with its cause.
func TestPauseEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		why := errors.New("another has failed")
		time.AfterFunc(time.Second, func() { cancel(why) })
		begin := time.Now()
		attempts, err := persist(ctx, Options{Patience: Patience{First: time.Hour, Longest: time.Hour}.orDefaults()},
			func() error { return &Error{Reason: Busy} })
		if err != why || attempts != 1 || time.Since(begin) != time.Second {
			t.Errorf("%v after %d attempts and %s", err, attempts, time.Since(begin))
		}
	})
}

// What an answer means, and whether it is worth another attempt.
func TestReasonOfAnswer(t *testing.T) {
	for _, test := range []struct {
		status int
		code   string
		reason Reason
		again  bool
	}{
		{408, "", Busy, true}, {409, "", Busy, true}, {429, "", Busy, true}, {500, "", Busy, true},
		{503, "SlowDown", Busy, true}, {307, "", Busy, true},
		{400, "RequestTimeout", Busy, true}, {400, "BadDigest", Differs, true},
		{403, "InvalidObjectState", Archived, false}, {404, "", Missing, false},
		{401, "", Denied, false}, {403, "", Denied, false}, {412, "", Changed, false}, {301, "", Refused, false},
		{301, "PermanentRedirect", WrongRegion, false}, {308, "PermanentRedirect", Refused, false},
		{302, "", Refused, false}, {407, "", Refused, false}, {501, "", Refused, false}, {505, "", Refused, false},
		{499, "", Busy, true}, {520, "", Busy, true}, {503, "KMS.ThrottlingException", Busy, true},
		{400, "KMS.ThrottlingException", Busy, true}, {400, "KMS.DisabledException", Denied, false},
		{500, "AccessDenied", Denied, false}, {503, "NotImplemented", Refused, false},
	} {
		if is := (reply{status: test.status, code: test.code}).reason(); is != test.reason || is.MayPass() != test.again {
			t.Errorf("%d %s: %s, again %v", test.status, test.code, is, is.MayPass())
		}
	}
}
