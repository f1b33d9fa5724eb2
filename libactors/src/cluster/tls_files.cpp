#include "cluster/tls_files.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <tuple>

namespace carillon::cluster {
namespace {

error bad(const char* field, const std::string& path, std::string_view why) {
  return {ec::invalid_argument, fmt::format("{}: {}: {}", field, path, why)};
}

std::string last_fault() {
  const auto code = ERR_get_error();
  ERR_clear_error();
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "it holds nothing of the kind";
}

constexpr std::size_t max_size_bytes = 1U << 20U;

error tls_fault(const char* field, const std::string& path) {
  return {errno == EACCES ? ec::permission_denied : ec::invalid_argument,
          fmt::format("{}: {}: {}", field, path, std::strerror(errno))};
}

result<file_descriptor> copy(const char* field, const std::string& path, bool is_secret) {
  if (path.empty())
    return error{ec::invalid_argument, fmt::format("{}: it isn't given, and goes with the other two of authority_file, "
                                                   "certificate_file and key_file",
                                                   field)};
  const file_descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  struct stat seen {};
  if (!file.is_open() || ::fstat(file.get(), &seen) != 0)
    return tls_fault(field, path);
  if (!S_ISREG(seen.st_mode))
    return bad(field, path, "it is no file");
  if (is_secret && (seen.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return error{ec::permission_denied,
                 fmt::format("{}: {}: others than its owner may use the key (mode {:o}): chmod 600 it", field, path,
                             seen.st_mode & 07777U)};
  std::string text(max_size_bytes + 1, '\0');
  const auto size = ::read(file.get(), text.data(), text.size());
  if (size < 0)
    return tls_fault(field, path);
  if (static_cast<std::size_t>(size) > max_size_bytes)
    return bad(field, path, "it is too long");
  file_descriptor made{::memfd_create("carillon-tls", MFD_CLOEXEC)};
  if (!made.is_open() || ::fchmod(made.get(), S_IRUSR) != 0 ||
      ::write(made.get(), text.data(), static_cast<std::size_t>(size)) != size)
    return tls_fault(field, path);
  return made;
}

std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> new_context() {
  ERR_clear_error();
  return {SSL_CTX_new(TLS_method()), SSL_CTX_free};
}

} // namespace

result<void> check_authority_file(const char* field, const std::string& path) {
  const auto context = new_context();
  return SSL_CTX_load_verify_locations(context.get(), path.c_str(), nullptr) == 1 ? result<void>{}
                                                                                  : bad(field, path, last_fault());
}

std::string path_of(const file_descriptor& copy) { return fmt::format("/proc/self/fd/{}", copy.get()); }

result<tls_copies> read_tls_files(const cluster_config& config) {
  const auto& [authority, certificate, key] = std::tie(config.authority_file, config.certificate_file, config.key_file);
  tls_copies made;
  if (authority.empty() && certificate.empty() && key.empty())
    return made;
  for (auto [into, field, path] : {std::tuple{&made.authority, "authority_file", &authority},
                                   {&made.certificate, "certificate_file", &certificate},
                                   {&made.key, "key_file", &key}}) {
    auto copied = copy(field, *path, path == &key);
    if (!copied)
      return copied.err();
    *into = *std::move(copied);
  }
  const auto context = new_context();
  if (SSL_CTX_load_verify_locations(context.get(), path_of(made.authority).c_str(), nullptr) != 1)
    return bad("authority_file", authority, last_fault());
  // Of an encrypted key nobody is asked for the phrase.
  SSL_CTX_set_default_passwd_cb(context.get(), [](char*, int, int, void*) { return -1; });
  if (SSL_CTX_use_PrivateKey_file(context.get(), path_of(made.key).c_str(), SSL_FILETYPE_PEM) != 1)
    return bad("key_file", key, last_fault());
  if (SSL_CTX_use_certificate_chain_file(context.get(), path_of(made.certificate).c_str()) != 1)
    return bad("certificate_file", certificate, last_fault());
  // The certificate has put a key that isn't its own away.
  if (SSL_CTX_check_private_key(context.get()) != 1)
    return bad("key_file", key, "it isn't the key of the certificate in " + certificate);
  STACK_OF(X509)* between = nullptr;
  SSL_CTX_get0_chain_certs(context.get(), &between);
  const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> chain{X509_STORE_CTX_new(),
                                                                              X509_STORE_CTX_free};
  X509_STORE_CTX_init(chain.get(), SSL_CTX_get_cert_store(context.get()), SSL_CTX_get0_certificate(context.get()),
                      between);
  X509_STORE_CTX_set_default(chain.get(), config.listen.empty() ? "ssl_client" : "ssl_server");
  if (X509_verify_cert(chain.get()) != 1)
    return bad("certificate_file", certificate,
               fmt::format("the authority in {} doesn't vouch for it: {}", authority,
                           X509_verify_cert_error_string(X509_STORE_CTX_get_error(chain.get()))));
  return made;
}

} // namespace carillon::cluster
