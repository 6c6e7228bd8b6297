package check

import "strings"

// RequiredFields finds fields without which nothing can be published; what a
// kind of item needs beyond them is said by manuscript.Ready.
var RequiredFields = Rule{
	ID:    "required_fields",
	Basis: "国办发〔2017〕47号",
	Find: func(field, plain string) []Hit {
		if (field == "title" || field == "body") && strings.TrimSpace(plain) == "" {
			return []Hit{{Code: "check.required", Args: map[string]any{"field": field}}}
		}
		return nil
	},
}
