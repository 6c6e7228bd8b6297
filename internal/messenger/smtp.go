package messenger

import (
	"context"
	"crypto/tls"
	netmail "net/mail"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
)

// SMTP is the office's mail server. TLS is starttls, implicit or, on loopback
// only, none.
type SMTP struct {
	Host           string
	Port           int
	TLS            string
	User, Password string
	From           string
	Trust          *tls.Config // nil for the system's
}

// Send hands one plain text mail to the server.
func (s SMTP) Send(ctx context.Context, to string, m Message) error {
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := msg.From(s.From); err != nil {
		return err
	}
	if err := msg.To(to); err != nil {
		return err
	}
	msg.Subject(m.Subject)
	msg.SetBodyString(mail.TypeTextPlain, m.Text)
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	policy := mail.TLSMandatory
	if s.TLS == "none" {
		policy = mail.NoTLS
	}
	options := []mail.Option{mail.WithPort(s.Port), mail.WithTimeout(20 * time.Second), mail.WithTLSPolicy(policy)}
	if s.Trust != nil {
		options = append(options, mail.WithTLSConfig(s.Trust))
	}
	if s.TLS == "implicit" {
		options = append(options, mail.WithSSL())
	}
	if s.User != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(s.User), mail.WithPassword(s.Password))
	}
	c, err := mail.NewClient(s.Host, options...)
	if err != nil {
		return err
	}
	return c.DialAndSendWithContext(ctx, msg)
}

func (m *Messenger) checkAddress(address string) error {
	a, err := netmail.ParseAddress(address)
	if err != nil || a.Address != address || len(address) > 254 || strings.ContainsAny(address, "\r\n<>\" ") {
		return ErrAddress.On("address").With("domains", "")
	}
	if len(m.Domains) == 0 {
		return nil
	}
	_, domain, _ := strings.Cut(address, "@")
	for _, d := range m.Domains {
		if strings.EqualFold(domain, d) {
			return nil
		}
	}
	return ErrAddress.On("address").With("domains", strings.Join(m.Domains, ", "))
}
