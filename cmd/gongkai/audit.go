package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"gongkai/config"
	"gongkai/internal/app"
	"gongkai/internal/audit"
	"gongkai/internal/db"
	"gongkai/internal/org"
)

const auditUsage = "gongkai audit export | verify [FILE] | prove [FILE] --entry SEQ | verify-proof FILE"

func runAudit(ctx context.Context, args []string) error {
	f, load := flags("audit export | verify [FILE] | prove [FILE] | verify-proof FILE")
	organisation := f.Int64("organisation", 1, "机构编号 organisation")
	entry := f.Int64("entry", 0, "条目序号 sequence number of the entry, for prove")
	size := f.Int64("size", 0, "检查点的条目数 prove against the checkpoint of so many entries; 0 is the newest")
	var trust audit.Trust
	f.Func("key", "信任的公钥 trusted public key, base64; may be given again for keys of earlier years", func(text string) error {
		b, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(b) != ed25519.PublicKeySize {
			return errors.New("--key: an Ed25519 public key in base64 is needed")
		}
		trust.Keys = append(trust.Keys, b)
		return nil
	})
	f.Func("checkpoint", "留存在别处的检查点文件 checkpoints kept elsewhere: JSON lines, or an older export; may be given again", func(path string) error {
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		kept, err := audit.ReadKept(file)
		trust.Kept = append(trust.Kept, kept...)
		return err
	})
	rest, err := parse(f, args)
	if err != nil {
		return err
	}
	if len(rest) == 0 || len(rest) > 2 {
		return errors.New(auditUsage)
	}
	checked := len(trust.Keys) > 0 || len(rest) == 1 // else the key is the file's own
	switch verb := rest[0]; {
	case verb == "export" && len(rest) == 1:
		d, own, err := openRecord(ctx, load)
		if err != nil {
			return err
		}
		defer d.Close()
		if err := recordExport(ctx, d, *organisation); err != nil {
			return err
		}
		return audit.Export(ctx, d, *organisation, own, os.Stdout)
	case verb == "verify":
		return withExport(ctx, rest[1:], load, *organisation, nil, func(file io.Reader, own ed25519.PublicKey) error {
			if own != nil {
				trust.Keys = append(trust.Keys, own)
			}
			r, err := audit.Verify(file, trust)
			if err = report(r, checked, err); err == nil && own != nil {
				fmt.Printf("公钥，交给核对的人 public key for who verifies an export: %s\n", base64.StdEncoding.EncodeToString(own))
			}
			return err
		})
	case verb == "prove" && *entry > 0:
		return withExport(ctx, rest[1:], load, *organisation, recordExport, func(file io.Reader, own ed25519.PublicKey) error {
			if own != nil {
				trust.Keys = append(trust.Keys, own)
			}
			p, err := audit.Prove(file, trust, *entry, *size)
			if err != nil {
				return err
			}
			return json.NewEncoder(os.Stdout).Encode(p)
		})
	case verb == "verify-proof" && len(rest) == 2:
		return verifyProof(rest[1], trust)
	}
	return errors.New(auditUsage)
}

// openRecord opens the office's own database and answers its public key.
func openRecord(ctx context.Context, load func() (config.Config, error)) (*db.DB, ed25519.PublicKey, error) {
	c, err := load()
	if err != nil {
		return nil, nil, err
	}
	d, err := app.OpenDatabase(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	own, err := app.AuditKey(c)
	if err != nil {
		d.Close()
		return nil, nil, err
	}
	return d, own.Public().(ed25519.PublicKey), nil
}

// withExport reads the export in a file, or without one the chain in the
// database as an export would be read, with the office's own key.
func withExport(ctx context.Context, path []string, load func() (config.Config, error), organisation int64,
	first func(context.Context, *db.DB, int64) error, read func(file io.Reader, own ed25519.PublicKey) error) error {
	if len(path) == 1 {
		file, err := os.Open(path[0])
		if err != nil {
			return err
		}
		defer file.Close()
		export, err := unpacked(file)
		if err != nil {
			return err
		}
		return read(export, nil)
	}
	d, own, err := openRecord(ctx, load)
	if err != nil {
		return err
	}
	defer d.Close()
	if first != nil {
		if err := first(ctx, d, organisation); err != nil {
			return err
		}
	}
	file, err := os.CreateTemp("", "gongkai-audit-*.ndjson")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	if err := audit.Export(ctx, d, organisation, own, file); err != nil {
		return err
	}
	if _, err := file.Seek(0, 0); err != nil {
		return err
	}
	return read(file, own)
}

// unpacked reads an export as it is or packed, as the pages give it.
func unpacked(file io.Reader) (io.Reader, error) {
	b := bufio.NewReader(file)
	if head, _ := b.Peek(2); string(head) == "\x1f\x8b" {
		return gzip.NewReader(b)
	}
	return b, nil
}

func verifyProof(path string, trust audit.Trust) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var p audit.Proof
	if err := json.Unmarshal(b, &p); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	e, err := p.Verify(trust)
	if err != nil {
		return fmt.Errorf("证明不成立 the proof does not hold: %w", err)
	}
	said := "属实 proved"
	if len(trust.Keys) == 0 {
		unchecked()
		said = "前后一致，未证明属实 consistent, not proved"
	}
	body, err := json.Marshal(e)
	if err != nil {
		return err
	}
	fmt.Printf(said+": organisation %d, entry %d of %d, signed %s with key %s\n%s\n", e.OrganisationID, p.Entry.Seq, p.Checkpoint.Size,
		p.Checkpoint.At.Format(time.RFC3339), p.Checkpoint.KeyID, body)
	return nil
}

// recordExport keeps who took the record out: the person at the console, who is
// no account of ours.
func recordExport(ctx context.Context, d *db.DB, organisation int64) error {
	return d.Write(ctx, func(tx *db.Tx) error {
		all, err := org.Organisations(tx)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(all, func(u org.Unit) bool { return u.ID == organisation }) {
			return fmt.Errorf("没有这个机构 no organisation %d", organisation)
		}
		return audit.Record(tx, audit.Entry{OrganisationID: organisation, Action: "audit.exported", Object: fmt.Sprintf("organisation:%d", organisation),
			Details: map[string]any{"by": "command line"}})
	})
}

// report says whether the record is intact. Without a key of the reader's own
// that is no more than consistent: whoever rewrote the file signed it again.
func report(r audit.Report, checked bool, err error) error {
	if err != nil {
		return fmt.Errorf("审计记录不可信 the audit record is not intact: %w", err)
	}
	said := "完好 intact"
	if !checked {
		unchecked()
		said = "前后一致，未证明完好 consistent, not proved intact"
	}
	fmt.Printf(said+": organisation %d, %d entries, %d checkpoints, %d of them with a Merkle root, head %s, key %s\n", r.OrganisationID, r.Entries, r.Checkpoints, r.Rooted, r.Head, r.Key)
	if r.Kept > 0 {
		fmt.Printf("与留存的检查点一致 agrees with %d kept checkpoints: the first %d entries are those of that time\n", r.Kept, r.KeptTo)
	}
	return nil
}

func unchecked() {
	fmt.Println("没有核对签名公钥：任何人改写后都可以重新签名。请用 --key 给出从办公室另行取得的公钥。")
	fmt.Println("The signing key was not checked: anybody could have rewritten this file and signed it again. Give the key you got from the office by --key.")
}
