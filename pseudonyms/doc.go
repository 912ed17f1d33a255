// Package pseudonyms makes keyed hashes of ids and paths, which leave in their place, and keeps the way back.
//
// What a pseudonym is made of may enter, and the table that leads back from it; where keys come from, and what is
// replaced in which table, is for others. The first test to read is TestPseudonymsAreThoseOfTheContract.
package pseudonyms
