package dataset

// Splits are the names of the parts of a dataset, in order.
var Splits = [3]string{"train", "val", "test"}
