#include "cluster/certificates.hpp"
#include "commands/run.hpp"

#include <fmt/format.h>

namespace carillon::app {
namespace {

result<exit_code> show_certificate(const result<certificate_files>& made, bool json) {
  if (!made)
    return made.err();
  print(json ? to_json_text(value::map{{"certificate", made->certificate}, {"key", made->key}}) + "\n"
             : fmt::format("certificate {}\nkey         {}\n", made->certificate, made->key));
  return exit_code::success;
}

} // namespace

result<exit_code> run_make_authority(const make_authority_command& what, bool json) {
  return show_certificate(make_authority(what.folder, what.cluster, system_clock().now().wall), json);
}

result<exit_code> run_issue_certificate(const issue_certificate_command& what, bool json) {
  return show_certificate(issue_certificate(what.folder, what.name, what.validity, system_clock().now().wall), json);
}

} // namespace carillon::app
