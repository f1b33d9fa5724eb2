// A web service that does its slow work in jobs: POST /reports/NAME adds one, GET /jobs/ID tells how it is.
#include <carillon/carillon.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <iostream>

namespace http = boost::beast::http;
using boost::asio::ip::tcp;
using request = http::request<http::string_body>;
using response = http::response<http::string_body>;

namespace {

response answer(http::status status, const carillon::value::map& content) {
  response made{status, 11};
  made.set(http::field::content_type, "application/json");
  made.keep_alive(false);
  made.body() = carillon::to_json_text(content) + "\n";
  made.prepare_payload();
  return made;
}

response answer(const carillon::error& why) {
  const auto status = why.code() == carillon::ec::invalid_argument ? http::status::bad_request
                      : why.code() == carillon::ec::not_found      ? http::status::not_found
                                                                   : http::status::service_unavailable;
  return answer(status, {{"error", why.text()}});
}

response handle(carillon::node& node, const request& asked) {
  const auto path = asked.target().to_string();
  if (asked.method() == http::verb::post && path.starts_with("/reports/")) {
    const auto job = node.add_job({.task = "report", .arguments = carillon::arguments(path.substr(9))}).get();
    if (!job)
      return answer(job.err());
    return answer(http::status::accepted,
                  {{"job", "/jobs/" + job->id.to_string()}}); // it is recorded, and will be done
  }
  if (asked.method() == http::verb::get && path.starts_with("/jobs/")) {
    const auto id = carillon::job_id::parse(path.substr(6));
    const auto job = id ? node.find_job(*id).get() : id.err();
    if (!job)
      return answer(job.err());
    const auto state = job->outcome == carillon::job_outcome::none ? to_string(job->state) : to_string(job->outcome);
    return answer(http::status::ok, {{"state", std::string{state}}, {"result", job->result}});
  }
  return answer(http::status::not_found, {{"error", "there are POST /reports/NAME and GET /jobs/ID"}});
}

} // namespace

int main() {
  auto node = carillon::node::open({.data_folder = "data"}).or_throw(); // jobs survive a restart of the service
  node.register_task("report", [](const std::string& name) { return "the report of " + name; }).or_throw();
  node.start().or_throw();

  boost::asio::io_context io;
  tcp::acceptor door{io, {boost::asio::ip::address_v4::loopback(), 0}}; // a free port
  std::cout << "http://127.0.0.1:" << door.local_endpoint().port() << std::endl;
  while (true) { // one request after the other: a service of yours has its own way
    auto connection = door.accept();
    boost::beast::flat_buffer buffer;
    request asked;
    boost::beast::error_code failed;
    http::read(connection, buffer, asked, failed);
    if (!failed)
      http::write(connection, handle(node, asked), failed);
  }
}
