package main

import (
	"math/rand/v2"
	"strconv"
)

// A row is an image before it is written in one form or another. Empty texts are unknown.
type row struct {
	number          int
	folder          int // 0 to 255
	label           string
	patient, lesion string
	sex, site       string
	age             int // 0: unknown
	differential    []diagnosis
}

// A diagnosis of a differential; weight is in hundredths, 0 stands for none.
type diagnosis struct {
	label  string
	weight int
}

var (
	sexes = []string{"male", "female", "male", "female", ""}
	sites = []string{"", "head/neck", "anterior torso", "posterior torso", "upper extremity",
		"lower extremity", "palms/soles", "oral/genital"}
)

// write makes n rows of source number s and writes them in every form.
func (s *source) write(number, n int, outputs []output) error {
	var files []*file
	for _, o := range outputs {
		f, err := o.source(s)
		if err != nil {
			return err
		}
		defer f.close()
		files = append(files, f)
	}
	r := rand.New(rand.NewPCG(uint64(number)+1, 7))
	people := newZipf(n/3+1, 0.8, 200)
	for i := range n {
		row := s.row(r, i, people)
		for f, o := range outputs {
			files[f].line = o.row(files[f].line[:0], s, &row)
			if err := files[f].write(); err != nil {
				return err
			}
		}
	}
	for _, f := range files {
		if err := f.close(); err != nil {
			return err
		}
	}
	return nil
}

func (s *source) row(r *rand.Rand, number int, people zipf) row {
	label, person := s.byLabel.draw(r), people.draw(r)
	made := row{number: number, folder: r.IntN(256), label: s.labels[label],
		sex: sexes[r.IntN(len(sexes))], site: sites[r.IntN(len(sites))]}
	if s.hasPeople && r.IntN(50) != 0 {
		made.patient = s.name + "-P" + digits(person, 7)
	}
	if s.hasLesion && r.IntN(10) != 0 {
		made.lesion = s.name + "-L" + digits(person, 7) + string(rune('a'+r.IntN(3)))
	}
	if r.IntN(8) != 0 {
		made.age = 5 * (1 + r.IntN(18))
	}
	if r.IntN(5) == 0 {
		made.differential = s.differential(r, made.label)
	}
	if made.patient != "" && number%5000 != 0 { // else the row states another sex and age than the person's others
		made.beOf(person)
	}
	return made
}

// beOf gives the row the sex and about the age of a person, where it states them.
func (r *row) beOf(person int) {
	if r.sex != "" {
		r.sex = sexes[person%2]
	}
	if r.age != 0 {
		r.age = 5*(1+person%17) + r.age%10
	}
}

// differential is mostly led by the row's own label.
func (s *source) differential(r *rand.Rand, own string) []diagnosis {
	all := make([]diagnosis, 2+r.IntN(4))
	weighted := r.IntN(2) == 0
	for i := range all {
		all[i].label = own
		if i > 0 || r.IntN(10) == 0 {
			all[i].label = s.labels[s.byLabel.draw(r)]
		}
		if weighted {
			all[i].weight = 5 + r.IntN(95)
		}
	}
	return all
}

// path is the row's image_path; its image_id is the source's name, a slash and this.
func (r *row) path(dst []byte, s *source) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, hex[r.folder>>4], hex[r.folder&15], '/')
	dst = append(append(dst, s.upper...), '_')
	return append(append(dst, digits(r.number, 8)...), ".jpg"...)
}

func digits(n, width int) string {
	text := strconv.Itoa(n)
	return "00000000"[:max(0, width-len(text))] + text
}
