# The read model derived again from a log on disk, beside a plain read of the same events.
holeshot_bench(read_rebuild SOURCES read_rebuild_bench.cc DEPS central_read central_log nlohmann_json::nlohmann_json)
