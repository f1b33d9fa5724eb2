#pragma once

#include "base/text_cursor.hpp"
#include "carillon/trigger/definition.hpp"
#include "trigger/local_rule.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace carillon {

/// `strict` is section 5 of the trigger semantics, `classic` is section 12.
enum class cron_dialect : std::uint8_t { strict, classic };

inline constexpr unsigned min_cron_year = 1970;

enum class cron_field : std::uint8_t { year, month, day, week, day_of_week, hour, minute, second };

/// From the most to the least significant (trigger-semantics 5.1).
inline constexpr std::array all_cron_fields{cron_field::year,   cron_field::month,       cron_field::day,
                                            cron_field::week,   cron_field::day_of_week, cron_field::hour,
                                            cron_field::minute, cron_field::second};

/// The name in JSON and in messages: `day_of_week`.
[[nodiscard]] std::string_view to_string(cron_field field) noexcept;

/// Where a definition has the text of a field.
[[nodiscard]] std::optional<std::string> cron_definition::*member_of(cron_field field) noexcept;

/// The longest text of one field, and of a whole expression, in bytes.
inline constexpr std::size_t max_cron_text_size = 1'000;

/// Reads the list of expressions of one field into its place in `into`, where nothing of that field may be yet; `column`
/// is that of the text's first character, for messages. Errors: ec::invalid_argument: `hour: position 3: …`.
[[nodiscard]] result<void> parse_cron_field(cron_field field, cron_dialect dialect, std::string_view text,
                                            local_fields& into, std::size_t column = 1);

/// A member of an expression, and where it begins.
struct cron_member {
  std::string_view text;
  std::size_t column;
};

/// The members of an expression, separated by white space.
struct cron_members {
  std::array<cron_member, 8> first{}; ///< as many as the longest form has, and one that is too many
  std::size_t count = 0;              ///< of all
};
[[nodiscard]] cron_members split_cron_members(std::string_view expression);

} // namespace carillon
