// Package icd11 knows the codes of the Mortality and Morbidity Statistics linearisation of ICD-11 (MMS).
//
// # The grammar
//
// Facts, counted in WHO's release file 2024-01 (SimpleTabulation, 34,663 codes)
// and in a list of release 2025-01 (35,339 codes):
//
//   - Codes are made of the digits and the capital letters without I and O, which occur in none of them.
//   - A stem code has four characters, the second a letter, the third a digit, and then nothing, or a point and one or
//     two characters: 2C32, 2C32.Z, 9A01.1Y. All 17,822 codes outside chapter X have this shape. The first character is
//     a digit other than 0, or a letter other than X. That the second is a letter and the third a digit tells them
//     from ICD-10 codes (L20.9).
//   - The last character Y stands for "other specified", Z for "unspecified", at the fourth place too: 2C3Z.
//     They are codes as any other.
//   - An extension code (chapter X) has four to six characters, X first, and no point: XK8G, XA9HN5. It adds to a stem
//     code and says nothing alone.
//   - A cluster is a stem code with what qualifies it: & goes before an extension code, / before another stem code:
//     2C25.Z&XK8G&XA9HN5.
//   - Chapters (01 … 26, V, X) and blocks (EA80-EA8Z, in the file BlockL1-EA8) have numbers and ranges, but no code.
//
// The grammar says what can be a code. Whether it is one, and the one that was meant, only a release can say:
// 2C30 and 2C32 both exist.
//
// # The list
//
// A [Release] is WHO's file of one release, which the user imports; it is not part of dermset. A [Client] asks the WHO
// ICD-API about codes of one release. Both answer with a [Result] by the same rules, so that the two can be compared.
// docs/codes.md tells users of both.
//
// # What may enter
//
// What holds of codes for whoever asks. What the workbook says with them belongs to mapping, how long a server is
// waited for to io/httpio. The first test is icd11_test.go, for the grammar; of the list, release_test.go.
package icd11
