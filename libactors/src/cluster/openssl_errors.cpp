#include "cluster/openssl_errors.hpp"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <mutex>

namespace carillon::cluster {
namespace {

// Other users of OpenSSL in this program are none of our business.
thread_local bool is_network = false;

void on_handshake(const SSL*, int where, int result) {
  if ((where & SSL_CB_EXIT) != 0 && result <= 0 && is_network)
    ERR_clear_error(); // what CAF asks next says "failed", with and without a reason
}

void on_new(void* made, void*, CRYPTO_EX_DATA*, int, long, void*) {
  if (is_network)
    SSL_set_info_callback(static_cast<SSL*>(made), on_handshake);
}

void on_free(void*, void*, CRYPTO_EX_DATA*, int, long, void*) {
  if (is_network)
    ERR_clear_error();
}

} // namespace

void clear_errors_of_failed_connections() {
  static std::once_flag once;
  // An index of data of our own in each connection, for its callbacks: CAF has no place for them.
  std::call_once(once, [] { CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_SSL, 0, nullptr, on_new, nullptr, on_free); });
  is_network = true;
}

} // namespace carillon::cluster
