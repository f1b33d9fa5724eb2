#include "cluster/certificates.hpp"

#include "cluster/openssl_pointers.hpp"

#include "carillon/base/ids.hpp"
#include "carillon/base/utf8.hpp"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace carillon::app {
namespace {

constexpr duration authority_validity = std::chrono::days{3'650};
constexpr duration clock_difference = std::chrono::hours{1}; // a node's clock may be behind

using name_pointer = std::unique_ptr<X509_NAME, freed<X509_NAME_free>>;
using extension_pointer = std::unique_ptr<X509_EXTENSION, freed<X509_EXTENSION_free>>;

struct identity {
  key_pointer key;
  certificate_pointer certificate;
};

certificate_files files_of(const std::string& folder, const std::string& name) {
  return {folder + "/" + name + ".pem", folder + "/" + name + ".key"};
}

error fault(const std::string& path, const char* what) {
  const int code = errno;
  const auto kind = code == EEXIST                                     ? ec::conflict
                    : code == EACCES || code == EPERM || code == EROFS ? ec::permission_denied
                    : code == ENOENT                                   ? ec::not_found
                                                                       : ec::store_io;
  return {kind, fmt::format("{}: {}: {}", path, what, std::strerror(code))};
}

error openssl_fault(const char* what) { return {ec::internal, fmt::format("OpenSSL refuses {}", what)}; }

bool add_extension(X509* to, X509* issuer, int kind, const char* text) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, to, nullptr, nullptr, 0);
  const extension_pointer made{X509V3_EXT_conf_nid(nullptr, &context, kind, text)};
  return made != nullptr && X509_add_ext(to, made.get(), -1) == 1;
}

bool set_serial(X509* to) {
  unsigned char bytes[16];
  if (RAND_bytes(bytes, sizeof bytes) != 1)
    return false;
  bytes[0] &= 0x7F; // positive
  const std::unique_ptr<BIGNUM, freed<BN_free>> number{BN_bin2bn(bytes, sizeof bytes, nullptr)};
  return number != nullptr && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(to)) != nullptr;
}

struct subject {
  std::string common_name;
  std::string organization;
  bool is_authority = false;
};

/// Signed by `by`; by itself, without.
result<identity> make_identity(const subject& whose, const identity* by, duration validity, timestamp now) {
  identity made{key_pointer{EVP_EC_gen("P-256")}, certificate_pointer{X509_new()}};
  if (made.key == nullptr || made.certificate == nullptr)
    return openssl_fault("to make a key");
  auto* certificate = made.certificate.get();
  auto* issuer = by != nullptr ? by->certificate.get() : certificate;
  constexpr long version_3 = 2;
  const auto begin = std::chrono::system_clock::to_time_t(now - clock_difference);
  const auto end = std::chrono::system_clock::to_time_t(now + validity);
  const auto add_name = [name = X509_get_subject_name(certificate)](const char* field, const std::string& text) {
    return X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(text.data()),
                                      static_cast<int>(text.size()), -1, 0) == 1;
  };
  const bool is_complete =
      X509_set_version(certificate, version_3) == 1 && set_serial(certificate) &&
      ASN1_TIME_set(X509_getm_notBefore(certificate), begin) != nullptr &&
      ASN1_TIME_set(X509_getm_notAfter(certificate), end) != nullptr &&
      X509_set_pubkey(certificate, made.key.get()) == 1 && add_name("O", whose.organization) &&
      add_name("CN", whose.common_name) && X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1 &&
      add_extension(certificate, issuer, NID_basic_constraints,
                    whose.is_authority ? "critical,CA:TRUE,pathlen:0" : "critical,CA:FALSE") &&
      add_extension(certificate, issuer, NID_key_usage,
                    whose.is_authority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature") &&
      (whose.is_authority || add_extension(certificate, issuer, NID_ext_key_usage, "serverAuth,clientAuth")) &&
      add_extension(certificate, issuer, NID_subject_key_identifier, "hash") &&
      X509_sign(certificate, by != nullptr ? by->key.get() : made.key.get(), EVP_sha256()) > 0;
  return is_complete ? result<identity>{std::move(made)} : openssl_fault("to make a certificate");
}

/// A file that isn't there yet.
result<void> write_new(const std::string& path, mode_t mode, const auto& write) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (descriptor < 0)
    return fault(path, "it can't be made");
  file_pointer file{::fdopen(descriptor, "w")};
  if (file != nullptr && write(file.get()) == 1 && std::fflush(file.get()) == 0 && ::fsync(descriptor) == 0)
    return {};
  const auto why = fault(path, "it can't be written");
  ::unlink(path.c_str()); // half of it is of no use
  return why;
}

result<certificate_files> write_files(const certificate_files& files, const identity& what) {
  auto written = write_new(files.key, S_IRUSR | S_IWUSR, [&](std::FILE* to) {
    return PEM_write_PrivateKey(to, what.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  if (written)
    written = write_new(files.certificate, S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH,
                        [&](std::FILE* to) { return PEM_write_X509(to, what.certificate.get()); });
  else
    return written.err();
  if (written)
    return files;
  ::unlink(files.key.c_str()); // made above, and of no use
  return written.err();
}

file_pointer open_to_read(const std::string& path) { return file_pointer{std::fopen(path.c_str(), "re")}; }

result<identity> read_authority(const std::string& folder) {
  const auto files = files_of(folder, "authority");
  const auto key_file = open_to_read(files.key);
  if (key_file == nullptr)
    return fault(files.key, "the cluster's authority can't be read; `carillon cluster init` makes one");
  struct stat seen {};
  if (::fstat(::fileno(key_file.get()), &seen) != 0 || (seen.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return error{ec::permission_denied,
                 files.key + ": others than its owner may use the authority's key: chmod 600 it"};
  const auto certificate_file = open_to_read(files.certificate);
  if (certificate_file == nullptr)
    return fault(files.certificate, "the cluster's authority can't be read");
  identity read{key_pointer{PEM_read_PrivateKey(key_file.get(), nullptr, nullptr, nullptr)},
                certificate_pointer{PEM_read_X509(certificate_file.get(), nullptr, nullptr, nullptr)}};
  if (read.key == nullptr)
    return error{ec::invalid_argument, files.key + ": it holds no key (PEM)"};
  if (read.certificate == nullptr || X509_check_private_key(read.certificate.get(), read.key.get()) != 1)
    return error{ec::invalid_argument,
                 files.certificate + ": it isn't the certificate (PEM) of the key in " + files.key};
  return read;
}

std::string organization_of(const identity& authority) {
  std::string text(max_id_size_bytes + 1, '\0');
  const auto size = X509_NAME_get_text_by_NID(X509_get_subject_name(authority.certificate.get()), NID_organizationName,
                                              text.data(), static_cast<int>(text.size()));
  text.resize(static_cast<std::size_t>(std::max(size, 0)));
  return text;
}

// A field of a certificate's name holds 64 characters.
result<void> check_name(const char* what, const std::string& name) {
  constexpr std::size_t max_size = 64;
  if (auto good = check_id(what, name); !good)
    return good;
  if (name.size() > max_size || name.find('/') != std::string::npos || name.front() == '.')
    return {ec::invalid_argument,
            fmt::format("{} {}: at most {} characters, no /, and no dot in front", what, quote(name), max_size)};
  return {};
}

} // namespace

result<certificate_files> make_authority(const std::string& folder, const std::string& cluster, timestamp now) {
  if (auto good = check_name("cluster", cluster); !good)
    return good.err();
  if (::mkdir(folder.c_str(), S_IRWXU) != 0 && errno != EEXIST)
    return fault(folder, "the folder can't be made");
  const auto made = make_identity({"authority", cluster, true}, nullptr, authority_validity, now);
  return made ? write_files(files_of(folder, "authority"), *made) : made.err();
}

result<certificate_files> issue_certificate(const std::string& folder, const std::string& name, duration validity,
                                            timestamp now) {
  if (auto good = check_name("name", name); !good)
    return good.err();
  if (name == "authority")
    return error{ec::invalid_argument, "name \"authority\": that is the authority's own"};
  if (validity <= duration{0} || validity > max_certificate_validity)
    return error{ec::invalid_argument, "the validity must be more than none, and at most 3650 days"};
  const auto authority = read_authority(folder);
  if (!authority)
    return authority.err();
  const auto end = std::chrono::system_clock::to_time_t(now + validity);
  if (X509_cmp_time(X509_get0_notAfter(authority->certificate.get()), const_cast<std::time_t*>(&end)) < 0)
    return error{ec::invalid_argument, "the authority's own certificate ends before that: choose a shorter validity"};
  const auto made = make_identity({name, organization_of(*authority), false}, &*authority, validity, now);
  return made ? write_files(files_of(folder, name), *made) : made.err();
}

} // namespace carillon::app
