package main

import (
	"fmt"
	"image"
	"image/color"
	"strconv"

	"github.com/dermset/dermset/images"
)

// printAgreement prints stated types against estimated ones, for each set of thresholds.
func printAgreement(pictures []picture) {
	for _, scale := range images.ToneScales() {
		var table [6][6]int
		var abstained [6]map[string]int
		for _, p := range pictures {
			stated, err := strconv.Atoi(p.fitzpatrick)
			if err != nil || p.imageType != "clinical" {
				continue
			}
			if why := p.tone.Abstains; why != "" {
				if abstained[stated-1] == nil {
					abstained[stated-1] = map[string]int{}
				}
				abstained[stated-1][why]++
				continue
			}
			table[stated-1][scale.Fitzpatrick(p.tone.ITA)-1]++
		}
		fmt.Printf("%s: rows stated, columns estimated\n", scale.Name)
		for i, row := range table {
			fmt.Printf("  %d %3d  abstained %v\n", i+1, row, abstained[i])
		}
		n, exact, near, kappa := agreement(table)
		fmt.Printf("  of %d: exact %.2f, within one %.2f, quadratic weighted kappa %.2f\n", n, exact, near, kappa)
	}
	perType := map[string]map[string]int{}
	for _, p := range pictures {
		if perType[p.imageType] == nil {
			perType[p.imageType] = map[string]int{}
		}
		perType[p.imageType][p.tone.Abstains]++
	}
	fmt.Println("abstained:", perType)
}

// agreement is the share of equal types and of types at most one apart, and Cohen's kappa with quadratic weights.
func agreement(table [6][6]int) (n int, exact, near, kappa float64) {
	var stated, estimated [6]float64
	for i, row := range table {
		for j, count := range row {
			n += count
			stated[i], estimated[j] = stated[i]+float64(count), estimated[j]+float64(count)
		}
	}
	seen, expected := 0.0, 0.0
	for i, row := range table {
		for j, count := range row {
			far := float64((i - j) * (i - j))
			seen, expected = seen+far*float64(count), expected+far*stated[i]*estimated[j]/float64(n)
			if far == 0 {
				exact += float64(count) / float64(n)
			}
			if far <= 1 {
				near += float64(count) / float64(n)
			}
		}
	}
	return n, exact, near, 1 - seen/expected
}

const (
	sheetSide    = 256
	sheetAcross  = 6
	sheetPicture = 24
)

// chosen are 24 pictures with as many kinds among them as there are: the sources in turn, and of a source its pictures
// evenly.
func chosen(pictures []picture) (few []picture) {
	bySource, sources := map[string][]picture{}, []string{}
	for _, p := range pictures {
		key := p.source + p.fitzpatrick
		if bySource[key] == nil {
			sources = append(sources, key)
		}
		bySource[key] = append(bySource[key], p)
	}
	for round := 0; len(few) < min(sheetPicture, len(pictures)); round++ {
		for _, source := range sources {
			if of := bySource[source]; round < len(of) && len(few) < sheetPicture {
				few = append(few, of[round*7%len(of)])
			}
		}
	}
	return few
}

// drawSheet draws each picture, and below it the same with what is no skin darkened.
func drawSheet(pictures []picture) image.Image {
	rows := (len(pictures) + sheetAcross - 1) / sheetAcross
	m := image.NewRGBA(image.Rect(0, 0, sheetAcross*sheetSide, 2*rows*sheetSide))
	for i, p := range pictures {
		left, top := i%sheetAcross*sheetSide, i/sheetAcross*2*sheetSide
		from := colours(p.reduced)
		k := float64(max(p.reduced.Width, p.reduced.Height)) / (sheetSide - 4)
		for y := range int(float64(p.reduced.Height) / k) {
			for x := range int(float64(p.reduced.Width) / k) {
				sx, sy := int(float64(x)*k), int(float64(y)*k)
				c := from.At(sx, sy).(color.RGBA)
				m.SetRGBA(left+x, top+y, c)
				if !p.skin.Foreground(sx, sy) {
					c = color.RGBA{c.R / 5, c.G / 5, c.B/5 + 90, 255}
				}
				m.SetRGBA(left+x, top+sheetSide+y, c)
			}
		}
	}
	for i, p := range pictures {
		fmt.Printf("sheet %d,%d: %s fitzpatrick %q: %+v\n", i/sheetAcross+1, i%sheetAcross+1, p.file, p.fitzpatrick, p.tone)
	}
	return m
}
