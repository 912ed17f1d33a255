package stages

// mend gives classes with at least 3 free groups a group in every split of ratio > 0 that lacks them, rarest class first. The donor is the
// smallest free group of the class (fewest selected rows, then groupOrder) whose move takes no such class out of the split it leaves.
// Every move adds a class to a split and takes none away, so mending ends; it goes over the classes again while that helps. Classes of a
// moved group are noted as mended. What stays lacking is noted as missing.
func (s *splitter) mend() {
	order := s.rarest()
	for again := true; again; {
		again = false
		for _, class := range order {
			for to := Train; to <= Test; to++ {
				if s.lacks(class, to) && s.moveTo(class, to) {
					again = true
				}
			}
		}
	}
	for class := range s.classes {
		for to := Train; to <= Test; to++ {
			if s.lacks(class, to) {
				s.classes[class].Missing = append(s.classes[class].Missing, to)
			}
		}
	}
}

// lacks says whether a split should hold a class and does not.
func (s *splitter) lacks(class int, in Split) bool {
	return !s.classes[class].Few && s.options.Ratios[in] > 0 && s.present[class][in] == 0
}

// moveTo moves the best donor of a class to a split, if there is one.
func (s *splitter) moveTo(class int, to Split) bool {
	donor, images, order := int32(-1), int64(0), uint64(0)
	for _, sh := range s.ofClass(class) {
		if s.held[sh.group] || !s.spares(sh.group) {
			continue
		}
		size, hash := s.size(sh.group), groupOrder(s.ledger.ids.get(int(sh.group)), s.options.Seed)
		if donor < 0 || size < images || size == images && hash < order {
			donor, images, order = sh.group, size, hash
		}
	}
	if donor < 0 {
		return false
	}
	from := s.split[donor]
	for _, i := range s.of(donor) {
		c := s.shares[i].class
		s.present[c][from]--
		s.present[c][to]++
		s.classes[c].Mended = true
	}
	s.split[donor] = to
	return true
}

// spares says whether the split that holds a group can do without it.
func (s *splitter) spares(group int32) bool {
	from := s.split[group]
	for _, i := range s.of(group) {
		c := s.shares[i].class
		if !s.classes[c].Few && s.present[c][from] < 2 {
			return false
		}
	}
	return true
}
