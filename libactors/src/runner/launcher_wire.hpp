#pragma once

#include "base/file_descriptor.hpp"
#include "carillon/base/result.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

// What a node and its launcher say to each other, over a stream socket. Both are the same program, so this isn't a
// format that must be kept: `hello` and `ready` carry the version, for a program that was replaced while its node ran.
//
//   frame  = size (4 bytes: of what follows) kind (1 byte: the index in the variant) field...
//   field  = number: 8 bytes | text: size (4 bytes), bytes | list: count (4 bytes), texts | map: count (4 bytes), (text
//   text)...
//
// Numbers have the machine's byte order.

namespace carillon {

inline constexpr std::uint64_t launcher_wire_version = 2;
inline constexpr std::size_t max_launcher_frame_bytes = 16 << 20;

/// The node's first words.
struct launcher_hello {
  std::uint64_t version = launcher_wire_version;
  std::string leftovers_file; ///< empty: note nothing
  std::uint64_t output_size_bytes = 0;

  static constexpr auto fields =
      std::tuple{&launcher_hello::version, &launcher_hello::leftovers_file, &launcher_hello::output_size_bytes};
};

struct start_command {
  std::uint64_t attempt = 0; ///< the node's number of it, > 0, never used again
  std::string job_id;
  std::uint64_t fencing_token = 0;
  std::vector<std::string> argv;
  std::uint64_t clear_environment = 0;
  std::map<std::string, std::string> environment; ///< over the launcher's, which is the node's
  std::string shell;
  std::string working_directory;
  std::string standard_input;
  std::string user;

  static constexpr auto fields = std::tuple{&start_command::attempt,
                                            &start_command::job_id,
                                            &start_command::fencing_token,
                                            &start_command::argv,
                                            &start_command::clear_environment,
                                            &start_command::environment,
                                            &start_command::shell,
                                            &start_command::working_directory,
                                            &start_command::standard_input,
                                            &start_command::user};
};

/// TERM now, KILL after `kill_after_us` (at once if 0). Ignored for what has ended; a second one can only bring the
/// KILL forward.
struct stop_command {
  std::uint64_t attempt = 0;
  std::uint64_t kill_after_us = 0;

  static constexpr auto fields = std::tuple{&stop_command::attempt, &stop_command::kill_after_us};
};

/// The answer to `launcher_hello`.
struct launcher_ready {
  std::uint64_t version = launcher_wire_version;

  static constexpr auto fields = std::tuple{&launcher_ready::version};
};

/// The launcher can't do its work, and ends.
struct launcher_unusable {
  std::string why;

  static constexpr auto fields = std::tuple{&launcher_unusable::why};
};

/// Once for each `start_command`, when nothing of it is left that should not be.
struct command_ended {
  std::uint64_t attempt = 0;
  std::string refusal;         ///< why it couldn't be started; then nothing else is set
  std::uint64_t is_signal = 0; ///< ended by a signal
  std::uint64_t status = 0;    ///< the signal, or the exit code
  std::uint64_t dumped_core = 0;
  std::uint64_t told_to_stop = 0; ///< it was still running when it was told
  std::uint64_t killed = 0;       ///< and had to be killed
  std::string output;             ///< UTF-8
  std::uint64_t output_bytes = 0;

  static constexpr auto fields =
      std::tuple{&command_ended::attempt, &command_ended::refusal,     &command_ended::is_signal,
                 &command_ended::status,  &command_ended::dumped_core, &command_ended::told_to_stop,
                 &command_ended::killed,  &command_ended::output,      &command_ended::output_bytes};
};

/// Lines that the command has written, before its `command_ended`.
struct command_said {
  std::uint64_t attempt = 0;
  std::uint64_t left_out = 0; ///< so many before these were too many
  std::vector<std::string> lines;

  static constexpr auto fields = std::tuple{&command_said::attempt, &command_said::left_out, &command_said::lines};
};

using to_launcher = std::variant<launcher_hello, start_command, stop_command>;
using from_launcher = std::variant<launcher_ready, launcher_unusable, command_ended, command_said>;

/// A whole frame.
[[nodiscard]] std::string to_frame(const to_launcher& message);
[[nodiscard]] std::string to_frame(const from_launcher& message);

/// Reads a frame's content, that is without its size. Errors: ec::internal.
[[nodiscard]] result<to_launcher> parse_to_launcher(std::string_view content);
[[nodiscard]] result<from_launcher> parse_from_launcher(std::string_view content);

/// One end of the socket. Never blocks, and holds what the other side doesn't take yet: both sides can have any number
/// of frames under way without waiting for each other.
class frame_socket {
public:
  frame_socket() = default;
  /// Makes `socket` non-blocking.
  explicit frame_socket(file_descriptor socket);

  [[nodiscard]] int fd() const noexcept { return socket_.get(); }
  [[nodiscard]] bool is_open() const noexcept { return socket_.is_open(); }
  [[nodiscard]] bool has_unsent() const noexcept { return !unsent_.empty(); }

  void queue(std::string frame) {
    unsent_bytes_ += frame.size();
    unsent_.push_back(std::move(frame));
  }
  /// Of frames of which something isn't sent.
  [[nodiscard]] std::size_t unsent_bytes() const noexcept { return unsent_bytes_; }
  /// Sends what the socket takes. False: the other side is gone.
  [[nodiscard]] bool send();
  /// Reads what is there, up to some bound. False: the other side is gone; `next` may still find frames.
  [[nodiscard]] bool receive();
  /// The content of the next whole frame, valid until the next `receive`. Errors: ec::internal for an impossible size.
  [[nodiscard]] result<std::optional<std::string_view>> next();

private:
  file_descriptor socket_;
  std::deque<std::string> unsent_;
  std::size_t sent_of_first_ = 0;
  std::size_t unsent_bytes_ = 0;
  std::string received_;
  std::size_t taken_ = 0;
};

} // namespace carillon
