package messenger_test

import "gongkai/internal/db"

func addOrganisation(tx *db.Tx) error {
	return tx.G.Exec("INSERT INTO units (id, organisation_id, parent_id, name, full_name, short_name, code, version) VALUES (1, 1, 0, '甲局', '甲局', '甲局', '1', 1)").Error
}
