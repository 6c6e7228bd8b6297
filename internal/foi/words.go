package foi

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"time"

	"gongkai/internal/db"
	"gongkai/internal/search"
)

// A register is looked through for words without reading every request: the folded
// words of a thousand requests stand together in one row, an entry behind the
// other. What was asked for never changes, so neither do full rows. Requests of
// the last minutes stand in none yet and are looked at one by one.
const (
	entryBegins = 0x01 // no folded text has these two
	wordsBegin  = 0x02

	mostTogether = 1000
	mostText     = 2 << 20
	// settled is how old a request is before it is entered: until then one with a
	// smaller number may still be on its way into the database.
	settled = 5 * time.Minute
)

// wordsOf folds what a request can be found by.
func wordsOf(wanted, features string) string { return search.Text(wanted, features) }

// terms are what was typed, folded; all must stand in a request.
func terms(typed string) (all [][]byte) {
	for word := range strings.FieldsSeq(typed) {
		if t := strings.TrimSuffix(search.Text(word), "\n"); t != "" {
			all = append(all, []byte(t))
		}
	}
	return all
}

// enter adds a request to a row's text. Its number is in capitals, which no folded
// text has.
func enter(text []byte, id int64, words string) []byte {
	text = append(text, entryBegins)
	at := len(text)
	for ; id > 0; id /= 10 {
		text = append(text, byte('A'+id%10))
	}
	for i, j := at, len(text)-1; i < j; i, j = i+1, j-1 {
		text[i], text[j] = text[j], text[i]
	}
	return append(append(text, wordsBegin), words...)
}

// among answers the requests of a row whose words have every term, the newest
// first. It looks from the front: bytes.Index is several times as fast as
// bytes.LastIndex.
func among(text []byte, all [][]byte) (ids []int64) {
	for at := 0; ; {
		hit := bytes.Index(text[at:], all[0])
		if hit < 0 {
			slices.Reverse(ids)
			return ids
		}
		hit += at
		begin := bytes.LastIndexByte(text[:hit], entryBegins)
		end := len(text)
		if n := bytes.IndexByte(text[hit:], entryBegins); n >= 0 {
			end = hit + n
		}
		number, words, _ := bytes.Cut(text[begin+1:end], []byte{wordsBegin})
		if has(words, all) {
			id := int64(0)
			for _, b := range number {
				id = id*10 + int64(b-'A')
			}
			ids = append(ids, id)
		}
		at = end
	}
}

// gramBits is how many bits say which neighbouring characters a row has anywhere;
// rows that are released depend on it.
const gramBits = 1 << 17

// grams names the neighbouring characters of a text: two together, and up to four
// where digits or Latin letters stand, which are too few to tell rows apart by
// two. Of a whole text all are named, of a term only those that every text with it
// has.
func grams(r []rune, whole bool, name func(bit uint32)) {
	for i := 0; i+1 < len(r); i++ {
		n := 2
		if r[i] < 0x80 && r[i+1] < 0x80 {
			for n < 4 && i+n < len(r) && r[i+n] < 0x80 {
				n++
			}
			if n < 4 && i+n == len(r) && !whole {
				continue
			}
		}
		h := uint64(14695981039346656037)
		for _, c := range r[i : i+n] {
			h = (h ^ uint64(c)) * 0x9e3779b97f4a7c15
		}
		name(uint32(h >> 47))
	}
}

func has(words []byte, all [][]byte) bool {
	for _, t := range all {
		if !bytes.Contains(words, t) {
			return false
		}
	}
	return true
}

// Index enters requests that are old enough into the rows that are looked through,
// until none is left.
func (k *Desk) Index(ctx context.Context) error {
	for {
		more := false
		err := k.db.Write(ctx, func(tx *db.Tx) (err error) {
			more, err = enterSome(tx, tx.Now().Add(-settled))
			return err
		})
		if err != nil || !more {
			return err
		}
	}
}

// found lists requests by their words, the newest first, and hands them on in
// parts until enough answers that it has enough. before narrows, 0 does not.
func found(tx *db.Tx, organisation int64, typed string, before int64, take func(ids []int64) (enough bool, err error)) error {
	all := terms(typed)
	if len(all) == 0 {
		return nil
	}
	ids, last, err := unentered(tx, organisation, all)
	if err != nil {
		return err
	}
	var wanted []uint32
	for _, t := range all {
		grams([]rune(string(t)), false, func(bit uint32) { wanted = append(wanted, bit) })
	}
	rows, err := wordRows(tx, organisation, last, wanted)
	if err != nil {
		return err
	}
	for i := 0; ; i++ {
		if i == len(rows) || len(ids) >= 500 {
			ids = older(ids, before)
			if len(ids) > 0 {
				if enough, err := take(ids); err != nil || enough {
					return err
				}
			}
			ids = nil
		}
		if i == len(rows) {
			return nil
		}
		text, err := wordText(tx, rows[i])
		if err != nil {
			return err
		}
		ids = append(ids, among(text, all)...)
	}
}

func older(ids []int64, before int64) []int64 {
	if before == 0 {
		return ids
	}
	out := ids[:0]
	for _, id := range ids {
		if id < before {
			out = append(out, id)
		}
	}
	return out
}
