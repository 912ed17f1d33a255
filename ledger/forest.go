package ledger

// A forest is a vector of parents in which every tree is a group: a root is its own parent, and the smallest number of
// its tree. A parent is never larger than its child.

// unite joins the trees of two numbers.
func unite(parents *vector[int32], a, b int32) {
	a, b = root(parents, a), root(parents, b)
	if a != b {
		*parents.at(int(max(a, b))) = min(a, b)
	}
}

// root is the root of a number's tree; it shortens the way there.
func root(parents *vector[int32], number int32) int32 {
	for {
		p := parents.at(int(number))
		if *p == number {
			return number
		}
		*p = parents.get(int(*p))
		number = *p
	}
}

// numberTrees puts the number of its tree in the place of every parent, and returns how many trees there are. Trees are
// numbered by their roots. A parent comes before its children, and has its number then.
func numberTrees(parents *vector[int32]) (trees int) {
	number := int32(0)
	for c := range parents.chunks {
		chunk := parents.chunk(c)
		for i, parent := range chunk {
			if parent == number {
				chunk[i] = int32(trees)
				trees++
			} else {
				chunk[i] = parents.get(int(parent))
			}
			number++
		}
	}
	return trees
}
