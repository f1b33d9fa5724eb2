#pragma once

#include "carillon/store/key_value.hpp"
#include "carillon/store/verify.hpp"

namespace carillon::keyed {

/// Reads everything and checks that it holds together. `db` stands still; `now`: what expired by then isn't looked at;
/// `usual_retention`: for stores that don't say how long they keep their history. Errors: those of `db`.
[[nodiscard]] result<history_report> check_records(const record_reader& db, timestamp now, duration usual_retention);

} // namespace carillon::keyed
