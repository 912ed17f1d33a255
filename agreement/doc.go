// Package agreement says how far two raters agree who put the same things into categories: per cent, and Cohen's kappa
// with its 95 % interval.
//
// Formulas, and the papers that have them, may enter; who rated what, and when, belongs to others. The first test is
// TestWorkedExamples in agreement_test.go.
package agreement
