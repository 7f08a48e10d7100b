# Every driver of the table, so that a new one is fuzzed by being there.
holeshot_fuzz(driver SOURCES driver_fuzz.cc DEPS gateway_driver_table nlohmann_json::nlohmann_json)
