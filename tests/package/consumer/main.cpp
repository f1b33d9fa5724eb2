#include <carillon/base/ids.hpp>

#include <cstdio>

int main() {
  const auto id = carillon::job_id::of_request("a request", carillon::system_clock().now().wall);
  std::puts(id.to_string().c_str());
  return carillon::job_id::parse(id.to_string()) ? 0 : 1;
}
