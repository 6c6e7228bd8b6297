package staff_test

import (
	"testing"

	"gongkai/internal/apptest"
)

func TestEverybodyBeginsWhereTheirWorkIs(t *testing.T) {
	w := apptest.Start(t, apptest.Options{Driver: "sqlite", Idle: true})
	for who, home := range map[string]string{"drafter": "/tasks", "signing_leader": "/tasks", "foi_officer": "/foi", "system_admin": "/people", "security_admin": "/people", "auditor": "/audit"} {
		as(t, w, person(w, who)).get("/").leads(t, 303, home)
	}
	// Who may not is told who can help.
	as(t, w, person(w, "system_admin")).get("/publications").has(t, "您的岗位不能办理此事项", "安全管理员： security_admin")
}
