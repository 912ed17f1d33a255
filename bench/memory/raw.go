package main

import (
	"archive/zip"
	"bufio"
	"fmt"

	"github.com/parquet-go/parquet-go"
)

// A record is a row of a Parquet file.
type record struct {
	File    string   `parquet:"file"`
	Label   string   `parquet:"dx"`
	Patient string   `parquet:"patient"`
	Lesion  int64    `parquet:"lesion"`
	Kinds   []string `parquet:"kinds,list"`
	Unused  string   `parquet:"unused"`
}

// parquetFile has some rows in a group, so that little of it is in memory here.
func parquetFile(dir string, rows int) error {
	s := begin(dir, "files: m.parquet\n"+
		"columns: {image_path: \"{file}.jpg\", label: dx, patient_id: patient, lesion_id: lesion, differentials: kinds}\n")
	s.write("raw/m.parquet", func(out *bufio.Writer) {
		w := parquet.NewGenericWriter[record](out, parquet.Compression(&parquet.Zstd))
		for i := range rows {
			label := fmt.Sprintf("label %d", i%1000)
			_, err := w.Write([]record{{fmt.Sprintf("folder/picture%09d", i), label, fmt.Sprintf("patient%d", i/3),
				int64(i), []string{label, "other"}, fmt.Sprintf("not in use %d", i)}})
			if err == nil && i%50_000 == 0 {
				err = w.Flush()
			}
			if err != nil {
				s.errs = append(s.errs, err)
				return
			}
		}
		s.errs = append(s.errs, w.Close())
	})
	return s.err()
}

// sheet has twenty columns, near the most that is read of a workbook.
func sheet(dir string, rows int) error {
	s := begin(dir, "files: m.xlsx\ncolumns: {image_path: c0, label: c1, patient_id: c2}\nextra: [c3, c4, c19]\n")
	s.write("raw/m.xlsx", func(out *bufio.Writer) {
		w := zip.NewWriter(out)
		for _, part := range workbookParts {
			s.errs = append(s.errs, zipped(w, part[0], func(out *bufio.Writer) { _, _ = out.WriteString(part[1]) }))
		}
		s.errs = append(s.errs, zipped(w, "xl/worksheets/sheet1.xml", func(out *bufio.Writer) {
			fmt.Fprint(out, `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`)
			for i := range rows {
				fmt.Fprintf(out, `<row r="%d">`, i+1)
				for c := range 20 {
					text := fmt.Sprintf("%d-%d", i, c)
					if i == 0 {
						text = fmt.Sprintf("c%d", c)
					}
					fmt.Fprintf(out, `<c t="str" r="%c%d"><v>%s</v></c>`, 'A'+c, i+1, text)
				}
				fmt.Fprint(out, "</row>")
			}
			fmt.Fprint(out, "</sheetData></worksheet>")
		}), w.Close())
	})
	return s.err()
}

func zipped(w *zip.Writer, name string, fill func(*bufio.Writer)) error {
	part, err := w.Create(name)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(part, 1<<16)
	fill(out)
	return out.Flush()
}

const (
	ooxml        = "http://schemas.openxmlformats.org/package/2006/"
	document     = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	spreadsheets = "application/vnd.openxmlformats-officedocument.spreadsheetml."
)

// workbookParts are those beside the sheet.
var workbookParts = [][2]string{
	{"[Content_Types].xml", `<Types xmlns="` + ooxml + `content-types"><Default Extension="rels" ContentType="` +
		`application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>` +
		`<Override PartName="/xl/workbook.xml" ContentType="` + spreadsheets + `sheet.main+xml"/><Override PartName="` +
		`/xl/worksheets/sheet1.xml" ContentType="` + spreadsheets + `worksheet+xml"/></Types>`},
	{"_rels/.rels", `<Relationships xmlns="` + ooxml + `relationships"><Relationship Id="rId1" Type="` + document +
		`/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
	{"xl/workbook.xml", `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="` +
		document + `"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>`},
	{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="` + ooxml + `relationships"><Relationship Id="rId1" Type="` +
		document + `/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`},
}
