#pragma once

#include "base/text_cursor.hpp"
#include "carillon/trigger/definition.hpp"
#include "trigger/day_pattern.hpp"
#include "trigger/local_rule.hpp"

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

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

/// What a field's text says.
struct parsed_field {
  std::uint64_t values = 0;         ///< bit n for the value n; for `day_of_week` bit 0 is Sunday; none for `year`
  std::vector<stepped_range> years; ///< for `year` only
  day_pattern special;              ///< forms such as `last mon` and `15W`

  /// For `day` and `day_of_week`.
  [[nodiscard]] day_pattern pattern(cron_field field) const noexcept;
};

/// Reads the list of expressions of one field; `column` is that of the text's first character, for messages.
/// Errors: ec::invalid_argument: `hour: position 3: …`.
[[nodiscard]] result<parsed_field> parse_cron_field(cron_field field, cron_dialect dialect, std::string_view text,
                                                    std::size_t column = 1);

/// The members of an expression, separated by white space, each with its column.
struct cron_member {
  std::string_view text;
  std::size_t column;
};
[[nodiscard]] std::vector<cron_member> split_cron_members(std::string_view expression);

} // namespace carillon
