# What the libraries stand on. The installed package reads this file too: as the libraries are static, whoever links one
# links these as well. What only the program or the tests need is found where they are built.
find_package(CAF 0.17.6 REQUIRED COMPONENTS io openssl)
find_package(RocksDB CONFIG REQUIRED)
find_package(fmt CONFIG REQUIRED)
find_package(nlohmann_json CONFIG REQUIRED)
find_package(Protobuf REQUIRED)
find_package(Boost 1.74 REQUIRED COMPONENTS date_time)
find_package(spdlog CONFIG REQUIRED)
find_package(CURL 7.87 REQUIRED)
find_package(cctz REQUIRED)
find_package(xxhash REQUIRED)
