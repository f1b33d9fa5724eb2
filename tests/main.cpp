#define BOOST_TEST_MODULE carillon
#include <boost/test/unit_test.hpp>
