package picture_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"testing"

	"gongkai/internal/picture"
)

// corner is red in its upper left quarter, 32 by 16.
func corner() image.Image {
	m := image.NewRGBA(image.Rect(0, 0, 32, 16))
	for y := range 16 {
		for x := range 32 {
			c := color.RGBA{255, 255, 255, 255}
			if x < 16 && y < 8 {
				c = color.RGBA{200, 0, 0, 255}
			}
			m.Set(x, y, c)
		}
	}
	return m
}

func jpegOf(t testing.TB, m image.Image) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// exif is an APP1 segment with an orientation and the words of an owner.
func exif(held uint16) []byte {
	var tiff bytes.Buffer
	owner := "拍摄者张三\x00"
	tiff.WriteString("MM\x00\x2a\x00\x00\x00\x08")
	entry := func(tag, kind uint16, count uint32, value []byte) {
		_ = binary.Write(&tiff, binary.BigEndian, struct {
			Tag, Kind uint16
			Count     uint32
		}{tag, kind, count})
		tiff.Write(value)
	}
	tiff.Write([]byte{0, 2})
	entry(0x0112, 3, 1, []byte{0, byte(held), 0, 0})
	entry(0x013b, 2, uint32(len(owner)), []byte{0, 0, 0, 38})
	tiff.Write([]byte{0, 0, 0, 0})
	tiff.WriteString(owner)
	seg := append([]byte("Exif\x00\x00"), tiff.Bytes()...)
	return append(binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(seg)+2)), seg...)
}

func red(m image.Image, x, y int) bool {
	r, g, _, _ := m.At(m.Bounds().Min.X+x, m.Bounds().Min.Y+y).RGBA()
	return r > 0x8000 && g < 0x8000
}

// The red quarter ends where EXIF says it was: the table of the standard.
func TestCamerasHeldAnyWayComeOutUpright(t *testing.T) {
	plain := jpegOf(t, corner())
	for held, at := range map[uint16][2]int{1: {4, 4}, 2: {28, 4}, 3: {28, 12}, 4: {4, 12}, 5: {4, 4}, 6: {12, 4}, 7: {12, 28}, 8: {4, 28}} {
		taken := append(append([]byte{0xff, 0xd8}, exif(held)...), plain[2:]...)
		media, clean, err := picture.Clean(taken)
		if err != nil || media != "image/jpeg" {
			t.Fatalf("held %d: %s %v", held, media, err)
		}
		if bytes.Contains(clean, []byte("张三")) || bytes.Contains(clean, []byte("Exif")) {
			t.Errorf("held %d: the owner is still named", held)
		}
		m, err := jpeg.Decode(bytes.NewReader(clean))
		if err != nil {
			t.Fatal(err)
		}
		w, h := m.Bounds().Dx(), m.Bounds().Dy()
		if wantW := map[bool]int{true: 16, false: 32}[held >= 5]; w != wantW || w*h != 512 {
			t.Errorf("held %d: %d×%d", held, w, h)
		}
		for _, p := range [][2]int{{4, 4}, {w - 4, 4}, {4, h - 4}, {w - 4, h - 4}} {
			if want := p == at; red(m, p[0], p[1]) != want {
				t.Errorf("held %d: red at %v is %v", held, p, !want)
			}
		}
	}
}

func TestCleanPicturesStayAsTheyAreAndOthersBecomeClean(t *testing.T) {
	var p bytes.Buffer
	if err := png.Encode(&p, corner()); err != nil {
		t.Fatal(err)
	}
	chunk := func(kind, data string) []byte {
		b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
		b = append(b, kind+data...)
		return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE([]byte(kind+data)))
	}
	end := bytes.Index(p.Bytes(), []byte("IEND")) - 4
	with := func(c []byte) []byte { return append(append(bytes.Clone(p.Bytes()[:end]), c...), p.Bytes()[end:]...) }
	j := jpegOf(t, corner())
	for name, c := range map[string]struct {
		b    []byte
		same bool
	}{
		"png": {p.Bytes(), true}, "jpeg": {j, true},
		"png with words":      {with(chunk("tEXt", "Author\x00张三")), false},
		"png with exif":       {with(chunk("eXIf", "MM\x00\x2a张三")), false},
		"png and a file":      {append(bytes.Clone(p.Bytes()), "PK\x03\x04张三"...), false},
		"jpeg with a comment": {append([]byte{0xff, 0xd8, 0xff, 0xfe, 0, 8}, append([]byte("张三"), j[2:]...)...), false},
		"jpeg and a file":     {append(bytes.Clone(j), "PK\x03\x04张三"...), false},
	} {
		_, once, err := picture.Clean(c.b)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if same := bytes.Equal(once, c.b); same != c.same {
			t.Errorf("%s: the same is %v", name, same)
		}
		if bytes.Contains(once, []byte("张三")) {
			t.Errorf("%s: still holds the words", name)
		}
		if _, twice, err := picture.Clean(once); err != nil || !bytes.Equal(once, twice) {
			t.Errorf("%s: a second cleaning changes it (%v)", name, err)
		}
	}
}

func TestWhatIsNoPictureIsRefused(t *testing.T) {
	j := jpegOf(t, corner())
	for name, b := range map[string][]byte{"nothing": nil, "words": []byte("不是图片"), "half": j[:len(j)/2], "gif": []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"), "svg": []byte("<svg/>")} {
		if _, _, err := picture.Clean(b); !errors.Is(err, picture.ErrKind) {
			t.Errorf("%s: %v", name, err)
		}
	}
	huge := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x01\x00\x00\x00\x01\x00\x00\x08\x02\x00\x00\x00")
	huge = binary.BigEndian.AppendUint32(huge, crc32.ChecksumIEEE(huge[12:]))
	if _, _, err := picture.Clean(huge); !errors.Is(err, picture.ErrTooLarge) {
		t.Errorf("a picture of 65,536 × 65,536: %v", err)
	}
}

func FuzzClean(f *testing.F) {
	f.Add([]byte{0xff, 0xd8, 0xff, 0xda})
	f.Add(append(append([]byte{0xff, 0xd8}, exif(6)...), jpegOf(f, corner())[2:]...))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, once, err := picture.Clean(b)
		if err != nil {
			return
		}
		if _, twice, err := picture.Clean(once); err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("a second cleaning changes it: %v", err)
		}
	})
}
