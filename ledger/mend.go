package ledger

import "github.com/dermset/dermset/rows"

// mend gives classes with at least 3 free groups a group in every split of ratio > 0 that lacks them, rarest class
// first. The donor is the smallest free group of the class (fewest selected rows, then groupOrder) whose move takes no
// such class out of the split it leaves. Every move adds a class to a split and takes none away, so mending ends; it
// goes over the classes again while that helps. Classes of a moved group are noted as mended.
// What stays lacking is noted as missing.
func (s *splitter) mend() {
	order := s.rarest()
	holders := s.holders()
	for again := true; again; {
		again = false
		for _, class := range order {
			for to := rows.Train; to <= rows.Test; to++ {
				if s.lacks(class, to) && s.moveTo(to, holders[class]) {
					again = true
				}
			}
		}
	}
	for class := range s.classes {
		for to := rows.Train; to <= rows.Test; to++ {
			if s.lacks(class, to) {
				s.classes[class].Missing = append(s.classes[class].Missing, to)
			}
		}
	}
}

// lacks says whether a split should hold a class and does not.
func (s *splitter) lacks(class int, in rows.Split) bool {
	return !s.classes[class].Few && s.options.Ratios[in] > 0 && s.present[class][in] == 0
}

// holders are the groups of classes that a split lacks. No move makes a split lack another one.
func (s *splitter) holders() map[int][]int32 {
	holders := map[int][]int32{}
	for class := range s.classes {
		if s.lacks(class, rows.Train) || s.lacks(class, rows.Val) || s.lacks(class, rows.Test) {
			holders[class] = nil
		}
	}
	if len(holders) == 0 {
		return nil
	}
	for group := range s.split {
		for _, sh := range s.of(int32(group)) {
			if of, lacked := holders[int(sh.class)]; lacked {
				holders[int(sh.class)] = append(of, int32(group))
			}
		}
	}
	return holders
}

// moveTo moves the best donor of a class, out of the groups that hold it, to a split, if there is one.
func (s *splitter) moveTo(to rows.Split, holders []int32) bool {
	donor, images, order := int32(-1), int64(0), uint64(0)
	for _, group := range holders {
		if s.bonds[group] != free || !s.spares(group) {
			continue
		}
		size, hash := s.size(group), s.orderOf(group)
		if donor < 0 || size < images || size == images && hash < order {
			donor, images, order = group, size, hash
		}
	}
	if donor < 0 {
		return false
	}
	from := s.split[donor]
	for _, sh := range s.of(donor) {
		s.present[sh.class][from]--
		s.present[sh.class][to]++
		s.classes[sh.class].Mended = true
	}
	s.split[donor] = to
	return true
}

// size is a group's selected rows.
func (s *splitter) size(group int32) (images int64) {
	for _, sh := range s.of(group) {
		images += int64(sh.images)
	}
	return images
}

// spares says whether the split that holds a group can do without it.
func (s *splitter) spares(group int32) bool {
	from := s.split[group]
	for _, sh := range s.of(group) {
		if !s.classes[sh.class].Few && s.present[sh.class][from] < 2 {
			return false
		}
	}
	return true
}
