// Package staff is the pages of the office: the same desks as the API, for
// people. A handler parses, calls one desk method, answers. Every act is a plain
// form, so pages work without JavaScript; a refused form comes back with the
// reason and everything that was typed.
package staff

import (
	"fmt"
	"html/template"
	"io/fs"
	"strings"

	"github.com/gin-gonic/gin"

	"gongkai/internal/annual"
	"gongkai/internal/catalogue"
	"gongkai/internal/duty"
	"gongkai/internal/foi"
	"gongkai/internal/holiday"
	"gongkai/internal/httpserver"
	"gongkai/internal/messenger"
	"gongkai/internal/progress"
	"gongkai/internal/review"
	"gongkai/internal/roster"
	"gongkai/internal/sso"
	"gongkai/internal/workflow"
)

// Config is everything the pages need.
type Config struct {
	*httpserver.Server
	Desk      *review.Desk
	Messenger *messenger.Messenger
	FOI       *foi.Desk
	Annual    *annual.Desk
	Holidays  *holiday.Desk
	Duties    *duty.Desk
	Roster    *roster.Desk
	Errands   *progress.Runner
	Library   *workflow.Library
	Templates fs.FS         // *.html
	Static    fs.FS         // css, js and icons
	PublicURL string        // of the public website, no slash at the end
	Simulated bool          // the WeChat account is not the real one
	SSO       *sso.Provider // of single sign-on; nil for none
}

// Staff is the page face of the desks.
type Staff struct {
	Config
	templates map[catalogue.Lang]*template.Template
	assets    *assets
	tries     httpserver.Tries
}

// New reads the templates and the static files.
func New(c Config) (*Staff, error) {
	s := &Staff{Config: c, templates: map[catalogue.Lang]*template.Template{}}
	s.PublicURL = strings.TrimRight(c.PublicURL, "/")
	var err error
	if s.assets, err = readAssets(c.Static); err != nil {
		return nil, err
	}
	for _, lang := range []catalogue.Lang{catalogue.Chinese, catalogue.English} {
		if s.templates[lang], err = template.New("").Funcs(s.funcs(lang)).ParseFS(c.Templates, "*.html"); err != nil {
			return nil, fmt.Errorf("staff templates: %w", err)
		}
	}
	c.Server.Page = s.problemPage
	return s, nil
}

// Route is one address and the act it asks the policy for; "" asks only for a
// session, "-" for nothing, "step" for what the open step of the chain needs.
type Route struct {
	Method, Path, Act string
	handler           gin.HandlerFunc
}

// Routes lists every address, once. Tests walk it.
func (s *Staff) Routes() []Route {
	onManuscript := func(act func(v *visit, id int64) (done, error)) gin.HandlerFunc {
		return s.take(on(act), s.manuscriptAgain)
	}
	return []Route{
		{"GET", "/", "-", s.front},
		{"GET", "/static/:hash/*name", "-", s.assets.serve},
		{"GET", "/login", "-", s.loginPage},
		{"POST", "/login", "-", s.signIn},
		{"GET", "/login/code", "-", s.codePage},
		{"POST", "/login/code", "-", s.signInCode},
		{"GET", "/login/sso", "-", s.toProvider},
		{"GET", "/login/sso/callback", "-", s.fromProvider},
		{"GET", "/set-up", "-", s.setUpPage},
		{"POST", "/set-up", "-", s.setUp},
		{"POST", "/logout", "", s.signOut},
		{"GET", "/password", "", s.passwordPage},
		{"POST", "/password", "", s.changePassword},
		{"GET", "/account", "", s.own(s.account)},
		{"POST", "/account/second-factor", "", s.own(s.startFactor)},
		{"POST", "/account/second-factor/confirm", "", s.own(s.confirmFactor)},
		{"POST", "/account/second-factor/codes", "", s.own(s.newCodes)},
		{"POST", "/account/second-factor/remove", "", s.own(s.removeFactor)},
		{"POST", "/account/pin", "", s.own(s.setPIN)},
		{"POST", "/account/sessions/end", "", s.own(s.endSessions)},
		{"POST", "/lang", "-", s.chooseLang},
		{"GET", "/keys", "", s.show(s.keysPage)},
		{"POST", "/keys", "-", s.chooseKeys},

		{"GET", "/tasks", "", s.show(s.tasks)},
		{"GET", "/tasks/approve", "", s.show(s.together)},
		{"POST", "/tasks/approve", "", s.form(s.approveTogether)},
		{"GET", "/mine", "", s.show(s.mine)},
		{"GET", "/register", "manuscript.read", s.show(s.register)},
		{"GET", "/search", "manuscript.read", s.show(s.search)},
		{"GET", "/notices", "", s.show(s.notices)},
		{"POST", "/notices/mail", "", s.take(s.setMail, s.notices)},
		{"POST", "/notices/read", "", s.take(s.readNotices, nil)},
		{"GET", "/errands", "", s.show(s.errands)},
		{"GET", "/errands/:id/result", "", s.show(s.errandResult)},

		{"GET", "/manuscripts/new", "manuscript.create", s.show(s.newPage)},
		{"POST", "/manuscripts/new", "manuscript.create", s.form(s.saveNew)},
		{"POST", "/manuscripts/new/copy", "manuscript.create", s.form(s.keepCopy)},
		{"POST", "/manuscripts/new/copy/drop", "manuscript.create", s.take(s.dropCopy, nil)},
		{"POST", "/manuscripts/images", "manuscript.create", s.form(s.storeImage)},
		{"POST", "/manuscripts/attachments", "manuscript.create", s.form(s.storeFile)},
		{"GET", "/manuscripts/images/:hash", "manuscript.create", s.show(s.ownImage)},
		{"GET", "/manuscripts/:id", "manuscript.read", s.show(s.manuscript)},
		{"GET", "/manuscripts/:id/edit", "manuscript.edit", s.show(s.editPage)},
		{"POST", "/manuscripts/:id/edit", "manuscript.edit", s.form(s.saveEdit)},
		{"POST", "/manuscripts/:id/copy", "manuscript.edit", s.form(s.keepCopy)},
		{"POST", "/manuscripts/:id/copy/drop", "manuscript.edit", s.take(s.dropCopy, nil)},
		{"GET", "/manuscripts/:id/proof", "step", s.show(s.proofPage)},
		{"POST", "/manuscripts/:id/proof", "step", s.take(s.proof, s.proofAgain)},
		{"GET", "/manuscripts/:id/news", "manuscript.read", s.show(s.news)},
		{"GET", "/manuscripts/:id/slip", "manuscript.read", s.show(s.slip)},
		{"GET", "/manuscripts/:id/compare", "manuscript.read", s.show(s.compare)},
		{"GET", "/manuscripts/:id/print", "manuscript.read", s.show(s.printed)},
		{"GET", "/manuscripts/:id/docx", "manuscript.read", s.show(s.docx)},
		{"GET", "/manuscripts/:id/wechat", "manuscript.read", s.show(s.wechatVariant)},
		{"GET", "/manuscripts/:id/preview/:channel", "manuscript.read", s.show(s.previewed)},
		{"GET", "/manuscripts/:id/files/:hash", "manuscript.read", s.show(s.file)},
		{"GET", "/manuscripts/:id/images/:hash", "manuscript.read", s.show(s.image)},
		{"POST", "/manuscripts/:id/submit", "manuscript.submit", onManuscript(s.submit)},
		{"POST", "/manuscripts/:id/resubmit", "manuscript.submit", onManuscript(s.resubmit)},
		{"POST", "/manuscripts/:id/withdraw", "manuscript.withdraw", onManuscript(s.withdraw)},
		{"POST", "/manuscripts/:id/urge", "manuscript.submit", onManuscript(s.urge)},
		{"POST", "/manuscripts/:id/decide", "step", s.form(s.judged)},
		{"POST", "/manuscripts/:id/schedule", "manuscript.schedule", onManuscript(s.schedule)},
		{"POST", "/manuscripts/:id/unschedule", "manuscript.schedule", onManuscript(s.unschedule)},
		{"POST", "/manuscripts/:id/pin", "pin.ask", onManuscript(s.askPin)},
		{"POST", "/manuscripts/:id/pin/confirm", "pin.confirm", onManuscript(s.confirmPin)},
		{"POST", "/manuscripts/:id/pin/end", "pin.ask", onManuscript(s.unpin)},
		{"POST", "/manuscripts/:id/correct", "manuscript.create", onManuscript(s.correct)},
		{"POST", "/manuscripts/:id/take-down", "take_down.ask", onManuscript(s.askTakeDown)},
		{"POST", "/manuscripts/:id/take-down/confirm", "take_down.confirm", onManuscript(s.confirmTakeDown)},
		{"POST", "/manuscripts/:id/take-down/drop", "take_down.confirm", onManuscript(s.dropTakeDown)},

		{"POST", "/manuscripts/:id/remarks", "manuscript.remark", onManuscript(s.remark)},
		{"POST", "/manuscripts/:id/remarks/answer", "manuscript.remark", onManuscript(s.answerRemark)},
		{"POST", "/manuscripts/:id/remarks/reanchor", "manuscript.remark", onManuscript(s.reanchor)},
		{"POST", "/manuscripts/:id/remarks/take", "manuscript.edit", onManuscript(s.takeRemarks)},
		{"POST", "/manuscripts/:id/remarks/decline", "manuscript.remark", onManuscript(s.declineRemarks)},
		{"POST", "/manuscripts/:id/remarks/close", "manuscript.remark", onManuscript(s.closeRemarks)},

		{"GET", "/publications", "publication.read", s.show(s.publications)},
		{"POST", "/publications/:id/retry", "publication.retry", s.take(s.retry, s.publicationsAgain)},
		{"POST", "/publishing/freeze", "publishing.freeze", s.take(s.freeze, s.publicationsAgain)},
		{"POST", "/publishing/thaw", "publishing.freeze", s.take(s.thaw, s.publicationsAgain)},

		{"GET", "/statistics", "publication.read", s.show(s.statistics)},
		{"GET", "/statistics.xlsx", "publication.read", s.show(s.statisticsBook)},
		{"GET", "/workflows", "workflow.read", s.show(s.workflows)},
		{"GET", "/workflows/lint", "workflow.read", s.show(s.lintForm)},
		{"POST", "/workflows/lint", "workflow.read", s.form(s.lint)},
		{"GET", "/workflows/:id/drawing.svg", "workflow.read", s.show(s.drawing)},
		{"GET", "/audit", "audit.read", s.show(s.auditPage)},
		{"POST", "/audit/verify", "audit.read", s.take(s.verifyRecord, nil)},
		{"POST", "/audit/export", "audit.export", s.take(s.exportRecord, nil)},

		{"GET", "/foi", "foi.read", s.show(s.foiList)},
		{"POST", "/foi/find", "foi.read", s.form(s.foiList)},
		{"GET", "/foi/new", "foi.register", s.show(s.foiNew)},
		{"POST", "/foi/new", "foi.register", s.take(s.foiRegister, s.foiNew)},
		{"GET", "/foi/disputes", "foi.read", s.show(s.disputes)},
		{"POST", "/foi/disputes", "foi.handle", s.take(s.addDispute, s.disputes)},
		{"POST", "/foi/disputes/:id/answer", "foi.handle", s.take(on(s.answerDispute), s.disputes)},
		{"POST", "/foi/disputes/:id/end", "foi.handle", s.take(on(s.endDispute), s.disputes)},
		{"GET", "/foi/:id", "foi.read", s.show(s.foiFile)},
		{"POST", "/foi/:id/letters", "foi.handle", s.take(on(s.draftLetter), s.foiAgain)},
		{"GET", "/foi/letters/:id", "foi.read", s.show(s.letter)},
		{"POST", "/foi/letters/:id", "foi.handle", s.take(on(s.saveLetter), s.letterAgain)},
		{"POST", "/foi/letters/:id/decide", "foi.read", s.form(s.judgedLetter)},
		{"POST", "/foi/letters/:id/recall", "foi.answer", s.take(on(s.recallLetter), s.letterAgain)},
		{"GET", "/foi/letters/:id/print", "foi.read", s.show(s.printLetter)},
		{"GET", "/foi/letters/:id/docx", "foi.read", s.show(s.letterDocx)},
		{"POST", "/foi/:id/events", "foi.read", s.take(on(s.foiRecord), s.foiAgain)},
		{"POST", "/foi/:id/reveal", "foi.reveal", s.form(s.foiReveal)},
		{"POST", "/foi/:id/files", "foi.handle", s.take(on(s.foiAttach), s.foiAgain)},
		{"GET", "/foi/files/:id", "foi.read", s.show(s.foiFileBytes)},
		{"POST", "/foi/:id/files/remove", "foi.handle", s.take(s.foiRemoveFile, s.foiAgain)},
		{"GET", "/foi/candidates", "foi.read", s.show(s.candidates)},
		{"POST", "/foi/:id/candidate", "foi.handle", s.take(on(s.suggest), s.foiAgain)},
		{"POST", "/foi/:id/candidate/draft", "foi.promote", s.take(on(s.promote), s.foiAgain)},
		{"POST", "/foi/:id/candidate/decline", "foi.promote", s.take(on(s.decline), s.foiAgain)},
		{"POST", "/foi/:id/merge", "foi.handle", s.take(on(s.foiMerge), s.foiAgain)},
		{"POST", "/foi/:id/erase", "foi.erase", s.take(on(s.foiErase), s.foiAgain)},

		{"GET", "/annual", "annual.read", s.show(s.annualHome)},
		{"GET", "/annual/:id", "annual.read", s.show(s.annualOverview)},
		{"GET", "/annual/:id/tables", "annual.read", s.show(s.annualTables)},
		{"GET", "/annual/:id/text", "annual.read", s.show(s.annualText)},
		{"GET", "/annual/:id/cells/:cell", "annual.read", s.show(s.annualCell)},
		{"GET", "/annual/:id/units", "annual.read", s.show(s.annualUnits)},
		{"POST", "/annual/:id/units", "annual.edit", s.take(on(s.sendUnits), s.annualUnits)},
		{"POST", "/annual/:id/units/remove", "annual.edit", s.take(on(s.removeUnit), s.annualUnits)},
		{"GET", "/annual/:id/xlsx", "annual.read", s.show(s.annualBook)},
		{"GET", "/annual/:id/docx", "annual.read", s.show(s.annualDocx)},
		{"GET", "/annual/:id/print", "annual.read", s.show(s.annualPrint)},
		{"POST", "/annual/:id/tables", "annual.edit", s.take(on(s.attest), s.annualTables)},
		{"POST", "/annual/:id/text", "annual.edit", s.take(on(s.writeAnnual), s.annualText)},
		{"POST", "/annual/:id/import", "annual.edit", s.take(on(s.keepReport), s.annualOverview)},
		{"POST", "/annual/:id/freeze", "annual.freeze", s.take(on(s.freezeAnnual), s.annualOverview)},
		{"POST", "/annual/:id/reopen", "annual.freeze", s.take(on(s.reopenAnnual), s.annualOverview)},

		{"GET", "/calendar", "calendar.read", s.show(s.calendar)},
		{"POST", "/calendar", "calendar.propose", s.take(s.proposeNotice, s.calendar)},
		{"POST", "/calendar/:id/confirm", "calendar.confirm", s.take(on(s.confirmNotice), s.calendar)},
		{"POST", "/calendar/:id/drop", "calendar.confirm", s.take(on(s.dropNotice), s.calendar)},

		{"GET", "/duties", "duty.read", s.show(s.duties)},
		{"POST", "/duties", "duty.write", s.take(s.addDuty, s.duties)},
		{"POST", "/duties/:id/done", "duty.write", s.take(on(s.doneDuty), s.duties)},
		{"POST", "/duties/:id/drop", "duty.write", s.take(on(s.dropDuty), s.duties)},

		{"GET", "/people", "org.read", s.show(s.people)},
		{"POST", "/people", "org.write", s.form(s.addPerson)},
		{"GET", "/people/template.xlsx", "org.read", s.show(s.peopleTemplate)},
		{"POST", "/people/import", "org.read", s.form(s.importPeople)},
		{"POST", "/people/reset", "org.write", s.form(s.resetAccount)},
		{"POST", "/people/sign-out", "org.write", s.take(s.signOutAccount, s.peopleAgain)},
		{"POST", "/people/second-factor", "org.write", s.take(s.askFactorReset, s.peopleAgain)},
		{"POST", "/people/second-factor/:id/confirm", "org.confirm", s.take(s.confirmFactorReset, s.peopleAgain)},
		{"POST", "/people/second-factor/:id/drop", "org.confirm", s.take(s.dropFactorReset, s.peopleAgain)},
		{"POST", "/people/disable", "org.write", s.take(s.disableAccount, s.peopleAgain)},
		{"POST", "/people/units", "org.write", s.take(s.addUnit, s.peopleAgain)},
		{"POST", "/people/posts/proposals", "org.grant", s.take(s.propose, s.peopleAgain)},
		{"POST", "/people/posts/confirm", "org.confirm", s.take(s.confirmPosts, s.peopleAgain)},
		{"POST", "/people/posts/proposals/:id/confirm", "org.confirm", s.take(s.confirmPost, s.peopleAgain)},
		{"POST", "/people/posts/proposals/:id/drop", "org.confirm", s.take(s.dropPost, s.peopleAgain)},
		{"POST", "/people/posts/revoke", "org.grant", s.take(s.revoke, s.peopleAgain)},
		{"POST", "/people/delegations", "org.delegate", s.take(s.delegate, s.peopleAgain)},
		{"POST", "/people/delegations/:id/end", "org.delegate", s.take(s.endDelegation, s.peopleAgain)},
	}
}

// on is an act on the manuscript of the path.
func on(act func(v *visit, id int64) (done, error)) func(v *visit) (done, error) {
	return func(v *visit) (done, error) {
		id, err := v.id()
		if err != nil {
			return done{}, err
		}
		return act(v, id)
	}
}

// Mount puts the routes on an engine.
func (s *Staff) Mount(e *gin.Engine) {
	for _, r := range s.Routes() {
		e.Handle(r.Method, r.Path, r.handler)
	}
}
