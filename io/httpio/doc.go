// Package httpio asks servers with patience. What may pass is asked again: a bounded number of times, after growing
// pauses of uneven length, or when the server says so (Retry-After). Everything else is an error at once.
//
// A [Patience] is the pauses alone, for who brings a protocol of its own. A [Client] sends requests of plain HTTP: one
// at a time, follows no redirect, so that a token goes nowhere but to the host it is for, and bounds what it reads. No
// error holds the text of an answer or the query of an address, which could hold a secret.
//
// What a status means is for the room that knows the API: it is given every answer but "too many requests" and the
// server's own faults. So only what holds of any server may enter. The first test is httpio_test.go.
package httpio
