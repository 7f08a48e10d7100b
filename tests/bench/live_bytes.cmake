# Bytes a second that a viewer of one race is sent, by encoding, and what making ticks costs. Needs holeshot_bench().
holeshot_bench(live_bytes SOURCES live_bytes_bench.cc DEPS central_app central_actor central_live central_ticks central_race
  nlohmann_json::nlohmann_json ZLIB::ZLIB)
