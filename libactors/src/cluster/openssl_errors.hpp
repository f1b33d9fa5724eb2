#pragma once

namespace carillon::cluster {

/// Keeps OpenSSL's queue of errors of this thread, CAF's network's, empty behind a connection that has failed. OpenSSL takes what stands in it
/// for a failure of the next operation that only has to wait, of whatever connection, and CAF 0.17 leaves it there: who comes without a
/// certificate would end the connections of others. Call it on that thread, before the first connection.
void clear_errors_of_failed_connections();

} // namespace carillon::cluster
