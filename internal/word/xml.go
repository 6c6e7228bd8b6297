package word

import (
	"encoding/xml"
	"strings"
)

// prefixes are the usual prefixes of the vocabularies we know, by namespace, in
// both editions of the standard. A prefix nobody declared stands for itself.
var prefixes = map[string]string{
	"http://schemas.openxmlformats.org/wordprocessingml/2006/main":           "w:",
	"http://purl.oclc.org/ooxml/wordprocessingml/main":                       "w:",
	"http://schemas.openxmlformats.org/officeDocument/2006/math":             "m:",
	"http://purl.oclc.org/ooxml/officeDocument/math":                         "m:",
	"http://schemas.openxmlformats.org/markup-compatibility/2006":            "mc:",
	"http://schemas.openxmlformats.org/drawingml/2006/main":                  "a:",
	"http://purl.oclc.org/ooxml/drawingml/main":                              "a:",
	"http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing": "wp:",
	"http://purl.oclc.org/ooxml/drawingml/wordprocessingDrawing":             "wp:",
	"http://schemas.openxmlformats.org/drawingml/2006/chart":                 "c:",
	"http://purl.oclc.org/ooxml/drawingml/chart":                             "c:",
	"http://schemas.microsoft.com/office/drawing/2014/chartex":               "c:",
	"http://schemas.openxmlformats.org/drawingml/2006/diagram":               "dgm:",
	"http://purl.oclc.org/ooxml/drawingml/diagram":                           "dgm:",
	"urn:schemas-microsoft-com:vml":                                          "v:",
	"urn:schemas-microsoft-com:office:office":                                "o:",
	"w": "w:", "v": "v:", "o": "o:", "a": "a:", "wp": "wp:", "mc": "mc:", "m": "m:",
}

func name(n xml.Name) string {
	if p, ok := prefixes[n.Space]; ok {
		return p + n.Local
	}
	return "?:" + n.Local
}

func attr(e *xml.StartElement, local string) string { return attrOf(e.Attr, local) }

// each calls f for the children of the element that was just opened, to its
// end. f takes each child to its end.
func each(d *xml.Decoder, f func(name string, e *xml.StartElement) error) error {
	for {
		t, err := d.Token()
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			if err := f(name(t.Name), &t); err != nil {
				return err
			}
		case xml.EndElement:
			return nil
		}
	}
}

// walk calls f for all elements below the one that was just opened. f answers
// whether it took the element to its end.
func walk(d *xml.Decoder, f func(name string, e *xml.StartElement) (bool, error)) error {
	for depth := 0; ; {
		t, err := d.Token()
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			taken, err := f(name(t.Name), &t)
			if err != nil {
				return err
			}
			if !taken {
				depth++
			}
		case xml.EndElement:
			if depth--; depth < 0 {
				return nil
			}
		}
	}
}

// text is the characters of the element that was just opened.
func text(d *xml.Decoder) (string, error) {
	var s strings.Builder
	for depth := 0; ; {
		t, err := d.Token()
		if err != nil {
			return "", err
		}
		switch t := t.(type) {
		case xml.CharData:
			s.Write(t)
		case xml.StartElement:
			depth++
		case xml.EndElement:
			if depth--; depth < 0 {
				return s.String(), nil
			}
		}
	}
}

// words are what a reader would see of the element that was just opened, which
// is not kept: its text, "[图]" for a picture.
func words(d *xml.Decoder) (string, error) {
	var s strings.Builder
	err := walk(d, func(name string, e *xml.StartElement) (bool, error) {
		switch name {
		case "w:t", "w:delText", "m:t", "a:t":
			t, err := text(d)
			s.WriteString(t)
			return true, err
		case "w:p", "a:p", "w:tab", "w:br":
			s.WriteByte(' ')
		case "a:blip", "v:imagedata":
			s.WriteString("[图]")
		case "v:textpath":
			s.WriteString(attr(e, "string"))
		case "mc:Fallback", "w:instrText", "w:rPrChange", "w:pPrChange":
			return true, d.Skip()
		}
		return false, nil
	})
	return strings.Join(strings.Fields(s.String()), " "), err
}

// on reads a switch such as <w:b/> or <w:b w:val="0"/>.
func on(e *xml.StartElement) bool {
	switch attr(e, "val") {
	case "0", "false", "off", "none":
		return false
	}
	return true
}
