#pragma once

#include "carillon/store/data_store.hpp"
#include "carillon/store/key_value.hpp"

namespace carillon::keyed {

/// The records of another reader, which must outlive it, as must `tell`: that is told how many were shown. One thread.
class told_reader final : public record_reader {
public:
  told_reader(const record_reader& of, const progress_listener& tell)
    : of_(of), tell_(tell), about_(of.estimated_records()) {}

  [[nodiscard]] result<std::optional<std::string>> get(family where, std::string_view key) const override {
    return of_.get(where, key);
  }
  [[nodiscard]] result<void> scan(family where, key_range range, direction towards,
                                  const record_visitor& visit) const override {
    return of_.scan(where, range, towards, [&](std::string_view key, std::string_view record) {
      constexpr std::uint64_t tell_each = 1'000;
      if (++shown_ % tell_each == 0 && tell_)
        tell_(shown_, about_);
      return visit(key, record);
    });
  }
  [[nodiscard]] std::uint64_t estimated_records() const override { return about_; }

private:
  const record_reader& of_;
  const progress_listener& tell_;
  std::uint64_t about_;
  mutable std::uint64_t shown_ = 0;
};

} // namespace carillon::keyed
