package platform

import "testing"

// named are all error codes the platform's pages name for the calls of an
// official account (not the err(n) statuses of mass sending, which are no
// codes).
var named = []int{
	-1, 40001, 40002, 40004, 40005, 40007, 40009, 40013, 40014, 40033, 40059, 40060, 40114, 40125, 40164, 40243,
	41001, 41002, 41004, 41039, 41040, 42001, 43002, 44002, 44003, 45002, 45003, 45004, 45005, 45008, 45009, 45011,
	45028, 45062, 45065, 45066, 45067, 45110, 45166, 47001, 48001, 48004, 48006, 48021, 50002, 50004, 50007,
	53404, 53405, 53406, 53500, 53501, 53503, 53504, 53505, 53600, 61500, 61501, 61503, 76021, 76022,
	88000, 88001, 88002, 88003, 88004, 88005, 88007, 88008, 88010, 89503, 89504, 89505, 89506, 89507,
}

func TestEveryNamedCodeHasAClass(t *testing.T) {
	for _, c := range named {
		if _, ok := classes[c]; !ok {
			t.Errorf("%d has no class", c)
		}
	}
	if len(classes) != len(named) {
		t.Errorf("%d classes for %d named codes", len(classes), len(named))
	}
}
