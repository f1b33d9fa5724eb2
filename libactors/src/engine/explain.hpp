#pragma once

#include "carillon/store/data_store.hpp"

#include <optional>
#include <string>

namespace carillon::engine {

/// What an explanation depends on beside committed state.
struct explain_context {
  timestamp now{};
  duration history_retention{};
  limits bounds;
};

/// Why the schedule fired, or didn't, at its last fire times (at most `decisions` of them, or ranges), and its next
/// `coming` ones; each at most limits::page_items. Also of one that was removed or finished, as long as its history is kept.
/// Reads committed state only. Cost: a look-up and a few trigger steps for each decision, however long the history is.
/// Errors: ec::not_found; ec::limit_exceeded; store errors.
[[nodiscard]] result<schedule_explanation> explain(const data_store& store, const std::string& id,
                                                   std::size_t decisions, std::size_t coming,
                                                   const explain_context& context);

/// What the schedule would do if it were planned now; of a paused one (or with `resume_from`): if it were resumed with that.
/// Changes nothing. Errors: as explain, but of a removed one always ec::not_found.
[[nodiscard]] result<schedule_preview> preview(const data_store& store, const std::string& id,
                                               std::optional<timestamp> resume_from, std::size_t coming,
                                               const explain_context& context);

} // namespace carillon::engine
