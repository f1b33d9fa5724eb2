#include "keyed/keyed_store.hpp"

namespace carillon::keyed {

result<check_report> keyed_store::check() const { return check_report{}; }

} // namespace carillon::keyed
