package textio

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"

	"github.com/dermset/dermset/slips"
)

// known are the encodings by the name that messages use, and other names that programs have for them (Python, R, Java,
// Windows, WHATWG), without hyphens and the like. What is registered at IANA is known besides. Latin 1 is itself here,
// not windows-1252 as in a browser: whoever says it of such a file is told.
var known = []struct {
	name    string
	aliases string
	is      encoding.Encoding
}{
	{"utf-8", "utf8 utf8sig utf8bom utf8mac u8 cp65001 65001 unicode11utf8 ascii usascii", unicode.UTF8},
	{"utf-16", "utf16 ucs2 u16 unicode", unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)},
	{"utf-16le", "utf16le ucs2le utf16littleendian", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)},
	{"utf-16be", "utf16be ucs2be utf16bigendian unicodefffe", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)},
	{"utf-32", "utf32 ucs4 u32", utf32.UTF32(utf32.LittleEndian, utf32.UseBOM)},
	{"utf-32le", "utf32le", utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)},
	{"utf-32be", "utf32be", utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)},
	{"windows-1250", "windows1250 cp1250 1250 xcp1250 win1250", charmap.Windows1250},
	{"windows-1251", "windows1251 cp1251 1251 xcp1251 win1251", charmap.Windows1251},
	{"windows-1252", "windows1252 cp1252 1252 xcp1252 win1252", charmap.Windows1252},
	{"windows-1253", "windows1253 cp1253 1253 xcp1253", charmap.Windows1253},
	{"windows-1254", "windows1254 cp1254 1254 xcp1254", charmap.Windows1254},
	{"windows-1255", "windows1255 cp1255 1255 xcp1255", charmap.Windows1255},
	{"windows-1256", "windows1256 cp1256 1256 xcp1256", charmap.Windows1256},
	{"windows-1257", "windows1257 cp1257 1257 xcp1257", charmap.Windows1257},
	{"windows-1258", "windows1258 cp1258 1258 xcp1258", charmap.Windows1258},
	{"windows-874", "windows874 cp874 874 tis620 iso885911", charmap.Windows874},
	{"iso-8859-1", "iso88591 8859 latin1 l1 isolatin1 88591 cp819 ibm819", charmap.ISO8859_1},
	{"iso-8859-2", "iso88592 latin2 l2 88592", charmap.ISO8859_2},
	{"iso-8859-3", "iso88593 latin3 l3 88593", charmap.ISO8859_3},
	{"iso-8859-4", "iso88594 latin4 l4 88594", charmap.ISO8859_4},
	{"iso-8859-5", "iso88595 cyrillic 88595", charmap.ISO8859_5},
	{"iso-8859-6", "iso88596 arabic 88596", charmap.ISO8859_6},
	{"iso-8859-7", "iso88597 greek greek8 88597", charmap.ISO8859_7},
	{"iso-8859-8", "iso88598 hebrew 88598", charmap.ISO8859_8},
	{"iso-8859-9", "iso88599 latin5 l5 88599", charmap.ISO8859_9},
	{"iso-8859-10", "iso885910 latin6 l6", charmap.ISO8859_10},
	{"iso-8859-13", "iso885913 latin7 l7", charmap.ISO8859_13},
	{"iso-8859-14", "iso885914 latin8 l8", charmap.ISO8859_14},
	{"iso-8859-15", "iso885915 latin9 l9 885915", charmap.ISO8859_15},
	{"iso-8859-16", "iso885916 latin10 l10", charmap.ISO8859_16},
	{"macintosh", "macintosh mac macroman xmacroman", charmap.Macintosh},
	{"x-mac-cyrillic", "maccyrillic xmaccyrillic xmacukrainian", charmap.MacintoshCyrillic},
	{"koi8-r", "koi8r koi8 cskoi8r", charmap.KOI8R},
	{"koi8-u", "koi8u koi8ru", charmap.KOI8U},
	{"ibm437", "ibm437 cp437 437", charmap.CodePage437},
	{"ibm850", "ibm850 cp850 850", charmap.CodePage850},
	{"ibm852", "ibm852 cp852 852", charmap.CodePage852},
	{"ibm855", "ibm855 cp855 855", charmap.CodePage855},
	{"ibm858", "ibm858 cp858 858 ibm00858", charmap.CodePage858},
	{"ibm860", "ibm860 cp860 860", charmap.CodePage860},
	{"ibm862", "ibm862 cp862 862", charmap.CodePage862},
	{"ibm863", "ibm863 cp863 863", charmap.CodePage863},
	{"ibm865", "ibm865 cp865 865", charmap.CodePage865},
	{"ibm866", "ibm866 cp866 866", charmap.CodePage866},
	{"ibm037", "ibm037 cp037 037 ebcdiccpus", charmap.CodePage037},
	{"ibm1047", "ibm1047 cp1047 1047", charmap.CodePage1047},
	{"ibm1140", "ibm1140 cp1140 1140 ibm01140", charmap.CodePage1140},
	{"shift_jis", "shiftjis sjis cp932 932 ms932 mskanji windows31j xsjis", japanese.ShiftJIS},
	{"euc-jp", "eucjp ujis xeucjp", japanese.EUCJP},
	{"iso-2022-jp", "iso2022jp jis csiso2022jp", japanese.ISO2022JP},
	{"euc-kr", "euckr cp949 949 ms949 uhc windows949 ksc56011987 ksc5601 korean", korean.EUCKR},
	{"gbk", "gbk gb2312 cp936 936 ms936 euccn chinese xgbk windows936", simplifiedchinese.GBK},
	{"gb18030", "gb18030 gb180302000", simplifiedchinese.GB18030},
	{"hz-gb-2312", "hzgb2312 hz hzgb", simplifiedchinese.HZGB2312},
	{"big5", "big5 big5tw cp950 950 big5hkscs xxbig5 windows950", traditionalchinese.Big5},
}

// plainName is a name without what programs write differently: case, and all but letters and digits.
func plainName(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(name))
}

// Name is the one name that messages and settings have for an encoding: windows-1252 for cp1252. The error lists names
// that are near.
func Name(of string) (string, error) {
	plain := plainName(of)
	for _, k := range known {
		if plain != "" && slices.Contains(strings.Fields(k.aliases), plain) {
			return k.name, nil
		}
	}
	if e, err := ianaindex.IANA.Encoding(of); err == nil && e != nil {
		return strings.ToLower(strings.TrimSpace(of)), nil
	}
	return "", fmt.Errorf("encoding %q is not known: want %s", of, nearNames(plain))
}

// Encoding is an encoding by one of its names.
func Encoding(of string) (encoding.Encoding, error) {
	name, err := Name(of)
	if err != nil {
		return nil, err
	}
	for _, k := range known {
		if k.name == name {
			return k.is, nil
		}
	}
	return ianaindex.IANA.Encoding(name)
}

// nearNames are the names that differ least from what was written, else the commonest.
func nearNames(plain string) string {
	if strings.HasPrefix(plain, "ansi") || plain == "excel" || plain == "windows" {
		return "windows-1252 in western Europe, windows-1250 in central Europe, or another of windows-1250 to windows-1258"
	}
	type near struct {
		name string
		far  int
	}
	var all []near
	most := 1 + len(plain)/4
	for _, k := range known {
		least := most + 1
		for _, alias := range strings.Fields(k.aliases) {
			least = min(least, slips.Count(plain, alias, most))
		}
		if least <= most {
			all = append(all, near{k.name, least})
		}
	}
	slices.SortStableFunc(all, func(a, b near) int { return a.far - b.far })
	var names []string
	for _, n := range all[:min(len(all), 4)] {
		names = append(names, n.name)
	}
	if len(names) == 0 {
		names = []string{"utf-8", "utf-16", "windows-1252", "iso-8859-1", "macintosh"}
	}
	return strings.Join(names, ", ") + " or another encoding of docs/sources.md"
}
