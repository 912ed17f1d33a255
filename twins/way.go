package twins

// Way names the way of searching. It changes whenever the same pictures may get other edges, since what a search found
// may be kept.
const Way = "twins-1"
