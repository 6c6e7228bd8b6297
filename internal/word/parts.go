package word

import (
	"fmt"
	"strings"
)

const (
	xmlHead       = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	relationTypes = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
	mainTypes     = "application/vnd.openxmlformats-officedocument.wordprocessingml."
	spaces        = ` xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"` +
		` xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"`
)

type file struct {
	name  string
	bytes []byte
}

// files are the parts of the document. odd and even name the page numbers.
func (w *writer) files(odd, even string) []file {
	var types strings.Builder
	types.WriteString(xmlHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="png" ContentType="image/png"/><Default Extension="jpeg" ContentType="image/jpeg"/><Default Extension="bin" ContentType="application/octet-stream"/>`)
	for _, p := range [][2]string{{"document", "document.main"}, {"styles", "styles"}, {"numbering", "numbering"}, {"settings", "settings"}, {"footnotes", "footnotes"}, {"footer1", "footer"}, {"footer2", "footer"}} {
		fmt.Fprintf(&types, `<Override PartName="/word/%s.xml" ContentType="%s%s+xml"/>`, p[0], mainTypes, p[1])
	}
	types.WriteString(`</Types>`)
	section := fmt.Sprintf(`<w:sectPr><w:footerReference w:type="default" r:id="%s"/><w:footerReference w:type="even" r:id="%s"/><w:pgSz w:w="%d" w:h="%d"/>`+
		`<w:pgMar w:top="%d" w:right="%d" w:bottom="%d" w:left="%d" w:header="851" w:footer="1400" w:gutter="0"/><w:docGrid w:type="lines" w:linePitch="%d"/></w:sectPr>`,
		odd, even, pageWidth, pageHeight, marginTop, marginRight, marginBottom, marginLeft, linePitch)
	out := []file{
		{"[Content_Types].xml", []byte(types.String())},
		{"_rels/.rels", relations([]string{`<Relationship Id="rId1" Type="` + relationTypes + `officeDocument" Target="word/document.xml"/>`})},
		{"word/document.xml", []byte(xmlHead + `<w:document` + spaces + `><w:body>` + w.text.String() + section + `</w:body></w:document>`)},
		{"word/_rels/document.xml.rels", relations(w.text.links)},
		{"word/styles.xml", []byte(styleSheet)},
		{"word/numbering.xml", w.numbering()},
		{"word/settings.xml", []byte(xmlHead + `<w:settings` + spaces + `><w:evenAndOddHeaders/><w:characterSpacingControl w:val="compressPunctuation"/><w:compat><w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat></w:settings>`)},
		{"word/footnotes.xml", []byte(xmlHead + `<w:footnotes` + spaces + `><w:footnote w:type="separator" w:id="-1"><w:p><w:r><w:separator/></w:r></w:p></w:footnote><w:footnote w:type="continuationSeparator" w:id="0"><w:p><w:r><w:continuationSeparator/></w:r></w:p></w:footnote>` + w.footnotes.String() + `</w:footnotes>`)},
		{"word/_rels/footnotes.xml.rels", relations(w.footnotes.links)},
		{"word/footer1.xml", footer("right")},
		{"word/footer2.xml", footer("left")},
	}
	for i := range w.media {
		out = append(out, file{"word/media/" + w.media[i].file(), w.media[i].bytes})
	}
	return out
}

func relations(all []string) []byte {
	return []byte(xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` + strings.Join(all, "") + `</Relationships>`)
}

// footer is the page number between dashes, one character from the outer edge.
func footer(side string) []byte {
	return []byte(xmlHead + `<w:ftr` + spaces + `><w:p><w:pPr><w:pStyle w:val="Footer"/><w:ind w:leftChars="100" w:rightChars="100"/><w:jc w:val="` + side + `"/></w:pPr>` +
		`<w:r><w:t xml:space="preserve">— </w:t></w:r><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> PAGE </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>1</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>` +
		`<w:r><w:t xml:space="preserve"> —</w:t></w:r></w:p></w:ftr>`)
}

// styleSheet names the fonts of official documents. Clerks' machines have them;
// elsewhere the program that shows the file picks another.
var styleSheet = xmlHead + `<w:styles` + spaces + `><w:docDefaults><w:rPrDefault><w:rPr>` + fonts("仿宋_GB2312") + `<w:sz w:val="32"/><w:szCs w:val="32"/><w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>` +
	`<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:pPr><w:spacing w:line="` + fmt.Sprint(linePitch) + `" w:lineRule="exact"/><w:jc w:val="both"/></w:pPr><w:rPr><w:spacing w:val="` + fmt.Sprint(charSpace) + `"/><w:sz w:val="32"/><w:szCs w:val="32"/></w:rPr></w:style>` +
	`<w:style w:type="character" w:styleId="FootnoteReference"><w:name w:val="footnote reference"/><w:rPr><w:vertAlign w:val="superscript"/></w:rPr></w:style>` +
	`<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/><w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar><w:left w:w="108" w:type="dxa"/><w:right w:w="108" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>` +
	`<w:style w:type="table" w:styleId="TableGrid"><w:name w:val="Table Grid"/><w:basedOn w:val="TableNormal"/><w:tblPr><w:tblBorders>` +
	border("top") + border("left") + border("bottom") + border("right") + border("insideH") + border("insideV") + `</w:tblBorders></w:tblPr></w:style>` +
	paragraphStyle("Title", "Title", `<w:spacing w:after="`+fmt.Sprint(linePitch)+`"/><w:jc w:val="center"/>`, "方正小标宋简体", 44) +
	paragraphStyle("GKBody", "公文正文", indented, "", 0) +
	paragraphStyle("GKHeading", nameH1, `<w:keepNext/>`+indented+`<w:outlineLvl w:val="0"/>`, "方正小标宋简体", 36) +
	paragraphStyle("Heading1", "heading 1", `<w:keepNext/>`+indented+`<w:outlineLvl w:val="0"/>`, "黑体", 0) +
	paragraphStyle("Heading2", "heading 2", `<w:keepNext/>`+indented+`<w:outlineLvl w:val="1"/>`, "楷体_GB2312", 0) +
	paragraphStyle("Heading3", "heading 3", `<w:keepNext/>`+indented+`<w:outlineLvl w:val="2"/>`, "仿宋_GB2312", -1) +
	paragraphStyle("GKLine", nameLine, "", "", 0) +
	paragraphStyle("GKList", "公文列表", "", "", 0) +
	paragraphStyle("Quote", "Quote", `<w:ind w:leftChars="200" w:firstLineChars="200" w:firstLine="640"/>`, "楷体_GB2312", 0) +
	paragraphStyle("Caption", "caption", `<w:keepNext/><w:jc w:val="center"/>`, "黑体", 28) +
	paragraphStyle("GKHead", nameHead, tabular, "黑体", 24) +
	paragraphStyle("GKText", nameText, tabular, "", 24) +
	paragraphStyle("FootnoteText", "footnote text", `<w:snapToGrid w:val="0"/><w:spacing w:line="240" w:lineRule="auto"/>`, "", 21) +
	paragraphStyle("Footer", "footer", `<w:spacing w:line="240" w:lineRule="auto"/>`, "宋体", 28) +
	`</w:styles>`

const (
	indented = `<w:ind w:firstLineChars="200" w:firstLine="640"/>`
	tabular  = `<w:snapToGrid w:val="0"/><w:spacing w:before="20" w:after="20" w:line="240" w:lineRule="auto"/><w:jc w:val="left"/>`
)

func fonts(name string) string {
	latin := "Times New Roman"
	return `<w:rFonts w:ascii="` + latin + `" w:hAnsi="` + latin + `" w:eastAsia="` + name + `" w:cs="` + latin + `"/>`
}

func border(side string) string {
	return `<w:` + side + ` w:val="single" w:sz="4" w:space="0" w:color="auto"/>`
}

// paragraphStyle is a style over Normal. Its size is in half points; 0 keeps
// that of the text, below 0 keeps it in bold.
func paragraphStyle(id, name, properties, font string, size int) string {
	run := ""
	if font != "" {
		run = fonts(font)
	}
	if size < 0 {
		run += `<w:b/>`
	}
	if size > 0 {
		run += fmt.Sprintf(`<w:spacing w:val="0"/><w:sz w:val="%d"/><w:szCs w:val="%[1]d"/>`, size)
	}
	return `<w:style w:type="paragraph" w:styleId="` + id + `"><w:name w:val="` + name + `"/><w:basedOn w:val="Normal"/><w:qFormat/><w:pPr>` + properties + `</w:pPr><w:rPr>` + run + `</w:rPr></w:style>`
}

// numberingHead is the looks of lists: 1 with dots, 2 with numbers.
var numberingHead = func() string {
	s := xmlHead + `<w:numbering` + spaces + `>`
	for _, look := range []struct {
		id            int
		format, label string
	}{{1, "bullet", "•"}, {2, "decimal", ""}} {
		s += fmt.Sprintf(`<w:abstractNum w:abstractNumId="%d"><w:multiLevelType w:val="multilevel"/>`, look.id)
		for i := range 9 {
			label := look.label
			if label == "" {
				label = fmt.Sprintf("%%%d.", i+1)
			}
			s += fmt.Sprintf(`<w:lvl w:ilvl="%d"><w:start w:val="1"/><w:numFmt w:val="%s"/><w:lvlText w:val="%s"/><w:lvlJc w:val="left"/><w:pPr><w:ind w:left="%d" w:hanging="420"/></w:pPr></w:lvl>`, i, look.format, label, 1060+420*i)
		}
		s += `</w:abstractNum>`
	}
	return s
}()
