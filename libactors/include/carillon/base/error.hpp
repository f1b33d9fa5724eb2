#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>

#pragma GCC visibility push(default)
namespace carillon {

/// Error codes of the whole project: what went wrong, as far as a program must tell one failure from another.
/// The values are part of the wire format: never renumber, only append.
enum class ec : std::uint8_t {
  none = 0,               ///< No error.
  invalid_argument = 1,   ///< An input can't be right, whatever the state: the text names the field.
  not_found = 2,          ///< No such task, schedule or job.
  conflict = 3,           ///< The id is taken by something with other content.
  stale_revision = 4,     ///< The schedule has changed since it was read.
  stale_token = 5,        ///< The fencing token isn't the newest: the attempt has lost its lease.
  wrong_state = 6,        ///< Not possible in this state, such as cancelling a finished job.
  limit_exceeded = 7,     ///< A limit of decision 19 is exceeded: the text names the limit.
  unknown_task = 8,       ///< No node has ever registered the task.
  store_io = 9,           ///< The database refused a read or a write; nothing of the batch is stored.
  store_corrupt = 10,     ///< A record or a file can't be read; nothing was deleted.
  store_in_use = 11,      ///< Another process holds the data folder.
  store_version = 12,     ///< The store was written by a newer format version.
  disk_full = 13,         ///< No space is left; nothing of the batch is stored.
  timed_out = 14,         ///< No answer within the time limit; the request may have been carried out.
  unavailable = 15,       ///< The other side isn't there: not started, stopping, or unreachable.
  iteration_limit = 16,   ///< An `and` trigger used up its iterations (trigger-semantics 7.3).
  permission_denied = 17, ///< The operating system refused access.
  unsupported = 18,       ///< Known, but not possible on this node or in this build.
  internal = 19,          ///< A fault of Carillon itself.
};

/// The short name of a code, such as `stale_revision`; what programs compare with in JSON.
[[nodiscard]] std::string_view to_string(ec code) noexcept;

/// A failure: a code for programs, a text for people. The text says what is wrong, where, and what to do.
class [[nodiscard]] error {
public:
  error() noexcept = default;
  error(ec code, std::string text) : code_(code), text_(std::move(text)) {} ///< ec::none would be no failure

  [[nodiscard]] ec code() const noexcept { return code_; } ///< what programs go by; ec::none: made without a failure
  [[nodiscard]] const std::string& text() const noexcept { return text_; } ///< for people

  /// The same failure seen from further out: `context: text`.
  [[nodiscard]] error within(std::string_view context) const;

  friend bool operator==(const error&, const error&) = default;

private:
  ec code_ = ec::none;
  std::string text_;
};

/// `code: text`, for logs and tests.
[[nodiscard]] std::string to_string(const error& what);
/// Writes what `to_string` gives.
std::ostream& operator<<(std::ostream& out, const error& what);

} // namespace carillon
#pragma GCC visibility pop
