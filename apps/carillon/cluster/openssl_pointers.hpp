#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cstdio>
#include <memory>

/// What OpenSSL gives and wants back.
namespace carillon::app {

template <auto Free>
struct freed {
  template <class T>
  void operator()(T* what) const {
    Free(what);
  }
};
using key_pointer = std::unique_ptr<EVP_PKEY, freed<EVP_PKEY_free>>;
using certificate_pointer = std::unique_ptr<X509, freed<X509_free>>;
using file_pointer = std::unique_ptr<std::FILE, freed<std::fclose>>;

} // namespace carillon::app
