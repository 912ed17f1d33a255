package twins

// What the oracle of the tests is told by the room itself.
const Alike = alike

var Correlation = correlation
