#include "doctor/certificates.hpp"

#include "cluster/openssl_pointers.hpp"

#include <fmt/format.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <vector>

namespace carillon::app::doctor {
namespace {

constexpr const char* issue_text = "issue another one with `carillon cluster issue`, and start the node again";

timestamp end_of(const X509* certificate) {
  std::tm parts{};
  ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &parts);
  return timestamp{std::chrono::seconds{::timegm(&parts)}};
}

timestamp begin_of(const X509* certificate) {
  std::tm parts{};
  ASN1_TIME_to_tm(X509_get0_notBefore(certificate), &parts);
  return timestamp{std::chrono::seconds{::timegm(&parts)}};
}

// A file as it is opened; what is wrong with it goes to the findings.
file_pointer open_file(const char* subject, const std::string& path, findings& found) {
  if (path.empty()) {
    found.push_back({level::error, subject, "it isn't named", "authority, certificate and key go together"});
    return nullptr;
  }
  file_pointer file{std::fopen(path.c_str(), "re")};
  if (file == nullptr)
    found.push_back({level::error, subject, fmt::format("{}: {}", path, std::strerror(errno)),
                     "make it readable for the node's user, or name another file"});
  return file;
}

// The first certificate of a file, and those behind it.
std::vector<certificate_pointer> read_certificates(const char* subject, const std::string& path, findings& found) {
  std::vector<certificate_pointer> all;
  const auto file = open_file(subject, path, found);
  if (file == nullptr)
    return all;
  while (auto* next = PEM_read_X509(file.get(), nullptr, nullptr, nullptr))
    all.emplace_back(next);
  if (all.empty())
    found.push_back({level::error, subject, fmt::format("{} holds no certificate (PEM)", path), issue_text});
  return all;
}

finding judge_validity(const char* subject, const std::string& path, const X509* certificate, timestamp now) {
  constexpr auto soon = std::chrono::days{30};
  const auto end = end_of(certificate);
  if (begin_of(certificate) > now)
    return {level::error, subject, fmt::format("{} isn't good before {}", path, to_iso8601(begin_of(certificate))),
            "look at the clock"};
  if (end <= now)
    return {level::error, subject, fmt::format("{} has run out at {}", path, to_iso8601(end)), issue_text};
  if (end - now < soon)
    return {level::warning, subject, fmt::format("{} runs out at {}", path, to_iso8601(end)), issue_text};
  return {level::ok, subject, fmt::format("{} is good until {}", path, to_iso8601(end)), {}};
}

key_pointer read_key(const std::string& path, findings& found) {
  constexpr const char* subject = "key";
  const auto file = open_file(subject, path, found);
  if (file == nullptr)
    return nullptr;
  struct stat about {};
  ::fstat(::fileno(file.get()), &about);
  if (constexpr mode_t others = S_IRWXG | S_IRWXO, mode_bits = 07777; (about.st_mode & others) != 0)
    found.push_back({level::error, subject,
                     fmt::format("others than its owner may use {} (mode {:o})", path, about.st_mode & mode_bits),
                     fmt::format("`chmod 600 {}`", path)});
  // Of an encrypted key nobody is asked for the phrase.
  key_pointer key{PEM_read_PrivateKey(
      file.get(), nullptr, [](char*, int, int, void*) { return -1; }, nullptr)};
  if (key == nullptr)
    found.push_back(
        {level::error, subject, fmt::format("{} holds no key (PEM), or one with a pass phrase", path), issue_text});
  return key;
}

finding judge_trust(const cluster_config& config, const std::vector<certificate_pointer>& authority,
                    const std::vector<certificate_pointer>& own) {
  const std::unique_ptr<X509_STORE, freed<X509_STORE_free>> trusted{X509_STORE_new()};
  for (const auto& each : authority)
    X509_STORE_add_cert(trusted.get(), each.get());
  STACK_OF(X509)* between = sk_X509_new_null();
  for (std::size_t i = 1; i < own.size(); ++i)
    sk_X509_push(between, own[i].get());
  finding found{
      level::ok, "certificate", fmt::format("{} vouches for {}", config.authority_file, config.certificate_file), {}};
  // A node listens and connects: either end may be asked for its own.
  for (const auto* purpose : {"ssl_server", "ssl_client"}) {
    const std::unique_ptr<X509_STORE_CTX, freed<X509_STORE_CTX_free>> chain{X509_STORE_CTX_new()};
    X509_STORE_CTX_init(chain.get(), trusted.get(), own.front().get(), between);
    X509_STORE_CTX_set_default(chain.get(), purpose);
    if (X509_verify_cert(chain.get()) != 1)
      found = {
          level::error, "certificate",
          fmt::format("{} doesn't vouch for {}: {}", config.authority_file, config.certificate_file,
                      X509_verify_cert_error_string(X509_STORE_CTX_get_error(chain.get()))),
          "give the node the authority that has issued its certificate, and a certificate that is good for both sides"};
  }
  sk_X509_free(between);
  return found;
}

} // namespace

findings check_certificates(const cluster_config& config, timestamp now) {
  findings found;
  if (config.authority_file.empty() && config.certificate_file.empty() && config.key_file.empty())
    return found;
  const auto authority = read_certificates("authority", config.authority_file, found);
  if (!authority.empty())
    found.push_back(judge_validity("authority", config.authority_file, authority.front().get(), now));
  const auto own = read_certificates("certificate", config.certificate_file, found);
  if (!own.empty())
    found.push_back(judge_validity("certificate", config.certificate_file, own.front().get(), now));
  const auto key = read_key(config.key_file, found);
  if (!own.empty() && key != nullptr)
    found.push_back(X509_check_private_key(own.front().get(), key.get()) == 1
                        ? finding{level::ok,
                                  "key",
                                  fmt::format("{} is the key of {}", config.key_file, config.certificate_file),
                                  {}}
                        : finding{level::error, "key",
                                  fmt::format("{} isn't the key of {}", config.key_file, config.certificate_file),
                                  "name the key that was issued with the certificate"});
  // What has run out is said above.
  if (!authority.empty() && !own.empty() && end_of(own.front().get()) > now && end_of(authority.front().get()) > now)
    found.push_back(judge_trust(config, authority, own));
  return found;
}

} // namespace carillon::app::doctor
