package httpserver

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"io"
	"mime"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"gongkai/internal/crashpoint"
	"gongkai/internal/db"
	"gongkai/internal/fault"
	"gongkai/internal/org"
)

// Answer is what a request is answered with. A body that holds a secret has
// another to be stored in its place, which is what a repeat gets.
type Answer struct {
	Status int
	Body   any
	Stored any // nil: Body
}

// Once runs an act in one transaction together with its stored answer: the same
// Idempotency-Key again gets the same answer and no second effect, also after a
// crash between commit and answer (K3).
func (s *Server) Once(ctx context.Context, a org.Actor, key, request string, body []byte, act func(ctx context.Context) (Answer, error)) (int, []byte, error) {
	h := s.RequestHash(request)
	h.Write(body)
	return s.OnceHashed(ctx, a, key, h, act)
}

// RequestHash starts the hash by which a repeated request is known. It is keyed:
// a request may hold a password, and whoever reads the table must not be able to
// try passwords against it.
func (s *Server) RequestHash(request string) hash.Hash {
	h := hmac.New(sha256.New, s.RequestKey)
	io.WriteString(h, request+"\n")
	return h
}

// OnceHashed is Once for a request whose body was hashed while it was read.
func (s *Server) OnceHashed(ctx context.Context, a org.Actor, key string, request hash.Hash, act func(ctx context.Context) (Answer, error)) (int, []byte, error) {
	hash := hex.EncodeToString(request.Sum(nil))
	var status int
	var out []byte
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		ans, err := act(tx.Context())
		if err != nil {
			return err
		}
		if out, err = json.Marshal(ans.Body); err != nil {
			return err
		}
		stored := out
		if ans.Stored != nil {
			if stored, err = json.Marshal(ans.Stored); err != nil {
				return err
			}
		}
		status = ans.Status
		crashpoint.Here("K2")
		return insertAnswer(tx, a.AccountID, key, hash, status, stored)
	})
	if err == nil {
		crashpoint.Here("K3")
		return status, out, nil
	}
	// What was done before fails now, by its own rules or by the key; only then
	// is the first answer looked up, so ordinary requests pay nothing for it.
	if _, ok := fault.From(err); db.IsDuplicate(err) || ok {
		if status, stored, again := s.replay(ctx, a.AccountID, key, hash); again != nil || status != 0 {
			return status, stored, again
		}
	}
	return 0, nil, err
}

func (s *Server) replay(ctx context.Context, account int64, key, hash string) (status int, answer []byte, err error) {
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		row, ok, err := findAnswer(tx, account, key)
		if err != nil || !ok {
			return err
		}
		if row.RequestHash != hash {
			return ErrKeyReused
		}
		status, answer = row.Status, []byte(row.Answer)
		return nil
	})
	return status, answer, err
}

// Key reads the Idempotency-Key every POST of the API needs.
func Key(c *gin.Context) (string, error) {
	key := c.GetHeader("Idempotency-Key")
	if err := ValidKey(key); err != nil {
		return "", err
	}
	return key, nil
}

// ValidKey refuses what cannot tell one request from another.
func ValidKey(key string) error {
	if len(key) < 8 || len(key) > 80 || strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return ErrNoKey.On("Idempotency-Key")
	}
	return nil
}

// ReadJSON reads a strict JSON body: the right content type, one object, known
// keys in their exact case, none twice.
func ReadJSON(c *gin.Context, into any) ([]byte, error) {
	media, params, err := mime.ParseMediaType(c.GetHeader("Content-Type"))
	if err != nil || media != "application/json" || (params["charset"] != "" && !strings.EqualFold(params["charset"], "utf-8")) {
		return nil, ErrContentType.With("want", "application/json")
	}
	b, err := io.ReadAll(c.Request.Body)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(b) {
		return nil, ErrNotUTF8
	}
	return b, DecodeStrict(b, into)
}

// DecodeStrict decodes b into a pointer to a struct, refusing unknown, repeated
// and differently spelt keys, and anything after the object.
func DecodeStrict(b []byte, into any) error {
	if !json.Valid(b) {
		var syntax *json.SyntaxError
		if err := json.Unmarshal(b, new(any)); errors.As(err, &syntax) {
			return ErrJSON.With("offset", syntax.Offset)
		}
		return ErrJSON.With("offset", 0)
	}
	dec := json.NewDecoder(strings.NewReader(string(b)))
	dec.UseNumber()
	if err := exact(dec, reflect.TypeOf(into), "", 0); err != nil {
		return err
	}
	err := json.Unmarshal(b, into)
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		// An embedded struct's own name comes first in the path; no caller typed it.
		field := kind.Field
		if _, inner, ok := strings.Cut(field, "Body."); ok {
			field = inner
		}
		return ErrJSON.On(field).With("offset", kind.Offset)
	}
	if err != nil {
		return ErrJSON.With("offset", 0).Because(err)
	}
	return nil
}

const maxDepth = 32

// exact walks the tokens along the type: encoding/json matches keys without
// regard to case and takes the last of two.
func exact(dec *json.Decoder, t reflect.Type, path string, depth int) error {
	if depth > maxDepth {
		return ErrJSON.On(path).With("offset", dec.InputOffset())
	}
	tok, err := dec.Token()
	if err != nil {
		return ErrJSON.With("offset", dec.InputOffset())
	}
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch tok {
	case json.Delim('{'):
		known := fields(t)
		seen := map[string]bool{}
		for dec.More() {
			tok, err := dec.Token()
			if err != nil {
				return ErrJSON.With("offset", dec.InputOffset())
			}
			key, _ := tok.(string)
			at := strings.TrimPrefix(path+"."+key, ".")
			var inner reflect.Type
			if known != nil {
				var ok bool
				if inner, ok = known[key]; !ok {
					return ErrUnknownField.On(at).With("field", at)
				}
			} else if t != nil && t.Kind() == reflect.Map {
				inner = t.Elem()
			}
			if seen[key] {
				return ErrUnknownField.On(at).With("field", at)
			}
			seen[key] = true
			if err := exact(dec, inner, at, depth+1); err != nil {
				return err
			}
		}
		_, err = dec.Token()
	case json.Delim('['):
		var inner reflect.Type
		if t != nil && (t.Kind() == reflect.Slice || t.Kind() == reflect.Array) {
			inner = t.Elem()
		}
		for dec.More() {
			if err := exact(dec, inner, path, depth+1); err != nil {
				return err
			}
		}
		_, err = dec.Token()
	}
	if err != nil {
		return ErrJSON.With("offset", dec.InputOffset())
	}
	return nil
}

// fields maps JSON names to types for a struct; nil for anything else.
func fields(t reflect.Type) map[string]reflect.Type {
	if t == nil || t.Kind() != reflect.Struct || t == reflect.TypeFor[json.RawMessage]() || t.String() == "time.Time" {
		return nil
	}
	out := map[string]reflect.Type{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && name == "" {
			for k, v := range fields(f.Type) {
				out[k] = v
			}
			continue
		}
		if name == "" {
			name = f.Name
		}
		if name != "-" && f.IsExported() {
			out[name] = f.Type
		}
	}
	return out
}
