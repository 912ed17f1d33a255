// Package workspacetest makes small workspaces for tests.
//
// A workspace enters if tests of several rooms open it; what one test alone needs stands in that test. The first test
// to read is workflow/versions/versions_test.go.
package workspacetest
